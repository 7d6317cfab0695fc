package account

import (
	"context"
	"time"

	"fettle"
	"fettle/internal/password"
	"fettle/store"
)

// FirstAdmin makes the admin whom the operator of a server names before anybody
// can sign in: with a password, or, without one, by the link that it gives, as
// Invite does. Once somebody can sign in it does nothing, and the link is empty:
// the name may stay in a server's settings for good. Until then each call makes a
// new link, and the ones before are used up.
func (ac *Accounts) FirstAdmin(ctx context.Context, mail, pass string) (LinkView, error) {
	email, err := checkEmail(mail)
	if err != nil {
		return LinkView{}, err
	}
	name, err := checkPersonName("", email)
	if err != nil {
		return LinkView{}, err
	}
	u := store.User{Email: email, Name: name, Role: fettle.Admin, CreatedAtUS: ac.now().UnixMicro()}
	if pass != "" {
		if err := checkPassword(pass); err != nil {
			return LinkView{}, err
		}
		if err := checkOwnPassword(pass, u); err != nil {
			return LinkView{}, err
		}
	}
	var link LinkView
	err = ac.db.Update(ctx, func(tx *store.Tx) (err error) {
		link, err = firstAdmin(ctx, tx, u, pass, ac.now())
		return err
	})
	return link, err
}

func firstAdmin(ctx context.Context, tx *store.Tx, u store.User, pass string, now time.Time) (LinkView, error) {
	if err := tx.LockUsers(ctx); err != nil {
		return LinkView{}, err
	}
	all, err := tx.Users(ctx)
	if err == nil && len(all) == 0 { // there was nobody to lock: servers that start together take turns here
		if _, err = tx.NextIDs(ctx, store.SeqMisc, 1); err == nil {
			all, err = tx.Users(ctx)
		}
	}
	if err != nil {
		return LinkView{}, err
	}
	there := false
	for _, other := range all {
		if other.Joined {
			return LinkView{}, nil
		}
		if other.Email == u.Email {
			other.Role, other.Disabled = fettle.Admin, false
			u, there = other, true
		}
	}
	if !there {
		if err := tx.AddUser(ctx, &u); err != nil {
			return LinkView{}, err
		}
	}
	if pass != "" {
		u.Password, u.Joined = password.Hash(pass), true
	}
	if err := tx.PutUser(ctx, &u); err != nil {
		return LinkView{}, err
	}
	if err := tx.DeleteLinks(ctx, u.ID); err != nil {
		return LinkView{}, err
	}
	if err := tx.Act(ctx, fettle.System(), "user.invite", u.Email, roleWords(u.Role, false)+", named by the server's settings"); err != nil || pass != "" {
		return LinkView{}, err
	}
	return newLink(ctx, tx, store.LinkInvite, u, now)
}
