package run

import (
	"fettle"
	"fettle/judge"
	"fettle/store"
)

// mayClaim says whether rows of the enrichment may be claimed now, and of
// which cause only: a pilot runs its own rows while the enrichment does not.
func mayClaim(e store.Enrichment, p *judge.Program) (fettle.Cause, bool) {
	if e.Version != p.Version || e.PlanState == store.Clearing {
		return "", false
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
