package store

import (
	"context"
	"crypto/rand"
	"time"

	"fettle"
)

// The settings of the store itself.
const (
	SettingWorkspaceID    = "workspace_id"     // random, made with the workspace
	SettingCreditUSDMicro = "credit_usd_micro" // what a credit is worth, in millionths of a US dollar
)

// creditUSDMicro is a new workspace's credit: one US cent.
const creditUSDMicro = "10000"

// seed fills a new workspace with what each has: its id, the default fields
// and the audiences of everyone. It does nothing the second time.
func seed(ctx context.Context, tx *Tx) error {
	if _, seeded, err := tx.Setting(ctx, SettingWorkspaceID); err != nil || seeded {
		return err
	}
	tx.db.fresh = true
	now := time.Now().UnixMicro()
	if err := tx.PutSetting(ctx, SettingWorkspaceID, rand.Text()); err != nil {
		return err
	}
	if err := tx.PutSetting(ctx, SettingCreditUSDMicro, creditUSDMicro); err != nil {
		return err
	}
	for _, f := range fettle.DefaultFields() {
		f.CreatedAtUS = now
		if err := tx.insertField(ctx, f); err != nil {
			return err
		}
	}
	for _, a := range []fettle.Audience{
		{Name: fettle.AllPeople, Label: "All people", Entity: fettle.People, Description: "Every person"},
		{Name: fettle.AllCompanies, Label: "All companies", Entity: fettle.Companies, Description: "Every company"},
	} {
		a.Builtin, a.CreatedAtUS, a.UpdatedAtUS = true, now, now
		if err := tx.AddAudience(ctx, &a); err != nil {
			return err
		}
		if err := tx.PutLabel(ctx, LabelledAudience, a.Name, a.Label); err != nil {
			return err
		}
	}
	return nil
}
