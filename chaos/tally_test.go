//go:build linux

package chaos_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"fettle"
	"fettle/engine"
)

// tally is what one part of a run did and found.
type tally struct {
	name      string
	calls     int64 // that reached the provider
	crashes   int   // processes killed, stopped or cut off, and servers restarted
	overLimit int   // looks at which more was used than the limit allowed
	double    int   // inputs that were billed more than once
	lost      int   // billed calls that our books do not have, or rows without an end
	unknown   int   // calls that may have been billed, and say so
	failed    bool  // something else was wrong: see above the table
}

// bad counts what may not be.
func (y *tally) bad() int { return y.overLimit + y.double + y.lost }

// report gathers the tallies of a run.
type report struct {
	mu      sync.Mutex
	tallies []*tally
}

func (r *report) add(y *tally) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tallies = append(r.tallies, y)
}

func (r *report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-34s %9s %8s %11s %12s %6s %8s\n", "", "calls", "crashes", "over limit", "double pays", "lost", "unknown")
	for _, y := range r.tallies {
		end := ""
		if y.failed {
			end = "  FAILED"
		}
		fmt.Fprintf(&b, "%-34s %9d %8d %11d %12d %6d %8d%s\n", y.name, y.calls, y.crashes, y.overLimit, y.double, y.lost, y.unknown, end)
	}
	return b.String()
}

// compare holds our books against the provider's, call by call: what was billed
// is charged, or is unknown; nothing else is charged; no input was billed
// twice.
func (r *rig) compare(y *tally) {
	r.t.Helper()
	calls := r.calls()
	y.calls += int64(len(calls))
	billed, inputs := map[int64]fettle.Credits{}, map[string]int{}
	for _, c := range calls {
		id, err := strconv.ParseInt(c.Key[strings.LastIndexByte(c.Key, '-')+1:], 10, 64)
		if err != nil {
			r.t.Errorf("a call without an attempt's key: %+v", c)
		}
		billed[id] += c.Billed
		if c.Billed > 0 {
			input := fmt.Sprint(c.Operation, c.Input)
			if inputs[input]++; inputs[input] == 2 {
				y.double++
				r.t.Errorf("billed twice: %s", input)
			}
		}
	}
	charged, unknown := r.charged()
	y.unknown += len(unknown)
	for id, b := range billed {
		held, isUnknown := unknown[id]
		if (isUnknown && b > held) || (!isUnknown && charged[id] != b) {
			y.lost++
			r.t.Errorf("call %d: the provider billed %s, we charged %s (unknown: %v, %s held)", id, b, charged[id], isUnknown, held)
		}
	}
	for id, c := range charged {
		if _, arrived := billed[id]; !arrived && c != 0 {
			r.t.Errorf("call %d was charged %s and never arrived", id, c)
		}
	}
}

// charged reads what our journal charged by call, and what unknown calls hold.
func (r *rig) charged() (charged, unknown map[int64]fettle.Credits) {
	r.t.Helper()
	charged, unknown = map[int64]fettle.Credits{}, map[int64]fettle.Credits{}
	for after := int64(0); ; {
		var page []fettle.JournalEntry
		var next int64
		r.must("journal", func() (err error) {
			page, next, err = r.e.Journal(r.t.Context(), admin, engine.JournalQuery{Kind: "all", After: after, Limit: 10_000})
			return err
		})
		for _, j := range page {
			charged[j.Attempt] += j.AmountCredits
		}
		if after = next; after == 0 {
			break
		}
	}
	r.must("unknown", func() error {
		list, err := r.e.Unknowns(r.t.Context(), admin, "")
		for _, u := range list {
			unknown[u.ID] = u.HeldCredits
		}
		return err
	})
	delete(charged, 0)
	return charged, unknown
}
