package identity

import (
	"regexp"
	"strconv"
	"strings"

	"fettle"
)

// Habits are what the values of a column show together of how they are written.
// Without them 01/02/2024 can be read two ways.
type Habits struct {
	DayFirst     bool // 29/02/2024 is among them, and nothing that contradicts
	MonthFirst   bool // 02/29/2024 is
	Serial       bool // numbers of days since 1900, as spreadsheets keep dates: two of them, and no other numbers
	DecimalComma bool // 1.234,5 is
	CommaList    bool // several values of a list stand between commas: "news, jobs" among "news" and "jobs"
	Thousands    bool // an amount of money in a column without decimals: 1.234 and 1,234 are more than a thousand
	TwoWays      bool // 1.234 may be a thousand or little more than one: both ways are there
	Percent      bool // every number is written with a percent sign, which is left out
	Ticks        bool // x is the only answer
}

// HabitsOf looks through values of a column of a type.
func HabitsOf(t fettle.FieldType, values []string) Habits {
	switch t {
	case fettle.Date, fettle.Timestamp:
		return dateHabits(values)
	case fettle.Number, fettle.Currency:
		return numberHabits(t, values)
	case fettle.Boolean:
		return Habits{Ticks: onlyTicks(values)}
	case fettle.MultiSelect:
		return Habits{CommaList: commaList(values)}
	case fettle.Text, fettle.Select, fettle.Email, fettle.URL, fettle.Phone, fettle.Domain, fettle.LinkedIn, fettle.Country, fettle.JSON:
	}
	return Habits{}
}

func dateHabits(values []string) Habits {
	day, month, serials, numbers := 0, 0, 0, 0
	for _, v := range values {
		v = strings.TrimSpace(v)
		if m := numericDate.FindStringSubmatch(v); m != nil {
			a, b := atoi(m[1]), atoi(m[3])
			if a > 12 && b <= 12 && m[2] != "." {
				day++
			} else if b > 12 && a <= 12 {
				month++
			}
		}
		if _, ok := serialDay(v); ok {
			serials++
		} else if plainNumber.MatchString(v) && len(v) < 8 { // 20240229 is a date, and 1709200800 a moment
			numbers++
		}
	}
	const fewest = 2
	return Habits{DayFirst: day > 0 && month == 0, MonthFirst: month > 0 && day == 0, Serial: serials >= fewest && numbers == 0}
}

func numberHabits(t fettle.FieldType, values []string) Habits {
	comma, point, percent, plain := 0, 0, 0, 0
	for _, v := range values {
		v = strings.TrimSpace(v)
		number := bareNumber(v)
		switch {
		case commaDecimal.MatchString(number), pointGroups.MatchString(number):
			comma++
		case plainDecimal.MatchString(number):
			point++
		}
		if bare, ok := strings.CutSuffix(v, "%"); ok {
			if _, is := numberOf(strings.TrimSpace(bare), true); is {
				percent++
			}
		} else if _, is := numberOf(v, true); is {
			plain++
		}
	}
	return Habits{
		DecimalComma: comma > 0 && point == 0, TwoWays: comma > 0 && point > 0, Thousands: comma+point == 0 && t == fettle.Currency,
		Percent: percent > 0 && plain == 0 && t == fettle.Number,
	}
}

// onlyTicks reports whether all that a column says is x.
func onlyTicks(values []string) bool {
	ticks := 0
	for _, v := range values {
		switch v = strings.TrimSpace(v); {
		case IsTick(v), v != "" && strings.Trim(v, "✓✔☑✅") == "":
			ticks++
		case v != "" && (PlaceholderOf(v) == NoPlaceholder || weakWords[lower(v)]):
			return false
		}
	}
	return ticks > 0
}

// plainNumber is a number without marks but a point.
var plainNumber = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// serialDay reads the number of a day as spreadsheets count them, with the time of
// day as its fraction: those of 1954 to 2099, which are no years and no dates.
func serialDay(s string) (days float64, ok bool) {
	const first, last = 20_000, 73_051
	if !plainNumber.MatchString(s) {
		return 0, false
	}
	days, err := strconv.ParseFloat(s, 64)
	return days, err == nil && days >= first && days < last
}

// plainDecimal is a number whose point can be nothing but the decimal mark.
var plainDecimal = regexp.MustCompile(`^[+-]?([0-9]+\.([0-9]{1,2}|[0-9]{4,})|[0-9]{1,3}(,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(,[0-9]{3}){2,})$`)
