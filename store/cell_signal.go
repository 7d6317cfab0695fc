package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"fettle/expr"
)

// Served is the newest signal for which a cell was bought, or filled free.
type Served struct {
	Signal int64
	AtUS   int64 // when it was learned of
}

// Covers reports whether a cell needs nothing for a signal: it was served for it,
// or for one that was learned of later.
func (s Served) Covers(sig *expr.Signal) bool {
	return s.Signal != 0 && cmp.Or(cmp.Compare(s.AtUS, sig.At.UnixMicro()), cmp.Compare(s.Signal, sig.ID)) >= 0
}

// ServedSignals reads the newest signal for which each cell of records was
// bought. A signal that became part of another one, since their records were
// merged, counts as that one.
func (tx *Tx) ServedSignals(ctx context.Context, records []int64) (map[CellKey]Served, error) {
	out := map[CellKey]Served{}
	into := map[int64][]CellKey{}
	note := func(k CellKey, s Served) {
		if old, ok := out[k]; !ok || cmp.Or(cmp.Compare(s.AtUS, old.AtUS), cmp.Compare(s.Signal, old.Signal)) > 0 {
			out[k] = s
		}
	}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var k CellKey
		var s Served
		var part sql.NullInt64
		if err := r.Scan(&k.Record, &k.Field, &s.Signal, &s.AtUS, &part); err != nil {
			return err
		}
		note(k, s)
		if part.Int64 != 0 {
			into[part.Int64] = append(into[part.Int64], k)
		}
		return nil
	}, idBatch(records), `WITH v(id) AS (@rows) SELECT cs.record_id, cs.field, cs.signal_id, cs.at_us, sg.into_id
		FROM v JOIN cell_signals cs ON cs.record_id = v.id LEFT JOIN signals sg ON sg.id = cs.signal_id`)
	for err == nil && len(into) > 0 { // merged records may be merged again
		next := map[int64][]CellKey{}
		ids := make([]int64, 0, len(into))
		for id := range into {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		err = tx.queryBatch(ctx, func(r *sql.Rows) error {
			var s Served
			var part int64
			if err := r.Scan(&s.Signal, &s.AtUS, &part); err != nil {
				return err
			}
			for _, k := range into[s.Signal] {
				note(k, s)
			}
			if part != 0 {
				next[part] = append(next[part], into[s.Signal]...)
			}
			return nil
		}, idBatch(ids), "WITH v(id) AS (@rows) SELECT sg.id, sg.at_us, sg.into_id FROM v JOIN signals sg ON sg.id = v.id")
		into = next
	}
	return out, err
}

// serve notes the signals for which cells were bought.
func (tx *Tx) serve(ctx context.Context, cells []Cell) error {
	b := NewBatch("bigint", "text", "bigint")
	n := 0
	for _, c := range cells {
		if c.Signal != 0 {
			b.Add(c.Record, c.Field, c.Signal)
			n++
		}
	}
	if n == 0 {
		return nil
	}
	_, err := tx.execBatch(ctx, b, `WITH v(record, field, signal) AS (@rows) INSERT INTO cell_signals (record_id, field, signal_id, at_us)
		SELECT v.record, v.field, v.signal, sg.at_us FROM v JOIN signals sg ON sg.id = v.signal WHERE true ON CONFLICT (record_id, field, signal_id) DO NOTHING`)
	return err
}

// CopyServed gives a record what another one that is merged into it was served
// for. The other one keeps it, for an unmerge.
func (tx *Tx) CopyServed(ctx context.Context, into, from int64) error {
	_, err := tx.exec(ctx, `INSERT INTO cell_signals (record_id, field, signal_id, at_us)
		SELECT $1, field, signal_id, at_us FROM cell_signals WHERE record_id = $2 ON CONFLICT (record_id, field, signal_id) DO NOTHING`, into, from)
	return err
}

// noteCalls writes for which signals calls are about to be made.
func (tx *Tx) noteCalls(ctx context.Context, attempts []Attempt) error {
	b := NewBatch("bigint", "bigint")
	n := 0
	for _, a := range attempts {
		if a.Signal != 0 {
			b.Add(a.ID, a.Signal)
			n++
		}
	}
	if n == 0 {
		return nil
	}
	_, err := tx.execBatch(ctx, b, "INSERT INTO call_signals (attempt_id, signal_id) @rows")
	return err
}

// CallSignals reads for which signals calls were made.
func (tx *Tx) CallSignals(ctx context.Context, attempts []int64) (map[int64]int64, error) {
	out := map[int64]int64{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var id, signal int64
		err := r.Scan(&id, &signal)
		out[id] = signal
		return err
	}, idBatch(attempts), "WITH v(id) AS (@rows) SELECT cs.attempt_id, cs.signal_id FROM v JOIN call_signals cs ON cs.attempt_id = v.id")
	return out, err
}
