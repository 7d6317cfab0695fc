package backtest

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/judge"
	"fettle/past"
	"fettle/store"
)

// MostRecords bounds what is replayed, and with it the memory: some 5 kB a record,
// 100 MB in all. Of more, so many are taken, spread over all of them.
const MostRecords = 20_000

// page is how many records are read at once.
const page = 1000

// Input says what is replayed.
type Input struct {
	Program *judge.Program
	Filters []*expr.Filter // of its audiences: a record is in if one of them holds
	Known   []judge.Odds
	From    time.Time
	To      time.Time
	Limit   *fettle.Limit          // today's
	Times   []store.EnrichmentTime // as run: when it was live, and under which limit; nil: always
	Present []store.EnrichmentTime // as run: when a process was there; nothing is known of before the first
	Most    int                    // records; 0: MostRecords
}

// replay is one backtest under way.
type replay struct {
	in    Input
	tx    *store.Tx
	p     *judge.Program
	scale float64 // each replayed record stands for so many

	rows   []*row
	byID   map[int64]*row
	events events
	asked  map[string]store.Asked // question → who asked it last
	calls  int64                  // that were made up
	billed map[store.ContactKey]int64
	waits  []*row // that would be bought, and may not
	money  money
	gateUS int64 // up to when what waits was looked at
	out    fettle.Backtest
	days   map[fettle.Day]*day
}

// day is what a day came to.
type day struct {
	entered, changed, refreshed float64
	micro                       float64
}

// Run replays. It holds what it reads of at most in.Most records in memory.
func Run(ctx context.Context, tx *store.Tx, in Input) (fettle.Backtest, error) {
	r := &replay{in: in, tx: tx, p: in.Program, byID: map[int64]*row{}, asked: map[string]store.Asked{}, days: map[fettle.Day]*day{}, billed: map[store.ContactKey]int64{}, scale: 1}
	r.out.Outcomes = map[string]int{}
	r.money = newMoney(in)
	begin, err := past.At(ctx, tx, in.From.Add(-time.Microsecond))
	if err != nil {
		return r.out, err
	}
	ids, err := r.candidates(ctx, begin)
	if err != nil {
		return r.out, err
	}
	for part := range slices.Chunk(ids, page) {
		if err := r.read(ctx, part, begin); err != nil {
			return r.out, err
		}
	}
	if err := r.begin(); err != nil {
		return r.out, err
	}
	heap.Init(&r.events)
	for r.events.Len() > 0 {
		next := r.events[0].next
		if next > in.To.UnixMicro() {
			break
		}
		if err := cmp.Or(ctx.Err(), r.gates(next)); err != nil {
			return r.out, err
		}
		w := r.events[0]
		if w.next != next {
			continue // what waited was bought, and comes back before
		}
		if err := r.step(w); err != nil {
			return r.out, err
		}
		w.plan()
		heap.Fix(&r.events, w.at)
	}
	if err := r.gates(in.To.UnixMicro()); err != nil {
		return r.out, err
	}
	return r.sum(), nil
}

// candidates are the records that may have been members: those that are by the
// filters now or at the beginning, and those that were written about since. Of
// filters that ask for the time some days between are asked for too.
func (r *replay) candidates(ctx context.Context, begin past.Moment) ([]int64, error) {
	at := []time.Time{r.in.From, r.in.To}
	timed, staff := false, len(r.p.Company) > 0
	for _, f := range r.in.Filters {
		timed = timed || f.UsesTime()
		staff = staff || len(f.CompanyFields()) > 0
	}
	if timed {
		for i := range 12 {
			at = append(at, r.in.From.Add(r.in.To.Sub(r.in.From)*time.Duration(i+1)/13))
		}
	}
	s := sample{most: cmp.Or(r.in.Most, MostRecords)}
	for _, t := range at {
		parts := make([]expr.Fragment, len(r.in.Filters))
		for i, f := range r.in.Filters {
			parts[i] = f.SQL(t)
		}
		where := expr.Any(parts...)
		if err := s.all(func(after int64) ([]int64, error) { return r.tx.MemberIDs(ctx, r.p.Entity, where, after, page) }); err != nil {
			return nil, err
		}
	}
	err := s.all(func(after int64) ([]int64, error) {
		return r.tx.TouchedSince(ctx, r.p.Entity, begin.First, after, page)
	})
	if err == nil && staff && r.p.Entity == fettle.People {
		err = s.all(func(after int64) ([]int64, error) { return r.tx.StaffTouchedPage(ctx, begin.First, after, page) })
	}
	if err != nil {
		return nil, err
	}
	r.out.Records = s.seen()
	ids := s.ids()
	if n := int64(len(ids)); n > 0 && n < r.out.Records {
		r.out.SampledRecords, r.scale = n, float64(r.out.Records)/float64(n)
	}
	return ids, nil
}

// read reads what records were, and begins a row for each.
func (r *replay) read(ctx context.Context, ids []int64, begin past.Moment) error {
	own, company := r.p.Watches()
	for _, f := range r.in.Filters {
		own, company = append(own, f.Fields()...), append(company, f.CompanyFields()...)
	}
	for i, f := range own {
		if of, is := expr.SourceField(f); is {
			own[i] = of
		}
	}
	ask := past.Asking{Entity: r.p.Entity, Fields: own, First: begin.First, Without: r.p.ID}
	courses, err := past.Courses(ctx, r.tx, ids, ask, company)
	if err != nil {
		return err
	}
	calls, err := r.tx.CallsOfOthers(ctx, ids, r.p.ID)
	if err != nil {
		return err
	}
	suppressed, err := r.tx.Suppressed(ctx, ids)
	if err != nil {
		return err
	}
	rule := past.RuleOf(r.in.Filters...)
	for _, c := range courses {
		w := &row{c: c, calls: calls[c.ID], suppressed: suppressed[c.ID], cells: map[store.CellKey]store.Cell{}, served: map[store.CellKey]store.Served{}}
		if w.moves, w.in, err = c.Moves([]past.Rule{rule}, r.in.From, r.in.To); err != nil {
			return err
		}
		if !w.in && len(w.moves) == 0 && len(c.Steps) == 1 {
			continue // it was never in
		}
		r.rows, r.byID[c.ID] = append(r.rows, w), w
	}
	return nil
}

// begin starts: who is in gets a row, in the order of ids, as a plan does.
func (r *replay) begin() error {
	start := r.in.From.UnixMicro()
	r.gateUS = start
	for _, w := range r.rows {
		if w.in {
			r.out.FirstRunRows++
			if err := r.open(w, fettle.CauseStart, start); err != nil {
				return err
			}
		}
		w.plan()
		w.at = len(r.events)
		r.events = append(r.events, w)
	}
	r.out.FirstRunRows = int64(float64(r.out.FirstRunRows)*r.scale + 0.5)
	return nil
}

// sum writes down what came out.
func (r *replay) sum() fettle.Backtest {
	out := r.out
	out.From, out.To, out.AsRun = r.in.From, r.in.To, r.in.Times != nil
	total := 0.0
	for at := fettle.PerDay.Start(r.in.From); !at.After(r.in.To); at = at.AddDate(0, 0, 1) {
		d := r.days[fettle.DayOf(at)]
		if d == nil {
			d = &day{}
		}
		total += d.micro
		out.ByDay = append(out.ByDay, fettle.BacktestDay{
			Day: fettle.DayOf(at), Entered: r.many(d.entered), Changed: r.many(d.changed), Refreshed: r.many(d.refreshed), Credits: judge.About(d.micro * r.scale),
		})
	}
	out.FirstRunCredits = judge.About(r.money.first * r.scale)
	out.Credits = judge.About((r.money.first + total) * r.scale)
	if span := r.in.To.Sub(r.in.From); span >= fewDays {
		a := judge.About(total * r.scale * month.Hours() / span.Hours())
		out.PerMonthCredits = &a
	}
	out.Calls = r.many(float64(r.money.bought))
	if r.money.reached != 0 {
		at := time.UnixMicro(r.money.reached).UTC()
		out.LimitReachedAt = &at
	}
	return out
}

// fewDays are too few to tell a month by: what comes in on a first day is no habit.
const fewDays = 3 * 24 * time.Hour

// month is the mean length of one.
const month = 3044 * 24 * time.Hour / 100

func (r *replay) many(n float64) int64 { return int64(n*r.scale + 0.5) }

func (r *replay) day(us int64) *day {
	k := fettle.DayOf(time.UnixMicro(us))
	if r.days[k] == nil {
		r.days[k] = &day{}
	}
	return r.days[k]
}

// events are rows by what comes next of them.
type events []*row

func (e events) Len() int { return len(e) }

// Less has what leaves into another record go first of what happens at once, so
// that what was bought for it is there when the other is looked at.
func (e events) Less(i, j int) bool {
	a, b := e[i], e[j]
	switch {
	case a.next != b.next:
		return a.next < b.next
	case a.merges != b.merges:
		return a.merges
	}
	return a.c.ID < b.c.ID
}

func (e events) Swap(i, j int) {
	e[i], e[j] = e[j], e[i]
	e[i].at, e[j].at = i, j
}

// Push implements heap.Interface.
func (e *events) Push(x any) { *e = append(*e, x.(*row)) } //nolint:forcetypeassert // rows alone

// Pop implements heap.Interface.
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}
