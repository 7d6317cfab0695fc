package engine

import (
	"context"
	"slices"
	"strconv"

	"fettle"
	"fettle/limits"
	"fettle/run"
	"fettle/store"
)

// within holds an enrichment to the most that whoever has it run said it may spend
// from then on: its limit is lowered to what is used of it and that, unless it is as
// tight already, so that what comes in later is bought within it too. It is done
// in the transaction that begins what spends: a start that is refused lowers nothing,
// and of two at once the limit is the one's that won. anew says that a run begins, and
// a limit of each run with it.
func within(ctx context.Context, tx *store.Tx, actor fettle.Actor, cur store.Enrichment, most *fettle.Credits, anew bool) (store.Enrichment, error) {
	if most == nil {
		return cur, nil
	}
	if *most < 0 {
		return cur, fettle.Errorf(fettle.Invalid, "most_credits is below zero").WithHint("Say the most credits that it may spend, or leave it out.").With("key", "most_credits")
	}
	key := strconv.FormatInt(cur.ID, 10)
	stands, err := limits.Of(ctx, tx, store.ScopeEnrichment, key)
	if err != nil {
		return cur, err
	}
	set := fettle.Limit{Per: fettle.Lifetime}
	if d := cur.Definition.Limit; d != nil && !d.None {
		set.Per = d.Per
	} else if len(stands) > 0 && !stands[0].Limit.None {
		set.Per = stands[0].Limit.Per
	}
	for _, l := range stands {
		if l.Limit.Credits == nil {
			continue
		}
		used, err := usedOf(ctx, tx, cur, l.Limit.Per, anew)
		if err != nil || *l.Limit.Credits-used <= *most {
			return cur, err
		}
	}
	if i := slices.IndexFunc(stands, func(l store.Limit) bool { return l.Limit.Per == set.Per }); i >= 0 {
		set.Records = stands[i].Limit.Records
	}
	used, err := usedOf(ctx, tx, cur, set.Per, anew)
	if err != nil {
		return cur, err
	}
	set.Credits = new(used + *most)
	return putEnrichmentLimit(ctx, tx, actor, cur.Name, set)
}

// usedOf is what an enrichment has used in a period.
func usedOf(ctx context.Context, tx *store.Tx, cur store.Enrichment, per fettle.Period, anew bool) (fettle.Credits, error) {
	if per == fettle.PerRun && (anew || cur.Definition.Schedule != nil) {
		return 0, nil
	}
	v, err := limits.View(ctx, tx, store.Limit{Scope: store.ScopeEnrichment, Key: strconv.FormatInt(cur.ID, 10), Limit: fettle.Limit{Per: per}}, cur.RunID, 0, 0)
	return v.UsedCredits, err
}

// beginsRun reports whether going live begins a run.
func beginsRun(cur store.Enrichment, kind string, est fettle.Estimate) bool {
	return kind != "resume" || cur.RunID == 0 || est.NextRun || run.BeginsAnew(cur)
}
