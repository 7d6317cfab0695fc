package llm

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"fettle/provider"
)

// finish is why a model stopped.
type finish int

const (
	stopped finish = iota
	outOfTokens
	declined
	filtered
	failedUpstream // the server says that the model failed
)

// reply is a model's answer, in no vendor's shape.
type reply struct {
	text      string
	others    []string // where an answer may be if there is no text: what a tool was called with
	reasoning string
	refusal   string
	problem   string // what the server says of failedUpstream
	finish    finish
	model     string
	figures   figures
	used      provider.Usage // what is booked
}

// bytes is how much was written, as far as it came back as it was written:
// reasoning may come summed up, and proves no more than that there was some.
func (r reply) bytes() int64 {
	n := textBytes(r.text) + textBytes(r.refusal)
	for _, text := range r.others {
		n += textBytes(text)
	}
	if n == 0 && r.reasoning != "" {
		return 1
	}
	return n
}

// candidates are the texts that may hold the answer, the likeliest first.
// Servers that take the reasoning out of a text sometimes take all of it.
func (r reply) candidates() []string {
	if strings.TrimSpace(r.text) != "" {
		return []string{r.text}
	}
	return append(append([]string{}, r.others...), r.reasoning)
}

// shown is the answer as the model is reminded of it.
func (r reply) shown() string { return r.candidates()[0] }

// decode reads a JSON body. A part of another type than expected is left out;
// the rest is read.
func decode(body []byte, into any) bool {
	err := json.Unmarshal(body, into)
	var mismatch *json.UnmarshalTypeError
	return err == nil || errors.As(err, &mismatch)
}

// present reports whether a part of a body is there and says something.
func present(raw json.RawMessage) bool {
	switch string(bytes.TrimSpace(raw)) {
	case "", "null", `""`, "{}", "false", "[]":
		return false
	}
	return true
}

// maxParts bounds how deep the parts of a message may nest.
const maxParts = 8

// hear adds a message's content to the reply: a text, or parts of it, which may
// nest.
func (r *reply) hear(raw json.RawMessage) {
	var v any
	if len(raw) == 0 || json.Unmarshal(raw, &v) != nil {
		return
	}
	if answer, ok := v.(map[string]any); ok && answer["type"] == nil {
		r.text += string(raw) // already read as JSON by the server
		return
	}
	r.part(v, maxParts)
}

func (r *reply) part(v any, depth int) {
	if depth == 0 {
		return
	}
	switch v := v.(type) {
	case string:
		r.text += v
	case []any:
		for _, one := range v {
			r.part(one, depth-1)
		}
	case map[string]any:
		r.object(v, depth)
	}
}

// object adds one part: its kind says whether it is reasoning, a refusal, a
// tool's arguments or text.
func (r *reply) object(v map[string]any, depth int) {
	kind, _ := v["type"].(string)
	kind = strings.ToLower(kind)
	for _, word := range []string{"think", "reason", "thought"} {
		if strings.Contains(kind, word) || v[word] == true {
			var inner reply
			for _, key := range []string{"thinking", "reasoning", "text", "content", "summary"} {
				inner.part(v[key], depth-1)
			}
			r.reasoning += inner.text + inner.reasoning
			return
		}
	}
	if text, ok := v["refusal"].(string); ok && kind == "refusal" {
		r.refusal += text
		return
	}
	for _, key := range []string{"input", "arguments", "json"} {
		if inner, ok := v[key]; ok && kind != "" {
			if text, isText := inner.(string); isText {
				r.others = append(r.others, text)
			} else if text, err := json.Marshal(inner); err == nil {
				r.others = append(r.others, string(text))
			}
			return
		}
	}
	for _, key := range []string{"text", "value", "content", "parts"} {
		r.part(v[key], depth-1)
	}
}
