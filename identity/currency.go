package identity

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/currency"

	"fettle"
)

// CheckCurrency refuses a code that is no currency's.
func CheckCurrency(code string) error {
	if _, err := currency.ParseISO(code); err != nil {
		return fettle.Errorf(fettle.Invalid, "%q is no currency", code).WithHint("Give its ISO code, such as EUR.").With("key", "currency")
	}
	return nil
}

var (
	amountCode = regexp.MustCompile(`(?:^|[\s0-9])([A-Z]{3})(?:$|[\s0-9+-])`)

	// symbols are what stands for a currency, and for which ones it may.
	symbols = map[string][]string{
		"€": {"EUR"}, "£": {"GBP", "EGP", "FKP", "GIP", "SHP"}, "¥": {"JPY", "CNY"}, "₹": {"INR"}, "₽": {"RUB"}, "₺": {"TRY"}, "₩": {"KRW"}, "₪": {"ILS"}, "฿": {"THB"},
		"zł": {"PLN"}, "Kč": {"CZK"}, "Ft": {"HUF"}, "kr": {"SEK", "NOK", "DKK", "ISK"},
		"$": {"USD", "CAD", "AUD", "NZD", "HKD", "SGD", "MXN", "BRL", "ARS", "CLP", "COP", "TWD"},
	}
)

// SameCurrency refuses an amount that is written in another currency than its
// field's. An amount without a sign of one is the field's.
func SameCurrency(f fettle.Field, text string) error {
	if f.Type != fettle.Currency {
		return nil
	}
	other := ""
	if m := amountCode.FindStringSubmatch(text); m != nil {
		if _, err := currency.ParseISO(m[1]); err == nil && m[1] != f.Currency {
			other = m[1]
		}
	}
	for symbol, codes := range symbols {
		if strings.Contains(text, symbol) && !slices.Contains(codes, f.Currency) {
			other = symbol
		}
	}
	if other == "" {
		return nil
	}
	return fettle.Errorf(fettle.Invalid, "%s is in %s, and the field holds %s", quote(text), other, f.Currency).WithHint("Convert it, or use a field of that currency.")
}
