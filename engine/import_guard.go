package engine

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/ingest"
	"fettle/judge"
	"fettle/signal"
	"fettle/store"
)

// watch prices the records that a dry pass would put into the live enrichments
// that follow their audience.
type watch struct {
	e        *Engine
	entity   fettle.Entity // of what is written
	source   string        // of what is written
	from     store.Origin  // who says it; none where it can be no signal
	targets  []target
	entering entering
}

// target is one live enrichment that follows its audiences.
type target struct {
	id      int64
	name    string
	p       *judge.Program // nil: it cannot be asked now, and buys nothing
	entity  fettle.Entity
	filters []*expr.Filter // of its audiences: one that matches is enough
	own     []string       // fields that the filters and the inputs read
	company []string
	inputs  []string // fields whose change may open a row again
	reads   bool     // of the company too: any change of it may
	rerun   bool     // also a row that was bought
	signal  bool     // a new signal opens a row again
}

// watchEntering finds the enrichments that records of an entity may enter. It
// is nil if there is none: then nothing needs to be counted.
func (e *Engine) watchEntering(ctx context.Context, entity fettle.Entity) (*watch, error) {
	w := &watch{e: e, entity: entity, entering: entering{}}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		w.targets, w.entering = nil, entering{}
		all, err := tx.Enrichments(ctx)
		if err != nil {
			return err
		}
		for _, x := range all {
			if !goesOn(x) || !x.Definition.Enters() {
				continue
			}
			t, err := e.target(ctx, tx, x)
			if err != nil {
				return err
			}
			if x.Entity == entity || len(t.company) > 0 {
				w.targets = append(w.targets, t)
				if t.p == nil {
					continue
				}
				priced, err := newTally(ctx, tx, x, t.p, rowSet{})
				if err != nil {
					return err
				}
				w.entering.add(x.Name, &priced)
			}
		}
		return nil
	})
	if err != nil || len(w.targets) == 0 {
		return nil, err
	}
	return w, nil
}

func (e *Engine) target(ctx context.Context, tx *store.Tx, x store.Enrichment) (target, error) {
	t := target{id: x.ID, name: x.Name, entity: x.Entity}
	env, err := e.judge.Env(ctx, tx, x.Entity)
	if err != nil {
		return t, err
	}
	need := judge.NewFieldSet()
	for _, name := range x.Definition.Audience {
		a, err := tx.Audience(ctx, name)
		if err != nil {
			return t, err
		}
		f, err := env.Filter(a.Where)
		if err != nil {
			return t, judge.WithinAudience(err, name)
		}
		t.filters = append(t.filters, f)
		need.Add(f.Fields(), f.CompanyFields())
	}
	p, err := e.judge.Compile(ctx, tx, x.ID, x.Name, x.Version, x.Definition)
	switch {
	case err == nil:
		t.p, t.inputs, t.reads, t.rerun = p, slices.Sorted(maps.Keys(p.Inputs)), len(p.Company) > 0, x.Definition.RerunOn == "inputs"
		t.signal = x.Definition.RerunOn == judge.OnSignal
		need.Add(p.Fields, p.Company)
	case fettle.CodeOf(err) == fettle.Internal:
		return t, err
	} // else it cannot be asked, and opens nothing again
	for f := range need.Own {
		t.own = append(t.own, f)
	}
	for f := range need.Company {
		t.company = append(t.company, f)
	}
	slices.Sort(t.own)
	slices.Sort(t.company)
	return t, nil
}

// batch prices one batch of a dry pass, and the signals that it would raise: those
// are told in a rehearsal, and what following would make of them is priced there.
func (w *watch) batch(ctx context.Context, fields []string, written []ingest.WouldBe) error {
	now := time.Now()
	var seen []pricing
	var tellings []signal.Telling
	err := w.e.db.View(ctx, func(tx *store.Tx) (err error) {
		if tellings, err = w.foresee(ctx, tx, fields, written, now); err == nil && len(tellings) == 0 {
			seen, err = w.priced(ctx, tx, fields, written, nil, now)
		}
		return err
	})
	if err == nil && len(tellings) > 0 {
		err = w.e.rehearse(ctx, func(tx *store.Tx) error {
			told, err := signal.Rehearse(ctx, tx, w.entity, tellings, now)
			if err == nil {
				seen, err = w.priced(ctx, tx, fields, written, gotSignals(told), now)
			}
			return err
		})
	}
	if err == nil {
		w.addUp(seen)
	}
	return err
}

// pricing is what a batch would put into one enrichment.
type pricing struct {
	name   string
	known  []judge.Facts
	judged []judge.Verdict
	of     []int64
}

// priced judges what a batch would put into each enrichment. got are the records
// that would have a new signal.
func (w *watch) priced(ctx context.Context, tx *store.Tx, fields []string, written []ingest.WouldBe, got map[int64]bool, now time.Time) ([]pricing, error) {
	var out []pricing
	for _, t := range w.targets {
		if t.p == nil {
			continue
		}
		one, err := w.price(ctx, tx, t, fields, written, got, now)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// addUp adds what a batch would put into enrichments to what the others would.
func (w *watch) addUp(seen []pricing) {
	for _, one := range seen {
		sum := w.entering[one.name]
		for i, k := range one.known {
			sum.add(k, one.judged[i], one.of[i], "")
		}
	}
}

// price judges the records that would enter one enrichment, as they would be.
func (w *watch) price(ctx context.Context, tx *store.Tx, t target, fields []string, written []ingest.WouldBe, got map[int64]bool, now time.Time) (pricing, error) {
	out := pricing{name: t.name}
	var would []*wouldBe
	var err error
	if t.entity == w.entity {
		would, err = wouldBeRecords(ctx, tx, t, fields, written)
	} else {
		would, err = wouldBePeople(ctx, tx, t, fields, written)
	}
	if err != nil {
		return out, err
	}
	var ids []int64
	for _, r := range would {
		r.source, r.now = w.source, now
		r.signalled = got[r.id] || r.theirs && len(got) > 0
		if r.id > 0 {
			ids = append(ids, r.id)
		}
	}
	rows, err := tx.RowsOf(ctx, t.id, ids)
	if err != nil {
		return out, err
	}
	facts, err := w.e.judge.Facts(ctx, tx, t.p, ids)
	if err != nil {
		return out, err
	}
	for _, r := range would {
		row, has := rows[r.id]
		if has && !t.opens(row, r) {
			continue
		}
		if in, err := t.has(r, now); err != nil || !in {
			if err != nil {
				return out, err
			}
			continue
		}
		k, there := facts[r.id]
		if !there {
			k = judge.NewRecord(r.id, r)
		}
		k.As = r
		if !r.theirs {
			k.Derived = r.isDerived
		}
		out.known, out.of = append(out.known, k), append(out.of, r.id)
	}
	if err := t.p.LookShared(ctx, tx, out.known); err != nil {
		return out, err
	}
	sum := w.entering[t.name]
	out.judged, err = w.e.judge.All(ctx, tx, t.p, out.known, sum.run, sum.now)
	return out, err
}

// opens reports whether following would open a row again.
func (t target) opens(row store.Row, r *wouldBe) bool {
	switch {
	case row.State == fettle.RowDone && t.signal && r.signalled:
		return row.Outcome != fettle.Unknown
	case row.State != fettle.RowDone || !r.changes(t):
		return false
	case t.rerun:
		return row.Outcome != fettle.Unknown
	}
	return row.Outcome == fettle.Skipped || row.Outcome == fettle.MissingInput
}

// has reports whether a record would be in one of the audiences.
func (t target) has(r expr.Record, now time.Time) (bool, error) {
	for _, f := range t.filters {
		if in, err := f.Match(r, now); in || err != nil {
			return in, err
		}
	}
	return false, nil
}

// wouldBe is a record as it would be: what is written over what it has.
type wouldBe struct {
	id      int64
	written map[string]any // of the record, or of its company
	derived []string       // the fields whose value is derived
	boss    int64          // the person's company as the row names it; negative: it would be made
	made    map[string]any // what that one would hold
	record  *store.Record  // nil for a new one
	company *store.Record  // of a person whose company's domain is written; nil: the record's own
	theirs  bool           // written is of the company
	source  string         // of what is written
	now     time.Time

	signalled bool // it, or its company, would have a new signal
}

// isDerived reports whether the value of a field would be derived of others.
func (r *wouldBe) isDerived(field string) bool { return slices.Contains(r.derived, field) }

// Value implements expr.Record.
func (r *wouldBe) Value(key string) any {
	if v, ok := r.written[key]; ok && !r.theirs {
		return v
	}
	if f, ok := expr.SourceField(key); ok && r.setsAnew(f) {
		return r.source
	}
	if !r.theirs && (key == expr.UpdatedAt || (key == expr.CreatedAt && r.record == nil)) {
		return r.now
	}
	if r.record == nil {
		return nil
	}
	return r.record.Value(key)
}

// setsAnew reports whether a value of the record itself would be another one.
func (r *wouldBe) setsAnew(field string) bool {
	v, ok := r.written[field]
	return ok && !r.theirs && (r.record == nil || !reflect.DeepEqual(v, r.record.Value(field)))
}

// Status implements expr.Record: what is written has none.
func (r *wouldBe) Status(key string) any {
	if _, ok := r.written[key]; (ok && !r.theirs) || r.record == nil {
		return nil
	}
	return r.record.Status(key)
}

// CompanyValue implements expr.Record.
func (r *wouldBe) CompanyValue(key string) any {
	if v, ok := r.written[key]; ok && r.theirs {
		return v
	}
	switch {
	case r.boss < 0:
		return r.made[key]
	case r.company != nil:
		return r.company.Value(key)
	case r.record != nil:
		return r.record.CompanyValue(key)
	}
	return nil
}

// changes reports whether an input of the enrichment would change.
func (r *wouldBe) changes(t target) bool {
	if r.record == nil || r.theirs {
		return r.theirs && t.reads
	}
	return slices.ContainsFunc(t.inputs, func(f string) bool {
		return !reflect.DeepEqual(r.Value(f), r.record.Value(f))
	})
}

// wouldBeRecords gives what is written as records of the enrichment's entity.
func wouldBeRecords(ctx context.Context, tx *store.Tx, t target, fields []string, written []ingest.WouldBe) ([]*wouldBe, error) {
	var ids []int64
	for _, x := range written {
		if x.ID > 0 {
			ids = append(ids, x.ID)
		}
	}
	found, err := tx.Records(ctx, t.entity, ids, t.own, t.company)
	if err != nil {
		return nil, err
	}
	known := make(map[int64]*store.Record, len(found))
	for _, r := range found {
		known[r.ID] = r
	}
	out := make([]*wouldBe, len(written))
	for i, x := range written {
		out[i] = &wouldBe{id: x.ID, record: known[x.ID], derived: x.Derived, boss: x.Company, made: x.Made, written: make(map[string]any, len(fields))}
		for j, f := range fields {
			out[i].written[f] = x.Values[j]
		}
	}
	if len(t.company) > 0 {
		err = findCompanies(ctx, tx, t.company, out)
	}
	return out, err
}

// findCompanies finds the companies of people whose company's domain is
// written.
func findCompanies(ctx context.Context, tx *store.Tx, fields []string, people []*wouldBe) error {
	written := make([]map[string]any, len(people))
	for i, p := range people {
		written[i] = p.written
	}
	companies, err := ingest.CompaniesOf(ctx, tx, written)
	if err != nil {
		return err
	}
	for i, p := range people {
		switch {
		case p.boss > 0:
			companies[i] = p.boss
		case p.boss < 0:
			companies[i] = 0
		}
	}
	ids := slices.DeleteFunc(slices.Sorted(slices.Values(companies)), func(id int64) bool { return id == 0 })
	found, err := tx.Records(ctx, fettle.Companies, slices.Compact(ids), fields, nil)
	if err != nil {
		return err
	}
	byID := make(map[int64]*store.Record, len(found))
	for _, c := range found {
		byID[c.ID] = c
	}
	for i, p := range people {
		if c := byID[companies[i]]; c != nil {
			p.company = c
		}
	}
	return nil
}

// maxPeopleOf is how many people of written companies a dry pass looks at.
const maxPeopleOf = 50_000

// wouldBePeople gives the people of the companies that are written, and those who
// wait for them.
func wouldBePeople(ctx context.Context, tx *store.Tx, t target, fields []string, written []ingest.WouldBe) ([]*wouldBe, error) {
	values := map[int64]map[string]any{}
	var companies []int64
	var awaited []store.CompanyDomain
	for _, x := range written {
		if x.ID > 0 {
			companies = append(companies, x.ID)
		}
		for _, by := range x.Awaited {
			awaited = append(awaited, store.CompanyDomain{Domain: by, Company: x.ID})
		}
		values[x.ID] = make(map[string]any, len(fields))
		for j, f := range fields {
			values[x.ID][f] = x.Values[j]
		}
	}
	links, err := tx.CompanyLinks(ctx, companies, maxPeopleOf)
	if err != nil {
		return nil, err
	}
	waiting, err := tx.WaitingPeople(ctx, awaited, maxPeopleOf)
	if err != nil {
		return nil, err
	}
	links = append(links, waiting...)
	ids := make([]int64, len(links))
	of := make(map[int64]int64, len(links))
	for i, l := range links {
		ids[i], of[l.Person] = l.Person, l.Company
	}
	found, err := tx.Records(ctx, fettle.People, ids, t.own, t.company)
	if err != nil {
		return nil, err
	}
	out := make([]*wouldBe, len(found))
	for i, r := range found {
		out[i] = &wouldBe{id: r.ID, record: r, written: values[of[r.ID]], theirs: true}
	}
	return out, nil
}
