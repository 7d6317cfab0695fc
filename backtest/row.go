package backtest

import (
	"math"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/past"
	"fettle/store"
)

// madeUp is where the ids of calls begin that a replay makes up.
const madeUp = 1 << 60

// rowState is how far a row is.
type rowState int

const (
	noRow   rowState = iota
	pending          // it would be looked at, and may not be
	done
)

// row is a record on its way through a replay.
type row struct {
	c          *past.Course
	moves      []past.Move // into the audience and out of it
	calls      []store.PastCall
	suppressed bool

	stepAt int // of its course
	moveAt int // the moves before it are made
	callAt int // the calls before it were answered
	in     bool

	state   rowState
	cause   fettle.Cause
	outcome fettle.Outcome
	dueUS   int64 // when it is asked again because time has passed; 0: never

	asked  []store.Asked
	cells  map[store.CellKey]store.Cell
	served map[store.CellKey]store.Served
	hash   string
	given  map[int64][]store.Cell // by record that became part of it: the cells that came with it

	us     int64 // up to when it went
	next   int64 // when something happens next; the end of time for nothing
	merges bool  // what happens next is that it becomes part of another record
	at     int   // in the heap
}

// plan finds what happens next.
func (w *row) plan() {
	w.next, w.merges = math.MaxInt64, false
	if w.stepAt+1 < len(w.c.Steps) {
		s := w.c.Steps[w.stepAt+1]
		w.next, w.merges = s.US, s.By.Kind == store.ChangeMerge && s.By.Record == w.c.ID && !w.c.There(w.stepAt+1)
	}
	if w.moveAt < len(w.moves) {
		if us := w.moves[w.moveAt].At.UnixMicro(); us < w.next {
			w.next, w.merges = us, false
		}
	}
	if w.dueUS != 0 && w.in && w.state == done { // who left is asked again when they are back
		if us := max(w.dueUS, w.us); us < w.next {
			w.next, w.merges = us, false
		}
	}
}

// step does what comes next of a row: all that was written at one moment together.
func (r *replay) step(w *row) error {
	us := w.next
	w.us = us
	var wrote []*store.ChangeEvent
	for w.stepAt+1 < len(w.c.Steps) && w.c.Steps[w.stepAt+1].US <= us {
		w.stepAt++
		by := w.c.Steps[w.stepAt].By
		wrote = append(wrote, by)
		if err := r.merged(w, by); err != nil {
			return err
		}
	}
	was, last := w.in, past.Move{}
	for w.moveAt < len(w.moves) && w.moves[w.moveAt].At.UnixMicro() <= us {
		last = w.moves[w.moveAt]
		w.moveAt++
		w.in = last.In
	}
	if w.in != was {
		if err := r.move(w, last, us); err != nil {
			return err
		}
	}
	for _, by := range wrote {
		if w.in && w.state == done {
			if err := r.written(w, by, us); err != nil {
				return err
			}
		}
	}
	if w.dueUS != 0 && w.dueUS <= us && w.in && w.state == done {
		return r.open(w, r.p.Definition.DueCause(), us)
	}
	return nil
}

// move lets a record in or out.
func (r *replay) move(w *row, m past.Move, us int64) error {
	switch {
	case m.In && w.state == noRow && r.p.Definition.Enters():
		cause := fettle.CauseEntered
		if !r.money.begun(us) {
			cause = fettle.CauseStart
			r.out.FirstRunRows++
		} else {
			r.day(us).entered++
		}
		return r.open(w, cause, us)
	case !m.In && w.state == pending && (m.Cause != past.ByTime || r.money.on(us)):
		w.state = noRow // who left in a pause only because a time ran out is still in
	}
	return nil
}

// written looks at a row that is done again, where something was written that it
// reads.
func (r *replay) written(w *row, by *store.ChangeEvent, us int64) error {
	switch {
	case by.Signal() != 0:
		if r.p.Definition.RerunOn != judge.OnSignal || by.Kind != store.ChangeSignal {
			return nil
		}
		v, err := r.judge(w, us)
		if err == nil && v.Outcome == "" && v.Signal != 0 {
			return r.open(w, fettle.CauseSignal, us)
		}
		return err
	case !r.touches(by):
		if r.p.Definition.RerunOn != "inputs" || by.Kind != store.ChangeMerge {
			return nil
		}
		v, err := r.judge(w, us) // what came along may have been bought with the inputs of the other
		if err == nil && v.Outcome == "" && !v.Wait && v.Cause == fettle.CauseInputChanged {
			return r.open(w, fettle.CauseInputChanged, us)
		}
		return err
	case r.p.Definition.RerunOn == "inputs", w.outcome == fettle.Skipped, w.outcome == fettle.MissingInput:
		return r.open(w, fettle.CauseInputChanged, us)
	}
	return nil
}

// touches reports whether an entry is of a field that the enrichment reads.
func (r *replay) touches(by *store.ChangeEvent) bool {
	all, err := past.Changes(by.Changes)
	if err != nil {
		return false
	}
	if by.Entity != r.p.Entity {
		return len(r.p.Company) > 0
	}
	for field := range all {
		if r.p.Reads(r.p.Entity, field) || r.p.Inputs[field] {
			return true
		}
	}
	return false
}

// open opens a row, and has it bought if it may be.
func (r *replay) open(w *row, cause fettle.Cause, us int64) error {
	w.state, w.cause = pending, cause
	w.dueUS = 0
	bought, err := r.look(w, us)
	if err == nil && !bought && w.state == pending {
		r.waits = append(r.waits, w)
	}
	return err
}

// look judges a pending row, and buys what it asks for. It gives false where it is
// to wait.
func (r *replay) look(w *row, us int64) (bool, error) {
	if !r.money.live(us) {
		return false, nil
	}
	v, err := r.judge(w, us)
	if err != nil {
		return false, err
	}
	if v.Outcome != "" || v.Wait {
		w.state, w.outcome = done, v.Outcome
		if v.Wait {
			w.outcome = fettle.Held
		}
		w.hash = v.Hash
		r.kept(w, v, us)
		r.out.Outcomes[string(w.outcome)]++
		r.due(w, us)
		return true, nil
	}
	return r.buy(w, v, us)
}

// judge judges a row by what it was, and by what was bought for it in the replay.
func (r *replay) judge(w *row, us int64) (judge.Verdict, error) {
	at := time.UnixMicro(us).UTC()
	w.answered(us)
	as := w.c.Then(w.stepAt, at)
	was := judge.Was{
		ID: w.c.ID, As: as, Suppressed: w.suppressed, Cells: w.cells, Asked: w.asked, Hash: w.hash, Served: w.served,
		ByHand:  func(f string) bool { return w.c.Origin(w.stepAt, f).Kind == store.OriginPerson },
		Derived: func(f string) bool { return w.c.Origin(w.stepAt, f).Kind == store.OriginDerived },
		Signal:  r.p.SignalOf(as, at),
	}
	v, err := r.p.Classify(was.Facts(), at)
	if err != nil || v.Outcome != "" {
		return v, err
	}
	for _, q := range v.Ask {
		if a, ok := r.asked[r.p.Key(q)]; ok && a.RecordID != w.c.ID {
			was.Others = append(was.Others, a)
		}
	}
	if len(was.Others) > 0 {
		if v, err = r.p.Classify(was.Facts(), at); err != nil {
			return v, err
		}
	}
	return v, r.p.Cover(&v, r.billed, at)
}

// answered takes in the calls of other enrichments that were answered by a time.
func (w *row) answered(us int64) {
	for w.callAt < len(w.calls) && w.calls[w.callAt].DoneUS <= us {
		c := w.calls[w.callAt]
		w.callAt++
		w.asked = append(w.asked, c.Asked)
		if c.Outcome != string(fettle.Found) {
			continue
		}
		for _, f := range c.Fields {
			k := store.CellKey{Record: w.c.ID, Field: f}
			w.cells[k] = store.Cell{CellKey: k, EnrichmentID: c.Enrichment, AttemptID: c.ID, InputsHash: c.InputsHash, BoughtUS: c.DoneUS}
		}
	}
}

// buy pays for a row, and has its steps find something as often as they do.
func (r *replay) buy(w *row, v judge.Verdict, us int64) (bool, error) {
	expect, _, _ := r.p.ExpectRow(v.Ask, r.in.Known)
	micro := min(max(expect, float64(v.Ask[0].Low)), float64(v.Held))
	if !r.money.fits(us, v.Held, r.scale) {
		return false, nil
	}
	d := r.day(us)
	switch w.cause {
	case fettle.CauseInputChanged, fettle.CauseSignal:
		d.changed++
	case fettle.CauseStart, fettle.CauseEntered:
	default:
		d.refreshed++
	}
	r.money.spend(us, micro, r.scale)
	if w.cause == fettle.CauseStart {
		r.money.first += micro
	} else {
		d.micro += micro
	}
	w.state, w.outcome, w.hash = done, fettle.NotFoundRow, v.Hash
	for _, q := range v.Ask {
		r.calls++
		if k, ok := r.p.Steps[q.Step].ContactOf(q.Inputs); ok && !q.Covered {
			r.billed[k] = us
		}
		a := store.Asked{
			ID: madeUp + r.calls, RecordID: w.c.ID, Step: q.Step, Operation: r.p.Steps[q.Step].Fingerprint, Outcome: string(fettle.NotFoundRow),
			InputsHash: q.Hash, Folded: q.Folded, Charged: max(1, q.Miss), AskedUS: us, DoneUS: us, Counts: true,
			Unsure: finds(^w.c.ID, q.Step, r.in.Known[q.Step].Unsure()),
		}
		finds := finds(w.c.ID, q.Step, r.in.Known[q.Step].Finds())
		if finds {
			a.Unsure = false
			a.Outcome, a.Charged, w.outcome = string(fettle.Found), max(1, q.Hit), fettle.Found
			r.found(w, v, a, us)
		}
		w.asked = append(w.asked, a)
		r.asked[strings.Clone(r.p.Key(q))] = a
		if finds {
			break
		}
	}
	r.due(w, us)
	return true, nil
}

// found notes what a row's cells were bought by.
func (r *replay) found(w *row, v judge.Verdict, a store.Asked, us int64) {
	for _, f := range v.Fields {
		k := store.CellKey{Record: w.c.ID, Field: f}
		w.cells[k] = store.Cell{CellKey: k, EnrichmentID: r.p.ID, AttemptID: a.ID, InputsHash: a.InputsHash, BoughtUS: us, Signal: v.Signal}
		if v.Signal != 0 {
			if s := r.p.SignalOf(w.c.Then(w.stepAt, time.UnixMicro(us).UTC()), time.UnixMicro(us).UTC()); s != nil {
				w.served[k] = store.Served{Signal: s.ID, AtUS: s.At.UnixMicro()}
			}
		}
	}
}

// kept dates the cells of a row that takes an answer which was paid for before, as
// they are dated when one is taken. What is made up has no values: such a row is
// judged as one that nothing was found for.
func (r *replay) kept(w *row, v judge.Verdict, us int64) {
	if v.Outcome != fettle.Reused && v.Outcome != fettle.KnownNotFound {
		return
	}
	date := func(f string, attempt, at int64) {
		k := store.CellKey{Record: w.c.ID, Field: f}
		w.cells[k] = store.Cell{CellKey: k, EnrichmentID: r.p.ID, AttemptID: attempt, InputsHash: v.Hash, BoughtUS: at, Signal: v.Signal}
	}
	for _, f := range v.Fields {
		if v.Gratis[f] != nil {
			date(f, v.From[f], v.BoughtAt(f, time.UnixMicro(us)))
		}
	}
	if v.Outcome == fettle.Reused {
		return
	}
	if a, at := r.madeUp(w, v, us); at != 0 {
		w.outcome = fettle.Reused
		for _, f := range v.Fields {
			date(f, a, at)
		}
	}
}

// madeUp gives the call that a row goes by which is made up and found something,
// and how old what it gives is; 0 for none.
func (r *replay) madeUp(w *row, v judge.Verdict, us int64) (attempt, at int64) {
	fits := func(a store.Asked) bool { return a.ID > madeUp && a.Outcome == string(fettle.Found) }
	for _, a := range v.Told {
		if fits(a) {
			return a.ID, a.DoneUS
		}
	}
	if len(v.Told) > 0 {
		return 0, 0
	}
	for i := range r.p.Steps {
		for _, a := range slices.Backward(w.asked) {
			if a.Operation != r.p.Steps[i].Fingerprint {
				continue
			}
			if fits(a) {
				if judge.Fresh(a, time.Duration(r.p.Definition.Refresh), time.UnixMicro(us)) {
					return a.ID, a.DoneUS
				}
				return a.ID, us
			}
			break // the newest answer of a step is the one it goes by
		}
	}
	return 0, 0
}

// finds says whether a call finds something: of many records as many as the rate
// says, of one record always the same.
func finds(record int64, step int, rate float64) bool {
	return float64(scatter(record*31+int64(step)))/float64(1<<63) < rate
}

// due notes when a row that is done is asked again, if nothing is written.
func (r *replay) due(w *row, us int64) {
	w.dueUS = 0
	if !r.p.Definition.Enters() {
		return
	}
	again := func(at int64) {
		if at > us && (w.dueUS == 0 || at < w.dueUS) {
			w.dueUS = at
		}
	}
	if d := time.Duration(r.p.Definition.Refresh).Microseconds(); d > 0 && (w.outcome == fettle.Found || w.outcome == fettle.Reused) {
		for _, f := range r.p.Definition.Outputs.Fields() {
			c := w.cells[store.CellKey{Record: w.c.ID, Field: f}]
			if c.BoughtUS == 0 {
				continue
			}
			if at := c.BoughtUS + d; at > us {
				again(at)
			} else {
				again(us + min(d, store.LookAgainUS)) // it is due and stays as it is: a person set it
			}
		}
	}
	if d := time.Duration(r.p.Definition.NotFoundRetry).Microseconds(); d > 0 && (w.outcome == fettle.NotFoundRow || w.outcome == fettle.KnownNotFound) {
		again(us + d)
		if n := len(w.asked); n > 0 && w.asked[n-1].Unsure {
			again(r.p.AgainUS(w.asked[n-1], w.asked))
		}
	}
}

// merged has what was bought for a record go along when it becomes part of another
// one, and come back when that is undone.
func (r *replay) merged(w *row, by *store.ChangeEvent) error {
	if by == nil || by.Record != w.c.ID || (by.Kind != store.ChangeMerge && by.Kind != store.ChangeUnmerge) {
		return nil
	}
	if by.Kind == store.ChangeUnmerge {
		for _, s := range r.rows {
			s.giveBack(w)
		}
		return nil
	}
	all, err := past.Changes(by.Changes)
	if err != nil {
		return err
	}
	into := r.byID[past.Company(all["id"].New)]
	if into == nil || r.p.Entity == "" {
		return nil
	}
	into.take(w)
	return nil
}

// giveBack gives a record what went along with it: not what was bought since.
func (w *row) giveBack(o *row) {
	cells, is := w.given[o.c.ID]
	if !is {
		return
	}
	for _, c := range cells {
		if w.cells[c.CellKey] == c {
			delete(w.cells, c.CellKey)
		}
	}
	theirs := make(map[int64]bool, len(o.asked))
	for _, a := range o.asked {
		theirs[a.ID] = true
	}
	w.asked = slices.DeleteFunc(w.asked, func(a store.Asked) bool { return theirs[a.ID] })
	delete(w.given, o.c.ID)
}

// take takes what was bought for a record that became part of this one. What this
// one bought itself stays.
func (w *row) take(o *row) {
	if w.given == nil {
		w.given = map[int64][]store.Cell{}
	}
	w.given[o.c.ID] = nil
	for k, c := range o.cells {
		own := store.CellKey{Record: w.c.ID, Field: k.Field}
		if s, ok := o.served[k]; ok && s.AtUS > w.served[own].AtUS {
			w.served[own] = s
		}
		if w.cells[own].BoughtUS != 0 {
			continue
		}
		c.CellKey = own
		w.given[o.c.ID] = append(w.given[o.c.ID], c)
		w.cells[own] = c
	}
	w.asked = append(w.asked, o.asked...)
	slices.SortStableFunc(w.asked, func(a, b store.Asked) int { return int(min(1, max(-1, a.DoneUS-b.DoneUS))) })
	if w.hash == "" {
		w.hash = o.hash
	}
	if w.state == noRow && o.state == done {
		w.state, w.outcome, w.cause, w.dueUS = done, o.outcome, o.cause, o.dueUS
	}
}
