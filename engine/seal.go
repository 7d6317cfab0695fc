package engine

import (
	"context"
	"strings"
	"time"

	"fettle"
	"fettle/limits"
	"fettle/store"
)

// Seal stops all spending in a workspace that is about to be copied, for good:
// two that buy the same would pay twice. to is told to people. It refuses while
// a process works on the workspace, and one that is not sound.
func (e *Engine) Seal(ctx context.Context, actor fettle.Actor, to string) error {
	if err := actor.Require(fettle.Admin, "copy a workspace"); err != nil {
		return err
	}
	if err := e.refuseWorked(ctx); err != nil {
		return err
	}
	var sealed string
	if err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		sealed, _, err = tx.Setting(ctx, limits.SettingSealed)
		return err
	}); err != nil || sealed == to {
		return err // audited then; nothing may change between two tries of a copy
	}
	if err := e.refuseUnsound(ctx, actor); err != nil {
		return err
	}
	return e.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.PutSetting(ctx, limits.SettingSealed, to); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "copy", to, "spending ends here")
	})
}

// refuseUnsound refuses a workspace whose audit fails.
func (e *Engine) refuseUnsound(ctx context.Context, actor fettle.Actor) error {
	v, err := e.Audit(ctx, actor)
	if err != nil || v.OK {
		return err
	}
	var wrong []string
	for _, c := range v.Checks {
		if !c.OK {
			wrong = append(wrong, c.Name)
		}
	}
	return fettle.Errorf(fettle.Refused, "the audit of this workspace fails: %s", strings.Join(wrong, ", ")).WithHint("See which balances differ: Settings → Audit (fettle audit).")
}

// Unseal lets a workspace spend again whose copy is not used.
func (e *Engine) Unseal(ctx context.Context, actor fettle.Actor) error {
	if err := actor.Require(fettle.Admin, "let a copied workspace spend again"); err != nil {
		return err
	}
	return e.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.PutSetting(ctx, limits.SettingSealed, ""); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "copy", "", "spending goes on here")
	})
}

// refuseWorked refuses while a process may make calls in the workspace.
func (e *Engine) refuseWorked(ctx context.Context) error {
	var live []store.Worker
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		live, err = tx.LiveWorkers(ctx)
		return err
	})
	for _, x := range live {
		if x.LeaseUntilUS > time.Now().UnixMicro() && !e.db.WorkerDead(ctx, x.ID) {
			return fettle.Errorf(fettle.Refused, "process %d on %s works on this workspace", x.PID, x.Host).WithHint("Stop it first: it lets what is in flight land.")
		}
	}
	return err
}
