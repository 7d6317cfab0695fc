package declarative

import (
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/provider"
)

const billed = `apiVersion: provider/v1
kind: DataProvider
id: v
name: V
auth: {type: none}
server: {base_url: "http://127.0.0.1:1"}
operations:
  - id: check
    inputs: {fields: {linkedin_url: {type: text}, company_name: {type: text}}, require_any: [[linkedin_url]]}
    request: {method: GET, path: /check}
    outcomes: [{when: "resp.status == 200", is: found}]
    employment: {roles: "body.roles", role: {company: "c.company", current: "c.current"}}
    cost: {unit: credit, estimate: "2.0", charged_on: [found, not_found]COST}
    idempotency: {mode: none}
`

// TestBilling says for each way of billing what is quoted, what an answer that does
// not tell its price is charged, and for whom and how long a contact is paid.
func TestBilling(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse("2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, tt := range []struct {
		cost, says, refused         string
		quoted, changed, same, free provider.Units
		until                       string // a contact that is billed on 15 January at noon is paid before
	}{
		{cost: "", says: "2 credits", quoted: 2, changed: 2, same: 2, free: 2},
		{cost: ", per: check", says: "2 credits, per check", quoted: 2, changed: 2, same: 2, free: 2},
		{cost: ", per: change", says: "2 credits, per change in an answer", quoted: 2, changed: 2, same: 0, free: 2},
		{cost: `, minimum: "5.0"`, says: "2 credits, at least 5.0 a request", quoted: 5, changed: 5, same: 5, free: 5},
		{cost: ", per: contact, contact: [linkedin_url], period: 30d", says: "2 credits, once per contact and 30d", quoted: 2, changed: 2, same: 2, until: "2026-02-14 11:00"},
		{cost: ", per: contact, contact: [linkedin_url], period: month", says: "2 credits, once per contact and month", quoted: 2, changed: 2, same: 2, until: "2026-01-31 23:00"},
		{cost: `, low: "0.0"`, says: "at most 2 credits", quoted: 2, changed: 2, same: 2, free: 2},
		{cost: ", per: contact, period: month", refused: "contact"},
		{cost: ", per: contact, contact: [email], period: month", refused: "email"},
		{cost: ", per: contact, contact: [linkedin_url]", refused: "period"},
		{cost: ", contact: [linkedin_url]", refused: "per: contact"},
		{cost: ", per: year", refused: "year"},
	} {
		d, err := Parse([]byte(strings.Replace(billed, "COST", tt.cost, 1)))
		if tt.refused != "" {
			if err == nil || !strings.Contains(fettle.AsError(err).Error()+fettle.AsError(err).Hint, tt.refused) {
				t.Errorf("%s: %v", tt.cost, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", tt.cost, err)
		}
		p := New(d)
		op := &Operation{p: p, c: d.ops["check"]}
		call := provider.Call{Inputs: map[string]any{"linkedin_url": " In/Ada "}}
		q, ok := op.Quote(call)
		call.Covered = true
		f, _ := op.Quote(call)
		charge := func(s scope) provider.Units {
			s.caps = p.facts.Load().caps
			var res provider.Result
			op.charge(&s, &res)
			return res.Units
		}
		if !ok || q.Max() != tt.quoted*provider.Unit || f.Max() != tt.free*provider.Unit || charge(scope{}) != tt.changed*provider.Unit ||
			charge(scope{unchanged: true}) != tt.same*provider.Unit || charge(scope{covered: true}) != tt.free*provider.Unit || op.Info().Billing != tt.says {
			t.Errorf("%s: quoted %+v, covered %+v, %q", tt.cost, q, f, op.Info().Billing)
		}
		other := provider.Call{Inputs: map[string]any{"linkedin_url": "in/ada"}}
		if who := op.Contact(call); (who != "") != (tt.until != "") || who != op.Contact(other) {
			t.Errorf("%s: the contact is %q", tt.cost, who)
		}
		if tt.until == "" {
			continue
		}
		from, end := at("2026-01-15 12:00"), at(tt.until)
		if !op.Covers(from, end.Add(-time.Minute)) || op.Covers(from, end) {
			t.Errorf("%s: paid until %s", tt.cost, tt.until)
		}
	}
}
