package fettle

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Credits is an amount of money in micro-credits: 1 credit is 1,000,000.
// Outside (JSON, CLI, YAML) it is a decimal string of credits, such as "0.4".
type Credits int64

// Credit is one credit, the workspace's unit of spending.
const Credit Credits = 1_000_000

// MaxCredits bounds any single amount, so that sums of amounts stay far from
// overflow: one trillion credits.
const MaxCredits = 1_000_000_000_000 * Credit

// ParseCredits reads a decimal number of credits with at most six decimals.
// It refuses signs, exponents, and amounts above MaxCredits.
func ParseCredits(s string) (Credits, error) {
	whole, frac, hasFrac := strings.Cut(strings.TrimSpace(s), ".")
	bad := Errorf(Invalid, "%q is not an amount of credits", s).WithHint("Write a positive decimal number with at most six decimals, such as 1000 or 0.4.")
	if whole == "" || (hasFrac && frac == "") || len(frac) > 6 {
		return 0, bad
	}
	for _, r := range whole + frac {
		if r < '0' || r > '9' {
			return 0, bad
		}
	}
	w, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || w > int64(MaxCredits/Credit) {
		return 0, bad
	}
	f, err := strconv.ParseInt((frac + "000000")[:6], 10, 64)
	if err != nil {
		return 0, bad
	}
	total := Credits(w)*Credit + Credits(f)
	if total > MaxCredits {
		return 0, bad
	}
	return total, nil
}

// CreditsFromFloat converts a price computed in floating point (by a provider
// definition or a token price) to micro-credits, rounding up: a price is never
// understated. It fails on negative, infinite and oversized numbers.
func CreditsFromFloat(f float64) (Credits, error) {
	if math.IsNaN(f) || f < 0 || f > float64(MaxCredits/Credit) {
		return 0, Errorf(Invalid, "%v is not an amount of credits", f)
	}
	micro := f * float64(Credit)
	if nearest := math.Round(micro); math.Abs(nearest-micro) < 1e-6*math.Max(1, nearest) {
		return Credits(nearest), nil
	}
	return Credits(math.Ceil(micro)), nil
}

// String renders the amount as a decimal number of credits without trailing
// zeros: "0.4", "1000", "-2.5".
func (c Credits) String() string {
	sign, n := "", int64(c)
	if n < 0 {
		sign, n = "-", -n
	}
	s := fmt.Sprintf("%s%d.%06d", sign, n/int64(Credit), n%int64(Credit))
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// Text renders the amount for people: whole credits, with two decimals at the
// most, or from the first digit that is not zero where that is all there is,
// with a comma between each three digits: "1,234.5". It is rounded up, as prices are; the exact amount is String.
func (c Credits) Text() string {
	sign, n := "", int64(c)
	if n < 0 {
		sign, n = "-", -n
	}
	unit := int64(Credit) / 100 // of the last decimal that is shown
	for unit > 1 && n > 0 && n < unit*10 {
		unit /= 10
	}
	n = (n + unit - 1) / unit * unit
	s := fmt.Sprintf("%s%s.%06d", sign, Thousands(n/int64(Credit)), n%int64(Credit))
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// Words is Text with its unit: "1 credit", "1,234.5 credits".
func (c Credits) Words() string { return inCredits(c.Text()) }

// ExactWords is String with its unit, for what is kept and compared.
func (c Credits) ExactWords() string { return inCredits(c.String()) }

func inCredits(amount string) string {
	if amount == "1" {
		return "1 credit"
	}
	return amount + " credits"
}

// MarshalJSON renders the amount as a decimal string.
func (c Credits) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

// UnmarshalJSON reads a decimal string or a plain JSON number.
func (c *Credits) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	neg := strings.HasPrefix(s, "-")
	v, err := ParseCredits(strings.TrimPrefix(s, "-"))
	if err != nil {
		return err
	}
	if neg {
		v = -v
	}
	*c = v
	return nil
}
