package declarative

import (
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/traits"

	"fettle/identity/stranger"
)

// identityAnswer says where an answer tells whom it is about. Each part is one text,
// or a list of them for domain, employer and past. What an answer leaves out is not
// held against it.
type identityAnswer struct {
	Name      string `yaml:"name"`
	FirstName string `yaml:"first_name"`
	LastName  string `yaml:"last_name"`
	Email     string `yaml:"email"`
	LinkedIn  string `yaml:"linkedin"`
	Domain    string `yaml:"domain"`   // of the person's company; of a company its own
	Employer  string `yaml:"employer"` // the name of the person's company
	Past      string `yaml:"past"`     // earlier employers, names or domains
	Country   string `yaml:"country"`
}

type identityProgram struct {
	name, first, last, email, linkedin, domain, employer, past, country *program
}

// identity checks where the answer tells whom it is about.
func (c *compiler) identity(op *operation, out *compiled, vars []string) error {
	in, p := op.Identity, &identityProgram{}
	if in == nil {
		return nil
	}
	if op.Employment != nil {
		return c.failf("identity", "Take identity away.", "the roles of an employment are compared with the person already")
	}
	given := false
	for _, e := range []struct {
		key, src string
		into     **program
	}{
		{"name", in.Name, &p.name},
		{"first_name", in.FirstName, &p.first},
		{"last_name", in.LastName, &p.last},
		{"email", in.Email, &p.email},
		{"linkedin", in.LinkedIn, &p.linkedin},
		{"domain", in.Domain, &p.domain},
		{"employer", in.Employer, &p.employer},
		{"past", in.Past, &p.past},
		{"country", in.Country, &p.country},
	} {
		if err := c.optional("identity."+e.key, e.src, vars, e.into); err != nil {
			return err
		}
		given = given || *e.into != nil
	}
	if !given {
		return c.failf("identity", "Say at least where the name stands: identity: {name: body.full_name}.", "it says nothing")
	}
	out.identity, out.info.Identity = p, true
	return nil
}

// about reads whom the answer says that it is about.
func (p *identityProgram) about(s *scope) stranger.Answer {
	return stranger.Answer{
		Name: p.name.text(s), First: p.first.text(s), Last: p.last.text(s), Email: p.email.text(s), LinkedIn: p.linkedin.text(s), Country: p.country.text(s),
		Domains: p.domain.texts(s), Employers: p.employer.texts(s), Past: p.past.texts(s),
	}
}

// mostTold is how many of a list are read: earlier employers of a long life.
const mostTold = 50

// texts is a program's value as texts: one, or each of a list.
func (p *program) texts(s *scope) []string {
	if p == nil {
		return nil
	}
	v, err := p.value(s)
	list, is := v.(traits.Lister)
	if err != nil || !is {
		if one := p.text(s); one != "" {
			return []string{one}
		}
		return nil
	}
	var out []string
	for it := list.Iterator(); it.HasNext() == types.True && len(out) < mostTold; {
		item := it.Next()
		if item == nil || isNull(item) {
			continue
		}
		if text, err := toText(item); err == nil && strings.TrimSpace(text) != "" {
			out = append(out, strings.TrimSpace(text))
		}
	}
	return out
}
