package provider

import "time"

// A number in a header that asks to wait is a time, not a length, where it can
// be no length: seconds since 1970 above epochSeconds (31 years as a length),
// milliseconds above epochMillis.
const (
	epochSeconds = 1e9
	epochMillis  = 1e12
	epochMost    = 1e14
	farthestTime = 24 * time.Hour // a time later than that is taken for an error
)

// EpochWait reads a number that may be a time, in seconds or milliseconds since
// 1970: ok says whether it is one. The wait is 0 where the time is past, or is
// more than a day ahead.
func EpochWait(n float64, now time.Time) (wait time.Duration, ok bool) {
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
