package fettle

import (
	"encoding/json"
	"strconv"
	"time"
)

// The Go form of a value, by the type of its field:
//
//	text, email, url, phone, domain, linkedin, country   string
//	select, multi_select ("a;b")                         string
//	number, currency                                     float64
//	boolean                                              bool
//	date                                                 Day
//	timestamp                                            time.Time, UTC, whole microseconds
//	json                                                 json.RawMessage
//
// nil is blank. Every value that the store returns and takes has this form.

// Day is a calendar date, "2006-01-02".
type Day string

// DayOf gives the UTC date of t.
func DayOf(t time.Time) Day { return Day(t.UTC().Format(time.DateOnly)) }

// Time is the day's first instant in UTC; the zero time for a malformed Day.
func (d Day) Time() time.Time {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}
	}
	return t
}

// timestampLayout is the fixed-width text form of a timestamp: it sorts as
// text in the order of time.
const timestampLayout = "2006-01-02T15:04:05.000000Z"

// FormatTimestamp renders t in UTC with six decimals of a second.
func FormatTimestamp(t time.Time) string { return t.UTC().Format(timestampLayout) }

// FormatValue renders a value as people and CSV files write it; blank is "".
func FormatValue(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case Day:
		return string(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case json.RawMessage:
		return string(v)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
