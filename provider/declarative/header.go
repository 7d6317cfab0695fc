package declarative

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"fettle/provider"
)

// maxWait bounds every wait that a header asks for.
const maxWait = 48 * time.Hour

// readWait reads a wait from a header: a number of seconds, a Go duration
// (6m0s), a date of HTTP or RFC 3339, or seconds or milliseconds since 1970: a
// number that is too large for a length is a time, whatever the format. What
// cannot be read, and what is past, is 0.
func readWait(s, format string, now time.Time) time.Duration {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0
	}
	var d time.Duration
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		if wait, is := provider.EpochWait(f, now); is {
			return wait
		}
		if format == "epoch" {
			f -= float64(now.UnixMilli()) / 1000
		}
		if math.IsNaN(f) || f <= 0 {
			return 0
		}
		d = time.Duration(min(f, maxWait.Seconds()) * float64(time.Second))
	} else if v, err := time.ParseDuration(s); err == nil {
		d = v
	} else if at, err := http.ParseTime(s); err == nil {
		d = at.Sub(now)
	} else if at, err := time.Parse(time.RFC3339, s); err == nil {
		d = at.Sub(now)
	}
	return max(0, min(d, maxWait))
}

// readCount reads what is left; a fraction counts as nothing.
func readCount(s string) (int, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(f) {
		return 0, false
	}
	return int(min(max(f, 0), 1e9)), true
}
