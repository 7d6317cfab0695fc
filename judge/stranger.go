package judge

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"fettle"
	"fettle/identity/stranger"
	"fettle/provider"
	"fettle/store"
)

// The identity gate. An answer that says whom it is about is compared with the
// record it was paid for: one about somebody else is billed, kept, and not found for
// the waterfall. What a record takes of an answer that was paid for another one is
// compared anew. See identity/stranger for the rule.

// whoFields are the fields of an entity that say whom a record is about.
var whoFields = map[fettle.Entity][]string{
	fettle.People:    {"name", "first_name", "last_name", "email", "linkedin_url", "company_domain", "country", "location"},
	fettle.Companies: {"name", "domain", "linkedin_url", "country", "location"},
}

// whoCompany are those of a person's company.
var whoCompany = []string{"name", "domain"}

// noteWho notes the fields that answers are compared with, of those that there are,
// where a step's answers say whom they are about.
func (p *Program) noteWho(own, company []fettle.Field) {
	if !p.Identifies() {
		return
	}
	there := func(fields []fettle.Field, keys []string) (out []string) {
		for _, f := range fields {
			if slices.Contains(keys, f.Key) {
				out = append(out, f.Key)
			}
		}
		return out
	}
	p.whoOwn, p.whoCompany = there(own, whoFields[p.Entity]), there(company, whoCompany)
}

// Identifies reports whether the answers of a step say whom they are about.
func (p *Program) Identifies() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.info.Identity })
}

// Who reads what is known of records that answers are compared with; none where no
// step's answers say whom they are about.
func (p *Program) Who(ctx context.Context, tx *store.Tx, ids []int64) (map[int64]*stranger.Known, error) {
	if len(p.whoOwn) == 0 || len(ids) == 0 {
		return nil, nil //nolint:nilnil // nothing is compared
	}
	records, err := tx.Records(ctx, p.Entity, ids, p.whoOwn, p.whoCompany)
	out := make(map[int64]*stranger.Known, len(records))
	for _, r := range records {
		out[r.ID] = p.who(r)
	}
	return out, err
}

func (p *Program) who(rec *store.Record) *stranger.Known {
	text := func(v any) string {
		if v == nil {
			return ""
		}
		return fettle.FormatValue(v)
	}
	own := func(field string) string {
		if !slices.Contains(p.whoOwn, field) {
			return ""
		}
		return text(rec.Value(field))
	}
	k := &stranger.Known{Name: own("name"), First: own("first_name"), Last: own("last_name"), Email: own("email"), LinkedIn: own("linkedin_url"), Country: own("country")}
	if k.Country == "" {
		k.Country = own("location")
	}
	if k.First == "" || k.Last == "" { // one of them alone says less than the whole
		if k.Name != "" {
			k.First, k.Last = "", ""
		}
	}
	add := func(list *[]string, s string) {
		if s != "" && !slices.Contains(*list, s) {
			*list = append(*list, s)
		}
	}
	add(&k.Domains, own("company_domain"))
	add(&k.Domains, own("domain"))
	for _, f := range p.whoCompany {
		if v := text(rec.CompanyValue(f)); f == "name" {
			add(&k.Employers, v)
		} else {
			add(&k.Domains, v)
		}
	}
	return k
}

// known is what is known of whom a step asks about: what the question says, and
// beside it what the record says.
func (p *Program) known(s *Step, who *stranger.Known, inputs map[string]any) stranger.Known {
	k := provider.Asked(s.info, p.Entity, inputs)
	if who == nil {
		return k
	}
	if k.Name == "" && (k.First == "" || k.Last == "") {
		k.Name, k.First, k.Last = who.Name, who.First, who.Last
	}
	for _, x := range []struct {
		to   *string
		from string
	}{{&k.Email, who.Email}, {&k.LinkedIn, who.LinkedIn}, {&k.Country, who.Country}} {
		if *x.to == "" {
			*x.to = x.from
		}
	}
	k.ByPhone = k.ByPhone || who.ByPhone
	k.Domains = union(k.Domains, who.Domains)
	k.Employers = union(k.Employers, who.Employers)
	return k
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// Stranger is an answer about somebody else than the record.
type Stranger struct {
	Attempt int64 // the call that it is the answer of
	Known   stranger.Known
	Answer  stranger.Answer
	Finding stranger.Finding
}

// Strange compares an answer with whom a step asked about; nil where it may be
// about them.
func (p *Program) Strange(s *Step, who *stranger.Known, inputs map[string]any, about stranger.Answer) *Stranger {
	if !s.info.Identity || about.Blank() {
		return nil
	}
	entity := p.Entity
	if s.info.Entity != "" {
		entity = s.info.Entity
	}
	h := Stranger{Known: p.known(s, who, inputs), Answer: about}
	if h.Finding = stranger.Judge(entity, h.Known, about); !h.Finding.Stranger {
		return nil
	}
	return &h
}

// Down says what was turned down because it is about somebody else.
func (h *Stranger) Down(s *Step) Downed {
	return Downed{fmt.Sprintf("an answer about somebody else: %s (%s)", h.Finding.Why, s.called()), true}
}

// heldBack reports whether a kept answer is not taken for the record, since it is
// about somebody else. The record's own was judged when it came, and stays as it
// was judged, or decided by a person; that of another record is judged anew.
func (p *Program) heldBack(k Facts, s *Step, q *Question, a store.Asked, v *Verdict) bool {
	if a.RecordID == k.Record.ID {
		if a.Stranger == store.StrangerHeld {
			v.Down = append(v.Down, Downed{fmt.Sprintf("an answer about somebody else (%s, call %d)", s.called(), a.ID), true})
			return true
		}
		return false
	}
	if a.About == "" {
		return false
	}
	var about stranger.Answer
	if json.Unmarshal([]byte(a.About), &about) != nil {
		return false
	}
	h := p.Strange(s, k.who, q.Inputs, about)
	if h == nil {
		return false
	}
	h.Attempt = a.ID
	v.Strangers = append(v.Strangers, *h)
	v.Down = append(v.Down, h.Down(s))
	return true
}

// paidFor reports whether an answer is bought for good: it gave something, or was
// held back, and is asked for again by a rerun alone.
func paidFor(a store.Asked) bool {
	return a.Outcome == string(fettle.Found) || a.Stranger != store.NoStranger
}

// lookAtWhom reads what is known of the records for which answers of other records
// are looked at that say whom they are about.
func (p *Program) lookAtWhom(ctx context.Context, tx *store.Tx, ks []Facts) error {
	var ids []int64
	for _, k := range ks {
		if slices.ContainsFunc(k.others, func(a store.Asked) bool { return a.About != "" }) {
			ids = append(ids, k.Record.ID)
		}
	}
	who, err := p.Who(ctx, tx, ids)
	for i := range ks {
		if w := who[ks[i].Record.ID]; w != nil {
			ks[i].who = w
		}
	}
	return err
}

// StepOf is the step that asks what a call asked; nil if none does any more.
func (p *Program) StepOf(call store.Attempt) *Step {
	for i := range p.Steps {
		if p.Steps[i].SameAs(call.Operation) {
			return &p.Steps[i]
		}
	}
	return nil
}
