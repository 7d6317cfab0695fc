package engine

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"fettle"
	"fettle/connect"
	"fettle/store"
)

// listPatience is how long the list of providers waits for what they say is
// left: who answers later is shown with it the next time.
const listPatience = time.Second

// vendorBalances asks the providers whose calls a price has in it what they
// have left, and warns where less is left than is wanted. Wanted is what is
// expected to be used within the limits, not the most: who has enough for what
// is likely is not asked a question. It makes network calls.
func (e *Engine) vendorBalances(ctx context.Context, t *tally) {
	var of []*connect.Connection
	for i := range t.p.Steps {
		c := t.p.Steps[i].Connection
		if !t.p.Steps[i].Computed && c.TellsBalance() && !slices.Contains(of, c) {
			of = append(of, c)
		}
	}
	for i, b := range e.conns.Balances(ctx, of) {
		d := of[i].Description
		v := fettle.VendorBalance{Provider: of[i].Name, Title: of[i].Title(), Unit: d.Unit, Known: b.Known, Wanted: t.wanted(of[i])}
		if b.Known {
			v.Left = &b.Left
		}
		t.est.VendorBalances = append(t.est.VendorBalances, v)
		if v.Short() {
			t.est.Warnings = append(t.est.Warnings, shortText(v)+": the rows after that will find the account empty.")
		}
	}
}

// wanted is how many of its units are expected to be used at a provider within
// the limits, rounded up to whole ones. At a price of 0 credits, as of a flat
// rate, it is the expected number of calls: each uses a unit or so.
func (t *tally) wanted(c *connect.Connection) fettle.Credits {
	unit := c.Conn.UnitCredits
	sum := t.of(c.LimitKey())
	part := 1.0
	switch n := t.est.LimitLeftRecords; {
	case t.expect > 0:
		part = min(1, float64(t.est.ExpectedCredits)/t.expect)
	case n != nil && t.est.ToRun > 0:
		part = min(1, float64(*n)/float64(t.est.ToRun))
	}
	var units float64
	switch {
	case unit == nil:
		return 0
	case *unit == 0:
		units = sum.calls * part
	default:
		units = sum.expect * part / float64(*unit)
	}
	return fettle.Credits(math.Ceil(units-1e-6)) * fettle.Credit
}

// shortText says that a provider has less left than is wanted.
func shortText(v fettle.VendorBalance) string {
	return fmt.Sprintf("%s has %s left, %s are wanted", v.Title, v.LeftText(), v.Wanted.Text())
}

// short refuses a start for which a provider has too little left.
func short(now fettle.Estimate) error {
	i := slices.IndexFunc(now.VendorBalances, fettle.VendorBalance.Short)
	if i < 0 {
		return nil
	}
	return fettle.Errorf(fettle.Confirm, "%s", shortText(now.VendorBalances[i])).
		WithHint("Top the account up there, set a lower limit, or confirm it (--yes).").
		With("vendor_balances", now.VendorBalances)
}

// under is the price for the limits as they are now: what it was within is not
// what it will be. It goes by what the providers said before.
func (t tally) under(ctx context.Context, tx *store.Tx, cur store.Enrichment, actor string) (fettle.Estimate, error) {
	t.est.HighCredits, t.est.Warnings = t.est.UnlimitedCredits, nil
	if err := t.limit(ctx, tx, cur, actor); err != nil {
		return t.est, err
	}
	t.est.VendorBalances = slices.Clone(t.est.VendorBalances)
	for i := range t.est.VendorBalances {
		v := &t.est.VendorBalances[i]
		for j := range t.p.Steps {
			if c := t.p.Steps[j].Connection; c.Name == v.Provider {
				v.Wanted = t.wanted(c)
			}
		}
	}
	return t.est, nil
}

// VendorBalances is what providers said last of what is left there, by name; it
// asks nobody. Who is not known is not in it.
func (e *Engine) VendorBalances() map[string]fettle.Credits {
	out := map[string]fettle.Credits{}
	for _, c := range e.conns.All() {
		if b := c.LastBalance(); b.Known {
			out[c.Name] = b.Left
		}
	}
	return out
}
