package run

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"fettle"
	"fettle/connect"
	"fettle/ingest"
	"fettle/judge"
	"fettle/ledger"
	"fettle/limits"
	"fettle/provider"
	"fettle/store"
)

// settled is the result of one settling transaction.
type settled struct {
	next []*request // calls of later steps, committed and ready to leave
	late []landing
}

// settle writes many results in one transaction: charges, values, cells, rows,
// limits, change log, and the attempts of the steps that come next.
func (w *Worker) settle(ctx context.Context, landings []landing) (settled, error) {
	for try := range claimTries {
		var s settled
		err := w.db.Land(ctx, func(tx *store.Tx) (err error) {
			s, err = w.settleTx(ctx, tx, landings, try == claimTries-1)
			return err
		})
		if errors.Is(err, store.ErrNoRoom) || errors.Is(err, errAgain) {
			continue
		}
		return s, err
	}
	return settled{}, store.ErrNoRoom
}

// writer is who writes values: a definition, in a run.
type writer struct {
	p   *judge.Program
	run int64
}

// settling is one settle transaction under way.
type settling struct {
	w         *Worker
	tx        *store.Tx
	now       time.Time
	caps      limits.Caps
	moves     *limits.Moves
	journal   []store.JournalEntry
	rows      map[int64][]store.Row // as they are to be, by enrichment
	writes    map[writer][]ingest.Write
	buys      []store.Cell
	frees     []store.CellHold
	passes    []store.CellHold
	losts     []store.CellHold
	answers   []store.Answer
	contacts  []store.BilledContact
	strangers []store.Stranger
	hashes    map[int64]map[int64]string // enrichment → record → inputs
	stats     callStats
	orphans   bool                   // a purchase is of a call that was taken over: its signal is to be found
	causes    map[int64]fettle.Cause // enrichment → why its rows are opened again that were written about while they ran
	ended     map[int64][]endedRow   // by enrichment
	out       settled

	uncertain map[int64]*uncertain // by enrichment
}

func (w *Worker) settleTx(ctx context.Context, tx *store.Tx, landings []landing, last bool) (settled, error) {
	s, err := w.newSettling(ctx, tx)
	if err != nil {
		return settled{}, err
	}
	ends := make([]store.Ending, 0, len(landings))
	var open []store.Attempt
	for _, l := range landings {
		if l.open {
			open = append(open, l.j.attempt)
			continue
		}
		ends = append(ends, l.end)
	}
	if _, err := tx.TakeOver(ctx, open, store.Nobody); err != nil {
		return settled{}, err
	}
	done, err := tx.EndAttempts(ctx, ends)
	if err != nil {
		return settled{}, err
	}
	var nexts []landing
	for _, l := range landings {
		if done[l.j.attempt.ID] {
			s.keepAnswer(l)
			s.holdBack(l)
			s.noteUncertain(l)
			s.stats.count(l)
			s.contact(l)
		}
		switch {
		case l.open:
		case !done[l.j.attempt.ID]:
			s.out.late = append(s.out.late, l)
		case l.end.State == store.AttemptAccepted:
		case l.next != nil:
			nexts = append(nexts, l)
		default:
			s.book(l)
		}
	}
	if err := s.goOn(ctx, nexts, last); err != nil {
		return settled{}, err
	}
	return s.out, s.write(ctx)
}

// keepAnswer keeps what a provider answered where it gave nothing: what it gave
// is kept with the attempt. That it was asked too fast says nothing of a record.
func (s *settling) keepAnswer(l landing) {
	if len(l.res.Raw) > 0 && l.end.Outputs == nil && l.end.State != store.AttemptAccepted && l.res.Outcome != provider.Throttled {
		s.answers = append(s.answers, store.NewAnswer(l.j.attempt.ID, l.res.HTTPStatus, l.res.Raw))
	}
}

// book gathers what a landing that ends its row does.
func (s *settling) book(l landing) {
	a := l.j.attempt
	delta := func(side ledger.Side) ledger.Balance {
		switch {
		case l.lost:
			return a.Hold.Lose(side)
		case l.end.State == store.AttemptReleased:
			return a.Hold.Release(side)
		}
		return a.Hold.Settle(side, l.charged)
	}
	s.moves.Add(limits.PayerOf(a), delta)
	s.journal = append(s.journal, limits.Entry(l.kind, a.ID, delta(ledger.RowSide), a.Actor, s.now))
	s.rows[l.j.p.ID] = append(s.rows[l.j.p.ID], l.row)
	s.cells(l)
	s.end(l)
}

// bookResolved gathers what a known end of an unknown call does.
func (s *settling) bookResolved(l landing, kind string) {
	a := l.j.attempt
	charged, made := l.charged, l.end.State != store.AttemptReleased
	if !made {
		charged = 0
	}
	delta := func(side ledger.Side) ledger.Balance { return a.Hold.Resolve(side, charged, made) }
	s.moves.Add(limits.PayerOf(a), delta)
	s.journal = append(s.journal, limits.Entry(kind, a.ID, delta(ledger.RowSide), a.Actor, s.now))
	s.rows[l.j.p.ID] = append(s.rows[l.j.p.ID], l.row)
	s.cells(l)
}

// cells gathers what a landing does to the cells that its call holds.
func (s *settling) cells(l landing) {
	a, id := l.j.attempt, l.j.row.RecordID
	s.orphans = s.orphans || l.j.partial
	if l.j.p.Definition.RerunOn == judge.OnSignal {
		s.causes[l.j.p.ID] = fettle.CauseSignal
	}
	have, status := l.have(), l.statuses()
	for _, f := range l.j.fields {
		k := store.CellKey{Record: id, Field: f}
		v, got := have[f]
		switch {
		case l.lost:
			s.losts = append(s.losts, store.CellHold{CellKey: k, Attempt: a.ID, Next: a.ID})
		case got && l.row.State == fettle.RowDone:
			from := a.ID
			if x, earlier := l.j.from[f]; earlier {
				from = x
			}
			s.buys = append(s.buys, store.Cell{
				CellKey: k, EnrichmentID: l.j.p.ID, Version: l.j.p.Version, AttemptID: from,
				InputsHash: l.j.hash, BoughtUS: s.now.UnixMicro(), Signal: l.j.signal,
			})
			if from != a.ID {
				s.frees = append(s.frees, store.CellHold{CellKey: k, Attempt: a.ID})
			}
			by := writer{l.j.p, a.RunID}
			s.writes[by] = append(s.writes[by], ingest.Write{
				Record: id, Field: f, Value: v, Valid: !l.invalid[f], Status: status[f], Attempt: from, Policy: overwriting(l.j.p, l.j.was[f]),
			})
		default:
			s.frees = append(s.frees, store.CellHold{CellKey: k, Attempt: a.ID})
		}
	}
	if l.row.Outcome == fettle.Found && l.j.p.Definition.RerunOn == "inputs" {
		if s.hashes[l.j.p.ID] == nil {
			s.hashes[l.j.p.ID] = map[int64]string{}
		}
		s.hashes[l.j.p.ID][id] = l.j.hash
	}
}

// overwriting is the policy under which a value is written. A cell that is
// bought again replaces what was bought at the time was, also under
// fill_blanks.
func overwriting(p *judge.Program, was int64) fettle.WritePolicy {
	if p.Definition.Write == fettle.FillBlanks && was > 0 {
		return fettle.Overwrite
	}
	return p.Definition.Write
}

// goOn opens the next steps' calls in the same transaction, within what the
// row already holds. A row whose next step does not fit, or whose enrichment
// was stopped, goes back to pending: what was asked is remembered.
func (s *settling) goOn(ctx context.Context, nexts []landing, none bool) error {
	if len(nexts) == 0 {
		return nil
	}
	live, err := s.live(ctx, nexts)
	if err != nil {
		return err
	}
	changed, err := s.tx.ConnectionsChanged(ctx)
	if err != nil {
		return err
	}
	shared, err := s.shared(ctx, nexts)
	if err != nil {
		return err
	}
	rooms := limits.NewRooms(s.caps)
	var opened groups
	for _, l := range nexts {
		conn := l.j.p.Steps[l.next[0].Step].Connection
		room, err := rooms.Step(ctx, s.tx, limits.Payer{Provider: conn.Description.Name, Connection: conn.Of, At: s.now})
		if err != nil {
			return err
		}
		held := l.j.p.RowMax(l.next)
		hold := l.j.p.Hold(l.next[0], held, l.called())
		fits := !shared[l.j.attempt.ID] && held+l.charged <= l.j.attempt.Hold.Held && room.Take(hold)
		if none || !live[l.j.p.ID] || !fits || changed != l.j.p.Changed {
			l.next = nil
			l.row.State, l.row.Outcome = fettle.RowPending, ""
			s.book(l)
			continue
		}
		if err := s.join(&opened, s.open(l, conn, held)); err != nil {
			return err
		}
	}
	opened.close()
	return s.reserve(ctx, &opened)
}

// join puts a next step's call into the request that it leaves in.
func (s *settling) join(g *groups, j *job) error {
	q := j.ask[0]
	least, most, err := s.w.together(&j.p.Steps[q.Step], q)
	if err != nil {
		return err
	}
	k := grouping{p: j.p, step: q.Step, pays: limits.PayerOf(j.attempt), seq: j.seq, most: most}
	f, _ := g.room(k, q)
	g.add(f, k, j, least)
	return nil
}

// live reads which enrichments may still make calls.
func (s *settling) live(ctx context.Context, nexts []landing) (map[int64]bool, error) {
	out := map[int64]bool{}
	for _, l := range nexts {
		if _, ok := out[l.j.p.ID]; ok {
			continue
		}
		e, err := s.tx.LockEnrichmentByID(ctx, l.j.p.ID)
		if fettle.CodeOf(err) == fettle.NotFound {
			out[l.j.p.ID] = false
			continue
		}
		if err != nil {
			return nil, err
		}
		_, ok := mayClaim(e, l.j.p)
		out[l.j.p.ID] = ok
	}
	return out, nil
}

// open settles a step and makes the job of the next one.
func (s *settling) open(l landing, conn *connect.Connection, held fettle.Credits) *job {
	a := l.j.attempt
	spent := func(side ledger.Side) ledger.Balance { return a.Hold.Settle(side, l.charged) }
	s.moves.Add(limits.PayerOf(a), spent)
	s.journal = append(s.journal, limits.Entry(l.kind, a.ID, spent(ledger.RowSide), a.Actor, s.now))
	n := &job{p: l.j.p, row: l.row, ask: l.next, fields: l.j.fields, was: l.j.was, hash: l.j.hash, cause: l.j.cause, signal: l.j.signal, got: l.have(), status: l.statuses(), down: l.turnedDown(), who: l.j.who, from: map[string]int64{}, called: l.called(), first: cmp.Or(l.j.first, l.j.attempt.ID), below: l.j.below, spent: l.j.spent + l.charged, most: max(l.j.most, l.j.attempt.Hold.Held)}
	for f := range n.got {
		n.from[f] = a.ID
		if x, ok := l.j.from[f]; ok {
			n.from[f] = x
		}
	}
	n.row.State, n.row.Outcome, n.row.Detail = fettle.RowRunning, "", ""
	pays := limits.PayerOf(a)
	pays.At = s.now
	n.attempt = newAttempt(n, conn, held, pays, a.WorkerID)
	n.prev, n.seq, n.attempt.Unasked = a.ID, l.j.seq, a.Unasked
	return n
}

// reserve writes the attempts of the next steps, their money and their cells.
func (s *settling) reserve(ctx context.Context, opened *groups) error {
	var jobs []*job
	for _, r := range opened.all {
		jobs = append(jobs, r.jobs...)
	}
	if len(jobs) == 0 {
		return nil
	}
	first, err := s.tx.NextIDs(ctx, store.SeqAttempt, len(jobs))
	if err != nil {
		return err
	}
	attempts := make([]store.Attempt, len(jobs))
	for i, j := range jobs {
		j.attempt.ID = first + int64(i)
		attempts[i] = j.attempt
		s.moves.Add(limits.PayerOf(j.attempt), j.attempt.Hold.Reserve)
		s.journal = append(s.journal, limits.Entry("reserve", j.attempt.ID, j.attempt.Hold.Reserve(ledger.RowSide), j.attempt.Actor, s.now))
		for _, f := range j.fields {
			s.passes = append(s.passes, store.CellHold{CellKey: store.CellKey{Record: j.row.RecordID, Field: f}, Attempt: j.prev, Next: j.attempt.ID})
		}
	}
	s.out.next = opened.all
	if err := s.tx.InsertAttempts(ctx, attempts); err != nil {
		return err
	}
	return opened.note(ctx, s.tx)
}

// write writes what was gathered.
func (s *settling) write(ctx context.Context) error {
	if err := s.tx.PassCells(ctx, s.passes, "running"); err != nil {
		return err
	}
	if err := s.tx.PassCells(ctx, s.losts, "unknown"); err != nil {
		return err
	}
	if err := s.findSignals(ctx); err != nil {
		return err
	}
	if err := s.tx.BuyCells(ctx, s.buys); err != nil {
		return err
	}
	if err := s.tx.FreeCells(ctx, s.frees); err != nil {
		return err
	}
	for by, writes := range s.writes {
		if err := s.w.writeValues(ctx, s.tx, by.p, by.run, writes, s.now); err != nil {
			return err
		}
	}
	for id, hashes := range s.hashes {
		if err := s.tx.PutCellInputs(ctx, id, hashes); err != nil {
			return err
		}
	}
	for id, rows := range s.rows {
		if err := s.putRows(ctx, id, rows); err != nil {
			return err
		}
	}
	if err := s.tx.PutAnswers(ctx, s.answers); err != nil {
		return err
	}
	if err := s.tx.PutStrangers(ctx, s.strangers); err != nil {
		return err
	}
	if err := s.tx.PutBilledContacts(ctx, s.contacts); err != nil {
		return err
	}
	if err := s.moves.Apply(ctx, s.tx); err != nil {
		return err
	}
	if err := s.tx.AddCallStats(ctx, s.stats); err != nil {
		return err
	}
	if err := s.remember(ctx); err != nil {
		return err
	}
	if err := s.tx.AppendJournal(ctx, s.journal); err != nil {
		return err
	}
	return s.tellUncertain(ctx)
}

// putRows writes the rows that still run: one that was cleared by a reset
// meanwhile, or opened anew, is left alone.
func (s *settling) putRows(ctx context.Context, enrichment int64, rows []store.Row) error {
	done, err := s.tx.EndRows(ctx, enrichment, rows)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(r store.Row) bool { return done[r.RecordID] })
	if len(rows) == 0 {
		return nil
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.RecordID
	}
	current, err := s.tx.RowsOf(ctx, enrichment, ids)
	if err != nil {
		return err
	}
	var old, now []store.Row
	for _, r := range rows {
		c, ok := current[r.RecordID]
		if !ok || !lands(c, r) {
			continue
		}
		r.RunID = c.RunID
		r.Paid = r.Paid || (c.Paid && c.State == fettle.RowRunning)
		if c.Dirty && r.State == fettle.RowDone {
			r.State, r.Outcome, r.Cause = fettle.RowPending, "", cmp.Or(s.causes[enrichment], fettle.CauseInputChanged)
		}
		r.Dirty, r.Chain, r.Unasked = false, c.Chain, c.Unasked
		old, now = append(old, c), append(now, r)
	}
	return s.tx.PutRows(ctx, old, now)
}

// lands reports whether a result may still end the row: it runs, or it ended
// as unknown and the result came late.
func lands(current, r store.Row) bool {
	return current.State == fettle.RowRunning || (current.State == fettle.RowDone && current.Outcome == fettle.Unknown && r.Outcome != fettle.Unknown)
}

// writeValues writes bought values through the ingest door.
func (w *Worker) writeValues(ctx context.Context, tx *store.Tx, p *judge.Program, run int64, writes []ingest.Write, now time.Time) error {
	origin, err := tx.OriginID(ctx, store.Origin{Kind: store.OriginEnrichment, Name: p.Name, RefID: p.ID, Version: p.Version, Day: fettle.DayOf(now), RunID: run})
	if err != nil {
		return err
	}
	slices.SortStableFunc(writes, func(a, b ingest.Write) int { return int(min(1, max(-1, a.Record-b.Record))) })
	written, err := ingest.Values(ctx, tx, ingest.ValuesInput{Entity: p.Entity, Origin: origin, Actor: p.Name, Now: now, Writes: writes})
	if err != nil {
		return err
	}
	return tx.AddRunWrites(ctx, run, countWrites(written), now.UnixMicro())
}
