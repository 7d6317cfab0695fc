package judge

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fettle"
)

// foldInputs gives inputs without regard to case and white space.
func foldInputs(inputs map[string]any) map[string]any {
	out := make(map[string]any, len(inputs))
	for k, v := range inputs {
		if s, is := v.(string); is {
			v = strings.Join(strings.Fields(strings.ToLower(s)), " ")
		}
		out[k] = v
	}
	return out
}

// hashInputs identifies the inputs of a question.
func hashInputs(inputs map[string]any) string {
	h := sha256.New()
	for _, k := range slices.Sorted(maps.Keys(inputs)) {
		_, _ = fmt.Fprintf(h, "%s\x00%s\x00", k, fettle.FormatValue(inputs[k]))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
