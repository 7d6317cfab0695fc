// Package employment says what became of a person's job, by comparing what was
// known of it with the roles that a provider tells: in code, never by a model.
package employment

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"

	"fettle/identity"
)

// Verdict is what became of a job.
type Verdict string

// The verdicts.
const (
	Moved          Verdict = "moved"           // the role ended, and there is one elsewhere
	Left           Verdict = "left"            // the role ended, and nothing else is known
	AddedRole      Verdict = "added_role"      // a newer role elsewhere beside the one that is known
	Retitled       Verdict = "retitled"        // the same company, another title
	RenamedCompany Verdict = "renamed_company" // the same company by its domain, under another name
	StillThere     Verdict = "still_there"
	Unverified     Verdict = "unverified"   // nothing can be said: what was known stays
	WrongPerson    Verdict = "wrong_person" // the answer is about somebody else: what was known stays
)

// Told reports whether the verdict says something of the job, so that it
// replaces the last one.
func (v Verdict) Told() bool { return v != Unverified && v != WrongPerson && v != "" }

// Change reports whether the verdict is a change of the job.
func (v Verdict) Change() bool { return v.Told() && v != StillThere }

// Known is what is known of a person's job. Blank is not known.
type Known struct {
	Name    string // the person's
	Title   string
	Company string   // its name
	Domains []string // of the company, the first is the main one
}

// Role is one role of a person. Start and End are months, "2026-03"; blank is
// not known.
type Role struct {
	Title   string `json:"title,omitempty"`
	Company string `json:"company,omitempty"`
	Domain  string `json:"domain,omitempty"`
	Start   string `json:"start,omitempty"`
	End     string `json:"end,omitempty"`
	Current bool   `json:"current,omitempty"`
}

// Employer is how a provider says that the person stands to the company that it
// was asked about. It is believed where the roles name no such company: vendors
// compare with domains that their roles do not show.
type Employer string

// The ways to stand to a company; blank is not told.
const (
	Present  Employer = "current"
	Past     Employer = "past"
	Stranger Employer = "never"   // never worked there
	Doubtful Employer = "unknown" // the provider cannot tell
)

// Profile is what a provider tells of a person.
type Profile struct {
	Name     string
	Roles    []Role
	Employer Employer
}

// Finding is a verdict with what it goes by.
type Finding struct {
	Verdict Verdict
	Old     Role   // the role that is known
	New     Role   // the role that is new; of left, blank
	Since   string // the month in which it changed; blank: not known
	Why     string // in words

	at Role // of still_there: the role that the profile has there
}

// Judge compares what is known of a job with a profile. An answer about another
// name is wrong_person; one that does not know the company, or tells no role, is
// unverified: no change is ever made of what is missing.
func Judge(known Known, p Profile) Finding {
	old := Role{Title: known.Title, Company: known.Company}
	if len(known.Domains) > 0 {
		old.Domain = known.Domains[0]
	}
	f := Finding{Old: old, Verdict: Unverified}
	switch {
	case identity.NamesUnlike(identity.Words(known.Name), identity.Words(p.Name)):
		f.Verdict, f.Why = WrongPerson, "the profile is of "+p.Name
		return f
	case len(p.Roles) == 0:
		f.Why = "the profile tells no role"
		return f
	case known.Company == "" && len(known.Domains) == 0:
		f.Why = "the company is not known"
		return f
	}
	here, elsewhere := split(known, p.Roles)
	at := newest(here, Role.current)
	was := newest(here, func(r Role) bool { return !r.current() })
	next := newest(elsewhere, Role.current)
	switch {
	case at != nil:
		return f.stays(known, *at, next)
	case len(here) == 0 && p.Employer == Present:
		return f.because(StillThere, "the provider says so")
	case was != nil && (was.End != "" || p.Employer == Past), len(here) == 0 && p.Employer == Past:
		return f.ends(was, next)
	case was != nil:
		f.Why = "the role at " + employer(*was) + " has no dates"
	default:
		f.Why = employer(old) + " is not among the roles"
	}
	return f
}

// because is the finding with a verdict that names no new role.
func (f Finding) because(v Verdict, why string) Finding {
	f.Verdict, f.Why = v, why
	return f
}

// stays judges somebody who is at the company that is known.
func (f Finding) stays(known Known, at Role, next *Role) Finding {
	f.New, f.Since = at, at.Start
	switch {
	case next != nil && next.Start > at.Start && at.Start != "":
		f.New, f.Since = *next, next.Start
		return f.because(AddedRole, "at "+employer(*next)+" too, since "+next.Start)
	case known.Title != "" && at.Title != "" && !sameTitle(known.Title, at.Title):
		return f.because(Retitled, at.Title+" at "+employer(at))
	case known.Company != "" && at.Company != "" && at.Domain != "" && !identity.SameCompany(known.Company, at.Company):
		f.Since = ""
		return f.because(RenamedCompany, known.Company+" is "+at.Company+" now, at the same domain")
	}
	f.New, f.Since, f.at = Role{}, "", at
	return f.because(StillThere, "at "+employer(at))
}

// ends judges somebody whose role at the company ended.
func (f Finding) ends(was, next *Role) Finding {
	ended := ""
	if was != nil {
		ended = was.End
	}
	if next == nil {
		f.Since = ended
		return f.because(Left, "no role since")
	}
	f.New, f.Since = *next, cmp.Or(next.Start, ended)
	return f.because(Moved, "to "+employer(*next))
}

// Beginnings are what the sentence of each verdict that was told begins with.
func Beginnings() iter.Seq2[Verdict, string] {
	return func(yield func(Verdict, string) bool) {
		for _, v := range []Verdict{Moved, Left, AddedRole, Retitled, RenamedCompany, StillThere} {
			if !yield(v, v.begins()) {
				return
			}
		}
	}
}

func (v Verdict) begins() string {
	switch v {
	case AddedRole:
		return "added a role"
	case RenamedCompany:
		return "company renamed"
	case Moved, Left, Retitled, StillThere, Unverified, WrongPerson:
	}
	return strings.ReplaceAll(string(v), "_", " ")
}

// Sentence is the finding for people: "moved to Contoso, VP Sales (2026-03)". It is
// another one where another job was found: "still there: Contoso, VP Sales".
func (f Finding) Sentence() string {
	out := f.Verdict.begins()
	switch f.Verdict {
	case Moved:
		out += " to " + employer(f.New) + titled(f.New)
	case AddedRole:
		out += " at " + employer(f.New) + titled(f.New)
	case Left:
		out += " " + employer(f.Old)
	case Retitled:
		out += ": " + f.New.Title
	case RenamedCompany:
		out += " " + employer(f.New)
	case StillThere:
		out += ": " + employer(cmp.Or(f.at, f.Old)) + titled(f.at)
	case Unverified, WrongPerson:
	}
	if f.Since != "" {
		out += " (" + f.Since + ")"
	}
	return out
}

func titled(r Role) string {
	if r.Title == "" {
		return ""
	}
	return ", " + r.Title
}

// split divides roles into those at the company that is known and others.
func split(known Known, roles []Role) (here, elsewhere []Role) {
	for _, r := range roles {
		r.Start, r.End = Month(r.Start), Month(r.End)
		if known.at(r) {
			here = append(here, r)
		} else {
			elsewhere = append(elsewhere, r)
		}
	}
	return here, elsewhere
}

// at reports whether a role is at the company that is known: the domain decides
// where both have one, else the name.
func (k Known) at(r Role) bool {
	if domain, ok := identity.Domain(r.Domain); ok && len(k.Domains) > 0 {
		return slices.ContainsFunc(k.Domains, func(d string) bool {
			own, ok := identity.Domain(d)
			return ok && own == domain
		})
	}
	return k.Company != "" && r.Company != "" && identity.SameCompany(k.Company, r.Company)
}

// current reports whether the role goes on: the provider says so and names no end.
func (r Role) current() bool { return r.Current && r.End == "" }

// newest is the role that began last among some; nil if there is none.
func newest(roles []Role, some func(Role) bool) *Role {
	var best *Role
	for i := range roles {
		if some(roles[i]) && (best == nil || roles[i].Start > best.Start) {
			best = &roles[i]
		}
	}
	return best
}

func employer(r Role) string { return cmp.Or(r.Company, r.Domain, "a company without a name") }

func sameTitle(a, b string) bool {
	return strings.Join(identity.Words(a), " ") == strings.Join(identity.Words(b), " ")
}

// monthForms are the forms in which providers write months.
var monthForms = []string{"2006-01", time.DateOnly, time.RFC3339, "Jan 2006", "January 2006", "01/2006", "1/2006"}

// Month reads a month in the forms that providers use, as "2026-03"; blank for
// anything else, a year alone included.
func Month(text string) string {
	for _, form := range monthForms {
		if t, err := time.Parse(form, strings.TrimSpace(text)); err == nil {
			return t.Format("2006-01")
		}
	}
	return ""
}
