package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

func (w *world) exec(q string) {
	w.t.Helper()
	if _, err := w.db.Writer().ExecContext(w.t.Context(), q); err != nil {
		w.t.Fatal(err)
	}
}

// TestNoReservationNoCall lets the database refuse the writing of calls, of
// balances, of the journal: nothing leaves, and it goes on by itself.
func TestNoReservationNoCall(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"attempts", "journal", "cells"} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.Open(t), sandbox.Defaults())
			w.people(0, 50, "x")
			w.save("emails", findEmail(fettle.AllPeople, 1000))
			w.exec(fmt.Sprintf("CREATE TRIGGER full BEFORE INSERT ON %s BEGIN SELECT RAISE(ABORT, 'disk full'); END", table))
			w.work(w.e)
			w.start("emails")
			// What is refused alone, again and again, ends as failed: it was tried.
			w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Failed > 0 })
			if b := w.sb.Books(); b.Calls != 0 {
				t.Errorf("%d calls left without a reservation", b.Calls)
			}
			w.exec("DROP TRIGGER full")
			v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found+v.Rows.Failed == 50 })
			if v.SpentCredits != fettle.Credits(v.Rows.Found)*fettle.Credit {
				t.Errorf("%s spent for %d found", v.SpentCredits, v.Rows.Found)
			}
			w.agree()
			w.sound()
		})
	}
}

// TestResultsAreKeptUntilTheyAreWritten lets the database refuse results that
// were paid for.
func TestResultsAreKeptUntilTheyAreWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	answer := w.sb.Hold()
	w.people(0, 50, "x")
	w.save("emails", findEmail(fettle.AllPeople, 1000))
	w.work(w.e)
	w.start("emails")
	w.until("emails", func(v fettle.EnrichmentView) bool { return v.InFlight == 50 })
	w.exec("CREATE TRIGGER full BEFORE UPDATE ON attempts BEGIN SELECT RAISE(ABORT, 'disk full'); END")
	answer()
	v := w.until("emails", func(v fettle.EnrichmentView) bool { return unwritable(v) == 50 }) // tried, and refused
	if v.Rows.Running != 50 || v.ReservedCredits != 50*fettle.Credit {
		t.Errorf("rows %+v, %s reserved", v.Rows, v.ReservedCredits)
	}
	w.exec("DROP TRIGGER full")
	// The one that was tried alone just then may end as failed or unknown; its money is booked or held.
	v = w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found+v.Rows.Failed+v.Rows.Unknown == 50 })
	if b := w.sb.Books(); b.Calls != 50 || v.SpentCredits+v.UnknownCredits != 50*fettle.Credit {
		t.Errorf("%s spent, %s unknown, %+v", v.SpentCredits, v.UnknownCredits, b)
	}
	w.agree()
	w.sound()
}

// unwritable is how many calls an enrichment waits for that cannot be written.
func unwritable(v fettle.EnrichmentView) int64 {
	for _, r := range v.WaitingFor {
		if r.Reason == fettle.WaitsUnwritable {
			return r.Rows
		}
	}
	return 0
}

// TestTheAuditFindsWhatIsWrong breaks one thing at a time behind the engine's
// back.
func TestTheAuditFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	sound := spentSome(t)
	for check, q := range map[string]string{
		"journal":          "UPDATE balances SET settled_uc = settled_uc - 1 WHERE scope = 'enrichment' AND per = 'lifetime'",
		"providers":        "UPDATE balances SET settled_uc = settled_uc - 1 WHERE scope = 'provider' AND per = 'day'",
		"calls":            "UPDATE attempts SET charged_uc = charged_uc + 1 WHERE id = (SELECT MIN(id) FROM attempts)",
		"grants":           "UPDATE settings SET value = '999' WHERE key = 'granted_uc'",
		"held_cells":       "UPDATE cells SET hold = 'running', hold_id = 1 WHERE record_id = (SELECT MIN(record_id) FROM cells)",
		"running_rows":     "UPDATE enrichment_rows SET state = 'running' WHERE record_id = (SELECT MIN(record_id) FROM enrichment_rows)",
		"row_counts":       "UPDATE row_counts SET n = n + 1",
		"bought_cells":     "UPDATE cells SET attempt_id = 999999",
		"journal_attempts": "DELETE FROM journal WHERE attempt_id = (SELECT MIN(id) FROM attempts)",
		"limits":           "UPDATE limits SET credits_uc = 1",
		"paid_once":        "UPDATE attempts SET record_id = 1, inputs_hash = 'same'",
	} {
		t.Run(check, func(t *testing.T) {
			path := storetest.DSN(t, storetest.SQLite)
			must(t, os.WriteFile(path, sound, 0o600))
			w := newWorld(t, opened(t, path), sandbox.Defaults())
			w.sound()
			w.exec(q)
			a, err := w.e.Audit(t.Context(), admin)
			if err != nil {
				t.Fatal(err)
			}
			if found := slices.ContainsFunc(a.Checks, func(c fettle.AuditCheck) bool { return c.Name == check && !c.OK }); a.OK || !found {
				t.Errorf("not found: %+v", a.Checks)
			}
		})
	}
}

// spentSome is the file of a workspace that has granted, bought and paused.
func spentSome(t *testing.T) []byte {
	t.Helper()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	if _, err := w.e.Grant(t.Context(), admin, 100*fettle.Credit, "a start"); err != nil {
		t.Fatal(err)
	}
	w.people(0, 10, "x")
	w.save("emails", findEmail(fettle.AllPeople, 1000))
	stop := w.work(w.e)
	w.start("emails")
	w.settle("emails")
	w.pause("emails")
	stop()
	file := filepath.Join(t.TempDir(), "spent.db")
	if _, err := w.db.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	bytes, err := os.ReadFile(file)
	must(t, err)
	return bytes
}

// TestAFailedAuditPausesSpending breaks a balance between two starts.
func TestAFailedAuditPausesSpending(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.people(0, 10, "x")
	w.save("emails", findEmail(fettle.AllPeople, 1000))
	stop := w.work(w.e)
	w.start("emails")
	w.settle("emails")
	stop()
	w.people(10, 10, "x")
	w.exec("UPDATE balances SET settled_uc = settled_uc - 1 WHERE scope = 'workspace' AND per = 'lifetime'")
	w.e = w.engine()
	w.work(w.e)
	w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Pending == 10 }) // opened, and not claimed
	if b := w.sb.Books(); b.Calls != 10 {
		t.Errorf("%d calls", b.Calls)
	}
	w.save("others", findEmail(fettle.AllPeople, 1000))
	_, err := w.e.Start(t.Context(), admin, "others", engine.StartOptions{})
	refused(t, err, fettle.Refused, "fettle audit")
	if w.notified("audit") != 1 {
		t.Errorf("%d notifications", w.notified("audit"))
	}
	w.exec("UPDATE balances SET settled_uc = settled_uc + 1 WHERE scope = 'workspace' AND per = 'lifetime'")
	w.sound() // a sound audit lets it go on
	w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 20 })
	w.agree()
}

// TestEveryCreditIsExplained reads the journal of a run.
func TestEveryCreditIsExplained(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.field("score", fettle.Number)
	w.people(0, 30, "x")
	w.save("scores", score(fettle.AllPeople, 1000))
	w.work(w.e)
	began := time.Now()
	w.start("scores")
	v := w.settle("scores")
	sum, records := fettle.Credits(0), map[int64]bool{}
	for _, j := range w.journal("") {
		sum += j.AmountCredits
		records[j.RecordID] = true
		if j.Enrichment != "scores" || j.Version != 1 || !slices.Equal(j.Fields, []string{"score"}) || j.Provider != "sandbox" || j.Cause != fettle.CauseStart ||
			j.Attempt == 0 || j.Try != 1 || j.Units != j.AmountCredits || j.Actor != admin.Name || j.At.Before(began.Add(-time.Second)) || j.RecordID == 0 {
			t.Fatalf("not explained: %+v", j)
		}
	}
	if sum != v.SpentCredits || len(records) != 30 || sum != w.sb.Books().BilledCredits {
		t.Errorf("%s in the journal, %s spent, %d records", sum, v.SpentCredits, len(records))
	}
	for _, group := range []string{"enrichment", "provider", "cause", "day", "model"} {
		list, err := w.e.SpendBy(t.Context(), admin, group)
		if err != nil || len(list) != 1 || list[0].SettledCredits != sum || strings.TrimSpace(list[0].Key) == "" && group != "model" {
			t.Errorf("by %s: %+v, %v", group, list, err)
		}
	}
}
