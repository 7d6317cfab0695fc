package engine_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// picture is what a workspace was at a time.
type picture struct {
	at      time.Time
	counts  map[string]int64
	filters map[string]string
	records map[int64]map[string]any
	company map[int64]int64
	filled  map[string]map[string]int64 // audience → field → how many hold it
}

// pastWorld writes at random, and takes pictures.
type pastWorld struct {
	*world
	rnd     *rand.Rand
	n       int
	filters map[string]string
	did     [12]int // by what was written
}

var pastFilters = []string{
	`title == "engineer"`, `title.contains("c") || blank(title)`, `company.industry == "steel"`, `company.name.startsWith("C") && filled(email)`,
	`source(title) == "by hand"`, `created_at < timestamp("2100-01-01T00:00:00Z") && title != "boss"`,
}

func (p *pastWorld) pick(entity fettle.Entity) int64 {
	p.t.Helper()
	name := fettle.AllPeople
	if entity == fettle.Companies {
		name = fettle.AllCompanies
	}
	ids := p.ids(name)
	if len(ids) == 0 {
		return 0
	}
	return ids[p.rnd.IntN(len(ids))]
}

// write does one thing.
func (p *pastWorld) write() {
	p.t.Helper()
	ctx := p.t.Context()
	var err error
	op := p.rnd.IntN(len(p.did))
	switch op {
	case 0, 1:
		p.n++
		_, err = p.e.UpsertRecords(ctx, admin, engine.UpsertInput{Entity: fettle.People, Source: "crm", Confirm: true, Rows: []map[string]any{{
			"external_id": fmt.Sprint(p.n), "name": fmt.Sprint("Person ", p.n), "company_domain": fmt.Sprintf("c%d.com", p.rnd.IntN(4)), "title": "engineer",
		}}})
	case 2:
		_, err = p.e.UpsertRecords(ctx, admin, engine.UpsertInput{Entity: fettle.Companies, Source: "crm", Confirm: true, Rows: []map[string]any{{
			"domain": fmt.Sprintf("c%d.com", p.rnd.IntN(4)), "name": fmt.Sprint("C", p.rnd.IntN(3)), "industry": []string{"steel", "wood"}[p.rnd.IntN(2)],
		}}})
	case 3, 4, 5:
		field, value := "title", []any{"engineer", "cto", "boss", nil}[p.rnd.IntN(4)]
		if op == 5 {
			field, value = "company_domain", fmt.Sprintf("c%d.com", p.rnd.IntN(4))
		}
		if id := p.pick(fettle.People); id != 0 {
			err = p.e.EditRecord(ctx, admin, id, field, value, true)
		}
	case 6:
		if id := p.pick(fettle.People); id != 0 {
			_, err = p.e.DeleteRecords(ctx, admin, []int64{id}, "", false)
		}
	case 7, 8:
		entity := fettle.Entities()[op-7]
		if a, b := p.pick(entity), p.pick(entity); a != b {
			_, err = p.e.MergeRecords(ctx, admin, a, b, nil)
		}
	case 9:
		if merges, _ := p.e.Merges(ctx, admin, 0, 0, 5); len(merges) > 0 {
			_, err = p.e.UnmergeRecords(ctx, admin, merges[p.rnd.IntN(len(merges))].ID, true, false)
		}
	case 10:
		sets, _, _ := p.e.ChangeSets(ctx, admin, engine.SetsQuery{Limit: 6})
		sets = slices.DeleteFunc(sets, func(s fettle.ChangeSetView) bool { return s.Kind == store.SetRun }) // what was bought stays
		if len(sets) > 0 {
			_, err = p.e.TakeBack(ctx, admin, sets[p.rnd.IntN(len(sets))].ID, false, true)
		}
	case 11:
		p.filters["some"] = pastFilters[p.rnd.IntN(len(pastFilters))]
		p.audience("some", p.filters["some"])
	}
	if err == nil {
		p.did[op]++
	}
	if code := fettle.CodeOf(err); err != nil && code != fettle.Refused && code != fettle.Invalid && code != fettle.NotFound {
		p.t.Fatal(err)
	}
}

// picture writes down what there is.
func (p *pastWorld) picture() picture {
	p.t.Helper()
	pic := picture{counts: map[string]int64{}, filters: map[string]string{}, records: map[int64]map[string]any{}, company: map[int64]int64{}}
	for name, f := range p.filters {
		n, err := p.e.CountAudience(p.t.Context(), admin, name)
		if err != nil {
			p.t.Fatal(err)
		}
		pic.counts[name], pic.filters[name] = n, f
	}
	for _, name := range []string{fettle.AllPeople, fettle.AllCompanies} {
		for _, id := range p.ids(name) {
			d, err := p.e.Record(p.t.Context(), admin, id)
			if err != nil {
				p.t.Fatal(err)
			}
			pic.records[id], pic.company[id] = valuesOf(d), d.CompanyID
		}
	}
	pic.filled = map[string]map[string]int64{}
	if _, is := p.filters["f2"]; is { // the others' lives are long, and their hubs no different
		for _, name := range []string{fettle.AllPeople, fettle.AllCompanies, "f2", "some"} {
			pic.filled[name] = p.filled(name)
		}
	}
	time.Sleep(time.Millisecond)
	pic.at = time.Now()
	time.Sleep(time.Millisecond)
	return pic
}

// filled counts which fields the members of an audience hold now, one by one.
func (p *pastWorld) filled(name string) map[string]int64 {
	p.t.Helper()
	out := map[string]int64{}
	for _, id := range p.ids(name) {
		d, err := p.e.Record(p.t.Context(), admin, id)
		if err != nil {
			p.t.Fatal(err)
		}
		out["records"]++
		for field := range valuesOf(d) {
			out[field]++
		}
	}
	return out
}

// hubThen is the same as the Data Hub of then tells it.
func (p *pastWorld) hubThen(name string, at time.Time) map[string]int64 {
	p.t.Helper()
	v, err := p.e.HubAsOf(p.t.Context(), viewer, "", name, at)
	if err != nil {
		p.t.Fatal(err)
	}
	out := map[string]int64{}
	if v.Records > 0 {
		out["records"] = v.Records
	}
	for _, f := range v.Fields {
		if f.Filled != 0 {
			out[f.Field] = f.Filled
		}
	}
	return out
}

func valuesOf(d engine.RecordDetail) map[string]any {
	out := map[string]any{}
	for _, v := range d.Values {
		if v.Value != nil {
			out[v.Field] = fmt.Sprint(v.Value, " of ", v.Source)
		}
	}
	return out
}

// TestAsOf writes at random, with merges of people and of companies, unmerges,
// deletions, undos and other filters, and compares what it wrote down at each
// moment with what is told of it afterwards.
func TestAsOf(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed := time.Now().UnixNano()
		t.Logf("seed %d", seed)
		p := &pastWorld{world: newWorld(t, db, sandbox.Defaults()), rnd: rand.New(rand.NewPCG(uint64(seed), 0)), filters: map[string]string{}}
		for i, f := range pastFilters {
			p.filters[fmt.Sprint("f", i)] = f
			p.audience(fmt.Sprint("f", i), f)
		}
		p.filters["some"] = pastFilters[0]
		p.audience("some", pastFilters[0])
		for range 8 {
			p.write()
		}
		p.people(0, 2, "engineer")
		var pictures []picture
		for range 20 {
			for range p.rnd.IntN(5) {
				p.write()
			}
			pictures = append(pictures, p.picture())
		}
		for i, pic := range pictures {
			p.compare(i, pic)
		}
		p.movesAddUp(pictures)
		p.save("draft", findEmail("f0", 10))
		bt, err := p.e.Backtest(t.Context(), viewer, "draft", 3, false)
		if err != nil || bt.Calls == 0 || len(bt.Assumptions) == 0 || p.sb.Books().Calls != 0 {
			t.Errorf("the backtest of a draft: %+v, %v", bt, err)
		}
	})
}

func (p *pastWorld) compare(i int, pic picture) {
	p.t.Helper()
	ctx := p.t.Context()
	for name, want := range pic.counts {
		c, err := p.e.CountAsOf(ctx, viewer, name, pic.at, true)
		if err != nil || c.Count != want || c.Filter != pic.filters[name] {
			p.t.Errorf("picture %d: %s had %d (%s), and is said to have had %d (%s): %v", i, name, want, pic.filters[name], c.Count, c.Filter, err)
		}
	}
	for name, want := range pic.filled {
		if name == "some" && pic.filters[name] != p.filters[name] {
			continue // the hub goes by today's filter
		}
		if got := p.hubThen(name, pic.at); !reflect.DeepEqual(got, want) {
			p.t.Errorf("picture %d: %s held %v, and its hub is said to have held %v", i, name, want, got)
		}
	}
	for id, want := range pic.records {
		d, err := p.e.RecordAsOf(ctx, viewer, id, pic.at)
		if err != nil {
			p.t.Errorf("picture %d: record %d: %v", i, id, err)
			continue
		}
		if got := valuesOf(d); !reflect.DeepEqual(got, want) || d.CompanyID != pic.company[id] {
			p.t.Errorf("picture %d: record %d of company %d held %v, and is said to have been of %d and held %v", i, id, pic.company[id], want, d.CompanyID, got)
		}
	}
	c, err := p.e.CountAsOf(ctx, viewer, fettle.AllPeople, pic.at, false)
	people := int64(0)
	for _, n := range []int64{c.Count} {
		people += n
	}
	if all, cErr := p.e.CountAsOf(ctx, viewer, fettle.AllCompanies, pic.at, false); err != nil || cErr != nil || people+all.Count != int64(len(pic.records)) {
		p.t.Errorf("picture %d: %d people and %d companies, want %d together: %v", i, people, all.Count, len(pic.records), err)
	}
}
