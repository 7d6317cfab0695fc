package limits

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"fettle"
	"fettle/store"
)

// USDMicro is what a credit is worth, in millionths of a US dollar.
func USDMicro(ctx context.Context, tx *store.Tx) (int64, error) {
	v, ok, err := tx.Setting(ctx, store.SettingCreditUSDMicro)
	if err != nil || !ok {
		return 10_000, err
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err == nil && n <= 0 {
		err = fettle.Errorf(fettle.Invalid, "a credit is worth %d millionths of a dollar", n).WithHint("Set a positive worth.")
	}
	return n, err
}

// Dollars renders credits as US dollars, rounded to the cent away from zero.
func Dollars(c fettle.Credits, usdMicro int64) string {
	cents := math.Ceil(float64(c) / float64(fettle.Credit) * float64(usdMicro) / 1e4)
	return fmt.Sprintf("US$%.2f", cents/100)
}
