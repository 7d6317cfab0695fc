package declare

import (
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"fettle"
	"fettle/internal/label"
	"fettle/schedule"
)

func itoa(i int) string { return strconv.Itoa(i) }

// declared reads a document of our own version.
func (r *reader) declared(d *Document, head *mapping, body ast.Node) {
	head.need("kind", "Kinds: Field, Audience, Enrichment, Signal, Source, Destination, Channel, View, Provider, Limit.")
	kind := head.oneOf("kind", string(KindField), string(KindAudience), string(KindEnrichment), string(KindSignal), string(KindSource), string(KindDestination), string(KindChannel), string(KindView), string(KindProvider), string(KindLimit))
	if len(r.errs) > 0 {
		return
	}
	d.Kind = Kind(kind)
	r.read(d, body)
}

// read reads a document of the kind that d says.
func (r *reader) read(d *Document, body ast.Node) {
	label := func() string {
		if r.shapes != nil {
			return "" // the reader of the kind allows the key
		}
		return r.mapping(body, "").label()
	}
	switch d.Kind {
	case KindField:
		d.Field = r.field(body)
		d.Name = string(d.Field.Entity) + "." + d.Field.Key
	case KindAudience:
		d.Audience = r.audience(body)
		d.Name, d.Label = d.Audience.Name, label()
	case KindEnrichment:
		d.Name, d.Enrichment = r.enrichment(body)
		d.Label = label()
	case KindSignal:
		d.Name, d.Signal = r.signal(body)
		d.Label = label()
	case KindSource:
		d.Name, d.Source = r.source(body)
		d.Label = label()
	case KindDestination:
		d.Name, d.Destination = r.destination(body)
		d.Label = label()
	case KindChannel:
		d.Name, d.Channel = r.channel(body)
		d.Label = label()
	case KindView:
		d.View = r.view(body)
		d.Name = d.View.full()
	case KindProvider:
		d.Provider = r.provider(body)
		d.Name = d.Provider.Name
	case KindLimit:
		d.Limit = r.limitDocument(body)
		d.Name = strings.TrimSuffix(d.Limit.Scope+" "+d.Limit.Key, " ")
	case KindDataProvider:
	}
}

// name reads and checks a document's name.
func (m *mapping) name(kind string) string {
	m.need("name", "Every document has a name.")
	s := m.text("name")
	if m.has("name") {
		m.check("name", fettle.CheckName(kind, s))
	}
	return s
}

// label reads and checks what people call what a document declares.
func (m *mapping) label() string {
	if !m.has("label") {
		return ""
	}
	s, err := label.Check(m.text("label"))
	m.check("label", err)
	return s
}

func (m *mapping) entity() fettle.Entity {
	m.need("entity", "Write entity: people or entity: companies.")
	return fettle.Entity(m.oneOf("entity", string(fettle.People), string(fettle.Companies)))
}

// field reads a field. Its name is its key, which may be written as field, as
// elsewhere outside, or as name, as in other documents.
func (r *reader) field(body ast.Node) *fettle.Field {
	m := r.mapping(body, "", "apiVersion", "kind", "field", "name", "entity", "label", "type", "key", "description", "options", "currency")
	named := "field"
	if m.has("name") && !m.has("field") {
		named = "name"
	}
	m.need(named, "Write field: and its key, such as job_title.")
	f := &fettle.Field{Entity: m.entity(), Key: m.text(named), Label: m.text("label"), Description: m.text("description"), KeyField: m.boolean("key", false), Type: fettle.Text}
	if m.has(named) {
		m.check(named, fettle.CheckFieldKey(f.Key))
	}
	if m.has("field") && m.has("name") && m.text("name") != f.Key {
		m.fail("name", fettle.Errorf(fettle.Invalid, "the field has two names").WithHint("Leave name out: the field's key says it."))
	}
	if m.has("type") {
		names := make([]string, 0, len(fettle.FieldTypes()))
		for _, t := range fettle.FieldTypes() {
			names = append(names, string(t))
		}
		f.Type = fettle.FieldType(m.oneOf("type", names...))
	}
	if m.has("options") {
		f.Options = append([]string{}, m.list("options")...)
	}
	if m.has("currency") {
		f.Currency = m.text("currency")
	}
	return f
}

func (r *reader) audience(body ast.Node) *fettle.Audience {
	m := r.mapping(body, "", "apiVersion", "kind", "name", "label", "entity", "where", "description")
	return &fettle.Audience{Name: m.name("an audience"), Entity: m.entity(), Where: strings.TrimSpace(m.text("where")), Description: m.text("description")}
}

func (r *reader) enrichment(body ast.Node) (string, *fettle.Definition) {
	m := r.mapping(body, "", "apiVersion", "kind", "name", "label", "audience", "steps", "outputs", "write", "when", "follow", "until",
		"rerun_on", "refresh", "not_found_retry", "unknown", "allow_shared_keys", "loop", "guards", "schedule", "limit")
	name := m.name("an enrichment")
	m.need("audience", "Write the name of an audience, or a list of names.")
	m.need("steps", "An enrichment has at least one step, such as provider: sandbox/find_email.")
	def := &fettle.Definition{
		Audience:      m.list("audience"),
		Steps:         r.steps(m),
		Outputs:       m.outputs("outputs"),
		Write:         fettle.WritePolicy(m.oneOf("write", string(fettle.FillBlanks), string(fettle.Overwrite), string(fettle.OverwriteAll))),
		When:          strings.TrimSpace(m.text("when")),
		Follow:        m.boolean("follow", true),
		RerunOn:       m.oneOf("rerun_on", "never", "inputs", "signal"),
		Refresh:       m.interval("refresh"),
		Schedule:      m.schedule("schedule"),
		Guards:        m.guards("guards"),
		Loop:          m.count("loop"),
		NotFoundRetry: m.interval("not_found_retry"),
		Unknown:       m.oneOf("unknown", "hold", "write_off"),
		Limit:         r.limit(m),

		AllowSharedKeys: m.boolean("allow_shared_keys", false),
	}
	if until := m.oneOf("until", "first", "all"); until != "first" {
		def.Until = until
	}
	m.need("outputs", "Say which output fills which field, such as outputs: {email: email}.")
	return name, def
}

// outputs reads the field mapping in the order of the text: the first output
// decides.
func (m *mapping) outputs(key string) fettle.Outputs {
	n := m.entries[key]
	if n == nil {
		return nil
	}
	inner := m.r.mapping(n, m.path+key+".")
	m.each(key, anyScalar())
	out := make(fettle.Outputs, 0, len(inner.keys))
	for _, k := range inner.keys {
		out = append(out, fettle.Output{Name: k, Field: inner.text(k)})
	}
	return out
}

// guards reads the levels of guards; what is left out keeps its default.
func (m *mapping) guards(key string) *fettle.Guards {
	n := m.entries[key]
	if n == nil {
		return nil
	}
	inner := m.r.mapping(n, m.path+key+".", "again", "entering", "price", "failed", "not_found")
	level := func(key string) *int64 {
		if !inner.has(key) {
			return nil
		}
		n := inner.count(key)
		return &n
	}
	g := &fettle.Guards{Again: level("again"), Entering: level("entering"), Price: level("price"), Failed: level("failed"), NotFound: level("not_found")}
	m.check(key, g.Check())
	return g
}

// schedule reads when what is due may leave; what it is refused for is at the key
// that is wrong.
func (m *mapping) schedule(key string) *fettle.Schedule {
	n := m.entries[key]
	if n == nil {
		return nil
	}
	inner := m.r.mapping(n, m.path+key+".", "every", "at", "from", "cron", "zone")
	s := &fettle.Schedule{Every: inner.interval("every"), At: inner.text("at"), From: inner.text("from"), Cron: inner.text("cron"), Zone: inner.text("zone")}
	if _, err := schedule.Parse(*s); err != nil {
		e := fettle.AsError(err)
		wrong, _ := e.Details["key"].(string)
		inner.fail(strings.TrimPrefix(wrong, "schedule."), e)
	}
	return s
}

func (m *mapping) interval(key string) fettle.Interval {
	i, err := fettle.ParseInterval(m.text(key))
	m.check(key, err)
	return i
}

func (r *reader) steps(m *mapping) []fettle.Step {
	n := m.entries["steps"]
	if n == nil {
		return nil
	}
	if r.shapes != nil {
		r.listOf(m, "steps", func(n ast.Node) { r.step(n, "steps[0].") })
		return nil
	}
	seq, ok := n.(*ast.SequenceNode)
	if !ok || len(seq.Values) == 0 {
		m.fail("steps", fettle.Errorf(fettle.Invalid, "a list of steps is needed here, not %s", typeName(n)).WithHint("Begin each step with \"- provider: …\"."))
		return nil
	}
	out := make([]fettle.Step, 0, len(seq.Values))
	for i, v := range seq.Values {
		out = append(out, r.step(v, "steps["+itoa(i)+"]."))
	}
	return out
}

func (r *reader) step(n ast.Node, path string) fettle.Step {
	m := r.mapping(n, path, "provider", "inputs", "options", "outputs", "model", "prompt", "system", "output", "max_output_tokens", "formula", "when", "accept")
	m.need("provider", "Every step names its provider and operation, such as sandbox/find_email.")
	return fettle.Step{
		Provider:        m.text("provider"),
		Inputs:          m.texts("inputs"),
		Options:         m.tree("options"),
		Outputs:         m.texts("outputs"),
		Model:           m.text("model"),
		Prompt:          m.text("prompt"),
		System:          m.text("system"),
		Output:          m.tree("output"),
		MaxOutputTokens: m.count("max_output_tokens"),
		Formula:         m.texts("formula"),
		When:            strings.TrimSpace(m.text("when")),
		Accept:          m.statuses("accept"),
	}
}

// statuses reads the statuses of a result that a step takes.
func (m *mapping) statuses(key string) []fettle.Status {
	var out []fettle.Status
	for _, s := range m.list(key) {
		out = append(out, fettle.Status(s))
	}
	m.check(key, fettle.CheckAccept(out))
	return out
}

// limit reads "limit: none" or a mapping; nil where there is no limit.
func (r *reader) limit(m *mapping) *fettle.Limit {
	n := m.entries["limit"]
	if n == nil {
		return nil
	}
	if s, ok := scalar(n); ok {
		if s != "none" {
			m.fail("limit", fettle.Errorf(fettle.Invalid, "%q is not a limit", s).WithHint("Write limit: {credits: %s, per: lifetime}, or limit: none.", numberOr(s, "1000")))
		}
		return &fettle.Limit{None: true, Per: fettle.Lifetime}
	}
	l := r.mapping(n, m.path+"limit.", "credits", "records", "per")
	m.orNone("limit")
	out := &fettle.Limit{Per: fettle.Period(l.oneOf("per", string(fettle.Lifetime), string(fettle.PerDay), string(fettle.PerMonth), string(fettle.PerRun)))}
	if l.has("credits") {
		c := l.credits("credits")
		out.Credits = &c
	}
	if l.has("records") {
		c := l.count("records")
		out.Records = &c
	}
	if out.Credits == nil && out.Records == nil {
		m.fail("limit", fettle.Errorf(fettle.Invalid, "the limit names no amount").WithHint("Write credits, records or both, such as {credits: 1000}; or limit: none."))
	}
	return out
}

func numberOr(s, other string) string {
	if _, err := fettle.ParseCredits(s); err == nil {
		return s
	}
	return other
}

func (m *mapping) credits(key string) fettle.Credits {
	c, err := fettle.ParseCredits(m.text(key))
	m.is(key, schema{"type": []string{"number", "string"}})
	m.check(key, err)
	return c
}

func (r *reader) provider(body ast.Node) *Provider {
	m := r.mapping(body, "", "apiVersion", "kind", "name", "base_url", "unit_credits")
	m.need("name", "Name the provider, such as prospeo or llm/openai.")
	p := &Provider{Name: m.text("name")}
	if m.has("base_url") {
		s := m.text("base_url")
		p.BaseURL = &s
	}
	if m.has("unit_credits") {
		c := m.credits("unit_credits")
		p.UnitCredits = &c
	}
	return p
}

func (r *reader) limitDocument(body ast.Node) *Limit {
	m := r.mapping(body, "", "apiVersion", "kind", "scope", "name", "limit", "enrichments", "people")
	m.need("scope", "Write scope: workspace, budget, provider or person.")
	m.need("limit", "Write limit: {credits: 1000, per: day}, or limit: none.")
	out := &Limit{Scope: m.oneOf("scope", "workspace", "budget", "provider", "person"), Key: m.text("name")}
	if out.Scope != "workspace" {
		m.need("name", "Name the "+out.Scope+".")
	} else if out.Key != "" {
		m.fail("name", fettle.Errorf(fettle.Invalid, "the workspace has no name").WithHint("Leave the key name out."))
	}
	if l := r.limit(m); l != nil {
		out.Limit = *l
	}
	for key, to := range map[string]*[]string{"enrichments": &out.Enrichments, "people": &out.People} {
		if m.has(key) && out.Scope != "budget" {
			m.fail(key, fettle.Errorf(fettle.Invalid, "nothing counts in a limit of the %s by name", out.Scope).WithHint("Enrichments and people count in a budget: scope: budget."))
		} else if m.has(key) {
			*to = append([]string{}, m.list(key)...)
		}
	}
	return out
}
