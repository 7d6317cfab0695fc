package engine_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

// TestNobodySpendsWithoutTheRight has actors of every kind do whatever the API
// lets them, in any order, and asks the sandbox's own books after each step:
//
//   - what an actor without the right does makes no call, but for a pilot within
//     the allowance, and for records that enter what was agreed to, as far as
//     the guard lets in unasked;
//   - nor does it stop an enrichment, or keep waiting what others may have;
//   - what somebody with a limit of their own causes never passes that limit.
//
// With CHAOS_FOR set it goes on for so long per database; CHAOS_SEED repeats
// one history.
func TestNobodySpendsWithoutTheRight(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			end := time.Now()
			if text := os.Getenv("CHAOS_FOR"); text != "" {
				d, err := time.ParseDuration(text)
				if err != nil {
					t.Fatal(err)
				}
				end = end.Add(d)
			}
			for first := true; first || (time.Now().Before(end) && !t.Failed()); first = false {
				rapid.Check(t, func(rt *rapid.T) { newRightsHistory(t, rt, kind).run(rt) })
			}
		})
	}
}

// What the history bounds: rows that go in unasked, pilots a day, the token's
// own limit in credits. Every call costs one credit.
const (
	historyGuard = 5
	historyPilot = 4
	historyOwn   = 7
)

var historyTitles = []string{"x", "y", "z"}

// rightsHistory is what the test remembers of a history.
type rightsHistory struct {
	*world
	t       *testing.T
	rt      *rapid.T
	actors  map[string]fettle.Actor
	records int
	filter  map[string]map[string]bool // audience → titles that it lets in
	agreed  map[string]map[string]bool // enrichment → titles that people who may spend agreed to
	imports []int64
	stop    func()
	fields  int
}

func newRightsHistory(t *testing.T, rt *rapid.T, kind string) *rightsHistory {
	db := opened(t, storetest.DSN(t, kind))
	h := &rightsHistory{t: t, rt: rt, filter: map[string]map[string]bool{}, agreed: map[string]map[string]bool{}}
	h.world = newWorld(t, db, sandbox.Config{HitRate: 0.7, BillMiss: true, Seed: 5, ChargeThenFailRate: 0.1})
	if _, err := db.Writer().ExecContext(t.Context(), `INSERT INTO settings (key, value) VALUES ('guard_rows', '`+strconv.Itoa(historyGuard)+`')`); err != nil {
		t.Fatal(err)
	}
	h.actors = map[string]fettle.Actor{"viewer": viewer, "editor": editor, "capped": h.bounded(rapid.Bool().Draw(rt, "by a budget")), "admin": admin}
	if _, err := h.e.SetPilotAllowance(t.Context(), admin, fettle.PilotAllowance{Rows: historyPilot, Credits: 100 * fettle.Credit}); err != nil {
		t.Fatal(err)
	}
	for _, name := range enrichments {
		h.field("found_"+name, fettle.Text)
		h.filter["of-"+name] = map[string]bool{"x": true}
		h.audience("of-"+name, where(h.filter["of-"+name]))
		h.save(name, h.definition(name))
	}
	h.add(12)
	h.stop = h.work(h.e)
	return h
}

// bounded is somebody who may spend so much: by a limit of their own, or by that
// of a budget which they are attached to.
func (h *rightsHistory) bounded(byBudget bool) fettle.Actor {
	if !byBudget {
		return h.let("ci", fettle.Editor, true, historyOwn)
	}
	a := h.let("ci", fettle.Editor, true, 0)
	must(h.t, h.e.SetLimit(h.t.Context(), admin, "budget", "of-ci", fettle.Limit{Credits: credits(historyOwn)}))
	_, err := h.e.Attach(h.t.Context(), admin, "of-ci", fettle.BudgetMembers{People: []string{"ci"}})
	must(h.t, err)
	return a
}

func where(titles map[string]bool) string {
	parts := []string{`name == "nobody"`}
	for _, x := range slices.Sorted(maps.Keys(titles)) {
		parts = append(parts, `title == "`+x+`"`)
	}
	return strings.Join(parts, " || ")
}

func (h *rightsHistory) definition(name string) fettle.Definition {
	def := findEmail("of-"+name, 100_000)
	def.Outputs = fettle.Outputs{{Name: "email", Field: "found_" + name}}
	if name == "b" { // asks another operation: of one that both ask, one would wait for the other
		def.RerunOn = "inputs"
		def.Steps = []fettle.Step{{Provider: "sandbox/company", Inputs: map[string]string{"domain": "company_domain"}}}
		def.Outputs = fettle.Outputs{{Name: "industry", Field: "found_" + name}}
	}
	return def
}

func (h *rightsHistory) rowsFor(n int) []map[string]any {
	out := make([]map[string]any, n)
	for i := range out {
		h.records++
		title := historyTitles[h.records%len(historyTitles)]
		out[i] = map[string]any{"external_id": fmt.Sprint("p", h.records), "name": fmt.Sprint("Person ", h.records), "company_domain": fmt.Sprintf("c%d.com", h.records), "title": title}
	}
	return out
}

func (h *rightsHistory) add(n int) {
	if _, err := h.e.UpsertRecords(h.t.Context(), admin, engine.UpsertInput{Entity: fettle.People, Rows: h.rowsFor(n), Confirm: true}); err != nil {
		h.t.Fatal(err)
	}
}

// run is one history.
func (h *rightsHistory) run(rt *rapid.T) {
	defer h.stop()
	ops := h.operations()
	names := slices.Sorted(maps.Keys(ops))
	for _, name := range enrichments {
		if who := rapid.SampledFrom([]string{"", "capped", "admin", "admin"}).Draw(rt, "starts"); who != "" {
			_, err := h.e.Start(h.t.Context(), h.actors[who], name, engine.StartOptions{})
			if h.agrees(err, name) != nil {
				rt.Fatal(err)
			}
		}
	}
	h.rest()
	for range rapid.IntRange(8, 25).Draw(rt, "steps") {
		h.step(rt, rapid.SampledFrom([]string{"viewer", "editor", "editor", "editor", "capped", "capped", "admin", "admin"}).Draw(rt, "who"),
			rapid.SampledFrom(names).Draw(rt, "operation"), ops)
	}
	h.sound()
}

// before is what stands before a step.
type before struct {
	calls   int64
	last    int64
	states  map[string]fettle.State
	pilot   int64
	records int
}

func (h *rightsHistory) step(rt *rapid.T, who, op string, ops map[string]func(*rapid.T, fettle.Actor) error) {
	was := h.stands(who)
	err := ops[op](rt, h.actors[who])
	switch fettle.CodeOf(err) {
	case fettle.Internal:
		if err != nil {
			rt.Fatalf("%s %s: %v", who, op, err)
		}
	default:
	}
	if op == "resolveUnknowns" {
		h.passes(2) // rows that nothing holds any more are counted as held until they are looked at
	}
	h.rest()
	made, theirs := h.made(was)
	if n := h.sb.Books().Calls - was.calls; n != made+theirs {
		rt.Fatalf("%s %s: %d calls arrived, %d are booked", who, op, n, made+theirs)
	}
	rt.Logf("%s %s: %v; %d calls, %d of the token's", who, op, err, made, theirs)
	switch who {
	case "viewer":
		if made != 0 {
			rt.Fatalf("a viewer's %s made %d calls: %s", op, made, h.since(was))
		}
	case "editor":
		h.editorStepped(rt, op, was, made)
	case "capped":
		if made > 0 && !entersData[op] {
			rt.Fatalf("%s of one with a limit of their own made %d calls beside it: %s", op, made, h.since(was))
		}
	}
	if used := h.ownUsed(); used > historyOwn*fettle.Credit {
		rt.Fatalf("%s: the token used %s of %d", op, used, historyOwn)
	}
	if who == "editor" || who == "capped" || who == "viewer" {
		h.nothingStopped(rt, who, op, was)
	}
	if who == "admin" && (op == "upsertPeople" || op == "import") && err == nil {
		h.nothingWaits(rt, op, was)
	}
}

// made counts the calls since, and apart those that count in the token's own
// limit: one that waits for room in it runs when there is some, whoever's step
// that is.
func (h *rightsHistory) made(was before) (calls, theirs int64) {
	err := h.db.Writer().QueryRowContext(h.t.Context(), `SELECT COUNT(*), COALESCE(SUM(CASE WHEN actor = 'ci' OR opener = 'ci' THEN 1 ELSE 0 END), 0)
		FROM attempts WHERE state <> 'released' AND id > `+strconv.FormatInt(was.last, 10)).Scan(&calls, &theirs)
	if err != nil {
		h.t.Fatal(err)
	}
	return calls - theirs, theirs
}

// entersData are the operations that put in records and values, which live
// enrichments follow.
var entersData = map[string]bool{
	"upsertPeople": true, "upsertCompanies": true, "import": true, "readSource": true, "mapImport": true, "editRecord": true, "editRecords": true, "setField": true, "suppressRecords": true,
	"mergeRecords": true, "unmergeRecords": true, "splitRecord": true,
}

// editorStepped: an editor who may not spend made no calls but those of a pilot
// within the allowance, or of records that entered what was agreed to.
func (h *rightsHistory) editorStepped(rt *rapid.T, op string, was before, calls int64) {
	switch {
	case calls == 0:
	case op == "pilot":
		if calls > was.pilot {
			rt.Fatalf("a pilot made %d calls, %d were left", calls, was.pilot)
		}
	case entersData[op], op == "apply", op == "saveAudience":
		// Records that came while an editor had narrowed the audience are let in when
		// it is widened again, as far as those who may spend agreed to them last.
		h.entered(rt, op, was)
	default:
		rt.Fatalf("an editor's %s made %d calls: %s", op, calls, h.since(was))
	}
}

// since says of the calls since why they were made.
func (h *rightsHistory) since(was before) (out string) {
	rows, err := h.db.Writer().QueryContext(h.t.Context(), `SELECT enrichment_id, record_id, cause, actor, opener, run_id FROM attempts WHERE id > `+strconv.FormatInt(was.last, 10))
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var enrichment, record, run int64
		var cause, actor, opener string
		if err := rows.Scan(&enrichment, &record, &cause, &actor, &opener, &run); err != nil {
			h.t.Fatal(err)
		}
		out += fmt.Sprintf("[enrichment %d, record %d: %s, of %s, opened by %q, run %d] ", enrichment, record, cause, actor, opener, run)
	}
	if err := rows.Err(); err != nil {
		h.t.Fatal(err)
	}
	return out
}

// entered checks the calls since: in each enrichment no more than the guard
// lets in, of records that were agreed to.
func (h *rightsHistory) entered(rt *rapid.T, op string, was before) {
	rows, err := h.db.Writer().QueryContext(h.t.Context(), `SELECT e.name, a.record_id, COALESCE(p.title, '') FROM attempts a JOIN enrichments e ON e.id = a.enrichment_id
		LEFT JOIN people p ON p.id = a.record_id WHERE a.actor <> 'ci' AND a.opener <> 'ci' AND a.id > `+strconv.FormatInt(was.last, 10))
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	in := map[string]int{}
	for rows.Next() {
		var name, title string
		var record int64
		if err := rows.Scan(&name, &record, &title); err != nil {
			h.t.Fatal(err)
		}
		in[name]++
		if !h.agreed[name][title] || !h.filter["of-"+name][title] {
			rt.Fatalf("%s: %s asks of a %q, who was not agreed to", op, name, title)
		}
	}
	for name, n := range in {
		if n > historyGuard {
			rt.Fatalf("%s put %d rows into %s unasked", op, n, name)
		}
	}
	if err := rows.Err(); err != nil {
		h.t.Fatal(err)
	}
}

// nothingStopped: what was live is live, unless it was paused on purpose.
func (h *rightsHistory) nothingStopped(rt *rapid.T, who, op string, was before) {
	for name, state := range was.states {
		if state != fettle.Live || op == "pause" {
			continue
		}
		v, err := h.e.Enrichment(h.t.Context(), admin, name)
		if err != nil {
			continue // deleted
		}
		if ours := h.payer(name) != "ci"; v.State != fettle.Live && ours {
			rt.Fatalf("%s %s stopped %s: %s", who, op, name, v.PauseDetail)
		}
	}
}

// nothingWaits: of the records that somebody who may spend put in, none of
// those that were agreed to waits.
func (h *rightsHistory) nothingWaits(rt *rapid.T, op string, was before) {
	fresh, err := h.db.Writer().QueryContext(h.t.Context(), `SELECT id, COALESCE(external_id, ''), COALESCE(title, '') FROM people`)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = fresh.Close() }()
	titles := map[int64]string{}
	for fresh.Next() {
		var id int64
		var external, title string
		if err := fresh.Scan(&id, &external, &title); err != nil {
			h.t.Fatal(err)
		}
		if number, _ := strconv.Atoi(strings.TrimPrefix(external, "p")); number > was.records {
			titles[id] = title
		}
	}
	if err := fresh.Err(); err != nil {
		h.t.Fatal(err)
	}
	for _, name := range enrichments {
		v, err := h.e.Enrichment(h.t.Context(), admin, name)
		if err != nil || v.State != fettle.Live || h.payer(name) == "ci" {
			continue
		}
		for id, r := range h.rows(name) {
			mine := h.agreed[name][titles[id]] && h.filter["of-"+name][titles[id]] && r.OpenedBy == ""
			if mine && r.State != fettle.RowDone && r.WaitingFor != string(fettle.Held) {
				rt.Fatalf("%s by an admin: a row of %s is %s: %s", op, name, r.State, r.Detail)
			}
		}
	}
}

// payer is on whose account the run of an enrichment is.
func (h *rightsHistory) payer(name string) (who string) {
	_ = h.db.Writer().QueryRowContext(h.t.Context(), `SELECT r.actor FROM enrichments e JOIN runs r ON r.id = e.run_id WHERE e.name = '`+name+`'`).Scan(&who)
	return who
}

func (h *rightsHistory) ownUsed() fettle.Credits {
	var used int64
	if err := h.db.Writer().QueryRowContext(h.t.Context(), `SELECT COALESCE(SUM(charged_uc + overrun_uc) + SUM(CASE WHEN state IN ('reserved', 'accepted', 'unknown') THEN step_uc ELSE 0 END), 0)
		FROM attempts WHERE actor = 'ci' OR opener = 'ci'`).Scan(&used); err != nil {
		h.t.Fatal(err)
	}
	return fettle.Credits(used)
}

func (h *rightsHistory) stands(who string) before {
	b := before{calls: h.sb.Books().Calls, states: map[string]fettle.State{}, records: h.records}
	b.last = h.lastCall()
	for _, name := range enrichments {
		if v, err := h.e.Enrichment(h.t.Context(), admin, name); err == nil {
			b.states[name] = v.State
		}
	}
	a, err := h.e.PilotAllowance(h.t.Context(), h.actors[who])
	if err != nil {
		h.t.Fatal(err)
	}
	b.pilot = a.LeftRows
	return b
}

// rest waits until nothing moves. What waits for its time looks again at once:
// what it does then belongs to this step. While one enrichment is looked at, the one
// before may go on by what this one wrote: all are looked at again after a call.
func (h *rightsHistory) rest() {
	if _, err := h.db.Writer().ExecContext(h.t.Context(), `UPDATE enrichment_rows SET wake_at_us = 1 WHERE state = 'waiting' AND wake_at_us > 1`); err != nil {
		h.t.Fatal(err)
	}
	for made := int64(-1); ; {
		for _, name := range enrichments {
			h.still(name)
		}
		last := h.lastCall()
		if last == made {
			return
		}
		made = last
	}
}

// lastCall is the number of the call that was claimed last.
func (h *rightsHistory) lastCall() (id int64) {
	if err := h.db.Writer().QueryRowContext(h.t.Context(), `SELECT COALESCE(MAX(id), 0) FROM attempts`).Scan(&id); err != nil {
		h.t.Fatal(err)
	}
	return id
}

// still waits until an enrichment, if it is there, has nothing to do.
func (h *rightsHistory) still(name string) {
	if _, err := h.e.Enrichment(h.t.Context(), admin, name); err != nil {
		return
	}
	h.until(name, func(v fettle.EnrichmentView) bool {
		var unknown int64
		if err := h.db.Writer().QueryRowContext(h.t.Context(), `SELECT COUNT(*) FROM attempts WHERE state = 'unknown'`).Scan(&unknown); err != nil {
			h.t.Fatal(err)
		}
		waits := v.ApprovalRows + v.OwnLimitRows
		if unknown > 0 {
			waits += v.HeldRows // by what is not known
		}
		return v.InFlight == 0 && !v.Piloting && (v.State != fettle.Live || (!v.Planning && v.RemainingRows == waits))
	})
}
