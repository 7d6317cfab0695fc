package store_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/expr"
	"fettle/store"
	"fettle/store/storetest"
)

// hubWorld is a random workspace: what the Data Hub counts by SQL is counted
// here one by one.
type hubWorld struct {
	t      *testing.T
	db     *store.DB
	rnd    *rand.Rand
	fields []string
	people []hubPerson
}

type hubPerson struct {
	id       int64
	email    string
	title    string
	phone    string
	location string
	origins  string
	invalid  string
	rows     map[int64][2]string // enrichment → state and outcome
	calls    []hubCall
}

type hubCall struct {
	fields, state, outcome string
	charged                int64
}

func (w *hubWorld) exec(text string, args ...any) {
	w.t.Helper()
	if _, err := w.db.Writer().ExecContext(w.t.Context(), text, args...); err != nil {
		w.t.Fatalf("%s: %v", text, err)
	}
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

const (
	hubLow  = 100 // ids lie around a border of chunks and leave gaps
	hubHigh = 3100
)

func newHubWorld(t *testing.T, db *store.DB, seed uint64) *hubWorld {
	w := &hubWorld{t: t, db: db, rnd: rand.New(rand.NewPCG(seed, 1)), fields: []string{"email", "title", "phone", "location"}}
	r := w.rnd
	w.exec(`INSERT INTO enrichments (id, name, entity, state, pause_reason, pause_detail, version, logic_version, definition, run_id, pilot_run_id, plan_state,
		plan_cursor, plan_cause, follow_cursor, control_seq, failures, created_at_us, updated_at_us, pause_until_us) VALUES
		(1, 'one', 'people', 'live', '', '', 3, 3, '{}', 0, 0, '', 0, '', 0, 0, 0, 0, 0, 0), (2, 'two', 'people', 'live', '', '', 1, 1, '{}', 0, 0, '', 0, '', 0, 0, 0, 0, 0, 0)`)
	call := int64(0)
	for id := int64(hubLow); id < hubHigh; id += 1 + r.Int64N(60) {
		p := hubPerson{
			id: id, email: pick(r, "", "a@x.example"), title: pick(r, "", "", "t"), phone: pick(r, "", "1"), location: pick(r, "", "Berlin", "Paris"),
			origins: pick(r, `{"":1}`, `{"":2}`, `{"":1,"email":3}`, `{"":1,"email":3,"title":2}`), invalid: pick(r, "", "", ",email,", ",email,phone,"), rows: map[int64][2]string{},
		}
		w.exec(`INSERT INTO people (id, created_at_us, updated_at_us, origins, invalid, suppressed, email, title, phone, location) VALUES ($1, 0, 0, $2, $3, FALSE, $4, $5, $6, $7)`,
			p.id, p.origins, nullable(p.invalid), nullable(p.email), nullable(p.title), nullable(p.phone), nullable(p.location))
		for _, e := range []int64{1, 2} {
			if r.IntN(2) == 0 {
				p.rows[e] = pick(r, [2]string{"pending", ""}, [2]string{"waiting", ""}, [2]string{"running", ""}, [2]string{"done", "found"}, [2]string{"done", "not_found"},
					[2]string{"done", "known_not_found"}, [2]string{"done", "failed"}, [2]string{"done", "unknown"}, [2]string{"done", "skipped"}, [2]string{"done", "missing_input"}, [2]string{"done", "filled"})
				w.exec(`INSERT INTO enrichment_rows (enrichment_id, record_id, run_id, state, outcome, cause, detail, paid, dirty, tries, wake_at_us, updated_at_us)
					VALUES ($1, $2, 1, $3, $4, 'start', '', FALSE, FALSE, 0, 0, 0)`, e, p.id, p.rows[e][0], p.rows[e][1])
			}
		}
		for range r.IntN(3) {
			call++
			c := hubCall{pick(r, ",email,", ",email,title,", ",title,email,location,"), pick(r, "settled", "settled", "released", "unknown", "reserved"), pick(r, "found", "not_found", "failed", ""), r.Int64N(1000)}
			p.calls = append(p.calls, c)
			w.exec(`INSERT INTO attempts (id, enrichment_id, version, run_id, record_id, step, try, provider, model, operation, cause, fields, actor, state, outcome,
				worker_id, resend, job_id, held_uc, step_uc, charged_uc, overrun_uc, units, unit_uc, spends_record, inputs_hash, message, reserved_at_us, done_at_us)
				VALUES ($1, 9, 1, 1, $2, 0, 1, 'p', '', 'op', 'start', $3, '', $4, $5, 1, FALSE, '', 0, 0, $6, 0, 0, 0, FALSE, '', '', 0, 0)`, call, p.id, c.fields, c.state, c.outcome, c.charged)
		}
		w.people = append(w.people, p)
	}
	return w
}

func (p hubPerson) value(field string) string {
	return map[string]string{"email": p.email, "title": p.title, "phone": p.phone, "location": p.location}[field]
}

// cause says why a field that both enrichments fill is blank; orphan: by its
// calls, since it has no row.
func (p hubPerson) cause(field string) (cause store.HubCause, orphan bool) {
	cause = none
	for _, r := range p.rows {
		c := none
		switch {
		case r[0] != "done":
			c = store.HubWaiting
		case r[1] == "unknown":
			c = store.HubUnknown
		case slices.Contains([]string{"found", "not_found", "known_not_found"}, r[1]):
			c = store.HubNotFound
		case r[1] == "failed":
			c = store.HubFailed
		case r[1] != "filled":
			c = store.HubSkipped
		}
		cause = min(cause, c)
	}
	for _, a := range p.calls {
		if len(p.rows) > 0 || !strings.Contains(a.fields, ","+field+",") {
			continue
		}
		switch {
		case a.state == "reserved":
			cause = min(cause, store.HubWaiting)
		case a.state == "unknown":
			cause = min(cause, store.HubUnknown)
		case a.outcome == "found" || a.outcome == "not_found":
			cause = min(cause, store.HubNotFound)
		case a.outcome == "failed":
			cause = min(cause, store.HubFailed)
		}
	}
	return cause, len(p.rows) == 0
}

const none = store.HubSkipped + 1

func TestHubAgreesWithCountingOneByOne(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				w := newHubWorld(t, db, seed)
				everyone := store.HubScope{Entity: fettle.People}
				berlin := store.HubScope{Entity: fettle.People, Where: expr.Fragment{Text: `COALESCE(r."location" = $1, FALSE)`, Args: []any{"Berlin"}}}
				w.check(everyone, func(hubPerson) bool { return true })
				w.check(berlin, func(p hubPerson) bool { return p.location == "Berlin" })
			})
		})
	}
}

func (w *hubWorld) view(fn func(ctx context.Context, tx *store.Tx) error) {
	w.t.Helper()
	if err := w.db.View(w.t.Context(), func(tx *store.Tx) error { return fn(w.t.Context(), tx) }); err != nil {
		w.t.Fatal(err)
	}
}

func (w *hubWorld) check(s store.HubScope, in func(hubPerson) bool) {
	w.t.Helper()
	w.checkGroups(s, in)
	for _, field := range []string{"email", "title", "location"} {
		for _, orphan := range []bool{false, true} {
			w.checkBlanks(s, in, field, orphan)
		}
	}
	want := map[string]store.HubCost{}
	for _, p := range w.people {
		for _, c := range p.calls {
			if in(p) {
				fields := store.SplitFields(c.fields)
				x := want[c.fields]
				want[c.fields] = store.HubCost{
					Fields: fields, Each: x.Each + fettle.Credits(c.charged/int64(len(fields))), Rest: x.Rest + fettle.Credits(c.charged%int64(len(fields))),
					Orphans: x.Orphans + 1, // of an enrichment that is gone
				}
			}
		}
	}
	w.view(func(ctx context.Context, tx *store.Tx) error {
		got, err := tx.HubCosts(ctx, s)
		all := make([]store.HubCost, 0, len(want))
		for _, key := range slices.Sorted(maps.Keys(want)) {
			all = append(all, want[key])
		}
		if diff := cmp.Diff(all, got); diff != "" {
			w.t.Errorf("costs (-want +got):\n%s", diff)
		}
		return err
	})
}

func (w *hubWorld) checkBlanks(s store.HubScope, in func(hubPerson) bool, field string, orphan bool) {
	w.t.Helper()
	want := map[store.HubBlank]int64{}
	for _, p := range w.people {
		if c, o := p.cause(field); in(p) && p.value(field) == "" && c != none && o == orphan {
			want[store.HubBlank{Cause: c, Cleared: strings.Contains(p.origins, `"`+field+`":`)}]++
		}
	}
	w.view(func(ctx context.Context, tx *store.Tx) error {
		count := tx.HubBlanks
		if orphan {
			count = tx.HubOrphans
		}
		blanks, err := count(ctx, s, field, []int64{1, 2})
		got := map[store.HubBlank]int64{}
		for _, b := range blanks {
			got[store.HubBlank{Cause: b.Cause, Cleared: b.Cleared}] = b.Records
		}
		if diff := cmp.Diff(want, got); diff != "" {
			w.t.Errorf("blank %s, orphan %v (-want +got):\n%s", field, orphan, diff)
		}
		return err
	})
}

func (w *hubWorld) checkGroups(s store.HubScope, in func(hubPerson) bool) {
	w.t.Helper()
	want := map[string][]int64{}
	for _, p := range w.people {
		key := p.origins + p.invalid
		if !in(p) {
			continue
		}
		if want[key] == nil {
			want[key] = make([]int64, len(w.fields)+1)
		}
		want[key][0]++
		for i, f := range w.fields {
			if p.value(f) != "" {
				want[key][i+1]++
			}
		}
	}
	w.view(func(ctx context.Context, tx *store.Tx) error {
		groups, err := tx.HubGroups(ctx, s, w.fields)
		got := map[string][]int64{}
		for _, g := range groups {
			got[g.Origins+g.Invalid] = append([]int64{g.Records}, g.Filled...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			w.t.Errorf("groups (-want +got):\n%s", diff)
		}
		return err
	})
}

func TestHubBought(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newHubWorld(t, db, 7)
		want := map[string]store.HubBought{}
		for i, p := range w.people {
			version := int64(1 + i%3)
			w.exec(`INSERT INTO cells (record_id, field, hold, hold_id, enrichment_id, version, attempt_id, inputs_hash, bought_at_us)
				VALUES ($1, 'email', '', 0, 1, $2, 1, '', 1), ($1, 'title', '', 0, 2, 1, 1, '', 1), ($1, 'phone', 'running', 1, 0, 0, 0, '', 0)`, p.id, version)
			if p.email != "" {
				b := want["email"]
				b.Filled++
				if version < 3 {
					b.Stale++
				}
				want["email"] = b
			}
			if p.title != "" {
				b := want["title"]
				b.Filled++
				want["title"] = b
			}
		}
		w.view(func(ctx context.Context, tx *store.Tx) error {
			got, err := tx.HubBought(ctx, store.HubScope{Entity: fettle.People}, w.fields)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("bought (-want +got):\n%s", diff)
			}
			return err
		})
	})
}

func TestHubDays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			for _, d := range []struct {
				day     fettle.Day
				records int64
				filled  map[string]int64
			}{{"2026-01-01", 5, map[string]int64{"email": 1}}, {"2026-01-03", 9, map[string]int64{"email": 4, "name": 9}}, {"2026-01-03", 10, map[string]int64{"email": 5, "name": 10}}} {
				if err := tx.PutHubDay(t.Context(), store.HubKey(fettle.People, 0), d.day, d.records, d.filled); err != nil {
					return err
				}
			}
			got, err := tx.HubDays(t.Context(), "people", "2026-01-01")
			want := map[string][]fettle.HubDay{
				"email": {{Day: "2026-01-01", Filled: 1, Records: 5}, {Day: "2026-01-03", Filled: 5, Records: 10}}, "name": {{Day: "2026-01-03", Filled: 10, Records: 10}},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("days (-want +got):\n%s", diff)
			}
			later, err2 := tx.HubDays(t.Context(), "people", "2026-01-02")
			if len(later["email"]) != 1 || err2 != nil {
				t.Errorf("since the second: %v, %v", later, err2)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
