package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/notify"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// entrances is a channel that is told who enters the audience senators.
type entrances struct {
	*world
	told int // how many it was told of
}

// saw compares what the channel is told of since it was last asked.
func (w *entrances) saw(what string, want ...string) {
	w.t.Helper()
	if err := w.e.TellEntered(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	var got []string
	for _, s := range w.says("crm") {
		for line := range strings.SplitSeq(strings.TrimPrefix(s, "record.entered "), "\n") {
			got = append(got, strings.TrimSuffix(line, ": entered senators"))
		}
	}
	if w.told = min(w.told, len(got)); !slices.Equal(got[w.told:], want) {
		w.t.Fatalf("%s: told of %q, wanted %q", what, got[w.told:], want)
	}
	w.told = len(got)
}

// sweepNow makes the hour between two looks at everybody pass.
func (w *entrances) sweepNow() {
	w.t.Helper()
	w.sql("UPDATE watches SET looked_us = looked_us - 3600000000")
}

func (w *entrances) sql(text string, args ...any) {
	w.t.Helper()
	if err := w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		_, err := tx.SQL().ExecContext(w.t.Context(), text, args...)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
}

// watched counts what is kept of watched audiences.
func (w *entrances) watched() (watches, members int) {
	w.t.Helper()
	if err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
		return tx.SQL().QueryRowContext(w.t.Context(), "SELECT (SELECT count(*) FROM watches), (SELECT count(*) FROM watched_members)").Scan(&watches, &members)
	}); err != nil {
		w.t.Fatal(err)
	}
	return watches, members
}

// TestWhoEntersAnAudienceIsTold moves people into an audience by an import, takes
// one out and puts it in again, edits the filter, lets time pass, merges, erases
// and deletes: each who enters is told once, and nobody who was in.
func TestWhoEntersAnAudienceIsTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx, url := &entrances{world: newWorld(t, db, sandbox.Defaults())}, t.Context(), "https://hooks.acme.example/x" // nobody sends
		w.field("seen", fettle.Date)
		a := parliament(0, 7)
		a[0].title = "Senator"
		w.sync("congress", a)
		w.audience("senators", `title == "Senator"`)
		listen := func(channel string, events ...string) error {
			_, err := w.e.Channels.Add(ctx, admin, channel, notify.Input{Webhook: &url, Events: &events})
			return err
		}
		for _, bad := range []string{"record.entered", "record.*", "record.entered:", "record.entered:senator"} {
			err := listen("bad", bad)
			w.code(fettle.Invalid, err, bad)
		}
		if err := listen("crm", fettle.EnteredIn("senators")); err != nil {
			t.Fatal(err)
		}
		if err := listen("all"); err != nil {
			t.Fatal(err)
		}
		w.saw("who was in")
		for i := range 3 {
			a[1+i].title = "Senator"
		}
		w.sync("congress", a)
		w.saw("three moved", "Member Number1", "Member Number2", "Member Number3")
		w.sync("congress", a)
		w.saw("the same list again")
		ids := w.ids(fettle.AllPeople)
		w.edit(ids[1], "title", "Mayor")
		w.saw("one left")
		w.edit(ids[1], "title", "Senator")
		w.saw("and came back", "Member Number1")
		w.audience("senators", `title == "Senator" || title == "Representative"`)
		w.saw("another filter")
		w.edit(ids[6], "location", "Room 2")
		w.saw("an edit of who came in by the filter")
		w.audience("senators", `title == "Senator" && !within(seen, "30d")`)
		w.saw("and another")
		w.sql("UPDATE people SET seen = $1 WHERE id = $2", fettle.DayOf(time.Now()), ids[1]) // as if time had taken it out: nobody wrote
		w.sweepNow()
		w.saw("time took one out")
		w.edit(ids[1], "seen", "2000-01-01")
		w.saw("and it came back", "Member Number1")
		if _, err := w.e.MergeRecords(ctx, admin, ids[5], ids[2], nil); err != nil {
			t.Fatal(err)
		}
		w.edit(ids[5], "title", "Senator")
		w.saw("a member was merged into another")
		if _, err := w.e.UnmergeRecords(ctx, admin, ids[2], false, true); err != nil {
			t.Fatal(err)
		}
		w.saw("and came out again")
		if _, err := w.e.DeleteRecords(ctx, admin, ids[1:2], "", true); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(strings.Join(w.says("crm"), "\n"), "Number1"); n != 0 {
			t.Errorf("who is erased is told of %d times", n)
		}
		w.told = 1 << 30
		w.saw("erased")
		if got := slices.DeleteFunc(w.says("all"), func(s string) bool { return !strings.HasPrefix(s, "record.") }); len(got) != 0 {
			t.Errorf("who names no audience is told %q", got)
		}
		w.ends(url)
	})
}

// ends restores the workspace, and deletes the audience and the channel: of the
// watch nothing is left.
func (w *entrances) ends(url string) {
	w.t.Helper()
	ctx := w.t.Context()
	if watches, members := w.watched(); watches != 1 || members == 0 {
		w.t.Fatalf("%d watches of %d members", watches, members)
	}
	gone := func(what string) {
		w.t.Helper()
		w.saw(what)
		if watches, members := w.watched(); watches != 0 || members != 0 {
			w.t.Fatalf("%s: %d watches of %d members", what, watches, members)
		}
	}
	refused(w.t, w.e.DeleteAudience(ctx, admin, "senators"), fettle.Refused, "used by the channel crm")
	if _, err := w.e.Channels.Set(ctx, admin, "crm", notify.Input{Events: &[]string{"signal.*"}}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.e.DeleteAudience(ctx, admin, "senators"); err != nil {
		w.t.Fatal(err)
	}
	gone("the audience is deleted")
	w.audience("senators", `title == "Senator"`)
	if _, err := w.e.Channels.Set(ctx, admin, "crm", notify.Input{Webhook: &url, Events: &[]string{fettle.EnteredIn("senators")}}); err != nil {
		w.t.Fatal(err)
	}
	w.saw("made again")
	if watches, members := w.watched(); watches != 1 || members == 0 {
		w.t.Fatalf("made again: %d watches of %d members", watches, members)
	}
	if _, err := w.e.Channels.Set(ctx, admin, "crm", notify.Input{Events: &[]string{}}); err != nil {
		w.t.Fatal(err)
	}
	gone("the channel listens to the usual events")
	w.audience("mayors", `title == "Mayor"`)
	if _, err := w.e.Channels.Set(ctx, admin, "crm", notify.Input{Events: &[]string{fettle.EnteredIn("mayors")}}); err != nil {
		w.t.Fatal(err)
	}
	w.saw("another audience")
	if err := w.e.Channels.Delete(ctx, admin, "crm"); err != nil {
		w.t.Fatal(err)
	}
	if err := w.e.TellEntered(ctx); err != nil {
		w.t.Fatal(err)
	}
	if watches, members := w.watched(); watches != 0 || members != 0 {
		w.t.Fatalf("the channel is deleted: %d watches of %d members", watches, members)
	}
}
