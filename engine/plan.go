package engine

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/store"
)

// planPage is how many records one planning transaction opens rows for.
const planPage = 5000

// tend keeps the enrichments going, apart from calls: it reaps what dead
// processes left, ends pauses whose period is over, opens rows, follows the
// change log, wakes waiting rows.
func (w *worker) tend(ctx context.Context) error {
	w.e.refreshProviders(ctx)
	if time.Since(w.lastReap) >= time.Second {
		w.lastReap = time.Now()
		if err := w.reap(ctx); err != nil {
			return err
		}
	}
	var list []store.Enrichment
	if err := w.e.db.View(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.Enrichments(ctx)
		return err
	}); err != nil {
		return err
	}
	for _, e := range list {
		if err := w.tendOne(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func (w *worker) tendOne(ctx context.Context, e store.Enrichment) error {
	now := time.Now()
	if e.State == fettle.Paused && e.PauseUntilUS > 0 && now.UnixMicro() >= e.PauseUntilUS {
		return w.e.endPause(ctx, e.ID)
	}
	if e.State != fettle.Live {
		if e.PilotRunID != 0 {
			return w.wake(ctx, e, now)
		}
		return nil
	}
	if e.PlanState != store.Planned {
		return w.plan(ctx, e)
	}
	if err := w.follow(ctx, e); err != nil {
		return err
	}
	if err := w.wake(ctx, e, now); err != nil {
		return err
	}
	if err := w.replanTimed(ctx, e, now); err != nil {
		return err
	}
	return w.reopenDue(ctx, e, now)
}

// timedEvery is how often an audience is looked at whose members change with
// time alone.
const timedEvery = time.Minute

// replanTimed plans an audience anew whose members change with time alone.
func (w *worker) replanTimed(ctx context.Context, e store.Enrichment, now time.Time) error {
	if !e.Definition.Follow || now.Sub(w.lastTimed[e.ID]) < timedEvery {
		return nil
	}
	w.lastTimed[e.ID] = now
	return w.e.db.Update(ctx, func(tx *store.Tx) error {
		m, err := w.e.membership(ctx, tx, e.Entity, e.Definition.Audience)
		if err != nil || !m.timed {
			return err
		}
		cur, err := tx.LockEnrichmentByID(ctx, e.ID)
		if err != nil || cur.State != fettle.Live || cur.PlanState != store.Planned {
			return err
		}
		cur.PlanState, cur.PlanCursor, cur.PlanCause = store.Planning, 0, fettle.CauseEntered
		return tx.PutEnrichment(ctx, cur)
	})
}

// wake makes the waiting rows pending whose time has come.
func (w *worker) wake(ctx context.Context, e store.Enrichment, now time.Time) error {
	var due bool
	err := w.e.db.View(ctx, func(tx *store.Tx) error {
		t, err := tx.NextWake(ctx, e.ID)
		due = t > 0 && t <= now.UnixMicro()
		return err
	})
	if err != nil || !due {
		return err
	}
	var n int64
	err = w.e.db.Update(ctx, func(tx *store.Tx) (err error) {
		n, err = tx.WakeRows(ctx, e.ID, now.UnixMicro(), false, planPage)
		return err
	})
	if n > 0 {
		w.rescan(e.ID)
	}
	return err
}

// membership is the union of an enrichment's audiences as one filter.
type membership struct {
	where expr.Fragment
	timed bool // changes with time alone
}

func (e *Engine) membership(ctx context.Context, tx *store.Tx, entity fettle.Entity, names []string) (membership, error) {
	env, err := e.env(ctx, tx, entity)
	if err != nil {
		return membership{}, err
	}
	var m membership
	var parts []string
	for _, n := range names {
		a, err := tx.Audience(ctx, n)
		if err != nil {
			return m, err
		}
		f, err := env.Filter(a.Where)
		if err != nil {
			return m, within(err, "audience "+n)
		}
		m.timed = m.timed || f.UsesTime()
		frag := f.SQL(time.Now()).Shift(len(m.where.Args))
		parts = append(parts, "("+frag.Text+")")
		m.where.Args = append(m.where.Args, frag.Args...)
	}
	m.where.Text = strings.Join(parts, " OR ")
	if len(parts) > 1 {
		m.where.Text = "(" + m.where.Text + ")"
	}
	return m, nil
}

// env makes the environment for expressions over an entity.
func (e *Engine) env(ctx context.Context, tx *store.Tx, entity fettle.Entity) (*expr.Env, error) {
	own, err := tx.Fields(ctx, entity)
	if err != nil {
		return nil, err
	}
	var company []fettle.Field
	if entity == fettle.People {
		if company, err = tx.Fields(ctx, fettle.Companies); err != nil {
			return nil, err
		}
	}
	return expr.NewEnv(entity, own, company)
}

// plan opens rows for one page of the audience's members that have none. A
// plan after an edit opens rows again that may now end otherwise.
func (w *worker) plan(ctx context.Context, e store.Enrichment) error {
	err := w.e.db.Update(ctx, func(tx *store.Tx) error {
		cur, err := tx.LockEnrichmentByID(ctx, e.ID)
		if err != nil || cur.State != fettle.Live || cur.PlanState == store.Planned {
			return err
		}
		m, err := w.e.membership(ctx, tx, cur.Entity, cur.Definition.Audience)
		if err != nil {
			return err
		}
		ids, err := tx.MemberIDs(ctx, cur.Entity, m.where, cur.PlanCursor, planPage)
		if err != nil {
			return err
		}
		now := time.Now().UnixMicro()
		if err := dropLeavers(ctx, tx, cur, ids); err != nil {
			return err
		}
		if len(ids) > 0 {
			cur.PlanCursor = ids[len(ids)-1]
			if cur.PlanState == store.Edited {
				if err := reopenEdited(ctx, tx, cur, ids, now); err != nil {
					return err
				}
			}
			if _, err := tx.InsertRows(ctx, cur.ID, cur.RunID, ids, cur.PlanCause, now); err != nil {
				return err
			}
		}
		if len(ids) < planPage {
			cur.PlanState, cur.PlanCursor = store.Planned, 0
		}
		cur.UpdatedUS = now
		return tx.PutEnrichment(ctx, cur)
	})
	w.rescan(e.ID)
	w.look()
	w.e.publish(Event{Kind: "enrichment", Name: e.Name})
	return err
}

// dropLeavers drops the queued rows of records that are not members any more,
// in the stretch of records that a page of members covers.
func dropLeavers(ctx context.Context, tx *store.Tx, e store.Enrichment, members []int64) error {
	to := int64(math.MaxInt64)
	if len(members) == planPage {
		to = members[len(members)-1]
	}
	in := make(map[int64]bool, len(members))
	for _, id := range members {
		in[id] = true
	}
	var drop []store.Row
	for _, state := range []fettle.RowState{fettle.RowPending, fettle.RowWaiting} {
		for after := e.PlanCursor; ; {
			rows, err := tx.RowPage(ctx, e.ID, store.RowQuery{State: state, After: after, Limit: planPage})
			if err != nil {
				return err
			}
			for _, r := range rows {
				if r.RecordID <= to && !in[r.RecordID] {
					drop = append(drop, r)
				}
			}
			if len(rows) < planPage || rows[len(rows)-1].RecordID >= to {
				break
			}
			after = rows[len(rows)-1].RecordID
		}
	}
	return tx.DeleteRows(ctx, drop)
}

// reopenEdited opens finished rows again that may end otherwise under the new
// definition: those that bought nothing, and those of which an output was
// never bought.
func reopenEdited(ctx context.Context, tx *store.Tx, e store.Enrichment, ids []int64, nowUS int64) error {
	cells, err := tx.Cells(ctx, ids)
	if err != nil {
		return err
	}
	lacks := func(record int64) bool {
		for _, f := range e.Definition.Outputs.Fields() {
			if cells[store.CellKey{Record: record, Field: f}].BoughtUS == 0 {
				return true
			}
		}
		return false
	}
	return reopen(ctx, tx, e, ids, func(r store.Row) bool {
		switch r.Outcome {
		case fettle.NotFoundRow, fettle.KnownNotFound, fettle.Skipped, fettle.MissingInput:
			return true
		case fettle.Filled, fettle.Found, fettle.Reused:
			return lacks(r.RecordID)
		case fettle.Failed:
			return !r.Paid
		case fettle.Unknown, fettle.Held:
		}
		return false
	}, e.PlanCause, nowUS)
}

// reopen makes finished rows pending that pass the test.
func reopen(ctx context.Context, tx *store.Tx, e store.Enrichment, ids []int64, test func(store.Row) bool, cause fettle.Cause, nowUS int64) error {
	current, err := tx.RowsOf(ctx, e.ID, ids)
	if err != nil {
		return err
	}
	var old, now []store.Row
	for _, id := range ids {
		r, ok := current[id]
		if !ok || r.State != fettle.RowDone || !test(r) {
			continue
		}
		n := r
		n.State, n.Outcome, n.Detail, n.Cause, n.Tries, n.UpdatedUS, n.RunID = fettle.RowPending, "", "", cause, 0, nowUS, e.RunID
		old, now = append(old, r), append(now, n)
	}
	_, err = tx.PutRows(ctx, old, now)
	return err
}

// followPage is how many changes one following transaction reads.
const followPage = 2000

// follow reads the change log: records that enter the audience are opened,
// rows whose inputs changed are opened again, queued rows of records that left
// are dropped.
func (w *worker) follow(ctx context.Context, e store.Enrichment) error {
	var changed bool
	err := w.e.db.View(ctx, func(tx *store.Tx) error {
		n, err := tx.NewestChange(ctx)
		changed = n > e.FollowCursor
		return err
	})
	if err != nil || !changed {
		return err
	}
	var guard *fettle.Error
	opened := int64(0)
	err = w.e.db.Update(ctx, func(tx *store.Tx) error {
		guard, opened = nil, 0
		cur, err := tx.LockEnrichmentByID(ctx, e.ID)
		if err != nil || cur.State != fettle.Live || cur.PlanState != store.Planned {
			return err
		}
		changes, err := tx.ChangesAfter(ctx, cur.FollowCursor, followPage)
		if err != nil || len(changes) == 0 {
			return err
		}
		cur.FollowCursor = changes[len(changes)-1].ID
		p, err := w.e.compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition)
		if err != nil {
			return err
		}
		f := &following{tx: tx, w: w, e: cur, p: p}
		if err := f.read(ctx, changes); err != nil {
			return err
		}
		if err := f.apply(ctx); err != nil {
			return err
		}
		if guard, err = f.guard(ctx); err != nil {
			return err
		}
		opened = f.opened
		return tx.PutEnrichment(ctx, cur)
	})
	if errors.Is(err, errGuard) {
		return w.e.pauseBecause(ctx, e.ID, fettle.PausedByGuard, guard)
	}
	if opened > 0 {
		w.rescan(e.ID)
		w.e.publish(Event{Kind: "enrichment", Name: e.Name})
	}
	return err
}

// errGuard rolls a following back that would spend quietly.
var errGuard = errors.New("would spend quietly")

// settingShown, with an enrichment's id, holds the newest change that the
// estimate of its last start or resume covered: a person was asked about it.
const settingShown = "shown_to:"

func shownTo(ctx context.Context, tx *store.Tx, enrichment int64) (int64, error) {
	v, ok, err := tx.Setting(ctx, settingShown+strconv.FormatInt(enrichment, 10))
	if err != nil || !ok {
		return 0, err
	}
	return strconv.ParseInt(v, 10, 64)
}

// following is one page of the change log applied to one enrichment.
type following struct {
	tx     *store.Tx
	w      *worker
	e      store.Enrichment
	p      *program
	fresh  map[int64]bool // record → its change was asked about before, or was made by the enrichment's own audience change
	inputs map[int64]bool // record → an input of the enrichment changed
	quiet  int64          // rows opened by changes that nobody was asked about
	opened int64
}

// read gathers the records that the changes concern.
func (f *following) read(ctx context.Context, changes []store.ChangeEvent) error {
	f.fresh, f.inputs = map[int64]bool{}, map[int64]bool{}
	shown, err := shownTo(ctx, f.tx, f.e.ID)
	if err != nil {
		return err
	}
	var companies []int64
	allAsked := true
	for _, c := range changes {
		own := c.From.Kind == store.OriginEnrichment && c.From.RefID == f.e.ID
		if own || c.From.NoRun || c.Kind == "delete" {
			continue
		}
		wasAsked := c.ID <= shown || c.From.Kind == store.OriginImport || c.From.Kind == store.OriginAPI
		if c.Entity == f.e.Entity {
			f.fresh[c.Record] = f.fresh[c.Record] || wasAsked
			if f.touches(c.Changes) {
				f.inputs[c.Record] = true
			}
		} else if f.e.Entity == fettle.People {
			companies = append(companies, c.Record)
			allAsked = allAsked && wasAsked
		}
	}
	if len(companies) == 0 {
		return nil
	}
	people, err := f.tx.PeopleOf(ctx, companies)
	for _, id := range people {
		f.fresh[id] = f.fresh[id] || allAsked
		if len(f.p.company) > 0 {
			f.inputs[id] = true
		}
	}
	return err
}

// touches reports whether a change's text names one of the fields that the
// enrichment reads. A creation names none: its record has no row yet.
func (f *following) touches(changes string) bool {
	for field := range f.p.inputs {
		if strings.Contains(changes, strconv.Quote(field)+":") {
			return true
		}
	}
	return false
}

// apply opens, reopens and drops rows.
func (f *following) apply(ctx context.Context) error {
	if len(f.fresh) == 0 {
		return nil
	}
	ids := make([]int64, 0, len(f.fresh))
	for id := range f.fresh {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	m, err := f.w.e.membership(ctx, f.tx, f.e.Entity, f.e.Definition.Audience)
	if err != nil {
		return err
	}
	members, err := f.tx.Members(ctx, f.e.Entity, m.where, ids)
	if err != nil {
		return err
	}
	rows, err := f.tx.RowsOf(ctx, f.e.ID, ids)
	if err != nil {
		return err
	}
	in := make(map[int64]bool, len(members))
	for _, id := range members {
		in[id] = true
	}
	return f.change(ctx, ids, in, rows, time.Now().UnixMicro())
}

func (f *following) change(ctx context.Context, ids []int64, in map[int64]bool, rows map[int64]store.Row, nowUS int64) error {
	var enter []int64
	var old, now, drop []store.Row
	for _, id := range ids {
		r, has := rows[id]
		switch {
		case in[id] && !has:
			if !f.e.Definition.Follow {
				continue
			}
			enter = append(enter, id)
			f.count(id)
		case !in[id] && has && (r.State == fettle.RowPending || r.State == fettle.RowWaiting):
			drop = append(drop, r)
		case in[id] && has && f.inputs[id]:
			if n, ok := f.again(r, nowUS); ok {
				old, now = append(old, r), append(now, n)
				f.count(id)
			}
		}
	}
	n, err := f.tx.InsertRows(ctx, f.e.ID, f.e.RunID, enter, fettle.CauseEntered, nowUS)
	if err != nil {
		return err
	}
	f.opened += n + int64(len(now)) + int64(len(drop))
	if _, err := f.tx.PutRows(ctx, old, now); err != nil {
		return err
	}
	return f.tx.DeleteRows(ctx, drop)
}

func (f *following) count(id int64) {
	if !f.fresh[id] {
		f.quiet++
	}
}

// again opens a row again whose inputs changed: where the enrichment asks for
// that, or where the row ended for want of them. One that runs is looked at
// again when it ends.
func (f *following) again(r store.Row, nowUS int64) (store.Row, bool) {
	n := r
	n.Cause, n.UpdatedUS = fettle.CauseInputChanged, nowUS
	rerun := f.e.Definition.RerunOn == "inputs"
	switch {
	case r.State == fettle.RowRunning && rerun && !r.Dirty:
		n.Cause, n.Dirty = r.Cause, true
		return n, true
	case r.State != fettle.RowDone:
		return n, false
	}
	want := r.Outcome == fettle.Skipped || r.Outcome == fettle.MissingInput
	if rerun {
		want = want || r.Outcome != fettle.Unknown
	}
	n.State, n.Outcome, n.Detail, n.Tries = fettle.RowPending, "", "", 0
	return n, want
}

// guard refuses a page of changes that nobody was asked about and that would
// put many rows into the enrichment.
func (f *following) guard(ctx context.Context) (*fettle.Error, error) {
	if f.quiet == 0 {
		return nil, nil //nolint:nilnil // nothing to refuse
	}
	most, err := guardRows(ctx, f.tx)
	if err != nil || f.quiet <= most {
		return nil, err
	}
	return fettle.Errorf(fettle.Refused, "a change would put %d more rows into %s", f.quiet, f.e.Name).
		WithHint("Look at the estimate, then resume to run them: fettle enrichment estimate %s", f.e.Name), errGuard
}

// dueEvery is how often rows are looked for whose refresh or retry time has
// come.
const dueEvery = time.Minute

// reopenDue opens rows again whose refresh period has passed, and rows that
// found nothing and may ask again.
func (w *worker) reopenDue(ctx context.Context, e store.Enrichment, now time.Time) error {
	refresh, retry := time.Duration(e.Definition.Refresh), time.Duration(e.Definition.NotFoundRetry)
	if (refresh == 0 && retry == 0) || !e.Definition.Follow || now.Sub(w.lastDue[e.ID]) < min(dueEvery, max(refresh, retry)/10) {
		return nil
	}
	w.lastDue[e.ID] = now
	return w.e.db.Update(ctx, func(tx *store.Tx) error {
		cur, err := tx.LockEnrichmentByID(ctx, e.ID)
		if err != nil || cur.State != fettle.Live {
			return err
		}
		any := func(store.Row) bool { return true }
		if refresh > 0 {
			ids, err := tx.RowsToRefresh(ctx, e.ID, e.Definition.Outputs.Fields(), now.Add(-refresh).UnixMicro(), planPage)
			if err != nil {
				return err
			}
			if err := reopen(ctx, tx, cur, ids, any, fettle.CauseRefresh, now.UnixMicro()); err != nil {
				return err
			}
		}
		if retry > 0 {
			for _, o := range []fettle.Outcome{fettle.NotFoundRow, fettle.KnownNotFound} {
				ids, err := tx.RowsEnded(ctx, e.ID, o, now.Add(-retry).UnixMicro(), planPage)
				if err != nil {
					return err
				}
				if err := reopen(ctx, tx, cur, ids, any, fettle.CauseRefresh, now.UnixMicro()); err != nil {
					return err
				}
			}
		}
		w.rescan(e.ID)
		return nil
	})
}
