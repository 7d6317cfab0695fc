package identity

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"fettle"
)

// Habits are what the values of a column show together of how they are written.
// Without them 01/02/2024 can be read two ways.
type Habits struct {
	DayFirst     bool // 29/02/2024 is among them, and nothing that contradicts
	MonthFirst   bool // 02/29/2024 is
	DecimalComma bool // 1.234,5 is
	CommaList    bool // several values of a list stand between commas: "news, jobs" among "news" and "jobs"
}

// HabitsOf looks through values of a column of a type.
func HabitsOf(t fettle.FieldType, values []string) Habits {
	var h Habits
	if t == fettle.MultiSelect {
		h.CommaList = commaList(values)
		return h
	}
	day, month, comma, point := 0, 0, 0, 0
	for _, v := range values {
		v = strings.TrimSpace(v)
		switch t {
		case fettle.Date, fettle.Timestamp:
			if m := numericDate.FindStringSubmatch(v); m != nil && m[2] != "." {
				a, b := atoi(m[1]), atoi(m[3])
				if a > 12 && b <= 12 {
					day++
				} else if b > 12 && a <= 12 {
					month++
				}
			}
		case fettle.Number, fettle.Currency:
			v = bareAmount(v)
			switch {
			case commaDecimal.MatchString(v), pointGroups.MatchString(v):
				comma++
			case plainDecimal.MatchString(v):
				point++
			}
		default:
			return h
		}
	}
	h.DayFirst, h.MonthFirst, h.DecimalComma = day > 0 && month == 0, month > 0 && day == 0, comma > 0 && point == 0
	return h
}

// plainDecimal is a number whose point can be nothing but the decimal mark.
var plainDecimal = regexp.MustCompile(`^[+-]?([0-9]+\.([0-9]{1,2}|[0-9]{4,})|[0-9]{1,3}(,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(,[0-9]{3}){2,})$`)

// dateLayouts are the forms in which the order of day, month and year is
// certain.
var dateLayouts = []string{
	time.DateOnly, "2006/01/02", "2006-1-2", "2006/1/2", "2006.01.02", "20060102",
	"2 Jan 2006", "2 January 2006", "Jan 2, 2006", "January 2, 2006", "Jan 2 2006", "January 2 2006",
	"2-Jan-2006", "2-January-2006", "2-Jan-06", "Mon, 2 Jan 2006", "Monday, January 2, 2006", "2006年1月2日", "2006. 1. 2.", "2006. 01. 02.",
}

// timestampLayouts are tried after RFC 3339. Those without a zone are UTC. The
// parser takes a fraction of a second after the seconds of each.
var timestampLayouts = []string{
	"2006-01-02T15:04:05", time.DateTime, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z07:00", "2006-01-02 15:04:05 -0700",
	"2006-01-02 15:04:05-07", "2006-01-02T15:04:05-0700", "2006-01-02 15:04:05 UTC", "2006-01-02 15:04:05 -0700 UTC", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04",
	"2006/01/02 15:04:05", "2006/01/02 15:04", time.RFC1123, time.RFC1123Z,
}

func parseDate(s string, h Habits) (fettle.Day, error) {
	if len(s) <= 64 {
		if t, ok := dayOf(s, h); ok {
			return fettle.Day(t.Format(time.DateOnly)), nil
		}
		if t, err := parseMoment(s, h); err == nil {
			return fettle.Day(t.Format(time.DateOnly)), nil // the date as written, whatever its zone
		}
	}
	why := "Write dates as 2006-01-02."
	if m := numericDate.FindStringSubmatch(s); m != nil && atoi(m[1]) <= 12 && atoi(m[3]) <= 12 {
		why = "It can be read two ways: write dates as 2006-01-02."
	}
	return "", fettle.Errorf(fettle.Invalid, "%s is not a date", quote(s)).WithHint("%s", why)
}

func parseTimestamp(s string, h Habits) (time.Time, error) {
	if len(s) <= 64 {
		if t, err := parseMoment(s, h); err == nil {
			return checkTime(t)
		}
		if t, ok := epoch(s); ok {
			return checkTime(t)
		}
		if t, ok := dayOf(s, h); ok {
			return checkTime(t)
		}
	}
	return time.Time{}, fettle.Errorf(fettle.Invalid, "%s is not a timestamp", quote(s)).WithHint("Write timestamps as 2006-01-02T15:04:05Z; without a zone they are UTC.")
}

// dayOf reads a date without a time of day.
func dayOf(s string, h Habits) (time.Time, bool) {
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1 {
			return t, true
		}
	}
	if m := numericDate.FindStringSubmatch(s); m != nil && m[2] == m[4] {
		return inOrder(atoi(m[1]), atoi(m[3]), m[5], m[2], h)
	}
	return namedDay(s)
}

// numericDate is a date of three numbers of which the last is the year.
var numericDate = regexp.MustCompile(`^(\d{1,2})([/.\-])(\d{1,2})([/.\-])(\d{4}|\d{2})\b`)

// inOrder reads a date of numbers where their order is certain: by the numbers
// themselves, by points between them (day first, as those write who use points),
// or by the column's habits.
func inOrder(a, b int, year, mark string, h Habits) (time.Time, bool) {
	y := atoi(year)
	dayFirst := mark == "." || a > 12 || h.DayFirst
	if !dayFirst && b <= 12 && a != b && !h.MonthFirst {
		return time.Time{}, false
	}
	if len(year) == 2 {
		if mark == "/" && a > 12 && !h.DayFirst { // 24/02/29 could begin with the year
			return time.Time{}, false
		}
		if y += 2000; y > 2069 {
			y -= 100
		}
	}
	day, month := a, b
	if !dayFirst {
		day, month = b, a
	}
	t := time.Date(y, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return t, month >= 1 && month <= 12 && t.Day() == day && y >= 1
}

// parseMoment reads a date with a time of day and keeps the zone as written.
func parseMoment(s string, h Habits) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, strings.ToUpper(s))
	for i := 0; err != nil && i < len(timestampLayouts); i++ {
		t, err = time.Parse(timestampLayouts[i], s)
	}
	if err != nil {
		if read, ok := dayAndTime(s, h); ok {
			t, err = read, nil
		}
	}
	if err == nil && (t.Year() < 1 || t.Year() > 9999) {
		err = fettle.Errorf(fettle.Invalid, "%s is out of range", quote(s))
	}
	return t, err
}

// timeOfDay is what stands behind a date: 10:00, 10:00:00.5, 10:00 PM.
var timeOfDay = regexp.MustCompile(`^(.*\S)(?:,\s*|\s+|[Tt])(\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)\s?([AaPp])?(?:\.?[Mm]\.?)?\s?(Z|z|UTC|GMT)?$`)

// dayAndTime reads a date in any of its forms with a time behind it. 24:00 is
// the midnight that ends the day.
func dayAndTime(s string, h Habits) (time.Time, bool) {
	m := timeOfDay.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	day, ok := dayOf(strings.TrimSuffix(m[1], ","), h)
	if !ok {
		return time.Time{}, false
	}
	clock := strings.Replace(m[2], ",", ".", 1)
	if strings.Trim(strings.TrimPrefix(clock, "24"), ":0.") == "" && strings.HasPrefix(clock, "24:") {
		return day.AddDate(0, 0, 1), m[3] == ""
	}
	layout := "15:04"
	if strings.Count(clock, ":") == 2 {
		layout = "15:04:05"
	}
	if m[3] != "" {
		layout, clock = strings.Replace(layout, "15", "3", 1)+" PM", clock+" "+strings.ToUpper(m[3])+"M"
	}
	t, err := time.Parse(layout, clock)
	if err != nil {
		return time.Time{}, false
	}
	return day.Add(t.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC))), true
}

// epoch reads seconds or milliseconds since 1970, as programs write them: 10 or
// 13 digits, which are the years 2001 to 2286.
func epoch(s string) (time.Time, bool) {
	if !digits(s) || len(s) != 10 && len(s) != 13 || s[0] == '0' {
		return time.Time{}, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	if len(s) == 10 {
		n *= 1000
	}
	return time.UnixMilli(n).UTC(), true
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
