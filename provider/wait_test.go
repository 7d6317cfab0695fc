package provider_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"fettle/provider"
)

// A wait is a length or a time, by the size of its number.
func TestRetryAfterIsALengthOrATime(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	for name, tt := range map[string]struct {
		text string
		want time.Duration
	}{
		"seconds":            {"7", 7 * time.Second},
		"a part of a second": {"0.5", 500 * time.Millisecond},
		"epoch seconds":      {strconv.FormatInt(at(90*time.Second), 10), 90 * time.Second},
		"epoch milliseconds": {strconv.FormatInt(now.Add(1500*time.Millisecond).UnixMilli(), 10), 1500 * time.Millisecond},
		"epoch, past":        {strconv.FormatInt(at(-time.Minute), 10), 0},
		"epoch, two days on": {strconv.FormatInt(at(48*time.Hour), 10), 0},
		"epoch, hours on":    {strconv.FormatInt(at(5*time.Hour), 10), 5 * time.Hour},
		"HTTP date":          {now.Add(20 * time.Second).Format(http.TimeFormat), 20 * time.Second},
		"HTTP date, past":    {now.Add(-20 * time.Second).Format(http.TimeFormat), 0},
		"longer than a day":  {"1e300", 48 * time.Hour},
		"a length, written":  {"6m0s", 6 * time.Minute},
		"RFC 3339":           {now.Add(30 * time.Second).Format(time.RFC3339), 30 * time.Second},
		"less than nothing":  {"-3", 0},
		"words":              {"soon", 0},
		"no number":          {"NaN", 0},
	} {
		if got, _ := provider.Wait(tt.text, now); got != tt.want {
			t.Errorf("%s (%s): %s, want %s", name, tt.text, got, tt.want)
		}
	}
}
