package sandbox

import (
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// teller makes up values that a JSON schema allows.
type teller struct {
	d     dice
	blank bool // every text is empty
	fill  int  // bytes of text still to be written, where the schema leaves room
	move  move // what the prompt says of a person's jobs
}

// maxDepth ends schemas that refer to themselves.
const maxDepth = 12

func (t *teller) value(schema map[string]any, depth int) any {
	if depth > maxDepth {
		return nil
	}
	if v, ok := schema["const"]; ok {
		return v
	}
	if choices, ok := schema["enum"].([]any); ok && len(choices) > 0 {
		return pick(&t.d, choices)
	}
	for _, union := range []string{"anyOf", "oneOf"} {
		for _, one := range list(schema[union]) {
			if s, ok := one.(map[string]any); ok && s["type"] != "null" {
				return t.value(s, depth+1)
			}
		}
	}
	switch kind(schema) {
	case "object":
		object := map[string]any{}
		props, _ := schema["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(props)) {
			if s, ok := props[name].(map[string]any); ok {
				object[name] = t.value(s, depth+1)
			}
		}
		return object
	case "array":
		return t.array(schema, depth)
	case "integer":
		low, high := bounds(schema)
		return int64(low) + int64(t.d.below(int(min(high-low, 1e6))+1))
	case "number":
		low, high := bounds(schema)
		return math.Round((low+t.d.share()*(high-low))*100) / 100
	case "boolean":
		return t.d.below(2) == 0
	case "null":
		return nil
	}
	return t.text(schema)
}

func (t *teller) array(schema map[string]any, depth int) any {
	items, _ := schema["items"].(map[string]any)
	low, high := number(schema["minItems"], 1), number(schema["maxItems"], 0)
	if high == 0 {
		high = low + 2
	}
	n := int(low)
	if high > low {
		n += t.d.below(int(min(high-low, 5)) + 1)
	}
	values := make([]any, 0, n)
	for range n {
		values = append(values, t.value(items, depth+1))
	}
	return values
}

// text gives a line that fits the schema's length and format.
func (t *teller) text(schema map[string]any) string {
	if t.blank {
		return ""
	}
	switch schema["format"] {
	case "email":
		return "jane.doe@acme.com"
	case "uri":
		return "https://www.acme.com/"
	case "date":
		return "2026-01-15"
	case "date-time":
		return "2026-01-15T09:30:00Z"
	}
	line := pick(&t.d, lines)
	if t.move.now != "" {
		line = t.move.line(&t.d)
	}
	low, high := int(number(schema["minLength"], 0)), int(number(schema["maxLength"], math.MaxInt32))
	for utf8.RuneCountInString(line) < low {
		line += " " + pick(&t.d, lines)
	}
	for t.fill > len(line) && utf8.RuneCountInString(line) < high {
		line += " " + pick(&t.d, lines)
	}
	t.fill = max(0, t.fill-len(line))
	return shorten(line, high)
}

// shorten cuts a line to at most n characters, after a word if it can.
func shorten(line string, n int) string {
	runes := []rune(line)
	if len(runes) <= n {
		return line
	}
	cut := string(runes[:n])
	if i := strings.LastIndexByte(cut, ' '); i > n/2 {
		cut = cut[:i]
	}
	return cut
}

// kind is the schema's type; of a union, the first that is not null.
func kind(schema map[string]any) string {
	if name, ok := schema["type"].(string); ok {
		return name
	}
	for _, one := range list(schema["type"]) {
		if name, ok := one.(string); ok && name != "null" {
			return name
		}
	}
	if _, ok := schema["properties"]; ok {
		return "object"
	}
	return "string"
}

// bounds are the lowest and highest number allowed, 0 to 100 if not said.
func bounds(schema map[string]any) (low, high float64) {
	low = number(schema["minimum"], number(schema["exclusiveMinimum"], -1)+1)
	high = number(schema["maximum"], number(schema["exclusiveMaximum"], low+101)-1)
	return low, max(low, high)
}

func number(v any, otherwise float64) float64 {
	if n, ok := v.(float64); ok {
		return n
	}
	return otherwise
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

var lines = []string{
	"Congratulations on the new role, well deserved!",
	"Great to see you step up; wishing you a strong start.",
	"Your team is lucky to have you on board.",
	"An impressive move, and just the right moment for it.",
	"Looking forward to what you will build next.",
	"Saw the news and wanted to say well done.",
	"A fine next step. How are the first weeks going?",
	"Exciting chapter ahead; the best of luck with it.",
}
