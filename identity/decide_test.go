package identity_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fettle/identity"
)

// world is a set of records with the index that the engine keeps.
type world struct {
	at         map[identity.Key]int64
	candidates map[int64]identity.Candidate
}

func newWorld(records map[int64][]identity.Key) world {
	w := world{map[identity.Key]int64{}, map[int64]identity.Candidate{}}
	for id, keys := range records {
		c := identity.Candidate{Record: id, Keys: map[identity.KeyKind][]string{}}
		for _, k := range keys {
			w.at[k] = id
			c.Keys[k.Kind] = append(c.Keys[k.Kind], k.Value)
		}
		w.candidates[id] = c
	}
	return w
}

func ext(source, id string) identity.Key { return identity.External(source, id) }
func link(s string) identity.Key         { return identity.Key{Kind: identity.LinkedInKey, Value: s} }
func mail(s string) identity.Key         { return identity.Key{Kind: identity.EmailKey, Value: s} }
func dom(s string) identity.Key          { return identity.Key{Kind: identity.DomainKey, Value: s} }
func tel(s string) identity.Key          { return identity.Key{Kind: identity.PhoneKey, Value: s} }

func TestDecide(t *testing.T) {
	type keys = []identity.Key
	for _, tc := range []struct {
		name    string
		records map[int64]keys
		row     keys
		want    identity.Decision
	}{
		{"no keys create", nil, nil, identity.Decision{}},
		{"unknown keys create", map[int64]keys{1: {mail("b@x.co")}}, keys{mail("a@x.co")}, identity.Decision{}},
		{"one key updates", map[int64]keys{1: {mail("a@x.co")}}, keys{mail("a@x.co")}, identity.Decision{Record: 1}},
		{"a weaker key updates when the stronger finds nothing", map[int64]keys{1: {mail("a@x.co")}}, keys{link("in/a"), mail("a@x.co")}, identity.Decision{Record: 1}},
		{"every key agrees", map[int64]keys{1: {ext("crm", "1"), link("in/a"), mail("a@x.co")}}, keys{ext("crm", "1"), link("in/a"), mail("a@x.co")}, identity.Decision{Record: 1}},
		{
			"the strongest decides and the weaker merges",
			map[int64]keys{1: {link("in/a")}, 2: {mail("a@x.co")}},
			keys{link("in/a"), mail("a@x.co")},
			identity.Decision{Record: 1, Merge: []int64{2}},
		},
		{
			"a stronger key differs",
			map[int64]keys{1: {link("in/a")}, 2: {link("in/b"), mail("a@x.co")}},
			keys{link("in/a"), mail("a@x.co")},
			identity.Decision{Record: 1, Conflicts: []identity.Conflict{{Key: mail("a@x.co"), Record: 2, Differs: identity.LinkedInKey}}},
		},
		{
			"the row's own new key counts",
			map[int64]keys{1: {ext("crm", "1")}, 2: {link("in/b"), mail("a@x.co")}},
			keys{ext("crm", "1"), link("in/a"), mail("a@x.co")},
			identity.Decision{Record: 1, Conflicts: []identity.Conflict{{Key: mail("a@x.co"), Record: 2, Differs: identity.LinkedInKey}}},
		},
		{
			"e-mail that differs is no reason against LinkedIn",
			map[int64]keys{1: {ext("crm", "1"), mail("a@x.co")}, 2: {link("in/a"), mail("b@x.co")}},
			keys{ext("crm", "1"), link("in/a")},
			identity.Decision{Record: 1, Merge: []int64{2}},
		},
		{
			"ids of two sources do not contradict each other",
			map[int64]keys{1: {ext("crm", "1")}, 2: {ext("shop", "9"), mail("a@x.co")}},
			keys{ext("crm", "1"), mail("a@x.co")},
			identity.Decision{Record: 1, Merge: []int64{2}},
		},
		{
			"ids of one source do",
			map[int64]keys{1: {ext("crm", "1")}, 2: {ext("crm", "9"), mail("a@x.co")}},
			keys{ext("crm", "1"), mail("a@x.co")},
			identity.Decision{Record: 1, Conflicts: []identity.Conflict{{Key: mail("a@x.co"), Record: 2, Differs: identity.ExternalKey}}},
		},
		{
			"a LinkedIn address and a LinkedIn number cannot be compared",
			map[int64]keys{1: {link("in/a")}, 2: {link("member/7"), mail("a@x.co")}},
			keys{link("in/a"), mail("a@x.co")},
			identity.Decision{Record: 1, Merge: []int64{2}},
		},
		{
			"what was merged counts for the next",
			map[int64]keys{1: {ext("crm", "1")}, 2: {link("in/a"), ext("shop", "1")}, 3: {ext("shop", "2"), mail("a@x.co")}},
			keys{ext("crm", "1"), link("in/a"), mail("a@x.co")},
			identity.Decision{Record: 1, Merge: []int64{2}, Conflicts: []identity.Conflict{{Key: mail("a@x.co"), Record: 3, Differs: identity.ExternalKey}}},
		},
		{
			"two keys of one other record",
			map[int64]keys{1: {ext("crm", "1")}, 2: {ext("crm", "2"), link("in/a"), mail("a@x.co")}},
			keys{ext("crm", "1"), link("in/a"), mail("a@x.co")},
			identity.Decision{Record: 1, Conflicts: []identity.Conflict{
				{Key: link("in/a"), Record: 2, Differs: identity.ExternalKey}, {Key: mail("a@x.co"), Record: 2, Differs: identity.ExternalKey},
			}},
		},
		{
			"a company's domain is stronger than its LinkedIn page",
			map[int64]keys{1: {dom("a.com")}, 2: {dom("b.com"), link("company/a")}},
			keys{dom("a.com"), link("company/a")},
			identity.Decision{Record: 1, Conflicts: []identity.Conflict{{Key: link("company/a"), Record: 2, Differs: identity.DomainKey}}},
		},
		{
			"a phone is the weakest",
			map[int64]keys{1: {mail("a@x.co")}, 2: {mail("b@x.co"), tel("+12022242315")}},
			keys{mail("a@x.co"), tel("+12022242315")},
			identity.Decision{Record: 1, Conflicts: []identity.Conflict{{Key: tel("+12022242315"), Record: 2, Differs: identity.EmailKey}}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(tc.records)
			if diff := cmp.Diff(tc.want, identity.Decide(tc.row, w.at, w.candidates)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecideNeverMergesWhatItDoesNotKnow(t *testing.T) {
	w := newWorld(map[int64][]identity.Key{1: {link("in/a")}, 2: {mail("a@x.co")}})
	delete(w.candidates, 2)
	got := identity.Decide([]identity.Key{link("in/a"), mail("a@x.co")}, w.at, w.candidates)
	want := identity.Decision{Record: 1, Conflicts: []identity.Conflict{{Key: mail("a@x.co"), Record: 2}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// order is the strength of the kinds, written down a second time.
var order = []identity.KeyKind{identity.ExternalKey, identity.DomainKey, identity.LinkedInKey, identity.EmailKey, identity.PhoneKey}

func someKeys(t *rapid.T, label string, most int) []identity.Key {
	n := rapid.IntRange(0, most).Draw(t, label+" keys")
	var keys []identity.Key
	for i := range n {
		kind := rapid.SampledFrom(order).Draw(t, fmt.Sprint(label, " kind ", i))
		value := rapid.SampledFrom([]string{"x:1", "x:2", "y:1", "y:2"}).Draw(t, fmt.Sprint(label, " value ", i))
		if kind == identity.LinkedInKey {
			value = strings.Replace(value, ":", "/", 1)
		}
		if key := (identity.Key{Kind: kind, Value: value}); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	slices.SortStableFunc(keys, func(a, b identity.Key) int { return slices.Index(order, a.Kind) - slices.Index(order, b.Kind) })
	return keys
}

// contradict says, from the definition, whether two sides differ in a kind
// stronger than limit: comparable values on both sides, none in common.
func contradict(a, b []identity.Key, limit identity.KeyKind) bool {
	group := func(k identity.Key) string {
		switch k.Kind {
		case identity.ExternalKey, identity.LinkedInKey:
			return string(k.Kind) + k.Value[:1]
		default:
			return string(k.Kind)
		}
	}
	for _, x := range a {
		for _, y := range b {
			if group(x) != group(y) || slices.Index(order, x.Kind) >= slices.Index(order, limit) {
				continue
			}
			common := slices.ContainsFunc(a, func(k identity.Key) bool { return group(k) == group(x) && slices.Contains(b, k) })
			if !common {
				return true
			}
		}
	}
	return false
}

func TestDecideKeepsItsRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records, taken := map[int64][]identity.Key{}, map[identity.Key]bool{}
		for id := int64(1); id <= 4; id++ {
			for _, k := range someKeys(t, fmt.Sprint("record ", id), 4) {
				if !taken[k] { // a key belongs to one record
					taken[k] = true
					records[id] = append(records[id], k)
				}
			}
		}
		w := newWorld(records)
		row := someKeys(t, "row", 5)
		d := identity.Decide(row, w.at, w.candidates)

		side, merged, conflicts := row, []int64(nil), 0
		var first int64
		for _, k := range row {
			hit := w.at[k]
			if hit == 0 {
				continue
			}
			if first == 0 && contradict(row, records[hit], upTo(k.Kind)) {
				if conflicts >= len(d.Conflicts) || d.Conflicts[conflicts].Key != k || d.Conflicts[conflicts].Record != hit {
					t.Fatalf("%v should conflict: %+v", k, d)
				}
				conflicts++
				continue
			}
			if first == 0 {
				first, side = hit, append(slices.Clone(row), records[hit]...)
				continue
			}
			if hit == first || slices.Contains(merged, hit) {
				continue
			}
			if contradict(side, records[hit], k.Kind) || slices.ContainsFunc(d.Conflicts[:conflicts], func(c identity.Conflict) bool { return c.Record == hit }) {
				if conflicts >= len(d.Conflicts) || d.Conflicts[conflicts].Key != k || d.Conflicts[conflicts].Record != hit || d.Conflicts[conflicts].Differs == "" {
					t.Fatalf("%v should conflict: %+v", k, d)
				}
				conflicts++
				continue
			}
			merged, side = append(merged, hit), append(side, records[hit]...)
		}
		if d.Record != first || !slices.Equal(d.Merge, merged) || len(d.Conflicts) != conflicts {
			t.Fatalf("got %+v, want record %d, merge %v, %d conflicts", d, first, merged, conflicts)
		}
		for _, m := range d.Merge {
			if slices.ContainsFunc(d.Conflicts, func(c identity.Conflict) bool { return c.Record == m }) {
				t.Fatalf("record %d is merged and kept apart: %+v", m, d)
			}
		}
	})
}

// upTo is the kind up to which stronger keys keep a row from the record that its
// first key finds: e-mails do not.
func upTo(k identity.KeyKind) identity.KeyKind {
	if k == identity.PhoneKey {
		return identity.EmailKey
	}
	return k
}

func TestDecideAllocatesNothingToUpdate(t *testing.T) {
	w := newWorld(map[int64][]identity.Key{1: {link("in/a"), mail("a@x.co")}})
	row := []identity.Key{link("in/a"), mail("a@x.co")}
	if n := testing.AllocsPerRun(100, func() { identity.Decide(row, w.at, w.candidates) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
