package main

import (
	"testing"
	"time"

	"fettle"
)

// TestARunEndsWhereNobodyFollows holds that waiting for a process that makes
// calls ends, and that one which comes back in time is waited for.
func TestARunEndsWhereNobodyFollows(t *testing.T) {
	t.Parallel()
	began := time.Now()
	nobody := fettle.EnrichmentView{Name: "emails", WaitingFor: []fettle.Waiting{{Reason: fettle.WaitsRetry}, {Reason: fettle.WaitsNobody}}}
	rate := fettle.EnrichmentView{Name: "emails", WaitingFor: []fettle.Waiting{{Reason: fettle.WaitsRate}}}
	var d deserted
	for _, c := range []struct {
		after time.Duration
		v     fettle.EnrichmentView
		ends  bool
	}{
		{0, nobody, false},
		{nobodyFor - time.Millisecond, nobody, false},
		{nobodyFor, rate, false}, // somebody is there again
		{nobodyFor * 3, nobody, false},
		{nobodyFor * 4, nobody, true},
	} {
		err := d.look(c.v, began.Add(c.after))
		if (err != nil) != c.ends || err != nil && fettle.CodeOf(err) != fettle.Unavailable {
			t.Errorf("after %s: %v", c.after, err)
		}
	}
}
