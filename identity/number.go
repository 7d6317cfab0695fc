package identity

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"

	"fettle"
)

// number is a decimal number as programs write it: an optional sign, digits in
// groups of three or not grouped at all, a decimal point, an exponent.
var number = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$`)

// Other ways to write a number, of which each can be read in one way only:
// 1.234,5 and 1234,5 have a decimal comma, 1.234.567 has groups, 12,34,567 has
// India's. 1.234 and 1,234 are read as programs do, unless the column has shown
// that its comma is the decimal mark.
var (
	commaDecimal = regexp.MustCompile(`^[+-]?([0-9]{1,3}(\.[0-9]{3})+,[0-9]+|[0-9]+,([0-9]{1,2}|[0-9]{4,})|[0-9]{4,},[0-9]+|0,[0-9]+)$`)
	pointGroups  = regexp.MustCompile(`^[+-]?[0-9]{1,3}(\.[0-9]{3}){2,}$`)
	indianGroups = regexp.MustCompile(`^[+-]?[0-9]{1,2}(,[0-9]{2})+,[0-9]{3}(\.[0-9]+)?$`)
	blankGroups  = regexp.MustCompile(`^([+-]?[0-9]{1,3})((?:[ '’][0-9]{3})+)([.,][0-9]+)?$`)
	withComma    = regexp.MustCompile(`^[+-]?([0-9]{1,3}(\.[0-9]{3})*|[0-9]+)(,[0-9]+)?$`)
	money        = regexp.MustCompile(`^([+-]?)(?:US|CA|AU|NZ|HK|R|S)?[$€£¥₹₽₺₩₪฿]\s?([0-9].*)$|^([+-]?[0-9].*?)\s?(?:[$€£¥₹₽₺₩₪฿]|zł|kr|Kč|Ft|CHF|USD|EUR|GBP|SEK|NOK|DKK|PLN|JPY|INR|AUD|CAD)$|^(?:CHF|USD|EUR|GBP|SEK|NOK|DKK|PLN|JPY|INR|AUD|CAD)\s?([+-]?[0-9].*)$`)
	thousands    = regexp.MustCompile(`^([+-]?[0-9]+(?:[.,][0-9]{1,2})?)\s?(k|K|M|B|bn|Bn|BN|mn|mln|Mio\.?|Mrd\.?|million|Million|millions)$`)
	twoWays      = regexp.MustCompile(`^[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}$`)
	accounting   = regexp.MustCompile(`^\(([^()+-]*[0-9][^()+-]*)\)$`)
)

// scales are what the letters behind a short number stand for.
var scales = map[string]float64{
	"k": 1e3, "K": 1e3, "M": 1e6, "mn": 1e6, "mln": 1e6, "Mio": 1e6, "Mio.": 1e6, "million": 1e6, "Million": 1e6, "millions": 1e6,
	"B": 1e9, "bn": 1e9, "Bn": 1e9, "BN": 1e9, "Mrd": 1e9, "Mrd.": 1e9,
}

// parseNumber reads a number in the forms that people and programs write.
func parseNumber(s string, h Habits) (float64, error) {
	if h.TwoWays && twoWays.MatchString(bareNumber(s)) {
		return 0, fettle.Errorf(fettle.Invalid, "%s can be read two ways, and the column does not say which", quote(s)).WithHint("Write a plain decimal number, such as 1234.5.")
	}
	if h.Thousands {
		if bare := bareNumber(s); twoWays.MatchString(bare) {
			s = strings.NewReplacer(".", "", ",", "").Replace(bare)
		}
	}
	if h.Percent {
		s = strings.TrimSpace(strings.TrimSuffix(s, "%"))
	}
	if f, ok := numberOf(s, h.DecimalComma); ok {
		if math.IsInf(f, 0) {
			return 0, fettle.Errorf(fettle.Invalid, "%s is too large a number", quote(s)).WithHint("Use a text field for it.")
		}
		return f + 0, nil // -0 becomes 0
	}
	return 0, fettle.Errorf(fettle.Invalid, "%s is not a number", quote(s)).WithHint("Write a plain decimal number, such as 1234.5 or 1,234.5.")
}

// bareNumber takes the sign of a currency off a number, and the brackets in which
// accounts show what is below zero.
func bareNumber(s string) string {
	if !asciiOnly(s) {
		s = strings.NewReplacer("−", "-", "\u00a0", " ", "\u202f", " ", "\u2009", " ").Replace(width.Narrow.String(s))
	}
	if some, only := figures(s); !some || only {
		return s // no pattern has it: most of a file is text, or a plain number
	}
	if m := accounting.FindStringSubmatch(s); m != nil {
		s = "-" + strings.TrimSpace(m[1])
	}
	if m := money.FindStringSubmatch(s); m != nil {
		s = strings.TrimSpace(m[1] + m[2] + m[3] + m[4])
	}
	return s
}

// figures reports whether a text has digits, and whether it has nothing else but
// signs, points and commas.
func figures(s string) (some, only bool) {
	only = true
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			some = true
		case c != '.' && c != ',' && c != '+' && c != '-':
			only = false
		}
	}
	return some, only
}

func numberOf(s string, comma bool) (f float64, ok bool) {
	if len(s) > 400 {
		return 0, false
	}
	s = bareNumber(s)
	if some, _ := figures(s); !some {
		return 0, false
	}
	scale := 1.0
	if m := thousands.FindStringSubmatch(s); m != nil {
		s, scale = m[1], scales[m[2]]
		s = strings.Replace(s, ",", ".", 1)
	}
	if m := blankGroups.FindStringSubmatch(s); m != nil {
		s = m[1] + strings.NewReplacer(" ", "", "'", "", "’", "").Replace(m[2]) + strings.Replace(m[3], ",", ".", 1)
	}
	switch {
	case comma && withComma.MatchString(s), commaDecimal.MatchString(s):
		s = strings.Replace(strings.ReplaceAll(s, ".", ""), ",", ".", 1)
	case pointGroups.MatchString(s):
		s = strings.ReplaceAll(s, ".", "")
	case indianGroups.MatchString(s):
	case !number.MatchString(s):
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f * scale, true
}

// booleans are the words for yes and no, in lower case.
var booleans = func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq("true yes 1 1.0 t y j on ja wahr oui vrai sí si verdadero sim verdadeiro vero sì tak prawda ano áno igen da kyllä evet да истина так はい 是 예 ✓ ✔ ☑ ✅ checked") {
		out[w] = true
	}
	for w := range strings.FieldsSeq("false no 0 0.0 f n off nein falsch non faux falso não nao nie fałsz ne nem nu nej nei ei hayır нет ложь ні いいえ 否 아니요 ✗ ✘ ☐ ❌ unchecked") {
		out[w] = false
	}
	return out
}()

func parseBoolean(s string, h Habits) (bool, error) {
	if h.Ticks && IsTick(s) {
		return true, nil
	}
	if len(s) <= 20 {
		if value, known := booleans[lower(s)]; known {
			return value, nil
		}
	}
	return false, fettle.Errorf(fettle.Invalid, "%s is not a boolean", quote(s)).WithHint("Write true or false, yes or no, 1 or 0.")
}

// IsTick reports a cross, by which people tick a box.
func IsTick(s string) bool { return lower(strings.TrimSpace(s)) == "x" }

// checkTime gives the stored form: UTC, whole microseconds, a year of four
// digits.
func checkTime(t time.Time) (time.Time, error) {
	t = t.UTC().Truncate(time.Microsecond)
	if t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, fettle.Errorf(fettle.Invalid, "the time %s is out of range", t.Format(time.RFC3339)).WithHint("Years go from 1 to 9999.")
	}
	return t, nil
}

// quote shows the beginning of a value in a message.
func quote(s string) string {
	const most = 60
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strconv.Quote(s)
}
