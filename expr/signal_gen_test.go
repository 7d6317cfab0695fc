package expr_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fettle/expr"
	"fettle/store/storetest"
)

// told is a signal of the tests, with what keeps it from being seen.
type told struct {
	expr.Signal

	gone, sample bool
}

var (
	signalTypes   = []string{"job_change", "seat_vacated", "a"}
	signalKinds   = []string{"", "moved", "left"}
	signalSources = []string{"csv", "crm", "Engineer"}
	signalKeys    = []string{"title", "company", "x"}
)

// someSignals makes signals out of the pools.
func someSignals(n func(int) int) []told {
	list := make([]told, n(5))
	for i := range list {
		values := func() map[string]string {
			m := map[string]string{}
			for _, key := range signalKeys {
				if v := texts[n(len(texts))]; n(3) > 0 {
					m[key] = v
				}
			}
			if n(4) == 0 {
				m["title"] = ""
			}
			return m
		}
		s := told{gone: n(5) == 0, sample: n(5) == 0}
		s.Type, s.Kind, s.Source = signalTypes[n(3)], signalKinds[n(3)], signalSources[n(3)]
		s.At = instants[n(len(instants))]
		if n(3) > 0 {
			s.Since = instants[n(len(instants))]
		}
		s.From, s.To, s.Details = values(), values(), values()
		list[i] = s
	}
	return list
}

// withSignals gives every second person, and their companies, signals.
func withSignals(people []record) []record {
	r := rand.New(rand.NewPCG(3, 4))
	for i, rec := range people {
		if i%2 == 0 {
			rec["told"] = someSignals(r.IntN)
			rec["company.told"] = someSignals(r.IntN)
		}
	}
	return number(people)
}

// number gives signals their ids, and records what they give of them.
func number(people []record) []record {
	id := int64(0)
	for _, rec := range people {
		for key, as := range map[string]string{"told": expr.Signals, "company.told": "company." + expr.Signals} {
			list, _ := rec[key].([]told)
			seen := []expr.Signal{}
			for i := range list {
				id++
				list[i].ID = id
				if !list[i].gone && !list[i].sample {
					seen = append(seen, list[i].Signal)
				}
			}
			slices.SortFunc(seen, func(a, b expr.Signal) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) })
			rec[as] = seen
			if as != expr.Signals && rec.CompanyValue("name") == nil && rec.CompanyValue("domain") == nil && rec.CompanyValue("employee_count") == nil {
				delete(rec, as) // has no company
				delete(rec, key)
			}
		}
	}
	return people
}

func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// insertSignals writes what was told of a record.
func (d *database) insertSignals(t testing.TB, id int64, list []told) {
	t.Helper()
	text := func(m map[string]string) string {
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	exec := func(query string, args ...any) {
		q, out := d.render(query, args)
		if _, err := d.db.ExecContext(context.Background(), q, out...); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range list {
		gone := int64(0)
		if s.gone {
			gone = 1
		}
		exec(`INSERT INTO signals (id, entity, record_id, home_id, into_id, type, kind, at_us, since_us, from_values, to_values, details, from_key, to_key, rule_id, sample, retracted_us)
			VALUES ($1, 'people', $2, 0, 0, $3, $4, $5, $6, $7, $8, $9, '', '', 0, $10, $11)`,
			s.ID, id, s.Type, s.Kind, s.At.UnixMicro(), micros(s.Since), text(s.From), text(s.To), text(s.Details), s.sample, gone)
		// The first witness was taken back, the second stands.
		for i, source := range []string{"nobody", s.Source, "somebody"} {
			taken := int64(0)
			if i == 0 {
				taken = 1
			}
			exec(`INSERT INTO signal_witnesses (id, signal_id, record_id, source, rule_id, sender_id, origin_id, change_id, at_us, since_us, evidence, gone_us)
				VALUES ($1, $2, $3, $4, 0, '', 0, 0, 0, NULL, '', $5)`, s.ID*3+int64(i), s.ID, id, source, taken)
		}
	}
}

// signalCorpus holds what random expressions would rarely hit.
var signalCorpus = []string{
	`signals.exists(s, true)`, `!signals.exists(s, true)`, `signals.exists(s, false)`, `signals.exists(s, s.type == "job_change" && within(s.at, "30d"))`,
	`signals.exists(s, s.type == "job_change" && s.kind == "moved")`, `signals.exists(s, s.type == "job_change") && signals.exists(s, s.kind == "moved")`,
	`signals.exists(s, blank(s.kind) && filled(s.since))`, `signals.exists(s, s.to.title == title)`, `signals.exists(s, s.to.title < name)`, `signals.exists(s, has(s.from.company))`,
	`signals.exists(x, x.from.title != x.to.title)`, `signals.exists(s, s.since < s.at)`, `signals.exists(s, s.at > seen)`,
	`signals.exists(s, s.source == "csv")`, `signals.exists(s, s.source.contains("ENG"))`, `signals.exists(s, s.details.x.startsWith("a"))`, `signals.exists(s, lower(s.to.title) == lower(title))`,
	`signals.exists(s, s.at > now - duration("30d"))`, `signals.exists(s, !within(s.since, "30d"))`, `signals.exists(s, s.kind in ["moved", "left"])`, `signals.exists(s, size(s.to.title) > 3)`,
	`signals.exists(s, s.since == timestamp("2026-03-10T12:00:00Z") || blank(s.since))`, `signals.exists(s, status(email) == "valid" && s.type == "a")`, `signals.exists(s, source(email) == s.source)`,
	`company.signals.exists(s, s.type == "seat_vacated")`, `!company.signals.exists(s, s.type == "seat_vacated")`, `company.signals.exists(s, s.to.company == company.name)`,
	`company.signals.exists(s, s.to.title == title) || signals.exists(s, s.to.company == company.name)`, `(vip ? signals.exists(s, s.kind == "left") : active)`,
	`signals.exists(company, company.type == "a")`, `signals.exists(title, title.type == "a")`, `signals.exists(s, s.to.title.contains(name))`, `signals.exists(s, s.from.title + s.to.title == "ab")`,
	`signals.exists(s, (s.kind == "left" ? s.from.title : s.to.title) == title)`, `signals.exists(s, s.at in [now, s.since, seen])`, `signals.exists(s, s.type == "$1" || s.type == "a")`,
}

// signalCondition draws a condition on signals.
func (g gen) signalCondition(depth int) string {
	of := g.pick([]string{"signals", "signals", "company.signals"})
	return of + ".exists(s, " + g.ofSignal(depth) + ")"
}

func (g gen) ofSignal(depth int) string {
	if depth > 0 {
		switch g.n(4) {
		case 0:
			return "(" + g.ofSignal(depth-1) + " && " + g.ofSignal(depth-1) + ")"
		case 1:
			return "(" + g.ofSignal(depth-1) + " || " + g.ofSignal(depth-1) + ")"
		case 2:
			return "!(" + g.ofSignal(depth-1) + ")"
		}
	}
	text := func() string {
		return "s." + g.pick([]string{"type", "kind", "source", "from.title", "to.title", "to.company", "details.x", "details.none"})
	}
	at := func() string { return g.pick([]string{"s.at", "s.since"}) }
	switch g.n(7) {
	case 0:
		return text() + g.pick([]string{" == ", " != "}) + g.pick([]string{`"job_change"`, `"moved"`, `"csv"`, g.textLiteral()})
	case 1:
		return text() + " " + g.op() + " " + g.pick(append(textFields, text()))
	case 2:
		return fmt.Sprintf("within(%s, %q)", at(), g.pick([]string{"1s", "1d", "30d", "31d"}))
	case 3:
		return at() + " " + g.op() + " " + g.pick([]string{"now", "s.at", "seen", g.instantLiteral(), g.dayLiteral(), `now - duration("30d")`})
	case 4:
		return g.pick([]string{"filled(", "blank("}) + g.pick([]string{text(), at()}) + ")"
	case 5:
		return text() + g.pick([]string{".contains(", ".startsWith(", ".endsWith("}) + g.text(0) + ")"
	}
	return g.condition(0)
}

// TestSignalsAgree compares Go, SQLite and PostgreSQL on what signals a record
// has, also where spans of time are open.
func TestSignalsAgree(t *testing.T) {
	e := env(t)
	people := withSignals(somePeople(80))
	dbs := []*database{open(t, storetest.SQLite), open(t, storetest.PostgreSQL)}
	for _, d := range dbs {
		d.insert(t, people)
	}
	for _, src := range signalCorpus {
		if err := agree(e, src, people, now, dbs...); err != nil {
			t.Error(err)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		g := gen{rt}
		depth := rapid.IntRange(0, 2).Draw(rt, "depth")
		src := g.signalCondition(depth)
		switch g.n(3) {
		case 0:
			src = "!" + src + " && " + g.signalCondition(depth)
		case 1:
			src += " || " + g.condition(1)
		}
		at := rapid.SampledFrom(instants).Draw(rt, "now")
		if _, err := e.Filter(src); err != nil {
			rt.Skip("numbers or an order that a filter refuses: ", err)
		}
		if err := agree(e, src, people, at, dbs...); err != nil {
			rt.Fatal(err)
		}
		if err := agreeSince(e, src, people, at.Add(-40*24*time.Hour), at, dbs...); err != nil {
			rt.Fatal(err)
		}
	})
}

// agreeSince compares the databases with Go where spans of time are open, and
// holds that what passes now passes then.
func agreeSince(e *expr.Env, src string, people []record, since, at time.Time, dbs ...*database) error {
	f, err := e.Filter(src)
	if err != nil {
		return err
	}
	for _, d := range dbs {
		got, err := d.evaluate(f.SQLSince(since, at))
		if err != nil {
			return fmt.Errorf("%s on %s: %w", src, d.kind, err)
		}
		for i, rec := range people {
			open, err := f.MatchSince(rec, since, at)
			if err != nil {
				return err
			}
			in, err := f.Match(rec, at)
			if err != nil {
				return err
			}
			if got[i] != open || in && !open {
				return fmt.Errorf("%s since %s: %v in Go, %v on %s, %v now, for %v", src, since, open, got[i], d.kind, in, rec)
			}
		}
	}
	return nil
}
