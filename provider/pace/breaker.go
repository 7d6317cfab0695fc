package pace

import (
	"time"

	"fettle/provider"
)

// A breaker stops calls into a provider that is down: every call into it may
// end unknown, and an unknown holds money. gobreaker refuses calls while it is
// open and does not tell until when; here callers wait, so the time is needed.
type breaker struct {
	failures int   // in a row
	opened   int   // times in a row
	until    int64 // open until then; 0: closed
	probing  bool  // the one probe is under way
}

// The breaker opens after tripAfter failures in a row, for openFirst, doubled
// with every probe that fails, up to openMost.
const (
	tripAfter = 5
	openFirst = 5 * time.Second
	openMost  = 2 * time.Minute
)

// wait is how long until a call may start.
func (b *breaker) wait(now int64) int64 {
	switch {
	case b.until == 0:
		return 0
	case b.probing:
		return never
	default:
		return max(0, b.until-now)
	}
}

// take notes the start of a call, which is the probe if the breaker is open.
func (b *breaker) take() (probe bool) {
	if b.until == 0 {
		return false
	}
	b.probing = true
	return true
}

// report notes how a call ended. Only the probe closes an open breaker; the
// calls that were under way when it opened say nothing new.
func (b *breaker) report(o provider.Outcome, probe bool, now int64) {
	if b.until != 0 && !probe {
		return
	}
	b.probing = false
	switch o {
	case provider.Unknown, provider.Transient, provider.NotSent:
		b.failures++
		if probe || b.failures >= tripAfter {
			open := min(openFirst<<min(b.opened, 10), openMost)
			b.opened++
			b.until = now + int64(open)
		}
	case provider.Found, provider.NotFound, provider.Accepted, provider.Pending, provider.Throttled,
		provider.OutOfCredit, provider.AuthError, provider.BadInput, provider.Failed:
		*b = breaker{}
	}
}
