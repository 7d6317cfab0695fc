package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"fettle"
	"fettle/expr"
)

// Row is one record's place in one enrichment.
type Row struct {
	EnrichmentID int64
	RecordID     int64
	RunID        int64
	State        fettle.RowState
	Outcome      fettle.Outcome
	Cause        fettle.Cause
	Detail       string
	Paid         bool
	Dirty        bool
	Tries        int64
	WakeUS       int64
	UpdatedUS    int64
	OpenedBy     string // whose own limits count beside those of the run's person; "" for the run's
	Chain        string // the enrichments that a change came through before it opened the row; "" from outside
	Unasked      bool   // nobody was asked about what opened it
}

const rowColumns = `r.enrichment_id, r.record_id, r.run_id, r.state, r.outcome, r.cause, r.detail, r.paid, r.dirty, r.tries, r.wake_at_us, r.updated_at_us, r.opened_by, r.chain, r.unasked`

func scanRow(r *sql.Rows) (Row, error) {
	var x Row
	err := r.Scan(&x.EnrichmentID, &x.RecordID, &x.RunID, &x.State, &x.Outcome, &x.Cause, &x.Detail, &x.Paid, &x.Dirty, &x.Tries, &x.WakeUS, &x.UpdatedUS, &x.OpenedBy, &x.Chain, &x.Unasked)
	return x, err
}

// ByHand stands for the causes of rows that a person asked for and was shown the
// price of: they wait for no tick of a schedule.
const ByHand fettle.Cause = "by_hand"

// Is reports whether a row is of a cause; any is of none.
func (r Row) Is(cause fettle.Cause) bool {
	if cause == ByHand {
		return r.Cause == fettle.CauseRerun || r.Cause == fettle.CauseRetry || r.Cause == fettle.CausePilot
	}
	return cause == "" || r.Cause == cause
}

// askedRows is the condition of the index of rows that a person asked for, word
// for word: else it is not used.
const askedRows = `state = 'pending' AND cause IN ('rerun', 'retry', 'pilot')`

// AskedRows counts the pending rows that a person asked for.
func (tx *Tx) AskedRows(ctx context.Context, enrichment int64) (n int64, err error) {
	err = tx.get(ctx, []any{&n}, `SELECT COUNT(*) FROM enrichment_rows WHERE enrichment_id = $1 AND `+askedRows, enrichment)
	return n, err
}

// PendingRows takes pending rows after a record, in order; on PostgreSQL rows
// that another process is taking are passed over. With a cause, only rows of
// that cause.
func (tx *Tx) PendingRows(ctx context.Context, enrichment, after int64, cause fettle.Cause, limit int) ([]Row, error) {
	var out []Row
	lock := tx.db.d.skipLocked
	if tx.ro {
		lock = "" // only looked at
	}
	of, args := "state = 'pending' AND ($4 = '' OR r.cause = $4)", []any{enrichment, after, limit, string(cause)}
	if cause == ByHand {
		of, args = askedRows, args[:3]
	}
	err := tx.query(ctx, func(r *sql.Rows) error {
		x, err := scanRow(r)
		out = append(out, x)
		return err
	}, `SELECT `+rowColumns+` FROM enrichment_rows r WHERE r.enrichment_id = $1 AND r.record_id > $2 AND `+of+` ORDER BY r.record_id LIMIT $3`+lock, args...)
	return out, err
}

// RowsOf reads the rows of records in one enrichment.
func (tx *Tx) RowsOf(ctx context.Context, enrichment int64, records []int64) (map[int64]Row, error) {
	out := make(map[int64]Row, len(records))
	b := NewBatch("bigint").sized(len(records))
	for _, id := range records {
		b.Add(id)
	}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		x, err := scanRow(r)
		out[x.RecordID] = x
		return err
	}, b, `WITH v(id) AS (@rows) SELECT `+rowColumns+` FROM v CROSS JOIN enrichment_rows r
		WHERE r.record_id = v.id AND r.enrichment_id = $1`, enrichment)
	return out, err
}

// RowsOfRecords reads the rows of records in every enrichment.
func (tx *Tx) RowsOfRecords(ctx context.Context, records []int64) ([]Row, error) {
	var out []Row
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		x, err := scanRow(r)
		out = append(out, x)
		return err
	}, idBatch(records), `WITH v(id) AS (@rows) SELECT `+rowColumns+` FROM v JOIN enrichment_rows r ON r.record_id = v.id`)
	return out, err
}

// Opening is how rows are opened.
type Opening struct {
	Enrichment, Run int64
	Cause           fettle.Cause
	OpenedBy        string         // "" for the run
	WaitsFor        fettle.Outcome // "" for rows that may be claimed
	Detail          string
	Unasked         bool // nobody was asked
	NowUS           int64
}

// InsertRows opens rows; records that have one already are left alone. It
// gives how many were opened.
func (tx *Tx) InsertRows(ctx context.Context, o Opening, records []int64) (int64, error) {
	state := fettle.RowPending
	if o.WaitsFor != "" {
		state = fettle.RowWaiting
	}
	b := NewBatch("bigint").sized(len(records))
	for _, id := range records {
		b.Add(id)
		tx.touch(id)
	}
	n, err := tx.execBatch(ctx, b, `WITH v(id) AS (@rows) INSERT INTO enrichment_rows (enrichment_id, record_id, run_id, state, outcome, cause, detail,
		paid, dirty, tries, wake_at_us, updated_at_us, opened_by, unasked) SELECT $1, id, $2, $3, $4, $5, $6, FALSE, FALSE, 0, 0, $7, $8, $9 FROM v WHERE true
		ON CONFLICT (enrichment_id, record_id) DO NOTHING`, o.Enrichment, o.Run, string(state), string(o.WaitsFor), string(o.Cause), o.Detail, o.NowUS, o.OpenedBy, o.Unasked)
	if err != nil {
		return 0, err
	}
	return n, tx.CountRows(ctx, map[RowKind]int64{{EnrichmentID: o.Enrichment, State: state, Outcome: o.WaitsFor}: n})
}

// RowKind is a class of rows that row_counts counts.
type RowKind struct {
	EnrichmentID int64
	State        fettle.RowState
	Outcome      fettle.Outcome
	Paid         bool
}

func sortedKinds(m map[RowKind]int64) []RowKind {
	return slices.SortedFunc(maps.Keys(m), func(a, b RowKind) int {
		return cmp.Or(cmp.Compare(a.EnrichmentID, b.EnrichmentID), cmp.Compare(a.State, b.State), cmp.Compare(a.Outcome, b.Outcome),
			cmp.Compare(flag(a.Paid), flag(b.Paid)))
	})
}

// CountRows adds to row_counts.
func (tx *Tx) CountRows(ctx context.Context, deltas map[RowKind]int64) error {
	b := NewBatch("bigint", "text", "text", "boolean", "bigint")
	for _, k := range sortedKinds(deltas) {
		if n := deltas[k]; n != 0 {
			b.Add(k.EnrichmentID, string(k.State), string(k.Outcome), k.Paid, n)
		}
	}
	_, err := tx.execBatch(ctx, b, `WITH v(enrichment, state, outcome, paid, n) AS (@rows)
		INSERT INTO row_counts (enrichment_id, state, outcome, paid, n) SELECT enrichment, state, outcome, paid, n FROM v WHERE true
		ON CONFLICT (enrichment_id, state, outcome, paid) DO UPDATE SET n = row_counts.n + excluded.n`)
	return err
}

// ErrMoved says that rows are no longer as they were read: another transaction
// was quicker. Update runs its function again, which reads them anew.
var ErrMoved = errors.New("rows were changed since they were read")

// PutRows writes rows that were read in this transaction: old is each as it
// was, now as it is to be. If any of them is no longer as it was read, the
// error is ErrMoved.
func (tx *Tx) PutRows(ctx context.Context, old, now []Row) error {
	if len(old) != len(now) {
		return fmt.Errorf("%d rows as they were, %d as they are to be", len(old), len(now))
	}
	b := NewBatch("bigint", "bigint", "bigint", "text", "text", "text", "text", "boolean", "boolean", "bigint", "bigint", "bigint",
		"text", "text", "boolean", "text", "text", "boolean").sized(len(now))
	at := make(map[rowKey]int, len(now))
	for i, x := range now {
		k, was := keyOf(x), old[i]
		if _, twice := at[k]; twice || keyOf(was) != k {
			return fmt.Errorf("record %d of enrichment %d is written twice, or in the place of another", x.RecordID, x.EnrichmentID)
		}
		at[k] = i
		b.Add(x.EnrichmentID, x.RecordID, x.RunID, string(x.State), string(x.Outcome), string(x.Cause), x.Detail, x.Paid, x.Dirty, x.Tries, x.WakeUS,
			x.UpdatedUS, x.OpenedBy, x.Chain, x.Unasked, string(was.State), string(was.Outcome), was.Paid)
		tx.touch(x.RecordID)
	}
	deltas, n := map[RowKind]int64{}, 0
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var k rowKey
		err := r.Scan(&k.enrichment, &k.record)
		i := at[k]
		deltas[kindOf(old[i])]--
		deltas[kindOf(now[i])]++
		n++
		return err
	}, b, `WITH v(enrichment, record, run, state, outcome, cause, detail, paid, dirty, tries, wake, at, opener, chain, unasked, was, was_outcome, was_paid) AS (@rows)
		UPDATE enrichment_rows SET run_id = v.run, state = v.state, outcome = v.outcome, cause = v.cause, detail = v.detail, paid = v.paid,
		dirty = v.dirty, tries = v.tries, wake_at_us = v.wake, updated_at_us = v.at, opened_by = v.opener, chain = v.chain, unasked = v.unasked FROM v
		WHERE enrichment_rows.enrichment_id = v.enrichment AND enrichment_rows.record_id = v.record AND enrichment_rows.state = v.was
		AND enrichment_rows.outcome = v.was_outcome AND enrichment_rows.paid = v.was_paid
		RETURNING enrichment_rows.enrichment_id, enrichment_rows.record_id`)
	if err != nil {
		return err
	}
	if n != len(now) {
		return moved(n, len(now))
	}
	return tx.CountRows(ctx, deltas)
}

// rowKey is the key of a row.
type rowKey struct{ enrichment, record int64 }

func keyOf(x Row) rowKey { return rowKey{x.EnrichmentID, x.RecordID} }

func kindOf(x Row) RowKind { return RowKind{x.EnrichmentID, x.State, x.Outcome, x.Paid} }

func moved(n, of int) error { return fmt.Errorf("%w: %d of %d were written", ErrMoved, n, of) }

// EndRows writes rows that run, were not charged before and whose record did
// not change meanwhile: nearly all of them, without reading them first. It
// gives the records whose rows it wrote.
func (tx *Tx) EndRows(ctx context.Context, enrichment int64, now []Row) (map[int64]bool, error) {
	// The enrichment is a column of the batch, so that SQLite goes through the
	// batch and finds each row by its key.
	b := NewBatch("bigint", "bigint", "text", "text", "text", "text", "boolean", "bigint", "bigint", "bigint").sized(len(now))
	kinds := make(map[int64]RowKind, len(now))
	for _, x := range now {
		b.Add(enrichment, x.RecordID, string(x.State), string(x.Outcome), string(x.Cause), x.Detail, x.Paid, x.Tries, x.WakeUS, x.UpdatedUS)
		kinds[x.RecordID] = RowKind{enrichment, x.State, x.Outcome, x.Paid}
		tx.touch(x.RecordID)
	}
	done := make(map[int64]bool, len(now))
	deltas := map[RowKind]int64{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		done[id] = true
		deltas[kinds[id]]++
		return err
	}, b, `WITH v(enrichment, record, state, outcome, cause, detail, paid, tries, wake, at) AS (@rows)
		UPDATE enrichment_rows SET state = v.state, outcome = v.outcome, cause = v.cause, detail = v.detail, paid = v.paid, tries = v.tries,
		wake_at_us = v.wake, updated_at_us = v.at FROM v
		WHERE enrichment_rows.enrichment_id = v.enrichment AND enrichment_rows.record_id = v.record AND enrichment_rows.state = 'running'
		AND enrichment_rows.outcome = '' AND NOT enrichment_rows.dirty AND NOT enrichment_rows.paid RETURNING enrichment_rows.record_id`)
	if err != nil {
		return nil, err
	}
	deltas[RowKind{EnrichmentID: enrichment, State: fettle.RowRunning}] -= int64(len(done))
	return done, tx.CountRows(ctx, deltas)
}

// DeleteRows removes rows that were read in this transaction. If any of them is
// no longer in the state in which it was read, the error is ErrMoved.
func (tx *Tx) DeleteRows(ctx context.Context, rows []Row) error {
	b := NewBatch("bigint", "bigint", "text").sized(len(rows))
	for _, x := range rows {
		b.Add(x.EnrichmentID, x.RecordID, string(x.State))
		tx.touch(x.RecordID)
	}
	n, err := tx.uncount(ctx, b, `WITH v(e, r, s) AS (@rows) DELETE FROM enrichment_rows
		WHERE (enrichment_id, record_id) IN (SELECT e, r FROM v) AND (enrichment_id, record_id, state) IN (SELECT e, r, s FROM v)`+returningKind)
	if err == nil && n != int64(len(rows)) {
		return moved(int(n), len(rows))
	}
	return err
}

// returningKind ends a DELETE whose rows uncount takes out of the counts.
const returningKind = ` RETURNING enrichment_id, record_id, state, outcome, paid`

// uncount deletes rows and takes out of the counts what was really deleted, as
// it was then. It gives how many.
func (tx *Tx) uncount(ctx context.Context, b *Batch, text string, args ...any) (int64, error) {
	deltas, n := map[RowKind]int64{}, int64(0)
	scan := func(r *sql.Rows) error {
		var k RowKind
		var record int64
		err := r.Scan(&k.EnrichmentID, &record, &k.State, &k.Outcome, &k.Paid)
		tx.touch(record)
		deltas[k]--
		n++
		return err
	}
	var err error
	if b == nil {
		err = tx.query(ctx, scan, text, args...)
	} else {
		err = tx.queryBatch(ctx, scan, b, text, args...)
	}
	if err != nil {
		return 0, err
	}
	return n, tx.CountRows(ctx, deltas)
}

// ClearRows removes up to limit rows of an enrichment, running ones included:
// their calls land all the same. It gives how many it removed.
func (tx *Tx) ClearRows(ctx context.Context, enrichment int64, limit int) (int64, error) {
	return tx.uncount(ctx, nil, `DELETE FROM enrichment_rows WHERE enrichment_id = $1 AND record_id IN (SELECT record_id FROM enrichment_rows
		WHERE enrichment_id = $1 ORDER BY record_id LIMIT $2)`+returningKind, enrichment, limit)
}

// WakeRows makes waiting rows pending: those whose time has come, and those
// that wait for something to end if ended says that something did; never those
// that wait for a person. It gives how many it woke.
func (tx *Tx) WakeRows(ctx context.Context, enrichment, nowUS int64, ended bool, limit int) (int64, error) {
	var old, now []Row
	err := tx.query(ctx, func(r *sql.Rows) error {
		x, err := scanRow(r)
		old = append(old, x)
		x.State, x.WakeUS, x.UpdatedUS = fettle.RowPending, 0, nowUS
		now = append(now, x)
		return err
	}, `SELECT `+rowColumns+` FROM enrichment_rows r WHERE r.enrichment_id = $1 AND r.state = 'waiting'
		AND ((r.wake_at_us > 0 AND r.wake_at_us <= $2) OR (r.wake_at_us = 0 AND $3 <> 0 AND r.outcome NOT IN ($5, $6))) LIMIT $4`+tx.db.d.forUpdate,
		enrichment, nowUS, flag(ended), limit, string(fettle.AwaitsApproval), string(fettle.AwaitsGuard))
	if err != nil {
		return 0, err
	}
	return int64(len(now)), tx.PutRows(ctx, old, now)
}

// ReleaseRows makes rows that somebody opened beside the run, and that are not
// done, the run's own or another opener's. Those that waited for approval, or
// for room under their opener's own limit, become pending. With an outcome it
// is only those that wait for that. It goes on after a record, and gives how
// many it wrote and the last one.
func (tx *Tx) ReleaseRows(ctx context.Context, enrichment int64, only fettle.Outcome, after int64, opener string, nowUS int64, limit int) (n, last int64, err error) {
	var old, now []Row
	err = tx.query(ctx, func(r *sql.Rows) error {
		x, err := scanRow(r)
		last = x.RecordID
		old = append(old, x)
		if x.State == fettle.RowWaiting && (x.Outcome == fettle.AwaitsApproval || x.Outcome == fettle.AwaitsOwnLimit) {
			x.State, x.Outcome, x.Detail, x.WakeUS, x.Tries = fettle.RowPending, "", "", 0, 0
		}
		x.OpenedBy, x.UpdatedUS = opener, nowUS
		now = append(now, x)
		return err
	}, `SELECT `+rowColumns+` FROM enrichment_rows r WHERE r.enrichment_id = $1 AND r.opened_by <> '' AND r.record_id > $2
		AND r.state IN ('waiting', 'pending') AND ($3 = '' OR (r.state = 'waiting' AND r.outcome = $3)) ORDER BY r.record_id LIMIT $4`+tx.db.d.forUpdate,
		enrichment, after, string(only), limit)
	if err != nil || len(old) == 0 {
		return 0, 0, err
	}
	return int64(len(now)), last, tx.PutRows(ctx, old, now)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// NextWake is the earliest time at which a waiting row wakes; 0 if none does.
func (tx *Tx) NextWake(ctx context.Context, enrichment int64) (int64, error) {
	var t sql.NullInt64
	err := tx.get(ctx, []any{&t}, `SELECT MIN(wake_at_us) FROM enrichment_rows WHERE enrichment_id = $1 AND state = 'waiting' AND wake_at_us > 0`, enrichment)
	return t.Int64, err
}

// RowCounts reads the counted classes of an enrichment's rows.
func (tx *Tx) RowCounts(ctx context.Context, enrichment int64) (map[RowKind]int64, error) {
	out := map[RowKind]int64{}
	err := tx.query(ctx, func(r *sql.Rows) error {
		k := RowKind{EnrichmentID: enrichment}
		var n int64
		err := r.Scan(&k.State, &k.Outcome, &k.Paid, &n)
		if n != 0 {
			out[k] = n
		}
		return err
	}, `SELECT state, outcome, paid, n FROM row_counts WHERE enrichment_id = $1`, enrichment)
	return out, err
}

// WakeOwn makes rows pending that wait for room under their opener's own limit.
// It gives how many it woke.
func (tx *Tx) WakeOwn(ctx context.Context, opener string, nowUS int64, limit int) (int64, error) {
	var old, now []Row
	err := tx.query(ctx, func(r *sql.Rows) error {
		x, err := scanRow(r)
		old = append(old, x)
		x.State, x.Outcome, x.Detail, x.WakeUS, x.UpdatedUS = fettle.RowPending, "", "", 0, nowUS
		now = append(now, x)
		return err
	}, `SELECT `+rowColumns+` FROM enrichment_rows r WHERE r.opened_by = $1 AND r.opened_by <> '' AND r.state = 'waiting' AND r.outcome = $2
		ORDER BY r.enrichment_id, r.record_id LIMIT $3`+tx.db.d.forUpdate, opener, string(fettle.AwaitsOwnLimit), limit)
	if err != nil || len(old) == 0 {
		return 0, err
	}
	return int64(len(now)), tx.PutRows(ctx, old, now)
}

// AwaitingRoom is a filter for records whose row in an enrichment waits for
// approval, for room under the own limit of who opened it, or was set aside.
func AwaitingRoom(enrichment int64) expr.Fragment {
	return expr.Fragment{Text: fmt.Sprintf("EXISTS (SELECT 1 FROM enrichment_rows q WHERE q.enrichment_id = %d AND q.record_id = r.id AND q.state = 'waiting' AND q.outcome IN ('%s', '%s', '%s'))",
		enrichment, fettle.AwaitsApproval, fettle.AwaitsOwnLimit, fettle.AwaitsGuard)}
}

// OpenRows gives some of the records whose row in an enrichment is to run yet.
func (tx *Tx) OpenRows(ctx context.Context, enrichment int64, limit int) ([]int64, error) {
	out, err := tx.ids(ctx, "SELECT record_id FROM enrichment_rows WHERE enrichment_id = $1 AND state = 'pending' ORDER BY record_id LIMIT $2", enrichment, limit)
	if err != nil || len(out) == limit {
		return out, err
	}
	more, err := tx.ids(ctx, "SELECT record_id FROM enrichment_rows WHERE enrichment_id = $1 AND state = 'waiting' ORDER BY record_id LIMIT $2", enrichment, limit-len(out))
	return append(out, more...), err
}

// WithoutRow is a filter for records that have no row in an enrichment.
func WithoutRow(enrichment int64) expr.Fragment {
	return expr.Fragment{Text: fmt.Sprintf("NOT EXISTS (SELECT 1 FROM enrichment_rows q WHERE q.enrichment_id = %d AND q.record_id = r.id)", enrichment)}
}

// MayEnter is a filter for records that have no row in an enrichment and may
// enter it unasked, by a change of its audience or of the time: what was last
// written about them, and about their companies where the audience reads those,
// was not written without running since shown, the newest change that its last
// start or resume covered. Those enter when somebody starts or resumes it again.
func MayEnter(enrichment, shown int64, audience expr.Fragment) expr.Fragment {
	all := []expr.Fragment{WithoutRow(enrichment), asked("r.id", shown)}
	if usesCompany(audience.Text) {
		all = append(all, asked("r.company_id", shown))
	}
	return expr.All(all...)
}

// asked is a condition that a record was not written without running since a
// change, or was written otherwise after that.
func asked(record string, shown int64) expr.Fragment {
	return expr.Fragment{Text: fmt.Sprintf(`NOT EXISTS (SELECT 1 FROM changes ch JOIN origins o ON o.id = ch.origin_id
		WHERE ch.record_id = %[1]s AND ch.id > %[2]d AND o.no_run AND NOT EXISTS (SELECT 1 FROM changes l JOIN origins lo ON lo.id = l.origin_id
			WHERE l.record_id = %[1]s AND l.id > ch.id AND NOT lo.no_run AND lo.kind <> '%[3]s'))`, record, shown, OriginDerived)}
}
