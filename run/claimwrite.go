package run

import (
	"context"
	"errors"
	"maps"
	"slices"

	"fettle"
	"fettle/ingest"
	"fettle/ledger"
	"fettle/limits"
	"fettle/store"
)

// finishFree writes the rows of the page, with the values that cost nothing.
func (b *batch) finishFree(ctx context.Context) error {
	if len(b.freeOld) == 0 {
		return nil
	}
	err := b.tx.PutRows(ctx, b.freeOld, b.freeNow)
	if errors.Is(err, store.ErrMoved) {
		return errAgain // what was looked at ahead is looked at anew
	}
	if err != nil {
		return err
	}
	var writes []ingest.Write
	var bought []store.Cell
	var reuses []store.Reuse
	var strangers []store.Stranger
	hashes := map[int64]string{}
	for i, v := range b.free {
		id := b.freeOld[i].RecordID
		for _, f := range slices.Sorted(maps.Keys(v.Gratis)) {
			writes = append(writes, ingest.Write{Record: id, Field: f, Value: v.Gratis[f], Valid: true, Status: v.Status[f], Attempt: v.From[f], Policy: overwriting(b.p, v.BoughtUS[f])})
			bought = append(bought, store.Cell{
				CellKey: store.CellKey{Record: id, Field: f}, EnrichmentID: b.p.ID, Version: b.p.Version,
				AttemptID: v.From[f], InputsHash: v.Hash, BoughtUS: v.BoughtAt(f, b.now), Signal: v.Signal,
			})
		}
		for _, h := range v.Strangers {
			strangers = append(strangers, strangerOf(h, b.p.ID, id, b.now.UnixMicro()))
		}
		for _, a := range v.Told {
			if v.Outcome == fettle.Reused {
				reuses = append(reuses, store.Reuse{AtUS: b.now.UnixMicro(), AttemptID: a.ID, RecordID: id, EnrichmentID: b.p.ID, Actor: b.actor})
			}
		}
		if b.p.Definition.RerunOn == "inputs" && (v.Outcome == fettle.Reused || v.Outcome == fettle.Found) {
			hashes[id] = v.Hash
		}
	}
	if err := b.tx.PutStrangers(ctx, strangers); err != nil {
		return err
	}
	if len(hashes) > 0 {
		if err := b.tx.PutCellInputs(ctx, b.p.ID, hashes); err != nil {
			return err
		}
	}
	if len(writes) == 0 {
		return nil
	}
	if err := b.stillTaken(ctx); err != nil {
		return err
	}
	if err := b.w.writeValues(ctx, b.tx, b.p, b.runID(), writes, b.now); err != nil {
		return err
	}
	if err := b.tx.BuyCells(ctx, bought); err != nil {
		return err
	}
	return b.tx.AppendReuses(ctx, reuses)
}

// reserve writes the calls, their cells and their money.
func (b *batch) reserve(ctx context.Context) error {
	if len(b.out.jobs) == 0 {
		return nil
	}
	if err := lookAtWhom(ctx, b.tx, b.out.jobs); err != nil {
		return err
	}
	first, err := b.tx.NextIDs(ctx, store.SeqAttempt, len(b.out.jobs))
	if err != nil {
		return err
	}
	m := limits.NewMoves(b.caps)
	attempts := make([]store.Attempt, len(b.out.jobs))
	entries := make([]store.JournalEntry, len(b.out.jobs))
	var holds []store.CellHold
	for i, j := range b.out.jobs {
		j.attempt.ID = first + int64(i)
		attempts[i] = j.attempt
		entries[i] = limits.Entry("reserve", j.attempt.ID, j.attempt.Hold.Reserve(ledger.RowSide), j.attempt.Actor, b.now)
		m.Add(limits.PayerOf(j.attempt), j.attempt.Hold.Reserve)
		for _, f := range j.fields {
			k := store.CellKey{Record: j.row.RecordID, Field: f}
			holds = append(holds, store.CellHold{CellKey: k, Attempt: j.attempt.ID, Bought: j.was[f], Back: j.back[f]})
		}
	}
	if err := b.tx.InsertAttempts(ctx, attempts); err != nil {
		return err
	}
	if err := b.groups.note(ctx, b.tx); err != nil {
		return err
	}
	n, err := b.tx.HoldCells(ctx, holds)
	if err != nil {
		return err
	}
	if n != int64(len(holds)) {
		return errAgain
	}
	if err := m.Apply(ctx, b.tx); err != nil {
		return err
	}
	return b.tx.AppendJournal(ctx, entries)
}
