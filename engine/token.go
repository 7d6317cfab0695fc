package engine

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

	"fettle"
	"fettle/store"
)

// TokenView is an API token without its secret.
type TokenView struct {
	Name      string      `json:"name"`
	Role      fettle.Role `json:"role"`
	CreatedAt time.Time   `json:"created_at"`
}

// tokenPrefix makes a token recognisable, for people and secret scanners.
const tokenPrefix = "fettle_"

// Tokens lists the API tokens.
func (e *Engine) Tokens(ctx context.Context, actor fettle.Actor) ([]TokenView, error) {
	if err := actor.Require(fettle.Admin, "see tokens"); err != nil {
		return nil, err
	}
	out := []TokenView{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		list, err := tx.Tokens(ctx)
		for _, t := range list {
			out = append(out, TokenView{Name: t.Name, Role: t.Role, CreatedAt: time.UnixMicro(t.CreatedAtUS).UTC()})
		}
		return err
	})
	return out, err
}

// CreateToken makes an API token and gives its secret, which is not stored and
// cannot be shown again.
func (e *Engine) CreateToken(ctx context.Context, actor fettle.Actor, name string, role fettle.Role) (string, error) {
	if err := actor.Require(fettle.Admin, "make tokens"); err != nil {
		return "", err
	}
	if err := fettle.CheckName("a token", name); err != nil {
		return "", err
	}
	if role != fettle.Viewer && role != fettle.Editor && role != fettle.Admin {
		return "", fettle.Errorf(fettle.Invalid, "%q is not a role", role).WithHint("Use viewer, editor or admin.")
	}
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	secret := tokenPrefix + base64.RawURLEncoding.EncodeToString(b)
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.AddToken(ctx, &store.Token{Name: name, Role: role, Hash: hashToken(secret), CreatedAtUS: time.Now().UnixMicro()}); err != nil {
			return err
		}
		return act(ctx, tx, actor, "token.create", name, string(role))
	})
	return secret, err
}

// DeleteToken ends a token.
func (e *Engine) DeleteToken(ctx context.Context, actor fettle.Actor, name string) error {
	if err := actor.Require(fettle.Admin, "end tokens"); err != nil {
		return err
	}
	return e.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.DeleteToken(ctx, name); err != nil {
			return err
		}
		return act(ctx, tx, actor, "token.delete", name, "")
	})
}

// Authenticate finds who a token is.
func (e *Engine) Authenticate(ctx context.Context, token string) (fettle.Actor, error) {
	var t store.Token
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		t, err = tx.TokenByHash(ctx, hashToken(token))
		return err
	})
	return fettle.Actor{Name: t.Name, Role: t.Role}, err
}

// hashToken is how a token is stored: it is random, so a plain hash is enough.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Following reports whether a process is there that makes calls and follows
// audiences.
func (e *Engine) Following(ctx context.Context) (ok bool, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) (err error) {
		ok, err = followed(ctx, tx)
		return err
	})
	return ok, err
}

// Ready fails if the database does not answer.
func (e *Engine) Ready(ctx context.Context) error {
	return e.db.View(ctx, func(tx *store.Tx) error {
		_, _, err := tx.Setting(ctx, store.SettingWorkspaceID)
		return err
	})
}
