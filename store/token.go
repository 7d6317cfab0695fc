package store

import (
	"context"
	"database/sql"
	"errors"

	"fettle"
)

// Token lets a program in. Only the hash of its secret is kept.
type Token struct {
	ID          int64
	Name        string
	Role        fettle.Role
	Hash        string
	CreatedAtUS int64
}

// AddToken writes a new token and sets its id. It refuses a name that is taken.
func (tx *Tx) AddToken(ctx context.Context, t *Token) error {
	id, err := tx.NextIDs(ctx, SeqMisc, 1)
	if err != nil {
		return err
	}
	n, err := tx.exec(ctx, "INSERT INTO tokens (id, name, role, hash, created_at_us) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING",
		id, t.Name, string(t.Role), t.Hash, t.CreatedAtUS)
	if err != nil {
		return err
	}
	if n == 0 {
		return fettle.Errorf(fettle.Refused, "there is a token %s already", t.Name).WithHint("Choose another name, or delete that token first.")
	}
	t.ID = id
	return nil
}

// TokenByHash finds the token whose secret has the hash.
func (tx *Tx) TokenByHash(ctx context.Context, hash string) (Token, error) {
	var t Token
	err := tx.get(ctx, []any{&t.ID, &t.Name, &t.Role, &t.Hash, &t.CreatedAtUS}, "SELECT id, name, role, hash, created_at_us FROM tokens WHERE hash = $1", hash)
	if errors.Is(err, sql.ErrNoRows) {
		return t, fettle.Errorf(fettle.Unsigned, "the token is not valid").WithHint("Make one with: fettle token create NAME.")
	}
	return t, err
}

// Tokens lists the tokens by name.
func (tx *Tx) Tokens(ctx context.Context) ([]Token, error) {
	var out []Token
	err := tx.query(ctx, func(r *sql.Rows) error {
		var t Token
		err := r.Scan(&t.ID, &t.Name, &t.Role, &t.Hash, &t.CreatedAtUS)
		out = append(out, t)
		return err
	}, "SELECT id, name, role, hash, created_at_us FROM tokens ORDER BY name")
	return out, err
}

// DeleteToken deletes a token: it lets nobody in from then on.
func (tx *Tx) DeleteToken(ctx context.Context, name string) error {
	n, err := tx.exec(ctx, "DELETE FROM tokens WHERE name = $1", name)
	if err == nil && n == 0 {
		err = fettle.Errorf(fettle.NotFound, "there is no token %s", name)
	}
	return err
}
