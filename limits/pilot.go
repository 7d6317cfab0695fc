package limits

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fettle"
	"fettle/store"
)

// settingPilots holds the pilot allowance of the workspace, as JSON.
const settingPilots = "pilot_allowance"

// PilotAllowance is what the pilots of one person who may not spend may buy a
// day: 10 rows and 100 credits, where the workspace does not say otherwise.
func PilotAllowance(ctx context.Context, tx *store.Tx) (fettle.PilotAllowance, error) {
	a := fettle.PilotAllowance{Rows: 10, Credits: 100 * fettle.Credit}
	text, ok, err := tx.Setting(ctx, settingPilots)
	if err != nil || !ok {
		return a, err
	}
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		return a, fmt.Errorf("read the pilot allowance: %w", err)
	}
	return a, nil
}

// SetPilotAllowance sets it.
func SetPilotAllowance(ctx context.Context, tx *store.Tx, a fettle.PilotAllowance) error {
	if a.Rows < 0 || a.Rows > mostRecords || a.Credits < 0 || a.Credits > mostCredits {
		return fettle.Errorf(fettle.Invalid, "%s and %s cannot be an allowance", fettle.Count(a.Rows, "row", "rows"), a.Credits.Words()).
			WithHint("Write numbers from 0 on, such as 10 rows and 100 credits.")
	}
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return tx.PutSetting(ctx, settingPilots, string(text))
}

// PilotKey is the balance of a person's pilots within the allowance on a day.
func PilotKey(person string, now time.Time) store.BalanceKey {
	return store.BalanceKey{Scope: store.ScopePilot, Key: person, Per: fettle.PerDay, Start: PeriodStart(fettle.PerDay, now)}
}

// PilotWords says how much of an allowance is used.
func PilotWords(b Bound) string {
	return fmt.Sprintf("the pilot allowance of %s for today is used up (%d of %d rows, %s of %s credits)",
		b.Key.Key, b.Balance.UsedRecords(), *b.Cap.Records, b.Balance.Used().Text(), b.Cap.Credits.Text())
}
