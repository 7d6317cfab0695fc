package provider

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A number in a header that asks to wait is a time, not a length, where it can
// be no length: seconds since 1970 above epochSeconds (31 years as a length),
// milliseconds above epochMillis.
const (
	epochSeconds = 1e9
	epochMillis  = 1e12
	epochMost    = 1e14
	farthestTime = 24 * time.Hour // a time later than that is taken for an error
	longestWait  = 48 * time.Hour
)

// Wait reads how long a header asks to wait, 48 hours at most: a number of
// seconds, a duration (6m0s), a date of HTTP or RFC 3339, or seconds or
// milliseconds since 1970. What is past, or says a time more than a day ahead as
// a number, is 0. ok says whether it can be read.
func Wait(text string, now time.Time) (wait time.Duration, ok bool) {
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		if wait, ok = epochWait(n, now); ok {
			return wait, true
		}
		if !(n >= 0) { // NaN too
			return 0, false
		}
		return time.Duration(min(n, longestWait.Seconds()) * float64(time.Second)), true
	}
	if d, err := time.ParseDuration(text); err == nil {
		return max(0, min(d, longestWait)), d >= 0
	}
	at, err := http.ParseTime(text)
	if err != nil {
		at, err = time.Parse(time.RFC3339, text)
	}
	if err != nil {
		return 0, false
	}
	return max(0, min(at.Sub(now), longestWait)), true
}

// epochWait reads a number that may be a time, in seconds or milliseconds since
// 1970: ok says whether it is one.
func epochWait(n float64, now time.Time) (wait time.Duration, ok bool) {
	if n != n || n <= epochSeconds || n > epochMost { // NaN, or a length
		return 0, false
	}
	if n <= epochMillis {
		n *= 1000
	}
	if n -= float64(now.UnixMilli()); n <= 0 || n >= float64(farthestTime.Milliseconds()) {
		return 0, true
	}
	return time.Duration(n * float64(time.Millisecond)), true
}
