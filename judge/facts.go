package judge

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/internal/text"
	"fettle/ledger"
	"fettle/store"
)

// Rows reads what classify needs for rows, and classifies them for a run. A
// row whose record is gone is skipped.
func (jd *Judge) Rows(ctx context.Context, tx *store.Tx, p *Program, rows []store.Row, run int64, now time.Time) ([]Verdict, map[int64]Facts, error) {
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.RecordID
	}
	facts, err := jd.Facts(ctx, tx, p, ids)
	if err != nil {
		return nil, nil, err
	}
	out := make([]Verdict, len(rows))
	for i, r := range rows {
		k, ok := facts[r.RecordID]
		if !ok {
			out[i] = Verdict{Outcome: fettle.Skipped, Detail: "the record is gone"}
			continue
		}
		k.Opened(r)
		if out[i], err = p.Classify(k, now); err != nil {
			return nil, nil, fmt.Errorf("record %d: %w", r.RecordID, err)
		}
		out[i].Called = out[i].CalledIn(run, k.Asked)
	}
	return out, facts, nil
}

// Facts reads, for records, all that Classify judges by.
func (jd *Judge) Facts(ctx context.Context, tx *store.Tx, p *Program, ids []int64) (map[int64]Facts, error) {
	records, err := tx.Records(ctx, p.Entity, ids, p.Fields, p.Company)
	if err != nil {
		return nil, err
	}
	cells, err := tx.Cells(ctx, ids)
	if err != nil {
		return nil, err
	}
	asked, err := tx.Asked(ctx, ids)
	if err != nil {
		return nil, err
	}
	others, err := askedForOthers(ctx, tx, p, ids, cells, asked)
	if err != nil {
		return nil, err
	}
	hashes := map[int64]string{}
	if p.Definition.RerunOn == "inputs" {
		if hashes, err = tx.CellInputs(ctx, p.ID, ids); err != nil {
			return nil, err
		}
	}
	hands, err := originsOf(ctx, tx, store.OriginPerson)
	if err != nil {
		return nil, err
	}
	derived, err := originsOf(ctx, tx, store.OriginDerived)
	if err != nil {
		return nil, err
	}
	byRecord := map[int64][]store.Asked{}
	for _, a := range asked {
		byRecord[a.RecordID] = append(byRecord[a.RecordID], a)
	}
	known := make([]Facts, len(records))
	for i, r := range records {
		known[i] = Facts{Record: r, cells: cells, Asked: byRecord[r.ID], others: others[r.ID], hash: hashes[r.ID], byHand: comesFrom(r, hands, true), Derived: comesFrom(r, derived, false)}
	}
	if err := p.LookShared(ctx, tx, known); err != nil {
		return nil, err
	}
	if err := p.readSignals(ctx, tx, known, time.Now()); err != nil {
		return nil, err
	}
	clashes, err := tx.Newcomers(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[int64]Facts, len(records))
	for i, r := range records {
		if list := clashes[r.ID]; len(list) > 0 {
			c := list[0]
			known[i].clash = fmt.Sprintf("it may be record %d, which has the same %s: merge them or keep them apart (fettle duplicates list)", c.Other, ingest.KeyName(c.Key))
		}
		out[r.ID] = known[i]
	}
	return out, nil
}

// comesFrom tells whether a record's value in a field was set, or cleared, by one
// of some origins; unreadable is the answer where they cannot be read: then
// nothing is overwritten.
func comesFrom(r *store.Record, from map[int64]bool, unreadable bool) func(string) bool {
	return func(field string) bool {
		if len(from) == 0 {
			return false
		}
		origins, err := r.Origins()
		if err != nil {
			return unreadable
		}
		id, ok := origins[field]
		if !ok {
			id = origins[""]
		}
		return from[id]
	}
}

// Hold is what a row's next call reserves: held for it and the later steps, and
// the record where it is not counted yet. What is computed counts no record.
func (p *Program) Hold(q Question, held fettle.Credits, called []string) ledger.Hold {
	s := &p.Steps[q.Step]
	return ledger.Hold{
		Held: held, Step: q.stepMax(), Record: !s.Computed && len(called) == 0,
		StepRecord: !s.Computed && !slices.Contains(called, s.Connection.Description.Name),
	}
}

// originsOf are the origins of a kind.
func originsOf(ctx context.Context, tx *store.Tx, kind string) (map[int64]bool, error) {
	ids, err := tx.OriginsOfKind(ctx, kind)
	if err != nil {
		return nil, err
	}
	out := make(map[int64]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, nil
}

// WrittenOff is the outcome of an unknown call whose highest price was counted
// as spent.
const WrittenOff = "written_off"

// maxMessage bounds a provider's message in characters.
const maxMessage = 500

// Clip cuts a provider's message to what is stored of it.
func Clip(s string) string { return text.Clip(s, maxMessage) }
