package engine

import (
	"context"

	"fettle"
	"fettle/internal/label"
	"fettle/store"
)

// settingName is what people call the workspace.
const settingName = "workspace_name"

// WorkspaceName is what people call the workspace, "" where nobody has said.
// Anyone may read it: it stands on the page where one signs in.
func (e *Engine) WorkspaceName(ctx context.Context) (name string, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) (err error) {
		name, _, err = tx.Setting(ctx, settingName)
		return err
	})
	return name, err
}

// NameWorkspace says what people call the workspace; "" takes the name away.
func (e *Engine) NameWorkspace(ctx context.Context, actor fettle.Actor, name string) error {
	if err := actor.Require(fettle.Admin, "name the workspace"); err != nil {
		return err
	}
	if name != "" {
		var err error
		if name, err = label.Check(name); err != nil {
			return err
		}
	}
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.PutSetting(ctx, settingName, name); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "workspace.rename", "", name)
	})
	if err == nil {
		e.events.Publish("workspace", "")
	}
	return err
}
