package engine

import (
	"context"

	"fettle"
	"fettle/store"
)

// Bounds of what is kept of Data Hubs.
const (
	keptHubs    = 16      // hubs: entities and audiences
	keptTallies = 100_000 // fields counted in all parts, some 200 bytes each
)

type hubName struct {
	entity   fettle.Entity
	audience string
}

// keptHub is what is kept of one Data Hub, part by part: counting all records
// takes seconds where there are hundreds of thousands. A part is counted again
// when something was written about one of its records since, by whichever
// process; so a hub shows what was committed before it was asked for, and takes
// the time of what has changed.
type keptHub struct {
	made  string // what its parts were counted by
	span  int64  // stretches of a part
	parts map[int64]keptPart
	rests map[restKey]keptRest // what it costs to fill the blanks
}

// size is how many fields are counted in all parts.
func (k *keptHub) size() (n int) {
	for _, p := range k.parts {
		n += len(p.counts.fields)
	}
	return n
}

type keptPart struct {
	touched int64 // how often its records had been written about
	counts  hubPart
}

// mostParts is the most parts that records are counted in.
const mostParts = 512

// partsOf gives the parts that the records from one to another are counted in:
// the first stretch, the last, and how many stretches a part has. A part is of
// the same stretches whatever the first record is.
func partsOf(low, high int64) (first, last, span int64) {
	first, last, span = store.Stretch(low), store.Stretch(high), 1
	for (last+1)/span > mostParts {
		span *= 2
	}
	return first / span * span, last, span
}

// counted counts the hub's records: those parts anew about whose records
// something was written since they were counted.
func (h *hub) counted(ctx context.Context) (hubPart, error) {
	total := hubPart{fields: make([]hubTally, len(h.fields))}
	low, high, err := h.tx.HubRange(ctx, h.scope)
	if err != nil || high < low {
		return total, err
	}
	touched, err := h.tx.Touched(ctx)
	if err != nil {
		return total, err
	}
	first, last, span := partsOf(low, high)
	k := h.kept
	if k.made != h.made || k.span != span {
		k.made, k.span, k.parts, k.rests = h.made, span, map[int64]keptPart{}, map[restKey]keptRest{}
	}
	for at := first; at <= last; at += span {
		times := touched.Anywhere()
		if h.scope.Local() {
			times = touched.Between(at, at+span-1)
		}
		p, ok := k.parts[at]
		if !ok || p.touched != times {
			scope := h.scope
			scope.First, scope.Last = store.StretchStart(at), store.StretchEnd(at+span-1)
			counts, err := h.part(ctx, scope)
			if err != nil {
				return total, err
			}
			p = keptPart{touched: times, counts: counts}
			k.parts[at] = p
		}
		total.add(p.counts)
	}
	return total, nil
}
