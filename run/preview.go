package run

import (
	"context"
	"maps"
	"slices"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/store"
)

// preview is a page of pending rows that was judged before the transaction that
// claims it: reading what rows are judged by takes as long as claiming them,
// and holds up no writer where it is done in a transaction that only reads.
// What was written about a row's record in between, its company's too, shows
// in what was touched; such a row is judged again under the claim's own locks.
type preview struct {
	judgedPage

	cause   fettle.Cause
	run     int64
	company map[int64]int64 // record → its company, where the program reads companies
	touched store.Touched
}

// judgedPage is a page of pending rows with what is to be done with each.
type judgedPage struct {
	rows   []store.Row
	judged []judge.Verdict
	facts  map[int64]judge.Facts
	last   int64 // the last record that was looked at
	more   bool  // there may be more pending rows behind it
}

// blindFor is how many claims go without a preview after one that was of no
// use: another process claims the same rows, or an import writes about them.
const blindFor = 16

// previewFrom is from how many free call slots on a page is previewed: with
// fewer, calls are what is waited for, and several processes would read the
// same rows over and over.
const previewFrom = 256

// preview judges the next page of pending rows; nil where there is none or
// where it could not be judged.
func (w *Worker) preview(ctx context.Context, e store.Enrichment, p *judge.Program, after int64) *preview {
	if w.blind > 0 {
		w.blind--
		return nil
	}
	cause, ok := mayClaim(e, p)
	if !ok {
		return nil
	}
	v := &preview{cause: cause, run: runOf(e)}
	err := w.db.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.PendingRows(ctx, p.ID, after, cause, page)
		if err != nil || len(rows) == 0 {
			return err
		}
		v.more = len(rows) == page
		v.rows = wholeStretches(rows, v.more)
		v.last = v.rows[len(v.rows)-1].RecordID
		if v.judged, v.facts, err = w.judge.Rows(ctx, tx, p, v.rows, v.run, time.Now()); err != nil {
			return err
		}
		v.company = companiesOf(p, v.facts)
		v.touched, err = tx.TouchedOf(ctx, v.ids())
		return err
	})
	if err != nil || len(v.rows) == 0 {
		return nil // the claim itself says why
	}
	return v
}

// knowns are what each row was judged by.
func (pg judgedPage) knowns() []judge.Facts {
	out := make([]judge.Facts, len(pg.rows))
	for i, r := range pg.rows {
		k := pg.facts[r.RecordID]
		k.Opened(r)
		out[i] = k
	}
	return out
}

// companiesOf gives the companies of records where the program reads them.
func companiesOf(p *judge.Program, facts map[int64]judge.Facts) map[int64]int64 {
	if len(p.Company) == 0 {
		return nil
	}
	out := make(map[int64]int64, len(facts))
	for id, k := range facts {
		out[id] = k.Record.CompanyID
	}
	return out
}

// wholeStretches leaves away the rows of the last stretch if it may go on
// beyond the page: claimed with the next one, its rows are not written about in
// the middle of that one's preview.
func wholeStretches(rows []store.Row, more bool) []store.Row {
	if !more {
		return rows
	}
	last := store.Stretch(rows[len(rows)-1].RecordID)
	cut, _ := slices.BinarySearchFunc(rows, last, func(r store.Row, s int64) int { return int(store.Stretch(r.RecordID) - s) })
	if cut == 0 {
		return rows
	}
	return rows[:cut]
}

// ids are the records that the rows were judged by.
func (v *preview) ids() []int64 {
	out := make([]int64, 0, len(v.rows)+len(v.company))
	for _, r := range v.rows {
		out = append(out, r.RecordID)
	}
	for _, id := range v.company {
		if id != 0 {
			out = append(out, id)
		}
	}
	return out
}

// judgePage gives a page of up to n pending rows and what is to be done with each, from
// the preview where that still holds.
func (w *Worker) judgePage(ctx context.Context, tx *store.Tx, p *judge.Program, after int64, cause fettle.Cause, run int64, v *preview, n int, now time.Time) (judgedPage, error) {
	if v != nil && v.cause == cause && v.run == run {
		if pg, ok, err := w.refresh(ctx, tx, p, v, now); ok || err != nil {
			return pg, err
		}
		w.blind = blindFor
	}
	rows, err := tx.PendingRows(ctx, p.ID, after, cause, n)
	if err != nil || len(rows) == 0 {
		return judgedPage{}, err
	}
	judged, facts, err := w.judge.Rows(ctx, tx, p, rows, run, now)
	return judgedPage{rows: rows, judged: judged, facts: facts, last: rows[len(rows)-1].RecordID, more: len(rows) == n}, err
}

// refresh judges those rows of a preview again about whose records something
// was written since. It reports whether the preview was of use.
func (w *Worker) refresh(ctx context.Context, tx *store.Tx, p *judge.Program, v *preview, now time.Time) (judgedPage, bool, error) {
	touched, err := tx.TouchedOf(ctx, v.ids())
	if err != nil {
		return judgedPage{}, false, err
	}
	pg := judgedPage{last: v.last, more: v.more, facts: v.facts}
	var stale []int64
	for i, r := range v.rows {
		if touched.Same(v.touched, r.RecordID) && touched.Same(v.touched, v.company[r.RecordID]) {
			pg.rows, pg.judged = append(pg.rows, r), append(pg.judged, v.judged[i])
			continue
		}
		stale = append(stale, r.RecordID)
	}
	if len(stale) > len(v.rows)/2 {
		return judgedPage{}, false, nil
	}
	if len(stale) == 0 {
		return pg, true, nil
	}
	current, err := tx.RowsOf(ctx, p.ID, stale)
	if err != nil {
		return judgedPage{}, false, err
	}
	var again []store.Row
	for _, id := range stale {
		if r, ok := current[id]; ok && r.State == fettle.RowPending && r.Is(v.cause) {
			again = append(again, r)
		}
	}
	judged, facts, err := w.judge.Rows(ctx, tx, p, again, v.run, now)
	if len(facts) > 0 {
		pg.facts = maps.Clone(v.facts)
		maps.Copy(pg.facts, facts)
	}
	pg.rows, pg.judged = append(pg.rows, again...), append(pg.judged, judged...)
	return pg, true, err
}
