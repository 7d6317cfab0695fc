package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// jobChangeID is the operation that tells where a person works.
const jobChangeID = "job_change"

// contactPeriod is for how long a contact is paid that is billed once in a period.
const contactPeriod = 30 * 24 * time.Hour

// moved reports whether the answer is billed that is billed per change: no role
// that the person has is the one that was asked about.
func moved(in []string, data map[string]any) bool {
	roles, _ := data["roles"].([]Role)
	for _, r := range roles {
		if r.Current && host(r.CompanyDomain) == host(in[2]) && (in[1] == "" || normalise(r.Title) == in[1]) {
			return false
		}
	}
	return len(roles) > 0
}

// once takes the bill away of a contact that was billed within its period, and
// notes one that is.
func (l *ledger) once(now time.Time, q question, v *verdict) {
	if q.contact == "" || v.billed == 0 {
		return
	}
	if at, ok := l.paid[q.contact]; ok && now.Before(at.Add(contactPeriod)) {
		v.billed, v.charged = 0, 0
		if v.outcome == droppedBilled {
			v.outcome = dropped
		}
		return
	}
	l.paid[q.contact] = now
}

// Role is a role of a person as the simulated provider tells it. Months are
// "2026-03", "" where it does not know them.
type Role struct {
	Title         string `json:"title,omitempty"`
	Company       string `json:"company,omitempty"`
	CompanyDomain string `json:"company_domain,omitempty"`
	Start         string `json:"start,omitempty"`
	End           string `json:"end,omitempty"`
	Current       bool   `json:"current"`
}

// Profile is what the simulated provider knows of a person.
type Profile struct {
	LinkedInURL string `json:"linkedin_url"`
	Name        string `json:"name,omitempty"`
	Roles       []Role `json:"roles"`
}

// people is what the server was told of people, by their address.
type people struct {
	mu    sync.Mutex
	known map[string]Profile
}

// Know tells the server what is true of a person from now on. Of people whom
// nobody told it about, it makes a story up.
func (s *Server) Know(p Profile) {
	s.people.mu.Lock()
	defer s.people.mu.Unlock()
	if s.people.known == nil {
		s.people.known = map[string]Profile{}
	}
	s.people.known[profileKey(p.LinkedInURL)] = p
}

// told is what the server was told of a person.
func (s *Server) told(linkedin string) (map[string]any, bool) {
	s.people.mu.Lock()
	defer s.people.mu.Unlock()
	p, ok := s.people.known[profileKey(linkedin)]
	return profileData(p.Name, p.Roles...), ok
}

// profileKey is an address without what people write differently.
func profileKey(url string) string {
	_, after, ok := strings.Cut(normalise(url), "linkedin.com/")
	if !ok {
		after = normalise(url)
	}
	return strings.TrimSuffix(after, "/")
}

// know answers PUT /people.
func (s *Server) know(w http.ResponseWriter, r *http.Request) {
	var p Profile
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil || p.LinkedInURL == "" {
		send(w, http.StatusBadRequest, dataError("bad_input", "the body is {linkedin_url, name, roles: [{title, company, company_domain, start, end, current}]}"))
		return
	}
	s.Know(p)
	writeJSON(w, p)
}

// profileData is a profile as the answer holds it.
func profileData(name string, all ...Role) map[string]any {
	out := map[string]any{"roles": all}
	if len(all) == 0 {
		out["roles"] = []Role{}
	}
	if name != "" {
		out["name"] = name
	}
	return out
}

// The stories that are made up. Their shares are those of a hundred people.
var stories = []struct {
	share int
	tell  func(d *dice, here Role) map[string]any
}{
	{60, func(_ *dice, here Role) map[string]any { return profileData("", here) }},
	{12, func(d *dice, here Role) map[string]any {
		return profileData("", elsewhere(d, month(d)), ended(here, d))
	}},
	{5, func(d *dice, here Role) map[string]any { return profileData("", ended(here, d)) }},
	{5, func(d *dice, here Role) map[string]any { return profileData("", here, elsewhere(d, month(d))) }},
	{8, func(d *dice, here Role) map[string]any {
		was := ended(here, d)
		here.Title, here.Start = "Head of "+pick(d, roles), was.End
		return profileData("", here, was)
	}},
	{3, func(_ *dice, here Role) map[string]any {
		here.Company += " Group"
		return profileData("", here)
	}},
	{4, func(*dice, Role) map[string]any { return profileData("") }},
	{3, func(d *dice, _ Role) map[string]any { return profileData("Someone Else", elsewhere(d, "2019-02")) }},
}

// employment makes up where somebody works. Its dates do not move with the
// clock, so that a change that is told twice has one date.
func employment(d dice, in []string) map[string]any {
	domain := host(in[2])
	if in[2] == "" {
		domain = pick(&d, employers)
	}
	here := Role{Title: capitals(in[1]), Company: companyName(domain), CompanyDomain: domain, Start: fmt.Sprintf("20%02d-%02d", 15+d.below(9), 1+d.below(12)), Current: true}
	if here.Title == "" {
		here.Title = pick(&d, roles)
	}
	n := d.below(100)
	for _, s := range stories {
		if n -= s.share; n < 0 {
			return s.tell(&d, here)
		}
	}
	return profileData("", here)
}

// month is one of the twelve before November 2026.
func month(d *dice) string {
	n := 10 + d.below(12)
	return fmt.Sprintf("%d-%02d", 2025+n/12, 1+n%12)
}

func ended(here Role, d *dice) Role {
	here.Current, here.End = false, month(d)
	return here
}

func elsewhere(d *dice, since string) Role {
	domain := pick(d, employers)
	return Role{Title: strings.TrimSpace(pick(d, seniorities) + " " + pick(d, roles)), Company: companyName(domain), CompanyDomain: domain, Start: since, Current: true}
}

// companyName is a name that goes with a domain.
func companyName(domain string) string {
	label, _, _ := strings.Cut(domain, ".")
	return capitals(strings.ReplaceAll(label, "-", " "))
}

// capitals writes each word with a capital.
func capitals(text string) string {
	words := strings.Fields(text)
	for i, w := range words {
		first, size := utf8.DecodeRuneInString(w)
		words[i] = string(unicode.ToUpper(first)) + w[size:]
	}
	return strings.Join(words, " ")
}

// employers are where people go.
var employers = []string{
	"northwind.example", "contoso.example", "blue-harbor.example", "lumen-works.example", "cedar-stone.example", "orbital.example", "fernhill.example",
}
