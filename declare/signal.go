package declare

import (
	"strings"

	"github.com/goccy/go-yaml/ast"

	"fettle"
)

// signal reads a signal rule: what is looked for, and what it is told as.
func (r *reader) signal(body ast.Node) (string, *fettle.SignalRule) {
	m := r.mapping(body, "", "apiVersion", "kind", "name", "label", "entity", "type", "detect", "when", "from", "to", "details", "since",
		"signal_kind", "by", "first_word", "left", "settle", "companion", "hook",
		"audience", "provider", "inputs", "options", "outputs", "write", "every", "retry", "look_back", "schedule", "limit")
	name := m.name("a signal rule")
	m.need("type", "Write what has happened in a word, such as type: job_change.")
	def := &fettle.SignalRule{
		Entity:  m.entity(),
		Type:    m.text("type"),
		Detect:  m.oneOf("detect", fettle.DetectChanges, fettle.DetectPosted, fettle.DetectPoll, fettle.DetectDepartures),
		When:    strings.TrimSpace(m.text("when")),
		From:    m.texts("from"),
		To:      m.texts("to"),
		Details: m.texts("details"),
		Since:   strings.TrimSpace(m.text("since")),
		Kind:    m.text("signal_kind"),
		Left:    m.boolean("left", false),
		Settle:  m.interval("settle"),
	}
	if by := m.oneOf("by", "people", "any"); by == "any" {
		def.By = by
	}
	if first := m.oneOf("first_word", "baseline", "signal"); first == "signal" {
		def.FirstWord = first
	}
	if n := m.entries["companion"]; n != nil {
		c := r.mapping(n, m.path+"companion.", "name", "within")
		def.Companion = &fettle.Companion{Name: c.text("name"), Within: c.interval("within")}
		if def.Companion.Name != "" {
			c.check("name", fettle.CheckName("an audience", def.Companion.Name))
		}
	}
	if n := m.entries["hook"]; n != nil {
		h := r.mapping(n, m.path+"hook.", "each", "match", "id", "ignore")
		def.Hook = &fettle.SignalHook{Each: h.text("each"), Match: h.texts("match"), ID: h.text("id"), Ignore: h.text("ignore")}
	}
	if def.Detect == fettle.DetectPoll || r.shapes != nil {
		r.poll(m, def)
		return name, def
	}
	for _, key := range []string{"audience", "provider", "inputs", "options", "outputs", "write", "every", "retry", "look_back", "schedule", "limit"} {
		if m.has(key) {
			m.fail(key, fettle.Errorf(fettle.Invalid, "%s is of a poll", key).WithHint("Write detect: poll, or leave %s out.", key))
		}
	}
	return name, def
}

// poll reads what a rule asks a provider.
func (r *reader) poll(m *mapping, def *fettle.SignalRule) {
	for key, hint := range map[string]string{
		"audience": "Say of whom it asks, such as audience: champions.", "provider": "Say whom it asks, such as provider: sandbox/job_change.",
		"inputs": "Say what is sent, such as inputs: {linkedin_url: linkedin_url, company_domain: company_domain}.", "every": "Say how long an answer counts, such as every: 30d.",
	} {
		if r.shapes == nil { // other rules have none of these
			m.need(key, hint)
		}
	}
	def.Audience, def.Provider, def.Inputs, def.Options = m.text("audience"), m.text("provider"), m.texts("inputs"), m.tree("options")
	def.Outputs = m.outputs("outputs")
	def.Write = fettle.WritePolicy(m.oneOf("write", string(fettle.Overwrite), string(fettle.FillBlanks), string(fettle.OverwriteAll)))
	def.Every, def.Retry, def.LookBack, def.Limit = m.interval("every"), m.interval("retry"), m.interval("look_back"), r.limit(m)
	def.Schedule = m.schedule("schedule")
}
