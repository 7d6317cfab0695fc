package limits

import (
	"cmp"
	"context"
	"time"

	"fettle"
	"fettle/store"
)

// The highest limits: more is a slip of the hand.
const (
	mostCredits = 1_000_000_000 * fettle.Credit
	mostRecords = 1_000_000_000
)

// Check refuses a limit that cannot be, and fills in its period.
func Check(l fettle.Limit) (fettle.Limit, error) {
	l.Per = cmp.Or(l.Per, fettle.Lifetime)
	switch l.Per {
	case fettle.Lifetime, fettle.PerDay, fettle.PerMonth, fettle.PerRun:
	default:
		return l, fettle.Errorf(fettle.Invalid, "limit.per: %q is not known", l.Per).WithHint("Use lifetime, day, month or run.").With("key", "limit.per")
	}
	if (l.Credits != nil && *l.Credits < 0) || (l.Records != nil && *l.Records < 0) {
		return l, fettle.Errorf(fettle.Invalid, "limit: a limit cannot be negative").WithHint("Write a number of credits, such as 1000, or 0 to allow nothing.").With("key", "limit")
	}
	if l.Credits != nil && *l.Credits > mostCredits {
		return l, fettle.Errorf(fettle.Invalid, "limit: %s is more than a limit can be", l.Credits.ExactWords()).WithHint("The most is %s; without a limit, say none.", mostCredits).With("key", "limit.credits")
	}
	if l.Records != nil && *l.Records > mostRecords {
		return l, fettle.Errorf(fettle.Invalid, "limit: %d records are more than a limit can be", *l.Records).WithHint("The most is %d; without a limit in records, leave it out.", int64(mostRecords)).With("key", "limit.records")
	}
	if !l.None && l.Credits == nil && l.Records == nil {
		return l, fettle.Errorf(fettle.Invalid, "limit: neither credits nor records are given").
			WithHint("Write limit: {credits: 1000}, or say that there is none: limit: none.").With("key", "limit")
	}
	return l, nil
}

// Words writes a limit for the log of who did what.
func Words(l fettle.Limit) string {
	if l.None {
		return "none"
	}
	s := ""
	if l.Credits != nil {
		s = l.Credits.ExactWords()
	}
	if l.Records != nil {
		if s != "" {
			s += ", "
		}
		s += fettle.Thousands(*l.Records) + " records"
	}
	return s + " per " + string(l.Per)
}

// Of reads the limits of one enrichment, provider or person.
func Of(ctx context.Context, tx *store.Tx, scope store.Scope, key string) ([]store.Limit, error) {
	all, err := tx.Limits(ctx, scope)
	var out []store.Limit
	for _, l := range all {
		if l.Key == key {
			out = append(out, l)
		}
	}
	return out, err
}

// CheckWide refuses what cannot be a limit of a person, a provider or the
// workspace.
func CheckWide(l fettle.Limit) (fettle.Limit, error) {
	set, err := Check(l)
	if err == nil && set.Per == fettle.PerRun {
		err = fettle.Errorf(fettle.Invalid, "a limit per run is an enrichment's").WithHint("Use lifetime, day or month.")
	}
	return set, err
}

// View shows a limit in credits, in money and in rows of an enrichment at
// its highest and expected price.
func View(ctx context.Context, tx *store.Tx, l store.Limit, run int64, high, expected fettle.Credits) (fettle.LimitView, error) {
	now := time.Now()
	start := PeriodStart(l.Limit.Per, now)
	if l.Limit.Per == fettle.PerRun {
		start = run
	}
	b, err := tx.Balance(ctx, store.BalanceKey{Scope: l.Scope, Key: l.Key, Per: l.Limit.Per, Start: start})
	if err != nil {
		return fettle.LimitView{}, err
	}
	v := fettle.LimitView{None: l.Limit.None, Credits: l.Limit.Credits, Records: l.Limit.Records, Per: l.Limit.Per, UsedCredits: b.Used(), UsedRecords: b.UsedRecords()}
	if next := l.Limit.Per.Next(now); !next.IsZero() {
		v.ResetsAt = &next
	}
	left := l.Cap().Left(b)
	if l.Limit.Records != nil {
		v.LeftRecords = &left.Records
	}
	if l.Limit.Credits == nil {
		return v, nil
	}
	v.LeftCredits = &left.Credits
	micro, err := USDMicro(ctx, tx)
	if err != nil {
		return v, err
	}
	v.Money = Dollars(*l.Limit.Credits, micro)
	v.RowsAtHigh, v.RowsExpected = rowsFor(*l.Limit.Credits, high), rowsFor(*l.Limit.Credits, expected)
	return v, nil
}

func rowsFor(c, price fettle.Credits) *int64 {
	if price <= 0 {
		return nil
	}
	n := int64(c / price)
	return &n
}
