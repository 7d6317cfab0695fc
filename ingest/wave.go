package ingest

import (
	"context"
	"maps"
	"slices"

	"fettle/identity"
	"fettle/store"
)

// pair is two records that become one.
type pair struct{ survivor, loser int64 }

// rowPair is a pair and the row that made it one.
type rowPair struct {
	pair
	row int
}

// blocked is what waits for the next wave.
type blocked struct {
	keys map[identity.Key]bool
	recs map[int64]bool
}

// wave decides rows in their order, writes what was decided, and merges the
// records that rows made one. It gives the rows that wait for those merges.
func (u *upserter) wave(ctx context.Context, todo []int) (later []int, err error) {
	if err := u.lookShared(ctx, todo); err != nil {
		return nil, err
	}
	if err := u.loadHits(ctx, todo); err != nil {
		return nil, err
	}
	var pairs []rowPair
	wait := blocked{keys: map[identity.Key]bool{}, recs: map[int64]bool{}}
	var hits []int64
	for _, n := range todo {
		u.split(n)
		hits = u.hits(hits[:0], n)
		d, ready := u.decide(n, hits, wait)
		if ready {
			if p, ok := u.toMerge(d); ok {
				ready = false
				pairs = append(pairs, rowPair{p, n})
			}
		}
		if ready {
			u.apply(n, d)
			continue
		}
		later = append(later, n)
		for _, k := range u.keys[n] {
			wait.keys[k] = true
		}
		for _, id := range hits {
			wait.recs[id] = true
		}
	}
	if err := u.settle(); err != nil {
		return nil, err
	}
	if u.in.DryRun != nil {
		if err := u.deriveNames(ctx); err != nil {
			return nil, err
		}
		u.mergeInMemory(pairs)
		return later, nil
	}
	back, err := u.comeBack(ctx)
	if err != nil {
		return nil, err
	}
	if err := u.flush(ctx); err != nil {
		return nil, err
	}
	if err := u.restore(ctx, back); err != nil {
		return nil, err
	}
	if len(later) > 0 {
		u.follow()
	}
	return later, u.merge(ctx, pairs)
}

// loadHits loads the records that the rows' keys lead to, and all keys of those
// that a row leads to besides another.
func (u *upserter) loadHits(ctx context.Context, todo []int) error {
	var ids, several, hits []int64
	for _, n := range todo {
		hits = u.hits(hits[:0], n)
		ids = append(ids, hits...)
		if len(hits) > 1 || len(hits) == 1 && u.weakly(n) {
			several = append(several, hits...)
		}
	}
	if err := u.load(ctx, ids); err != nil {
		return err
	}
	u.holdBefore(ids)
	for _, id := range ids {
		if u.recs[id] == nil {
			u.recs[id] = &record{IngestRecord: store.IngestRecord{ID: id}} // deleted: it comes back
		}
	}
	several = slices.DeleteFunc(several, func(id int64) bool { return u.recs[id].keysKnown })
	slices.Sort(several)
	several = slices.Compact(several)
	if len(several) == 0 {
		return nil
	}
	keys, err := u.tx.KeysOf(ctx, several)
	if err != nil {
		return err
	}
	shared, err := u.tx.SharedBy(ctx, several)
	if err != nil {
		return err
	}
	ofList, err := u.in.former.ofList(ctx, u.tx, several)
	if err != nil {
		return err
	}
	if err := u.loadApart(ctx, several); err != nil {
		return err
	}
	for _, h := range u.sharing.has { // found in this batch, and not written yet
		if r := u.recs[u.resolve(h.holder.ID)]; r != nil && !slices.Contains(r.keys, h.key) {
			r.keys = append(r.keys, h.key)
		}
	}
	for _, id := range several {
		r := u.recs[id]
		r.keysKnown = true
		for _, text := range slices.Concat(keys[id], shared[id]) {
			kept, ok := parseKey(text)
			if !ok {
				continue
			}
			for _, k := range u.in.former.today(kept, ofList[id]) {
				if !slices.Contains(r.keys, k) {
					r.keys = append(r.keys, k)
				}
			}
		}
		u.present(r)
	}
	return nil
}

// weakly reports whether a row has a stronger key than the first that leads to a
// record: then the record may be somebody else's.
func (u *upserter) weakly(n int) bool {
	return u.at[u.keys[n][0]] == 0
}

// hits appends the records that the keys of a row lead to, each once.
func (u *upserter) hits(hits []int64, n int) []int64 {
	for _, k := range u.keys[n] {
		if id := u.at[k]; id != 0 && !slices.Contains(hits, id) {
			hits = append(hits, id)
		}
	}
	return hits
}

// decide matches a row. It is not ready if it shares a key or record with a row
// that waits, or if keys have to be read first.
func (u *upserter) decide(n int, hits []int64, wait blocked) (d identity.Decision, ready bool) {
	if len(wait.keys) > 0 {
		for _, k := range u.keys[n] {
			if wait.keys[k] {
				return d, false
			}
		}
		for _, id := range hits {
			if wait.recs[id] {
				return d, false
			}
		}
	}
	switch {
	case len(hits) == 0:
		return d, !u.unknown(n)
	case len(hits) == 1 && !u.weakly(n):
		d.Record = hits[0]
		return d, true
	}
	candidates := make(map[int64]identity.Candidate, len(hits))
	for _, id := range hits {
		r := u.recs[id]
		if !r.keysKnown {
			return d, false
		}
		c := identity.Candidate{Record: id, Keys: map[identity.KeyKind][]string{}}
		for _, k := range r.keys {
			c.Keys[k.Kind] = append(c.Keys[k.Kind], k.Value)
		}
		candidates[id] = c
	}
	return u.keepApart(identity.Decide(u.said(n), u.at, candidates), u.keys[n]), true
}

// toMerge picks the first two records that a decision makes one. The older one
// survives; a record that was deleted is the other one's loser.
func (u *upserter) toMerge(d identity.Decision) (pair, bool) {
	for _, other := range d.Merge {
		p := pair{d.Record, other}
		a, b := u.recs[p.survivor], u.recs[p.loser]
		aThere, bThere := a.exists || a.written, b.exists || b.written
		if !aThere && !bThere {
			continue
		}
		if (bThere && !aThere) || (aThere == bThere && older(p.loser, p.survivor)) {
			p.survivor, p.loser = p.loser, p.survivor
		}
		if !u.putOff[p] {
			return p, true
		}
	}
	return pair{}, false
}

// older reports whether a was made before b: negative ids are of this batch,
// and go down.
func older(a, b int64) bool {
	if (a < 0) != (b < 0) {
		return a > 0
	}
	if a < 0 {
		return a > b
	}
	return a < b
}

// follow makes the keys lead to the ids that records were given.
func (u *upserter) follow() {
	if len(u.moved) == 0 {
		return
	}
	for k, id := range u.at {
		if _, ok := u.moved[id]; ok {
			u.at[k] = u.resolve(id)
		}
	}
}

// merge merges pairs of records, which have none in common, in the database.
func (u *upserter) merge(ctx context.Context, rows []rowPair) error {
	if len(rows) == 0 {
		return nil
	}
	pairs := make([]pair, len(rows))
	for i, p := range rows {
		pairs[i] = pair{u.resolve(p.survivor), u.resolve(p.loser)}
	}
	m := merger{tx: u.tx, entity: u.entity, origin: u.origin, actor: u.actor, now: u.now, book: u.book}
	deferred, err := m.merge(ctx, pairs)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(m.shared)) {
		for _, k := range m.shared[id] {
			if u.sharing.was == nil {
				u.sharing.was = map[string][]int64{}
			}
			u.sharing.was[k] = append(u.sharing.was[k], id)
		}
	}
	for i, p := range pairs {
		if deferred[p] {
			u.result.Deferred++
			u.putOff[p] = true
			continue
		}
		u.join(rows[i].row, p)
		delete(u.recs, p.loser)
		delete(u.recs, p.survivor)
	}
	u.follow()
	return nil
}

// join takes down that a row made two records one.
func (u *upserter) join(row int, p pair) {
	loser := u.recs[p.loser]
	u.weighJoin(u.recs[p.survivor], loser)
	u.joins = append(u.joins, join{p.survivor, p.loser, loser != nil && (loser.exists || loser.written)})
	u.merged[row] = p.loser
	u.moved[p.loser] = p.survivor
}

// mergeInMemory is merge for a dry run.
func (u *upserter) mergeInMemory(pairs []rowPair) {
	for _, p := range pairs {
		s, l := u.recs[p.survivor], u.recs[p.loser]
		u.join(p.row, p.pair)
		for i, v := range l.Values {
			if field := u.fields[i].Key; s.Values[i] == nil && v != nil {
				s.Values[i] = v
				s.origins.put(field, l.origins.of(field), false)
				s.Invalid = markInvalid(s.Invalid, field, isInvalid(l.Invalid, field))
				s.Statuses = store.PutStatus(s.Statuses, field, store.StatusIn(l.Statuses, field))
			}
		}
		s.keys = append(s.keys, l.keys...)
		u.present(s)
		delete(u.recs, p.loser)
	}
	if len(pairs) > 0 {
		u.follow()
	}
}
