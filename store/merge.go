package store

import (
	"context"
	"database/sql"
	"fmt"

	"fettle"
)

// RecordsInFlight gives those among the records that a call is under way for, or a
// row of an enrichment that runs. Such records are merged when it has landed.
func (tx *Tx) RecordsInFlight(ctx context.Context, ids []int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		out[id] = true
		return err
	}, idBatch(ids), `WITH v(id) AS (@rows) SELECT record_id FROM cells WHERE hold = 'running' AND record_id IN (SELECT id FROM v)
		UNION SELECT record_id FROM enrichment_rows WHERE state = 'running' AND record_id IN (SELECT id FROM v)`)
	return out, err
}

// PutCells writes cells as they are given.
func (tx *Tx) PutCells(ctx context.Context, cells []Cell) error {
	b := NewBatch("bigint", "text", "text", "bigint", "bigint", "bigint", "bigint", "text", "bigint", "bigint")
	for _, c := range cells {
		b.Add(c.Record, c.Field, c.Hold, c.HoldID, c.EnrichmentID, c.Version, c.AttemptID, c.InputsHash, c.BoughtUS, c.TakenBack)
		tx.touch(c.Record)
	}
	_, err := tx.execBatch(ctx, b, `INSERT INTO cells (record_id, field, hold, hold_id, enrichment_id, version, attempt_id, inputs_hash, bought_at_us, taken_back) @rows
		ON CONFLICT (record_id, field) DO UPDATE SET hold = excluded.hold, hold_id = excluded.hold_id, enrichment_id = excluded.enrichment_id,
		version = excluded.version, attempt_id = excluded.attempt_id, inputs_hash = excluded.inputs_hash, bought_at_us = excluded.bought_at_us,
		taken_back = excluded.taken_back`)
	return err
}

// RemoveCells forgets cells. Attempts and journal stay.
func (tx *Tx) RemoveCells(ctx context.Context, keys []CellKey) error {
	b := NewBatch("bigint", "text")
	for _, k := range keys {
		b.Add(k.Record, k.Field)
		tx.touch(k.Record)
	}
	_, err := tx.execBatch(ctx, b, `WITH v(id, field) AS (@rows) DELETE FROM cells WHERE (record_id, field) IN (SELECT id, field FROM v)`)
	return err
}

// AttemptsOf gives the ids of all calls for the records.
func (tx *Tx) AttemptsOf(ctx context.Context, ids []int64) (map[int64][]int64, error) {
	out := map[int64][]int64{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var record, id int64
		err := r.Scan(&record, &id)
		out[record] = append(out[record], id)
		return err
	}, idBatch(ids), "WITH v(id) AS (@rows) SELECT record_id, id FROM attempts WHERE record_id IN (SELECT id FROM v) ORDER BY id")
	return out, err
}

// MoveAttempts makes calls those of another record: of pairs (call, record).
func (tx *Tx) MoveAttempts(ctx context.Context, pairs [][2]int64) error {
	if len(pairs) == 0 {
		return nil
	}
	tx.touchStretch(everywhere) // those that they were of are not known here
	_, err := tx.execBatch(ctx, pairBatch(pairs), "WITH v(id, record) AS (@rows) UPDATE attempts SET record_id = v.record FROM v WHERE attempts.id = v.id")
	return err
}

// CarriedRow is a record's place in an enrichment, carried along by a merge.
type CarriedRow struct {
	Enrichment int64  `json:"enrichment"`
	Record     int64  `json:"record"`
	Run        int64  `json:"run"`
	State      string `json:"state"`
	Outcome    string `json:"outcome,omitempty"`
	Cause      string `json:"cause"`
	Detail     string `json:"detail,omitempty"`
	Paid       bool   `json:"paid,omitempty"`
	Dirty      bool   `json:"dirty,omitempty"`
	Tries      int64  `json:"tries,omitempty"`
	WakeUS     int64  `json:"wake_us,omitempty"`
	UpdatedUS  int64  `json:"updated_us"`
	OpenedBy   string `json:"opened_by,omitempty"`
	Chain      string `json:"chain,omitempty"`
	Unasked    bool   `json:"unasked,omitempty"`
}

const carriedColumns = "enrichment_id, record_id, run_id, state, outcome, cause, detail, paid, dirty, tries, wake_at_us, updated_at_us, opened_by, chain, unasked"

// CarriedRows reads the places of records in enrichments, and locks them: a
// claim that is under way is waited for, and none begins before the commit.
func (tx *Tx) CarriedRows(ctx context.Context, ids []int64) ([]CarriedRow, error) {
	lock := tx.db.d.forUpdate
	if tx.ro {
		lock = "" // only looked at
	}
	var out []CarriedRow
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var c CarriedRow
		err := r.Scan(&c.Enrichment, &c.Record, &c.Run, &c.State, &c.Outcome, &c.Cause, &c.Detail, &c.Paid, &c.Dirty, &c.Tries, &c.WakeUS, &c.UpdatedUS, &c.OpenedBy, &c.Chain, &c.Unasked)
		out = append(out, c)
		return err
	}, idBatch(ids), "WITH v(id) AS (@rows) SELECT "+carriedColumns+" FROM enrichment_rows WHERE record_id IN (SELECT id FROM v) ORDER BY enrichment_id, record_id"+lock)
	return out, err
}

// RemoveCarriedRows deletes rows that were read in this transaction and takes
// them out of the counts. If any of them is no longer as it was read (a claim
// took it meanwhile), the error is ErrMoved.
func (tx *Tx) RemoveCarriedRows(ctx context.Context, rows []CarriedRow) error {
	read := make([]Row, len(rows))
	for i, r := range rows {
		read[i] = Row{EnrichmentID: r.Enrichment, RecordID: r.Record, State: fettle.RowState(r.State)}
	}
	return tx.DeleteRows(ctx, read)
}

// AddCarriedRows puts rows in and counts them. If another transaction opened
// one of them meanwhile, the error is ErrMoved.
func (tx *Tx) AddCarriedRows(ctx context.Context, rows []CarriedRow) error {
	b := NewBatch("bigint", "bigint", "bigint", "text", "text", "text", "text", "boolean", "boolean", "bigint", "bigint", "bigint", "text", "text", "boolean")
	deltas := map[RowKind]int64{}
	for _, r := range rows {
		tx.touch(r.Record)
		b.Add(r.Enrichment, r.Record, r.Run, r.State, r.Outcome, r.Cause, r.Detail, r.Paid, r.Dirty, r.Tries, r.WakeUS, r.UpdatedUS, r.OpenedBy, r.Chain, r.Unasked)
		deltas[RowKind{EnrichmentID: r.Enrichment, State: fettle.RowState(r.State), Outcome: fettle.Outcome(r.Outcome), Paid: r.Paid}]++
	}
	n, err := tx.execBatch(ctx, b, "WITH v("+carriedColumns+") AS (@rows) INSERT INTO enrichment_rows ("+carriedColumns+") SELECT "+carriedColumns+
		" FROM v WHERE true ON CONFLICT (enrichment_id, record_id) DO NOTHING")
	if err != nil {
		return err
	}
	if n != int64(len(rows)) {
		return moved(int(n), len(rows))
	}
	return tx.CountRows(ctx, deltas)
}

// CarriedInputs is what an enrichment last bought or reused a record with.
type CarriedInputs struct {
	Enrichment int64  `json:"enrichment"`
	Record     int64  `json:"record"`
	Hash       string `json:"hash"`
}

// InputsOf reads what enrichments last bought or reused the records with. The
// key of the table begins with the enrichment, so the enrichments are named.
func (tx *Tx) InputsOf(ctx context.Context, ids []int64) ([]CarriedInputs, error) {
	var out []CarriedInputs
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var c CarriedInputs
		err := r.Scan(&c.Enrichment, &c.Record, &c.Hash)
		out = append(out, c)
		return err
	}, idBatch(ids), `WITH v(id) AS (@rows) SELECT c.enrichment_id, c.record_id, c.inputs_hash FROM enrichments e CROSS JOIN v
		JOIN cell_inputs c ON c.enrichment_id = e.id AND c.record_id = v.id ORDER BY c.enrichment_id, c.record_id`)
	return out, err
}

// RemoveInputs forgets what enrichments bought or reused records with.
func (tx *Tx) RemoveInputs(ctx context.Context, inputs []CarriedInputs) error {
	b := NewBatch("bigint", "bigint")
	for _, c := range inputs {
		b.Add(c.Enrichment, c.Record)
	}
	_, err := tx.execBatch(ctx, b, "WITH v(e, r) AS (@rows) DELETE FROM cell_inputs WHERE (enrichment_id, record_id) IN (SELECT e, r FROM v)")
	return err
}

// AddInputs records what enrichments bought or reused records with; what is
// known already stays.
func (tx *Tx) AddInputs(ctx context.Context, inputs []CarriedInputs) error {
	b := NewBatch("bigint", "bigint", "text")
	for _, c := range inputs {
		b.Add(c.Enrichment, c.Record, c.Hash)
	}
	_, err := tx.execBatch(ctx, b, "INSERT INTO cell_inputs (enrichment_id, record_id, inputs_hash) @rows ON CONFLICT (enrichment_id, record_id) DO NOTHING")
	return err
}

// SeqMerge is the sequence of merges. It is taken after SeqRecord and before the
// logs.
const SeqMerge = "merge"

// Merge is one merge of two records. Snapshot is the ingest door's own.
type Merge struct {
	ID       int64
	Entity   fettle.Entity
	Survivor int64
	Loser    int64
	Snapshot string
	Actor    string
	AtUS     int64
	UndoneUS int64
	ByPerson bool
}

// AddMerges records merges whose ids were taken from SeqMerge before, and the
// aliases of the records that were merged away.
func (tx *Tx) AddMerges(ctx context.Context, merges []Merge) error {
	b := NewBatch("bigint", "text", "bigint", "bigint", "text", "text", "bigint", "boolean")
	a := NewBatch("bigint", "text", "bigint", "bigint")
	for _, m := range merges {
		b.Add(m.ID, string(m.Entity), m.Survivor, m.Loser, m.Snapshot, m.Actor, m.AtUS, m.ByPerson)
		a.Add(m.Loser, string(m.Entity), m.Survivor, m.ID)
	}
	if _, err := tx.execBatch(ctx, b, "INSERT INTO merges (id, entity, survivor_id, loser_id, snapshot, actor, at_us, by_person) @rows"); err != nil {
		return err
	}
	n, err := tx.execBatch(ctx, a, "INSERT INTO aliases (record_id, entity, into_id, merge_id) @rows ON CONFLICT DO NOTHING")
	if err == nil && n < int64(len(merges)) {
		err = fmt.Errorf("%w: another process merged one of them", ErrMoved)
	}
	return err
}

// Merge reads one merge. What is written in the same transaction goes by what it
// says: nobody else undoes it meanwhile.
func (tx *Tx) Merge(ctx context.Context, id int64) (Merge, error) {
	lock := tx.db.d.forUpdate
	if tx.ro {
		lock = "" // only looked at
	}
	ms, err := tx.merges(ctx, "WHERE id = $1"+lock, id)
	if err != nil {
		return Merge{}, err
	}
	if len(ms) == 0 {
		return Merge{}, fettle.Errorf(fettle.NotFound, "there is no merge %d", id)
	}
	return ms[0], nil
}

// MergesOf lists the merges that a record took part in, newest first.
func (tx *Tx) MergesOf(ctx context.Context, record int64) ([]Merge, error) {
	return tx.merges(ctx, "WHERE id IN (SELECT merge_id FROM aliases WHERE into_id = $1 OR record_id = $1) ORDER BY id DESC", record)
}

func (tx *Tx) merges(ctx context.Context, where string, args ...any) ([]Merge, error) {
	var out []Merge
	err := tx.query(ctx, func(r *sql.Rows) error {
		var m Merge
		var undone sql.NullInt64
		err := r.Scan(&m.ID, &m.Entity, &m.Survivor, &m.Loser, &m.Snapshot, &m.Actor, &m.AtUS, &undone, &m.ByPerson)
		m.UndoneUS = undone.Int64
		out = append(out, m)
		return err
	}, "SELECT id, entity, survivor_id, loser_id, snapshot, actor, at_us, undone_at_us, by_person FROM merges "+where, args...)
	return out, err
}

// Aliases gives the records that the ids were merged into.
func (tx *Tx) Aliases(ctx context.Context, ids []int64) (map[int64]int64, error) {
	out := map[int64]int64{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var id, into int64
		err := r.Scan(&id, &into)
		out[id] = into
		return err
	}, idBatch(ids), "WITH v(id) AS (@rows) SELECT record_id, into_id FROM aliases WHERE record_id IN (SELECT id FROM v)")
	return out, err
}

// AliasesInto gives the ids that were merged into the records.
func (tx *Tx) AliasesInto(ctx context.Context, ids []int64) (map[int64][]int64, error) {
	out := map[int64][]int64{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var id, into int64
		err := r.Scan(&id, &into)
		out[into] = append(out[into], id)
		return err
	}, idBatch(ids), "WITH v(id) AS (@rows) SELECT record_id, into_id FROM aliases WHERE into_id IN (SELECT id FROM v) ORDER BY record_id")
	return out, err
}

// MoveAliases makes ids lead to other records: of pairs (id, record).
func (tx *Tx) MoveAliases(ctx context.Context, pairs [][2]int64) error {
	_, err := tx.execBatch(ctx, pairBatch(pairs), "WITH v(id, record) AS (@rows) UPDATE aliases SET into_id = v.record FROM v WHERE aliases.record_id = v.id")
	return err
}

// UndoneMerge marks a merge as undone and takes its alias away.
func (tx *Tx) UndoneMerge(ctx context.Context, m Merge, atUS int64) error {
	if _, err := tx.exec(ctx, "UPDATE merges SET undone_at_us = $2 WHERE id = $1", m.ID, atUS); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "DELETE FROM other_keys WHERE merge_id = $1", m.ID); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM aliases WHERE record_id = $1 AND merge_id = $2", m.Loser, m.ID)
	return err
}
