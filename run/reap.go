package run

import (
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/store"
)

// orphanPage is how many calls of dead processes are looked at in one
// transaction.
const orphanPage = 500

// reap deals with the calls of processes that are gone. A call that may be sent
// again under its key is; one that the provider works on is asked for; of any
// other it cannot be known whether it was billed: it becomes unknown.
func (w *Worker) reap(ctx context.Context) error {
	if err := w.loseDead(ctx); err != nil {
		return err
	}
	for after := int64(0); ; {
		var orphans []store.Attempt
		var list []store.Enrichment
		var with companions
		last := int64(0)
		err := w.db.View(ctx, func(tx *store.Tx) (err error) {
			if orphans, err = tx.OrphanAttempts(ctx, after, orphanPage); err != nil || len(orphans) == 0 {
				return err
			}
			last = orphans[len(orphans)-1].ID
			if orphans, with, err = readCompanions(ctx, tx, orphans); err != nil {
				return err
			}
			list, err = tx.Enrichments(ctx)
			return err
		})
		if err != nil || len(orphans) == 0 {
			return err
		}
		byID := map[int64]store.Enrichment{}
		for _, e := range list {
			byID[e.ID] = e
		}
		if err := w.adopt(ctx, orphans, byID, with); err != nil {
			return err
		}
		after = last
	}
}

// loseDead declares the workers gone whose lease has run out or whose process
// is provably dead.
func (w *Worker) loseDead(ctx context.Context) error {
	var dead []int64
	now := time.Now()
	err := w.db.View(ctx, func(tx *store.Tx) error {
		live, err := tx.LiveWorkers(ctx)
		for _, x := range live {
			if x.ID != w.workerID() && (x.LeaseUntilUS < now.UnixMicro() || w.db.WorkerDead(ctx, x.ID)) {
				dead = append(dead, x.ID)
			}
		}
		return err
	})
	if err != nil || len(dead) == 0 {
		return err
	}
	return w.db.Update(ctx, func(tx *store.Tx) error {
		for _, id := range dead {
			if err := tx.LoseWorker(ctx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// adopt decides for each orphan. Those of a paused enrichment that could be
// sent again wait until it is live.
func (w *Worker) adopt(ctx context.Context, orphans []store.Attempt, byID map[int64]store.Enrichment, with companions) error {
	var lost []landing
	var mine []*job
	now := time.Now()
	for _, a := range orphans {
		e, known := byID[a.EnrichmentID]
		j := w.orphanJob(ctx, a, e, known)
		switch {
		case w.unwrittenNow(a.ID):
		case a.State == store.AttemptAccepted && j.ask != nil:
			mine = append(mine, j)
		case a.Resend && j.ask != nil && known && e.State != fettle.Live && e.PilotRunID == 0:
			continue
		case a.Resend && j.ask != nil && withinRetention(j, now) && with.complete(a.ID):
			mine = append(mine, j)
		default:
			lost = append(lost, land(j, unknownResult("the process that made the call died"), now))
		}
	}
	if len(lost) > 0 {
		if _, err := w.settleApart(ctx, lost, func(part []landing, _ settled) { w.written(part) }); err != nil {
			return err
		}
		w.RescanAll()
	}
	if len(mine) == 0 {
		return nil
	}
	return w.takeOver(ctx, mine, with)
}

func (w *Worker) takeOver(ctx context.Context, jobs []*job, with companions) error {
	attempts := make([]store.Attempt, len(jobs))
	for i, j := range jobs {
		attempts[i] = j.attempt
	}
	var taken map[int64]bool
	err := w.db.Update(ctx, func(tx *store.Tx) (err error) {
		if taken, err = tx.TakeOver(ctx, attempts, w.workerID()); err != nil {
			return err
		}
		return lookAtWhom(ctx, tx, jobs)
	})
	if err != nil {
		return err
	}
	jobs = slices.DeleteFunc(jobs, func(j *job) bool { return !taken[j.attempt.ID] })
	for _, j := range jobs {
		j.attempt.WorkerID = w.workerID()
	}
	calls := context.WithoutCancel(ctx)
	for _, r := range w.requestsOf(jobs, with) {
		if first := r.jobs[0].attempt; first.State == store.AttemptAccepted {
			w.poll(calls, r, r.jobs, first.JobID)
			continue
		}
		w.dispatch(calls, r)
	}
	return nil
}

// orphanJob makes a job of a call that was left behind. ask is nil where the
// call cannot be made again: its step is gone or is asked through another
// connection, where nobody knows its key, or its inputs were not kept.
func (w *Worker) orphanJob(ctx context.Context, a store.Attempt, e store.Enrichment, known bool) *job {
	j := &job{
		attempt: a, fields: a.Fields, hash: a.InputsHash, seq: e.ControlSeq, from: map[string]int64{}, resent: true, partial: true,
		row: store.Row{EnrichmentID: a.EnrichmentID, RecordID: a.RecordID, RunID: a.RunID, State: fettle.RowRunning, Cause: a.Cause},
	}
	j.p = &judge.Program{ID: a.EnrichmentID, Name: e.Name, Version: a.Version, Definition: e.Definition, Entity: e.Entity}
	if !known {
		return j
	}
	p, err := w.program(ctx, e)
	if err != nil {
		return j
	}
	for i := range p.Steps {
		if p.Steps[i].Fingerprint == a.Operation && p.Steps[i].Connection.Name == a.Via() && (a.Inputs != nil || a.State == store.AttemptAccepted) {
			j.p, j.ask = p, []judge.Question{{Step: i, Inputs: a.Inputs, Hash: a.InputsHash, Hit: a.Hold.Step, Miss: a.Hold.Step, Priced: true}}
			if j.partial = len(p.Steps) > 1; j.partial {
				j.hash = "" // the row's inputs are not known: what it buys counts as of any inputs
			}
			break
		}
	}
	return j
}

// withinRetention reports whether the provider still knows the call's key. One
// that is reached otherwise since, perhaps elsewhere, may not.
func withinRetention(j *job, now time.Time) bool {
	if j.p.Steps[j.ask[0].Step].Connection.Since > j.attempt.ReservedUS {
		return false
	}
	r := j.p.Steps[j.ask[0].Step].Operation.Recovery()
	return r.Resend && (r.Retention == 0 || now.Sub(time.UnixMicro(j.attempt.ReservedUS)) < r.Retention)
}

// LoseOpen makes every open call unknown, in a workspace that has another id
// now. No worker is left that could end them.
func (w *Worker) LoseOpen(ctx context.Context, workspace string) (int, error) {
	w.workspace = workspace
	total := 0
	for after := int64(0); ; {
		var open []store.Attempt
		var list []store.Enrichment
		err := w.db.View(ctx, func(tx *store.Tx) (err error) {
			if open, err = tx.OrphanAttempts(ctx, after, orphanPage); err != nil || len(open) == 0 {
				return err
			}
			list, err = tx.Enrichments(ctx)
			return err
		})
		if err != nil || len(open) == 0 {
			return total, err
		}
		byID := map[int64]store.Enrichment{}
		for _, e := range list {
			byID[e.ID] = e
		}
		lost := make([]landing, len(open))
		for i, a := range open {
			e, known := byID[a.EnrichmentID]
			lost[i] = land(w.orphanJob(ctx, a, e, known), unknownResult("it was in flight when the workspace was restored or copied"), time.Now())
		}
		if _, err := w.settle(ctx, lost); err != nil {
			return total, err
		}
		total, after = total+len(lost), open[len(open)-1].ID
	}
}
