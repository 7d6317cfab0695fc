package declarative

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/traits"

	"fettle"
	"fettle/identity/employment"
	"fettle/provider"
)

// employmentAnswer says where an answer tells a person's roles. They are
// compared with the inputs full_name, title, company_name and company_domain,
// and the operation gives the outputs of employmentOutputs.
type employmentAnswer struct {
	Person   string       `yaml:"person"` // whose profile it is
	Roles    string       `yaml:"roles"`  // the list of roles
	Role     roleAnswer   `yaml:"role"`
	Employer []employerIs `yaml:"employer"` // how the provider itself says that the person stands to the company; the first that holds
}

// roleAnswer are expressions over c, one role.
type roleAnswer struct {
	Title   string `yaml:"title"`
	Company string `yaml:"company"`
	Domain  string `yaml:"domain"`
	Start   string `yaml:"start"`
	End     string `yaml:"end"`
	Current string `yaml:"current"`
}

type employerIs struct {
	When string `yaml:"when"`
	Is   string `yaml:"is"` // current | past | never | unknown
}

type employmentProgram struct {
	person, roles                             *program
	title, company, domain, start, end, stays *program
	employer                                  []employerProgram
}

type employerProgram struct {
	when *program
	is   employment.Employer
}

// The outputs of an operation that tells a person's roles.
const (
	OutputVerdict = "verdict"    // moved, left, added_role, …
	OutputFinding = "employment" // the verdict in a sentence
)

// employmentOutputs are what such an operation gives.
var employmentOutputs = []provider.Param{
	{Name: OutputVerdict, Type: fettle.Text, Label: "Verdict"},
	{Name: OutputFinding, Type: fettle.Text, Label: "Employment"},
	{Name: "title", Type: fettle.Text, Label: "New title"},
	{Name: "company_name", Type: fettle.Text, Label: "New company"},
	{Name: "company_domain", Type: fettle.Domain, Label: "Domain of the new company"},
	{Name: "since", Type: fettle.Text, Label: "Month of the change"},
	{Name: "evidence", Type: fettle.Text, Label: "Why"},
}

// employment checks where the answer tells roles.
func (c *compiler) employment(op *operation, out *compiled) (err error) {
	in, p := op.Employment, &employmentProgram{}
	if op.Mode == modeJob {
		return c.failf("employment", "Use mode: batch, or ask for one person at a time.", "the result of a job is not compared with what was asked")
	}
	answerVars := responseVars
	if op.batches() {
		answerVars = itemVars
	}
	if slices.Contains(op.Cost.ChargedOn, "found") && !slices.Contains(op.Cost.ChargedOn, "not_found") {
		return c.failf("cost.charged_on", "An answer that verifies nothing is not found and billed all the same: add not_found.", "not_found is missing")
	}
	if !slices.ContainsFunc(out.inputs, func(n string) bool { return n == "company_name" || n == "company_domain" }) {
		return c.failf("employment", "Add company_name or company_domain to the inputs.", "there is no company to compare with")
	}
	for _, e := range []struct {
		key, src string
		vars     []string
		into     **program
	}{
		{"person", in.Person, answerVars, &p.person},
		{"roles", in.Roles, answerVars, &p.roles},
		{"role.title", in.Role.Title, candidateVars, &p.title},
		{"role.company", in.Role.Company, candidateVars, &p.company},
		{"role.domain", in.Role.Domain, candidateVars, &p.domain},
		{"role.start", in.Role.Start, candidateVars, &p.start},
		{"role.end", in.Role.End, candidateVars, &p.end},
		{"role.current", in.Role.Current, candidateVars, &p.stays},
	} {
		if err := c.optional("employment."+e.key, e.src, e.vars, e.into); err != nil {
			return err
		}
	}
	if p.roles == nil || p.company == nil && p.domain == nil {
		return c.failf("employment.roles", "Say where the list of roles is, and the company of each (role: {company: c.company}).", "the roles are not said")
	}
	for _, e := range in.Employer {
		if err := c.oneOf("employment.employer", e.Is, string(employment.Present), string(employment.Past), string(employment.Stranger), string(employment.Doubtful)); err != nil {
			return err
		}
		when, err := c.expr("employment.employer", e.When, answerVars)
		if err != nil {
			return err
		}
		p.employer = append(p.employer, employerProgram{when, employment.Employer(e.Is)})
	}
	out.employment = p
	out.info.Outputs = append(out.info.Outputs, employmentOutputs...)
	return nil
}

// verify makes the verdict of an answer and gives it as outputs. One that
// verifies nothing is not found: what was known before stays.
func (o *Operation) verify(s *scope, res *provider.Result) {
	p := o.c.employment
	profile := employment.Profile{Name: p.person.text(s)}
	if v, err := p.roles.value(s); err == nil {
		if list, ok := v.(traits.Lister); ok {
			for it := list.Iterator(); it.HasNext() == types.True; {
				s.c = it.Next()
				profile.Roles = append(profile.Roles, p.role(s))
			}
		}
	}
	for _, e := range p.employer {
		if e.when.holds(s) {
			profile.Employer = e.is
			break
		}
	}
	f := employment.Judge(knownOf(s.input), profile)
	s.unchanged = !f.Verdict.Change()
	if !f.Verdict.Told() {
		res.Outcome, res.Unsure, res.Message = provider.NotFound, true, string(f.Verdict)+": "+f.Why
		return
	}
	if res.Outputs == nil {
		res.Outputs = map[string]any{}
	}
	for name, text := range map[string]string{
		OutputVerdict: string(f.Verdict), OutputFinding: f.Sentence(), "title": f.New.Title, "company_name": f.New.Company, "company_domain": f.New.Domain,
		"since": f.Since, "evidence": f.Why,
	} {
		if text != "" {
			res.Outputs[name] = text
		}
	}
}

// knownOf is what the question says of the job.
func knownOf(input map[string]any) employment.Known {
	text := func(name string) string {
		if v, ok := input[name]; ok {
			return strings.TrimSpace(fettle.FormatValue(v))
		}
		return ""
	}
	k := employment.Known{Name: text("full_name"), Title: text("title"), Company: text("company_name")}
	if d := text("company_domain"); d != "" {
		k.Domains = []string{d}
	}
	return k
}

func (p *employmentProgram) role(s *scope) employment.Role {
	r := employment.Role{Title: p.title.text(s), Company: p.company.text(s), Domain: p.domain.text(s), Start: p.start.text(s), End: p.end.text(s)}
	r.Current = p.stays != nil && p.stays.holds(s)
	return r
}

// text is a program's value as text; blank for none.
func (p *program) text(s *scope) string {
	if p == nil {
		return ""
	}
	v, err := p.value(s)
	if err != nil || v == nil || isNull(v) {
		return ""
	}
	text, err := toText(v)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(text)
}
