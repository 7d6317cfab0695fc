package ingest

import (
	"context"
	"maps"
	"slices"

	"fettle"
	"fettle/identity"
	"fettle/store"
)

// branches are the further domains that the cell of a person gives the company
// which the row names. They are no word about who works where: a person's domain
// is the first one.

// branch takes a further domain of a person's company down.
func (r *Row) branch(f fettle.Field, value any) {
	if host, ok := value.(string); ok && f.Entity == fettle.People && f.Key == "company_domain" {
		r.branches = append(r.branches, host)
	}
}

// branchesOf gives the domains among the further hosts of a row.
func (s *said) branchesOf(hosts []string) {
	for _, host := range hosts {
		if domain, ok := identity.Domain(host); ok && !identity.FreeMail(domain) && domain != s.domain && !slices.Contains(s.branches, domain) {
			s.branches = append(s.branches, domain)
		}
	}
}

// keepBranches leaves each row those of its further domains that nobody else has:
// in the table, or among the rows. A company that has one is the row's where it is
// called the same; one that is called otherwise is another that the person has to
// do with, and is neither touched nor a conflict. New are the rows whose company is
// there and has one of them not yet.
func (imp *importer) keepBranches(ctx context.Context, tx *store.Tx, list []*said, h *hiring) (fresh map[int]bool, err error) {
	keys := map[string]bool{}
	first := map[string][]*said{} // by the domain of their person
	for _, s := range list {
		if s == nil {
			continue
		}
		first[s.domain] = append(first[s.domain], s)
		for _, d := range s.branches {
			keys[domainKey(d)] = true
			if k, ok := identity.Named(d, s.name); ok {
				keys[keyText(fettle.Companies, shorten(k))] = true
			}
		}
	}
	if len(keys) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	held, err := tx.MatchKeys(ctx, slices.Collect(maps.Keys(keys)))
	if err != nil {
		return nil, err
	}
	fresh = map[int]bool{}
	for i, s := range list {
		if s == nil {
			continue
		}
		job := h.jobs[i]
		s.branches = slices.DeleteFunc(s.branches, func(d string) bool {
			named, _ := identity.Named(d, s.name)
			id, known := held[domainKey(d)]
			hired := imp.hired[domainKey(d)].company
			switch {
			case slices.ContainsFunc(first[d], func(o *said) bool { return o.named != shorten(named) }):
				return true
			case known && (id == store.NoRecord || job.company != 0 && job.company != id):
				return true
			case known && job.company == 0 && held[keyText(fettle.Companies, shorten(named))] != id:
				return true
			case hired != 0 && hired != job.company && (!known || hired != id):
				return true
			}
			fresh[i] = fresh[i] || !known && job.company != 0
			return false
		})
	}
	return fresh, nil
}
