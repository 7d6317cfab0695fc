package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"fettle"
	"fettle/store"
)

// settingAdopted holds which address was made a channel of.
const settingAdopted = "webhook_adopted"

// adopted is the name of the channel that is made of an address.
const adopted = "webhook"

// Adopt makes a channel, once, of the address that the operator gave for all
// notifications when there were no channels. It reports whether it did.
func (c *Channels) Adopt(ctx context.Context, address string) (bool, error) {
	sum := sha256.Sum256([]byte(address))
	mark := hex.EncodeToString(sum[:8])
	var done bool
	err := c.cfg.DB.View(ctx, func(tx *store.Tx) error {
		was, _, err := tx.Setting(ctx, settingAdopted)
		done = was == mark
		return err
	})
	if err != nil || done {
		return false, err
	}
	_, err = c.Add(ctx, fettle.System(), adopted, Input{Slack: &address})
	if err != nil && fettle.CodeOf(err) != fettle.Refused {
		return false, err
	}
	made := err == nil // else there is one of the name: it is theirs
	return made, c.cfg.DB.Update(ctx, func(tx *store.Tx) error { return tx.PutSetting(ctx, settingAdopted, mark) })
}
