package engine

import (
	"context"
	"math"
	"slices"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/ingest"
	"fettle/store"
)

// pastPage is how many records are looked at at once.
const pastPage = 2000

// pastMoment is a time of the past, and the first entry of the change log after it.
type pastMoment struct {
	at    time.Time
	first int64
}

// ParseMoment reads a date, which stands for its end in UTC, or a time.
func ParseMoment(text string, now time.Time) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		day, dayErr := time.Parse(time.DateOnly, text)
		if dayErr != nil {
			return at, fettle.Errorf(fettle.Invalid, "%.40q is no date", text).WithHint("Write 2026-02-28, which is the end of that day in UTC, or a time such as 2026-02-28T12:00:00Z.")
		}
		if at = day.Add(24*time.Hour - time.Microsecond); at.After(now) && !day.After(now) {
			at = now // today
		}
	}
	if at.After(now) {
		return at, fettle.Errorf(fettle.Invalid, "%s has not come yet", text)
	}
	return at.UTC(), nil
}

func momentOf(ctx context.Context, tx *store.Tx, at time.Time) (pastMoment, error) {
	first, err := tx.ChangeSince(ctx, at.UnixMicro()+1)
	return pastMoment{at, first}, err
}

// historySince says from when on the past is known, and refuses a time before.
func historySince(ctx context.Context, tx *store.Tx, at time.Time) (time.Time, error) {
	us, err := tx.FirstChangeAt(ctx)
	since := time.UnixMicro(us).UTC()
	if err == nil && (us == 0 || at.Before(since)) {
		err = fettle.Errorf(fettle.Refused, "nothing is known of %s: the history begins at %s", at.Format(time.RFC3339), since.Format(time.RFC3339))
		if us == 0 {
			err = fettle.Errorf(fettle.Refused, "nothing is known of %s: nothing was written yet", at.Format(time.RFC3339))
		}
	}
	return since, err
}

// pastRecord is a record of the past, for filters.
type pastRecord struct {
	*ingest.Past

	company *ingest.Past // nil: none
	origins map[int64]store.Origin
}

// Value implements expr.Record.
func (r pastRecord) Value(key string) any {
	switch key {
	case expr.CreatedAt:
		return time.UnixMicro(r.CreatedUS).UTC()
	case expr.UpdatedAt:
		return time.UnixMicro(r.UpdatedUS).UTC()
	}
	if field, ok := expr.SourceField(key); ok {
		if o, known := r.origins[r.Origins[field]]; known && r.Values[field] != nil {
			return sourceLabel(o)
		}
		return nil
	}
	return r.Values[key]
}

// Status implements expr.Record.
func (r pastRecord) Status(key string) any {
	if st := r.Statuses[key]; st != "" {
		return string(st)
	}
	return nil
}

// CompanyValue implements expr.Record.
func (r pastRecord) CompanyValue(key string) any {
	if r.company == nil {
		return nil
	}
	return r.company.Values[key]
}

// CountThen says how many records an audience had at a time.
type CountThen struct {
	Count        int64      `json:"count"`
	AsOf         *time.Time `json:"as_of,omitempty"`         // absent: now
	Filter       string     `json:"filter,omitempty"`        // by which it was counted
	Erased       int64      `json:"erased,omitempty"`        // records that were erased since: not included, whether or not they were in it
	HistorySince *time.Time `json:"history_since,omitempty"` // from when on the past is known
}

// CountAsOf counts the members that an audience had at a time, by what was known
// then: merged records apart, deleted ones among them. The filter is today's, or
// the one of then.
func (e *Engine) CountAsOf(ctx context.Context, actor fettle.Actor, name string, at time.Time, then bool) (out CountThen, err error) {
	if err := actor.Require(fettle.Viewer, "count audiences"); err != nil {
		return out, err
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		out = CountThen{AsOf: &at}
		a, err := findAudience(ctx, tx, name)
		if err != nil {
			return err
		}
		since, err := historySince(ctx, tx, at)
		if err != nil {
			return err
		}
		out.HistorySince = &since
		if out.Filter = a.Where; then {
			if out.Filter, err = filterThen(ctx, tx, a, at); err != nil {
				return err
			}
		}
		p, err := e.past(ctx, tx, a, out.Filter, at)
		if err != nil {
			return err
		}
		if out.Erased, err = tx.ErasedSince(ctx, a.Entity, p.first); err != nil {
			return err
		}
		for done := false; !done; {
			var n int64
			if n, done, err = p.page(ctx); err != nil {
				return err
			}
			out.Count += n
		}
		return nil
	})
	return out, err
}

// filterThen is the filter that an audience had at a time.
func filterThen(ctx context.Context, tx *store.Tx, a fettle.Audience, at time.Time) (string, error) {
	where, since, err := tx.AudienceThen(ctx, a.ID, at.UnixMicro())
	if err == nil && where == nil {
		return "", fettle.Errorf(fettle.Refused, "the filter that %s had at %s is not known: it is kept from %s on", a.Name, at.Format(time.RFC3339),
			time.UnixMicro(since).UTC().Format(time.RFC3339)).WithHint("Leave --filter then out to count by today's filter.")
	}
	if err != nil {
		return "", err
	}
	return *where, nil
}

// pastAudience goes through an audience of the past, by ranges of ids.
type pastAudience struct {
	pastMoment

	tx      *store.Tx
	entity  fettle.Entity
	filter  *expr.Filter
	where   expr.Fragment
	staff   bool // it reads the company
	origins map[int64]store.Origin
	after   int64
}

func (e *Engine) past(ctx context.Context, tx *store.Tx, a fettle.Audience, where string, at time.Time) (*pastAudience, error) {
	env, err := e.judge.Env(ctx, tx, a.Entity)
	if err != nil {
		return nil, err
	}
	f, err := env.Filter(where)
	if err != nil {
		return nil, err
	}
	reads := slices.Concat(f.Fields(), f.CompanyFields())
	if slices.Contains(reads, expr.Signals) {
		return nil, fettle.Errorf(fettle.Refused, "%s asks for signals, which are not known of a time of the past", a.Name).
			WithHint("Count an audience that asks for fields alone.")
	}
	p := &pastAudience{tx: tx, entity: a.Entity, filter: f, where: f.SQL(at), staff: len(f.CompanyFields()) > 0}
	if p.pastMoment, err = momentOf(ctx, tx, at); err != nil {
		return nil, err
	}
	all, err := tx.Origins(ctx)
	p.origins = make(map[int64]store.Origin, len(all))
	for _, o := range all {
		p.origins[o.ID] = o
	}
	return p, err
}

// page counts the members of then in the next range of ids. Records that were not
// written since are members if they are by the filter of then; the others are
// looked at one by one, as they were.
func (p *pastAudience) page(ctx context.Context) (n int64, done bool, err error) {
	members, err := p.tx.MemberIDs(ctx, p.entity, p.where, p.after, pastPage)
	if err != nil {
		return 0, false, err
	}
	touched, err := p.tx.TouchedSince(ctx, p.entity, p.first, p.after, pastPage)
	if err != nil {
		return 0, false, err
	}
	upto := int64(math.MaxInt64)
	for _, ids := range [][]int64{members, touched} {
		if len(ids) == pastPage {
			upto = min(upto, ids[len(ids)-1])
		}
	}
	beyond := func(id int64) bool { return id > upto }
	members, touched = slices.DeleteFunc(members, beyond), slices.DeleteFunc(touched, beyond)
	if p.staff {
		if touched, err = p.withStaff(ctx, touched, upto); err != nil {
			return 0, false, err
		}
	}
	for _, id := range members {
		if _, changed := slices.BinarySearch(touched, id); !changed {
			n++
		}
	}
	for ids := range slices.Chunk(touched, pastPage) {
		in, err := p.members(ctx, ids)
		if err != nil {
			return 0, false, err
		}
		n += int64(len(in))
	}
	p.after = upto
	return n, upto == math.MaxInt64, nil
}

func (p *pastAudience) withStaff(ctx context.Context, touched []int64, upto int64) ([]int64, error) {
	more, err := p.tx.StaffTouchedSince(ctx, p.first, p.after, upto)
	touched = append(touched, more...)
	slices.Sort(touched)
	return slices.Compact(touched), err
}

// members gives those of the records that were members, as they were.
func (p *pastAudience) members(ctx context.Context, ids []int64) ([]int64, error) {
	was, err := ingest.AsOf(ctx, p.tx, p.entity, ids, p.first)
	if err != nil {
		return nil, err
	}
	companies := map[int64]*ingest.Past{}
	if p.staff {
		if companies, err = p.companies(ctx, was); err != nil {
			return nil, err
		}
	}
	var in []int64
	for _, id := range ids {
		r := was[id]
		if !r.There {
			continue
		}
		rec := pastRecord{Past: r, origins: p.origins}
		if c := companies[r.Company]; c != nil && c.There {
			rec.company = c
		}
		ok, err := p.filter.Match(rec, p.at)
		if err != nil {
			return nil, err
		}
		if ok {
			in = append(in, id)
		}
	}
	return in, nil
}

// companies gives the companies of people as they were.
func (p *pastAudience) companies(ctx context.Context, people map[int64]*ingest.Past) (map[int64]*ingest.Past, error) {
	var ids []int64
	for _, r := range people {
		if r.There && r.Company != 0 {
			ids = append(ids, r.Company)
		}
	}
	slices.Sort(ids)
	return ingest.AsOf(ctx, p.tx, fettle.Companies, slices.Compact(ids), p.first)
}
