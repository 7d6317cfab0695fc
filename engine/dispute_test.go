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

// hears has a list say what it knows of one person.
func (w *world) hears(source, email, title string) fettle.ImportView {
	w.t.Helper()
	v, err := w.e.Import(w.t.Context(), admin, engine.ImportInput{
		File: file(w.t, "email,title\n"+email+","+title+"\n"), Entity: fettle.People, Source: source, Confirm: true, SameList: true,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) titleOf(id int64) engine.ValueDetail {
	w.t.Helper()
	d, err := w.e.Record(w.t.Context(), viewer, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return d.Values[slices.IndexFunc(d.Values, func(v engine.ValueDetail) bool { return v.Field == "title" })]
}

// disputes compares what is said of a title in every way in which it is told: the
// record's detail, the list's filter, and the Data Hub. want is "value by source"
// of each word, what stands first; "" where nobody ever disagreed.
func (w *world) disputes(what string, id int64, disputed bool, want ...string) {
	w.t.Helper()
	v := w.titleOf(id)
	var got []string
	for _, s := range v.Words {
		got = append(got, fmt.Sprintf("%v by %s", s.Value, s.Source))
	}
	slices.Sort(got[min(1, len(got)):])
	if v.Disputed != disputed || !slices.Equal(got, want) {
		w.t.Errorf("%s: disputed is %t, want %t; said is %q, want %q", what, v.Disputed, disputed, got, want)
	}
	if len(v.Words) > 0 && v.Words[0].Stands != (v.Value != nil) {
		w.t.Errorf("%s: the first word does not say whether it stands: %+v", what, v.Words[0])
	}
	n, err := w.e.CountRecords(w.t.Context(), viewer, engine.Query{Entity: fettle.People, Where: fmt.Sprintf("disputed(title) && email == %q", w.value(id, "email"))})
	if err != nil || (n == 1) != disputed {
		w.t.Errorf("%s: the filter finds %d: %v", what, n, err)
	}
	all, err := w.e.CountRecords(w.t.Context(), viewer, engine.Query{Entity: fettle.People, Where: "disputed(title)"})
	if err != nil {
		w.t.Fatal(err)
	}
	hub := w.hub(fettle.People, "")
	if f := hub.Fields[slices.IndexFunc(hub.Fields, func(f fettle.HubField) bool { return f.Field == "title" })]; f.Disputed != all {
		w.t.Errorf("%s: the Data Hub counts %d, the filter %d", what, f.Disputed, all)
	}
}

// TestDisputed follows a title through everything that makes it disputed, decides
// it, and takes either back.
func TestDisputed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Config{HitRate: 1})
		w.hears("crm", "ann@acme.com", "CTO")
		id := w.ids(fettle.AllPeople)[0]
		w.disputes("one source", id, false)
		w.hears("crm", "ann@acme.com", "Chief")
		w.disputes("a source changes its own word", id, false)
		w.hears("list", "ann@acme.com", "  chief ")
		w.disputes("the same in other words", id, false)
		w.hears("crm", "ann@acme.com", "Chief")

		w.hears("list", "ann@acme.com", "CEO")
		w.disputes("another source overwrites", id, true, "CEO by list", "Chief by crm")
		w.hears("crm", "ann@acme.com", "CEO!")
		w.disputes("it comes to agree", id, false, "CEO! by crm", "CEO by list")
		w.hears("third", "ann@acme.com", "Boss")
		w.disputes("a third", id, true, "Boss by third", "CEO by list", "CEO! by crm")

		// A person decides for what stands, which is an edit, and can be taken back.
		edit, err := w.e.EditRecords(t.Context(), editor, engine.EditsInput{Entity: fettle.People, Edits: []engine.Edit{{Record: id, Field: "title", Value: "Boss"}}, Confirm: true})
		if err != nil || edit.Set == "" {
			t.Fatalf("%+v: %v", edit, err)
		}
		w.disputes("decided for what stands", id, false, "Boss by by hand", "Boss by third", "CEO by list", "CEO! by crm")
		if v := w.titleOf(id); v.SourceKind != store.OriginPerson || v.Why == "" {
			t.Errorf("what was chosen is by %s: %q", v.SourceKind, v.Why)
		}
		w.hears("list", "ann@acme.com", "ceo")
		w.disputes("a source repeats itself", id, false, "Boss by by hand", "Boss by third", "CEO by list", "CEO! by crm")
		w.take(edit.Set)
		w.disputes("the decision is taken back", id, true, "Boss by third", "CEO by list", "CEO! by crm")
		w.take(w.sets("undo")[0].ID)
		w.disputes("and made again", id, false, "Boss by by hand", "Boss by third", "CEO by list", "CEO! by crm")
		w.hears("list", "ann@acme.com", "Owner")
		w.disputes("a source says something new", id, true, "Boss by by hand", "Boss by third", "CEO! by crm", "Owner by list")
		w.edit(id, "title", "Owner")
		w.disputes("decided for another", id, false, "Owner by by hand", "Boss by by hand", "Boss by third", "CEO! by crm", "Owner by list")
	})
}

// TestDisputedUndone takes back who disagreed: an import that overwrote, one that
// only spoke, an edit of an undisputed value, a merge; and erases.
func TestDisputedUndone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Config{HitRate: 1})
		w.hears("crm", "ann@acme.com", "CTO")
		id := w.ids(fettle.AllPeople)[0]
		undo := func(v fettle.ImportView) {
			t.Helper()
			if _, err := w.e.UndoImport(t.Context(), editor, v.ID); err != nil {
				t.Fatal(err)
			}
		}
		over := w.hears("list", "ann@acme.com", "CEO")
		w.disputes("overwritten", id, true, "CEO by list", "CTO by crm")
		undo(over)
		w.disputes("taken back", id, false)

		v, err := w.e.EditRecords(t.Context(), editor, engine.EditsInput{Entity: fettle.People, Edits: []engine.Edit{{Record: id, Field: "title", Value: "CFO"}}, Confirm: true})
		if err != nil {
			t.Fatal(err)
		}
		w.disputes("edited", id, false, "CFO by by hand", "CTO by crm")
		w.hears("crm", "ann@acme.com", "CTO")
		w.disputes("imported again", id, false, "CFO by by hand", "CTO by crm")
		spoke := w.hears("list", "ann@acme.com", "CEO")
		w.disputes("a word that the record does not take", id, true, "CFO by by hand", "CEO by list", "CTO by crm")
		undo(spoke)
		w.disputes("the word taken back", id, false, "CFO by by hand", "CTO by crm")
		w.take(v.Set)
		w.disputes("the edit taken back", id, false)

		w.hears("list", "bob@bolt.com", "CEO")
		second := w.ids(fettle.AllPeople)[1]
		w.disputes("another person", second, false)
		mergeID := w.merge(id, second)
		if got := w.titleOf(id); got.Disputed || len(got.Words) != 2 {
			t.Errorf("a person made them one, and saw both titles: %+v", got)
		}
		w.unmerge(mergeID)
		w.disputes("unmerged", id, false)
		w.disputes("the other", second, false)

		w.hears("third", "bob@bolt.com", "Boss")
		w.disputes("the other is disputed", second, true, "Boss by third", "CEO by list")
		mergeID = w.merge(id, second)
		if got := w.titleOf(id); got.Disputed || len(got.Words) != 3 {
			t.Errorf("its words go along: %+v", got)
		}
		w.unmerge(mergeID)
		w.disputes("unmerged again", id, false)
		w.disputes("disputed as before", second, true, "Boss by third", "CEO by list")

		if _, err := w.e.DeleteRecords(t.Context(), admin, []int64{second}, "", true); err != nil {
			t.Fatal(err)
		}
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			words, err := tx.Words(t.Context(), []int64{second})
			if len(words) > 0 {
				t.Errorf("erased, and %d words are kept", len(words))
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// TestDisputedIsForLists refuses it in what is kept or followed, with a way on.
func TestDisputedIsForLists(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Config{HitRate: 1})
		_, err := w.e.SaveAudience(t.Context(), admin, fettle.Audience{Name: "unsure", Entity: fettle.People, Where: "disputed(title)"}, true)
		if fettle.CodeOf(err) != fettle.Invalid || !strings.Contains(fettle.AsError(err).Hint, "source(title)") {
			t.Errorf("an audience of what is disputed: %v (%s)", err, fettle.AsError(err).Hint)
		}
	})
}
