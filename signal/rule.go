package signal

import (
	"maps"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/expr"
)

// Rule is a checked rule over changes of records.
type Rule struct {
	def     fettle.SignalRule
	when    *expr.Value
	values  map[string]*expr.Value // of from, to and details, by their path: to.title
	since   *expr.Value
	watched []string // the fields whose change is asked for
	watches map[string]bool
	own     []string // the fields that are read
	company []string // of the person's company
	fields  map[string]fettle.Field
}

// Check checks a rule, and gives what was not said its default. env is of the
// entity's records, and fields are all of its fields.
func Check(env *expr.Env, fields []fettle.Field, def fettle.SignalRule) (fettle.SignalRule, *Rule, error) {
	if def.Detect == "" {
		def.Detect = fettle.DetectChanges
	}
	if err := fettle.CheckSignalType("type", def.Type); err != nil {
		return def, nil, fettle.AsError(err).With("key", "type")
	}
	if def.Kind != "" {
		if err := fettle.CheckSignalType("kind", def.Kind); err != nil {
			return def, nil, fettle.AsError(err).With("key", "kind")
		}
	}
	if err := checkNames(def); err != nil {
		return def, nil, err
	}
	switch def.Detect {
	case fettle.DetectChanges:
		r, err := compile(env, fields, def)
		return def, r, err
	case fettle.DetectPosted:
		return def, nil, checkPosted(def)
	case fettle.DetectPoll:
		def, err := checkPoll(def)
		return def, nil, err
	case fettle.DetectDepartures:
		return def, nil, checkDepartures(def)
	}
	return def, nil, fettle.Errorf(fettle.Invalid, "%q is no way to detect signals", def.Detect).WithHint("Write detect: changes, posted, poll or departures.").With("key", "detect")
}

// checkNames checks the names of what a signal holds: they are read as s.to.title.
func checkNames(def fettle.SignalRule) error {
	for part, values := range map[string]map[string]string{"from": def.From, "to": def.To, "details": def.Details} {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if !fettle.IsFieldKey(name) {
				return fettle.Errorf(fettle.Invalid, "%q cannot be read as %s.%s", name, part, name).
					WithHint("Use lower-case letters, digits and underscores, starting with a letter.").With("key", part+"."+name)
			}
		}
	}
	return nil
}

func checkPosted(def fettle.SignalRule) error {
	if def.When != "" {
		return fettle.Errorf(fettle.Invalid, "a posted signal is told by others, and has no when").WithHint("Leave when out; to pass over some of what a hook is sent, write hook: {ignore: …}.").With("key", "when")
	}
	if def.Hook == nil {
		for part, values := range map[string]map[string]string{"from": def.From, "to": def.To, "details": def.Details} {
			if len(values) > 0 {
				return fettle.Errorf(fettle.Invalid, "%s says how a body that is sent to a hook is read, and there is no hook", part).
					WithHint("Add hook: {match: {email: body.email}}, or leave %s out: what is posted names its own.", part).With("key", part)
			}
		}
		return nil
	}
	_, err := newHook(def)
	return err
}

// compile checks a rule over changes.
func compile(env *expr.Env, fields []fettle.Field, def fettle.SignalRule) (*Rule, error) {
	if def.Hook != nil {
		return nil, fettle.Errorf(fettle.Invalid, "a hook is for posted signals").WithHint("Write detect: posted.").With("key", "hook")
	}
	r := &Rule{def: def, values: map[string]*expr.Value{}, watches: map[string]bool{}, fields: map[string]fettle.Field{}}
	env = env.Changes()
	if strings.TrimSpace(def.When) == "" {
		return nil, fettle.Errorf(fettle.Invalid, "when is missing").WithHint("Say which change is a signal, such as when: changed(title).").With("key", "when")
	}
	var err error
	if r.when, err = r.value(env, "when", def.When); err != nil {
		return nil, err
	}
	if r.when.Type() != fettle.Boolean {
		return nil, fettle.Errorf(fettle.Invalid, "when is %s, not a condition", r.when.Type()).WithHint("Write such as changed(title).").With("key", "when")
	}
	for _, key := range r.when.Fields() {
		if f, ok := expr.ChangedField(key); ok {
			r.watched, r.watches[f] = append(r.watched, f), true
		}
	}
	if len(r.watched) == 0 {
		return nil, fettle.Errorf(fettle.Invalid, "when asks for no change").WithHint("Name the field whose change is looked for: changed(title).").With("key", "when")
	}
	for part, values := range map[string]map[string]string{"from": def.From, "to": def.To, "details": def.Details} {
		for name, text := range values {
			if r.values[part+"."+name], err = r.value(env, part+"."+name, text); err != nil {
				return nil, err
			}
		}
	}
	if def.Since != "" {
		if r.since, err = r.value(env, "since", def.Since); err != nil {
			return nil, err
		}
	}
	if len(def.To) == 0 {
		return nil, fettle.Errorf(fettle.Invalid, "to is missing").WithHint("Say what the signal holds, such as to: {title: title}: it tells one change from the next.").With("key", "to")
	}
	byKey := make(map[string]fettle.Field, len(fields))
	for _, f := range fields {
		byKey[f.Key] = f
	}
	for _, key := range slices.Concat(r.own, r.watched) {
		if f, ok := byKey[key]; ok {
			r.fields[key] = f
		}
	}
	slices.Sort(r.own)
	slices.Sort(r.company)
	r.own, r.company = slices.Compact(r.own), slices.Compact(r.company)
	return r, nil
}

// value checks one expression and notes what it reads.
func (r *Rule) value(env *expr.Env, at, text string) (*expr.Value, error) {
	v, err := env.Value(text)
	if err != nil {
		return nil, fettle.AsError(err).With("key", at)
	}
	for _, key := range v.Fields() {
		if f, ok := expr.BeforeField(key); ok {
			key = f
		}
		if f, ok := expr.ChangedField(key); ok {
			key = f
		}
		if _, ok := expr.SourceField(key); ok {
			return nil, fettle.Errorf(fettle.Invalid, "source() is not known of a change").WithHint("A signal says itself who told it: s.source.").With("key", at)
		}
		r.own = append(r.own, key)
	}
	r.company = append(r.company, v.CompanyFields()...)
	return v, nil
}

// changing is a record that changes, as a rule's expressions read it.
type changing struct {
	now expr.Record
	set *set
}

// Value implements expr.Record.
func (c changing) Value(key string) any {
	if f, ok := expr.ChangedField(key); ok {
		d := c.set.deltas[f]
		return d != nil && d.change
	}
	if f, ok := expr.BeforeField(key); ok {
		if d := c.set.deltas[f]; d != nil {
			return d.before
		}
		key = f
	}
	if v, ok := c.set.state[key]; ok {
		return v
	}
	return c.now.Value(key)
}

// CompanyValue implements expr.Record.
func (c changing) CompanyValue(key string) any { return c.now.CompanyValue(key) }

// Status implements expr.Record.
func (c changing) Status(key string) any { return c.now.Status(key) }

// tell gives what a rule makes of a set of changes; ok is false where it is no
// signal. now is the record with the fields that the rule reads.
func (r *Rule) tell(now expr.Record, s *set) (t Telling, ok bool, err error) {
	at := time.UnixMicro(s.atUS)
	c := changing{now, s}
	is, err := r.when.Eval(c, at)
	if err != nil || is != true {
		return t, false, skipped(err)
	}
	t = Telling{
		Type: r.def.Type, AtUS: s.atUS, Source: sourceName(s), ChangeID: s.last(), OriginID: s.from.ID, Actor: s.actor, NoRun: s.from.NoRun,
		From: map[string]string{}, To: map[string]string{}, Details: map[string]string{},
	}
	for path, v := range r.values {
		x, err := v.Eval(c, at)
		if err = skipped(err); err != nil {
			return t, false, err
		}
		part, name, _ := strings.Cut(path, ".")
		text := clipped(fettle.FormatValue(x))
		switch {
		case text == "":
		case part == "from":
			t.From[name] = text
		case part == "to":
			t.To[name] = text
		default:
			t.Details[name] = text
		}
	}
	if r.since != nil {
		x, err := r.since.Eval(c, at)
		if err = skipped(err); err != nil {
			return t, false, err
		}
		t.SinceUS = sinceOf(x)
	}
	if t.Kind = r.def.Kind; t.Kind == "" {
		t.Kind = kindOf(Folded(t.From), Folded(t.To), r.def.Left)
	}
	return t, true, nil
}

// Reads reports whether the rule reads a field.
func (r *Rule) Reads(f fettle.Field) bool {
	if f.Entity != r.def.Entity {
		return slices.Contains(r.company, f.Key)
	}
	_, ok := r.fields[f.Key]
	return ok
}

// skipped lets what an expression cannot make of one record, such as a part of a
// text that is too short, be blank: it must not hold up the rule.
func skipped(err error) error {
	if fettle.CodeOf(err) == fettle.Invalid {
		return nil
	}
	return err
}
