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

	// moneys are the codes that a heading or an amount is taken by where nothing
	// else says that it is money: among all codes there are words such as ALL and TOP.
	moneys = strings.Fields("USD EUR GBP CHF SEK NOK DKK PLN CZK HUF JPY INR AUD CAD NZD SGD HKD CNY BRL MXN ZAR")

	// prefixed tell apart those that share the sign $.
	prefixed = map[string]string{"US$": "USD", "CA$": "CAD", "AU$": "AUD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "R$": "BRL"}

	// symbols are what stands for a currency, and for which ones it may.
	symbols = map[string][]string{
		"€": {"EUR"}, "£": {"GBP", "EGP", "FKP", "GIP", "SHP"}, "¥": {"JPY", "CNY"}, "₹": {"INR"}, "₽": {"RUB"}, "₺": {"TRY"}, "₩": {"KRW"}, "₪": {"ILS"}, "฿": {"THB"},
		"zł": {"PLN"}, "Kč": {"CZK"}, "Ft": {"HUF"}, "kr": {"SEK", "NOK", "DKK", "ISK"},
		"$": {"USD", "CAD", "AUD", "NZD", "HKD", "SGD", "MXN", "BRL", "ARS", "CLP", "COP", "TWD"},
	}
)

// IsMoney reports whether a word is the code of a currency that lists use.
func IsMoney(word string) bool { return slices.Contains(moneys, word) }

// CurrenciesOf gives the currencies that the sign of an amount may stand for, the
// likeliest first; nil where it has none, or several.
func CurrenciesOf(text string) []string {
	if m := amountCode.FindStringSubmatch(text); m != nil && IsMoney(m[1]) {
		return []string{m[1]}
	}
	var found []string
	for symbol, codes := range symbols {
		if !strings.Contains(text, symbol) {
			continue
		}
		if found != nil {
			return nil
		}
		found = codes
	}
	if i := strings.IndexByte(text, '$'); i > 0 && len(found) > 0 {
		if code := prefixed[strings.TrimLeft(text[:i+1], "+-")]; code != "" {
			return []string{code}
		}
	}
	return found
}

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

// ThreeDecimals reports whether amounts of a currency have three decimals, as those of
// the dinars of Kuwait and Tunisia.
func ThreeDecimals(code string) bool {
	unit, err := currency.ParseISO(code)
	if err != nil {
		return false
	}
	scale, _ := currency.Standard.Rounding(unit)
	return scale == 3
}
