package deliver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"fettle"
	"fettle/internal/outbox"
	"fettle/provider"
	"fettle/provider/declarative"
	"fettle/store"
)

// most is how many records are worked out in one transaction.
const most = 200

// hashOf identifies what is sent of a record, and how.
func hashOf(write, remote string, values map[string]any) string {
	b, err := json.Marshal([]any{write, remote, values}) // the keys are in order
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:12])
}

// Run sends what is due until ctx ends: see outbox.Run.
func (d *Destinations) Run(ctx context.Context, worker func() int64, patience time.Duration) {
	d.box.Run(ctx, worker, patience)
}

func (d *Destinations) due(ctx context.Context, worker int64) (ids []int64, err error) {
	err = d.cfg.DB.View(ctx, func(tx *store.Tx) error {
		ids, err = tx.DueDestinations(ctx, worker, time.Now().UnixMicro())
		return err
	})
	return ids, err
}

func (d *Destinations) prune(ctx context.Context, beforeUS int64) (n int, err error) {
	err = d.cfg.DB.Update(ctx, func(tx *store.Tx) error {
		n, err = tx.PruneSent(ctx, beforeUS)
		return err
	})
	return n, err
}

// Drain sends what is due of a destination, one request after the other, while ctx
// lasts; what is sent is noted while sending does.
func (d *Destinations) Drain(ctx, sending context.Context, id, worker int64) {
	defer d.release(sending, id, worker)
	for ctx.Err() == nil {
		w, more, err := d.take(ctx, id, worker)
		if err == nil && w != nil {
			more, err = d.send(ctx, sending, w)
		}
		if err != nil && ctx.Err() == nil {
			d.cfg.Log.ErrorContext(ctx, "records could not be sent to a destination; it is tried again", "destination", id, "error", err)
		}
		if err != nil || !more {
			return
		}
	}
}

// release leaves a destination to whoever comes next.
func (d *Destinations) release(ctx context.Context, id, worker int64) {
	err := d.cfg.DB.Update(ctx, func(tx *store.Tx) error {
		dest, err := tx.LockDestinationByID(ctx, id)
		if err != nil || dest.Worker != worker {
			return err
		}
		dest.Worker = 0
		return tx.PutDestination(ctx, dest)
	})
	if err != nil && fettle.CodeOf(err) != fettle.NotFound && ctx.Err() == nil {
		d.cfg.Log.WarnContext(ctx, "a destination could not be left to others", "destination", id, "error", err)
	}
}

// work is what a process is to send to a destination.
type work struct {
	dest   store.Destination
	p      *program
	s      *service
	worker int64
	at     time.Time // as of when they were worked out
	items  []item
	again  bool // what was on its way when a process was lost, as it was written
}

// sent is what is written of a record, as it is kept beside it while it is on its
// way.
type sent struct {
	Remote  string              `json:"remote"`
	Set     map[string]any      `json:"set"`
	Changes []fettle.SendChange `json:"changes"`
	Hash    string              `json:"hash"`
}

// send asks what is there, decides, writes, and notes what became of it. It
// reports whether there may be more to do.
func (d *Destinations) send(ctx, sending context.Context, w *work) (bool, error) {
	if len(w.items) == 0 {
		return true, nil
	}
	var held map[string]there
	if w.s.read != nil && !w.again {
		var remote []string
		for _, x := range w.items {
			remote = append(remote, x.remote)
		}
		var bad *provider.Result
		var err error
		if held, bad, err = d.present(ctx, w.dest, w.s, w.p, remote); err != nil {
			return false, err
		}
		if bad != nil {
			return false, d.note(sending, w, w.items, every(*bad, len(w.items)), true)
		}
	}
	settled, leaving, later, err := w.decide(held)
	if err != nil {
		return false, err
	}
	if len(leaving) > 0 {
		if err := d.rest(ctx, w.dest.ID, w.s.def.Gap()); err != nil {
			return false, err
		}
	}
	leaving, ok, err := d.mark(ctx, w, settled, leaving)
	if err != nil || !ok {
		return ok, err
	}
	if err := d.noteLater(sending, w, later, held); err != nil || len(leaving) == 0 {
		return true, err
	}
	results, err := d.askNow(sending, w.dest.ID, w.s, w.s.write, d.calls(w, leaving))
	if err != nil { // it was cut before the end: what may have left is looked at anew
		results = every(provider.Result{Outcome: provider.Unknown, Message: err.Error()}, len(leaving))
	}
	return true, d.note(sending, w, leaving, results, false)
}

// decide parts records by what they hold there: of which nothing is written, what
// is written, and of which nobody could say now what they hold.
func (w *work) decide(held map[string]there) (settled, leaving, later []item, err error) {
	for _, x := range w.items {
		what := sent{Remote: x.remote, Hash: x.hash}
		switch in := held[x.remote]; {
		case w.again:
			if err := json.Unmarshal([]byte(x.row.Sent), &what); err != nil {
				return nil, nil, nil, err
			}
			x.remote, x.hash = what.Remote, what.Hash
		case in.later != nil:
			later = append(later, x)
			continue
		default:
			dec := w.p.decide(x, in, w.s.read != nil, func(string, verdict) {})
			x.message = dec.message
			if dec.outcome != fettle.SendWritten {
				x.outcome = dec.outcome
				settled = append(settled, x)
				continue
			}
			what.Set, what.Changes = dec.set, dec.changes
		}
		x.what = &what
		leaving = append(leaving, x)
	}
	return settled, leaving, later, nil
}

// noteLater notes the records of which nobody could say now what they hold there:
// they keep no other back.
func (d *Destinations) noteLater(ctx context.Context, w *work, later []item, held map[string]there) error {
	if len(later) == 0 {
		return nil
	}
	results := make([]provider.Result, len(later))
	for i, x := range later {
		results[i] = *held[x.remote].later
	}
	return d.note(ctx, w, later, results, true)
}

func every(r provider.Result, n int) []provider.Result {
	out := make([]provider.Result, n)
	r.Whole = true
	for i := range out {
		out[i] = r
	}
	return out
}

// calls are the calls that write records.
func (d *Destinations) calls(w *work, leaving []item) []provider.Call {
	out := make([]provider.Call, len(leaving))
	for i, x := range leaving {
		key := x.what.Remote
		if w.s.def.Keyed() {
			key = fmt.Sprintf("fettle-%d-%d-%d", w.dest.ID, x.record, x.row.Batch)
		}
		out[i] = provider.Call{Key: key, Inputs: map[string]any{declarative.InputID: x.what.Remote, declarative.InputFields: x.what.Set}}
	}
	return out
}

// mark commits that records are on their way, with what is written and what was
// there, before anything leaves. Reading and waiting take their time: who was suppressed, deleted
// or changed meanwhile, or has left, does not leave, and is worked out anew. It gives
// those that do, and false where the destination was turned off or is another
// process's.
func (d *Destinations) mark(ctx context.Context, w *work, settled, ready []item) (leaving []item, ok bool, err error) {
	err = d.cfg.DB.Update(ctx, func(tx *store.Tx) error {
		leaving, ok = nil, false
		dest, err := tx.LockDestinationByID(ctx, w.dest.ID)
		if fettle.CodeOf(err) == fettle.NotFound {
			return nil
		}
		if err != nil || dest.State != fettle.DestinationOn || dest.Worker != w.worker || dest.UpdatedUS != w.dest.UpdatedUS {
			return err
		}
		ok = true
		if leaving, err = d.unchanged(ctx, tx, w, ready); err != nil {
			return err
		}
		now := time.Now().UnixMicro()
		if err := w.onTheWay(ctx, tx, leaving, now); err != nil {
			return err
		}
		return d.settle(ctx, tx, dest, settled, now)
	})
	return leaving, ok, err
}

// unchanged gives the records of which what is sent is still what was worked out,
// as of the same time.
func (d *Destinations) unchanged(ctx context.Context, tx *store.Tx, w *work, ready []item) ([]item, error) {
	if len(ready) == 0 {
		return nil, nil
	}
	p, err := d.compile(ctx, tx, w.dest.Destination)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(ready))
	for i, x := range ready {
		ids[i] = x.record
	}
	now, err := p.look(ctx, tx, w.dest.ID, ids, map[string]int64{}, w.at)
	if err != nil {
		return nil, err
	}
	var out []item
	for i, x := range now {
		if x.outcome == "" && x.hash == ready[i].hash || w.again && !x.gone() { // again: as it was
			out = append(out, ready[i])
		}
	}
	return out, nil
}

// onTheWay writes that records are on their way, in one request.
func (w *work) onTheWay(ctx context.Context, tx *store.Tx, leaving []item, nowUS int64) error {
	if len(leaving) == 0 {
		return nil
	}
	batch, err := tx.NextIDs(ctx, store.SeqMisc, 1)
	if err != nil {
		return err
	}
	rows := make([]store.DestinationRow, len(leaving))
	for i := range leaving {
		x := &leaving[i]
		if !w.again {
			x.row.Batch = batch
		}
		b, err := json.Marshal(x.what)
		if err != nil {
			return err
		}
		x.row.State, x.row.RemoteID, x.row.Sent = store.SendSending, x.remote, string(b)
		if x.row.FirstUS == 0 {
			x.row.FirstUS = nowUS
		}
		rows[i] = x.row
	}
	return tx.PutSends(ctx, w.dest.ID, rows)
}

// note writes down what became of records, again and again until it is written or
// the process is cut: else they would be sent twice. read: what is there could not
// be asked, nothing was written.
func (d *Destinations) note(ctx context.Context, w *work, items []item, results []provider.Result, read bool) error {
	for {
		err := d.cfg.DB.Land(ctx, func(tx *store.Tx) error { return d.noteTx(ctx, tx, w, items, results, read) })
		if err == nil || ctx.Err() != nil {
			return err
		}
		d.cfg.Log.ErrorContext(ctx, "what became of records at a destination could not be written; it is written again", "destination", w.dest.Name, "error", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(outbox.NoteEvery):
		}
	}
}
