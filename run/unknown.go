package run

import (
	"cmp"
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/identity"
	"fettle/ingest"
	"fettle/judge"
	"fettle/limits"
	"fettle/provider"
	"fettle/store"
)

// Resolve ends unknown calls as somebody says who may, a page in a transaction.
func (w *Worker) Resolve(ctx context.Context, actor fettle.Actor, ids []int64, all bool, r fettle.Resolution) (int, error) {
	total := 0
	defer func() {
		w.RescanAll()
		w.Look()
		w.events.Publish("credits", "")
	}()
	if !all {
		for page := range slices.Chunk(ids, resolvePage) {
			n, err := w.resolvePage(ctx, actor, page, false, r)
			total += n
			if err != nil {
				return total, err
			}
		}
		return total, nil
	}
	for {
		n, err := w.resolvePage(ctx, actor, nil, true, r)
		total += n
		if err != nil || n < resolvePage {
			return total, err
		}
	}
}

// resolvePage is how many calls one resolving transaction ends.
const resolvePage = 500

func (w *Worker) resolvePage(ctx context.Context, actor fettle.Actor, ids []int64, all bool, r fettle.Resolution) (n int, err error) {
	err = w.db.Update(ctx, func(tx *store.Tx) error {
		n = 0
		var attempts []store.Attempt
		var err error
		if all {
			attempts, err = tx.UnknownAttempts(ctx, 0, resolvePage)
		} else {
			attempts, err = tx.AttemptsByID(ctx, ids)
		}
		if err != nil {
			return err
		}
		if !all {
			if err := onlyUnknown(attempts, ids); err != nil {
				return err
			}
		}
		n = len(attempts)
		return w.resolveTx(ctx, tx, actor, attempts, r)
	})
	return n, err
}

func onlyUnknown(attempts []store.Attempt, ids []int64) error {
	if len(attempts) != len(ids) {
		return fettle.Errorf(fettle.NotFound, "not all of these charges exist").WithHint("See those there are under Credits → To resolve (fettle unknown list).")
	}
	for _, a := range attempts {
		if a.State != store.AttemptUnknown {
			return fettle.Errorf(fettle.Refused, "the charge %d is not unknown: it is %s", a.ID, a.State).WithHint("See the unknown ones under Credits → To resolve (fettle unknown list).")
		}
	}
	return nil
}

func (w *Worker) resolveTx(ctx context.Context, tx *store.Tx, actor fettle.Actor, attempts []store.Attempt, r fettle.Resolution) error {
	if len(attempts) == 0 {
		return nil
	}
	s, err := w.newSettling(ctx, tx)
	if err != nil {
		return err
	}
	list, err := tx.Enrichments(ctx)
	if err != nil {
		return err
	}
	byID := map[int64]store.Enrichment{}
	for _, x := range list {
		byID[x.ID] = x
	}
	landings := make([]landing, len(attempts))
	ends := make([]store.Ending, len(attempts))
	for i, a := range attempts {
		cur, known := byID[a.EnrichmentID]
		j, err := w.resolvedJob(ctx, tx, a, cur, known)
		if err != nil {
			return err
		}
		if landings[i], err = resolved(j, r, s.now); err != nil {
			return err
		}
		landings[i].row.OpenedBy = actor.Name // a row that is asked again is on whoever says so
		ends[i] = landings[i].end
	}
	done, err := tx.ResolveAttempts(ctx, ends)
	if err != nil {
		return err
	}
	if len(done) < len(ends) {
		return fettle.Errorf(fettle.Refused, "%d of these charges were resolved meanwhile, by somebody else or by their own late answer; nothing was done", len(ends)-len(done)).
			WithHint("See what is still unknown under Credits → To resolve (fettle unknown list).")
	}
	for _, l := range landings {
		l.j.attempt.Actor = cmp.Or(l.j.attempt.Actor, actor.Name)
		s.bookResolved(l, "resolve")
	}
	if err := s.write(ctx); err != nil {
		return err
	}
	return tx.Act(ctx, actor, "unknown."+r.Action, fettle.Count(int64(len(attempts)), "charge", "charges"), "")
}

// resolvedJob makes a job of an unknown call, with as much of its program as
// is needed to write a value.
func (w *Worker) resolvedJob(ctx context.Context, tx *store.Tx, a store.Attempt, cur store.Enrichment, known bool) (*job, error) {
	j := &job{
		attempt: a, fields: a.Fields, hash: a.InputsHash, from: map[string]int64{}, partial: true,
		row: store.Row{EnrichmentID: a.EnrichmentID, RecordID: a.RecordID, RunID: a.RunID, State: fettle.RowRunning, Cause: a.Cause},
	}
	j.p = &judge.Program{ID: a.EnrichmentID, Name: cur.Name, Version: a.Version, Entity: cur.Entity, Definition: cur.Definition, Types: map[string]fettle.FieldType{}}
	if !known {
		j.p.Entity = fettle.People
		return j, nil
	}
	fields, err := tx.Fields(ctx, cur.Entity)
	for _, f := range fields {
		j.p.Types[f.Key] = f.Type
	}
	return j, err
}

// resolved decides what a person's word does.
func resolved(j *job, r fettle.Resolution, now time.Time) (landing, error) {
	l := landing{j: j, row: j.row, kind: "resolve", end: store.Ending{ID: j.attempt.ID, State: store.AttemptSettled, Message: "resolved: " + r.Action, DoneUS: now.UnixMicro()}}
	l.row.UpdatedUS = now.UnixMicro()
	full := func(outcome string) {
		l.charged = j.attempt.Hold.Step
		l.end.Charged, l.end.Outcome = l.charged, outcome
		l.row.Paid = l.charged > 0
	}
	switch r.Action {
	case "retry":
		full(judge.ResolvedRetry)
		l.row.State, l.row.Outcome, l.row.Cause = fettle.RowPending, "", fettle.CauseRetry
	case "write_off":
		full(judge.WrittenOff)
		l.done(fettle.Failed, "written off")
	case "not_billed":
		l.end.State, l.end.Outcome = store.AttemptReleased, string(provider.NotSent)
		l.row.State, l.row.Outcome, l.row.Cause = fettle.RowPending, "", fettle.CauseRetry
	case "found":
		return foundBy(l, j, r)
	}
	return l, nil
}

// foundBy writes the value that a person says was found.
func foundBy(l landing, j *job, r fettle.Resolution) (landing, error) {
	if len(j.fields) == 0 {
		return l, fettle.Errorf(fettle.Refused, "the charge %d has no cell", j.attempt.ID)
	}
	field := j.fields[0]
	v, valid, err := identity.Clean(j.p.Types[field], *r.Value)
	if err != nil {
		return l, judge.Within(err, field)
	}
	l.charged = *r.Credits
	l.end.Charged = min(l.charged, j.attempt.Hold.Step)
	l.end.Overrun = l.charged - l.end.Charged
	l.end.Outcome = string(provider.Found)
	l.end.Outputs = map[string]any{outputName(j, field): v}
	l.values, l.invalid = map[string]any{field: v}, map[string]bool{field: !valid}
	l.row.Paid = l.charged > 0
	l.done(fettle.Found, "said by a person")
	return l, nil
}

// outputName is the name that the call's provider has for what fills a field,
// so that the answer is found again like any other.
func outputName(j *job, field string) string {
	name := field
	for _, o := range j.p.Definition.Outputs {
		if o.Field == field {
			name = o.Name
		}
	}
	if j.attempt.Step < len(j.p.Definition.Steps) {
		for from, to := range j.p.Definition.Steps[j.attempt.Step].Outputs {
			if to == name {
				return from
			}
		}
	}
	return name
}

// newSettling begins the writing of results outside the settle loop.
func (w *Worker) newSettling(ctx context.Context, tx *store.Tx) (*settling, error) {
	s := &settling{w: w, tx: tx, now: time.Now(), rows: map[int64][]store.Row{}, writes: map[writer][]ingest.Write{}, hashes: map[int64]map[int64]string{}, stats: callStats{}, causes: map[int64]fettle.Cause{}, ended: map[int64][]endedRow{}}
	var err error
	if s.caps, err = limits.Read(ctx, tx); err != nil {
		return nil, err
	}
	s.moves = limits.NewMoves(s.caps)
	return s, nil
}
