package stranger_test

import (
	"testing"

	"fettle"
	"fettle/identity/stranger"
)

// TestNames holds which names may be one person's, where nothing else is told.
func TestNames(t *testing.T) {
	for _, c := range []struct {
		known, told string
		stranger    bool
	}{
		{"Ann Lee", "Ann Lee", false},
		{"Ann Lee", "LEE, Ann", false},
		{"Ann Lee", "Lee Ann", false},
		{"Ann Lee", "Dr. Ann M. Lee, PhD", false},
		{"Robert Smith", "Bob Smith", false},
		{"William Gates", "Bill Gates", false},
		{"Alexander Huber", "Sascha Huber", false},
		{"Ekaterina Ivanova", "Katya Ivanov", false},
		{"Юлия Чайковская", "Julia Tchaikovsky", false},
		{"Νίκος Παπαδόπουλος", "Nikos Papadopoulos", false},
		{"Jürgen Müller", "Juergen Mueller", false},
		{"Jürgen Müller", "Jurgen Muller", false},
		{"Łukasz Wałęsa", "Lukasz Walesa", false},
		{"Søren Kjær", "Soeren Kjaer", false},
		{"José María López García", "Jose Lopez", false},
		{"J. R. Smith", "John Robert Smith", false},
		{"Anna M.", "Anna Meyer", false},
		{"Mary Ann Jones", "Maryann Jones", false},
		{"Vincent van Gogh", "Vincent Gogh", false},
		{"Ludwig van der Rohe", "Rohe, Ludwig", false},
		{"Anna Meyer", "Anna Meyer-Schulz", false},
		{"Jon Schmidt", "Jon Schmitt", false},
		{"Mohammed Al Fayed", "Muhammad Fayed", false},
		{"王伟", "Wei Wang", false}, // cannot be compared
		{"Prince", "Prince", false},
		{"", "Ann Lee", false},
		{"Ann Lee", "", false},
		{"Ann Lee", "Bob Ray", true},
		{"Ann Lee", "Ann Ray", true},
		{"Ann Lee", "Tom Lee", true},
		{"Jürgen Müller", "Thomas Meier", true},
		{"Robert Smith", "Richard Smith", true},
		{"Thomas Martin", "Martin Schulz", true},
		{"Anna Schneider", "Anna Hoffmann", true},
		{"Иван Петров", "Pavel Sokolov", true},
	} {
		f := stranger.Judge(fettle.People, stranger.Known{Name: c.known}, stranger.Answer{Name: c.told})
		if f.Stranger != c.stranger {
			t.Errorf("%q, %q: stranger %v (%s), want %v", c.known, c.told, f.Stranger, f.Why, c.stranger)
		}
	}
}

// TestPeople holds the rule for people.
func TestPeople(t *testing.T) {
	ann := stranger.Known{Name: "Ann Lee", Email: "ann@acme.com", Domains: []string{"acme.com"}, Employers: []string{"Acme Inc."}, Country: "Berlin, Germany"}
	byLink := ann
	byLink.LinkedIn, byLink.ByLink = "https://www.linkedin.com/in/annlee", true
	byEmail := ann
	byEmail.ByEmail = true
	for _, c := range []struct {
		what   string
		known  stranger.Known
		answer stranger.Answer
		why    string // "" for none
	}{
		{"nothing is told", ann, stranger.Answer{}, ""},
		{"the same", ann, stranger.Answer{Name: "Ann Lee", Domains: []string{"acme.com"}, Employers: []string{"Acme"}, Country: "DE"}, ""},
		{"another domain alone", ann, stranger.Answer{Name: "Ann Lee", Domains: []string{"globex.com"}}, ""},
		{"another country alone", ann, stranger.Answer{Name: "Ann Lee", Country: "France"}, ""},
		{"an alias of the domain", ann, stranger.Answer{Name: "Ann Lee", Domains: []string{"acme.de"}, Country: "France"}, ""},
		{"a subsidiary", ann, stranger.Answer{Name: "Ann Lee", Domains: []string{"globex.com"}, Employers: []string{"Acme Robotics GmbH"}, Country: "France"}, ""},
		{"a namesake", ann, stranger.Answer{Name: "Ann Lee", Domains: []string{"globex.com"}, Employers: []string{"Globex"}}, "the same name, another domain, another company"},
		{"a namesake abroad", ann, stranger.Answer{Name: "Ann Lee", Domains: []string{"globex.com"}, Country: "Canada"}, "the same name, another domain, another country"},
		{"moved, with the old job among the roles", ann, stranger.Answer{Name: "Ann Lee", Domains: []string{"globex.com"}, Employers: []string{"Globex"}, Past: []string{"ACME, Inc."}, Country: "Canada"}, ""},
		{"moved, asked by LinkedIn", byLink, stranger.Answer{Name: "Ann Lee", Domains: []string{"globex.com"}, Employers: []string{"Globex"}}, ""},
		{"moved abroad, and the LinkedIn address is given back", byLink, stranger.Answer{Name: "Ann Lee", LinkedIn: "linkedin.com/in/annlee/", Domains: []string{"globex.com"}, Employers: []string{"Globex"}, Country: "CA"}, ""},
		{"a namesake with another LinkedIn address", byLink, stranger.Answer{Name: "Ann Lee", LinkedIn: "linkedin.com/in/ann-lee-99", Domains: []string{"globex.com"}, Employers: []string{"Globex"}}, "the same name, another domain, another company"},
		{"another name, by the very key that is given back", byLink, stranger.Answer{Name: "Bob Ray", LinkedIn: "linkedin.com/in/annlee", Domains: []string{"acme.com"}}, "another name"},
		{"all else differs, by email", byEmail, stranger.Answer{Name: "Ann Lee", Domains: []string{"globex.com"}, Employers: []string{"Globex"}, Country: "Canada"}, "the same name, another domain, another company, another country"},
		{"moved abroad, and the email is given back", byEmail, stranger.Answer{Name: "Ann Lee", Email: "ann@acme.com", Domains: []string{"globex.com"}, Employers: []string{"Globex"}, Country: "Canada"}, ""},
		{"married, at the same company", ann, stranger.Answer{Name: "Ann Ray", Employers: []string{"ACME"}}, ""},
		{"married, in the domain", ann, stranger.Answer{Name: "Ann Ray", Email: "ann.ray@acme.com"}, ""},
		{"the same first name elsewhere", ann, stranger.Answer{Name: "Ann Ray", Domains: []string{"globex.com"}}, "the same first name, another last name, another domain"},
		{"a spouse at the same company", ann, stranger.Answer{Name: "Tom Lee", Domains: []string{"acme.com"}}, "the same last name, another first name"},
		{"another first name, by email at the company", byEmail, stranger.Answer{Name: "Sunny Lee", Domains: []string{"acme.com"}}, ""},
		{"a colleague", ann, stranger.Answer{Name: "Bob Ray", Domains: []string{"acme.com"}, Employers: []string{"Acme"}}, "another name"},
		{"another name with the email that is known", ann, stranger.Answer{Name: "Sun-Hee Park", Email: "Ann@acme.com"}, ""},
		{"a free mailbox says nothing of a company", ann, stranger.Answer{Name: "Ann Lee", Email: "ann@gmail.com", Country: "Canada"}, ""},
		{"a state is no country", stranger.Known{Name: "Ann Lee", Domains: []string{"acme.com"}, Country: "San Francisco, CA"}, stranger.Answer{Name: "Ann Lee", Domains: []string{"globex.com"}, Country: "United States"}, ""},
		{"an employer's name says nothing against a domain", stranger.Known{Name: "Ann Lee", Domains: []string{"acme.com"}}, stranger.Answer{Name: "Ann Lee", Employers: []string{"Globex"}}, ""},
	} {
		f := stranger.Judge(fettle.People, c.known, c.answer)
		if f.Why != c.why || f.Stranger != (c.why != "") {
			t.Errorf("%s: %v %q, want %q", c.what, f.Stranger, f.Why, c.why)
		}
	}
}

// TestCompanies holds the rule for companies.
func TestCompanies(t *testing.T) {
	acme := stranger.Known{Name: "Acme Robotics GmbH", Domains: []string{"acme.com"}, Country: "DE"}
	byDomain := acme
	byDomain.ByDomain = true
	for _, c := range []struct {
		what   string
		known  stranger.Known
		answer stranger.Answer
		why    string
	}{
		{"nothing is told", acme, stranger.Answer{}, ""},
		{"the legal form", acme, stranger.Answer{Name: "ACME Robotics, Inc.", Country: "DE"}, ""},
		{"a holding", acme, stranger.Answer{Name: "Acme", Domains: []string{"acme-group.com"}}, ""},
		{"renamed, at its domain", byDomain, stranger.Answer{Name: "Globex", Domains: []string{"acme.com"}}, ""},
		{"another name alone, asked by the domain", byDomain, stranger.Answer{Name: "Globex"}, ""},
		{"another name alone, asked by the name", acme, stranger.Answer{Name: "Globex AG"}, "another name"},
		{"another name and domain", byDomain, stranger.Answer{Name: "Globex", Domains: []string{"globex.com"}}, "another name, another domain"},
		{"another name in another country", byDomain, stranger.Answer{Name: "Globex", Country: "France"}, "another name, another country"},
		{"the domain's name", stranger.Known{Name: "International Widgets", Domains: []string{"globex.com"}}, stranger.Answer{Name: "Globex Inc."}, ""},
		{"another domain alone", acme, stranger.Answer{Domains: []string{"globex.com"}}, ""},
		{"a namesake abroad", acme, stranger.Answer{Name: "Acme Robotics Ltd", Domains: []string{"robots.co.uk"}, Country: "United Kingdom"}, "another domain, another country"},
		{"initials", stranger.Known{Name: "IBM"}, stranger.Answer{Name: "International Business Machines Corp."}, ""},
	} {
		f := stranger.Judge(fettle.Companies, c.known, c.answer)
		if f.Why != c.why || f.Stranger != (c.why != "") {
			t.Errorf("%s: %v %q, want %q", c.what, f.Stranger, f.Why, c.why)
		}
	}
}
