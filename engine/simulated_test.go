package engine_test

import (
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// newcomerWorld is a workspace on a server that was started without a word of a
// simulated provider. The world's own sandbox, which nothing names, is not asked.
func newcomerWorld(t *testing.T, dsn string) (*world, *shop) {
	t.Helper()
	w, home, _ := shopWorld(t, dsn)
	w.e = w.newcomer()
	return w, home
}

// newcomer makes another engine as such a server has it.
func (w *world) newcomer() *engine.Engine {
	w.t.Helper()
	c := w.config()
	c.Sandbox = ""
	e, err := engine.New(w.t.Context(), c)
	must(w.t, err)
	return e
}

// writeTitles has a model write titles.
func writeTitles(provider string) fettle.Definition {
	return fettle.Definition{
		Audience: []string{fettle.AllPeople},
		Steps:    []fettle.Step{{Provider: provider, Model: "sandbox-1", Prompt: "A title for {{ name }}", Output: map[string]any{"title": map[string]any{"type": "string"}}}},
		Outputs:  fettle.Outputs{{Name: "title", Field: "title"}}, Follow: true, Write: fettle.FillBlanks,
		Limit: &fettle.Limit{Credits: credits(100)},
	}
}

// TestTheSimulatedProviderIsSwitchedOn switches it on in a workspace whose server
// knows of none, buys of it, and switches it off.
func TestTheSimulatedProviderIsSwitchedOn(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w, _ := newcomerWorld(t, storetest.DSN(t, kind))
			ctx := t.Context()
			w.work(w.e)
			w.people(0, 8, "")
			w.save("emails", findEmail(fettle.AllPeople, 100))
			_, err := w.e.Start(ctx, admin, "emails", engine.StartOptions{})
			if fettle.CodeOf(err) != fettle.Refused || !strings.Contains(err.Error(), "switched off") {
				t.Fatalf("started although it is off: %v", err)
			}
			beside := w.newcomer() // another process, which follows
			w.work(beside)
			late := w.newcomer() // one that has read the connections, and begins when they are others
			must(t, w.e.SetSimulated(ctx, admin, true))
			w.work(late)
			must(t, w.e.SetSimulated(ctx, admin, true))
			for who, e := range map[string]*engine.Engine{"this": w.e, "the other": beside, "a late": late, "a later": w.newcomer()} {
				v, err := e.Simulated(ctx, admin)
				must(t, err)
				if _, err := e.Estimate(ctx, admin, "emails", engine.EstimateOptions{}); err != nil || !v.On || v.From != "workspace" {
					t.Errorf("%s process: %+v, %v", who, v, err)
				}
			}
			w.start("emails")
			v := w.settle("emails")
			if v.Rows.Found+v.Rows.NotFound != 8 || v.Rows.Found == 0 || v.SpentCredits != fettle.Credits(v.Rows.Found)*fettle.Credit {
				t.Errorf("%+v (%s), spent %s", v.Rows, v.PauseDetail, v.SpentCredits)
			}
			if err := w.e.SetSimulated(ctx, admin, false); fettle.CodeOf(err) != fettle.Refused || !strings.Contains(err.Error(), "emails") {
				t.Errorf("switched off under what is live: %v", err)
			}
			w.pause("emails")
			must(t, w.e.SetSimulated(ctx, admin, false))
			for _, p := range []string{"sandbox", "llm/sandbox"} {
				if v := w.provider(p); v.Ready || v.Simulated {
					t.Errorf("off, and %+v", v)
				}
			}
			if n := w.sb.Books().Calls; n != 0 {
				t.Errorf("a server that nobody named was asked %d times", n)
			}
			w.sound()
		})
	}
}

// TestWhatIsMadeUpIsNoPurchase has the simulated model write titles; one of them a
// file replaces, another a person. The vendor is asked for the others, as if nobody
// had bought them, under the write policy that fills nothing but blanks.
func TestWhatIsMadeUpIsNoPurchase(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w, home := newcomerWorld(t, storetest.DSN(t, kind))
			ctx := t.Context()
			must(t, w.e.SetSimulated(ctx, admin, true))
			w.work(w.e)
			w.people(0, 8, "")
			w.save("made", writeTitles("llm/sandbox"))
			w.start("made")
			if v := w.settle("made"); v.Rows.Found != 8 {
				t.Fatalf("made: %+v (%s)", v.Rows, v.PauseDetail)
			}
			w.pause("made")
			ids := w.ids(fettle.AllPeople)
			w.edit(ids[0], "title", "By hand")
			w.people(1, 1, "From a file")
			again := writeTitles("llm/sandbox")
			w.save("made-again", again)
			if est := w.estimate("made-again"); est.ToRun != 0 || est.Reused != 8 {
				t.Errorf("made up again: %+v", est)
			}
			real := askVendor()
			real.Write = fettle.FillBlanks
			w.save("real", real)
			if est := w.estimate("real"); est.ToRun != 6 {
				t.Errorf("%d rows to buy, want 6: %+v", est.ToRun, est)
			}
			w.start("real")
			v := w.settle("real")
			if v.Rows.Found != 3 || v.Rows.NotFound != 3 {
				t.Errorf("real: %+v (%s)", v.Rows, v.PauseDetail)
			}
			if calls, twice := home.asked(); calls["one"] != 6 || len(twice) > 0 {
				t.Errorf("the vendor was asked %v, twice about %v", calls, twice)
			}
			found := 0
			for i, id := range ids {
				switch v := w.value(id, "title"); {
				case i == 0 && v != "By hand", i == 1 && v != "From a file":
					t.Errorf("person %d: %v", i, v)
				case v == "x":
					found++
				}
			}
			if found != 3 {
				t.Errorf("%d titles of the vendor's are in the records", found)
			}
			w.sound()
		})
	}
}

// TestTheSimulatedProviderSpeaksForNoVendor holds that an admin's switch makes up
// nothing in the name of a vendor's model.
func TestTheSimulatedProviderSpeaksForNoVendor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Config{HitRate: 1, Seed: 1})
		w.e = w.newcomer()
		must(t, w.e.SetSimulated(t.Context(), admin, true))
		for name, simulated := range map[string]bool{"sandbox": true, "llm/sandbox": true, "llm/openai": false, "llm/anthropic": false} {
			if v := w.provider(name); v.Simulated != simulated || v.Ready != simulated {
				t.Errorf("%s: simulated %t, ready %t: %s", name, v.Simulated, v.Ready, v.Why)
			}
		}
	})
}
