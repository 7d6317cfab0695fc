package engine

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"fettle"
	"fettle/signal"
	"fettle/store"
)

// maxSignals is how many signals one page lists at most.
const maxSignals = 1000

// SignalsQuery asks for a page of the signals, newest first.
type SignalsQuery struct {
	Entity    fettle.Entity // "": both, or the audience's
	Type      string
	Kind      string
	Rule      string
	Record    int64  // what it became part of, if it was merged
	Audience  string // only those of its records
	Since     string // 30d, a date or a time: learned of since then
	Retracted bool   // those that were taken back too
	After     string
	Limit     int
}

// Signals lists what happened to records. next is "" where there are no more.
func (e *Engine) Signals(ctx context.Context, actor fettle.Actor, q SignalsQuery) (out []fettle.Signal, next string, err error) {
	if err := actor.Require(fettle.Viewer, "see signals"); err != nil {
		return nil, "", err
	}
	in := store.SignalsQuery{Entity: q.Entity, Type: q.Type, Kind: q.Kind, Retracted: q.Retracted, Limit: q.Limit}
	if q.Entity != "" {
		if _, err := fettle.ParseEntity(string(q.Entity)); err != nil {
			return nil, "", err
		}
	}
	if in.SinceUS, err = sinceOf(q.Since, time.Now()); err != nil {
		return nil, "", err
	}
	if q.After != "" {
		if _, err := fmt.Sscanf(q.After, "%d-%d", &in.AfterUS, &in.AfterID); err != nil || in.AfterID <= 0 {
			return nil, "", fettle.Errorf(fettle.Invalid, "the cursor is not one of this list").WithHint("Begin at the first page.")
		}
	}
	if in.Limit <= 0 || in.Limit > maxSignals {
		in.Limit = maxSignals
	}
	out = []fettle.Signal{}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		if err := e.narrowSignals(ctx, tx, q, &in); err != nil {
			return err
		}
		rows, err := tx.ListSignals(ctx, in)
		if err != nil {
			return err
		}
		if out, err = signalViews(ctx, tx, rows); err == nil && len(rows) == in.Limit {
			last := rows[len(rows)-1]
			next = fmt.Sprintf("%d-%d", last.AtUS, last.ID)
		}
		return err
	})
	return out, next, err
}

// narrowSignals turns the names of a query into what the store looks for.
func (e *Engine) narrowSignals(ctx context.Context, tx *store.Tx, q SignalsQuery, in *store.SignalsQuery) error {
	if q.Rule != "" {
		x, err := tx.SignalRule(ctx, q.Rule)
		if err != nil {
			return err
		}
		in.Rule = x.ID
	}
	if q.Record != 0 {
		id, err := survivor(ctx, tx, q.Record)
		if err != nil {
			return err
		}
		in.Record = id
	}
	if q.Audience == "" {
		return nil
	}
	a, err := findAudience(ctx, tx, q.Audience)
	if err != nil {
		return err
	}
	if q.Entity != "" && q.Entity != a.Entity {
		return fettle.Errorf(fettle.Invalid, "the audience %s is of %s", a.Name, a.Entity).WithHint("Leave the entity out.")
	}
	m, err := e.judge.Membership(ctx, tx, a.Entity, []string{a.Name})
	if err != nil {
		return err
	}
	in.Entity, in.Where = a.Entity, &m.Where
	return nil
}

// sinceOf reads since when: 30d, a date or a time; 0 for no time.
func sinceOf(text string, now time.Time) (int64, error) {
	if text == "" {
		return 0, nil
	}
	if us, ok := signal.ParseSince(text); ok {
		return us, nil
	}
	d, err := fettle.ParseInterval(text)
	if err != nil || d == 0 {
		return 0, fettle.Errorf(fettle.Invalid, "%q is no time", text).WithHint("Write 30d, a date such as 2025-02-03, or a time by RFC 3339.").With("key", "since")
	}
	return now.Add(-time.Duration(d)).UnixMicro(), nil
}

// Signal gives one signal with each of its tellings.
func (e *Engine) Signal(ctx context.Context, actor fettle.Actor, id int64) (fettle.Signal, error) {
	var out fettle.Signal
	if err := actor.Require(fettle.Viewer, "see signals"); err != nil {
		return out, err
	}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		roots, err := signal.Roots(ctx, tx, []int64{id})
		if err != nil {
			return err
		}
		if len(roots) == 0 || roots[0].Record == 0 {
			return fettle.Errorf(fettle.NotFound, "there is no signal %d", id).WithHint("Signals lists them with their numbers (fettle signal list).")
		}
		names, err := recordNames(ctx, tx, roots[0].Entity, []int64{roots[0].Record})
		if err != nil {
			return err
		}
		views, err := signalViews(ctx, tx, []store.SignalRow{{Signal: roots[0], Name: names[roots[0].Record]}})
		if err != nil {
			return err
		}
		out = views[0]
		return readTold(ctx, tx, &out)
	})
	return out, err
}

// ruleNames gives the names of the rules that there are.
func ruleNames(ctx context.Context, tx *store.Tx) (map[int64]string, error) {
	rules, err := tx.SignalRules(ctx)
	out := make(map[int64]string, len(rules))
	for _, x := range rules {
		out[x.ID] = x.Name
	}
	return out, err
}

// witnessesOf gives the tellings of signals, those of their parts included.
func witnessesOf(ctx context.Context, tx *store.Tx, ids []int64) (map[int64][]store.Witness, error) {
	parts, err := tx.SignalsWithin(ctx, ids)
	if err != nil {
		return nil, err
	}
	root := make(map[int64]int64, len(ids)+len(parts))
	for _, id := range ids {
		root[id] = id
	}
	all := append([]int64{}, ids...)
	for _, p := range parts { // what a part is part of comes before it
		root[p.ID] = root[p.Into]
		all = append(all, p.ID)
	}
	told, err := tx.Witnesses(ctx, all)
	out := make(map[int64][]store.Witness, len(ids))
	for _, id := range all {
		out[root[id]] = append(out[root[id]], told[id]...)
	}
	return out, err
}

func signalViews(ctx context.Context, tx *store.Tx, rows []store.SignalRow) ([]fettle.Signal, error) {
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	told, err := witnessesOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	names, err := ruleNames(ctx, tx)
	if err != nil {
		return nil, err
	}
	out := make([]fettle.Signal, len(rows))
	for i, r := range rows {
		v := fettle.Signal{
			ID: r.ID, Entity: r.Entity, RecordID: r.Record, Record: r.Name, Type: r.Type, Kind: r.Kind, At: time.UnixMicro(r.AtUS).UTC(), Since: dayOf(r.SinceUS),
			Rule: names[r.Rule], From: r.From, To: r.To, Details: r.Details, Sample: r.Sample, RetractedAt: when(r.RetractedUS),
		}
		for _, w := range told[r.ID] {
			if w.GoneUS != 0 && r.RetractedUS == 0 {
				continue
			}
			if v.Source = cmp.Or(v.Source, w.Source); w.GoneUS == 0 {
				v.Witnesses++
			}
		}
		out[i] = v
	}
	return out, nil
}

// readTold adds each telling to a view.
func readTold(ctx context.Context, tx *store.Tx, v *fettle.Signal) error {
	told, err := witnessesOf(ctx, tx, []int64{v.ID})
	if err != nil {
		return err
	}
	names, err := ruleNames(ctx, tx)
	for _, w := range told[v.ID] {
		v.Told = append(v.Told, fettle.Witness{
			ID: w.ID, Source: w.Source, Rule: names[w.Rule], SenderID: w.SenderID, RecordID: w.Record, ChangeID: w.Change, At: time.UnixMicro(w.AtUS).UTC(),
			Since: dayOf(w.SinceUS), Evidence: w.Evidence, GoneAt: when(w.GoneUS),
		})
	}
	return err
}

func dayOf(us int64) *fettle.Day {
	if us == 0 {
		return nil
	}
	d := fettle.DayOf(time.UnixMicro(us))
	return &d
}

func when(us int64) *time.Time {
	if us == 0 {
		return nil
	}
	t := time.UnixMicro(us).UTC()
	return &t
}

// readSignals finds the signals in what was just written, so that whoever asks
// next sees them, in this process or without a server. That they could not be
// found now holds nothing up: the next look goes on.
func (e *Engine) readSignals(ctx context.Context) {
	n, err := e.signals.CatchUp(ctx)
	if err != nil && ctx.Err() == nil {
		e.log.WarnContext(ctx, "signals could not be looked for; the next look goes on", "error", err)
	}
	if n > 0 {
		e.events.Publish("signal", "")
	}
}

// lookForSignals is readSignals for the worker's loop.
func (e *Engine) lookForSignals(ctx context.Context) error {
	n, err := e.signals.Look(ctx)
	if n > 0 {
		e.events.Publish("signal", "")
	}
	return err
}
