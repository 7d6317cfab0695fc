package duplicate

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/identity/match"
	"fettle/ingest"
	"fettle/store"
)

// The sizes of a pass.
const (
	page      = 2000 // records that are read at once
	mostBlock = 100  // records that have one thing in common and are still compared with each other
	mostWeak  = 15   // where it is little
	mostPairs = 500  // pairs of one write
)

// Result is what a pass did.
type Result struct {
	Records    int64 // that were looked at
	Compared   int64 // pairs
	Likely     int64 // pairs
	Splits     int64 // records that have several ids of one source
	Raised     int64 // decided pairs that came up again
	PassedOver int   // groups too large to be compared: what they have in common says little
}

// Pass looks for likely duplicates among all records of an entity. number is
// above that of every pass before. It writes in small transactions, holds no
// more than some pages in memory, and may be broken off at any time: the next
// one begins anew.
func Pass(ctx context.Context, db *store.DB, entity fettle.Entity, number int64, now time.Time) (res Result, err error) {
	p := pass{db: db, entity: entity, number: number, now: now.UnixMicro()}
	if err := p.learn(ctx); err != nil {
		return p.res, err
	}
	s, err := newSorter()
	if err != nil {
		return p.res, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := p.sort(ctx, s); err != nil {
		return p.res, err
	}
	most := func(block uint64) int {
		if block&match.Weak != 0 {
			return mostWeak
		}
		return mostBlock
	}
	if p.res.PassedOver, err = s.each(most, func(ids []int64) error { return p.take(ctx, ids) }); err != nil {
		return p.res, err
	}
	for _, step := range []func(context.Context) error{p.compare, p.write, p.splits, p.raise, p.drop} {
		if err := step(ctx); err != nil {
			return p.res, err
		}
	}
	return p.res, nil
}

type pass struct {
	db     *store.DB
	entity fettle.Entity
	number int64
	now    int64
	m      *match.Matcher
	res    Result

	groups [][]int64 // that wait to be compared
	ids    int       // how many records they have
	found  []store.Duplicate
}

// each reads all records, page by page; step is how many pages are passed over
// after each.
func (p *pass) each(ctx context.Context, step int64, fn func(r *match.Record) error) error {
	for after := int64(0); ; {
		var ids []int64
		var recs []*store.Record
		err := p.db.View(ctx, func(tx *store.Tx) (err error) {
			if ids, err = tx.MemberIDs(ctx, p.entity, expr.Fragment{}, after, page); err != nil {
				return err
			}
			recs, err = tx.Records(ctx, p.entity, ids, p.m.Fields(), nil)
			return err
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, r := range recs {
			if err := fn(p.m.Record(r.ID, r.Value)); err != nil {
				return err
			}
		}
		after = ids[len(ids)-1] + step*page
	}
}

// learn learns how common values are from a sample that is spread over the table.
func (p *pass) learn(ctx context.Context) error {
	var last int64
	err := p.db.View(ctx, func(tx *store.Tx) error {
		fields, err := tx.Fields(ctx, p.entity)
		if err != nil {
			return err
		}
		p.m = match.New(p.entity, fields)
		last, err = tx.LastRecord(ctx, p.entity)
		return err
	})
	if err != nil {
		return err
	}
	step := max(0, last/match.Sample-1)
	err = p.each(ctx, step, func(r *match.Record) error {
		p.m.Learn(r)
		return nil
	})
	p.m.Ready(last)
	return err
}

// sort brings the records together that have something in common.
func (p *pass) sort(ctx context.Context, s *sorter) error {
	return p.each(ctx, 0, func(r *match.Record) error {
		p.res.Records++
		for _, b := range p.m.Blocks(r) {
			if err := s.add(entry{b, r.ID}); err != nil {
				return err
			}
		}
		return nil
	})
}

// take keeps a group to be compared with others that are read at once.
func (p *pass) take(ctx context.Context, ids []int64) error {
	p.groups = append(p.groups, slices.Clone(ids))
	if p.ids += len(ids); p.ids < page {
		return nil
	}
	return p.compare(ctx)
}

// compare compares the records of each group that waits.
func (p *pass) compare(ctx context.Context) error {
	var ids []int64
	for _, g := range p.groups {
		ids = append(ids, g...)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	byID := make(map[int64]*match.Record, len(ids))
	err := p.db.View(ctx, func(tx *store.Tx) error {
		recs, err := tx.Records(ctx, p.entity, ids, p.m.Fields(), nil)
		for _, r := range recs {
			byID[r.ID] = p.m.Record(r.ID, r.Value)
		}
		return err
	})
	if err != nil {
		return err
	}
	seen := map[[2]int64]bool{}
	for _, g := range p.groups {
		for i := range g {
			for _, other := range g[i+1:] {
				pair := store.Ordered(g[i], other)
				if a, b := byID[pair[0]], byID[pair[1]]; a != nil && b != nil && !seen[pair] {
					seen[pair] = true
					if err := p.pair(a, b); err != nil {
						return err
					}
				}
			}
		}
	}
	p.groups, p.ids = p.groups[:0], 0
	if len(p.found) >= mostPairs {
		return p.write(ctx)
	}
	return nil
}

func (p *pass) pair(a, b *match.Record) error {
	p.res.Compared++
	score, reasons, ok := p.m.Score(a, b)
	if !ok {
		return nil
	}
	text, err := json.Marshal(reasons)
	if err != nil {
		return err
	}
	p.found = append(p.found, store.Duplicate{
		Pair: store.Ordered(a.ID, b.ID), Entity: p.entity, Kind: fettle.DuplicateLikely, Score: int64(score*1000 + 0.5), Reasons: string(text), FoundUS: p.now,
	})
	return nil
}

// write puts what was found into the queue.
func (p *pass) write(ctx context.Context) error {
	for piece := range slices.Chunk(p.found, mostPairs) {
		if err := p.db.Update(ctx, func(tx *store.Tx) error { return tx.PutDuplicates(ctx, slices.Clone(piece), p.number) }); err != nil {
			return err
		}
	}
	p.found = p.found[:0]
	return nil
}

// raise brings decided pairs up again where what says who the two are has
// changed since, and they still look like one or share a key.
func (p *pass) raise(ctx context.Context) error {
	for after := [2]int64{}; ; {
		var decided []store.Duplicate
		var again [][2]int64
		err := p.db.View(ctx, func(tx *store.Tx) (err error) {
			if decided, err = tx.DecidedDuplicates(ctx, p.entity, after, page); err != nil {
				return err
			}
			again, err = changed(ctx, tx, p.entity, decided, p.number)
			return err
		})
		if err != nil || len(decided) == 0 {
			return err
		}
		if len(again) > 0 {
			p.res.Raised += int64(len(again))
			if err := p.db.Update(ctx, func(tx *store.Tx) error { return tx.RaiseDuplicates(ctx, again) }); err != nil {
				return err
			}
		}
		after = decided[len(decided)-1].Pair
	}
}

// changed gives the decided pairs of which key data has changed.
func changed(ctx context.Context, tx *store.Tx, entity fettle.Entity, decided []store.Duplicate, number int64) ([][2]int64, error) {
	var ids []int64
	for _, d := range decided {
		ids = append(ids, d.Pair[0], d.Pair[1])
	}
	slices.Sort(ids)
	recs, err := tx.Records(ctx, entity, slices.Compact(ids), ingest.KeyFields(entity), nil)
	if err != nil {
		return nil, err
	}
	data := map[int64]string{}
	for _, r := range recs {
		data[r.ID] = ingest.KeyData(entity, r.Value)
	}
	var out [][2]int64
	for _, d := range decided {
		a, b := data[d.Pair[0]], data[d.Pair[1]]
		if a == "" || b == "" || d.Basis == a+"."+b {
			continue
		}
		if d.Kind != fettle.DuplicateLikely || d.Pass == number {
			out = append(out, d.Pair)
		}
	}
	return out, nil
}

// splits lists the records that have several ids of one source, unless a person
// made them one.
func (p *pass) splits(ctx context.Context) error {
	for after := int64(0); ; {
		var ids []int64
		err := p.db.View(ctx, func(tx *store.Tx) (err error) {
			if ids, err = tx.MemberIDs(ctx, p.entity, expr.Fragment{}, after, page); err != nil || len(ids) == 0 {
				return err
			}
			several, err := ingest.SeveralIDs(ctx, tx, ids)
			if err != nil {
				return err
			}
			of := slices.Sorted(maps.Keys(several))
			shown, err := tx.Records(ctx, p.entity, of, []string{"external_id"}, nil)
			if err != nil {
				return err
			}
			for _, r := range shown {
				if err := p.split(r.ID, r.Value("external_id"), several[r.ID]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		after = ids[len(ids)-1]
		if err := p.write(ctx); err != nil {
			return err
		}
	}
}

// split lists one record. The id that it shows stays with it; the others can be
// split off.
func (p *pass) split(id int64, shows any, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	reasons := make([]fettle.DuplicateReason, len(keys))
	for i, k := range keys {
		reasons[i] = fettle.DuplicateReason{Sign: "differs", What: "external", Text: "it has the id " + ingest.KeyName(k), Value: ingest.KeyName(k)}
		if ingest.Shows(shows, k) {
			reasons[i].Text, reasons[i].Value = "it shows the id "+ingest.KeyName(k), ""
		}
	}
	text, err := json.Marshal(reasons)
	if err != nil {
		return err
	}
	p.res.Splits++
	p.found = append(p.found, store.Duplicate{Pair: [2]int64{id, 0}, Entity: p.entity, Kind: fettle.DuplicateSplit, Reasons: string(text), FoundUS: p.now})
	return nil
}

// drop forgets what this pass did not see any more.
func (p *pass) drop(ctx context.Context) error {
	return p.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.DropDuplicates(ctx, p.entity, p.number); err != nil {
			return err
		}
		n, err := tx.LikelyDuplicates(ctx, p.entity, p.number)
		p.res.Likely = n
		return err
	})
}
