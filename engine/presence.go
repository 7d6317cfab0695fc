package engine

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/store"
)

// presence counts, of the rows of enrichments, those of records that are not in
// the audience now: they left it, or were deleted. Their rows stay, since they
// say what was bought, and are counted apart. It keeps what it counted part by
// part: a part is counted again when something was written about one of its
// records, by whichever process.
type presence struct {
	mu   sync.Mutex
	kept map[int64]keptPresence // by enrichment
}

// keptPresence is what was counted of one enrichment. It is not changed again.
type keptPresence struct {
	made  string // what the parts were counted by
	span  int64  // stretches of a part
	parts map[int64]presentPart
	total presentPart
	local bool
	at    time.Time
	took  time.Duration
}

// presentPart is what is counted of the rows of some stretches.
type presentPart struct {
	touched int64 // how often its records had been written about
	outside map[store.RowKind]int64
	stale   int64 // of members: bought by an older logic
}

// members selects the rows of an enrichment whose records are in its audience
// now. Of an audience that cannot be read every record that exists is.
func (e *Engine) members(ctx context.Context, tx *store.Tx, cur store.Enrichment) (*store.Members, judge.Membership, error) {
	m, err := e.judge.Membership(ctx, tx, cur.Entity, cur.Definition.Audience)
	if code := fettle.CodeOf(err); err != nil && code != fettle.Invalid && code != fettle.NotFound {
		return nil, m, err
	}
	if err != nil {
		m = judge.Membership{}
	}
	return &store.Members{Entity: cur.Entity, Where: m.Where}, m, nil
}

// present takes the rows of records that are not in the audience now out of the
// counts of an enrichment's rows, and says how many those are, and how many
// rows of members are stale.
func (e *Engine) present(ctx context.Context, tx *store.Tx, cur store.Enrichment, counts map[store.RowKind]int64) (in map[store.RowKind]int64, departed, stale int64, err error) {
	if len(counts) == 0 {
		return counts, 0, 0, nil
	}
	p, err := e.presentParts(ctx, tx, cur)
	if err != nil {
		return nil, 0, 0, err
	}
	in = maps.Clone(counts)
	for k, n := range p.outside {
		n = min(n, in[k]) // a count that was left alone for a while may be of before
		in[k] -= n
		departed += n
	}
	return in, departed, p.stale, nil
}

// presentParts counts what was written about since it was counted last.
func (e *Engine) presentParts(ctx context.Context, tx *store.Tx, cur store.Enrichment) (presentPart, error) {
	of, m, err := e.members(ctx, tx, cur)
	if err != nil {
		return presentPart{}, err
	}
	low, high, err := tx.RowRange(ctx, cur.ID)
	if err != nil || high == 0 {
		return presentPart{}, err
	}
	touched, err := tx.Touched(ctx)
	if err != nil {
		return presentPart{}, err
	}
	first, last, span := partsOf(low, high)
	now := time.Now()
	was := e.presence.of(cur.ID)
	next := keptPresence{span: span, parts: map[int64]presentPart{}, total: presentPart{outside: map[store.RowKind]int64{}}, local: of.Local() && !m.Timed, at: now}
	next.made = fmt.Sprintf("%d %q %#v", cur.LogicVersion, of.Where.Text, of.Where.Args)
	if m.Timed {
		next.made = fmt.Sprintf("%d %q", cur.LogicVersion, m.Sources)
	}
	if was.made == next.made && !was.local && resting(was.at, was.took, now) { // a filter over companies, or over the time
		return was.total, nil
	}
	for at := first; at <= last; at += span {
		times := touched.Anywhere()
		if next.local {
			times = touched.Between(at, at+span-1)
		}
		p, ok := was.parts[at]
		if !ok || p.touched != times || was.made != next.made || was.span != span || m.Timed {
			if p, err = presentPartOf(ctx, tx, cur, of, at, at+span-1); err != nil {
				return presentPart{}, err
			}
			p.touched = times
		}
		next.parts[at] = p
		next.total.stale += p.stale
		for k, n := range p.outside {
			next.total.outside[k] += n
		}
	}
	next.took = time.Since(now)
	e.presence.keep(cur.ID, next)
	return next.total, nil
}

func presentPartOf(ctx context.Context, tx *store.Tx, cur store.Enrichment, of *store.Members, first, last int64) (p presentPart, err error) {
	if p.outside, err = tx.OutsideRows(ctx, cur.ID, of.Entity, of.Where, first, last); err != nil || cur.LogicVersion < 2 {
		return p, err
	}
	p.stale, err = tx.StaleRows(ctx, cur.ID, cur.LogicVersion, store.RowQuery{Of: of, After: store.StretchStart(first) - 1, Through: store.StretchEnd(last)})
	return p, err
}

func (k *presence) of(enrichment int64) keptPresence {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.kept[enrichment]
}

func (k *presence) keep(enrichment int64, p keptPresence) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil {
		k.kept = map[int64]keptPresence{}
	}
	k.kept[enrichment] = p
}

// inAudience counts the rows of an enrichment whose records are in its audience.
func (e *Engine) inAudience(ctx context.Context, tx *store.Tx, cur store.Enrichment) (map[store.RowKind]int64, error) {
	counts, err := tx.RowCounts(ctx, cur.ID)
	if err != nil {
		return nil, err
	}
	counts, _, _, err = e.present(ctx, tx, cur, counts)
	return counts, err
}
