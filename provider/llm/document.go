package llm

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// documents finds the JSON objects in an answer, the likeliest first. A server
// that enforces no schema wraps the object in a code fence or in words, thinks
// aloud before it, or drafts it several times: the last one outside of what was
// thought is meant. Where the thinking does not end, the last one inside is.
func documents(text string) []map[string]any {
	text = strings.TrimSpace(text)
	var quoted string
	if strings.HasPrefix(text, `"`) && json.Unmarshal([]byte(text), &quoted) == nil {
		text = quoted // encoded twice
	}
	if whole := objects(text); len(whole) == 1 && strings.HasPrefix(text, "{") && json.Valid([]byte(text)) {
		return whole
	}
	said, thinking := withoutReasoning(text)
	for _, part := range []string{said, thinking} {
		found := objects(part)
		if len(found) == 0 {
			found = objects(mended(part))
		}
		if len(found) > 0 {
			slices.Reverse(found)
			return found
		}
	}
	return nil
}

// maxScan bounds the bytes that are read in search of objects: braces that
// open and never close are read once each to the end.
const maxScan = 8 << 20

// objects reads the objects that stand in a text, in their order.
func objects(text string) []map[string]any {
	var found []map[string]any
	for work := 0; work < maxScan; {
		i := strings.IndexByte(text, '{')
		if i < 0 {
			break
		}
		text = text[i:]
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var doc map[string]any
		if err := d.Decode(&doc); err != nil {
			work += failedAt(err, len(text))
			text = text[1:]
			continue
		}
		found = append(found, doc)
		text = text[d.InputOffset():]
	}
	return found
}

// failedAt is how many bytes were read until the error.
func failedAt(err error, all int) int {
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return int(syntax.Offset)
	}
	return all
}

// Tags of thinking aloud, in the brackets of the models that are known to.
const (
	thought   = `(?:\w{1,20}:)?(?:ant)?(?:think|thinking|thoughts?|reason|reasoning|reflection|analysis|scratchpad|inner_monologue)`
	attribute = `(?:\s[^<>\[\]◁▷]{0,100})?`
)

var (
	opening = regexp.MustCompile(`(?i)(?:<\|?|\[|◁)(?:begin_of_)?` + thought + attribute + `(?:\|?>|\]|▷)`)
	closing = regexp.MustCompile(`(?i)(?:<\|?/|\[/|◁/|<\|end_of_)` + thought + `\s*(?:\|?>|\]|▷)`)
)

// finalChannel is where the answer begins in a text that has channels.
const finalChannel = "<|channel|>final<|message|>"

// withoutReasoning takes what was thought aloud out of a text. thinking is the
// part that was begun and not ended.
func withoutReasoning(text string) (said, thinking string) {
	if i := strings.LastIndex(text, finalChannel); i >= 0 {
		text = text[i+len(finalChannel):]
	}
	var kept strings.Builder
	for {
		begin, end := opening.FindStringIndex(text), closing.FindStringIndex(text)
		switch {
		case begin == nil && end == nil:
			kept.WriteString(text)
			return kept.String(), ""
		case end == nil:
			kept.WriteString(text[:begin[0]])
			return kept.String(), text[begin[1]:]
		case begin == nil || end[0] < begin[0]:
			kept.Reset() // the beginning is in the model's template: all of it was thought
		default:
			kept.WriteString(text[:begin[0]])
		}
		text = text[end[1]:]
	}
}

var objectBegins = regexp.MustCompile(`\{\s*["“„]`)

// mended writes the first object of a text as JSON where models slip: line
// breaks inside a text, curly quotes, and a comma before a closing bracket.
func mended(text string) string {
	at := objectBegins.FindStringIndex(text)
	if at == nil {
		return ""
	}
	text = text[at[0]:]
	var out strings.Builder
	end, escaped := "", false // the quotes that end the text being read
	for i, r := range text {
		switch {
		case escaped:
			escaped = false
		case end != "" && strings.ContainsRune(end, r):
			end, r = "", '"'
		case end != "" && r == '\\':
			escaped = true
		case end != "" && (r < ' ' || r == '"'):
			fmt.Fprintf(&out, `\u%04x`, r)
			continue
		case end == "" && r == '"':
			end = `"`
		case end == "" && strings.ContainsRune("“”„", r):
			end, r = "“”", '"'
		case end == "" && r == ',' && closes(text[i+1:]):
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// closes reports whether the next sign is a closing bracket.
func closes(rest string) bool {
	rest = strings.TrimLeft(rest, " \t\r\n")
	return strings.HasPrefix(rest, "}") || strings.HasPrefix(rest, "]")
}
