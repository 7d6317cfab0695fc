package employment_test

import (
	"testing"

	"pgregory.net/rapid"

	"fettle/identity/employment"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	known := employment.Known{Name: "Ada Lovelace", Title: "Head of Sales", Company: "Acme Inc.", Domains: []string{"acme.com", "acme.de"}}
	acme := employment.Role{Title: "Head of Sales", Company: "Acme", Domain: "www.acme.com", Start: "2020-01", Current: true}
	ended := acme
	ended.Current, ended.End = false, "2026-02-15"
	other := employment.Role{Title: "VP Sales", Company: "Contoso", Domain: "contoso.com", Start: "Mar 2026", Current: true}
	with := func(r employment.Role, change func(*employment.Role)) employment.Role {
		change(&r)
		return r
	}
	for name, c := range map[string]struct {
		profile employment.Profile
		verdict employment.Verdict
		since   string
		to      string
	}{
		"still there":         {employment.Profile{Name: "Lovelace, Ada", Roles: []employment.Role{acme}}, employment.StillThere, "", ""},
		"second domain":       {employment.Profile{Roles: []employment.Role{with(acme, func(r *employment.Role) { r.Domain = "acme.de" })}}, employment.StillThere, "", ""},
		"name alone":          {employment.Profile{Roles: []employment.Role{with(acme, func(r *employment.Role) { r.Domain = "" })}}, employment.StillThere, "", ""},
		"case of the title":   {employment.Profile{Roles: []employment.Role{with(acme, func(r *employment.Role) { r.Title = "head of  SALES" })}}, employment.StillThere, "", ""},
		"moved":               {employment.Profile{Roles: []employment.Role{other, ended}}, employment.Moved, "2026-03", "Contoso"},
		"moved, undated":      {employment.Profile{Roles: []employment.Role{with(other, func(r *employment.Role) { r.Start = "" }), ended}}, employment.Moved, "2026-02", "Contoso"},
		"left":                {employment.Profile{Roles: []employment.Role{ended}}, employment.Left, "2026-02", ""},
		"a role beside":       {employment.Profile{Roles: []employment.Role{other, acme}}, employment.AddedRole, "2026-03", "Contoso"},
		"an older side role":  {employment.Profile{Roles: []employment.Role{with(other, func(r *employment.Role) { r.Start = "2011-01" }), acme}}, employment.StillThere, "", ""},
		"retitled":            {employment.Profile{Roles: []employment.Role{with(acme, func(r *employment.Role) { r.Title, r.Start = "CRO", "2026-01" })}}, employment.Retitled, "2026-01", "Acme"},
		"renamed":             {employment.Profile{Roles: []employment.Role{with(acme, func(r *employment.Role) { r.Company = "Roadrunner" })}}, employment.RenamedCompany, "", "Roadrunner"},
		"empty":               {employment.Profile{Name: "Ada Lovelace"}, employment.Unverified, "", ""},
		"no dates":            {employment.Profile{Roles: []employment.Role{with(acme, func(r *employment.Role) { r.Current, r.Start = false, "" }), other}}, employment.Unverified, "", ""},
		"company not there":   {employment.Profile{Roles: []employment.Role{other}}, employment.Unverified, "", ""},
		"vendor: past":        {employment.Profile{Roles: []employment.Role{other}, Employer: employment.Past}, employment.Moved, "2026-03", "Contoso"},
		"vendor: present":     {employment.Profile{Roles: []employment.Role{other}, Employer: employment.Present}, employment.StillThere, "", ""},
		"vendor: never":       {employment.Profile{Roles: []employment.Role{other}, Employer: employment.Stranger}, employment.Unverified, "", ""},
		"vendor against role": {employment.Profile{Roles: []employment.Role{acme}, Employer: employment.Past}, employment.StillThere, "", ""},
		"somebody else":       {employment.Profile{Name: "Grace Hopper", Roles: []employment.Role{acme}}, employment.WrongPerson, "", ""},
		"same name, a domain": {employment.Profile{Roles: []employment.Role{with(acme, func(r *employment.Role) { r.Domain = "acme.org" })}}, employment.Unverified, "", ""},
	} {
		f := employment.Judge(known, c.profile)
		if f.Verdict != c.verdict || f.Since != c.since || f.New.Company != c.to && c.to != "" {
			t.Errorf("%s: %+v, want %s since %q to %q", name, f, c.verdict, c.since, c.to)
		}
	}
}

// TestOrderOfRolesDoesNotMatter judges the same roles in every order.
func TestOrderOfRolesDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		month := rapid.SampledFrom([]string{"", "2019-04", "2021-11", "2024-02", "2026-01"})
		seen := map[string]bool{}
		var roles []employment.Role
		for range rapid.IntRange(0, 5).Draw(t, "roles") {
			r := employment.Role{
				Title: rapid.SampledFrom([]string{"CEO", "CFO", ""}).Draw(t, "title"), Company: rapid.SampledFrom([]string{"Acme", "Contoso", "Initech"}).Draw(t, "company"),
				Start: month.Draw(t, "start"), End: month.Draw(t, "end"), Current: rapid.Bool().Draw(t, "current"),
			}
			if !seen[r.Start] { // roles that began together have no order
				roles, seen[r.Start] = append(roles, r), true
			}
		}
		known := employment.Known{Title: "CEO", Company: "Acme GmbH"}
		want := employment.Judge(known, employment.Profile{Roles: roles})
		got := employment.Judge(known, employment.Profile{Roles: rapid.Permutation(roles).Draw(t, "order")})
		if want != got {
			t.Fatalf("%+v and %+v", want, got)
		}
	})
}

func TestMonth(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-03": "2026-03", "2026-03-09": "2026-03", "Sep 2022": "2022-09", "September 2022": "2022-09", "3/2024": "2024-03", "2026-03-09T10:00:00Z": "2026-03",
		"2022": "", "": "", "Present": "",
	} {
		if got := employment.Month(text); got != want {
			t.Errorf("%q is %q, not %q", text, got, want)
		}
	}
}
