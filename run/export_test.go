package run

import (
	"errors"
	"testing"

	"fettle/connect"
	"fettle/judge"
	"fettle/store"
)

// Claimer claims by hand what a worker claims in its loop.
type Claimer struct {
	t *testing.T
	w *Worker
	e store.Enrichment
	p *judge.Program
}

// NewClaimer opens the rows of an enrichment, as a worker that has begun and follows
// what is written: what is written later it does not wait for.
func NewClaimer(t *testing.T, w *Worker, enrichment string) *Claimer {
	t.Helper()
	c := &Claimer{t: t, w: w}
	for range 10 { // a page at a time
		if err := w.tend(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	err := w.db.View(t.Context(), func(tx *store.Tx) (err error) {
		if c.e, err = tx.Enrichment(t.Context(), enrichment); err != nil {
			return err
		}
		ok, err := w.keepsUp(t.Context(), tx, c.e)
		if err == nil && !ok {
			err = errors.New("the worker does not follow what was written")
		}
		return err
	})
	if err == nil {
		c.p, err = w.program(t.Context(), c.e)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Previewed is a page that was judged before its claim.
type Previewed struct{ v *preview }

// Record is the record of a row of the page.
func (p Previewed) Record(i int) int64 { return p.v.rows[i].RecordID }

// Rows is how many rows the page has.
func (p Previewed) Rows() int { return len(p.v.rows) }

// Last is the last record that was looked at.
func (p Previewed) Last() int64 { return p.v.last }

// Preview judges the next page.
func (c *Claimer) Preview(after int64) Previewed {
	c.t.Helper()
	v := c.w.preview(c.t.Context(), c.e, c.p, after)
	if v == nil {
		c.t.Fatal("nothing was previewed")
	}
	return Previewed{v}
}

// Claim claims a page that was previewed, and says how many rows it looked at
// and whether the preview was of use.
func (c *Claimer) Claim(p Previewed) (looked int, used bool) {
	c.t.Helper()
	var out claimed
	err := c.w.db.Update(c.t.Context(), func(tx *store.Tx) (err error) {
		out, err = c.w.claimPage(c.t.Context(), tx, c.p, 0, map[*connect.Connection]int{c.p.Steps[0].Connection: page}, p.v, page)
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return out.looked, c.w.blind == 0
}

// ClaimOne claims the first row, and reports whether that was refused because a
// connection was changed.
func (c *Claimer) ClaimOne() (looked int, changed bool) {
	c.t.Helper()
	out, err := c.w.claim(c.t.Context(), c.e, c.p, 0, map[*connect.Connection]int{c.p.Steps[0].Connection: 1})
	if err != nil && !errors.Is(err, errChanged) {
		c.t.Fatal(err)
	}
	return out.looked, err != nil
}
