package store

import (
	"context"
	"database/sql"
	"errors"

	"fettle"
)

// SignalHook is the address of a rule to which others send what happened.
type SignalHook struct {
	Rule      int64
	Hash      string // of its token
	Actor     string // who made it
	CreatedUS int64
}

// PutSignalHook gives a rule's address another token.
func (tx *Tx) PutSignalHook(ctx context.Context, h SignalHook) error {
	_, err := tx.exec(ctx, `INSERT INTO signal_hooks (rule_id, token_hash, actor, created_us) VALUES ($1, $2, $3, $4)
		ON CONFLICT (rule_id) DO UPDATE SET token_hash = excluded.token_hash, actor = excluded.actor, created_us = excluded.created_us`,
		h.Rule, h.Hash, h.Actor, h.CreatedUS)
	return err
}

// SignalHook reads the address of a rule; ok is false where it has none.
func (tx *Tx) SignalHook(ctx context.Context, rule int64) (h SignalHook, ok bool, err error) {
	err = tx.get(ctx, []any{&h.Rule, &h.Hash, &h.Actor, &h.CreatedUS}, "SELECT rule_id, token_hash, actor, created_us FROM signal_hooks WHERE rule_id = $1", rule)
	if errors.Is(err, sql.ErrNoRows) {
		return h, false, nil
	}
	return h, err == nil, err
}

// SignalHooks gives the rules that have an address.
func (tx *Tx) SignalHooks(ctx context.Context) (map[int64]bool, error) {
	out := map[int64]bool{}
	err := tx.query(ctx, func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		out[id] = true
		return err
	}, "SELECT rule_id FROM signal_hooks")
	return out, err
}

// DeleteSignalHook ends the address of a rule.
func (tx *Tx) DeleteSignalHook(ctx context.Context, rule int64) error {
	n, err := tx.exec(ctx, "DELETE FROM signal_hooks WHERE rule_id = $1", rule)
	if err == nil && n == 0 {
		err = fettle.Errorf(fettle.NotFound, "the rule's hook has no token")
	}
	return err
}

// SignalPost is a body as it was sent to a rule's address.
type SignalPost struct {
	ID     int64
	Rule   int64
	AtUS   int64
	Body   string
	Answer string // JSON
}

// keptPosts is how many bodies of a rule are kept.
const keptPosts = 1000

// AddSignalPost keeps a body with the records of which it told something, and
// forgets the oldest of too many.
func (tx *Tx) AddSignalPost(ctx context.Context, p SignalPost, records []int64) error {
	id, err := tx.NextIDs(ctx, SeqSignal, 1)
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "INSERT INTO signal_posts (id, rule_id, at_us, body, answer) VALUES ($1, $2, $3, $4, $5)", id, p.Rule, p.AtUS, p.Body, p.Answer); err != nil {
		return err
	}
	b := NewBatch("bigint", "bigint")
	for _, r := range records {
		b.Add(id, r)
	}
	if _, err := tx.execBatch(ctx, b, "INSERT INTO signal_post_records (post_id, record_id) @rows ON CONFLICT (post_id, record_id) DO NOTHING"); err != nil {
		return err
	}
	old, err := tx.ids(ctx, "SELECT id FROM signal_posts WHERE rule_id = $1 ORDER BY id DESC LIMIT 100 OFFSET $2", p.Rule, keptPosts)
	if err != nil || len(old) == 0 {
		return err
	}
	for _, text := range []string{"WITH v(vid) AS (@rows) DELETE FROM signal_posts WHERE id IN (SELECT vid FROM v)", "WITH v(vid) AS (@rows) DELETE FROM signal_post_records WHERE post_id IN (SELECT vid FROM v)"} {
		if _, err := tx.execBatch(ctx, idBatch(old), text); err != nil {
			return err
		}
	}
	return nil
}

// SignalPosts gives the newest bodies that were sent to a rule's address.
func (tx *Tx) SignalPosts(ctx context.Context, rule, before int64, limit int) ([]SignalPost, error) {
	var out []SignalPost
	err := tx.query(ctx, func(r *sql.Rows) error {
		var p SignalPost
		err := r.Scan(&p.ID, &p.Rule, &p.AtUS, &p.Body, &p.Answer)
		out = append(out, p)
		return err
	}, "SELECT id, rule_id, at_us, body, answer FROM signal_posts WHERE rule_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3", rule, orNewest(before), limit)
	return out, err
}

// SignalPostsSince counts the bodies that were sent to a rule's address since a
// time.
func (tx *Tx) SignalPostsSince(ctx context.Context, rule, sinceUS int64) (int64, error) {
	var n int64
	err := tx.get(ctx, []any{&n}, "SELECT count(*) FROM signal_posts WHERE rule_id = $1 AND at_us > $2", rule, sinceUS)
	return n, err
}
