package judge

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

// Program is an enrichment's definition made ready to run: checked against the
// fields and the providers, expressions compiled.
type Program struct {
	ID         int64
	Name       string
	Entity     fettle.Entity
	Version    int64
	Definition fettle.Definition
	when       *expr.Filter // nil: every record
	env        *expr.Env
	watched    []watched // its audiences, with those that ask for signals
	Steps      []Step
	Types      map[string]fettle.FieldType // of the output fields
	Fields     []string                    // of the record, that must be read
	Company    []string                    // of the person's company, that must be read
	Inputs     map[string]bool             // fields whose change may change what is asked
	asks       *FieldSet                   // what its questions and their conditions are made of
	whoOwn     []string                    // fields that answers are compared with
	whoCompany []string                    // and those of the person's company
	Epoch      int64                       // of the fields that it was compiled with
	Changed    int64                       // the newest change of connections and prices that it knows
}

// Step is one provider operation of a program.
type Step struct {
	Connection  *connect.Connection
	Operation   provider.Operation
	Batch       provider.Batcher // the operation, if it asks for several records in one request
	info        provider.OperationInfo
	Fingerprint string // the operation's fingerprint, and of an AI step its prompt's
	base        string // without the prompt's
	when        *expr.Filter
	values      map[string]*expr.Value
	prompt      *expr.Template
	system      *expr.Template
	Options     map[string]any
	Outputs     map[string]string // enrichment's output → the step's
	Model       string
	Computed    bool
	keys        []keyInput // what its question is made of, if that is keys alone
	def         fettle.Step
}

// Compile checks a definition and makes it ready. Errors name the step, the
// input, the output or the field.
func (jd *Judge) Compile(ctx context.Context, tx *store.Tx, id int64, name string, version int64, def fettle.Definition) (*Program, error) {
	entity, err := AudienceEntity(ctx, tx, def.Audience)
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
	list, err := watch(ctx, tx, env, def.Audience, nil)
	if err != nil {
		return nil, err
	}
	p := &Program{env: env, watched: list, ID: id, Name: name, Entity: entity, Version: version, Definition: def, Changed: jd.conns.ChangedAt(), Types: map[string]fettle.FieldType{}, Inputs: map[string]bool{}}
	if err := p.checkRerunOn(); err != nil {
		return nil, err
	}
	if readsSignals(list) {
		env = env.WithSignal()
	}
	need := NewFieldSet()
	if err := p.compileOutputs(own); err != nil {
		return nil, err
	}
	if len(def.Steps) == 0 {
		return nil, fettle.Errorf(fettle.Invalid, "the enrichment has no steps").WithHint("Give at least one step with a provider, such as sandbox/find_email.")
	}
	for i, st := range def.Steps {
		s, err := jd.compileStep(env, entity, st, def.Outputs, need)
		if err != nil {
			return nil, Within(err, fmt.Sprintf("steps[%d]", i))
		}
		p.Steps = append(p.Steps, s)
	}
	if err := p.checkOutputsGiven(); err != nil {
		return nil, err
	}
	p.asks = &FieldSet{Own: maps.Clone(need.Own), Company: maps.Clone(need.Company)}
	if def.When != "" {
		if p.when, err = env.Filter(def.When); err != nil {
			return nil, Within(err, "when")
		}
		need.Add(p.when.Fields(), p.when.CompanyFields())
	}
	p.Inputs = maps.Clone(need.Own)
	need.Add(def.Outputs.Fields(), nil)
	p.noteWho(own, company)
	delete(need.Own, expr.LatestSignal) // readSignals reads it
	p.Fields, p.Company = keys(need.Own), keys(need.Company)
	return p, nil
}

// FieldSet gathers the fields that expressions read.
type FieldSet struct{ Own, Company map[string]bool }

// NewFieldSet begins with no field.
func NewFieldSet() *FieldSet { return &FieldSet{Own: map[string]bool{}, Company: map[string]bool{}} }

// Add notes fields of the records themselves and of their companies.
func (s *FieldSet) Add(own, company []string) {
	for _, f := range own {
		s.Own[f] = true
	}
	for _, f := range company {
		s.Company[f] = true
	}
}

func keys(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

// AudienceEntity is the entity of audiences, which must be one.
func AudienceEntity(ctx context.Context, tx *store.Tx, names []string) (fettle.Entity, error) {
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

func (p *Program) compileOutputs(own []fettle.Field) error {
	if len(p.Definition.Outputs) == 0 {
		return fettle.Errorf(fettle.Invalid, "outputs: the enrichment fills no field").WithHint("Map at least one output: outputs: {email: email}.")
	}
	keys := make([]string, 0, len(own))
	for _, f := range own {
		keys = append(keys, f.Key)
	}
	seen := map[string]bool{}
	for _, o := range p.Definition.Outputs {
		i := slices.Index(keys, o.Field)
		if i < 0 {
			return unknownOutput("field", o.Field, keys).WithHint("Add it first (fettle field add %s --entity %s), or use a field that exists.", o.Field, p.Entity)
		}
		if seen[o.Field] {
			return fettle.Errorf(fettle.Invalid, "outputs: the field %q is filled twice", o.Field).WithHint("Map one output to each field.")
		}
		seen[o.Field] = true
		p.Types[o.Field] = own[i].Type
	}
	return nil
}

// unknownOutput is the error for a name in outputs that does not exist.
func unknownOutput(what, name string, known []string) *fettle.Error {
	return fettle.Errorf(fettle.Invalid, "outputs: there is no %s %q", what, name).WithHint("There are: %s.", strings.Join(known, ", ")).With("key", "outputs")
}

func (jd *Judge) compileStep(env *expr.Env, entity fettle.Entity, st fettle.Step, outs fettle.Outputs, need *FieldSet) (Step, error) {
	c, op, err := jd.conns.Prepare(st)
	if err != nil {
		return Step{}, err
	}
	asks := op.Fingerprint() + c.Apart()
	s := Step{
		Connection: c, Operation: op, info: op.Info(), Fingerprint: asks, base: asks, values: map[string]*expr.Value{}, Options: st.Options, Model: st.Model,
		Outputs: map[string]string{}, Computed: c.Description.Kind == provider.Formula, def: st,
	}
	s.Batch, _ = op.(provider.Batcher)
	if st.When != "" {
		if s.when, err = env.Filter(st.When); err != nil {
			return Step{}, Within(err, "when")
		}
		need.Add(s.when.Fields(), s.when.CompanyFields())
	}
	read := NewFieldSet() // by the question
	exprs, at := st.Inputs, "inputs."
	if s.Computed {
		exprs, at = st.Formula, "formula."
	}
	for _, name := range slices.Sorted(maps.Keys(exprs)) { // of several faults always the same is told
		v, err := env.Value(exprs[name])
		if err != nil {
			return Step{}, Within(err, at+name)
		}
		s.values[name] = v
		read.Add(v.Fields(), v.CompanyFields())
	}
	if s.prompt, err = template(env, st.Prompt, "prompt", read); err != nil {
		return Step{}, err
	}
	if s.system, err = template(env, st.System, "system", read); err != nil {
		return Step{}, err
	}
	maps.Copy(need.Own, read.Own)
	maps.Copy(need.Company, read.Company)
	if !s.Computed {
		s.keys = keysOnly(entity, read)
	}
	if s.prompt != nil {
		sum := sha256.Sum256([]byte(st.Prompt + "\x00" + st.System))
		s.Fingerprint += "/" + hex.EncodeToString(sum[:8])
	}
	if s.Computed {
		b, err := json.Marshal(st.Formula)
		if err != nil {
			return Step{}, err
		}
		sum := sha256.Sum256(b)
		s.Fingerprint = "formula/" + hex.EncodeToString(sum[:8])
	}
	for _, o := range outs {
		s.Outputs[o.Name] = o.Name
	}
	if err := s.nameOutputs(st.Outputs, outs); err != nil {
		return s, err
	}
	return s, s.checkAccept(st, outs)
}

// checkAccept refuses statuses that are none, and a list where no result has a
// status: it would turn everything down.
func (s *Step) checkAccept(st fettle.Step, outs fettle.Outputs) error {
	if err := fettle.CheckAccept(st.Accept); err != nil || len(st.Accept) == 0 {
		return err
	}
	for _, o := range s.info.Outputs {
		if o.Status && slices.ContainsFunc(outs, func(out fettle.Output) bool { return s.Outputs[out.Name] == o.Name }) {
			return nil
		}
	}
	return fettle.Errorf(fettle.Invalid, "accept: %s says nothing of how good its results are", s.info.ID).
		WithHint("Take accept away, or use an operation whose outputs have a status.").With("key", "accept")
}

// nameOutputs applies the step's own output names and refuses names that
// neither the enrichment nor the operation has.
func (s *Step) nameOutputs(own map[string]string, outs fettle.Outputs) error {
	given := map[string]bool{}
	names := make([]string, 0, len(s.info.Outputs))
	for _, o := range s.info.Outputs {
		given[o.Name] = true
		names = append(names, o.Name)
	}
	// A step maps its own output to the enrichment's name: {work_email: email}.
	for from, to := range own {
		if !given[from] && !s.Computed {
			return unknownOutput("output of "+s.info.ID, from, names)
		}
		if _, ok := s.Outputs[to]; !ok {
			return unknownOutput("output of the enrichment", to, outputNames(outs))
		}
		s.Outputs[to] = from
	}
	for to, from := range s.Outputs {
		if !given[from] && !s.Computed {
			delete(s.Outputs, to)
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
func (p *Program) checkOutputsGiven() error {
	for _, o := range p.Definition.Outputs {
		given := false
		var names []string
		for _, s := range p.Steps {
			_, ok := s.Outputs[o.Name]
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

func template(env *expr.Env, src, where string, need *FieldSet) (*expr.Template, error) {
	if src == "" {
		return nil, nil //nolint:nilnil // no template
	}
	t, err := env.Template(src)
	if err != nil {
		return nil, Within(err, where)
	}
	need.Add(t.Fields(), t.CompanyFields())
	return t, nil
}

// Question is a step's call for one record, evaluated.
type Question struct {
	Step    int
	Inputs  map[string]any
	Hash    string
	Folded  string         // Hash of the inputs without regard to case and white space
	missing string         // the inputs that are missing; "" if it can be asked
	skipped bool           // the step's own condition is false
	Hit     fettle.Credits // the most if it finds something, in a request of its own
	Miss    fettle.Credits // the most if it does not
	Beside  fettle.Credits // the most in a request with others, without what the request is billed at the least
	Low     fettle.Credits
	Likely  fettle.Credits
	Tokens  int64 // of the prompt, as measured; 0 where tokens are not billed
	Priced  bool
	Shared  bool // a row before it is sure to have asked it
	Covered bool // whom it is about was billed already in this period
	parted  bool // its request is with others and is billed at least so much: …
	part    fettle.Credits
}

// ask evaluates a step for a record.
func (s *Step) ask(i int, rec expr.Record, now time.Time) (Question, error) {
	q := Question{Step: i}
	if s.when != nil {
		ok, err := s.when.Match(rec, now)
		if err != nil || !ok {
			q.skipped = true
			return q, err
		}
	}
	q.Inputs = make(map[string]any, len(s.values)+2)
	for name, v := range s.values {
		x, err := v.Eval(rec, now)
		if err != nil {
			return q, err
		}
		if x != nil {
			q.Inputs[name] = x
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
		q.Inputs[name] = text
	}
	q.missing = s.missingInputs(q.Inputs, blank)
	q.Hash = hashInputs(q.Inputs)
	q.Folded = hashInputs(foldInputs(q.Inputs))
	return q, nil
}

// missingInputs says what stands against asking; "" if nothing does. A prompt
// is not sent with a hole in it.
func (s *Step) missingInputs(inputs map[string]any, blank []string) string {
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
func (s *Step) blankInputs(inputs map[string]any) string {
	if s.Computed {
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
func (s *Step) price(q *Question) (ok bool) {
	if q.Priced {
		return true
	}
	if s.Computed {
		q.Priced = true
		return true
	}
	call := provider.Call{Inputs: q.Inputs, Options: s.Options, Covered: q.Covered}
	quote, ok := s.Operation.Quote(call)
	if !ok || s.Connection.Conn.UnitCredits == nil {
		return false
	}
	unit := *s.Connection.Conn.UnitCredits
	for _, c := range []struct {
		to    *fettle.Credits
		units provider.Units
	}{{&q.Hit, quote.HitMax}, {&q.Miss, quote.MissMax}, {&q.Low, quote.Low}, {&q.Likely, quote.Expected}} {
		if *c.to, ok = ledger.Price(c.units, unit); !ok {
			return false
		}
	}
	if s.Batch != nil {
		beside, known := s.Batch.QuoteBeside(call)
		if q.Beside, ok = ledger.Price(beside.Max(), unit); !ok || !known {
			return false
		}
	}
	if m, is := s.Operation.(provider.Meter); is {
		q.Tokens = m.Measure(call)
	}
	q.Priced = true
	return true
}
