package engine_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider"
	"fettle/store"
	"fettle/store/storetest"
)

// lab is a provider in this process: one question, one credit, some time.
type lab struct {
	takes time.Duration
	most  provider.Units  // the stated highest price; 0: what it costs
	held  <-chan struct{} // answers wait until it is closed; nil: they do not
}

func (lab) Describe() provider.Description {
	return provider.Description{Name: "lab", Title: "Lab", Kind: provider.Data, Unit: "credit", Operations: []provider.OperationInfo{labInfo()}}
}

func labInfo() provider.OperationInfo {
	text := fettle.Text
	return provider.OperationInfo{
		ID: "lab/ask", Title: "Ask", Inputs: []provider.Param{{Name: "name", Type: text}}, RequireAny: [][]string{{"name"}},
		Outputs: []provider.Param{{Name: "answer", Type: text}},
	}
}

func (l lab) Prepare(fettle.Step, provider.Connection) (provider.Operation, error) { return l, nil }
func (lab) Info() provider.OperationInfo                                           { return labInfo() }

func (lab) Fingerprint() string { return "lab/ask" }

func (lab) Recovery() provider.Recovery { return provider.Recovery{} }

func (l lab) Quote(provider.Call) (provider.Quote, bool) {
	return provider.Quote{Low: provider.Unit, Expected: provider.Unit, HitMax: max(l.most, provider.Unit)}, true
}

func (l lab) Do(_ context.Context, c provider.Call) (provider.Result, error) {
	time.Sleep(l.takes)
	if l.held != nil {
		<-l.held
	}
	return provider.Result{Outcome: provider.Found, Outputs: map[string]any{"answer": fmt.Sprint("of ", c.Inputs["name"])}, Units: provider.Unit}, nil
}

// inLab makes a world in fake time, so long before the period ends.
func inLab(t *testing.T, per fettle.Period, before, takes time.Duration) *world {
	t.Helper()
	time.Sleep(time.Until(per.Next(time.Now())) - before)
	return inLabOn(t, storetest.Open(t), per, lab{takes: takes})
}

func inLabOn(t *testing.T, db *store.DB, per fettle.Period, l lab) *world {
	t.Helper()
	w := &world{t: t, db: db}
	w.e = w.labEngine(l)
	one := fettle.Credit
	if err := w.e.SetConnection(t.Context(), admin, "lab", engine.ConnectionInput{UnitCredits: &one}); err != nil {
		t.Fatal(err)
	}
	w.field("answer", fettle.Text)
	w.people(0, 12, "x")
	w.save("answers", fettle.Definition{
		Audience: []string{fettle.AllPeople}, Steps: []fettle.Step{{Provider: "lab/ask", Inputs: map[string]string{"name": "name"}}},
		Outputs: fettle.Outputs{{Name: "answer", Field: "answer"}}, Follow: true, Limit: &fettle.Limit{Credits: credits(5), Per: per},
	})
	return w
}

func (w *world) labEngine(l lab) *engine.Engine {
	w.t.Helper()
	e, err := engine.New(w.t.Context(), engine.Config{DB: w.db, Log: quiet(), Providers: []provider.Provider{l}, SecretKey: make([]byte, 32)})
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

func TestALimitOfADayEndsWithTheDay(t *testing.T) {
	t.Parallel()
	for _, per := range []fettle.Period{fettle.PerDay, fettle.PerMonth} {
		t.Run(string(per), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := inLab(t, per, 5*time.Second, 10*time.Millisecond)
				stop := w.work(w.e)
				w.start("answers")
				v := w.settle("answers")
				wantPaused(t, v, fettle.PausedByLimit)
				wantRows(t, v, fettle.RowCounts{Found: 5, Pending: 7})
				next := per.Next(time.Now())
				if !strings.Contains(v.PauseDetail, "goes on by itself at "+next.Format(time.RFC3339)) || !v.Limit.ResetsAt.Equal(next) {
					t.Errorf("%s; resets at %v", v.PauseDetail, v.Limit.ResetsAt)
				}
				time.Sleep(time.Until(next) - time.Second)
				if v := w.show("answers"); v.Rows.Found != 5 {
					t.Errorf("rows %+v before the period ends", v.Rows)
				}
				time.Sleep(3 * time.Second) // into the next
				v = w.settle("answers")
				wantPaused(t, v, fettle.PausedByLimit)
				wantRows(t, v, fettle.RowCounts{Found: 10, Pending: 2})
				if v.SpentCredits != 10*fettle.Credit || v.Limit.UsedCredits != 5*fettle.Credit {
					t.Errorf("%s spent, %s in this period", v.SpentCredits, v.Limit.UsedCredits)
				}
				if w.notified("limit") != 2 || w.notified("resumed") != 1 {
					t.Errorf("%d notifications at the limit, %d on going on", w.notified("limit"), w.notified("resumed"))
				}
				stop()
				time.Sleep(time.Until(per.Next(time.Now())) - time.Second)
				w.e = w.labEngine(lab{})
				w.work(w.e)
				v = w.until("answers", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 12 })
				if v.State != fettle.Live || v.SpentCredits != 12*fettle.Credit {
					t.Errorf("%s, %s spent", v.State, v.SpentCredits)
				}
				w.sound()
			})
		})
	}
}

// TestAChargeCountsWhereItWasReserved has calls leave before midnight and land
// after it.
func TestAChargeCountsWhereItWasReserved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := inLab(t, fettle.PerDay, 2*time.Second, 3*time.Second)
		w.work(w.e)
		w.start("answers")
		v := w.until("answers", func(v fettle.EnrichmentView) bool { return v.InFlight == 5 })
		if v.ReservedCredits != 5*fettle.Credit || v.State != fettle.Live {
			t.Errorf("%s, %s reserved", v.State, v.ReservedCredits)
		}
		v = w.settle("answers")
		wantPaused(t, v, fettle.PausedByLimit)
		wantRows(t, v, fettle.RowCounts{Found: 10, Pending: 2})
		today := fettle.PerDay.Start(time.Now())
		days := map[int64]int{}
		if err := w.db.View(t.Context(), func(tx *store.Tx) error {
			balances, err := tx.Balances(t.Context())
			for k, b := range balances {
				if k.Scope == store.ScopeEnrichment && k.Per == fettle.PerDay {
					days[k.Start] = int(b.Settled / fettle.Credit)
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if yesterday := today.AddDate(0, 0, -1); len(days) != 2 || days[today.UnixMicro()] != 5 || days[yesterday.UnixMicro()] != 5 {
			t.Errorf("by day: %v", days)
		}
		w.sound()
	})
}

// TestAnotherProcessGaveRoomBack has a process find no room while another's
// call is in flight; that one then ends and gives nearly everything back.
func TestAnotherProcessGaveRoomBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		held := make(chan struct{})
		letGo := sync.OnceFunc(func() { close(held) })
		w := inLabOn(t, db, fettle.Lifetime, lab{held: held, most: 4 * provider.Unit})
		stop := w.work(w.e)
		t.Cleanup(letGo) // before the work is waited for
		w.start("answers")
		w.until("answers", func(v fettle.EnrichmentView) bool { return v.ReservedCredits == 4*fettle.Credit })
		w.e = w.labEngine(lab{most: 4 * provider.Unit})
		w.work(w.e)
		time.AfterFunc(50*time.Millisecond, letGo) // most often while it stops; the outcome is the same
		stop()
		v := w.settle("answers")
		wantPaused(t, v, fettle.PausedByLimit)
		wantRows(t, v, fettle.RowCounts{Found: 2, Pending: 10}) // the third might cost 4 of the 3 that are left
		w.sound()
	})
}
