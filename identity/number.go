package identity

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"fettle"
)

// number is a decimal number: an optional sign, digits in groups of three or
// not grouped at all, a decimal point, an exponent. 1.234,5 and 1 234 are not
// read, because guessing which mark is which would change values in silence.
var number = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$`)

func parseNumber(s string) (float64, error) {
	if len(s) > 400 || !number.MatchString(s) {
		return 0, fettle.Errorf(fettle.Invalid, "%s is not a number", quote(s)).WithHint("Write a plain decimal number, such as 1234.5 or 1,234.5.")
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64)
	if err != nil || math.IsInf(f, 0) {
		return 0, fettle.Errorf(fettle.Invalid, "%s is too large a number", quote(s)).WithHint("Use a text field for it.")
	}
	return f + 0, nil // -0 becomes 0
}

func parseBoolean(s string) (bool, error) {
	if len(s) <= 5 {
		switch strings.ToLower(s) {
		case "true", "yes", "1", "t", "y":
			return true, nil
		case "false", "no", "0", "f", "n":
			return false, nil
		}
	}
	return false, fettle.Errorf(fettle.Invalid, "%s is not a boolean", quote(s)).WithHint("Write true or false, yes or no, 1 or 0.")
}

// dateLayouts are the forms in which the order of day, month and year is
// certain. 01/02/2006 is not among them: half the world reads it the other way.
var dateLayouts = []string{
	time.DateOnly, "2006/01/02", "2006-1-2", "2006/1/2", "2006.01.02", "02.01.2006", "2.1.2006",
	"2 Jan 2006", "2 January 2006", "Jan 2, 2006", "January 2, 2006", "Jan 2 2006", "January 2 2006",
	"2-Jan-2006", "2-January-2006", "Mon, 2 Jan 2006", "Monday, January 2, 2006",
}

// timestampLayouts are tried after RFC 3339. Those without a zone are UTC. The
// parser takes a fraction of a second after the seconds of each.
var timestampLayouts = []string{
	"2006-01-02T15:04:05", time.DateTime, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z07:00", "2006-01-02 15:04:05 -0700",
	"2006-01-02 15:04:05-07", "2006-01-02T15:04:05-0700", "2006-01-02 15:04:05 UTC", "2006-01-02 15:04:05 -0700 UTC", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04",
	"2006/01/02 15:04:05", "2006/01/02 15:04", time.RFC1123, time.RFC1123Z,
}

func parseDate(s string) (fettle.Day, error) {
	if len(s) <= 64 {
		for _, layout := range dateLayouts {
			if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1 {
				return fettle.Day(t.Format(time.DateOnly)), nil
			}
		}
		if t, err := parseMoment(s); err == nil {
			return fettle.Day(t.Format(time.DateOnly)), nil // the date as written, whatever its zone
		}
	}
	return "", fettle.Errorf(fettle.Invalid, "%s is not a date", quote(s)).WithHint("Write dates as 2006-01-02; 01/02/2006 can be read two ways.")
}

func parseTimestamp(s string) (time.Time, error) {
	if len(s) <= 64 {
		if t, err := parseMoment(s); err == nil {
			return checkTime(t)
		}
		if day, err := parseDate(s); err == nil {
			return day.Time(), nil
		}
	}
	return time.Time{}, fettle.Errorf(fettle.Invalid, "%s is not a timestamp", quote(s)).WithHint("Write timestamps as 2006-01-02T15:04:05Z; without a zone they are UTC.")
}

// parseMoment reads a date with a time of day and keeps the zone as written.
func parseMoment(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, strings.ToUpper(s))
	for i := 0; err != nil && i < len(timestampLayouts); i++ {
		t, err = time.Parse(timestampLayouts[i], s)
	}
	if err == nil && (t.Year() < 1 || t.Year() > 9999) {
		err = fettle.Errorf(fettle.Invalid, "%s is out of range", quote(s))
	}
	return t, err
}

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
