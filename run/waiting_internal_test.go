package run

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fettle"
	"fettle/limits"
	"fettle/provider/pace"
	"fettle/store"
)

// TestEveryReasonHasACase walks the closed set of reasons: each is given by a
// standing of its own, first of all that is said.
func TestEveryReasonHasACase(t *testing.T) {
	soon := time.Now().Add(time.Minute)
	ok := paced{name: "p", free: true}
	row := func(o fettle.Outcome, apart bool) standing {
		return standing{followed: true, waiting: []store.WaitingRows{{Outcome: o, Apart: apart, Rows: 3, WakeUS: soon.UnixMicro(), Detail: "why"}}}
	}
	cases := map[fettle.WaitReason]standing{
		fettle.WaitsPlanning:   {followed: true, planning: true, pending: 3},
		fettle.WaitsSchedule:   {followed: true, collects: 3, tick: "Mon 06:00", tickUS: soon.UnixMicro()},
		fettle.WaitsSpending:   {followed: true, pending: 3, stopped: "an audit failed"},
		fettle.WaitsNobody:     {pending: 3, paced: []paced{ok}},
		fettle.WaitsPrice:      {followed: true, pending: 3, broken: errors.New("the price is not stated"), unpriced: true},
		fettle.WaitsProvider:   {followed: true, pending: 3, paced: []paced{{name: "p", Usage: pace.Usage{Open: true, BlockedUntil: &soon}}}},
		fettle.WaitsRate:       {followed: true, pending: 3, paced: []paced{{name: "p", Usage: pace.Usage{BlockedUntil: &soon}}}},
		fettle.WaitsSlot:       {followed: true, pending: 3, running: 2, inFlight: 2, paced: []paced{{name: "p", Usage: pace.Usage{InFlight: 2}}}},
		fettle.WaitsLimit:      {followed: true, pending: 3, paced: []paced{ok}, binds: &limits.Bound{}},
		fettle.WaitsBalance:    {followed: true, pending: 3, paced: []paced{ok}, binds: &limits.Bound{Grant: true}},
		fettle.WaitsOwnLimit:   row(fettle.AwaitsOwnLimit, false),
		fettle.WaitsConflict:   row(fettle.AwaitsConflict, false),
		fettle.WaitsApproval:   row(fettle.AwaitsApproval, false),
		fettle.WaitsGuard:      row(fettle.AwaitsGuard, false),
		fettle.WaitsCell:       row(fettle.Held, false),
		fettle.WaitsQuestion:   row(fettle.AwaitsAnswer, false),
		fettle.WaitsUnknown:    row(fettle.Held, true),
		fettle.WaitsRetry:      row("", false),
		fettle.WaitsUnwritable: {followed: true, running: 1, inFlight: 1, unwritten: 1},
		fettle.WaitsAnswers:    {followed: true, running: 2, inFlight: 2},
		fettle.WaitsElsewhere:  {followed: true, pending: 3, paced: []paced{ok}, others: "process 1 on a"},
		fettle.WaitsNothing:    {followed: true, pending: 3, paced: []paced{ok}},
	}
	for _, r := range fettle.WaitReasons() {
		s, there := cases[r]
		if !there {
			t.Errorf("%s has no case", r)
			continue
		}
		got := s.reasons()
		if len(got) == 0 || got[0].Reason != r || got[0].Detail == "" {
			t.Errorf("%s: %+v", r, got)
		}
	}
	for r := range cases {
		if !slices.Contains(fettle.WaitReasons(), r) {
			t.Errorf("%s is not in the set", r)
		}
	}
	for name, s := range map[string]standing{
		"nothing left": {followed: true, paced: []paced{ok}},
		"it moves":     {followed: true, pending: 3, running: 2, inFlight: 2, paced: []paced{ok}},
	} {
		if got := s.reasons(); len(got) != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestPeopleAreToldOfAStandstill holds that an unexpected standstill is told
// after a minute, once, that what moves or waits for what is expected is not,
// and that the next standstill is told again.
func TestPeopleAreToldOfAStandstill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s still
		rows := func(n int64) map[store.RowKind]int64 {
			return map[store.RowKind]int64{{State: fettle.RowPending}: n}
		}
		told := func(d time.Duration, n int64, r fettle.WaitReason) (times int) {
			for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(stillEvery) {
				if s.look(time.Now(), rows(n), []fettle.Waiting{{Reason: r}}) {
					times++
				}
			}
			return times
		}
		for i, c := range []struct {
			long time.Duration
			rows int64
			why  fettle.WaitReason
			want int
		}{
			{10 * time.Minute, 9, fettle.WaitsNobody, 0},
			{10 * time.Minute, 9, fettle.WaitsRate, 0},
			{50 * time.Second, 9, fettle.WaitsNothing, 0},
			{50 * time.Second, 8, fettle.WaitsNothing, 0}, // it moved
			{10 * time.Minute, 8, fettle.WaitsNothing, 1},
			{10 * time.Second, 8, fettle.WaitsRate, 0},
			{10 * time.Minute, 8, fettle.WaitsUnwritable, 1},
		} {
			if got := told(c.long, c.rows, c.why); got != c.want {
				t.Errorf("stretch %d: told %d times, want %d", i, got, c.want)
			}
		}
	})
}

// TestWhatOthersWriteDownOfAProvider holds what is told of a provider by the
// processes that make the calls: it is down only where none of them calls it.
func TestWhatOthersWriteDownOfAProvider(t *testing.T) {
	now := time.Now()
	soon, later := now.Add(time.Second).UnixMicro(), now.Add(time.Minute).UnixMicro()
	down := func(us int64) store.Worker { return store.Worker{Down: map[string]int64{"p": us}} }
	share := func(wants bool, blocked int64) []store.PaceShare {
		return []store.PaceShare{{Provider: "q", Wants: true, LeaseUntilUS: later}, {Provider: "p", Wants: wants, BlockedUntilUS: blocked, LeaseUntilUS: soon}}
	}
	for name, c := range map[string]struct {
		shares  []store.PaceShare
		callers []store.Worker
		free    bool
		open    bool
		until   int64
	}{
		"nothing":                    {callers: []store.Worker{{}}, free: true},
		"it has calls to make":       {shares: share(true, 0), callers: []store.Worker{{}}},
		"it was asked to wait":       {shares: share(false, later), callers: []store.Worker{{}}, until: later},
		"one of two calls it":        {callers: []store.Worker{down(later), {}}, free: true},
		"another is down":            {callers: []store.Worker{{Down: map[string]int64{"q": later}}}, free: true},
		"none of two calls it":       {callers: []store.Worker{down(later), down(soon)}, open: true, until: soon},
		"it is tried at this moment": {callers: []store.Worker{down(now.UnixMicro())}, open: true},
		"and was asked to wait":      {shares: share(false, later), callers: []store.Worker{down(soon)}, open: true, until: later},
	} {
		got := elsewhere("p", c.shares, c.callers, now)
		until := int64(0)
		if got.BlockedUntil != nil {
			until = got.BlockedUntil.UnixMicro()
		}
		if got.free != c.free || got.Open != c.open || until != c.until {
			t.Errorf("%s: %+v until %d", name, got, until-now.UnixMicro())
		}
	}
}
