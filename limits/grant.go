package limits

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"fettle"
	"fettle/store"
)

// Available is what the workspace's credits leave; nil if none were granted.
func Available(ctx context.Context, tx *store.Tx) (*fettle.Credits, error) {
	g, err := Granted(ctx, tx)
	if err != nil || g == nil {
		return nil, err
	}
	b, err := tx.Balance(ctx, store.BalanceKey{Scope: store.ScopeWorkspace, Per: fettle.Lifetime})
	left := *g - b.Used()
	return &left, err
}

// settingGranted holds the sum of all grants, in micro-credits.
const settingGranted = "granted_uc"

// Granted is the sum of the credits granted to the workspace; nil if none ever
// was.
func Granted(ctx context.Context, tx *store.Tx) (*fettle.Credits, error) {
	v, ok, err := tx.Setting(ctx, settingGranted)
	if err != nil || !ok {
		return nil, err
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read the granted credits: %w", err)
	}
	c := fettle.Credits(n)
	return &c, nil
}

// Grant adds credits to what is granted, and to the journal.
func Grant(ctx context.Context, tx *store.Tx, actor fettle.Actor, amount fettle.Credits, now time.Time) error {
	sum := amount
	g, err := Granted(ctx, tx)
	if err != nil {
		return err
	}
	if g != nil {
		sum += *g
	}
	if sum > fettle.MaxCredits {
		return fettle.Errorf(fettle.Invalid, "%s is beyond what can be counted", sum.Words()).WithHint("The most is %s.", fettle.MaxCredits)
	}
	if err := tx.PutSetting(ctx, settingGranted, strconv.FormatInt(int64(sum), 10)); err != nil {
		return err
	}
	return tx.AppendJournal(ctx, []store.JournalEntry{{AtUS: now.UnixMicro(), Kind: "grant", Granted: int64(amount), Actor: actor.Name}})
}
