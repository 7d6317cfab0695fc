package engine

import (
	"cmp"
	"context"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/rights"
	"fettle/store"
)

// UpsertInput is records of a sender, to be created or updated by the identity
// rules of imports.
type UpsertInput struct {
	Entity        fettle.Entity
	Source        string                      // "": api
	Rows          []map[string]any            // field → value
	Unstorable    map[int]fettle.InvalidValue // why rows, by their place from 0, are not written: they hold text that cannot be stored
	Strict        bool                        // a value that its field cannot hold keeps its record out
	CreateValues  bool                        // selects learn the values that they do not know
	IgnoreUnknown bool                        // go on without the keys that are no field
	ByHand        bool                        // a person typed the values: they are theirs, fill blanks only, and a wrong format keeps its record out
	NoRun         bool
	Confirm       bool
	Unasked       bool // nobody is there to be asked: what it opens waits for somebody who may spend
}

// MaxUpsert is the most records of one UpsertRecords.
const MaxUpsert = 1000

// UpsertRecords creates or updates records and says of each what became of it.
// What is written is written in one transaction. A value that its field cannot
// hold is left out and named, and the rest of its record goes in, unless Strict
// keeps such records out; a key that is no field refuses the whole, unless
// IgnoreUnknown leaves it out.
func (e *Engine) UpsertRecords(ctx context.Context, actor fettle.Actor, in UpsertInput) (fettle.UpsertView, error) {
	view := newUpsertView(in)
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
	if err := ingest.CheckSource(view.Source); err != nil {
		return view, err
	}
	var rows upsertRows
	if err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		rows, err = readUpsert(ctx, tx, in)
		return err
	}); err != nil {
		return view, err
	}
	up := ingest.UpsertInput{Entity: in.Entity, Source: view.Source, Actor: actor.Name, Now: time.Now(), Fields: rows.fields, Rows: rows.rows, CreateValues: in.CreateValues}
	from := store.Origin{Kind: store.OriginAPI, Name: view.Source, Day: fettle.DayOf(up.Now), NoRun: in.NoRun}
	if in.ByHand {
		up.Policy = fettle.FillBlanks
		from.Kind, from.Name, from.Version = store.OriginPerson, actor.Name, store.AskedEdit
	}
	if in.Unasked {
		from.Version = unaskedBy(s)
	} else if unasked(s, in.Confirm) {
		from.Version = cmp.Or(from.Version, store.Confirmed)
	} else if !in.NoRun {
		answered, err := e.askUpsert(ctx, actor, s, up, in.Confirm)
		if answered {
			from.Version = store.Answered
		}
		if err != nil {
			return view, err
		}
	}
	res, set, err := e.writeUpsert(ctx, up, from)
	if err != nil {
		return view, err
	}
	view.Set = set
	rows.answer(&view, res)
	if len(view.NewValues) > 0 {
		if err := e.learned(ctx, in.Entity, view.NewValues); err != nil {
			return view, err
		}
		e.fieldsChanged()
	}
	e.recordsChanged(ctx)
	return view, nil
}

// writeUpsert writes what was read, and gives the change set that it is part of.
func (e *Engine) writeUpsert(ctx context.Context, up ingest.UpsertInput, from store.Origin) (ingest.UpsertResult, string, error) {
	var res ingest.UpsertResult
	var set string
	err := e.db.Update(ctx, func(tx *store.Tx) (err error) {
		if up.Origin, err = tx.OriginID(ctx, from); err != nil {
			return err
		}
		if res, err = ingest.Upsert(ctx, tx, up); err != nil {
			return err
		}
		records := res.Created + res.Updated + res.Joined
		if from.Kind == store.OriginAPI {
			set, err = keepSent(ctx, tx, up, records)
			return err
		}
		set, err = keepOne(ctx, tx, store.ChangeSet{
			Kind: store.SetAdd, Entity: up.Entity, Name: up.Source, Actor: up.Actor, AtUS: up.Now.UnixMicro(), Records: records,
		})
		return err
	})
	if err != nil {
		return res, "", err
	}
	for more := res.Unsorted || len(res.Waiting) > 0; more; {
		err := e.db.Update(ctx, func(tx *store.Tx) (err error) {
			more, err = ingest.LinkPeople(ctx, tx, res.Waiting, up.Origin, up.Actor, up.Now)
			return err
		})
		if err != nil {
			return res, set, err
		}
	}
	if res.Deferred > 0 {
		return res, set, e.worker.DueMerges(ctx)
	}
	return res, set, nil
}

// askUpsert asks where the records would spend quietly.
func (e *Engine) askUpsert(ctx context.Context, actor fettle.Actor, s rights.Standing, up ingest.UpsertInput, confirmed bool) (answered bool, err error) {
	w, err := e.watchEntering(ctx, up.Entity)
	if err != nil || w == nil {
		return false, err
	}
	w.source = up.Source
	w.from = store.Origin{Kind: store.OriginAPI, Name: up.Source}
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
	return e.quietRecords(ctx, actor, s, w.entering, confirmed, ", or write them without running (no_run)")
}
