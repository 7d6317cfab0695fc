package identity

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"fettle"
)

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
	"2006/01/02 15:04:05", "2006/01/02 15:04", time.RFC1123Z, "20060102T150405Z07:00", "20060102T150405",
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
	if days, ok := serialDay(s); ok && h.Serial {
		return serialEpoch.Add(time.Duration(math.Round(days*24*60*60)) * time.Second), true
	}
	if m := numericDate.FindStringSubmatch(s); m != nil && m[2] == m[4] {
		return inOrder(atoi(m[1]), atoi(m[3]), m[5], m[2], h)
	}
	return namedDay(s)
}

// serialEpoch is the day 0 of spreadsheets.
var serialEpoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

// numericDate is a date of three numbers of which the last is the year.
var numericDate = regexp.MustCompile(`^(\d{1,2})([/.\-])(\d{1,2})([/.\-])(\d{4}|\d{2})\b`)

// inOrder reads a date of numbers where their order is certain: by the numbers
// themselves, by points between them (day first, as those write who use points),
// or by the column's habits.
func inOrder(a, b int, year, mark string, h Habits) (time.Time, bool) {
	y := atoi(year)
	dayFirst := mark == "." && !h.MonthFirst && b <= 12 || a > 12 || h.DayFirst && b <= 12
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
var timeOfDay = regexp.MustCompile(`^(.*\S)(?:,\s*|\s+|[Tt])(\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)\s?(?:([AaPp])\.?[Mm]\.?)?\s?(Z|z|[A-Z]{2,4}|(?:UTC|GMT)?\s?[+-]\d{1,2}(?::?\d{2})?)?$`)

// zones are the offsets from UTC, in hours, of the abbreviations that mean one thing:
// CST, IST and BST are zones of several countries.
var zones = map[string]int{
	"": 0, "Z": 0, "z": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3,
	"EST": -5, "EDT": -4, "CDT": -5, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}

// zoneOf reads the zone behind a time.
func zoneOf(s string) (*time.Location, bool) {
	if hours, ok := zones[s]; ok {
		return time.FixedZone("", hours*60*60), true
	}
	m := offset.FindStringSubmatch(s)
	if m == nil || atoi(m[2]) > 14 || atoi(m[3]) > 59 {
		return nil, false
	}
	seconds := (atoi(m[2])*60 + atoi(m[3])) * 60
	if m[1] == "-" {
		seconds = -seconds
	}
	return time.FixedZone("", seconds), true
}

var (
	offset = regexp.MustCompile(`^(?:UTC|GMT)?\s?([+-])(\d{1,2}):?(\d{2})?$`)

	// zoneNote is what browsers write behind the offset, and midway the time where
	// programs of Unix write it.
	zoneNote = regexp.MustCompile(`\s*\([^()]*\)$`)
	midway   = regexp.MustCompile(`^([A-Za-z]{3},? [A-Za-z]{3}\s+\d{1,2}),? (\d{2}:\d{2}:\d{2})(?: ([A-Z]{3,4}))? (\d{4})$`)
)

// dayAndTime reads a date in any of its forms with a time behind it. 24:00 is
// the midnight that ends the day.
func dayAndTime(s string, h Habits) (time.Time, bool) {
	s = zoneNote.ReplaceAllString(s, "")
	if m := midway.FindStringSubmatch(s); m != nil {
		s = strings.TrimSpace(m[1] + " " + m[4] + " " + m[2] + " " + m[3])
	}
	m := timeOfDay.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	zone, ok := zoneOf(m[4])
	if !ok {
		return time.Time{}, false
	}
	day, ok := dayOf(strings.TrimSuffix(m[1], ","), h)
	if !ok {
		return time.Time{}, false
	}
	clock := strings.Replace(m[2], ",", ".", 1)
	day = time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
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
