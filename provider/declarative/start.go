package declarative

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	texttemplate "text/template"

	"fettle"
)

// Start is what is known of a vendor before its definition is written. What is
// left out is filled with what most vendors have.
type Start struct {
	ID        string        `json:"id"`                             // the name before the slash of provider/operation
	Name      string        `json:"name,omitempty"`                 // what people call it
	URL       string        `json:"base_url,omitempty"`             // of its API, without the path
	Docs      string        `json:"docs,omitempty"`                 // where its documentation is
	Auth      string        `json:"auth,omitempty"`                 // how the key goes along: bearer, basic, none, or header, query or body and its name, such as header X-Api-Key; a header with what stands before the key: header Authorization Token
	Operation string        `json:"operation,omitempty"`            // what it is asked: find_email
	Entity    fettle.Entity `json:"entity,omitempty"`               // whom it is asked about: people or companies
	Method    string        `json:"method,omitempty"`               // GET or POST
	Path      string        `json:"path,omitempty"`                 // after the base URL: /v1/find
	Inputs    []string      `json:"inputs,omitempty"`               // NAME or NAME=TYPE: what is sent
	Outputs   []string      `json:"outputs,omitempty"`              // NAME, NAME=TYPE or NAME=TYPE=PATH: what comes back, and where in the answer: body.data.email
	Unit      string        `json:"unit,omitempty"`                 // what it bills in: credit
	Price     string        `json:"price,omitempty"`                // the most that a call costs, in its units
	Charged   string        `json:"charged_in,omitempty"`           // where an answer tells what it cost, in those units: body.meta.credits
	Misses    bool          `json:"charged_on_not_found,omitempty"` // it bills when it finds nothing, too
}

//go:embed start.yaml.tmpl
var startText string

// startParam is an input or an output of a definition that is begun.
type startParam struct {
	Name, Type, Label string
	Value             string // of an output: where it is in the answer
	Example           any
}

// startView is what the template reads.
type startView struct {
	Start
	Said                       Start  // what was said; the rest of Start is guessed
	Asked, Told                string // the inputs and the outputs that were said
	AuthType, AuthIn, AuthName string
	AuthPrefix                 string
	KeyEnv, Noun, Title        string
	Query                      bool // the inputs are in the query
	In, Out                    []startParam
	First                      startParam
}

var (
	startName  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	startValue = regexp.MustCompile(`^body(\.[A-Za-z_][A-Za-z0-9_]*(\[0\])?)+$`)
	startAuth  = regexp.MustCompile(`^(?:(query|body) ([A-Za-z0-9_-]{1,64})|(header) ([A-Za-z0-9_-]{1,64}):?(?: ([A-Za-z0-9_-]{1,32}))?)$`)
)

// Begin writes a definition to begin with, which says beside each part what it is
// for. Its fixtures hold.
func Begin(s Start) ([]byte, error) {
	v, err := begin(s)
	if err != nil {
		return nil, err
	}
	t, err := texttemplate.New("start").Funcs(texttemplate.FuncMap{"q": quoted, "guess": guess, "answer": v.answer, "inputs": v.inputs}).Parse(startText)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, v); err != nil {
		return nil, err
	}
	if _, err := Parse(b.Bytes()); err != nil {
		return nil, err // a name that expressions have for themselves, such as null
	}
	return b.Bytes(), nil
}

// guess marks a line that nobody has looked up: what stands there was not said.
func guess(said, what string) string {
	if said != "" {
		return ""
	}
	return "  # guess: " + what
}

// guessed finds such a mark.
var guessed = regexp.MustCompile(`(?m)^[^#\n].*#\s*guess: *(.*?)\s*$`)

// Guess is a line of a definition that nobody has looked up.
type Guess struct {
	Line int    `json:"line"`
	What string `json:"what"` // what to look up
}

// guesses lists the lines that are marked as guesses still.
func guesses(source []byte) []Guess {
	out := []Guess{}
	for _, at := range guessed.FindAllSubmatchIndex(source, -1) {
		out = append(out, Guess{Line: 1 + bytes.Count(source[:at[0]], []byte("\n")), What: string(source[at[2]:at[3]])})
	}
	return out
}

func begin(s Start) (*startView, error) {
	said := s
	if !idPattern.MatchString(s.ID) {
		return nil, startFault("id", "Use lower-case letters, digits, - and _, starting with a letter.", "%q is not an id", s.ID)
	}
	s.Name = cmp.Or(s.Name, strings.ToUpper(s.ID[:1])+s.ID[1:])
	s.URL = cmp.Or(s.URL, "https://api."+strings.ReplaceAll(s.ID, "_", "-")+".example")
	s.Docs = cmp.Or(s.Docs, s.URL+"/docs")
	s.Operation, s.Entity, s.Method = cmp.Or(s.Operation, "find_email"), cmp.Or(s.Entity, fettle.People), strings.ToUpper(cmp.Or(s.Method, http.MethodPost))
	s.Path, s.Unit, s.Price = cmp.Or(s.Path, "/v1/find"), cmp.Or(s.Unit, "credit"), cmp.Or(s.Price, "1")
	v := &startView{Start: s, Said: said, Asked: strings.Join(said.Inputs, " "), Told: strings.Join(said.Outputs, " "), Query: s.Method == http.MethodGet, KeyEnv: strings.ToUpper(strings.ReplaceAll(s.ID, "-", "_")) + "_API_KEY", Noun: "person"}
	if s.Entity == fettle.Companies {
		v.Noun = "company"
	}
	if _, err := parseBase(s.URL); err != nil {
		return nil, fettle.AsError(err).With("key", "base_url")
	}
	if !startName.MatchString(s.Operation) {
		return nil, startFault("operation", "Use lower-case letters, digits and _, such as find_email.", "%q is not a name", s.Operation)
	}
	v.Title = strings.ToUpper(s.Operation[:1]) + strings.ReplaceAll(s.Operation[1:], "_", " ")
	if !slices.Contains(fettle.Entities(), s.Entity) {
		return nil, startFault("entity", "Say people or companies.", "%q is neither", s.Entity)
	}
	if !slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPut}, s.Method) {
		return nil, startFault("method", "Say GET, POST or PUT.", "%q is not a method that is begun with", s.Method)
	}
	if !strings.HasPrefix(s.Path, "/") || strings.ContainsAny(s.Path, "?#{} \t\n\"") {
		return nil, startFault("path", "Give the path after the base URL, such as /v1/find; what is asked with goes into the inputs.", "%q is not a path", s.Path)
	}
	if n, err := fettle.ParseCredits(s.Price); err != nil || n < 0 {
		return nil, startFault("price", "Write the most that a call costs in the vendor's units, such as 1 or 0.5.", "%q is not a price", s.Price)
	}
	if s.Charged != "" && (!startValue.MatchString(s.Charged) || strings.Contains(s.Charged, "[")) {
		return nil, startFault("charged_in", "Say where in the answer the number stands, such as body.meta.credits_charged.", "%q is no place in an answer", s.Charged)
	}
	if err := v.auth(); err != nil {
		return nil, err
	}
	return v, v.params()
}

func startFault(key, hint, format string, args ...any) error {
	return fettle.Errorf(fettle.Invalid, format, args...).WithHint("%s", hint).With("key", key)
}

// auth reads how the key goes along.
func (v *startView) auth() error {
	a := cmp.Or(v.Auth, "header X-Api-Key")
	if slices.Contains([]string{"bearer", "basic", "none"}, a) {
		v.AuthType = a
		return nil
	}
	m := startAuth.FindStringSubmatch(a)
	if m == nil {
		return startFault("auth", "Say bearer, basic or none; or header, query or body and its name, such as header X-Api-Key, or header Authorization Token, if a word stands before the key.", "%q is not how a key goes along", a)
	}
	v.AuthType, v.AuthIn, v.AuthName = "api_key", m[1]+m[3], m[2]+m[4]
	if m[5] != "" {
		v.AuthPrefix = m[5] + " "
	}
	return nil
}

// params reads the inputs and outputs.
func (v *startView) params() (err error) {
	in, out := v.Inputs, v.Outputs
	if len(in) == 0 {
		if in = []string{"full_name", "company_domain=domain"}; v.Entity == fettle.Companies {
			in = []string{"domain=domain"}
		}
	}
	if len(out) == 0 {
		if out = []string{"email=email"}; v.Entity == fettle.Companies {
			out = []string{"industry", "employee_count=number"}
		}
	}
	if v.In, err = startParams("inputs", in); err != nil {
		return err
	}
	if v.Out, err = startParams("outputs", out); err != nil {
		return err
	}
	v.First = v.Out[0]
	return nil
}

func startParams(key string, list []string) ([]startParam, error) {
	var out []startParam
	for i, text := range list {
		at := fmt.Sprintf("%s[%d]", key, i)
		parts := strings.Split(text, "=")
		p := startParam{Name: strings.TrimSpace(parts[0]), Type: string(fettle.Text)}
		if len(parts) > 1 {
			p.Type = strings.TrimSpace(parts[1])
		}
		p.Value = "body." + p.Name
		if len(parts) > 2 {
			p.Value = strings.TrimSpace(parts[2])
		}
		t, err := (&compiler{d: &Definition{}, keys: &keyWalk{}}).fieldType(at, p.Type)
		switch {
		case err != nil:
			return nil, fettle.AsError(err).With("key", at)
		case !startName.MatchString(p.Name) || slices.ContainsFunc(out, func(o startParam) bool { return o.Name == p.Name }):
			return nil, startFault(at, "Use lower-case letters, digits and _, each name once, such as full_name=text.", "%q is not a name, or there twice", p.Name)
		case !startValue.MatchString(p.Value) || len(parts) > 3 || key == "inputs" && len(parts) > 2:
			return nil, startFault(at, "Write NAME=TYPE, and of an output where it is in the answer, such as email=email=body.data.email, or phone=phone=body.phones[0].number for the first of a list.", "%q is not read here", text)
		}
		p.Label = strings.ToUpper(p.Name[:1]) + strings.ReplaceAll(p.Name[1:], "_", " ")
		p.Example = startExample(p.Name, t)
		out = append(out, p)
	}
	return out, nil
}

// startExample is a value of a type for a fixture.
func startExample(name string, t fettle.FieldType) any {
	switch t {
	case fettle.Number:
		return 42
	case fettle.Boolean:
		return true
	case fettle.Email:
		return "ada@acme.com"
	case fettle.URL:
		return "https://acme.com/about"
	case fettle.Domain:
		return "acme.com"
	case fettle.Phone:
		return "+493012345678"
	case fettle.LinkedIn:
		return "https://www.linkedin.com/in/ada-lovelace"
	case fettle.Country:
		return "DE"
	case fettle.Date:
		return "2026-01-31"
	case fettle.Timestamp:
		return "2026-01-31T09:30:00Z"
	case fettle.JSON:
		return []any{"one"}
	case fettle.Text, fettle.Select, fettle.MultiSelect, fettle.Currency:
	}
	switch {
	case strings.Contains(name, "first"):
		return "Ada"
	case strings.Contains(name, "last"):
		return "Lovelace"
	case strings.Contains(name, "company"):
		return "Acme"
	case strings.Contains(name, "name"):
		return "Ada Lovelace"
	}
	return "an example"
}

// quoted writes a value of a document as JSON, which YAML reads as the same.
func quoted(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSpace(b.String()), err
}

// answer is a body in which the outputs stand where they are looked for; the first
// of them is null in one that found nothing.
func (v *startView) answer(found bool) (string, error) {
	body := map[string]any{}
	for i, o := range v.Out {
		if found {
			put(body, o.Value, o.Example)
		} else if i == 0 {
			put(body, o.Value, nil)
		}
	}
	if v.Charged != "" {
		cost := json.Number(v.Price)
		if !found && !v.Misses {
			cost = "0"
		}
		put(body, v.Charged, cost)
	}
	return quoted(body)
}

// put puts a value where a path says: body.phones[0].number.
func put(body map[string]any, path string, value any) {
	parts := strings.Split(path, ".")[1:]
	for i, p := range parts {
		name, list := strings.CutSuffix(p, "[0]")
		if i == len(parts)-1 {
			if list {
				value = []any{value}
			}
			body[name] = value
			return
		}
		next := map[string]any{}
		if list {
			if old, ok := body[name].([]any); ok {
				next, _ = old[0].(map[string]any)
			}
			body[name] = []any{next}
		} else {
			if old, ok := body[name].(map[string]any); ok {
				next = old
			}
			body[name] = next
		}
		body = next
	}
}

// Found is the rule that something was found: the first of a list may not be there.
func (v *startView) Found() string {
	if !strings.Contains(v.First.Value, "[0]") {
		return v.First.Value
	}
	return strings.NewReplacer(".", ".?", "[0]", "[?0]").Replace(v.First.Value) + ".orValue(null)"
}

// inputs are those of a fixture.
func (v *startView) inputs() (string, error) {
	in := map[string]any{}
	for _, p := range v.In {
		in[p.Name] = p.Example
	}
	return quoted(in)
}
