package sandbox

import "fettle"

// outcome is what became of a call.
type outcome uint8

const (
	found outcome = iota
	notFound
	throttled
	failed // not billed, and says so
	dropped
	droppedBilled
	chargedThenFailed
	replayed
	badInput
	refused // the key
)

func (o outcome) String() string {
	switch o {
	case found:
		return "found"
	case notFound:
		return "not_found"
	case throttled:
		return "throttled"
	case failed:
		return "not_billed"
	case dropped:
		return "dropped"
	case droppedBilled:
		return "dropped_billed"
	case chargedThenFailed:
		return "charged_then_failed"
	case replayed:
		return "replayed"
	case badInput:
		return "bad_input"
	case refused:
		return "refused"
	}
	return "?"
}

// question is a call as the books see it.
type question struct {
	operation  string
	key        string
	idempotent bool
	input      string // for people, normalised
	id         dice   // of seed, operation and normalised input
	price      fettle.Credits
	contact    string         // billed once in a period; "" where each answer is
	alwaysHit  bool           // the model answers everything
	records    []question     // of a request that holds many
	least      fettle.Credits // what it is billed at the least, if at all
	later      bool           // it is answered with a job
}

// verdict is what becomes of a call, fixed when it arrives.
type verdict struct {
	outcome outcome
	hit     bool
	billed  fettle.Credits // now, for this call
	charged fettle.Credits // as the answer states it; a replay repeats the first's
	repeat  bool
	again   int64 // records of a request that were billed before
	records []verdict
	message string
	first   *firstAnswer
}

// judge decides the nth arrival of a question.
func (c Config) judge(q question, nth uint32) verdict {
	once := q.id.and(0)
	v := verdict{hit: q.alwaysHit || once.share() < c.HitRate}
	luck := q.id.and(uint64(nth))
	v.outcome = c.failure(&luck)
	switch v.outcome {
	case throttled, failed, dropped:
		return v
	case found:
		if !v.hit {
			v.outcome = notFound
		}
	case notFound, droppedBilled, chargedThenFailed, replayed, badInput, refused:
	}
	if q.records != nil {
		c.judgeRecords(q, &v)
	} else if v.hit || c.BillMiss {
		v.billed = q.price
		if c.Overrun && luck.share() < 0.1 {
			v.billed += highestVariable
		}
	}
	if v.outcome == droppedBilled && v.billed == 0 {
		v.outcome = dropped
	}
	v.charged = v.billed
	return v
}

// failure rolls for one; found is none.
func (c Config) failure(luck *dice) outcome {
	u := luck.share()
	for _, f := range []struct {
		share float64
		is    outcome
	}{{c.ThrottleRate, throttled}, {c.FailRate, failed}, {c.DropRate, dropped}, {c.ChargeThenFailRate, chargedThenFailed}} {
		if u < f.share {
			if f.is == dropped && luck.below(2) == 0 {
				return droppedBilled
			}
			return f.is
		}
		u -= f.share
	}
	return found
}
