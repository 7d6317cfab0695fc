package deliver

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"fettle"
	"fettle/internal/outbox"
	"fettle/internal/text"
	"fettle/provider"
	"fettle/provider/declarative"
	"fettle/store"
)

// take gives a process what it is to send to a destination, and commits that it
// sends there. w is nil where there is nothing now; more says whether to look again.
func (d *Destinations) take(ctx context.Context, id, worker int64) (w *work, more bool, err error) {
	err = d.cfg.DB.Update(ctx, func(tx *store.Tx) error {
		w, more = nil, false
		live, err := tx.WorkerLives(ctx, worker)
		if err != nil || !live {
			return err
		}
		dest, err := tx.LockDestinationByID(ctx, id)
		if fettle.CodeOf(err) == fettle.NotFound {
			return nil
		}
		now := time.Now()
		if err != nil || dest.State != fettle.DestinationOn || dest.NotBeforeUS > now.UnixMicro() {
			return err
		}
		if dest.Worker != worker && dest.Worker != 0 {
			if taken, err := tx.WorkerLives(ctx, dest.Worker); err != nil || taken {
				return err
			}
		}
		dest.Worker = worker
		p, err := d.compile(ctx, tx, dest.Destination)
		var s *service
		if err == nil {
			s, err = d.reach(dest)
		}
		if err != nil {
			if fettle.CodeOf(err) == fettle.Internal {
				return err
			}
			return d.broken(ctx, tx, dest, err)
		}
		if dest.FillAfter >= 0 {
			if more, err = d.fill(ctx, tx, &dest, p, now); err != nil {
				return err
			}
		}
		w = &work{dest: dest, p: p, s: s, worker: worker, at: now}
		n, err := d.pick(ctx, tx, w, now)
		if err != nil {
			return err
		}
		if n == 0 {
			w = nil
		}
		return tx.PutDestination(ctx, dest)
	})
	return w, more, err
}

// broken turns a destination off that cannot be sent to as it stands.
func (d *Destinations) broken(ctx context.Context, tx *store.Tx, dest store.Destination, why error) error {
	dest.State, dest.Reason, dest.Worker, dest.Detail = fettle.DestinationOff, "broken", 0, text.Clip(text.Storable(fettle.AsError(why).Message), 300)
	tx.After(func() { d.cfg.Events.Publish("destination", dest.Name) })
	if err := tx.PutDestination(ctx, dest); err != nil {
		return err
	}
	return tx.KeepWatches(ctx)
}

// filled is how many records of everybody are looked at in one transaction.
const filled = 2000

// fill asks for the next piece of all members to be sent, once the audience is
// watched: whoever enters it after its piece was looked at is told of.
func (d *Destinations) fill(ctx context.Context, tx *store.Tx, dest *store.Destination, p *program, now time.Time) (more bool, err error) {
	watches, err := tx.Watches(ctx)
	if err != nil {
		return false, err
	}
	watched := slices.ContainsFunc(watches, func(w store.Watch) bool { return w.Audience == p.audience.ID && w.State == store.WatchFollowing })
	if !watched {
		return false, nil
	}
	ids, err := tx.MemberIDs(ctx, p.entity, p.where, dest.FillAfter, filled)
	if err != nil {
		return false, err
	}
	if err := tx.AskToSend(ctx, dest.ID, ids, now.UnixMicro(), false); err != nil {
		return false, err
	}
	dest.FillAfter = store.NoFill
	if len(ids) == filled {
		dest.FillAfter = ids[len(ids)-1]
	}
	return true, nil
}

// pick works out the next records of a destination. Those that are not sent are
// settled at once. No more go than one request holds: who waits for others to be
// sent may be suppressed meanwhile, or the destination turned off. It gives how many
// were looked at.
func (d *Destinations) pick(ctx context.Context, tx *store.Tx, w *work, now time.Time) (int, error) {
	request := w.s.def.AtATime(declarative.OpWrite)
	n := min(most, max(request, 20))
	rows, err := tx.DueSends(ctx, w.dest.ID, now.UnixMicro(), n)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	if rows[0].State == store.SendSending {
		lost := slices.DeleteFunc(rows, func(r store.DestinationRow) bool { return r.Batch != rows[0].Batch || r.State != store.SendSending })
		if rows, err = d.lost(ctx, tx, w, lost, now); err != nil || len(rows) == 0 {
			return len(lost), err
		}
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.Record
	}
	items, err := w.p.look(ctx, tx, w.dest.ID, ids, map[string]int64{}, now)
	if err != nil {
		return 0, err
	}
	var settled []item
	for _, x := range items {
		if x.outcome == "" || w.again && !x.gone() {
			if len(w.items) < request || w.again { // the others' turn comes after this request
				w.items = append(w.items, x)
			}
			continue
		}
		settled = append(settled, x)
	}
	return len(rows), d.settle(ctx, tx, w.dest, settled, now.UnixMicro())
}

// lost sees to records that were on their way when their process was lost: nobody
// knows whether they arrived. Where what is there can be asked, they are looked at
// anew; else they are sent as they were, under the same key, unless the definition
// says that this is not safe. It gives what goes now.
func (d *Destinations) lost(ctx context.Context, tx *store.Tx, w *work, rows []store.DestinationRow, now time.Time) ([]store.DestinationRow, error) {
	resend := w.s.def.Resend()
	w.again = resend && w.s.read == nil
	entries := make([]store.Sent, len(rows))
	for i := range rows {
		r := &rows[i]
		r.Tries++
		e := store.Sent{
			Record: r.Record, AtUS: now.UnixMicro(), Outcome: fettle.SendRetried, Tries: r.Tries, RemoteID: r.RemoteID, What: changesOf(r.Sent), NextUS: now.UnixMicro(),
			Message: "The process that sent it was lost before the answer was noted: it may have arrived.",
		}
		switch {
		case !resend:
			r.State, r.Outcome = store.SendUnknown, fettle.SendUnknown
			e.Outcome, e.NextUS = fettle.SendUnknown, 0
		case !w.again:
			r.State, r.Sent = store.SendPending, ""
		}
		entries[i] = e
	}
	if err := tx.PutSends(ctx, w.dest.ID, rows); err != nil {
		return nil, err
	}
	if err := tx.AddSent(ctx, w.dest.ID, entries); err != nil || !resend {
		return nil, err
	}
	return rows, nil
}

func changesOf(kept string) string {
	var what sent
	if kept == "" || json.Unmarshal([]byte(kept), &what) != nil || len(what.Changes) == 0 {
		return ""
	}
	b, err := json.Marshal(what.Changes)
	if err != nil {
		return ""
	}
	return string(b)
}

// settle writes down what became of records of which nothing is written.
func (d *Destinations) settle(ctx context.Context, tx *store.Tx, dest store.Destination, items []item, nowUS int64) error {
	if len(items) == 0 {
		return nil
	}
	rows := make([]store.DestinationRow, len(items))
	var entries []store.Sent
	for i, x := range items {
		r := x.row
		tell := x.outcome != r.Outcome && x.outcome != fettle.SendUnchanged && x.outcome != fettle.SendLeft
		if x.outcome != fettle.SendUnchanged || r.Outcome == "" || r.Hash == "" {
			r.Outcome = x.outcome
		}
		r.State, r.RemoteID, r.Hash, r.Tries, r.FirstUS, r.Sent = store.SendDone, x.remote, "", 0, 0, ""
		if x.outcome == fettle.SendUnchanged || x.outcome == fettle.SendHasValue {
			r.Hash = x.hash
		}
		if x.outcome == fettle.SendRefused {
			r.State = store.SendFailed
		}
		rows[i] = r
		if tell {
			entries = append(entries, store.Sent{Record: x.record, AtUS: nowUS, Outcome: x.outcome, RemoteID: x.remote, Message: text.Clip(text.Storable(x.message), 300)})
		}
	}
	if err := d.putSends(ctx, tx, dest.ID, rows, nowUS); err != nil {
		return err
	}
	tx.After(func() { d.cfg.Events.Publish("destination", dest.Name) })
	return tx.AddSent(ctx, dest.ID, entries)
}

// putSends writes how records fare. Whoever was asked for again meanwhile is sent
// once more.
func (d *Destinations) putSends(ctx context.Context, tx *store.Tx, dest int64, rows []store.DestinationRow, nowUS int64) error {
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.Record
	}
	cur, err := tx.Sends(ctx, dest, ids)
	if err != nil {
		return err
	}
	for i := range rows {
		r := &rows[i]
		if now := cur[r.Record]; now.Asks > r.Asks && r.State != store.SendPending {
			r.State, r.DueUS, r.Asks = store.SendPending, nowUS, now.Asks
		}
	}
	return tx.PutSends(ctx, dest, rows)
}

// noteTx writes down what became of records.
func (d *Destinations) noteTx(ctx context.Context, tx *store.Tx, w *work, items []item, results []provider.Result, read bool) error {
	dest, err := tx.LockDestinationByID(ctx, w.dest.ID)
	if fettle.CodeOf(err) == fettle.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	now := time.Now()
	dest.TriedUS = now.UnixMicro()
	var down provider.Result // what turned all of them away
	rows, entries := make([]store.DestinationRow, len(items)), make([]store.Sent, len(items))
	for i, x := range items {
		res := results[i]
		r, e := judged(x, res, w.s.def.Resend() || read, now)
		if x.what != nil {
			b, err := json.Marshal(x.what.Changes)
			if err != nil {
				return err
			}
			e.What = string(b)
		}
		if res.Outcome == provider.Found {
			dest.SentUS = now.UnixMicro()
			dest.Written++
			dest.Detail = ""
		}
		if res.Whole && r.State == store.SendPending {
			dest.Detail, down = e.Message, res
		}
		rows[i], entries[i] = r, e
	}
	if err := d.putSends(ctx, tx, dest.ID, rows, now.UnixMicro()); err != nil {
		return err
	}
	if err := tx.AddSent(ctx, dest.ID, entries); err != nil {
		return err
	}
	if down.Whole {
		if err := waits(ctx, tx, &dest, down, now); err != nil {
			return err
		}
	}
	tx.After(func() { d.cfg.Events.Publish("destination", dest.Name) })
	return tx.PutDestination(ctx, dest)
}

// waits has a destination wait as a whole: as long as the service asks for, or the
// longer, the longer nothing of it was written. Each record's own tries would have it
// asked every few seconds while there are others that were not tried yet.
func waits(ctx context.Context, tx *store.Tx, dest *store.Destination, down provider.Result, now time.Time) error {
	wait := max(down.RetryAfter, time.Second)
	if down.Outcome != provider.Throttled {
		since, err := tx.FailingSince(ctx, dest.ID, dest.SentUS)
		if err != nil {
			return err
		}
		wait = max(wait, outbox.Patience(now.Sub(time.UnixMicro(cmp.Or(since, now.UnixMicro())))))
	}
	dest.NotBeforeUS = max(dest.NotBeforeUS, now.Add(wait).UnixMicro())
	return nil
}

// judged is how a record fares after a try, and the entry of the log. again: it
// may be sent again although nobody knows whether it arrived.
func judged(x item, res provider.Result, again bool, now time.Time) (store.DestinationRow, store.Sent) {
	r := x.row
	r.RemoteID, r.Sent = x.remote, ""
	e := store.Sent{Record: x.record, AtUS: now.UnixMicro(), Status: int64(res.HTTPStatus), RemoteID: x.remote, Message: text.Clip(text.Storable(res.Message), 300)}
	end := func(state string, outcome fettle.SendOutcome, hash string) {
		r.State, r.Outcome, r.Hash = state, outcome, hash
		e.Tries, e.Outcome = r.Tries+1, outcome
		if state == store.SendDone {
			r.Tries, r.FirstUS = 0, 0
		}
	}
	later := func(counts bool) {
		if r.FirstUS == 0 {
			r.FirstUS = now.UnixMicro()
		}
		if counts {
			r.Tries++
		}
		next := outbox.NextTry(r.Tries, time.UnixMicro(r.FirstUS), now, res.RetryAfter)
		if !counts { // it is as patient as the service asks
			next = now.Add(max(res.RetryAfter, time.Second))
		}
		e.Tries, e.Outcome = r.Tries, fettle.SendRetried
		if next.IsZero() {
			r.State, r.Outcome, e.Outcome = store.SendFailed, fettle.SendFailed, fettle.SendFailed
			return
		}
		r.State, r.Outcome, r.DueUS = store.SendPending, fettle.SendRetried, next.UnixMicro()
		e.NextUS = r.DueUS
	}
	switch res.Outcome {
	case provider.Found:
		end(store.SendDone, fettle.SendWritten, x.hash)
	case provider.NotFound:
		end(store.SendDone, fettle.SendNotThere, "")
	case provider.BadInput, provider.Failed:
		end(store.SendFailed, fettle.SendRefused, "")
	case provider.Throttled:
		later(false)
	case provider.Transient, provider.NotSent, provider.AuthError, provider.OutOfCredit:
		later(true)
	case provider.Unknown, provider.Accepted, provider.Pending:
		if !again {
			end(store.SendUnknown, fettle.SendUnknown, "")
			break
		}
		e.Message = text.Clip("It may have arrived. "+e.Message, 300)
		later(true)
	}
	return r, e
}
