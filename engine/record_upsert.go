package engine

import (
	"context"
	"maps"
	"slices"
	"time"

	"fettle"
	"fettle/identity"
	"fettle/ingest"
	"fettle/rights"
	"fettle/store"
)

// UpsertInput is records of a sender, to be created or updated by the identity
// rules of imports.
type UpsertInput struct {
	Entity  fettle.Entity
	Source  string           // "": api
	Rows    []map[string]any // field → value
	NoRun   bool
	Confirm bool
}

// MaxUpsert is the most records of one UpsertRecords.
const MaxUpsert = 1000

// UpsertRecords creates or updates records, all of them or none. A record with
// a value that its field cannot hold is rejected and named by its number, from
// 1; a key that is no field refuses the whole.
func (e *Engine) UpsertRecords(ctx context.Context, actor fettle.Actor, in UpsertInput) (fettle.ImportView, error) {
	view := fettle.ImportView{Entity: in.Entity, Source: in.Source, State: store.ImportDone, Mapping: map[string]string{}, Unmapped: []string{}, Rejects: []fettle.Reject{}, Merges: []fettle.MergedRow{}, At: time.Now().UTC()}
	s, err := e.may(ctx, actor, "upsertPeople")
	if err != nil {
		return view, err
	}
	if _, err := fettle.ParseEntity(string(in.Entity)); err != nil {
		return view, err
	}
	if len(in.Rows) > MaxUpsert {
		return view, fettle.Errorf(fettle.Invalid, "%d records at once", len(in.Rows)).WithHint("Send at most %d at once, or import a file.", MaxUpsert)
	}
	if in.Source == "" {
		in.Source = "api"
		view.Source = in.Source
	}
	if err := ingest.CheckSource(in.Source); err != nil {
		return view, err
	}
	up := ingest.UpsertInput{Entity: in.Entity, Source: in.Source, Actor: actor.Name, Now: time.Now()}
	if err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		up.Fields, up.Rows, view.Rejects, err = upsertRows(ctx, tx, in)
		return err
	}); err != nil {
		return view, err
	}
	from := store.Origin{Kind: store.OriginAPI, Name: in.Source, Day: fettle.DayOf(up.Now), NoRun: in.NoRun}
	if !in.NoRun && !unasked(s, in.Confirm) {
		answered, err := e.askUpsert(ctx, actor, s, up, in.Confirm)
		if answered {
			from.Version = store.Answered
		}
		if err != nil {
			return view, err
		}
	}
	var res ingest.UpsertResult
	err = e.db.Update(ctx, func(tx *store.Tx) (err error) {
		if up.Origin, err = tx.OriginID(ctx, from); err != nil {
			return err
		}
		res, err = ingest.Upsert(ctx, tx, up)
		return err
	})
	if err != nil {
		return view, err
	}
	for more := len(res.Waiting) > 0; more; {
		err := e.db.Update(ctx, func(tx *store.Tx) (err error) {
			more, err = ingest.LinkPeople(ctx, tx, res.Waiting, up.Origin, actor.Name, up.Now)
			return err
		})
		if err != nil {
			return view, err
		}
	}
	if res.Deferred > 0 {
		if err := e.worker.DueMerges(ctx); err != nil {
			return view, err
		}
	}
	for _, r := range up.Rows {
		if res.Blank > 0 && !slices.ContainsFunc(r.Values, func(v any) bool { return v != nil }) {
			view.Rejects = append(view.Rejects, fettle.Reject{Line: r.Line, Reason: "the record is blank"})
		}
	}
	view.Read, view.Rejected = int64(len(in.Rows)), int64(len(view.Rejects))
	view.Created, view.Updated, view.Merged, view.Unchanged, view.Conflicts = res.Created, res.Updated, res.Merged, res.Unchanged, res.Conflicts
	view.Joined, view.Merges = res.Joined, append(view.Merges, res.Merges...)
	e.recordsChanged()
	return view, nil
}

// askUpsert asks where the records would spend quietly.
func (e *Engine) askUpsert(ctx context.Context, actor fettle.Actor, s rights.Standing, up ingest.UpsertInput, confirmed bool) (answered bool, err error) {
	w, err := e.watchEntering(ctx, up.Entity)
	if err != nil || w == nil {
		return false, err
	}
	up.DryRun = &ingest.Overlay{}
	var res ingest.UpsertResult
	if err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		res, err = ingest.Upsert(ctx, tx, up)
		return err
	}); err != nil {
		return false, err
	}
	if err := w.batch(ctx, res.Fields, res.Changed); err != nil {
		return false, err
	}
	return e.quietSpend(ctx, actor, s, w.entering, confirmed, ", or write them without running (no_run)")
}

// upsertRows cleans the values of records.
func upsertRows(ctx context.Context, tx *store.Tx, in UpsertInput) (fields []string, rows []ingest.Row, rejects []fettle.Reject, err error) {
	all, err := tx.Fields(ctx, in.Entity)
	if err != nil {
		return nil, nil, nil, err
	}
	types := make(map[string]fettle.FieldType, len(all))
	for _, f := range all {
		types[f.Key] = f.Type
	}
	used := map[string]bool{}
	for i, row := range in.Rows {
		for key := range row {
			if _, ok := types[key]; !ok {
				return nil, nil, nil, noField(in.Entity, key, all).With("line", i+1)
			}
			used[key] = true
		}
	}
	fields = slices.Sorted(maps.Keys(used))
	rejects = []fettle.Reject{}
	for i, row := range in.Rows {
		r := ingest.Row{Line: i + 1, Values: make([]any, len(fields)), Invalid: make([]bool, len(fields))}
		rejected := false
		for j, key := range fields {
			v, valid, err := identity.CleanValue(types[key], row[key])
			if err != nil {
				rejects = append(rejects, fettle.Reject{Line: i + 1, Field: key, Reason: fettle.AsError(err).Message})
				rejected = true
				break
			}
			r.Values[j], r.Invalid[j] = v, !valid
		}
		if !rejected {
			rows = append(rows, r)
		}
	}
	return fields, rows, rejects, nil
}
