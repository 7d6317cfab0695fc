package engine_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestAnyHistory has people do anything in any order, and processes die, and
// holds after each step what is promised at every moment.
func TestAnyHistory(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				m := newModel(t, rt, kind)
				defer m.end()
				rt.Repeat(map[string]func(*rapid.T){
					"import": m.importPeople, "edit": m.edit, "value": m.editValue, "define": m.define, "go": m.goLive, "go again": m.goLive,
					"pause": m.pause, "reset": m.reset, "point": m.point, "limit": m.setLimit, "retry": m.retry, "rerun": m.rerun,
					"resolve": m.resolve, "merge": m.merge, "delete": m.deleteAndImport, "crash": m.crash, "age": m.ages, "": m.check,
				})
			})
		})
	}
}

// model is what the test remembers of a history.
type model struct {
	*world
	rt       *rapid.T
	dsn      string
	people   int
	highest  map[string]fettle.Credits // the highest limit that each enrichment ever had
	most     map[string]int64          // and the highest in records
	merged   map[int64]bool
	resolved int64 // unknown charges that a person gave up or said were not billed
	inputs   bool  // changed inputs buy again
	refresh  bool  // values and misses are asked again when they are old
	stop     func()
	closed   []*store.DB
}

var enrichments = []string{"a", "b"}

func newModel(t *testing.T, rt *rapid.T, kind string) *model {
	cfg := sandbox.Config{HitRate: 0.7, BillMiss: rapid.Bool().Draw(rt, "bill miss"), Seed: 11, Latency: 2 * time.Millisecond}
	if rapid.Bool().Draw(rt, "lossy") {
		cfg.ChargeThenFailRate = 0.05
	}
	m := &model{rt: rt, dsn: storetest.DSN(t, kind), highest: map[string]fettle.Credits{}, most: map[string]int64{}, merged: map[int64]bool{}, inputs: rapid.Bool().Draw(rt, "rerun on inputs"), refresh: rapid.Bool().Draw(rt, "refresh")}
	m.world = newWorld(t, opened(t, m.dsn), cfg)
	if kind == storetest.PostgreSQL {
		m.dsn += "&idle_in_transaction_session_timeout=1000" // a process that is cut off leaves its transaction open
	}
	m.field("found", fettle.Text)
	m.field("link", fettle.Text)
	m.audience("xs", `title == "x"`)
	m.audience("ys", `title == "y"`)
	for _, name := range enrichments {
		m.save(name, m.definition(rt, 40))
		m.highest[name], m.most[name] = 40*fettle.Credit, unlimited
		if rapid.Bool().Draw(rt, "limit in records") {
			m.limit(rt, name, 40, 20)
		}
	}
	m.importPeople(rt)
	m.revive()
	return m
}

// revive starts a worker with a database handle of its own, as a process has.
func (m *model) revive() {
	c := m.config()
	c.DB, c.Lease = opened(m.t, m.dsn), shortLease
	e, err := engine.New(m.t.Context(), c)
	if err != nil {
		m.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	m.closed = append(m.closed, c.DB)
	m.stop = func() {
		cancel()
		if err := <-done; err != nil {
			m.t.Errorf("the worker ended: %v", err)
		}
	}
}

func (m *model) end() {
	m.stop()
	for _, db := range m.closed {
		_ = db.Close()
	}
}

func (m *model) definition(rt *rapid.T, limit int64) fettle.Definition {
	def := answer("found", limit, byEmail)
	if rapid.Bool().Draw(rt, "two steps") {
		def.Steps = append(def.Steps, byScore)
	}
	if rapid.Bool().Draw(rt, "two outputs") {
		def.Steps = append(def.Steps, byTitle)
		def.Steps[len(def.Steps)-1].Outputs = map[string]string{"title": "answer", "linkedin_url": "link"}
		def.Outputs = append(def.Outputs, fettle.Output{Name: "link", Field: "link"})
	}
	if rapid.Bool().Draw(rt, "condition") {
		def.When = `title != "z"`
	}
	def.Audience = []string{rapid.SampledFrom([]string{"xs", "ys", fettle.AllPeople}).Draw(rt, "audience")}
	def.Write = rapid.SampledFrom([]fettle.WritePolicy{fettle.FillBlanks, fettle.Overwrite, fettle.OverwriteAll}).Draw(rt, "write")
	if m.inputs {
		def.RerunOn = "inputs"
	}
	if m.refresh {
		def.Refresh, def.NotFoundRetry = fettle.Interval(90*day), fettle.Interval(30*day)
	}
	return def
}

func (m *model) name(rt *rapid.T) string {
	return rapid.SampledFrom(enrichments).Draw(rt, "enrichment")
}

func (m *model) record(rt *rapid.T) int64 {
	return rapid.SampledFrom(m.ids(fettle.AllPeople)).Draw(rt, "record")
}

// may fails the test for any error but a refusal.
func (m *model) may(err error) {
	if c := fettle.CodeOf(err); err != nil && c != fettle.Refused && c != fettle.Confirm {
		m.rt.Fatalf("%v", err)
	}
}

func (m *model) importPeople(rt *rapid.T) {
	n := rapid.IntRange(1, 12).Draw(rt, "n")
	m.world.people(m.people, n, rapid.SampledFrom([]string{"x", "y", "z"}).Draw(rt, "title"))
	m.people += n
}

func (m *model) edit(rt *rapid.T) {
	field := rapid.SampledFrom([]string{"title", "name", "company_domain"}).Draw(rt, "field")
	values := map[string][]any{"title": {"x", "y", "z", nil}, "name": {"Ann Lee", "Bob Ray"}, "company_domain": {"acme.com", "bolt.io", nil}}
	m.world.edit(m.record(rt), field, rapid.SampledFrom(values[field]).Draw(rt, "value"))
}

func (m *model) editValue(rt *rapid.T) {
	m.world.edit(m.record(rt), "found", rapid.SampledFrom([]any{"by hand", nil}).Draw(rt, "value"))
}

func (m *model) define(rt *rapid.T) {
	name := m.name(rt)
	v := m.show(name)
	def := m.definition(rt, 1)
	def.Audience, def.Limit = v.Audience, v.Definition.Limit
	_, err := m.e.SaveEnrichment(m.t.Context(), admin, name, def)
	m.may(err)
}

// goLive starts or resumes, and compares the run with its estimate.
func (m *model) goLive(rt *rapid.T) {
	name := m.name(rt)
	if m.show(name).State == fettle.Live {
		rt.Skip("is live")
	}
	for _, other := range enrichments {
		if other != name && m.show(other).State == fettle.Live {
			_, err := m.e.Pause(m.t.Context(), admin, other)
			m.may(err) // it would buy what the estimate counts
		}
	}
	m.quiet()
	est := m.estimate(name)
	if sum := est.ToRun + est.Reused + est.KnownNotFound + est.Filled + est.Skipped + est.MissingInput + est.Waiting; sum != est.AudienceRows {
		rt.Fatalf("the estimate's rows add up to %d of %d: %+v", sum, est.AudienceRows, est)
	}
	calls, before := m.arrivals(), m.show(name)
	var err error
	if before.State == fettle.Draft || rapid.Bool().Draw(rt, "as a new run") {
		_, err = m.e.Start(m.t.Context(), admin, name, engine.StartOptions{})
	} else {
		_, err = m.e.Resume(m.t.Context(), admin, name, engine.StartOptions{})
	}
	m.may(err)
	m.quiet()
	now, after := m.show(name), m.arrivals()
	spent := now.SpentCredits - before.SpentCredits
	lost := now.UnknownCredits - before.UnknownCredits
	if now.State != fettle.Live || now.Rows.Pending > 0 {
		return // it paused before every row had run
	}
	if spent+lost > est.HighCredits || spent+lost < est.LowCredits {
		rt.Fatalf("%s spent and %s lost, the estimate was %s to %s: %+v", spent, lost, est.LowCredits, est.HighCredits, est)
	}
	// Who shares a first question with another and has a later one of its own may
	// have to be asked about, or may take what the other found.
	if ran, told := m.ran(after[len(calls):]); ran > est.ToRun || ran+told < est.ToRun {
		rt.Fatalf("%d records were asked about, %d more took their answers, the estimate was %d: %+v", ran, told, est.ToRun, est)
	}
}

// ran counts the records that calls were made for, and those that took an
// answer of these calls.
func (m *model) ran(calls []arrival) (asked, told int64) {
	attempts := billed(m.t, calls)
	records, others := map[int64]bool{}, map[int64]bool{}
	for _, j := range m.journal("all") {
		if _, ok := attempts[j.Attempt]; ok && j.Kind == "reuse" {
			others[j.RecordID] = true
		} else if ok {
			records[j.RecordID] = true
		}
	}
	return int64(len(records)), int64(len(others))
}

func (m *model) pause(rt *rapid.T) {
	_, err := m.e.Pause(m.t.Context(), admin, m.name(rt))
	m.may(err)
}

func (m *model) reset(rt *rapid.T) {
	_, err := m.e.Reset(m.t.Context(), admin, m.name(rt))
	m.may(err)
}

func (m *model) point(rt *rapid.T) {
	_, err := m.e.Point(m.t.Context(), admin, m.name(rt), []string{rapid.SampledFrom([]string{"xs", "ys", fettle.AllPeople}).Draw(rt, "audience")})
	m.may(err)
}

// unlimited stands for a limit that was never set in records.
const unlimited = int64(math.MaxInt64)

func (m *model) setLimit(rt *rapid.T) {
	name := m.name(rt)
	m.limit(rt, name, rapid.Int64Range(0, 300).Draw(rt, "credits"), rapid.Int64Range(0, 60).Draw(rt, "records"))
}

func (m *model) limit(rt *rapid.T, name string, n, records int64) {
	m.highest[name] = max(m.highest[name], fettle.Credits(n)*fettle.Credit)
	if _, err := m.e.SetEnrichmentLimit(m.t.Context(), admin, name, fettle.Limit{Credits: credits(n), Records: &records}, false); err != nil {
		rt.Fatalf("%v", err)
	}
	if m.most[name] == unlimited {
		m.most[name] = m.show(name).Limit.UsedRecords // by now
	}
	m.most[name] = max(m.most[name], records)
}

func (m *model) retry(rt *rapid.T) {
	outcome := rapid.SampledFrom([]fettle.Outcome{fettle.NotFoundRow, fettle.KnownNotFound, fettle.Failed}).Draw(rt, "outcome")
	_, err := m.e.Retry(m.t.Context(), admin, m.name(rt), outcome, true)
	m.may(err)
}

func (m *model) rerun(rt *rapid.T) {
	_, err := m.e.Rerun(m.t.Context(), admin, m.name(rt), engine.RerunOptions{Stale: rapid.Bool().Draw(rt, "stale")}, true)
	m.may(err)
}

func (m *model) resolve(rt *rapid.T) {
	m.resolved += int64(m.world.resolve(rapid.SampledFrom([]string{"retry", "write_off", "not_billed"}).Draw(rt, "action")))
}

func (m *model) merge(rt *rapid.T) {
	a, b := m.record(rt), m.record(rt)
	if a == b {
		rt.Skip("one record")
	}
	m.quiet()
	if err := m.join(a, b); err != nil {
		rt.Fatalf("%v", err)
	}
	m.merged[a], m.merged[b] = true, true
}

// deleteAndImport has somebody come back who was deleted.
func (m *model) deleteAndImport(rt *rapid.T) {
	m.quiet()
	id := m.record(rt)
	key := m.value(id, "external_id")
	if _, err := m.e.DeleteRecords(m.t.Context(), admin, []int64{id}, "", false); err != nil {
		m.may(err)
		return
	}
	row := map[string]any{"external_id": key, "name": "Come Back", "company_domain": "back.com", "title": "x"}
	if _, err := m.e.UpsertRecords(m.t.Context(), admin, engine.UpsertInput{Entity: fettle.People, Source: "csv", Rows: []map[string]any{row}, Confirm: true}); err != nil {
		rt.Fatalf("%v", err)
	}
}

// ages makes all that was bought and asked older. Only what a start looks for
// comes due by it: the sweep of a live enrichment runs once a minute.
func (m *model) ages(rt *rapid.T) {
	m.quiet()
	m.age(time.Duration(rapid.SampledFrom([]int{20, 40, 100}).Draw(rt, "days")) * day)
}

// crash takes the worker its database away in the middle of what it does, and
// starts another.
func (m *model) crash(rt *rapid.T) {
	for _, name := range enrichments {
		if m.show(name).State == fettle.Live {
			m.importPeople(rt)
		}
	}
	time.Sleep(time.Duration(rapid.IntRange(0, 250).Draw(rt, "after ms")) * time.Millisecond)
	_ = m.closed[len(m.closed)-1].Close()
	m.revive()
	time.Sleep(shortLease)
}

// quiet waits until nothing is left to do.
func (m *model) quiet() {
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			m.rt.Fatalf("never quiet: %+v", m.show("a"))
		}
		if m.caughtUp() {
			return
		}
	}
}

// caughtUp reports whether nothing runs and every change was followed.
func (m *model) caughtUp() bool {
	behind := false
	err := m.db.View(m.t.Context(), func(tx *store.Tx) error {
		newest, err := tx.NewestChange(m.t.Context())
		if err != nil {
			return err
		}
		list, err := tx.Enrichments(m.t.Context())
		for _, e := range list {
			behind = behind || (e.State == fettle.Live && (e.FollowCursor < newest || e.PlanState != store.Planned))
		}
		return err
	})
	if err != nil {
		m.rt.Fatalf("%v", err)
	}
	for _, name := range enrichments {
		v := m.show(name)
		rest := v.RemainingRows - v.HeldRows
		behind = behind || v.InFlight > 0 || (v.State == fettle.Live && rest > 0)
	}
	return !behind
}

// named are the causes for which a record may be bought again.
var named = []fettle.Cause{fettle.CauseRerun, fettle.CauseRetry, fettle.CauseRefresh, fettle.CauseInputChanged}

// check holds what is promised at every moment, and then when all is quiet.
func (m *model) check(rt *rapid.T) {
	m.rt = rt
	for _, name := range enrichments {
		if v := m.show(name); v.SpentCredits+v.ReservedCredits+v.UnknownCredits > m.highest[name] {
			rt.Fatalf("%s: %s spent, %s reserved, %s unknown; its limit never was above %s", name, v.SpentCredits, v.ReservedCredits, v.UnknownCredits, m.highest[name])
		}
		if n := m.show(name).Limit.UsedRecords; n > m.most[name] {
			rt.Fatalf("%s: %d records used; its limit never was above %d", name, n, m.most[name])
		}
	}
	m.hub(fettle.People, "") // what is kept of it is of now, and then of when all is quiet
	m.hub("", "xs")
	m.quiet()
	m.sameHub("", fettle.AllPeople, "xs")
	m.sound()
	m.agree()
	operations := map[int64]string{}
	for _, c := range m.arrivals() {
		for id := range billed(m.t, []arrival{c}) {
			operations[id] = c.Operation
		}
	}
	bought := map[string]int{}
	for _, j := range m.journal("") {
		if slices.Contains(named, j.Cause) || j.Kind == "reuse" {
			continue
		}
		key := fmt.Sprintf("%s of record %d", operations[j.Attempt], j.RecordID)
		if bought[key]++; bought[key] > 1 && !m.merged[j.RecordID] && m.resolved == 0 {
			rt.Fatalf("%s was bought again without a named cause: %+v", key, j)
		}
	}
	if m.t.Failed() {
		rt.FailNow()
	}
}
