package account

import (
	"context"
	"time"

	"fettle"
	"fettle/store"
)

// ActionView is an entry of the log of who did what.
type ActionView struct {
	ID     int64     `json:"id"`
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Action string    `json:"action"`
	Object string    `json:"object"`
	Detail string    `json:"detail,omitempty"`
}

// Actions lists who did what, newest first: to one object, or to any if it is
// "". before is the id to go on from, or 0.
func (ac *Accounts) Actions(ctx context.Context, actor fettle.Actor, object string, before int64, limit int) ([]ActionView, error) {
	if err := actor.Require(fettle.Admin, "see who did what"); err != nil {
		return nil, err
	}
	out := []ActionView{}
	err := ac.db.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Actions(ctx, object, before, limit)
		for _, a := range all {
			out = append(out, ActionView{ID: a.ID, At: time.UnixMicro(a.AtUS).UTC(), Actor: a.Actor, Action: a.Action, Object: a.Object, Detail: a.Detail})
		}
		return err
	})
	return out, err
}

// Known finds somebody by the name that stands beside what they did: a person, a
// token, or whoever runs the server. there is false where they are gone, or may
// not come in any more.
func (ac *Accounts) Known(ctx context.Context, tx *store.Tx, name string) (a fettle.Actor, there bool, err error) {
	if name == local.Name || name == "cli" {
		return fettle.Actor{Name: name, Role: fettle.Admin}, true, nil
	}
	tokens, err := tx.Tokens(ctx)
	if err != nil {
		return a, false, err
	}
	for _, t := range tokens {
		if t.Name == name {
			return t.Actor(), true, nil
		}
	}
	u, err := tx.User(ctx, name)
	if fettle.CodeOf(err) == fettle.NotFound {
		return a, false, nil
	}
	return fettle.Actor{Name: u.Email, Role: u.Role, MaySpend: u.MaySpend}, u.Joined && !u.Disabled, err
}
