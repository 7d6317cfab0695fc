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
			return false, d.note(sending, w, w.items, nil, every(*bad, len(w.items)), true)
		}
	}
	var settled, leaving []item
	var whats []sent
	for _, x := range w.items {
		what := sent{Remote: x.remote, Hash: x.hash}
		if w.again {
			if err := json.Unmarshal([]byte(x.row.Sent), &what); err != nil {
				return false, err
			}
			x.remote, x.hash = what.Remote, what.Hash
		} else {
			dec := w.p.decide(x, held[x.remote], w.s.read != nil, func(string, verdict) {})
			x.message = dec.message
			if dec.outcome != fettle.SendWritten {
				x.outcome = dec.outcome
				settled = append(settled, x)
				continue
			}
			what.Set, what.Changes = dec.set, dec.changes
		}
		leaving, whats = append(leaving, x), append(whats, what)
	}
	ok, err := d.mark(ctx, w, settled, leaving, whats)
	if err != nil || !ok || len(leaving) == 0 {
		return ok, err
	}
	results, err := d.ask(sending, w.dest.ID, w.s, w.s.write, d.calls(w, leaving, whats))
	if err != nil { // it was cut before the end: what may have left is looked at anew
		results = every(provider.Result{Outcome: provider.Unknown, Message: err.Error()}, len(leaving))
	}
	return true, d.note(sending, w, leaving, whats, results, false)
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
func (d *Destinations) calls(w *work, leaving []item, whats []sent) []provider.Call {
	out := make([]provider.Call, len(leaving))
	for i, x := range leaving {
		key := whats[i].Remote
		if w.s.def.Keyed() {
			key = fmt.Sprintf("fettle-%d-%d-%d", w.dest.ID, x.record, x.row.Batch)
		}
		out[i] = provider.Call{Key: key, Inputs: map[string]any{declarative.InputID: whats[i].Remote, declarative.InputFields: whats[i].Set}}
	}
	return out
}

// mark commits that records are on their way, with what is written and what was
// there, before anything leaves. It reports false where the destination was turned
// off or is another process's.
func (d *Destinations) mark(ctx context.Context, w *work, settled, leaving []item, whats []sent) (ok bool, err error) {
	err = d.cfg.DB.Update(ctx, func(tx *store.Tx) error {
		ok = false
		dest, err := tx.LockDestinationByID(ctx, w.dest.ID)
		if fettle.CodeOf(err) == fettle.NotFound {
			return nil
		}
		if err != nil || dest.State != fettle.DestinationOn || dest.Worker != w.worker || dest.UpdatedUS != w.dest.UpdatedUS {
			return err
		}
		ok = true
		now := time.Now().UnixMicro()
		batch := int64(0)
		if len(leaving) > 0 {
			if batch, err = tx.NextIDs(ctx, store.SeqMisc, 1); err != nil {
				return err
			}
		}
		rows := make([]store.DestinationRow, len(leaving))
		for i := range leaving {
			x := &leaving[i]
			if !w.again {
				x.row.Batch = batch
			}
			b, err := json.Marshal(whats[i])
			if err != nil {
				return err
			}
			x.row.State, x.row.RemoteID, x.row.Sent = store.SendSending, x.remote, string(b)
			if x.row.FirstUS == 0 {
				x.row.FirstUS = now
			}
			rows[i] = x.row
		}
		if err := tx.PutSends(ctx, dest.ID, rows); err != nil {
			return err
		}
		return d.settle(ctx, tx, dest, settled, now)
	})
	return ok, err
}

// note writes down what became of records, again and again until it is written or
// the process is cut: else they would be sent twice. read: what is there could not
// be asked, nothing was written.
func (d *Destinations) note(ctx context.Context, w *work, items []item, whats []sent, results []provider.Result, read bool) error {
	for {
		err := d.cfg.DB.Land(ctx, func(tx *store.Tx) error { return d.noteTx(ctx, tx, w, items, whats, results, read) })
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
