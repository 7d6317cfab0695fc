package engine_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// refuse has the database refuse what a condition says of a row that is
// written to a table.
func (w *world) refuse(name, event, table, when string) {
	w.t.Helper()
	if !w.db.Postgres() {
		w.exec(fmt.Sprintf("CREATE TRIGGER %s BEFORE %s ON %s WHEN %s BEGIN SELECT RAISE(ABORT, 'refused by the test'); END", name, event, table, when))
		return
	}
	w.exec(fmt.Sprintf("CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF %s THEN RAISE EXCEPTION 'refused by the test' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$", name, when))
	w.exec(fmt.Sprintf("CREATE TRIGGER %s BEFORE %s ON %s FOR EACH ROW EXECUTE FUNCTION %s()", name, event, table, name))
}

// TestOneRefusedOfAThousand has the database refuse what is written of one
// record, at each statement of settling: the others settle, its charge is
// written in full where that can be, and nothing is released.
func TestOneRefusedOfAThousand(t *testing.T) {
	t.Parallel()
	attempt := "(SELECT a.record_id FROM attempts a WHERE a.id = NEW.attempt_id)"
	for _, c := range []struct {
		name, event, table, when string
		outcome                  fettle.Outcome
		detail                   string
		held                     bool
	}{
		{"value", "UPDATE", "people", "NEW.id = R AND NEW.email IS NOT NULL", fettle.Failed, "email = ", false},
		{"change", "INSERT", "changes", "NEW.record_id = R", fettle.Failed, "email = ", false},
		{"cell", "UPDATE", "cells", "NEW.record_id = R AND NEW.bought_at_us > 0", fettle.Failed, "email = ", false},
		{"row", "UPDATE", "enrichment_rows", "NEW.record_id = R AND NEW.outcome = 'found'", fettle.Failed, "email = ", false},
		{"detail", "UPDATE", "enrichment_rows", "NEW.record_id = R AND (NEW.outcome = 'found' OR NEW.detail LIKE '%email = %')", fettle.Failed, "could not be stored", false},
		{"call", "UPDATE", "attempts", "NEW.record_id = R AND NEW.outputs IS NOT NULL", fettle.Failed, "email = ", false},
		{"answer", "INSERT", "answers", attempt + " = R", fettle.Failed, "could not be stored", false},
		{"charge", "INSERT", "journal", "NEW.kind = 'settle' AND " + attempt + " = R", fettle.Unknown, "", true},
		{"end", "UPDATE", "attempts", "NEW.record_id = R AND NEW.state <> 'reserved'", "", "", true},
	} {
		rows := int64(60) // some halves until one is alone
		if c.name == "value" {
			rows = 1000 // whole batches, several of them
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				w := newWorld(t, db, sandbox.Config{HitRate: 1, Seed: 1})
				w.people(0, int(rows), "x")
				bad := w.ids(fettle.AllPeople)[rows/3]
				w.save("emails", findEmail(fettle.AllPeople, 10_000))
				when := strings.ReplaceAll(c.when, "= R", fmt.Sprintf("= %d", bad))
				if c.name == "answer" { // kept where the value is not
					w.refuse("refuse_value", "UPDATE", "people", fmt.Sprintf("NEW.id = %d AND NEW.email IS NOT NULL", bad))
				}
				w.refuse("refuse_"+c.name, c.event, c.table, when)
				stop := w.work(w.e)
				w.start("emails")
				v := w.until("emails", func(v fettle.EnrichmentView) bool {
					ended := v.Rows.Found == rows-1 && v.RemainingRows <= 1
					if c.outcome == "" {
						return ended && v.Rows.Running == 1 && w.notified("unwritten") == 1
					}
					return ended && v.Rows.Failed+v.Rows.Unknown == 1
				})
				charged := fettle.Credits(rows) * fettle.Credit
				if c.held {
					charged -= fettle.Credit
				}
				if v.SpentCredits != charged || v.ReservedCredits+v.UnknownCredits != fettle.Credit*fettle.Credits(map[bool]int64{true: 1}[c.held]) {
					t.Errorf("%s spent, %s reserved, %s unknown", v.SpentCredits, v.ReservedCredits, v.UnknownCredits)
				}
				if r := w.rows("emails")[bad]; r.Outcome != c.outcome || !strings.Contains(r.Detail, c.detail) {
					t.Errorf("the row: %+v", r)
				}
				if c.outcome == "" {
					still, err := w.e.Ready(t.Context())
					if err != nil || !slices.ContainsFunc(still, func(s string) bool { return strings.Contains(s, "cannot be written") }) {
						t.Errorf("ready says %q, %v", still, err)
					}
				}
				stop()
				w.sound()
				if b := w.sb.Books(); b.BilledCalls != rows || b.Repeats != 0 {
					t.Errorf("books: %+v", b)
				}
			})
		})
	}
}

// TestOneUnclaimedOfAThousand has the database refuse that one row is claimed:
// the others are, and it ends as failed.
func TestOneUnclaimedOfAThousand(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Config{HitRate: 1, Seed: 1})
		w.people(0, 300, "x")
		bad := w.ids(fettle.AllPeople)[100]
		w.save("emails", findEmail(fettle.AllPeople, 10_000))
		w.refuse("refuse_claim", "INSERT", "attempts", fmt.Sprintf("NEW.record_id = %d", bad))
		w.work(w.e)
		w.start("emails")
		v := w.settle("emails")
		wantRows(t, v, fettle.RowCounts{Found: 299, Failed: 1})
		if r := w.rows("emails")[bad]; !strings.Contains(r.Detail, "could not be stored") {
			t.Errorf("the row: %+v", r)
		}
		w.agree()
		w.sound()
	})
}

// told tells of each message that is logged.
type told struct {
	slog.Handler
	tell func(message string)
}

func (h told) Enabled(context.Context, slog.Level) bool { return true }

func (h told) Handle(_ context.Context, r slog.Record) error {
	h.tell(r.Message)
	return nil
}

// TestTheDiskIsFull has a file that may not grow while results come: all of
// them are there after it may.
func TestTheDiskIsFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Config{HitRate: 1, Seed: 1})
	refused := w.hearing("results could not be written")
	const rows = 1000
	w.people(0, rows, "x")
	w.save("emails", findEmail(fettle.AllPeople, 10_000))
	answer := w.sb.Hold()
	w.work(w.e)
	w.start("emails")
	w.until("emails", func(v fettle.EnrichmentView) bool { return v.InFlight >= 16 })
	w.exec("PRAGMA max_page_count = 1") // the writer's one connection: no more pages than there are
	before := w.show("emails").SpentCredits
	answer()
	w.hear(refused, 3) // refused, and tried again
	if v := w.show("emails"); v.Rows.Failed+v.Rows.Unknown > 0 || v.SpentCredits < before {
		t.Errorf("%+v", v.Rows)
	}
	w.exec("PRAGMA max_page_count = 1073741823")
	v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == rows })
	wantRows(t, v, fettle.RowCounts{Found: rows})
	if b := w.sb.Books(); b.BilledCalls != rows || b.Repeats != 0 {
		t.Errorf("books: %+v", b)
	}
	w.agree()
	w.sound()
}
