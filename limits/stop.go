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

// CopiedHint says what to do with a file that seems to be a copy.
const CopiedHint = "If the original may still be used, stop the server and make this one safe: calls in flight become unknown (fettle restore --in-place). " +
	"If this is the only one and the newest, say that it was moved (fettle serve --moved)."

// MayNotSpend gives the reason why the whole workspace may not spend; "" if it
// may.
func MayNotSpend(ctx context.Context, tx *store.Tx) (why, hint string, err error) {
	to, _, err := tx.Setting(ctx, SettingSealed)
	if err != nil {
		return "", "", err
	}
	if to != "" {
		return "it was copied to " + to + ", which goes on in its place", "If that copy is not used, let this workspace go on (fettle copy --from FILE --unseal).", nil
	}
	if why, _, err = tx.Setting(ctx, store.SettingCopied); err != nil || why != "" {
		return why, CopiedHint, err
	}
	why, _, err = tx.Setting(ctx, SettingSpendingPaused)
	return why, "See which balances differ: Settings → Audit (fettle audit).", err
}
