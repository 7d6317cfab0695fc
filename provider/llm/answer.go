package llm

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"fettle"
	"fettle/provider"
)

// finish is why a model stopped.
type finish int

const (
	stopped finish = iota
	outOfTokens
	declined
	filtered
)

// reply is a model's answer, in no vendor's shape.
type reply struct {
	text    string
	refusal string
	finish  finish
	model   string
	usage   provider.Usage
	metered bool // usage is as reported, not missing
}

// read checks an answer against the schema and gives its outputs in their Go
// form, without the blank ones; or a complaint for the model and for people.
func (s *schema) read(text string) (outputs map[string]any, complaint string) {
	text = object(text)
	if text == "" {
		return nil, "it is not a JSON object"
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return nil, "it is not valid JSON: " + err.Error()
	}
	if err := s.check.Validate(doc); err != nil {
		return nil, complain(err)
	}
	values, _ := doc.(map[string]any)
	outputs = make(map[string]any, len(values))
	for _, out := range s.outputs {
		if v := goForm(values[out.Name], out.Type); v != nil {
			outputs[out.Name] = v
		}
	}
	return outputs, ""
}

// object finds the JSON object in an answer: endpoints that do not enforce a
// schema wrap it in a code fence or in words.
func object(text string) string {
	from, to := strings.IndexByte(text, '{'), strings.LastIndexByte(text, '}')
	if from < 0 || to < from {
		return ""
	}
	return text[from : to+1]
}

// complain says what is wrong with an answer, line by line, without the
// validator's own headline.
func complain(err error) string {
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return err.Error()
	}
	_, lines, _ := strings.Cut(invalid.Error(), "\n")
	return strings.TrimSpace(lines)
}

// goForm gives an answer's value in the form that the store takes; nil for a
// blank one.
func goForm(v any, t fettle.FieldType) any {
	switch v := v.(type) {
	case string:
		return textForm(strings.TrimSpace(v), t)
	case json.Number:
		if f, err := v.Float64(); err == nil && t != fettle.JSON {
			return f
		}
		return json.RawMessage(v.String())
	case bool:
		return v
	case []any:
		if len(v) == 0 {
			return nil
		}
		return rawForm(v)
	case map[string]any:
		if len(v) == 0 {
			return nil
		}
		return rawForm(v)
	}
	return nil
}

func textForm(s string, t fettle.FieldType) any {
	if s == "" {
		return nil
	}
	switch t {
	case fettle.Date:
		return fettle.Day(s)
	case fettle.Timestamp:
		if at, err := time.Parse(time.RFC3339, s); err == nil {
			return at.UTC().Truncate(time.Microsecond)
		}
	case fettle.JSON:
		return rawForm(s)
	case fettle.Text, fettle.Number, fettle.Boolean, fettle.Email, fettle.URL, fettle.Phone, fettle.Domain, fettle.LinkedIn, fettle.Country:
	}
	return s
}

func rawForm(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil // not with values that came out of JSON
	}
	return json.RawMessage(raw)
}
