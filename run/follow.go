package run

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/judge"
	"fettle/limits"
	"fettle/store"
)

// followPage is how many changes one following transaction reads.
const followPage = 2000

// follow reads the change log: records that enter the audience are opened,
// rows whose inputs changed are opened again, queued rows of records that left
// are dropped.
func (w *Worker) follow(ctx context.Context, e store.Enrichment) error {
	var changed bool
	err := w.db.View(ctx, func(tx *store.Tx) error {
		n, err := tx.NewestChange(ctx)
		changed = n > e.FollowCursor
		return err
	})
	if err != nil || !changed {
		return err
	}
	var guard *fettle.Error
	opened := int64(0)
	err = w.db.Update(ctx, func(tx *store.Tx) error {
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
		p, err := w.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition)
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
		return w.pauseBecause(ctx, e.ID, fettle.PausedByGuard, guard, "")
	}
	if opened > 0 {
		w.rescan(e.ID)
		w.events.Publish("enrichment", e.Name)
	}
	return err
}

// SettingShown with an enrichment's id holds the newest change that the
// estimate of its last start or resume covered: a person was asked about it.
const SettingShown = "shown_to:"

func shownTo(ctx context.Context, tx *store.Tx, enrichment int64) (int64, error) {
	v, ok, err := tx.Setting(ctx, SettingShown+strconv.FormatInt(enrichment, 10))
	if err != nil || !ok {
		return 0, err
	}
	return strconv.ParseInt(v, 10, 64)
}

// MayEnter filters those who may enter an enrichment unasked when all of its
// audience is looked at again.
func MayEnter(ctx context.Context, tx *store.Tx, e store.Enrichment, audience expr.Fragment) (expr.Fragment, error) {
	shown, err := shownTo(ctx, tx, e.ID)
	return store.MayEnter(e.ID, shown, audience), err
}

// following is one page of the change log applied to one enrichment.
type following struct {
	tx      *store.Tx
	w       *Worker
	e       store.Enrichment
	p       *judge.Program
	causes  map[int64]cause   // by record
	inputs  map[int64]bool    // record → an input of the enrichment changed
	signals map[int64][]int64 // record → signals that it got
	merged  map[int64]bool    // records that others became part of
	backs   backs             // who changed them
	chains  map[int64]string
	last    map[int64]int64 // record → the newest of its changes
	shown   int64           // the newest change that the last start covered
	quiet   int64           // rows opened by changes that nobody was asked about
	opened  int64
}

// cause is what the changes of a record are, together.
type cause struct {
	asked  bool   // somebody was asked about one of them, or it needs no question
	meant  bool   // somebody said yes to what one of them opens
	opener string // who answered for all of them with a limit of their own; "" where one needs no answer
	barred string // who may not spend, and changed it unasked without another's doing
	by     string // who made all of them; "" for several, or where the last start covered one
}

// and is the cause of changes that are of two causes. What somebody who may not
// spend was asked about covers nothing that they change unasked.
func (a cause) and(b cause) cause {
	out := cause{asked: a.asked || b.asked, meant: a.meant || b.meant}
	if a.by == b.by {
		out.by = a.by
	}
	if a.opener != "" {
		out.opener = b.opener
	}
	if out.by != "" || a.barred != "" && b.barred != "" {
		out.barred = cmp.Or(b.barred, a.barred)
	}
	return out
}

// note adds to what is known of a record's changes.
func note(causes map[int64]cause, record int64, c cause) {
	if was, seen := causes[record]; seen {
		c = was.and(c)
	}
	causes[record] = c
}

// causeOf is the cause of one change. shown is the newest change that the last
// start covered.
func causeOf(c store.ChangeEvent, shown int64) cause {
	if c.ID <= shown {
		return cause{asked: true, meant: true}
	}
	// Of a signal it says who wrote or posted what raised it, of an undo who took something back.
	person := c.From.Kind == store.OriginPerson || c.From.Kind == store.OriginSignal || c.From.Kind == store.OriginUndo
	out := cause{by: c.Actor, asked: c.From.Kind == store.OriginImport || c.From.Kind == store.OriginAPI ||
		person && (c.From.Version == store.AskedEdit || c.From.Version == store.Answered || c.From.Version == store.Confirmed)}
	if c.From.Kind != store.OriginEnrichment {
		out.meant = c.From.Version == store.Answered || c.From.Version == store.Confirmed || person && c.From.Version == store.AskedEdit
	}
	if c.From.Kind != store.OriginEnrichment && c.From.Version == store.Answered {
		out.opener = c.Actor
	}
	// What a program or a file brought with nobody to be asked is as if somebody who may not spend had typed it.
	if c.From.Kind != store.OriginEnrichment && c.From.Version == store.Unentitled {
		out.barred, out.asked = c.Actor, false
	}
	return out
}

// read gathers the records that the changes concern.
func (f *following) read(ctx context.Context, changes []store.ChangeEvent) error {
	f.causes, f.inputs, f.signals, f.backs, f.last = map[int64]cause{}, map[int64]bool{}, map[int64][]int64{}, newBacks(), map[int64]int64{}
	f.merged = map[int64]bool{}
	shown, err := shownTo(ctx, f.tx, f.e.ID)
	if err != nil {
		return err
	}
	f.shown = shown
	companies, theirs, written, newest := map[int64]cause{}, map[int64][]int64{}, map[int64][]store.ChangeEvent{}, int64(0)
	for _, c := range changes {
		own := c.From.Kind == store.OriginEnrichment && c.From.RefID == f.e.ID
		if own || c.From.NoRun || c.Kind == "delete" || c.From.Kind == store.OriginDerived {
			continue
		}
		if c.Entity == f.e.Entity {
			note(f.causes, c.Record, causeOf(c, shown))
			f.last[c.Record] = c.ID
			if f.touches(c) {
				f.inputs[c.Record] = true
				f.backs.note(c.Record, c)
			}
			f.noteSignals(c.Record, signalOf(c))
			if c.Kind == store.ChangeMerge && f.e.Definition.RerunOn == "inputs" {
				f.merged[c.Record] = true
			}
		} else if f.e.Entity == fettle.People {
			note(companies, c.Record, causeOf(c, shown))
			newest = c.ID
			theirs[c.Record] = append(theirs[c.Record], signalOf(c)...)
			if f.touchesCompany(c) {
				written[c.Record] = append(written[c.Record], c)
			}
		}
	}
	if err := f.readCompanyBacks(ctx, written); err != nil {
		return err
	}
	if f.chains, err = f.backs.chains(ctx, f.tx, f.e.ID); err != nil {
		return err
	}
	return f.readCompanies(ctx, companies, theirs, newest)
}

// readCompanies takes the changes of companies for changes of their people.
func (f *following) readCompanies(ctx context.Context, companies map[int64]cause, signals map[int64][]int64, newest int64) error {
	alike := map[cause][]int64{}
	for _, id := range slices.Sorted(maps.Keys(companies)) {
		alike[companies[id]] = append(alike[companies[id]], id)
	}
	for c, ids := range alike {
		people, err := f.tx.PeopleOf(ctx, ids)
		if err != nil {
			return err
		}
		var told []int64
		for _, id := range ids {
			told = append(told, signals[id]...)
		}
		for _, id := range people {
			f.noteSignals(id, told)
			f.last[id] = max(f.last[id], newest)
			note(f.causes, id, c)
			if len(f.p.Company) > 0 {
				f.inputs[id] = true
			}
		}
	}
	return nil
}

// touches reports whether a change is of one of the fields that the enrichment
// reads. A creation is of none: its record has no row yet.
func (f *following) touches(c store.ChangeEvent) bool {
	if c.Signal() != 0 {
		return f.p.AsksSignals()
	}
	if c.Kind == store.ChangeMerge && f.p.AsksKeysOnly() {
		return true // a key that the two shared is its own now
	}
	for field := range f.p.Inputs {
		if c.Names(field) {
			return true
		}
	}
	// Whoever goes to another company has other values of it.
	for _, field := range []string{"company_domain", "company_id", "email"} {
		if c.Names(field) && f.p.Reads(f.e.Entity, field) {
			return true
		}
	}
	return false
}

// apply opens, reopens and drops rows.
func (f *following) apply(ctx context.Context) error {
	nowUS := time.Now().UnixMicro()
	o, err := f.sort(ctx, nowUS)
	if err != nil {
		return err
	}
	return f.write(ctx, o, nowUS)
}

// opens is what a page of changes does to rows.
type opens struct {
	enter    []int64 // records that get a row
	old, now []store.Row
	drop     []store.Row
	held     map[int64]bool // by record: rows that wait if they are many
}

// sort finds what the changes do to rows, and counts what is quiet of it. It
// only reads.
func (f *following) sort(ctx context.Context, nowUS int64) (opens, error) {
	o := opens{held: map[int64]bool{}}
	if len(f.causes) == 0 {
		return o, nil
	}
	ids := slices.Sorted(maps.Keys(f.causes))
	in, open, err := f.members(ctx, ids)
	if err != nil {
		return o, err
	}
	rows, err := f.tx.RowsOf(ctx, f.e.ID, ids)
	if err != nil {
		return o, err
	}
	signalled, err := f.signalled(ctx, in, rows)
	if err != nil {
		return o, err
	}
	if err := f.carried(ctx, in, rows); err != nil {
		return o, err
	}
	for _, id := range ids {
		r, has := rows[id]
		switch {
		case in[id] && !has:
			if !f.e.Definition.Enters() {
				continue
			}
			o.enter = append(o.enter, id)
			f.count(id, o.held)
		case !open[id] && has && (r.State == fettle.RowPending || r.State == fettle.RowWaiting):
			o.drop = append(o.drop, r)
		case in[id] && has && signalled[id]:
			o.old, o.now = append(o.old, r), append(o.now, f.onSignal(r, nowUS))
			f.count(id, o.held)
		case in[id] && has && f.inputs[id]:
			if n, ok := f.again(r, nowUS); ok {
				o.old, o.now = append(o.old, r), append(o.now, n)
				f.count(id, o.held)
			}
		}
	}
	return o, nil
}

func (f *following) write(ctx context.Context, o opens, nowUS int64) error {
	if err := f.letIn(ctx, o.held, nowUS); err != nil {
		return err
	}
	n, err := f.enter(ctx, o.enter, o.held, nowUS)
	if err != nil {
		return err
	}
	for i, r := range o.now {
		if o.held[r.RecordID] {
			o.now[i] = f.awaits(r)
		} else {
			o.now[i].OpenedBy, o.now[i].Unasked = f.causes[r.RecordID].opener, !f.causes[r.RecordID].meant
		}
	}
	f.opened += n + int64(len(o.now)) + int64(len(o.drop))
	if err := f.tx.PutRows(ctx, o.old, o.now); err != nil {
		return err
	}
	return f.tx.DeleteRows(ctx, o.drop)
}

// letIn takes those out of the rows that wait if they are many whose actor has
// not put more in than the guard lets in unasked, within a day: many small
// changes are one large one.
func (f *following) letIn(ctx context.Context, held map[int64]bool, nowUS int64) error {
	most, err := limits.GuardRows(ctx, f.tx)
	if err != nil {
		return err
	}
	by := map[string][]int64{}
	for id := range held {
		by[f.causes[id].barred] = append(by[f.causes[id].barred], id)
	}
	if int64(len(held)) > most {
		return nil
	}
	now := time.UnixMicro(nowUS)
	for _, actor := range slices.Sorted(maps.Keys(by)) {
		before, err := limits.Quiet(ctx, f.tx, f.e.ID, actor, now)
		n := int64(len(by[actor]))
		if err != nil || before.Rows+n > most {
			if err != nil {
				return err
			}
			continue
		}
		if err := limits.NoteQuiet(ctx, f.tx, f.e.ID, actor, store.Quiet{Rows: n}, now); err != nil {
			return err
		}
		for _, id := range by[actor] {
			delete(held, id)
		}
	}
	return nil
}

// enter opens rows for records that have none, by on whom they fall.
func (f *following) enter(ctx context.Context, ids []int64, held map[int64]bool, nowUS int64) (total int64, err error) {
	by := map[entry][]int64{}
	var wait []int64
	var order []entry
	for _, id := range ids {
		if held[id] {
			wait = append(wait, id)
			continue
		}
		how := entry{cause: fettle.CauseEntered, opener: f.causes[id].opener, unasked: !f.causes[id].meant}
		if by[how] == nil {
			order = append(order, how)
		}
		by[how] = append(by[how], id)
	}
	for _, how := range order {
		n, err := f.w.openRows(ctx, f.tx, f.e, by[how], how, nowUS)
		if err != nil {
			return total, err
		}
		total += n
	}
	for _, id := range wait {
		r := f.awaits(store.Row{RecordID: id})
		n, err := f.tx.InsertRows(ctx, store.Opening{
			Enrichment: f.e.ID, Run: f.e.RunID, Cause: fettle.CauseEntered, OpenedBy: r.OpenedBy, WaitsFor: r.Outcome, Detail: r.Detail, NowUS: nowUS,
		}, []int64{id})
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}

// awaits makes a row wait for approval that somebody who may not spend opened
// beyond the guard.
func (f *following) awaits(r store.Row) store.Row {
	by := f.causes[r.RecordID].barred
	if r.State != fettle.RowRunning { // one that runs is looked at again when it ends
		r.State, r.Outcome, r.WakeUS = fettle.RowWaiting, fettle.AwaitsApproval, 0
	}
	r.OpenedBy, r.Detail = by, by+", who may not spend, changed many records"
	return r
}

// count counts a row that opens. What somebody who may not spend changed unasked
// is counted apart: it holds nothing up.
func (f *following) count(id int64, held map[int64]bool) {
	switch c := f.causes[id]; {
	case c.barred != "":
		held[id] = true
	case !c.asked:
		f.quiet++
	}
}

// again opens a row again whose inputs changed: where the enrichment asks for
// that, or where the row ended for want of them. One that runs is looked at
// again when it ends.
func (f *following) again(r store.Row, nowUS int64) (store.Row, bool) {
	n := r
	n.Cause, n.UpdatedUS, n.OpenedBy, n.Chain = fettle.CauseInputChanged, nowUS, "", f.chains[r.RecordID]
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
