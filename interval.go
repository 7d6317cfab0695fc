package fettle

import (
	"encoding/json"
	"regexp"
	"strconv"
	"time"
)

// Interval is a span of time as definitions write it: never, 90d, 12h, 30m.
// Zero is never.
type Interval time.Duration

var interval = regexp.MustCompile(`^([0-9]{1,5})(s|m|h|d|w)$`)

// ParseInterval reads an interval.
func ParseInterval(s string) (Interval, error) {
	if s == "" || s == "never" {
		return 0, nil
	}
	m := interval.FindStringSubmatch(s)
	if m == nil {
		return 0, Errorf(Invalid, "%q is not an interval", s).WithHint("Write never, or a number with s, m, h, d or w, such as 90d.")
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0, err
	}
	unit := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[m[2]]
	return Interval(time.Duration(n) * unit), nil
}

func (i Interval) String() string {
	d := time.Duration(i)
	if d == 0 {
		return "never"
	}
	for _, u := range []struct {
		d time.Duration
		s string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if d%u.d == 0 {
			return strconv.FormatInt(int64(d/u.d), 10) + u.s
		}
	}
	return d.String()
}

// MarshalJSON renders the interval as text.
func (i Interval) MarshalJSON() ([]byte, error) { return json.Marshal(i.String()) }

// UnmarshalJSON reads the text form.
func (i *Interval) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return Errorf(Invalid, "%s is not an interval", b).WithHint("Write never, or a number with s, m, h, d or w, such as 90d.")
	}
	v, err := ParseInterval(s)
	*i = v
	return err
}
