package declarative

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"fettle/provider"
)

// readWait reads a wait from a header; what cannot be read is 0. A number of the
// format epoch is a time, however small.
func readWait(s, format string, now time.Time) time.Duration {
	wait, ok := provider.Wait(s, now)
	if n, err := strconv.ParseFloat(strings.TrimSpace(s), 64); !ok || err == nil && format == "epoch" && n < float64(now.Unix()) {
		return 0
	}
	return wait
}

// readCount reads what is left; a fraction counts as nothing.
func readCount(s string) (int, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(f) {
		return 0, false
	}
	return int(min(max(f, 0), 1e9)), true
}

// within is the number under a key of a header that holds an object, as
// {"minute": 99, "day": null}. Some servers write single quotes and None.
func within(s, key string) string {
	var in map[string]any
	if json.Unmarshal([]byte(strings.NewReplacer("'", `"`, "None", "null").Replace(s)), &in) != nil {
		return ""
	}
	if f, ok := in[key].(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return ""
}
