package past

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/store"
)

// pageSize is how many records are looked at at once.
const pageSize = 2000

// Audience goes through an audience of the past, by ranges of ids.
type Audience struct {
	Moment

	tx        *store.Tx
	entity    fettle.Entity
	filter    *expr.Filter
	where     expr.Fragment
	staff     bool // it reads the company
	news      bool // it reads signals
	theirNews bool // and those of the company
	origins   map[int64]store.Origin
	after     int64
}

// Members begins to go through those that a filter over an entity had at a time.
func Members(ctx context.Context, tx *store.Tx, entity fettle.Entity, f *expr.Filter, at time.Time) (*Audience, error) {
	p := &Audience{tx: tx, entity: entity, filter: f, where: f.SQL(at), staff: len(f.CompanyFields()) > 0, news: slices.Contains(f.Fields(), expr.Signals), theirNews: slices.Contains(f.CompanyFields(), expr.Signals)}
	var err error
	if p.Moment, err = At(ctx, tx, at); err != nil {
		return nil, err
	}
	p.origins, err = originsByID(ctx, tx)
	return p, err
}

// stretch is the next range of ids: who is a member by the filter of then, and who
// was written about since, both in order.
type stretch struct {
	from, upto       int64 // from is not in it
	members, touched []int64
}

// next looks up the next range of ids.
func (p *Audience) next(ctx context.Context) (s stretch, err error) {
	if s.members, err = p.tx.MemberIDs(ctx, p.entity, p.where, p.after, pageSize); err != nil {
		return s, err
	}
	if s.touched, err = p.tx.TouchedSince(ctx, p.entity, p.First, p.after, pageSize); err != nil {
		return s, err
	}
	s.from, s.upto = p.after, endOf(math.MaxInt64, s.members, s.touched)
	if p.staff {
		staff, err := p.tx.StaffTouchedSince(ctx, p.First, p.after, s.upto, pageSize)
		if err != nil {
			return s, err
		}
		s.upto = endOf(s.upto, staff)
		s.touched = append(s.touched, staff...)
		slices.Sort(s.touched)
		s.touched = slices.Compact(s.touched)
	}
	beyond := func(id int64) bool { return id > s.upto }
	s.members, s.touched = slices.DeleteFunc(s.members, beyond), slices.DeleteFunc(s.touched, beyond)
	p.after = s.upto
	return s, nil
}

// endOf is where a range of ids ends of which lists were read: where one is full, at
// its last id, so that nobody is passed over and no list is longer than a page.
func endOf(upto int64, lists ...[]int64) int64 {
	for _, ids := range lists {
		if len(ids) == pageSize {
			upto = min(upto, ids[len(ids)-1])
		}
	}
	return upto
}

// Page gives the members of then in the next range of ids. Records that were not
// written since are members if they are by the filter of then; the others are
// looked at one by one, as they were.
func (p *Audience) Page(ctx context.Context) (in []int64, done bool, err error) {
	s, err := p.next(ctx)
	if err != nil {
		return nil, false, err
	}
	for _, id := range s.members {
		if _, changed := slices.BinarySearch(s.touched, id); !changed {
			in = append(in, id)
		}
	}
	for ids := range slices.Chunk(s.touched, pageSize) {
		more, err := p.members(ctx, ids)
		if err != nil {
			return nil, false, err
		}
		for _, r := range more {
			in = append(in, r.ID)
		}
	}
	slices.Sort(in)
	return in, s.upto == math.MaxInt64, nil
}

// members gives those of the records that were members, as they were.
func (p *Audience) members(ctx context.Context, ids []int64) ([]*Record, error) {
	was, err := Read(ctx, p.tx, p.entity, ids, p.First)
	if err != nil {
		return nil, err
	}
	companies := map[int64]*Record{}
	if p.staff {
		if companies, err = p.companies(ctx, was); err != nil {
			return nil, err
		}
	}
	var own, theirs *told
	if p.news {
		if own, err = readTold(ctx, p.tx, ids, nil); err != nil {
			return nil, err
		}
	}
	if p.theirNews {
		if theirs, err = readTold(ctx, p.tx, slices.Sorted(maps.Keys(companies)), nil); err != nil {
			return nil, err
		}
	}
	us := p.At.UnixMicro()
	var in []*Record
	for _, id := range ids {
		r := was[id]
		if !r.There {
			continue
		}
		rec := Then{Record: r, origins: p.origins, signals: own.at(id, us)}
		if c := companies[r.Company]; c != nil && c.There {
			rec.Staffed, rec.theirs = c, theirs.at(r.Company, us)
		}
		ok, err := p.filter.Match(rec, p.At)
		if err != nil {
			return nil, err
		}
		if ok {
			in = append(in, r)
		}
	}
	return in, nil
}

// companies gives the companies of people as they were.
func (p *Audience) companies(ctx context.Context, people map[int64]*Record) (map[int64]*Record, error) {
	var ids []int64
	for _, r := range people {
		if r.There && r.Company != 0 {
			ids = append(ids, r.Company)
		}
	}
	slices.Sort(ids)
	return Read(ctx, p.tx, fettle.Companies, slices.Compact(ids), p.First)
}
