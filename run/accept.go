package run

import (
	"context"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/judge"
	"fettle/store"
)

// KindAccepted is the kind of a run of one answer that a person accepted: it asks
// nothing and costs nothing, and is taken back like any other.
const KindAccepted = "accepted"

// Acceptance is what accepting an answer that was held back does to its record.
type Acceptance struct {
	p       *judge.Program
	call    store.Attempt
	record  int64
	Values  []AcceptedValue
	HeldNow string // a field for which a call is under way, or may have been billed
}

// AcceptedValue is a value of the answer, in the form of its field.
type AcceptedValue struct {
	Field string
	Value any
	Kept  any // what the record holds instead
	st    fettle.Status
	taken bool // the field's value is another answer's, or from elsewhere
}

// Accepting finds what accepting the answer of a call writes into a record: fields
// that have no value, of those that the enrichment takes from its provider. It reads
// only.
func Accepting(ctx context.Context, tx *store.Tx, p *judge.Program, call store.Attempt, record int64) (Acceptance, error) {
	out := Acceptance{p: p, call: call, record: record}
	records, err := tx.Records(ctx, p.Entity, []int64{record}, p.Definition.Outputs.Fields(), nil)
	if err != nil || len(records) == 0 {
		return out, err
	}
	cells, err := tx.Cells(ctx, []int64{record})
	if err != nil {
		return out, err
	}
	s := p.StepOf(call)
	if s == nil {
		return out, nil
	}
	for _, o := range p.Definition.Outputs {
		name := s.Outputs[o.Name]
		st := store.StatusIn(call.Statuses, name)
		v, _ := p.Take(s, o, call.Outputs[name], st)
		if v == nil {
			continue
		}
		c := cells[store.CellKey{Record: record, Field: o.Field}]
		if c.Hold != "" {
			out.HeldNow = o.Field
		}
		held := records[0].Value(o.Field)
		out.Values = append(out.Values, AcceptedValue{Field: o.Field, Value: v, Kept: held, st: st, taken: held != nil || c.BoughtUS > 0 && c.TakenBack == 0})
	}
	return out, nil
}

// Writes are the values that are written: in fields that have none.
func (a Acceptance) Writes() []AcceptedValue {
	var out []AcceptedValue
	for _, v := range a.Values {
		if !v.taken {
			out = append(out, v)
		}
	}
	return out
}

// Accept writes the values of an answer that a person accepted, free, in a run of
// its own: their cells are bought by the call that was paid for. The row that found
// nothing for it has found them. It gives the run, 0 where nothing was to be
// written.
func (w *Worker) Accept(ctx context.Context, tx *store.Tx, a Acceptance, actor string, now time.Time) (run int64, err error) {
	writes := a.Writes()
	if len(writes) == 0 {
		return 0, nil
	}
	if run, err = tx.NextIDs(ctx, store.SeqRun, 1); err != nil {
		return 0, err
	}
	if err := tx.AddRun(ctx, store.Run{ID: run, EnrichmentID: a.p.ID, Kind: KindAccepted, Actor: actor, StartedUS: now.UnixMicro()}); err != nil {
		return 0, err
	}
	values := make([]ingest.Write, len(writes))
	cells := make([]store.Cell, len(writes))
	for i, v := range writes {
		values[i] = ingest.Write{Record: a.record, Field: v.Field, Value: v.Value, Valid: true, Status: v.st, Attempt: a.call.ID, Policy: a.p.Definition.Write}
		cells[i] = store.Cell{
			CellKey: store.CellKey{Record: a.record, Field: v.Field}, EnrichmentID: a.p.ID, Version: a.call.Version, AttemptID: a.call.ID,
			InputsHash: a.call.InputsHash, BoughtUS: a.call.DoneUS,
		}
	}
	if err := w.writeValues(ctx, tx, a.p, run, values, now); err != nil {
		return 0, err
	}
	if err := tx.BuyCells(ctx, cells); err != nil {
		return 0, err
	}
	return run, a.found(ctx, tx, actor, now)
}

// found ends the row that found nothing as one that found something: reused where
// the call was made for another record.
func (a Acceptance) found(ctx context.Context, tx *store.Tx, actor string, now time.Time) error {
	rows, err := tx.RowsOf(ctx, a.p.ID, []int64{a.record})
	if err != nil {
		return err
	}
	r, there := rows[a.record]
	if !there || r.State != fettle.RowDone || r.Outcome != fettle.NotFoundRow && r.Outcome != fettle.KnownNotFound {
		return nil // it is looked at anew when its turn comes
	}
	n := r
	n.Outcome, n.Detail, n.UpdatedUS = fettle.Found, "accepted by "+actor, now.UnixMicro()
	if a.call.RecordID != a.record {
		n.Outcome = fettle.Reused
	}
	return tx.PutRows(ctx, []store.Row{r}, []store.Row{n})
}
