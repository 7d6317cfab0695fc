package signal

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/internal/text"
)

// maxEach is the most signals of one body.
const maxEach = 1000

// Hook reads bodies that are sent to a rule's own address.
type Hook struct {
	def    fettle.SignalRule
	each   *expr.Value
	ignore *expr.Value
	values map[string]*expr.Value // by their path: match.email, id, since, to.title
}

// Posted is one signal as somebody posts it, about the record that Match finds.
type Posted struct {
	Telling

	Place int               // in what was sent, from 0
	Match map[string]string // field → text
	Err   *fettle.Error     // it cannot be read; Details name the key
}

// body is what was sent, as expressions read it.
type body json.RawMessage

// Value implements expr.Record.
func (b body) Value(key string) any {
	if key == "body" {
		return json.RawMessage(b)
	}
	return nil
}

// CompanyValue implements expr.Record.
func (body) CompanyValue(string) any { return nil }

// Status implements expr.Record.
func (body) Status(string) any { return nil }

// newHook checks how a rule reads bodies.
func newHook(def fettle.SignalRule) (*Hook, error) {
	env, err := expr.NewEnv(fettle.Companies, []fettle.Field{{Entity: fettle.Companies, Key: "body", Type: fettle.JSON}}, nil)
	if err != nil {
		return nil, err
	}
	h := &Hook{def: def, values: map[string]*expr.Value{}}
	if len(def.Hook.Match) == 0 {
		return nil, fettle.Errorf(fettle.Invalid, "hook.match is missing").WithHint("Say what finds the record: hook: {match: {email: body.person.email}}.").With("key", "hook.match")
	}
	value := func(at, text string) (*expr.Value, error) {
		v, err := env.Value(text)
		if err != nil {
			return nil, fettle.AsError(err).With("key", at)
		}
		return v, nil
	}
	if def.Hook.Each != "" {
		if h.each, err = value("hook.each", def.Hook.Each); err != nil {
			return nil, err
		}
	}
	if def.Hook.Ignore != "" {
		if h.ignore, err = value("hook.ignore", def.Hook.Ignore); err != nil {
			return nil, err
		}
	}
	texts := map[string]string{"hook.id": def.Hook.ID, "since": def.Since}
	for part, values := range map[string]map[string]string{"hook.match": def.Hook.Match, "from": def.From, "to": def.To, "details": def.Details} {
		for name, text := range values {
			texts[part+"."+name] = text
		}
	}
	for _, at := range slices.Sorted(maps.Keys(texts)) {
		if strings.TrimSpace(texts[at]) == "" {
			continue
		}
		if h.values[at], err = value(at, texts[at]); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// HookOf reads bodies for a posted rule.
func HookOf(def fettle.SignalRule) (*Hook, error) {
	if def.Hook == nil {
		return nil, fettle.Errorf(fettle.NotFound, "the rule has no hook").WithHint("Say in its document how a body is read: hook: {match: {email: body.email}}.")
	}
	return newHook(def)
}

// Read gives what a body tells. What cannot be read says why by itself.
func (h *Hook) Read(sent json.RawMessage, source string, now time.Time) ([]Posted, error) {
	parts := []json.RawMessage{sent}
	if h.each != nil {
		v, err := h.each.Eval(body(sent), now)
		if err != nil {
			return nil, fettle.AsError(err).With("key", "hook.each")
		}
		raw, _ := v.(json.RawMessage)
		parts = nil
		if err := json.Unmarshal(raw, &parts); err != nil {
			return nil, fettle.Errorf(fettle.Invalid, "%s is no list in what was sent", h.def.Hook.Each).WithHint("Correct hook.each, or send such a list.").With("key", "hook.each")
		}
	}
	if len(parts) > maxEach {
		return nil, fettle.Errorf(fettle.Invalid, "%d signals in one body", len(parts)).WithHint("Send at most %d at once.", maxEach).With("key", "hook.each")
	}
	out := make([]Posted, 0, len(parts))
	for i, part := range parts {
		p, skip := h.one(part, now)
		if skip {
			continue
		}
		p.Place, p.Source, p.AtUS = i, source, now.UnixMicro()
		if p.Err != nil && h.each != nil {
			p.Err = p.Err.With("index", strconv.Itoa(i))
		}
		out = append(out, p)
	}
	return out, nil
}

// Lists reports whether a body is a list of signals.
func (h *Hook) Lists() bool { return h.each != nil }

func (h *Hook) one(sent json.RawMessage, now time.Time) (p Posted, skip bool) {
	if place, what := text.BadJSON(sent); what != "" {
		p.Err = fettle.Errorf(fettle.Invalid, "it holds %s at %s", what, place).WithHint("Send UTF-8 without NUL characters.").With("key", "body")
		return p, false
	}
	p.Type, p.Kind = h.def.Type, h.def.Kind
	p.Match, p.From, p.To, p.Details = map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}
	if h.ignore != nil {
		v, err := h.ignore.Eval(body(sent), now)
		if err != nil {
			p.Err = fettle.AsError(err).With("key", "hook.ignore")
			return p, false
		}
		if v == true || textOf(v) == "true" {
			return p, true
		}
	}
	for _, at := range slices.Sorted(maps.Keys(h.values)) {
		v, err := h.values[at].Eval(body(sent), now)
		if err != nil {
			p.Err = fettle.AsError(err).With("key", at)
			return p, false
		}
		said := textOf(v)
		text := clipped(said)
		if text == "" {
			continue
		}
		part, name := at, ""
		if i := strings.LastIndexByte(at, '.'); i >= 0 {
			part, name = at[:i], at[i+1:]
		}
		switch part {
		case "hook.match":
			p.Match[name] = text
		case "from":
			p.From[name] = text
		case "to":
			p.To[name] = text
		case "details":
			p.Details[name] = text
		case "since":
			us, ok := ParseSince(text)
			if !ok {
				p.Err = fettle.Errorf(fettle.Invalid, "%.40q is no date", text).WithHint("Write 2025-02-03, 2025-02 or a time by RFC 3339.").With("key", "since")
				return p, false
			}
			p.SinceUS = us
		default:
			p.SenderID = SenderID(said)
		}
	}
	if len(p.Match) == 0 {
		p.Err = fettle.Errorf(fettle.Invalid, "nothing in what was sent says whose signal it is").WithHint("Look at hook.match: %s.", strings.Join(slices.Sorted(maps.Keys(h.def.Hook.Match)), ", ")).With("key", "hook.match")
	}
	p.Kind = kindUnless(p.Kind, p.Telling)
	return p, false
}

// kindUnless is a kind, or the one that the values tell.
func kindUnless(kind string, t Telling) string {
	if kind != "" {
		return kind
	}
	return kindOf(Folded(t.From), Folded(t.To), true)
}

// textOf is a value as text; of JSON a text is without its quotes, and null is
// blank.
func textOf(v any) string {
	raw, ok := v.(json.RawMessage)
	if !ok {
		return fettle.FormatValue(v)
	}
	var s string
	if err := json.Unmarshal(raw, &s); err == nil {
		return s
	}
	if t := string(raw); t != "null" && t != "[]" && t != "{}" {
		return t
	}
	return ""
}
