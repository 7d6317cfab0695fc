package limits

import (
	"context"

	"fettle/store"
)

// SettingSpendingPaused holds why the whole workspace may not spend; "" or
// absent if it may.
const SettingSpendingPaused = "spending_paused"

// SettingSealed says where the workspace was copied to: it spends there now,
// and not here any more. "" or absent if it was not.
const SettingSealed = "sealed"

// MayNotSpend gives the reason why the whole workspace may not spend; "" if it
// may.
func MayNotSpend(ctx context.Context, tx *store.Tx) (why, hint string, err error) {
	to, _, err := tx.Setting(ctx, SettingSealed)
	if err != nil {
		return "", "", err
	}
	if to != "" {
		return "it was copied to " + to + ", which goes on in its place", "If that copy is not used, let this workspace go on: fettle copy --from FILE --unseal", nil
	}
	why, _, err = tx.Setting(ctx, SettingSpendingPaused)
	return why, "See which balances differ: Settings → Audit (fettle audit).", err
}
