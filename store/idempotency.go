package store

import "context"

// IdempotentAnswer is what was answered to a request with an idempotency key.
type IdempotentAnswer struct {
	Request  string // hash of method, path and body
	Status   int    // 0 while the first request is under way
	Response string
	AtUS     int64
}

// BeginIdempotent takes a key for a request. If the key is taken, began is
// false, and the answer is that of the request that took it.
func (tx *Tx) BeginIdempotent(ctx context.Context, key, request string, atUS int64) (answer IdempotentAnswer, began bool, err error) {
	n, err := tx.exec(ctx, "INSERT INTO idempotency_keys (key, request, status, response, at_us) VALUES ($1, $2, 0, '', $3) ON CONFLICT (key) DO NOTHING", key, request, atUS)
	if err != nil || n == 1 {
		return IdempotentAnswer{Request: request, AtUS: atUS}, n == 1, err
	}
	err = tx.get(ctx, []any{&answer.Request, &answer.Status, &answer.Response, &answer.AtUS},
		"SELECT request, status, response, at_us FROM idempotency_keys WHERE key = $1", key)
	return answer, false, err
}

// EndIdempotent keeps the answer under its key.
func (tx *Tx) EndIdempotent(ctx context.Context, key string, status int, response string) error {
	_, err := tx.exec(ctx, "UPDATE idempotency_keys SET status = $2, response = $3 WHERE key = $1", key, status, response)
	return err
}

// ForgetIdempotent gives a key back: its request failed before it did anything.
func (tx *Tx) ForgetIdempotent(ctx context.Context, key string) error {
	_, err := tx.exec(ctx, "DELETE FROM idempotency_keys WHERE key = $1", key)
	return err
}

// ForgetIdempotentBefore deletes the keys that were taken before a time.
func (tx *Tx) ForgetIdempotentBefore(ctx context.Context, atUS int64) (int64, error) {
	return tx.exec(ctx, "DELETE FROM idempotency_keys WHERE at_us < $1", atUS)
}
