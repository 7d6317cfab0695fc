package engine_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/ingest"
	"fettle/provider/sandbox"
	"fettle/signal"
	"fettle/store"
	"fettle/store/storetest"
)

// besideMerge merges a record into another, and lets something else begin before
// that is committed.
func (w *world) besideMerge(loser, survivor int64, fn func() error) {
	w.t.Helper()
	ctx, ended, fault, begun := w.t.Context(), make(chan struct{}), error(nil), false
	if err := w.db.Update(ctx, func(tx *store.Tx) error {
		origin, err := tx.OriginID(ctx, store.Origin{Kind: store.OriginPerson, Name: admin.Name, Day: fettle.DayOf(time.Now())})
		if err != nil {
			return err
		}
		in := ingest.MergeInput{Entity: fettle.People, Survivor: survivor, Loser: loser, Origin: origin, Actor: admin.Name, Now: time.Now()}
		if _, err := ingest.Merge(ctx, tx, in); err != nil || begun {
			return err
		}
		begun = true
		go func() {
			defer close(ended)
			fault = fn()
		}()
		storetest.Blocked(w.t, w.db, ended)
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	if <-ended; fault != nil {
		w.t.Fatal(fault)
	}
}

// TestASignalBesideAMerge tells a signal of a person, and takes one back, while
// another transaction merges the person into another: the one that is left has what
// was told, and has no more what was taken back.
func TestASignalBesideAMerge(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.rule("job-change", jobChange())
		a := parliament(0, 4)
		w.sync("congress", a)
		ids := w.ids(fettle.AllPeople)
		w.besideMerge(ids[1], ids[0], func() error {
			v, err := w.e.PostSignals(ctx, admin, engine.PostInput{Signals: []fettle.SignalPost{moved(ids[1], "VP", "CTO")}, Confirm: true})
			if err == nil && v.Added != 1 {
				t.Errorf("told beside a merge: %+v", v)
			}
			return err
		})
		w.saysSignals("told beside a merge", "Member Number0: VP → CTO ×1")
		if !db.Postgres() {
			return // nobody reads while another one writes
		}
		a[2].title = "Senator"
		v := w.sync("congress", a)
		w.saysSignals("found", "Member Number0: VP → CTO ×1", "Member Number2: Representative → Senator ×1")
		// The undo is written, and is not read before the merge begins.
		if err := db.Update(ctx, func(tx *store.Tx) error {
			if _, err := tx.LockSignalRules(ctx); err != nil {
				return err
			}
			undo, cancel := context.WithCancel(ctx)
			defer cancel()
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				_, _ = w.e.UndoImport(undo, admin, v.ID)
			}()
			if !storetest.Blocked(t, db, ended) {
				t.Error("the undo is read already")
			}
			cancel()
			<-ended
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		w.besideMerge(ids[2], ids[3], func() error {
			_, err := signal.NewReader(db, slog.New(slog.DiscardHandler), w.e.Channels).CatchUp(ctx)
			return err
		})
		w.saysSignals("taken back beside a merge", "Member Number0: VP → CTO ×1")
		w.sound()
		all := w.signals(engine.SignalsQuery{Retracted: true})
		if len(all) != 2 || all[1].Record != "Member Number3" || all[1].RetractedAt == nil {
			t.Errorf("taken back beside a merge: %+v", all)
		}
	})
}
