package engine_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestOnlyAnUndoRetracts takes back the import that told a change: the signal is
// gone, and told again by the same file it is the same signal. A change back by
// another import is a new one.
func TestOnlyAnUndoRetracts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.rule("job-change", jobChange())
		a := parliament(0, 3)
		w.sync("congress", a)
		a[0].title, a[1].title = "Senator", "Mayor"
		v := w.sync("congress", a)
		w.saysSignals("moved", "Member Number0: Representative → Senator ×1", "Member Number1: Representative → Mayor ×1")
		first := w.signals(engine.SignalsQuery{})[0].ID
		w.edit(w.ids(fettle.AllPeople)[1], "title", "Governor") // an edit in between: the undo leaves it
		if _, err := w.e.UndoImport(ctx, admin, v.ID); err != nil {
			t.Fatal(err)
		}
		w.saysSignals("taken back", "Member Number1: Representative → Mayor ×1", "Member Number1: Mayor → Governor ×1")
		if s, err := w.e.Signal(ctx, admin, first); err != nil || s.RetractedAt == nil || len(s.Told) != 1 || s.Told[0].GoneAt == nil {
			t.Errorf("the one that was taken back: %+v %v", s, err)
		}
		w.sync("congress", a[:1])
		w.saysSignals("said again", "Member Number0: Representative → Senator ×1", "Member Number1: Representative → Mayor ×1", "Member Number1: Mayor → Governor ×1")
		if s := w.signals(engine.SignalsQuery{Record: w.ids(fettle.AllPeople)[0]}); len(s) != 1 || s[0].ID != first {
			t.Errorf("another signal: %+v", s)
		}
		a[0].title = "Representative"
		w.sync("congress", a[:1])
		a[0].title = "Senator"
		w.sync("congress", a[:1])
		if s := w.signals(engine.SignalsQuery{Record: w.ids(fettle.AllPeople)[0]}); len(s) != 3 {
			t.Errorf("there, back and there again: %+v", s)
		}
		w.sound()
	})
}

func moved(record int64, from, to string) fettle.SignalPost {
	p := fettle.SignalPost{Type: "job_change", RecordID: record, To: map[string]any{"title": to}}
	if from != "" {
		p.From = map[string]any{"title": from}
	}
	return p
}

func (w *world) posted(source string, posts ...fettle.SignalPost) fettle.PostedView {
	w.t.Helper()
	v, err := w.e.PostSignals(w.t.Context(), admin, engine.PostInput{Source: source, Signals: posts})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// TestMergedPeopleHaveOneSignalOfOneChange merges two records that are one person:
// of the same change one signal with both witnesses is left, of others both. An
// unmerge gives each its own back; who is deleted and comes back has none.
func TestMergedPeopleHaveOneSignalOfOneChange(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 2, "x")
		ids := w.ids(fettle.AllPeople)
		w.posted("a", moved(ids[0], "VP", "CTO"), moved(ids[0], "CTO", "CEO"))
		w.posted("b", moved(ids[1], "vp", "C.T.O."), moved(ids[1], "Chair", "Dean"))
		each := []string{"Person Number0: VP → CTO ×1", "Person Number0: CTO → CEO ×1", "Person Number1: vp → C.T.O. ×1", "Person Number1: Chair → Dean ×1"}
		w.saysSignals("apart", each...)
		m := w.merge(ids[0], ids[1])
		// Told before the other move, though learned of after it: dates would say so.
		w.saysSignals("one", "Person Number0: VP → CTO ×1", "Person Number0: CTO → CEO ×1", "Person Number0: vp → C.T.O. ×1", "Person Number0: Chair → Dean ×1")
		w.unmerge(m)
		w.saysSignals("apart again", each...)
	})
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.people(0, 2, "x")
		ids := w.ids(fettle.AllPeople)
		same := func(id int64, since string) fettle.SignalPost {
			p := moved(id, "VP", "CTO")
			p.Since = since
			return p
		}
		w.posted("a", same(ids[0], "2025-02"))
		w.posted("b", same(ids[1], "2025-03-15"))
		m := w.merge(ids[0], ids[1])
		w.saysSignals("one change", "Person Number0: VP → CTO ×2")
		if v := w.posted("c", same(ids[1], "2025-02")); v.Witnesses != 1 { // by the number of who is part of another now
			t.Errorf("%+v", v)
		}
		w.saysSignals("told once more", "Person Number0: VP → CTO ×3")
		w.unmerge(m)
		w.saysSignals("apart again", "Person Number0: VP → CTO ×1", "Person Number1: VP → CTO ×2")
		if _, err := w.e.DeleteRecords(ctx, admin, ids[1:], "", false); err != nil {
			t.Fatal(err)
		}
		w.people(1, 1, "x")
		w.saysSignals("deleted and back", "Person Number0: VP → CTO ×1")
		if _, err := w.e.DeleteRecords(ctx, admin, ids[:1], "", true); err != nil {
			t.Fatal(err)
		}
		w.saysSignals("erased")
		w.sound()
	})
}

// TestPostsAreAnsweredOneByOne posts what is new, told already, sent already and
// wrong, and is told of each, by its key.
func TestPostsAreAnsweredOneByOne(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 2, "x")
		ids := w.ids(fettle.AllPeople)
		sent := moved(ids[0], "VP", "CTO")
		sent.ID = "17"
		wrong := moved(ids[0], "", "CTO")
		wrong.Since = "soon"
		v := w.posted("vendor", sent, sent, moved(ids[0], "", "cto"), moved(0, "", "x"), wrong,
			fettle.SignalPost{Type: "Job Change", RecordID: ids[0]}, moved(1<<40, "", "x"),
			fettle.SignalPost{Type: "funding", Record: map[string]string{"emial": "a@b.com"}},
			fettle.SignalPost{Type: "funding", RecordID: ids[0], Details: map[string]any{"Amount": 1}},
			fettle.SignalPost{Type: "funding", RecordID: ids[0], Details: map[string]any{"amount": 1.5, "by": []any{"a"}}})
		var got []string
		for _, p := range v.Signals {
			got = append(got, strings.TrimSuffix(p.Outcome+" "+p.Key, " "))
		}
		want := "signal, repeated, witness, invalid record_id, invalid since, invalid type, invalid record, invalid record.emial, invalid details.Amount, signal"
		if strings.Join(got, ", ") != want {
			t.Errorf("%s\nwant\n%s", strings.Join(got, ", "), want)
		}
		if v := w.posted("vendor", sent); v.Repeated != 1 || v.Signals[0].ID == 0 {
			t.Errorf("sent again later: %+v", v)
		}
		if s := w.signals(engine.SignalsQuery{Type: "funding"}); len(s) != 1 || s[0].Details["amount"] != "1.5" || s[0].Details["by"] != `["a"]` {
			t.Errorf("%+v", s)
		}
	})
}

// TestAHookTakesWhatItsTokenOpens sends bodies to a rule's own address.
func TestAHookTakesWhatItsTokenOpens(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.upsert(fettle.People, map[string]any{"name": "Ann Lee", "email": "ann@acme.example"})
		w.rule("vendor", fettle.SignalRule{
			Entity: fettle.People, Type: "job_change", Detect: fettle.DetectPosted, To: map[string]string{"title": "body.job.title"}, Since: "body.job.start",
			Hook: &fettle.SignalHook{Each: "body.events", Match: map[string]string{"email": "body.email"}, ID: "body.id", Ignore: `body.kind == "ping"`},
		})
		token, err := w.e.MakeHookToken(ctx, admin, "vendor")
		if err != nil {
			t.Fatal(err)
		}
		body := `{"events": [{"kind": "ping"}, {"kind": "move", "id": 7, "email": "Ann@acme.example", "job": {"title": "CTO", "start": "2025-02"}}, {"kind": "move", "email": "nobody@x.example", "job": {"title": "CTO"}}]}`
		for _, bad := range []string{"", "x", token.Token + "x"} {
			_, err := w.e.ReceiveHook(ctx, "vendor", bad, strings.NewReader(body))
			w.code(fettle.Unsigned, err, "the token "+bad)
		}
		_, err = w.e.ReceiveHook(ctx, "nowhere", token.Token, strings.NewReader(body))
		w.code(fettle.Unsigned, err, "another hook")
		for i, want := range []string{"1 0 0 1", "0 0 1 1"} {
			v, err := w.e.ReceiveHook(ctx, "vendor", token.Token, strings.NewReader(body))
			if got := fmt.Sprint(v.Added, v.Witnesses, v.Repeated, v.Invalid); err != nil || got != want {
				t.Errorf("time %d: %s %+v %v", i+1, got, v, err)
			}
			if len(v.Signals) != 2 || v.Signals[0].Index != 1 || v.Signals[1].Index != 2 { // by the places in what was sent
				t.Errorf("time %d: %+v", i+1, v.Signals)
			}
		}
		_, err = w.e.ReceiveHook(ctx, "vendor", token.Token, strings.NewReader(`{"event": 1}`))
		w.code(fettle.Invalid, err, "a body without the list")
		if e := fettle.AsError(err); e.Details["key"] != "hook.each" {
			t.Errorf("it does not name the key: %+v", e)
		}
		kept, err := w.e.HookBodies(ctx, admin, "vendor", 0, 10)
		if err != nil || len(kept) != 3 || string(kept[2].Body) != body || kept[0].Answer.Invalid != 1 {
			t.Errorf("kept: %+v %v", kept, err)
		}
		if err := w.e.DeleteHookToken(ctx, admin, "vendor"); err != nil {
			t.Fatal(err)
		}
		_, err = w.e.ReceiveHook(ctx, "vendor", token.Token, strings.NewReader(body))
		w.code(fettle.Unsigned, err, "an ended token")
	})
}

// TestAHookLooksAtItsTokenAgain ends a token while a body is on its way.
func TestAHookLooksAtItsTokenAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.upsert(fettle.People, map[string]any{"name": "Ann Lee", "email": "ann@acme.example"})
		w.rule("vendor", fettle.SignalRule{
			Entity: fettle.People, Type: "job_change", Detect: fettle.DetectPosted, To: map[string]string{"title": "body.title"},
			Hook: &fettle.SignalHook{Match: map[string]string{"email": "body.email"}, ID: "body.id"},
		})
		token, err := w.e.MakeHookToken(ctx, admin, "vendor")
		if err != nil {
			t.Fatal(err)
		}
		// An id of any length is one that the database can look up, and no other's.
		for i, end := range []string{"a", "b", "a"} {
			var id strings.Builder
			for n := range 3000 { // no text that is short when it is compressed
				fmt.Fprintf(&id, "%x", n*n*7919)
			}
			v, err := w.e.ReceiveHook(ctx, "vendor", token.Token, strings.NewReader(fmt.Sprintf(`{"id": %q, "email": "ann@acme.example", "title": "T%s"}`, id.String()+end, end)))
			if err != nil || v.Added != int64(1-i/2) || v.Repeated != int64(i/2) {
				t.Errorf("time %d: %+v %v", i, v, err)
			}
		}
		body := io.MultiReader(strings.NewReader(`{"email": "ann@acme.example", `), &whenRead{func() {
			if err := w.e.DeleteHookToken(ctx, admin, "vendor"); err != nil {
				t.Error(err)
			}
		}}, strings.NewReader(`"title": "CTO"}`))
		_, err = w.e.ReceiveHook(ctx, "vendor", token.Token, body)
		w.code(fettle.Unsigned, err, "a token that ended while the body came")
	})
}

// whenRead does something when a reader comes to it, and gives nothing.
type whenRead struct{ do func() }

func (r *whenRead) Read([]byte) (int, error) {
	r.do()
	return 0, io.EOF
}
