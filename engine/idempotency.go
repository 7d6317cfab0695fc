package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fettle"
	"fettle/store"
)

// KeptAnswer is an answer of the API that is kept under its idempotency key.
type KeptAnswer struct {
	Status      int    `json:"-"` // 0: nothing to keep
	ContentType string `json:"content_type"`
	Body        []byte `json:"body"`
}

// keepAnswers is how long an answer is kept. A key whose request never ended,
// because its process died, is free again after that too.
const keepAnswers = 24 * time.Hour

// longestRequest is how long a request of another process is believed to be
// under way.
const longestRequest = time.Hour

// BeginRequest takes an idempotency key for a request, known by the hash of
// what it asks. first is true for the first request under the key; for a
// repeat the answer of the first is given. It refuses another request under
// the same key, and a repeat while the first is under way.
func (e *Engine) BeginRequest(ctx context.Context, key, hash string) (answer KeptAnswer, first bool, err error) {
	var kept store.IdempotentAnswer
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		now := time.Now()
		if _, err := tx.ForgetIdempotentBefore(ctx, now.Add(-keepAnswers).UnixMicro()); err != nil {
			return err
		}
		kept, first, err = tx.BeginIdempotent(ctx, key, hash, now.UnixMicro())
		return err
	})
	switch {
	case err != nil:
		return KeptAnswer{}, false, err
	case first:
		return KeptAnswer{}, true, nil
	case kept.Request != hash:
		return KeptAnswer{}, false, fettle.Errorf(fettle.Invalid, "the Idempotency-Key was used for another request").WithHint("Use a new key for a new request.")
	case kept.Status == 0:
		return KeptAnswer{}, false, e.unended(kept)
	}
	if err := json.Unmarshal([]byte(kept.Response), &answer); err != nil {
		return KeptAnswer{}, false, fmt.Errorf("read a kept answer: %w", err)
	}
	answer.Status = kept.Status
	return answer, false, nil
}

// unended says of a request that has not ended whether it is under way or was
// interrupted: on SQLite there is one process, so what began before it did will
// never end.
func (e *Engine) unended(kept store.IdempotentAnswer) error {
	since := e.started
	if e.db.Postgres() {
		since = time.Now().Add(-longestRequest)
	}
	if kept.AtUS >= since.UnixMicro() {
		return fettle.Errorf(fettle.Refused, "the first request with this Idempotency-Key is under way").WithHint("Ask again in a moment.").With("repeat", "under_way")
	}
	return fettle.Errorf(fettle.Refused, "the server stopped while it did this: it may have been done").
		WithHint("Look whether it was before you do it again.").With("repeat", "interrupted")
}

// EndRequest keeps the answer under its key, or gives the key back if there is
// none to keep. It does so even if the client has gone.
func (e *Engine) EndRequest(ctx context.Context, key string, answer KeptAnswer) error {
	ctx = context.WithoutCancel(ctx)
	text, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("keep an answer: %w", err)
	}
	return e.db.Update(ctx, func(tx *store.Tx) error {
		if answer.Status == 0 {
			return tx.ForgetIdempotent(ctx, key)
		}
		return tx.EndIdempotent(ctx, key, answer.Status, string(text))
	})
}
