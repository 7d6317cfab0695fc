package run

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/ledger"
	"fettle/provider"
	"fettle/store"
)

// landing is what the result of a call does: to its money, its cells, its row.
type landing struct {
	j       *job
	res     provider.Result
	end     store.Ending
	kind    string // the journal's word
	charged fettle.Credits
	lost    bool // unknown: the call's money stays held
	values  map[string]any
	status  map[string]fettle.Status // what the provider said of them
	invalid map[string]bool          // a person's word only: a provider's value that does not fit is turned down
	strange *judge.Stranger          // the answer is about somebody else: it is held back
	down    []judge.Downed           // what this answer gave, and the step does not take
	row     store.Row                // as it is to be
	next    []judge.Question
	pause   *fettle.Error // the provider refuses: pause the enrichment
	failing bool          // counts towards the pause for failures
	echo    bool          // the request failed as a whole, and another of its calls counts that
	handed  bool          // the claim was handed back, not sent
	open    bool          // the call stays open, and nobody's: whoever may sends it again
}

// The bounds of trying again. A provider that throttles is waited for without
// an end; one that fails without billing is tried so often.
const (
	maxTries    = 10
	firstWait   = time.Second
	longestWait = 5 * time.Minute
)

// land decides what a result means. It is pure: the transaction that follows
// only writes it.
func land(j *job, res provider.Result, now time.Time) landing {
	res = res.Storable()
	l := landing{j: j, res: res, row: j.row, kind: "settle"}
	l.row.UpdatedUS = now.UnixMicro()
	l.end = store.Ending{
		ID: j.attempt.ID, Worker: j.attempt.WorkerID, State: store.AttemptSettled, Outcome: string(res.Outcome), Units: res.Units, Model: res.Model,
		Message: judge.Clip(res.Message), DoneUS: now.UnixMicro(), Unsure: res.Unsure && res.Outcome == provider.NotFound,
	}
	switch res.Outcome {
	case provider.Found, provider.NotFound:
		l.answered()
	case provider.Failed:
		l.settle(res.Units)
		l.done(fettle.Failed, res.Message)
		l.failing = true
	case provider.BadInput:
		l.settle(res.Units)
		l.carryOn(fettle.Failed, res.Message)
	case provider.Throttled, provider.Transient, provider.NotSent:
		l.tryAgain(now)
	case provider.AuthError, provider.OutOfCredit:
		l.release()
		l.row.State, l.row.Outcome, l.row.Detail = fettle.RowPending, "", ""
		l.pause = refusedBy(j, res)
	case provider.Accepted, provider.Pending:
		l.end.State, l.end.JobID, l.end.DoneUS = store.AttemptAccepted, res.JobID, 0
		l.kind = ""
	case provider.Unknown:
		l.unknown()
	default:
		l.end.Outcome, l.end.Message = string(provider.Unknown), judge.Clip(fmt.Sprintf("the provider answered with an outcome %q that is not known", res.Outcome))
		l.unknown()
	}
	return l
}

func refusedBy(j *job, res provider.Result) *fettle.Error {
	name := j.attempt.Via()
	if res.Outcome == provider.OutOfCredit {
		return fettle.Errorf(fettle.Refused, "%s says that its account is out of credit", name).WithHint("Top up the account there, then resume.")
	}
	return fettle.Errorf(fettle.Refused, "%s refuses the key", name).WithHint("Enter the key again under Providers (fettle provider key %s), then resume.", name)
}

// detailOverrun marks a pause for a bill above the highest price.
const detailOverrun = "overrun"

// settle charges what was billed; what is above the call's highest price is
// overrun.
func (l *landing) settle(units provider.Units) {
	charged, ok := ledger.Price(units, l.j.attempt.UnitPrice)
	if !ok {
		charged = l.j.attempt.Hold.Step
	}
	l.charged = charged
	l.end.Charged = min(charged, l.j.attempt.Hold.Step)
	l.end.Overrun = charged - l.end.Charged
	l.row.Paid = l.row.Paid || charged > 0
	if l.end.Overrun > 0 {
		l.pause = fettle.Errorf(fettle.Refused, "%s billed %s for a call that costs %s at the most", l.j.attempt.Via(), charged.ExactWords(), l.j.attempt.Hold.Step).
			WithHint("The difference is shown as overrun. Check the provider's prices, then resume.").With(detailOverrun, true)
	}
}

// release gives the hold back: the call was not made or is not billed.
func (l *landing) release() {
	l.kind = "release"
	l.end.State = store.AttemptReleased
}

// unknown keeps the call's money held, or counts it as spent where the
// enrichment says so.
func (l *landing) unknown() {
	l.failing = true
	if l.j.p.Definition.Unknown == "write_off" {
		l.charged = l.j.attempt.Hold.Step
		l.end.Charged, l.end.Outcome = l.charged, judge.WrittenOff
		l.row.Paid = l.row.Paid || l.charged > 0
		l.done(fettle.Failed, "written off: "+l.end.Message)
		return
	}
	l.kind, l.lost = "unknown", true
	l.end.State, l.end.DoneUS = store.AttemptUnknown, 0
	l.done(fettle.Unknown, l.end.Message)
}

func (l *landing) done(outcome fettle.Outcome, detail string) {
	l.row.State, l.row.Outcome, l.row.Detail = fettle.RowDone, outcome, judge.Clip(detail)
	l.row.WakeUS, l.row.Tries = 0, 0
}

// answered takes the values of an answer; the waterfall stops when it has what
// it wants.
func (l *landing) answered() {
	l.settle(l.res.Units)
	if len(l.res.Outputs) > 0 {
		l.end.Outputs, l.end.Statuses = l.res.Outputs, store.JoinStatuses(l.res.Status)
	}
	if l.heldBack() {
		l.carryOn(fettle.NotFoundRow, judge.TurnedDown(l.turnedDown()))
		return
	}
	l.take()
	open := map[string]judge.Due{}
	for _, f := range l.j.fields {
		open[f] = judge.Due{}
	}
	if l.j.p.Won(l.have(), open) {
		l.done(fettle.Found, judge.TurnedDown(l.turnedDown()))
		return
	}
	if len(l.values) == 0 && len(l.down) > 0 && !slices.ContainsFunc(l.down, func(d judge.Downed) bool { return !d.Misfit }) {
		l.end.Outcome = string(provider.NotFound) // what no list of statuses would take is no answer
	}
	l.carryOn(fettle.NotFoundRow, judge.TurnedDown(l.turnedDown()))
}

// take reads the outputs that the row wants, in the form of their fields. What
// the step does not take is set aside: it never stands in the way of the rest.
func (l *landing) take() {
	s := &l.j.p.Steps[l.j.ask[0].Step]
	for _, o := range l.j.p.Definition.Outputs {
		name := s.Outputs[o.Name]
		if !slices.Contains(l.j.fields, o.Field) || l.j.got[o.Field] != nil {
			continue
		}
		v, down := l.j.p.Take(s, o, l.res.Outputs[name], l.res.Status[name])
		switch {
		case down != nil:
			l.down = append(l.down, *down)
		case v != nil:
			if l.values == nil {
				l.values, l.status = map[string]any{}, map[string]fettle.Status{}
			}
			l.values[o.Field], l.status[o.Field] = v, l.res.Status[name]
		}
	}
}

// turnedDown is what earlier steps and this one gave and was turned down.
func (l *landing) turnedDown() []judge.Downed { return append(slices.Clone(l.j.down), l.down...) }

// statuses are those of the values that earlier steps and this one gave.
func (l *landing) statuses() map[string]fettle.Status {
	if len(l.j.status) == 0 {
		return l.status
	}
	all := maps.Clone(l.j.status)
	maps.Copy(all, l.status)
	return all
}

// called gives the providers at which the row is counted in limits in records
// when the call has landed.
func (l *landing) called() []string {
	if !l.j.attempt.Hold.StepRecord {
		return l.j.called
	}
	return append(slices.Clone(l.j.called), l.j.attempt.Provider)
}

// have is what earlier steps and this one gave.
func (l *landing) have() map[string]any {
	if len(l.j.got) == 0 {
		return l.values
	}
	all := maps.Clone(l.j.got)
	maps.Copy(all, l.values)
	return all
}

// carryOn goes to the next step; at the end of the waterfall the row ends with
// what it has.
func (l *landing) carryOn(otherwise fettle.Outcome, detail string) {
	if l.j.partial {
		l.row.State, l.row.Outcome, l.row.Detail = fettle.RowPending, "", ""
		return
	}
	if len(l.j.ask) > 1 {
		l.next = l.j.ask[1:]
		return
	}
	if len(l.have()) > 0 {
		otherwise = fettle.Found
	}
	l.done(otherwise, detail)
}

// tryAgain gives the money back and lets the row wait. That the provider is
// asked too fast is not the row's failure: the pacer backs off for all of them.
func (l *landing) tryAgain(now time.Time) {
	l.release()
	wait := max(l.res.RetryAfter, firstWait)
	if l.res.Outcome != provider.Throttled {
		l.failing = true
		l.row.Tries++
		if l.row.Tries >= maxTries {
			l.done(fettle.Failed, fmt.Sprintf("gave up after %d tries, nothing was billed: %s", maxTries, l.res.Message))
			return
		}
		wait = max(wait, min(longestWait, firstWait<<min(l.row.Tries-1, 9)))
	}
	l.row.State, l.row.Outcome, l.row.Detail = fettle.RowWaiting, "", judge.Clip(l.res.Message)
	l.row.WakeUS = now.Add(wait).UnixMicro()
}
