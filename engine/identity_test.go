package engine_test

import (
	"fmt"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/ingest"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// merge makes two people one; 0 if it is put off.
func (w *world) merge(survivor, loser int64) (id int64) {
	w.t.Helper()
	err := w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		now := time.Now()
		origin, err := tx.OriginID(w.t.Context(), store.Origin{Kind: store.OriginPerson, Name: admin.Name, Day: fettle.DayOf(now)})
		if err != nil {
			return err
		}
		id, err = ingest.Merge(w.t.Context(), tx, ingest.MergeInput{Entity: fettle.People, Survivor: survivor, Loser: loser, Origin: origin, Actor: admin.Name, Now: now})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) unmerge(id int64) {
	w.t.Helper()
	err := w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		now := time.Now()
		origin, err := tx.OriginID(w.t.Context(), store.Origin{Kind: store.OriginPerson, Name: admin.Name, Day: fettle.DayOf(now)})
		if err != nil {
			return err
		}
		return ingest.UndoMerge(w.t.Context(), tx, id, origin, admin.Name, now)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestMergedRecordsAreNotBoughtAgain merges a bought record into one that was
// not, and takes it back.
func TestMergedRecordsAreNotBoughtAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 10, "x")
		w.people(10, 10, "y")
		w.audience("xs", `title == "x"`)
		w.save("emails", findEmail("xs", 1000))
		w.work(w.e)
		w.start("emails")
		w.settle("emails")
		w.pause("emails")
		xs, all := w.ids("xs"), w.ids(fettle.AllPeople)
		var merges []int64
		for i := range 5 {
			merges = append(merges, w.merge(all[10+i], xs[i]))
		}
		w.save("others", findEmail(fettle.AllPeople, 1000))
		if est := w.estimate("others"); est.AudienceRows != 15 || est.Reused != 10 || est.ToRun != 5 {
			t.Errorf("estimate: %+v", est)
		}
		for _, id := range merges {
			w.unmerge(id)
		}
		if est := w.estimate("others"); est.AudienceRows != 20 || est.Reused != 10 || est.ToRun != 10 {
			t.Errorf("estimate after undoing: %+v", est)
		}
		w.start("others")
		wantRows(t, w.settle("others"), fettle.RowCounts{Reused: 10, Found: 10})
		if b := w.sb.Books(); b.Calls != 20 || b.Repeats != 0 {
			t.Errorf("books: %+v", b)
		}
		w.agree()
		w.sound()
	})
}

// TestDuplicatesThatWereBothBought merges two records of one person, each
// bought before: that is no second purchase of one record.
func TestDuplicatesThatWereBothBought(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 3, "x")
		ids := w.ids(fettle.AllPeople)
		for _, id := range ids {
			w.edit(id, "name", "Ann Lee")
			w.edit(id, "company_domain", "acme.com")
		}
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.work(w.e)
		w.start("emails")
		w.settle("emails")
		w.merge(ids[1], ids[2])
		w.merge(ids[0], ids[1])
		w.agree()
		w.sound()
	})
}

// TestMergedWhileInFlight merges people whose calls are under way: the merge
// waits, everything is bought once, and undoing keeps the cells.
func TestMergedWhileInFlight(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		answer := w.sb.Hold()
		w.people(0, 20, "x")
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.work(w.e)
		w.start("emails")
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.InFlight == 20 })
		ids := w.ids(fettle.AllPeople)
		for i := range 5 {
			if id := w.merge(ids[2*i], ids[2*i+1]); id != 0 {
				t.Fatal("merged while a call was in flight")
			}
		}
		answer()
		w.settle("emails")
		for end := time.Now().Add(patience); len(w.ids(fettle.AllPeople)) > 15; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the merges are never made")
			}
		}
		w.pause("emails")
		w.reset("emails")
		w.start("emails")
		wantRows(t, w.settle("emails"), fettle.RowCounts{Reused: 15})
		if b := w.sb.Books(); b.Calls != 20 || b.Repeats != 0 {
			t.Errorf("books: %+v", b)
		}
		w.agree()
		w.sound()
	})
}

// TestWhoComesBackIsReused deletes people and imports them again.
func TestWhoComesBackIsReused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 20, "x")
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.work(w.e)
		w.start("emails")
		w.settle("emails")
		email := w.value(w.ids(fettle.AllPeople)[0], "email")
		if n, err := w.e.DeleteRecords(t.Context(), admin, nil, fettle.AllPeople, false); err != nil || n != 20 {
			t.Fatal(n, err)
		}
		w.people(0, 20, "x")
		w.looked()
		w.settle("emails")
		w.pause("emails")
		w.reset("emails")
		w.start("emails")
		v := w.settle("emails")
		if v.Rows.Reused != 20 || email == nil || w.value(w.ids(fettle.AllPeople)[0], "email") != email {
			t.Errorf("rows %+v, the email was %v", v.Rows, email)
		}
		if b := w.sb.Books(); b.Calls != 20 {
			t.Errorf("books: %+v", b)
		}
		w.agree()
		w.sound()
	})
}

// TestSuppressedPeopleAreSkipped has people who are not to be enriched.
func TestSuppressedPeopleAreSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.people(0, 20, "x")
	w.audience("some", `name.endsWith("1")`)
	if n, err := w.e.SuppressRecords(t.Context(), admin, nil, "some", true); err != nil || n != 2 {
		t.Fatal(n, err)
	}
	w.save("emails", findEmail(fettle.AllPeople, 1000))
	est := w.estimate("emails")
	w.work(w.e)
	w.start("emails")
	wantRows(t, w.settle("emails"), fettle.RowCounts{Found: 18, Skipped: 2})
	if est.ToRun != 18 || est.Skipped != 2 || w.sb.Books().Calls != 18 {
		t.Errorf("estimate %+v", est)
	}
	w.sound()
}

// TestPilotsBuyOnce runs a pilot and then everything.
func TestPilotsBuyOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 50, "x")
		w.save("emails", findEmail(fettle.AllPeople, 30))
		w.work(w.e)
		if _, err := w.e.Pilot(t.Context(), admin, "emails", 10); err != nil {
			t.Fatal(err)
		}
		v := w.until("emails", func(v fettle.EnrichmentView) bool { return !v.Piloting })
		if v.State != fettle.Draft || v.Rows.Found != 10 || v.SpentCredits != 10*fettle.Credit {
			t.Errorf("after the pilot: %s, %+v", v.State, v.Rows)
		}
		if est := w.estimate("emails"); est.ToRun != 40 || est.Reused != 10 || *est.LimitLeftCredits != 20*fettle.Credit {
			t.Errorf("estimate: %+v", est)
		}
		w.start("emails")
		v = w.settle("emails")
		wantPaused(t, v, fettle.PausedByLimit)
		if v.SpentCredits != 30*fettle.Credit || w.sb.Books().Calls != 30 || w.sb.Books().Repeats != 0 {
			t.Errorf("%s spent, books %+v", v.SpentCredits, w.sb.Books())
		}
		causes := map[fettle.Cause]int{}
		for _, j := range w.journal("") {
			causes[j.Cause]++
		}
		if fmt.Sprint(causes) != fmt.Sprint(map[fettle.Cause]int{fettle.CausePilot: 10, fettle.CauseStart: 20}) {
			t.Errorf("causes: %v", causes)
		}
		_, err := w.e.Start(t.Context(), admin, "emails", engine.StartOptions{EstimateID: "est-1-1000000"})
		refused(t, err, fettle.Confirm) // the price has grown since it was shown
		w.agree()
		w.sound()
	})
}
