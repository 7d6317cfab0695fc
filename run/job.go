package run

import (
	"cmp"
	"context"

	"fettle"
	"fettle/identity/stranger"
	"fettle/judge"
	"fettle/store"
)

// job is one row that this process works on: its open call and what may come
// after it.
type job struct {
	p       *judge.Program
	in      *request // what its open call leaves in
	row     store.Row
	attempt store.Attempt
	ask     []judge.Question // the open call's first, then the later steps
	fields  []string         // the cells that it holds
	was     map[string]int64 // when each was bought last
	back    map[string]int64 // and the undo that took each back
	hash    string
	cause   fettle.Cause             // why it is bought again; "" if it is not
	got     map[string]any           // field → value that earlier steps gave
	status  map[string]fettle.Status // what providers said of these values
	down    []judge.Downed           // what earlier steps gave and was turned down
	who     *stranger.Known          // what is known of the record, that answers are compared with; nil for nothing
	from    map[string]int64
	called  []string                              // the providers at which the row is counted already in limits in records
	spent   fettle.Credits                        // on earlier steps
	most    fettle.Credits                        // what the row may cost at the most
	first   int64                                 // the row's first attempt; 0: the open one
	prev    int64                                 // the attempt of the step before, whose cells are handed on
	signal  int64                                 // for which it is bought; 0 for none
	seq     int64                                 // the enrichment's stop number when it was claimed
	calls   int                                   // calls of the open attempt so far: resends included
	resent  bool                                  // taken over from a process that died: it may have been sent
	begun   bool                                  // counted as under way in this process
	below   func(context.Context) context.Context // what observes the process puts its calls below; nil for nothing
	partial bool                                  // taken over without the later steps: the row is claimed anew for those
}

// causeOfCall is why a call is made: what a person asked for, else why it is
// bought again, else why its row was opened.
func (j *job) causeOfCall() fettle.Cause {
	switch j.row.Cause {
	case fettle.CauseRetry, fettle.CauseRerun:
	case fettle.CauseStart, fettle.CauseEntered, fettle.CauseInputChanged, fettle.CauseRefresh, fettle.CausePilot, fettle.CauseSignal, fettle.CausePoll:
		if j.p.Definition.Poll != "" {
			return fettle.CausePoll
		}
		return cmp.Or(j.cause, j.row.Cause)
	}
	return j.row.Cause
}
