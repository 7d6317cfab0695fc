package judge

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"fettle"
	"fettle/signal"
	"fettle/store"
)

// Enrichments feed each other where each writes what opens the next one's rows
// again. An edge is there only where a write can open a row that was bought;
// what only lets a record in, or is asked once, ends by itself.

// thing is what one writes and another may be opened by.
type thing struct {
	entity fettle.Entity
	field  string
	signal string // a type of signals, in the place of a field
}

// member is one that may be part of a loop.
type member struct {
	name   string
	bound  bool // says itself how often a record may come back
	rule   bool // is a signal rule: chains are not counted through it
	writes []thing
	opens  func(thing) bool // whether a write of it opens what was bought
	enters func(thing) bool // or only lets in what was not: nil for none
}

// feed is one edge: what from writes and to goes by.
type feed struct {
	from, to string
	fields   []string
	again    bool // it opens what was bought
}

// Reads reports whether what the program asks, or whether it asks at all, may
// change with a field of an entity.
func (p *Program) Reads(entity fettle.Entity, field string) bool {
	return reads(p.Entity, entity, field, p.Inputs, p.Company)
}

func reads(of, entity fettle.Entity, field string, own map[string]bool, company []string) bool {
	switch {
	case entity == of && own[field]:
		return true
	case of != fettle.People || len(company) == 0:
		return false
	case entity == fettle.Companies:
		return field == "domain" || slices.Contains(company, field)
	}
	// A person who goes to another company has other values of it.
	return field == "company_domain" || field == "company_id" || field == "email"
}

// member makes the program one that may be part of a loop.
func (p *Program) member(audience *FieldSet) member {
	m := member{name: p.Name, bound: p.Definition.Loop > 0}
	for _, o := range p.Definition.Outputs {
		m.writes = append(m.writes, thing{entity: p.Entity, field: o.Field})
	}
	asked := slices.Collect(maps.Keys(p.asks.Company))
	m.opens = func(t thing) bool {
		if t.signal != "" {
			return p.Definition.RerunOn == OnSignal && p.watches(t.signal)
		}
		return p.Definition.RerunOn == "inputs" && reads(p.Entity, t.entity, t.field, p.asks.Own, asked)
	}
	let := slices.Collect(maps.Keys(audience.Company))
	m.enters = func(t thing) bool {
		return t.signal == "" && (p.Reads(t.entity, t.field) || reads(p.Entity, t.entity, t.field, audience.Own, let))
	}
	return m
}

// members reads all that may be part of a loop. What cannot be compiled cannot
// run, and is looked at when it is to go live.
func (jd *Judge) members(ctx context.Context, tx *store.Tx) ([]member, error) {
	all, err := tx.Enrichments(ctx)
	if err != nil {
		return nil, err
	}
	var out []member
	for _, e := range all {
		p, err := jd.Compile(ctx, tx, e.ID, e.Name, e.Version, e.Definition)
		switch {
		case err != nil && fettle.CodeOf(err) == fettle.Internal:
			return nil, err
		case err != nil:
			continue
		}
		let, err := jd.audienceFields(ctx, tx, p.Entity, e.Definition.Audience)
		if err != nil {
			return nil, err
		}
		out = append(out, p.member(let))
	}
	rules, err := rules(ctx, tx)
	return append(out, rules...), err
}

// watches reports whether an audience of the program asks for signals of a type;
// one that names no type asks for all.
func (p *Program) watches(kind string) bool {
	return slices.ContainsFunc(p.watched, func(a watched) bool {
		return a.filter != nil && (strings.Contains(a.where, strconv.Quote(kind)) || !strings.Contains(a.where, ".type"))
	})
}

// RuleName is the name of a signal rule among the members of loops.
func RuleName(name string) string { return "the signal " + name }

// rules are the signal rules that go by what enrichments write, and those that
// raise signals of companies for signals of people.
func rules(ctx context.Context, tx *store.Tx) ([]member, error) {
	all, err := tx.SignalRules(ctx)
	if err != nil {
		return nil, err
	}
	var out []member
	for _, x := range all {
		if x.Detect == fettle.DetectDepartures {
			out = append(out, member{name: RuleName(x.Name), rule: true, writes: []thing{{entity: x.Entity, field: x.Type, signal: x.Type}}, opens: func(t thing) bool {
				return t.signal != "" && t.entity == fettle.People
			}})
			continue
		}
		if x.Detect != fettle.DetectChanges || x.By != "any" {
			continue
		}
		env, fields, err := signal.Env(ctx, tx, x.Entity)
		if err != nil {
			return nil, err
		}
		_, rule, err := signal.Check(env, fields, x.SignalRule)
		if err != nil {
			continue // it cannot be read, and raises nothing
		}
		out = append(out, member{name: RuleName(x.Name), rule: true, writes: []thing{{entity: x.Entity, field: x.Type, signal: x.Type}}, opens: func(t thing) bool {
			return t.signal == "" && t.entity == x.Entity && slices.ContainsFunc(fields, func(f fettle.Field) bool { return f.Key == t.field && rule.Reads(f) })
		}})
	}
	return out, nil
}

// audienceFields are the fields that the filters of audiences read.
func (jd *Judge) audienceFields(ctx context.Context, tx *store.Tx, entity fettle.Entity, names []string) (*FieldSet, error) {
	set := NewFieldSet()
	env, err := jd.Env(ctx, tx, entity)
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		a, err := tx.Audience(ctx, n)
		if err != nil {
			return nil, err
		}
		if f, err := env.Filter(a.Where); err == nil {
			set.Add(f.Fields(), f.CompanyFields())
		}
	}
	return set, nil
}

// Loop looks for a loop that an enrichment is part of. One without a bound is an
// error that names its members and fields; one that ends by itself, since each
// record is asked about once, is a note.
func (jd *Judge) Loop(ctx context.Context, tx *store.Tx, name string) (note string, err error) {
	all, err := jd.members(ctx, tx)
	if err != nil {
		return "", err
	}
	unbound := slices.DeleteFunc(slices.Clone(all), func(m member) bool { return m.bound })
	if ring := ringOf(unbound, name, true); ring != nil {
		return "", endless(ring)
	}
	for _, m := range all { // whoever has a bound counts no returns through signals
		if !m.rule {
			continue
		}
		if ring := ringOf(all, m.name, true); slices.ContainsFunc(ring, func(f feed) bool { return f.from == name }) {
			return "", endless(ring)
		}
	}
	ring := ringOf(all, name, false)
	if ring == nil || !slices.ContainsFunc(ring, func(f feed) bool { return !f.again }) {
		return "", nil
	}
	return "They feed each other the first time only, so each record is bought once for each: " + ringText(ring), nil
}

// endless is the refusal of a loop without a bound.
func endless(ring []feed) *fettle.Error {
	names := make([]string, len(ring))
	for i, f := range ring {
		names[i] = f.from
	}
	last := ring[len(ring)-1].to
	hint := fmt.Sprintf("Let one of them ask each record once (rerun_on: never), or say how often a record may come back to it: loop: 2 in %s.", last)
	if strings.Contains(strings.Join(names, " "), RuleName("")) {
		hint = "Let one of them ask each record once (rerun_on: never), or let the signal go by sources and people alone (without by: any)."
	}
	said := strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
	return fettle.Errorf(fettle.Refused, "%s feed each other without an end: %s", said, ringText(ring)).
		WithHint("%s", hint).
		With("key", "rerun_on").With("loop", names)
}

func ringText(ring []feed) string {
	parts := make([]string, len(ring))
	for i, f := range ring {
		what := "opens rows of %s again"
		if !f.again {
			what = "lets records into %s"
		}
		parts[i] = fmt.Sprintf("%s writes %s, which "+what, f.from, strings.Join(f.fields, ", "), f.to)
	}
	return strings.Join(parts, "; ")
}

// ringOf gives the edges of a shortest loop through a member, from it and back;
// nil if there is none. With again only edges count that open what was bought.
// A member's own writes do not open its own rows.
func ringOf(all []member, name string, again bool) []feed {
	at := slices.IndexFunc(all, func(m member) bool { return m.name == name })
	if at < 0 {
		return nil
	}
	came := map[int]feed{}
	for queue := []int{at}; len(queue) > 0; queue = queue[1:] {
		from := queue[0]
		for to := range all {
			_, seen := came[to]
			f, ok := feeds(all[from], all[to], again)
			if from == to || seen || !ok {
				continue
			}
			came[to] = f
			if to == at {
				return walk(came, all, at)
			}
			queue = append(queue, to)
		}
	}
	return nil
}

// walk gives the way that was found back to a member, in its order.
func walk(came map[int]feed, all []member, at int) []feed {
	var ring []feed
	for n := at; ; {
		f := came[n]
		ring = append(ring, f)
		if f.from == all[at].name {
			break
		}
		n = slices.IndexFunc(all, func(m member) bool { return m.name == f.from })
	}
	slices.Reverse(ring)
	return ring
}

// feeds is the edge from one member to another, if there is one.
func feeds(from, to member, again bool) (feed, bool) {
	f := feed{from: from.name, to: to.name}
	for _, t := range from.writes {
		if to.opens(t) {
			f.fields, f.again = append(f.fields, t.field), true
		}
	}
	if f.again || again || to.enters == nil {
		return f, f.again
	}
	for _, t := range from.writes {
		if to.enters(t) {
			f.fields = append(f.fields, t.field)
		}
	}
	return f, len(f.fields) > 0
}
