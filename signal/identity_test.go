package signal

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fettle"
	"fettle/store"
)

func month(text string) int64 {
	us, ok := ParseSince(text)
	if !ok {
		panic(text)
	}
	return us
}

func newTeller() *teller {
	return &teller{entity: fettle.People, known: map[int64][]*store.Signal{}, changed: map[*store.Signal]bool{}}
}

// TestTheSameChange holds the decided cases, one telling after the other about
// one person: which signal each is a witness of, counted from 1.
func TestTheSameChange(t *testing.T) {
	t.Parallel()
	type tell struct{ from, to, since, at string }
	for name, x := range map[string]struct {
		told []tell
		want []int
	}{
		"told twice":                         {[]tell{{"A", "B", "", "2025-01"}, {"A", "B", "", "2025-03"}}, []int{1, 1}},
		"in another spelling":                {[]tell{{"VP, Sales", "C.T.O.", "", "2025-01"}, {"vp sales", " cto ", "", "2025-03"}}, []int{1, 1}},
		"there and back and there again":     {[]tell{{"A", "B", "", "2025-01"}, {"B", "A", "", "2025-02"}, {"A", "B", "", "2025-03"}}, []int{1, 2, 3}},
		"at the same instant":                {[]tell{{"A", "B", "", "2025-01"}, {"B", "A", "", "2025-01"}, {"A", "B", "", "2025-01"}}, []int{1, 2, 3}},
		"from elsewhere":                     {[]tell{{"A", "B", "", "2025-01"}, {"C", "B", "", "2025-02"}}, []int{1, 2}},
		"from nobody knows where":            {[]tell{{"A", "B", "", "2025-01"}, {"", "B", "", "2025-02"}}, []int{1, 1}},
		"learned where from":                 {[]tell{{"", "B", "", "2025-01"}, {"A", "B", "", "2025-02"}, {"C", "B", "", "2025-03"}}, []int{1, 1, 2}},
		"two months apart":                   {[]tell{{"A", "B", "2024-11", "2025-01"}, {"A", "B", "2025-01", "2025-02"}}, []int{1, 1}},
		"three months apart":                 {[]tell{{"A", "B", "2024-11", "2025-01"}, {"A", "B", "2025-02", "2025-03"}}, []int{1, 2}},
		"dated, though another lies between": {[]tell{{"A", "B", "2024-11", "2025-01"}, {"B", "C", "2024-12", "2025-02"}, {"A", "B", "2024-12", "2025-03"}}, []int{1, 2, 1}},
		"undated, and another lies between":  {[]tell{{"A", "B", "2024-11", "2025-01"}, {"B", "C", "2024-12", "2025-02"}, {"A", "B", "", "2025-03"}}, []int{1, 2, 3}},
		"dated late":                         {[]tell{{"A", "B", "", "2025-02"}, {"B", "C", "", "2025-03"}, {"A", "B", "2025-02", "2025-06"}}, []int{1, 2, 1}},
		"a witness dates it":                 {[]tell{{"A", "B", "", "2025-02"}, {"A", "B", "2025-02", "2025-03"}, {"A", "B", "2025-08", "2025-09"}}, []int{1, 1, 2}},
	} {
		tl := newTeller()
		for i, told := range x.told {
			tg := Telling{Record: 1, Type: "job_change", From: titled(told.from), To: titled(told.to), AtUS: month(told.at)}
			if told.since != "" {
				tg.SinceUS = month(told.since)
			}
			_, s := tl.take(1, tg)
			if got := slices.Index(tl.known[1], s) + 1; got != x.want[i] {
				t.Errorf("%s: telling %d is of signal %d, want %d", name, i+1, got, x.want[i])
			}
		}
	}
}

func titled(title string) map[string]string {
	if title == "" {
		return nil
	}
	return map[string]string{"title": title}
}

// TestTellingsMakeTheChangesThatHappened draws what happened to a person, has it
// told by several sources, dated to a month or so or not at all, in any order
// that can be, and finds exactly the changes that happened.
func TestTellingsMakeTheChangesThatHappened(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		dated := rapid.Bool().Draw(rt, "dated")
		spell := []func(string) string{
			func(s string) string { return s }, func(s string) string { return " " + s + "." }, func(s string) string { return s + "  " },
		}
		type one struct {
			Telling
			of int
		}
		var all []one
		at, state := time.Date(2020, 1, 15, 0, 0, 0, 0, time.UTC), "t0"
		for n := range rapid.IntRange(1, 8).Draw(rt, "changes") {
			next := fmt.Sprintf("t%d", rapid.IntRange(0, 3).Draw(rt, "to"))
			if next == state {
				continue
			}
			from, to := titled(state), titled(next)
			for range rapid.IntRange(1, 4).Draw(rt, "tellings") {
				w := rapid.SampledFrom(spell).Draw(rt, "spelling")
				tg := one{Telling{Record: 1, Type: "job_change", From: titled(w(from["title"])), To: titled(w(to["title"]))}, n}
				if dated { // off by up to a month; told whenever
					tg.SinceUS = at.AddDate(0, 0, rapid.IntRange(-29, 29).Draw(rt, "off")).UnixMicro()
					tg.AtUS = time.Date(2030, 1, 1, 0, 0, rapid.IntRange(0, 1000).Draw(rt, "learned"), 0, time.UTC).UnixMicro()
				} else { // told before the next change
					tg.AtUS = at.AddDate(0, 0, rapid.IntRange(0, 100).Draw(rt, "learned")).UnixMicro()
				}
				all = append(all, tg)
			}
			state, at = next, at.AddDate(0, 5, 0)
		}
		if dated {
			all = rapid.Permutation(all).Draw(rt, "order")
		} else {
			slices.SortStableFunc(all, func(a, b one) int { return int((a.AtUS - b.AtUS) / 1e6) })
		}
		tl := newTeller()
		of := map[*store.Signal]int{}
		seen := map[int]bool{}
		for i, x := range all {
			outcome, s := tl.take(1, x.Telling)
			if was, known := of[s]; known && was != x.of {
				rt.Fatalf("telling %d of change %d is taken for change %d: %+v", i, x.of, was, all)
			}
			if (outcome == Added) == seen[x.of] {
				rt.Fatalf("telling %d of change %d is %s: %+v", i, x.of, outcome, all)
			}
			of[s], seen[x.of] = x.of, true
		}
	})
}

// TestFold holds what makes no difference.
func TestFold(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name, a, b string
		same       bool
	}{
		{"title", "VP, Sales", "vp  sales", true},
		{"title", "VP Sales & Marketing", "VP Sales and Marketing", true},
		{"title", "VP Sales", "VP Product", false},
		{"title", "Président", "President", true},
		{"title", "+++", "---", false},
		{"company", "Acme, Inc.", "ACME GmbH", true},
		{"company_domain", "https://www.acme.com/about", "acme.com", true},
		{"company", "Acme", "Apex", false},
		{"title", "Head of SE", "Head of", false},
	} {
		if got := FoldText(x.name, x.a) == FoldText(x.name, x.b); got != x.same {
			t.Errorf("%s: %q and %q: same %v (%q, %q)", x.name, x.a, x.b, got, FoldText(x.name, x.a), FoldText(x.name, x.b))
		}
	}
}
