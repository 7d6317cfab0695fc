package engine

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"fettle"
	"fettle/jobs"
	"fettle/limits"
	"fettle/notify"
	"fettle/run"
	"fettle/store"
)

// Restored is what became of a workspace that was restored or copied.
type Restored struct {
	Paused   int      `json:"paused"`   // enrichments
	Unknown  int      `json:"unknown"`  // calls that were in flight
	Keys     []string `json:"no_key"`   // providers whose stored key cannot be opened here
	Problems []string `json:"problems"` // what the audit found wrong; spending is paused then
}

// Restore makes a workspace safe to use that was just put in its place, from
// what is told to people as its origin, such as "a backup of 4 May". Whatever
// happened between the original's last moment here and now is not known here:
//   - every enrichment that was ever started is paused with the reason restored;
//   - calls that were in flight become unknown, with their money held: they are
//     never sent again;
//   - later calls get keys of their own, since the original may have used the
//     next ones for other records;
//   - nobody is signed in, and links that let someone in are void;
//   - the audit is run; if it fails, spending is paused.
//
// Doing it twice does no harm.
func (e *Engine) Restore(ctx context.Context, actor fettle.Actor, origin string) (Restored, error) {
	r := Restored{Keys: []string{}, Problems: []string{}}
	if err := actor.Require(fettle.Admin, "restore a workspace"); err != nil {
		return r, err
	}
	id := rand.Text()
	err := e.db.Update(ctx, func(tx *store.Tx) (err error) {
		if err := tx.LoseWorkers(ctx); err != nil {
			return err
		}
		if err := tx.EndSessions(ctx); err != nil {
			return err
		}
		if err := jobs.Forget(ctx, tx); err != nil {
			return err
		}
		if err := tx.DropDeliveries(ctx); err != nil {
			return err
		}
		if err := tx.StopDestinations(ctx, fettle.OffRestored); err != nil {
			return err
		}
		if err := tx.WatchAnew(ctx); err != nil {
			return err
		}
		if r.Paused, err = pauseRestored(ctx, tx, origin); err != nil {
			return err
		}
		if err := tx.PutSetting(ctx, limits.SettingSealed, ""); err != nil {
			return err
		}
		if err := tx.PutSetting(ctx, store.SettingWorkspaceID, id); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "restore", origin, "")
	})
	if err != nil {
		return r, err
	}
	if r.Unknown, err = e.worker.LoseOpen(ctx, id); err != nil {
		return r, err
	}
	if r.Keys, err = e.keysThatDoNotOpen(ctx); err != nil {
		return r, err
	}
	if err := e.db.Settled(ctx); err != nil {
		return r, err
	}
	if err := e.auditRestored(ctx, actor, &r); err != nil {
		return r, err
	}
	return r, e.db.Update(ctx, func(tx *store.Tx) error {
		return e.Channels.Raise(ctx, tx, notify.Event{
			Type: fettle.EventRestored, Notice: string(fettle.PausedByRestore), Message: r.text(origin), Once: "restored:" + id,
			Data: map[string]any{"paused": r.Paused, "unknown": r.Unknown},
		})
	})
}

func (r Restored) text(origin string) string {
	text := fmt.Sprintf("The workspace comes from %s. Every enrichment that was started is paused (%d).", origin, r.Paused)
	if r.Unknown > 0 {
		text += fmt.Sprintf(" %s in flight may have been billed: resolve what was under Credits (fettle unknown list).", fettle.Count(int64(r.Unknown), "call that was", "calls that were"))
	}
	return text + " What the original bought since is not known here. Resume when you are sure that the original does not run too."
}

// pauseRestored pauses whatever could spend by itself, and whatever a person
// paused too: resuming it says that the original does not run.
func pauseRestored(ctx context.Context, tx *store.Tx, origin string) (int, error) {
	list, err := tx.Enrichments(ctx)
	if err != nil {
		return 0, err
	}
	paused := 0
	for _, cur := range list {
		if cur.PilotRunID != 0 {
			if err := run.EndPilot(ctx, tx, &cur, ""); err != nil {
				return 0, err
			}
		}
		if cur.State == fettle.Draft {
			continue
		}
		detail := "the workspace comes from " + origin
		if cur.State == fettle.Paused && cur.PauseReason != fettle.PausedByRestore {
			detail += fmt.Sprintf("; it was paused already (%s): %s", cur.PauseReason, cur.PauseDetail)
		}
		if err := run.PauseTx(ctx, tx, &cur, fettle.PausedByRestore, detail, 0); err != nil {
			return 0, err
		}
		paused++
	}
	return paused, nil
}

// keysThatDoNotOpen names the providers whose key is stored, but sealed by
// another key than this process has.
func (e *Engine) keysThatDoNotOpen(ctx context.Context) ([]string, error) {
	out := []string{}
	return out, e.db.View(ctx, func(tx *store.Tx) error {
		stored, err := tx.Connections(ctx)
		if err != nil {
			return err
		}
		sealed := make(map[string]store.Connection, len(stored))
		for _, s := range stored {
			sealed[s.FullName()] = s
		}
		for _, c := range e.conns.All() {
			if s, ok := sealed[c.Name]; ok && len(s.KeySealed) > 0 && c.KeyFrom == "" {
				out = append(out, c.Name)
			}
		}
		slices.Sort(out)
		return nil
	})
}

// auditRestored runs the audit; if it fails, spending is paused.
func (e *Engine) auditRestored(ctx context.Context, actor fettle.Actor, r *Restored) error {
	v, err := e.Audit(ctx, actor)
	if err != nil {
		return err
	}
	for _, c := range v.Checks {
		if !c.OK {
			r.Problems = append(r.Problems, c.Name+": "+c.Detail)
		}
	}
	if v.OK {
		return nil
	}
	return e.db.Update(ctx, func(tx *store.Tx) error {
		return tx.PutSetting(ctx, limits.SettingSpendingPaused, "the audit failed after the workspace was restored")
	})
}
