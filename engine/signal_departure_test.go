package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// vacated compares the seats that are vacant: "company: title, kind".
func (w *world) vacated(what string, want ...string) []fettle.Signal {
	w.t.Helper()
	all := w.signals(engine.SignalsQuery{Type: "seat_vacated"})
	var got []string
	for _, s := range all {
		got = append(got, fmt.Sprintf("%s: %s, %s", s.Record, s.From["title"], s.Kind))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return all
}

func (w *world) departures() {
	w.t.Helper()
	_, err := w.e.Import(w.t.Context(), admin, engine.ImportInput{File: file(w.t, "name,domain\nacme.com,acme.com\n"), Entity: fettle.Companies, Source: "list", Confirm: true})
	if err != nil {
		w.t.Fatal(err)
	}
	w.rule("job-change", jobChange())
	w.rule("seat-vacated", fettle.SignalRule{Entity: fettle.Companies, Type: "seat_vacated", Detect: fettle.DetectDepartures})
}

// left is a post of somebody who left a company for another one, or for none.
func left(record int64, title, from, to string) fettle.SignalPost {
	p := fettle.SignalPost{Type: "job_change", RecordID: record, From: map[string]any{"title": title, "company": from}, To: map[string]any{"company": to}}
	if to == "" {
		p.Kind, p.To = fettle.KindLeft, nil
	}
	return p
}

// TestAVacantSeatFollowsWhoLeft raises a signal on the company that somebody left,
// whatever tells it: one for each of the person's, and none for a new title or a
// company that is no record. An undo takes both back, and undoing that brings both.
func TestAVacantSeatFollowsWhoLeft(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		a := parliament(0, 5)
		for i := range a {
			a[i].domain, a[i].title = "acme.com", fmt.Sprintf("Head %d", i)
		}
		w.departures()
		w.sync("list", a)
		ids := w.ids(fettle.AllPeople)
		a[0].domain, a[1].title = "beta.io", "Chief"
		v := w.sync("list", a)
		seats := w.vacated("moved and retitled by a list", "acme.com: Head 0, moved")
		if len(seats) != 1 || seats[0].Source != "list" || seats[0].From["person"] != "Member Number0" || seats[0].To["company"] != "beta.io" {
			t.Errorf("%+v", seats)
		}
		w.posted("vendor", left(ids[0], "Head 0", "https://www.acme.com", "Beta.io"), left(ids[2], "Head 2", "acme.com", ""), left(ids[3], "Head 3", "nowhere.example", "beta.io"))
		w.vacated("a second witness, who left, and from where nobody is known", "acme.com: Head 0, moved", "acme.com: Head 2, left")
		if n, err := w.e.CountAudience(ctx, admin, "seat-vacated"); err != nil || n != 1 {
			t.Errorf("%d companies, %v", n, err)
		}
		sample := left(ids[4], "Head 4", "acme.com", "beta.io")
		sample.Sample = true
		w.posted("vendor", sample)
		a[4].domain = "beta.io"
		second := w.sync("list", a)
		w.vacated("a sample is none, the move is", "acme.com: Head 0, moved", "acme.com: Head 2, left", "acme.com: Head 4, moved")
		for _, id := range []int64{v.ID, second.ID} { // of the first one witness is left
			if _, err := w.e.UndoImport(ctx, admin, id); err != nil {
				t.Fatal(err)
			}
		}
		w.vacated("taken back", "acme.com: Head 0, moved", "acme.com: Head 2, left")
		w.sync("list", a)
		w.vacated("said again", "acme.com: Head 0, moved", "acme.com: Head 2, left", "acme.com: Head 4, moved")
		w.sound()
	})
}

// TestAVacantSeatIsAsThePeopleAre merges two records that are one person who left:
// one seat is vacant then, and two again when they come apart. Of who is deleted or
// erased none is left.
func TestAVacantSeatIsAsThePeopleAre(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		a := parliament(0, 3)
		for i := range a {
			a[i].domain = "acme.com"
		}
		w.departures()
		w.sync("list", a)
		ids := w.ids(fettle.AllPeople)
		w.posted("a", left(ids[0], "VP", "acme.com", "beta.io"))
		w.posted("b", left(ids[1], "VP", "acme.com", "beta.io"), left(ids[2], "Dean", "acme.com", ""))
		two := []string{"acme.com: VP, moved", "acme.com: VP, moved", "acme.com: Dean, left"}
		w.vacated("two records", two...)
		m, err := w.e.MergeRecords(ctx, admin, ids[0], ids[1], nil)
		if err != nil {
			t.Fatal(err)
		}
		w.vacated("one person", "acme.com: VP, moved", "acme.com: Dean, left")
		if _, err := w.e.UnmergeRecords(ctx, admin, m.ID, true, false); err != nil {
			t.Fatal(err)
		}
		w.vacated("apart again", two...)
		if _, err := w.e.MergeRecords(ctx, admin, ids[0], ids[1], nil); err != nil {
			t.Fatal(err)
		}
		if _, err := w.e.DeleteRecords(ctx, admin, ids[2:], "", false); err != nil {
			t.Fatal(err)
		}
		w.vacated("one deleted", "acme.com: VP, moved")
		if _, err := w.e.DeleteRecords(ctx, admin, ids[:1], "", true); err != nil {
			t.Fatal(err)
		}
		w.vacated("one erased")
		if all := w.signals(engine.SignalsQuery{Retracted: true}); len(all) != 0 {
			t.Errorf("of who was erased is left: %+v", all)
		}
		w.sound()
	})
}

// TestALoopThroughADepartureIsRefused feeds what an enrichment of people writes to
// one of companies by way of a vacated seat, and that back to the first.
func TestALoopThroughADepartureIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.field("x", fettle.Number)
	w.departures()
	w.rule("rescored", fettle.SignalRule{Entity: fettle.People, Type: "rescored", When: "changed(x)", To: map[string]string{"score": "string(x)"}, By: "any"})
	w.save("a", scored(`string(company.employee_count)`, "x"))
	b := scored("name", "employee_count")
	b.Audience, b.RerunOn = []string{"seat-vacated"}, "signal"
	_, err := w.e.SaveEnrichment(t.Context(), admin, "b", b)
	if e := fettle.AsError(err); err == nil || e.Code != fettle.Refused || !strings.Contains(e.Message, "the signal seat-vacated") {
		t.Errorf("%v", err)
	}
}
