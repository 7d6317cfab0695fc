package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/connect"
	"fettle/expr"
	"fettle/ledger"
	"fettle/provider"
	"fettle/store"
)

// program is an enrichment's definition made ready to run: checked against the
// fields and the providers, expressions compiled.
type program struct {
	id      int64
	name    string
	entity  fettle.Entity
	version int64
	def     fettle.Definition
	when    *expr.Filter // nil: every record
	steps   []step
	types   map[string]fettle.FieldType // of the output fields
	fields  []string                    // of the record, that must be read
	company []string                    // of the person's company, that must be read
	inputs  map[string]bool             // fields whose change may change what is asked
	epoch   int64                       // of the fields that it was compiled with
	changed int64                       // the newest change of connections and prices that it knows
}

// step is one provider operation of a program.
type step struct {
	conn    *connect.Connection
	op      provider.Operation
	info    provider.OperationInfo
	print   string // the operation's fingerprint
	when    *expr.Filter
	values  map[string]*expr.Value
	prompt  *expr.Template
	system  *expr.Template
	options map[string]any
	outputs map[string]string // enrichment's output → the step's
	model   string
	free    bool
	def     fettle.Step
}

// compile checks a definition and makes it ready. Errors name the step, the
// input, the output or the field.
func (e *Engine) compile(ctx context.Context, tx *store.Tx, id int64, name string, version int64, def fettle.Definition) (*program, error) {
	entity, err := audienceEntity(ctx, tx, def.Audience)
	if err != nil {
		return nil, err
	}
	own, err := tx.Fields(ctx, entity)
	if err != nil {
		return nil, err
	}
	var company []fettle.Field
	if entity == fettle.People {
		if company, err = tx.Fields(ctx, fettle.Companies); err != nil {
			return nil, err
		}
	}
	env, err := expr.NewEnv(entity, own, company)
	if err != nil {
		return nil, err
	}
	p := &program{id: id, name: name, entity: entity, version: version, def: def, changed: e.conns.ChangedAt(), types: map[string]fettle.FieldType{}, inputs: map[string]bool{}}
	need := newFieldSet()
	if err := p.compileOutputs(own); err != nil {
		return nil, err
	}
	if def.When != "" {
		if p.when, err = env.Filter(def.When); err != nil {
			return nil, within(err, "when")
		}
		need.add(p.when.Fields(), p.when.CompanyFields())
	}
	if len(def.Steps) == 0 {
		return nil, fettle.Errorf(fettle.Invalid, "the enrichment has no steps").WithHint("Give at least one step with a provider, such as sandbox/find_email.")
	}
	for i, st := range def.Steps {
		s, err := e.compileStep(env, st, def.Outputs, need)
		if err != nil {
			return nil, within(err, fmt.Sprintf("steps[%d]", i))
		}
		p.steps = append(p.steps, s)
	}
	if err := p.checkOutputsGiven(); err != nil {
		return nil, err
	}
	p.inputs = maps.Clone(need.own)
	need.add(def.Outputs.Fields(), nil)
	p.fields, p.company = slices.Sorted(maps.Keys(need.own)), slices.Sorted(maps.Keys(need.company))
	return p, nil
}

// within says where in a definition an error is.
func within(err error, where string) error {
	e := fettle.AsError(err)
	if e.Code == fettle.Internal {
		return fmt.Errorf("%s: %w", where, err)
	}
	c := *e
	c.Message = where + ": " + e.Message
	return c.With("key", where)
}

// fieldSet gathers the fields that expressions read.
type fieldSet struct{ own, company map[string]bool }

func newFieldSet() *fieldSet { return &fieldSet{own: map[string]bool{}, company: map[string]bool{}} }

func (s *fieldSet) add(own, company []string) {
	for _, f := range own {
		s.own[f] = true
	}
	for _, f := range company {
		s.company[f] = true
	}
}

func audienceEntity(ctx context.Context, tx *store.Tx, names []string) (fettle.Entity, error) {
	if len(names) == 0 {
		return "", fettle.Errorf(fettle.Invalid, "the enrichment has no audience").WithHint("Name one with audience:, such as all-people.")
	}
	var entity fettle.Entity
	for _, n := range names {
		a, err := tx.Audience(ctx, n)
		if err != nil {
			return "", err
		}
		if entity != "" && a.Entity != entity {
			return "", fettle.Errorf(fettle.Invalid, "the audiences are of people and of companies").WithHint("An enrichment has audiences of one entity.")
		}
		entity = a.Entity
	}
	return entity, nil
}

func (p *program) compileOutputs(own []fettle.Field) error {
	if len(p.def.Outputs) == 0 {
		return fettle.Errorf(fettle.Invalid, "outputs: the enrichment fills no field").WithHint("Map at least one output: outputs: {email: email}.")
	}
	keys := make([]string, 0, len(own))
	for _, f := range own {
		keys = append(keys, f.Key)
	}
	seen := map[string]bool{}
	for _, o := range p.def.Outputs {
		i := slices.Index(keys, o.Field)
		if i < 0 {
			return unknownOutput("field", o.Field, keys).WithHint("Add it first (fettle field add %s --entity %s), or use a field that exists.", o.Field, p.entity)
		}
		if seen[o.Field] {
			return fettle.Errorf(fettle.Invalid, "outputs: the field %q is filled twice", o.Field).WithHint("Map one output to each field.")
		}
		seen[o.Field] = true
		p.types[o.Field] = own[i].Type
	}
	return nil
}

// unknownOutput is the error for a name in outputs that does not exist.
func unknownOutput(what, name string, known []string) *fettle.Error {
	return fettle.Errorf(fettle.Invalid, "outputs: there is no %s %q", what, name).WithHint("There are: %s.", strings.Join(known, ", ")).With("key", "outputs")
}

func (e *Engine) compileStep(env *expr.Env, st fettle.Step, outs fettle.Outputs, need *fieldSet) (step, error) {
	c, op, err := e.conns.Prepare(st)
	if err != nil {
		return step{}, err
	}
	s := step{
		conn: c, op: op, info: op.Info(), print: op.Fingerprint(), values: map[string]*expr.Value{}, options: st.Options, model: st.Model,
		outputs: map[string]string{}, free: c.Description.Kind == provider.Formula, def: st,
	}
	if st.When != "" {
		if s.when, err = env.Filter(st.When); err != nil {
			return step{}, within(err, "when")
		}
		need.add(s.when.Fields(), s.when.CompanyFields())
	}
	exprs := st.Inputs
	if s.free {
		exprs = st.Formula
	}
	for name, src := range exprs {
		v, err := env.Value(src)
		if err != nil {
			return step{}, within(err, "inputs."+name)
		}
		s.values[name] = v
		need.add(v.Fields(), v.CompanyFields())
	}
	if s.prompt, err = template(env, st.Prompt, "prompt", need); err != nil {
		return step{}, err
	}
	if s.system, err = template(env, st.System, "system", need); err != nil {
		return step{}, err
	}
	if s.prompt != nil {
		sum := sha256.Sum256([]byte(st.Prompt + "\x00" + st.System))
		s.print += "/" + hex.EncodeToString(sum[:8])
	}
	if s.free {
		b, err := json.Marshal(st.Formula)
		if err != nil {
			return step{}, err
		}
		sum := sha256.Sum256(b)
		s.print = "formula/" + hex.EncodeToString(sum[:8])
	}
	for _, o := range outs {
		s.outputs[o.Name] = o.Name
	}
	if err := s.nameOutputs(st.Outputs, outs); err != nil {
		return s, err
	}
	return s, s.checkAccept(st, outs)
}

// checkAccept refuses statuses that are none, and a list where no result has a
// status: it would turn everything down.
func (s *step) checkAccept(st fettle.Step, outs fettle.Outputs) error {
	if err := fettle.CheckAccept(st.Accept); err != nil || len(st.Accept) == 0 {
		return err
	}
	for _, o := range s.info.Outputs {
		if o.Status && slices.ContainsFunc(outs, func(out fettle.Output) bool { return s.outputs[out.Name] == o.Name }) {
			return nil
		}
	}
	return fettle.Errorf(fettle.Invalid, "accept: %s says nothing of how good its results are", s.info.ID).
		WithHint("Take accept away, or use an operation whose outputs have a status.").With("key", "accept")
}

// nameOutputs applies the step's own output names and refuses names that
// neither the enrichment nor the operation has.
func (s *step) nameOutputs(own map[string]string, outs fettle.Outputs) error {
	given := map[string]bool{}
	names := make([]string, 0, len(s.info.Outputs))
	for _, o := range s.info.Outputs {
		given[o.Name] = true
		names = append(names, o.Name)
	}
	// A step maps its own output to the enrichment's name: {work_email: email}.
	for from, to := range own {
		if !given[from] && !s.free {
			return unknownOutput("output of "+s.info.ID, from, names)
		}
		if _, ok := s.outputs[to]; !ok {
			return unknownOutput("output of the enrichment", to, outputNames(outs))
		}
		s.outputs[to] = from
	}
	for to, from := range s.outputs {
		if !given[from] && !s.free {
			delete(s.outputs, to)
		}
	}
	return nil
}

func outputNames(outs fettle.Outputs) []string {
	names := make([]string, len(outs))
	for i, o := range outs {
		names[i] = o.Name
	}
	return names
}

// checkOutputsGiven refuses an output that no step gives.
func (p *program) checkOutputsGiven() error {
	for _, o := range p.def.Outputs {
		given := false
		var names []string
		for _, s := range p.steps {
			_, ok := s.outputs[o.Name]
			given = given || ok
			for _, x := range s.info.Outputs {
				names = append(names, x.Name)
			}
		}
		if !given {
			return unknownOutput("step that gives the output", o.Name, names)
		}
	}
	return nil
}

func template(env *expr.Env, src, where string, need *fieldSet) (*expr.Template, error) {
	if src == "" {
		return nil, nil //nolint:nilnil // no template
	}
	t, err := env.Template(src)
	if err != nil {
		return nil, within(err, where)
	}
	need.add(t.Fields(), t.CompanyFields())
	return t, nil
}

// question is a step's call for one record, evaluated.
type question struct {
	step    int
	inputs  map[string]any
	hash    string
	missing string // the inputs that are missing; "" if it can be asked
	skipped bool   // the step's own condition is false
	hit     fettle.Credits
	miss    fettle.Credits
	low     fettle.Credits
	likely  fettle.Credits
	priced  bool
}

// ask evaluates a step for a record.
func (s *step) ask(i int, rec *store.Record, now time.Time) (question, error) {
	q := question{step: i}
	if s.when != nil {
		ok, err := s.when.Match(rec, now)
		if err != nil || !ok {
			q.skipped = true
			return q, err
		}
	}
	q.inputs = make(map[string]any, len(s.values)+2)
	for name, v := range s.values {
		x, err := v.Eval(rec, now)
		if err != nil {
			return q, err
		}
		if x != nil {
			q.inputs[name] = x
		}
	}
	var blank []string
	for name, t := range map[string]*expr.Template{"prompt": s.prompt, "system": s.system} {
		if t == nil {
			continue
		}
		text, missing, err := t.Render(rec, now)
		if err != nil {
			return q, err
		}
		blank = append(blank, missing...)
		q.inputs[name] = text
	}
	q.missing = s.missingInputs(q.inputs, blank)
	q.hash = hashInputs(q.inputs)
	return q, nil
}

// missingInputs says what stands against asking; "" if nothing does. A prompt
// is not sent with a hole in it.
func (s *step) missingInputs(inputs map[string]any, blank []string) string {
	if len(blank) > 0 {
		slices.Sort(blank)
		return strings.Join(slices.Compact(blank), ", ")
	}
	if len(s.info.RequireAny) == 0 {
		return s.blankInputs(inputs)
	}
	best := s.info.RequireAny[0]
	for _, set := range s.info.RequireAny {
		var lacks []string
		for _, in := range set {
			if _, ok := inputs[in]; !ok {
				lacks = append(lacks, in)
			}
		}
		if len(lacks) == 0 {
			return ""
		}
		if len(lacks) < len(best) {
			best = lacks
		}
	}
	var lacks []string
	for _, in := range best {
		if _, ok := inputs[in]; !ok {
			lacks = append(lacks, in)
		}
	}
	return strings.Join(lacks, ", ")
}

// blankInputs names the mapped inputs that are blank, for an operation that
// does not say which it can do without: nothing is paid for a question with a
// hole in it. A formula may be computed of blanks.
func (s *step) blankInputs(inputs map[string]any) string {
	if s.free {
		return ""
	}
	var blank []string
	for name := range s.values {
		if _, ok := inputs[name]; !ok {
			blank = append(blank, name)
		}
	}
	slices.Sort(blank)
	return strings.Join(blank, ", ")
}

// price quotes the question in credits. ok is false where no highest price is
// known: the call is not made.
func (s *step) price(q *question) (ok bool) {
	if q.priced {
		return true
	}
	if s.free {
		q.priced = true
		return true
	}
	quote, ok := s.op.Quote(provider.Call{Inputs: q.inputs, Options: s.options})
	if !ok || s.conn.Conn.UnitCredits == nil {
		return false
	}
	unit := *s.conn.Conn.UnitCredits
	for _, c := range []struct {
		to    *fettle.Credits
		units provider.Units
	}{{&q.hit, quote.HitMax}, {&q.miss, quote.MissMax}, {&q.low, quote.Low}, {&q.likely, quote.Expected}} {
		if *c.to, ok = ledger.Price(c.units, unit); !ok {
			return false
		}
	}
	q.priced = true
	return true
}

// hashInputs identifies the inputs of a question.
func hashInputs(inputs map[string]any) string {
	h := sha256.New()
	for _, k := range slices.Sorted(maps.Keys(inputs)) {
		_, _ = fmt.Fprintf(h, "%s\x00%s\x00", k, fettle.FormatValue(inputs[k]))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
