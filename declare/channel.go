package declare

import (
	"net/mail"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"fettle"
)

// Channel is who is told what happens, without what is secret of it: where a
// webhook and a chat are reached, what signs, the mail server.
type Channel struct {
	To         fettle.ChannelKind `json:"to"`
	Email      []string           `json:"email,omitempty"` // the addresses of people
	On         []string           `json:"on,omitempty"`    // none: the usual events
	Owner      string             `json:"owner,omitempty"`
	OwnerField string             `json:"owner_field,omitempty"`
	Every      fettle.Interval    `json:"every,omitzero"` // never of a webhook
}

// channel reads who is told what.
func (r *reader) channel(body ast.Node) (string, *Channel) {
	m := r.mapping(body, "", "apiVersion", "kind", "name", "label", "to", "email", "on", "owner", "owner_field", "every")
	name := m.name("a channel")
	m.need("to", "Write to: slack, to: email or to: webhook.")
	c := &Channel{
		To:    fettle.ChannelKind(m.oneOf("to", string(fettle.ChannelSlack), string(fettle.ChannelEmail), string(fettle.ChannelWebhook))),
		Email: m.addresses("email"), On: sorted(m.list("on")), Owner: strings.TrimSpace(m.text("owner")), OwnerField: strings.TrimSpace(m.text("owner_field")), Every: m.interval("every"),
	}
	if r.shapes != nil || len(r.errs) > 0 {
		return name, c
	}
	m.check("on", fettle.CheckEvents(c.On))
	switch {
	case c.To == fettle.ChannelEmail && len(c.Email) == 0:
		m.fail("email", fettle.Errorf(fettle.Invalid, "no address is named").WithHint("Write email: ada@acme.example, or a list of addresses."))
	case c.To != fettle.ChannelEmail && m.has("email"):
		m.fail("email", fettle.Errorf(fettle.Invalid, "a channel goes one way").WithHint("Leave email out, or write to: email."))
	}
	switch {
	case !c.To.ForPeople() && m.has("every"):
		m.fail("every", fettle.Errorf(fettle.Invalid, "a webhook gets every event by itself").WithHint("Leave every out."))
	case c.To.ForPeople() && !m.has("every"):
		c.Every = fettle.GatherFor
	case c.To.ForPeople():
		m.check("every", fettle.CheckGather(c.Every))
	}
	return name, c
}

// addresses reads the addresses of people.
func (m *mapping) addresses(key string) []string {
	var out []string
	for _, s := range m.list(key) {
		one, err := mail.ParseAddress(strings.TrimSpace(s))
		if m.r.shapes == nil && (err != nil || one.Name != "") {
			m.fail(key, fettle.Errorf(fettle.Invalid, "%q is not an e-mail address", s).WithHint("Write it as ada@acme.example."))
		} else if err == nil {
			out = append(out, one.Address)
		}
	}
	return sorted(out)
}

// sorted gives a list in which the order says nothing; nil if it is empty.
func sorted(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(list)))
}
