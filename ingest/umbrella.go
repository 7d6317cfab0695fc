package ingest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fettle"
)

// Bounds of what is noted of companies that become one, and from how many names
// and websites on it is said: a company has sites of its countries, and is written
// in two ways.
const (
	mostUmbrellas     = 10_000 // domains
	mostUnderUmbrella = 200    // names and websites of each
	fewestUnder       = 3
	shownUmbrellas    = 3
)

// umbrella is a domain beneath which the rows of a list of people have websites of
// their own. Companies are told apart by the domain, so that an umbrella's are one:
// of a parliament's members, of a university's institutes.
type umbrella struct {
	domain       string
	line         int // the first that names one of them
	names, hosts map[string]bool
	companies    map[int64]bool // that they became
	first        []string       // the first two names as they are written
}

// noteUmbrellas takes down what companies the rows of a batch became by their
// domain. A batch that is done twice notes the same again.
func (imp *importer) noteUmbrellas(rows []Row, list []*said, jobs []job) {
	for i, s := range list {
		if s == nil || s.ext.Value != "" || s.domain == "" || s.name == "" || s.mail {
			continue
		}
		u := imp.umbrellas[s.domain]
		if u == nil {
			if len(imp.umbrellas) >= mostUmbrellas {
				continue
			}
			if imp.umbrellas == nil {
				imp.umbrellas = map[string]*umbrella{}
			}
			u = &umbrella{domain: s.domain, line: rows[i].Line, names: map[string]bool{}, hosts: map[string]bool{}, companies: map[int64]bool{}}
			imp.umbrellas[s.domain] = u
		}
		u.take(s, jobs[i].company)
	}
}

func (u *umbrella) take(s *said, company int64) {
	name := strings.ToLower(s.name)
	if len(u.names) >= mostUnderUmbrella && !u.names[name] {
		return
	}
	if !u.names[name] && len(u.first) < 2 {
		u.first = append(u.first, s.name)
	}
	u.names[name], u.companies[company] = true, true
	if s.host != s.domain && len(u.hosts) < mostUnderUmbrella {
		u.hosts[s.host] = true
	}
}

// umbrellaNotes say which companies of the list became one, those of the most names first.
func (imp *importer) umbrellaNotes() []fettle.FileNote {
	var out []fettle.FileNote
	all := slices.SortedFunc(maps.Values(imp.umbrellas), func(a, b *umbrella) int {
		return cmp.Or(len(b.names)-len(a.names), a.line-b.line, strings.Compare(a.domain, b.domain))
	})
	for _, u := range all {
		if len(out) == shownUmbrellas {
			break
		}
		if len(u.names) < fewestUnder || len(u.hosts) < fewestUnder || len(u.companies) != 1 {
			continue
		}
		out = append(out, fettle.FileNote{
			Kind: "one_company", Line: u.line, Column: u.domain, Count: 1,
			Text: fmt.Sprintf("%q, %q and %s are one company here, %s, because companies are told apart by their domain; a column with ids of the companies keeps them apart",
				u.first[0], u.first[1], others(len(u.names)-2), u.domain),
		})
	}
	return out
}

func others(n int) string {
	switch {
	case n == 1:
		return "another"
	case n+2 >= mostUnderUmbrella:
		return fmt.Sprintf("at least %d others", n)
	}
	return fmt.Sprintf("%d others", n)
}
