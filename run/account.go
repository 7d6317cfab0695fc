package run

import (
	"fettle"
	"fettle/judge"
	"fettle/store"
)

// gated reports whether what is due of a live enrichment collects: it has a
// schedule, and no tick of it works.
func gated(e store.Enrichment) bool {
	return e.State == fettle.Live && e.Definition.Schedule != nil && e.TickState != store.TickOpen
}

// mayClaim says whether rows of the enrichment may be claimed now, and of
// which cause only: a pilot runs its own rows while the enrichment does not;
// between the ticks of a schedule those leave that a person asked for.
func mayClaim(e store.Enrichment, p *judge.Program) (fettle.Cause, bool) {
	if e.Version != p.Version || e.PlanState == store.Clearing {
		return "", false
	}
	if gated(e) {
		return store.ByHand, true
	}
	if e.State == fettle.Live {
		return "", true
	}
	return fettle.CausePilot, e.PilotRunID != 0
}

// runOf is the run under way, to which calls belong.
func runOf(e store.Enrichment) int64 {
	if e.State != fettle.Live && e.PilotRunID != 0 {
		return e.PilotRunID
	}
	return e.RunID
}
