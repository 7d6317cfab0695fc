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
	MaySpend    bool // an editor's that an admin lets do what spends
	Hash        string
	CreatedAtUS int64
}

// Actor is who asks with the token.
func (t Token) Actor() fettle.Actor {
	return fettle.Actor{Name: t.Name, Role: t.Role, MaySpend: t.MaySpend, Token: true}
}

const tokenColumns = "id, name, role, may_spend, hash, created_at_us"

func (t *Token) fields() []any {
	return []any{&t.ID, &t.Name, &t.Role, &t.MaySpend, &t.Hash, &t.CreatedAtUS}
}

// AddToken writes a new token and sets its id. It refuses a name that is taken.
func (tx *Tx) AddToken(ctx context.Context, t *Token) error {
	id, err := tx.NextIDs(ctx, SeqMisc, 1)
	if err != nil {
		return err
	}
	n, err := tx.exec(ctx, "INSERT INTO tokens ("+tokenColumns+") VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING",
		id, t.Name, string(t.Role), t.MaySpend, t.Hash, t.CreatedAtUS)
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
	err := tx.get(ctx, t.fields(), "SELECT "+tokenColumns+" FROM tokens WHERE hash = $1", hash)
	if errors.Is(err, sql.ErrNoRows) {
		return t, fettle.Errorf(fettle.Unsigned, "the token is not valid").WithHint("An admin makes one under Settings → API tokens (fettle token create NAME).")
	}
	return t, err
}

// Tokens lists the tokens by name.
func (tx *Tx) Tokens(ctx context.Context) ([]Token, error) {
	var out []Token
	err := tx.query(ctx, func(r *sql.Rows) error {
		var t Token
		err := r.Scan(t.fields()...)
		out = append(out, t)
		return err
	}, "SELECT "+tokenColumns+" FROM tokens ORDER BY name")
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
