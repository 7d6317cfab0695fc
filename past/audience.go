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

	members, touched, staffed ahead
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
	err = p.members.read(func(after int64) ([]int64, error) { return p.tx.MemberIDs(ctx, p.entity, p.where, after, pageSize) })
	if err != nil {
		return s, err
	}
	if err := p.touched.read(func(after int64) ([]int64, error) { return p.tx.TouchedSince(ctx, p.entity, p.First, after, pageSize) }); err != nil {
		return s, err
	}
	if p.staff {
		if err := p.staffed.read(func(after int64) ([]int64, error) { return p.tx.StaffTouchedSince(ctx, p.First, after, pageSize) }); err != nil {
			return s, err
		}
	} else {
		p.staffed.all = true
	}
	s.from, s.upto = p.after, min(p.members.end(), p.touched.end(), p.staffed.end())
	s.members = p.members.take(s.upto)
	s.touched = slices.Concat(p.touched.take(s.upto), p.staffed.take(s.upto))
	slices.Sort(s.touched)
	s.touched = slices.Compact(s.touched)
	p.after = s.upto
	return s, nil
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
		more, err := p.membersOf(ctx, ids)
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

// membersOf gives those of the records that were members, as they were.
func (p *Audience) membersOf(ctx context.Context, ids []int64) ([]*Record, error) {
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
