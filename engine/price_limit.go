package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"fettle"
	"fettle/connect"
	"fettle/judge"
	"fettle/limits"
	"fettle/run"
	"fettle/store"
)

// limit brings a price within the limits and the balance: what all rows would
// cost stays beside it.
func (t *tally) limit(ctx context.Context, tx *store.Tx, cur store.Enrichment, actor string) error {
	est := &t.est
	est.UnlimitedCredits, est.UnlimitedExpectedCredits = est.HighCredits, judge.About(t.expect)
	if run.BeginsAnew(cur) {
		cur.RunID = 0
	}
	bounds, err := limits.RowBounds(ctx, tx, cur, actor)
	if err != nil {
		return err
	}
	if runIsFull(bounds, t.lowest) && cur.State != fettle.Live {
		est.NextRun = true
		next := cur
		next.RunID = 0
		if bounds, err = limits.RowBounds(ctx, tx, next, actor); err != nil {
			return err
		}
	}
	if err := t.enough(ctx, tx, cur, bounds); err != nil {
		return err
	}
	est.LimitLeftCredits, est.LimitLeftRecords = limits.Left(bounds)
	if est.NoRoom = t.noRoom(bounds, cur.Label); est.NoRoom != "" {
		b, _ := limits.Full(bounds, t.lowest, t.counted)
		est.NoRoomOf = noRoomOf(b)
	}
	if est.ToRun == 0 {
		return nil
	}
	at, err := t.providersLeave(ctx, tx)
	if err != nil {
		return err
	}
	least := est.LowCredits
	t.within(bounds, at)
	all := toCome{least: least, expect: est.UnlimitedExpectedCredits, most: est.UnlimitedCredits, rows: est.ToRun}
	for _, b := range bounds {
		t.warn(b, all)
	}
	for _, b := range at {
		s := t.of(b.Key.Key)
		t.warn(b, toCome{expect: judge.About(s.expect), most: s.most, rows: int64(s.calls)})
	}
	return nil
}

// within lowers the prices to what the bounds let be bought: rows are bought
// until the cheapest one's highest price no longer fits.
func (t *tally) within(bounds, at []limits.Bound) {
	est := &t.est
	rows := float64(est.ToRun)
	part := 1.0 // of the rows
	high := est.HighCredits
	low := float64(est.LowCredits)
	for _, b := range bounds {
		if b.Cap.Records != nil && (!t.counted || b.Room.Records >= 1) {
			part = min(part, float64(b.Room.Records)/rows)
			high = min(high, est.PerRowCredits*fettle.Credits(min(b.Room.Records, est.ToRun)))
			low = min(low, float64(est.LowCredits)*min(1, float64(b.Room.Records)/rows))
		}
		if b.Cap.Credits != nil {
			part = min(part, boughtPart(b.Room.Credits, t.lowest, t.expect, rows))
			high = min(high, b.Room.Credits)
			low = min(low, float64(est.LowCredits)*boughtPart(b.Room.Credits, est.PerRowCredits, float64(est.LowCredits), rows))
		}
	}
	high -= min(high, t.overProviders(at))
	for _, b := range at {
		s := t.of(b.Key.Key)
		if b.Cap.Records != nil && s.calls > 0 {
			part = min(part, float64(b.Room.Records)/s.calls)
			low = min(low, float64(est.LowCredits)*min(1, float64(b.Room.Records)/rows))
		}
		if b.Cap.Credits != nil {
			part = min(part, boughtPart(b.Room.Credits, t.lowest, s.expect, rows))
			low = min(low, float64(est.LowCredits)*boughtPart(b.Room.Credits, est.PerRowCredits, float64(est.LowCredits), rows))
		}
	}
	est.HighCredits = high
	est.LowCredits = min(high, fettle.Credits(low))
	est.ExpectedCredits = max(est.LowCredits, min(high, judge.About(t.expect*part)))
}

// boughtPart is which part of the rows room lets be bought, where each reserves
// at least so much and all together are expected to cost so much.
func boughtPart(room, reserves fettle.Credits, all, rows float64) float64 {
	switch {
	case room < reserves:
		return 0
	case all <= float64(room-reserves):
		return 1
	}
	each := all / rows
	return min(1, (float64(int64(float64(room-reserves)/each))+1)/rows)
}

// overProviders is how much of the highest price the limits of providers, and
// within them those of their connections, do not let be bought.
func (t *tally) overProviders(at []limits.Bound) (over fettle.Credits) {
	room := map[string]fettle.Credits{}
	for _, b := range at {
		if b.Cap.Credits == nil {
			continue
		}
		if left, known := room[b.Key.Key]; !known || b.Room.Credits < left {
			room[b.Key.Key] = b.Room.Credits
		}
	}
	cut := func(key string, most fettle.Credits) fettle.Credits {
		left, bound := room[key]
		if !bound || most <= left {
			return most
		}
		over += most - left
		return left
	}
	by := map[string]fettle.Credits{} // provider → what the limits of its connections let be bought
	seen := map[*connect.Connection]bool{}
	for i := range t.p.Steps {
		if c := t.p.Steps[i].Connection; !seen[c] && !t.p.Steps[i].Computed {
			seen[c] = true
			by[c.Description.Name] += cut(c.LimitKey(), t.of(c.LimitKey()).most)
		}
	}
	for name, most := range by {
		cut(name, most)
	}
	return over
}

// of sums up the steps of one provider, or of one connection.
func (t *tally) of(key string) (sum stepSum) {
	for i, s := range t.steps {
		if c := t.p.Steps[i].Connection; c.Description.Name == key || c.LimitKey() == key {
			sum.calls += s.calls
			sum.expect += s.expect
			sum.most += s.most
		}
	}
	return sum
}

// providersLeave reads what the limits of the providers leave.
func (t *tally) providersLeave(ctx context.Context, tx *store.Tx) ([]limits.Bound, error) {
	c, err := limits.Read(ctx, tx)
	if err != nil {
		return nil, err
	}
	var keys []store.BalanceKey
	for i := range t.p.Steps {
		conn := t.p.Steps[i].Connection
		if t.p.Steps[i].Computed {
			continue
		}
		for _, k := range (limits.Payer{Provider: conn.Description.Name, Connection: conn.Of, At: time.Now()}).StepKeys() {
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	return c.Bounds(ctx, tx, keys)
}

// toCome is what all rows would come to.
type toCome struct {
	least, expect, most fettle.Credits
	rows                int64
}

// warn says that a limit ends it before every row has run: for certain where even
// the lowest price of all is above what is left, most likely where the expected one is.
func (t *tally) warn(b limits.Bound, all toCome) {
	say := func(left, how string) {
		t.est.Warnings = append(t.est.Warnings, fmt.Sprintf("%s leaves %s: it %s pause before every row has run.", boundName(b), left, how))
	}
	if b.Cap.Credits != nil && all.most > b.Room.Credits {
		how := "may"
		switch {
		case all.least > b.Room.Credits:
			how = "will"
		case all.expect > b.Room.Credits:
			how = "will most likely"
		}
		say(b.Room.Credits.Words(), how)
	}
	if b.Cap.Records != nil && all.rows > b.Room.Records {
		// A row that costs nothing counts in no limit: so many at the least are paid for.
		how, each := "may", max(t.est.PerRowCredits, 1)
		switch {
		case int64(all.least/each) > b.Room.Records:
			how = "will"
		case int64(all.expect/each) > b.Room.Records:
			how = "will most likely"
		}
		say(many(b.Room.Records, "record", "records"), how)
	}
}

// boundName names a limit at the beginning of a sentence.
func boundName(b limits.Bound) string {
	switch {
	case b.Grant:
		return "The workspace's balance"
	case b.Key.Scope == store.ScopeWorkspace:
		return "The workspace's limit"
	case b.Key.Scope == store.ScopeProvider:
		return "The limit of the provider " + b.Key.Key
	case b.Key.Scope == store.ScopeBudget:
		return "The budget " + b.Key.Key
	case b.Key.Scope == store.ScopePerson:
		return "The limit of " + b.Key.Key
	}
	return "The limit"
}

// enough says which credit limit of the enrichment all rows fit: what counts in
// it already, and their highest price.
func (t *tally) enough(ctx context.Context, tx *store.Tx, cur store.Enrichment, bounds []limits.Bound) error {
	b, err := tx.Balance(ctx, store.BalanceKey{Scope: store.ScopeEnrichment, Key: strconv.FormatInt(cur.ID, 10), Per: fettle.Lifetime})
	if err != nil {
		return err
	}
	used := b.Used()
	for _, b := range bounds {
		if b.Key.Scope == store.ScopeEnrichment && b.Cap.Credits != nil {
			used = b.Balance.Used()
			break
		}
	}
	n := used + t.est.UnlimitedCredits
	t.est.EnoughCredits = &n
	return nil
}

// runIsFull reports whether the limit of a run leaves no room for another row,
// while nothing in flight may still make some.
func runIsFull(bounds []limits.Bound, price fettle.Credits) bool {
	for _, b := range bounds {
		if b.Key.Per != fettle.PerRun || b.Balance.Reserved > 0 || b.Balance.ReservedRecords > 0 {
			continue
		}
		if b.Room.Records < 1 || b.Room.Credits < max(price, 1) {
			return true
		}
	}
	return false
}
