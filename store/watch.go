package store

import (
	"context"
	"database/sql"
	"slices"

	"fettle"
)

// Watch is an audience of which a channel is told who enters it, or whose records a
// destination gets.
type Watch struct {
	Audience int64
	State    WatchState
	Cursor   int64 // the newest entry of the change log that was read
	Looked   int64 // of a look at everybody that is under way: the last record of it
	LookedUS int64 // when everybody was looked at last
}

// WatchState is what is done next for a watch.
type WatchState string

// The states.
const (
	WatchBaseline  WatchState = "baseline"  // everybody is looked at, and nobody is told
	WatchLook      WatchState = "look"      // everybody is looked at
	WatchFollowing WatchState = "following" // the change log is followed
	WatchEnding    WatchState = "ending"    // no channel waits for it: its members are dropped
)

const watchColumns = "audience_id, state, cursor, looked, looked_us"

func (tx *Tx) watches(ctx context.Context, where string, args ...any) ([]Watch, error) {
	var out []Watch
	err := tx.query(ctx, func(r *sql.Rows) error {
		var w Watch
		err := r.Scan(&w.Audience, &w.State, &w.Cursor, &w.Looked, &w.LookedUS)
		out = append(out, w)
		return err
	}, "SELECT "+watchColumns+" FROM watches"+where, args...)
	return out, err
}

// Watches lists the watches by audience.
func (tx *Tx) Watches(ctx context.Context) ([]Watch, error) {
	return tx.watches(ctx, " ORDER BY audience_id")
}

// LockWatch reads the watch of an audience and keeps others from it until the
// transaction ends. It reports whether there is one.
func (tx *Tx) LockWatch(ctx context.Context, audience int64) (Watch, bool, error) {
	all, err := tx.watches(ctx, " WHERE audience_id = $1"+tx.db.d.forUpdate, audience)
	if err != nil || len(all) == 0 {
		return Watch{}, false, err
	}
	return all[0], true, nil
}

// PutWatch writes how far a watch is.
func (tx *Tx) PutWatch(ctx context.Context, w Watch) error {
	_, err := tx.exec(ctx, "UPDATE watches SET state = $2, cursor = $3, looked = $4, looked_us = $5 WHERE audience_id = $1",
		w.Audience, string(w.State), w.Cursor, w.Looked, w.LookedUS)
	return err
}

// KeepWatches begins the watches that channels and destinations wait for, with a baseline, and
// ends the others. It belongs into every transaction that changes what channels
// listen to, which destinations are on, or which audiences there are.
func (tx *Tx) KeepWatches(ctx context.Context) error {
	all, err := tx.Watches(ctx)
	if err != nil {
		return err
	}
	wanted, err := tx.watched(ctx)
	if err != nil {
		return err
	}
	for _, w := range all {
		is := wanted[w.Audience]
		delete(wanted, w.Audience)
		if is == (w.State != WatchEnding) {
			continue
		}
		state := WatchEnding
		if is {
			state = WatchBaseline
		}
		if _, err := tx.exec(ctx, "UPDATE watches SET state = $2, looked = 0 WHERE audience_id = $1", w.Audience, string(state)); err != nil {
			return err
		}
	}
	newest := int64(0)
	if len(wanted) > 0 {
		if newest, err = tx.NewestChange(ctx); err != nil {
			return err
		}
	}
	for id := range wanted {
		_, err := tx.exec(ctx, "INSERT INTO watches ("+watchColumns+") VALUES ($1, $2, $3, 0, 0) ON CONFLICT (audience_id) DO NOTHING", id, string(WatchBaseline), newest)
		if err != nil {
			return err
		}
	}
	return nil
}

// watched are the audiences that channels and destinations that are on name, and
// that are there.
func (tx *Tx) watched(ctx context.Context) (map[int64]bool, error) {
	channels, err := tx.Channels(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, c := range channels {
		names = append(names, fettle.EnteredAudiences(c.Events)...)
	}
	destinations, err := tx.Destinations(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range destinations {
		if d.State == fettle.DestinationOn {
			names = append(names, d.Audience)
		}
	}
	out := map[int64]bool{}
	if len(names) == 0 {
		return out, nil
	}
	audiences, err := tx.Audiences(ctx)
	for _, a := range audiences {
		if slices.Contains(names, a.Name) {
			out[a.ID] = true
		}
	}
	return out, err
}

// WatchAnew has everybody of every watched audience looked at again, and nobody
// told of what is found: for a workspace that was restored or copied.
func (tx *Tx) WatchAnew(ctx context.Context) error {
	_, err := tx.exec(ctx, "UPDATE watches SET state = 'baseline', looked = 0 WHERE state <> 'ending'")
	return err
}

// watchFilter does so for one audience whose filter becomes another.
func (tx *Tx) watchFilter(ctx context.Context, audience int64, where string) error {
	_, err := tx.exec(ctx, `UPDATE watches SET state = 'baseline', looked = 0 WHERE audience_id = $1 AND state <> 'ending'
		AND EXISTS (SELECT 1 FROM audiences a WHERE a.id = watches.audience_id AND a.where_cel <> $2)`, audience, where)
	return err
}

// EndWatch drops up to n known members of an audience that nobody waits for any
// more, and the watch when none is left. It reports whether there are more.
func (tx *Tx) EndWatch(ctx context.Context, audience int64, n int) (more bool, err error) {
	ids, err := tx.ids(ctx, "SELECT record_id FROM watched_members WHERE audience_id = $1 ORDER BY record_id LIMIT $2", audience, n)
	if err != nil {
		return false, err
	}
	if err := tx.ForgetMembers(ctx, audience, ids); err != nil || len(ids) == n {
		return true, err
	}
	_, err = tx.exec(ctx, "DELETE FROM watches WHERE audience_id = $1", audience)
	return false, err
}

// RecordsAfter gives the ids of up to n records after one, in order.
func (tx *Tx) RecordsAfter(ctx context.Context, entity fettle.Entity, after int64, n int) ([]int64, error) {
	return tx.ids(ctx, "SELECT id FROM "+table(entity)+" WHERE id > $1 ORDER BY id LIMIT $2", after, n)
}

// MembersBetween gives the known members of an audience with ids above one, up
// to another, in order.
func (tx *Tx) MembersBetween(ctx context.Context, audience, after, to int64) ([]int64, error) {
	return tx.ids(ctx, "SELECT record_id FROM watched_members WHERE audience_id = $1 AND record_id > $2 AND record_id <= $3 ORDER BY record_id", audience, after, to)
}

// KnownMembers gives those of the records that are known to be in an audience, in
// order.
func (tx *Tx) KnownMembers(ctx context.Context, audience int64, records []int64) ([]int64, error) {
	var out []int64
	err := tx.queryBatch(ctx, scanID(&out), idBatch(records),
		"WITH v(id) AS (@rows) SELECT m.record_id FROM v JOIN watched_members m ON m.record_id = v.id WHERE m.audience_id = $1", audience)
	slices.Sort(out)
	return out, err
}

// KnowMembers notes records as members of an audience.
func (tx *Tx) KnowMembers(ctx context.Context, audience int64, records []int64) error {
	b := NewBatch("bigint", "bigint")
	for _, id := range records {
		b.Add(audience, id)
	}
	_, err := tx.execBatch(ctx, b, "INSERT INTO watched_members (audience_id, record_id) @rows ON CONFLICT (audience_id, record_id) DO NOTHING")
	return err
}

// ForgetMembers notes that records are not in an audience.
func (tx *Tx) ForgetMembers(ctx context.Context, audience int64, records []int64) error {
	_, err := tx.execBatch(ctx, idBatch(records), "WITH v(id) AS (@rows) DELETE FROM watched_members WHERE audience_id = $1 AND record_id IN (SELECT id FROM v)", audience)
	return err
}
