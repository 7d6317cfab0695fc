package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"fettle"
	"fettle/limits"
	"fettle/store"
)

// TokenView is an API token without its secret.
type TokenView struct {
	Name      string      `json:"name"`
	Role      fettle.Role `json:"role"`
	MaySpend  bool        `json:"may_spend"` // an editor's that has been let
	CreatedAt time.Time   `json:"created_at"`
	// Limits are what it may spend at most, with what is used of it.
	Limits []fettle.LimitView `json:"limits"`
}

// TokenInput is a token to be made.
type TokenInput struct {
	Name     string
	Role     fettle.Role
	MaySpend bool          // lets an editor's token do what spends
	Limit    *fettle.Limit // its own, beside those of the workspace; nil for none
}

// tokenPrefix makes a token recognisable, for people and secret scanners.
const tokenPrefix = "fettle_"

// Tokens lists the API tokens.
func (ac *Accounts) Tokens(ctx context.Context, actor fettle.Actor) ([]TokenView, error) {
	if err := actor.Require(fettle.Admin, "see tokens"); err != nil {
		return nil, err
	}
	out := []TokenView{}
	err := ac.db.View(ctx, func(tx *store.Tx) error {
		list, err := tx.Tokens(ctx)
		if err != nil {
			return err
		}
		for _, t := range list {
			v := TokenView{Name: t.Name, Role: t.Role, MaySpend: t.MaySpend, CreatedAt: time.UnixMicro(t.CreatedAtUS).UTC(), Limits: []fettle.LimitView{}}
			inForce, err := limits.Of(ctx, tx, store.ScopePerson, t.Name)
			if err != nil {
				return err
			}
			for _, l := range inForce {
				lv, err := limits.View(ctx, tx, l, 0, 0, 0)
				if err != nil {
					return err
				}
				v.Limits = append(v.Limits, lv)
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

// CreateToken makes an API token and gives its secret, which is not stored and
// cannot be shown again. Its own limit holds for everything that is started
// with it, and outlives it: a run that it began goes on under it.
func (ac *Accounts) CreateToken(ctx context.Context, actor fettle.Actor, in TokenInput) (string, error) {
	if err := actor.Require(fettle.Admin, "make tokens"); err != nil {
		return "", err
	}
	if err := fettle.CheckName("a token", in.Name); err != nil {
		return "", err
	}
	if slices.Contains([]string{local.Name, "cli", fettle.System().Name}, in.Name) {
		return "", fettle.Errorf(fettle.Invalid, "%q is a name of the server's own", in.Name).WithHint("Choose another name: it says who did what.")
	}
	if err := checkRole(in.Role, in.MaySpend); err != nil {
		return "", err
	}
	var limit fettle.Limit
	if in.Limit != nil {
		var err error
		if limit, err = limits.CheckWide(*in.Limit); err != nil {
			return "", err
		}
	}
	secret, now := tokenPrefix+newSecret(), ac.now().UnixMicro()
	err := ac.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.AddToken(ctx, &store.Token{Name: in.Name, Role: in.Role, MaySpend: in.MaySpend, Hash: hashToken(secret), CreatedAtUS: now}); err != nil {
			return err
		}
		detail := roleWords(in.Role, in.MaySpend)
		if in.Limit != nil {
			detail += ", at most " + limits.Words(limit)
			if err := tx.PutLimit(ctx, store.Limit{Scope: store.ScopePerson, Key: in.Name, Limit: limit, Actor: actor.Name, SetAtUS: now}); err != nil {
				return err
			}
		}
		return tx.Act(ctx, actor, "token.create", in.Name, detail)
	})
	return secret, err
}

// DeleteToken ends a token.
func (ac *Accounts) DeleteToken(ctx context.Context, actor fettle.Actor, name string) error {
	if err := actor.Require(fettle.Admin, "end tokens"); err != nil {
		return err
	}
	return ac.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.DeleteToken(ctx, name); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "token.delete", name, "")
	})
}

// Authenticate finds who a token is.
func (ac *Accounts) Authenticate(ctx context.Context, token string) (fettle.Actor, error) {
	var t store.Token
	err := ac.db.View(ctx, func(tx *store.Tx) (err error) {
		t, err = tx.TokenByHash(ctx, hashToken(token))
		return err
	})
	return t.Actor(), err
}

// hashToken is how a token is stored: it is random, so a plain hash is enough.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
