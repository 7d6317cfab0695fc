package engine_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// jobChange is the rule that most people want.
func jobChange() fettle.SignalRule {
	return fettle.SignalRule{
		Entity: fettle.People, Type: "job_change", When: "changed(title) || changed(company_domain)",
		From: map[string]string{"title": "before.title", "company": "before.company_domain"}, To: map[string]string{"title": "title", "company": "company_domain"},
	}
}

func (w *world) rule(name string, def fettle.SignalRule) {
	w.t.Helper()
	if _, err := w.e.SaveSignalRule(w.t.Context(), admin, name, def); err != nil {
		w.t.Fatal(err)
	}
}

// signals are those that stand, oldest first.
func (w *world) signals(q engine.SignalsQuery) []fettle.Signal {
	w.t.Helper()
	out, _, err := w.e.Signals(w.t.Context(), admin, q)
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Reverse(out)
	return out
}

// saysSignals compares the signals that stand with what is wanted of each: "name:
// from → to ×witnesses".
func (w *world) saysSignals(what string, want ...string) {
	w.t.Helper()
	var got []string
	for _, s := range w.signals(engine.SignalsQuery{}) {
		got = append(got, fmt.Sprintf("%s: %s → %s ×%d", s.Record, s.From["title"], s.To["title"], s.Witnesses))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// member is a row of a snapshot of a parliament.
type member struct{ id, name, title, domain, email, location string }

func parliament(from, n int) []member {
	out := make([]member, n)
	for i := range n {
		k := from + i
		out[i] = member{fmt.Sprintf("M%03d", k), fmt.Sprintf("Member Number%d", k), "Representative", "", fmt.Sprintf("number%d.person@gmail.com", k), "Room 1"}
	}
	return out
}

// sync imports a snapshot of a source, and gives the import.
func (w *world) sync(source string, members []member) fettle.ImportView {
	w.t.Helper()
	v, err := w.snapshot(source, members, engine.ImportInput{Confirm: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// snapshot imports a snapshot of a source as in says.
func (w *world) snapshot(source string, members []member, in engine.ImportInput) (fettle.ImportView, error) {
	w.t.Helper()
	var sb strings.Builder
	sb.WriteString("id,name,title,company_domain,email,location\n")
	for _, m := range members {
		fmt.Fprintf(&sb, "%s,%s,%q,%s,%s,%s\n", m.id, m.name, m.title, m.domain, m.email, m.location)
	}
	in.File, in.Entity, in.Source, in.SameList, in.Map = file(w.t, sb.String()), fettle.People, source, true, map[string]string{"id": "external_id"}
	return w.e.Import(w.t.Context(), admin, in)
}

// TestASecondSnapshotTellsWhoMoved imports two snapshots of one list: who has
// another title moved, who joined or left, sits in another room or is in another
// order did not. What a third changes in writing alone is no signal; what another
// source says otherwise is a disagreement.
func TestASecondSnapshotTellsWhoMoved(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.rule("job-change", jobChange())
		first := parliament(0, 60)
		w.sync("congress", first)
		w.saysSignals("the first snapshot")
		second := append(slices.Clone(first[8:]), parliament(60, 9)...)
		for i := range 5 {
			second[i].title = "Senator"
		}
		second[10].location = "Room 2"
		w.sync("congress", second)
		var want []string
		for i := range 5 {
			want = append(want, fmt.Sprintf("Member Number%d: Representative → Senator ×1", 8+i))
		}
		w.saysSignals("the second snapshot", want...)
		for _, s := range w.signals(engine.SignalsQuery{}) {
			if s.Kind != fettle.KindRetitled || s.Source != "congress" || s.Rule != "job-change" || s.Type != "job_change" {
				t.Errorf("%+v", s)
			}
		}
		w.sync("congress", second)
		other := slices.Clone(second)
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(other), func(i, j int) { other[i], other[j] = other[j], other[i] })
		w.sync("congress", other)
		w.saysSignals("the same again, in another order", want...)

		third := slices.Clone(second)
		for i := range 10 {
			third[20+i].title = strings.ToUpper(third[20+i].title) + "."
			third[30+i].domain = fmt.Sprintf("first%d.example", i)
		}
		third[0].title, third[15].title, third[16].title = "Secretary", "Governor", "Mayor" // the first moved before
		third = slices.Delete(third, 40, 60)
		w.sync("congress", third)
		want = append(want, "Member Number8: Senator → Secretary ×1", "Member Number23: Representative → Governor ×1", "Member Number24: Representative → Mayor ×1")
		w.saysSignals("writing, first values, missing rows and three moves", want...)

		old := slices.Clone(first[8:12]) // another list, which still has the old titles, found by the e-mail
		for i := range old {
			old[i].id = "X" + old[i].id
		}
		w.sync("gazette", old)
		w.saysSignals("another source's old titles", want...)
		v, err := w.e.SignalRule(t.Context(), admin, "job-change")
		if err != nil || len(v.Disagreements) != 1 || v.Disagreements[0].Source != "gazette" || v.Disagreements[0].Times != 4 {
			t.Errorf("disagreements: %+v %v", v.Disagreements, err)
		}
		w.sound()
	})
}

// TestADifferenceIsNoChange has two sources that spell every title differently
// synced in turn for 10 days (1,000 titles for 90 days with CHAOS_FOR set), beside an
// enrichment that buys a line for each change: nothing has changed. Then one of them
// says a new title.
func TestADifferenceIsNoChange(t *testing.T) {
	t.Parallel()
	people, days := 30, 10
	if os.Getenv("CHAOS_FOR") != "" {
		people, days = 1000, 90
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.rule("job-change", jobChange())
		w.field("line", fettle.Text)
		w.audience("movers", movers)
		copying := copyLine("movers", 100)
		copying.Steps[0].Prompt = "Write to {{ name }}, who was {{ signal.from.title }} and is {{ signal.to.title }}."
		w.save("copy", copying)
		w.work(w.e)
		w.start("copy")
		paid := func(want int64) {
			t.Helper()
			w.settle("copy")
			w.looked()
			if v := w.show("copy"); v.SpentCredits != fettle.Credits(want)*fettle.Credit || w.sb.Books().BilledCalls != want {
				t.Errorf("%s spent, %d calls, want %d", v.SpentCredits, w.sb.Books().BilledCalls, want)
			}
		}
		a := parliament(0, people)
		for i := range a {
			a[i].title = fmt.Sprintf("Vice President %d", i)
		}
		b := slices.Clone(a)
		for i := range b {
			b[i].id, b[i].title = "B"+b[i].id, fmt.Sprintf("VP No. %d", i)
		}
		w.sync("a", a)
		for range days {
			w.sync("b", b)
			w.sync("a", a)
		}
		w.saysSignals("sources that spell titles differently")
		paid(0)
		v, err := w.e.SignalRule(t.Context(), admin, "job-change")
		if err != nil {
			t.Fatal(err)
		}
		n := int64(0)
		for _, d := range v.Disagreements {
			n += d.Times
		}
		if n != int64(2*days*people) {
			t.Errorf("%d disagreements, want %d", n, 2*days*people)
		}
		b[7].title = "Chief of Everything"
		w.sync("b", b)
		w.sync("a", a)
		w.sync("b", b)
		w.saysSignals("one real move", "Member Number7: Vice President 7 → Chief of Everything ×1")
		paid(1)
	})
}
