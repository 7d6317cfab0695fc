package limits

import (
	"context"
	"strconv"
	"time"

	"fettle/store"
)

// nearPercent is how much of a limit is used when people are warned.
const nearPercent = 80

// Near reports whether most of a limit is used.
func Near(b Bound) bool {
	if b.Key.Scope == store.ScopePilot {
		return false // an allowance a day, which is told where it is used
	}
	some := b.Cap.Credits != nil && *b.Cap.Credits > 0 || b.Cap.Records != nil && *b.Cap.Records > 0
	return some && UsedPercent(b) >= nearPercent
}

// settingNear with a limit and its amount says that most of it was used when it
// was set: whoever set it knows.
const settingNear = "near_known:"

// KnowNear notes of a limit that was just set whether most of it is used
// already.
func KnowNear(ctx context.Context, tx *store.Tx, keys ...store.BalanceKey) error {
	c, err := Read(ctx, tx)
	if err != nil {
		return err
	}
	bounds, err := c.Bounds(ctx, tx, keys)
	if err != nil {
		return err
	}
	for _, b := range bounds {
		if !Near(b) {
			continue
		}
		if err := tx.PutSetting(ctx, settingNear+OnceKey("near", 0, b), "1"); err != nil {
			return err
		}
	}
	return nil
}

// KnownNear reports whether most of a limit was used when it was set.
func KnownNear(ctx context.Context, tx *store.Tx, b Bound) (bool, error) {
	_, known, err := tx.Setting(ctx, settingNear+OnceKey("near", 0, b))
	return known, err
}

// KeysOf are the balances that a limit of a scope binds now.
func KeysOf(scope store.Scope, key string, now time.Time) []store.BalanceKey {
	var out []store.BalanceKey
	for _, per := range Periods() {
		out = append(out, store.BalanceKey{Scope: scope, Key: key, Per: per, Start: PeriodStart(per, now)})
	}
	return out
}

// EnrichmentKeys are the balances that an enrichment's own limits bind now.
func EnrichmentKeys(cur store.Enrichment, now time.Time) []store.BalanceKey {
	return append(KeysOf(store.ScopeEnrichment, strconv.FormatInt(cur.ID, 10), now), RunKey(cur))
}
