package ingest

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/store"
)

// maxLinks is how many people one transaction gives a company to.
const maxLinks = 5000

// link finds the companies of the people whose company's domain, or e-mail, was
// written.
func (b *batch) link(ctx context.Context) error {
	if b.entity != fettle.People {
		return nil
	}
	was := map[*record]int64{}
	var people []*record
	var said []employer
	for _, r := range b.recs {
		if !r.relink {
			continue
		}
		was[r] = r.Company
		if r.job.company == 0 && r.Company != 0 && strings.HasPrefix(r.CompanyKey, "x:") {
			continue // by id, whatever else is said
		}
		e := employerOf(b.valueOf(r))
		if r.job.company != 0 {
			r.Company, r.CompanyKey = r.job.company, cmp.Or(r.job.key, e.domain)
			continue
		}
		r.CompanyKey, r.Company = e.domain, 0
		if e.domain != "" {
			people, said = append(people, r), append(said, e)
		}
	}
	companies, err := companiesOf(ctx, b.tx, said)
	if err != nil {
		return err
	}
	for i, r := range people {
		r.Company = companies[i]
	}
	for r, before := range was {
		if r.exists && !r.hired && r.Company != before { // of a hired one it is logged
			b.log(r, store.ChangeUpdate, 0, closeChanges(appendChange(nil, "company_id", idOrNil(before), idOrNil(r.Company), 0, "")))
		}
	}
	return nil
}

// valueOf gives the values of a record.
func (b *batch) valueOf(r *record) func(field string) any {
	return func(field string) any {
		if i, ok := b.index[field]; ok {
			return r.Values[i]
		}
		return nil
	}
}

// linkPeople gives the people who waited for them to companies that are new or
// have a new domain. If there are too many for one transaction, the domains
// stay in b.more.
func (b *batch) linkPeople(ctx context.Context) error {
	if len(b.newDomains) == 0 {
		return nil
	}
	domains := make([]store.CompanyDomain, len(b.newDomains))
	for i, k := range b.newDomains {
		domains[i] = store.CompanyDomain{Domain: waitsFor(k.key), Company: k.holder.ID}
	}
	b.newDomains = nil
	n, err := linkPeople(ctx, b.tx, b.book, domains, b.origin, b.actor, b.now)
	if n == maxLinks {
		b.more = append(b.more, domains...)
	}
	return err
}

// employing gives those of the companies that people work for who are not gone.
func employing(ctx context.Context, tx *store.Tx, companies []int64, gone map[int64]bool) (map[int64]bool, error) {
	out := map[int64]bool{}
	rest := slices.Clone(companies)
	for after := int64(0); len(rest) > 0; {
		people, err := tx.CompanyLinksAfter(ctx, rest, after, maxLinks)
		if err != nil {
			return nil, err
		}
		for _, l := range people {
			after = l.Person
			out[l.Company] = out[l.Company] || !gone[l.Person]
		}
		if len(people) < maxLinks {
			break
		}
		rest = slices.DeleteFunc(rest, func(id int64) bool { return out[id] })
	}
	return out, nil
}

// linkPeople links up to maxLinks people and logs it as a change of theirs.
func linkPeople(ctx context.Context, tx *store.Tx, book *logbook, domains []store.CompanyDomain, origin int64, actor string, now int64) (int, error) {
	links, err := tx.LinkPeople(ctx, domains, maxLinks)
	if err != nil {
		return 0, err
	}
	for _, l := range links {
		changes := closeChanges(appendChange(nil, "company_id", nil, float64(l.Company), 0, ""))
		book.add(fettle.People, store.LoggedChange{Record: l.Person, Kind: store.ChangeUpdate, Origin: origin, Actor: actor, AtUS: now, Changes: changes})
	}
	return len(links), nil
}

// stamp says who writes, and when.
type stamp struct {
	origin int64
	actor  string
	now    int64
}

// LinkPeople goes on where an Upsert of companies left more people waiting than
// one transaction takes, and sorts people among companies that share a domain. It
// reports whether there are more still.
func LinkPeople(ctx context.Context, tx *store.Tx, domains []store.CompanyDomain, origin int64, actor string, now time.Time) (more bool, err error) {
	var book logbook
	by := stamp{origin, actor, now.UnixMicro()}
	n := 0
	if len(domains) > 0 {
		if n, err = linkPeople(ctx, tx, &book, domains, origin, actor, by.now); err != nil {
			return false, err
		}
	}
	if more = n == maxLinks; !more {
		if more, err = sortPeople(ctx, tx, &book, by); err != nil {
			return false, err
		}
	}
	return more, book.write(ctx, tx, fettle.People, origin, by.now)
}

// sweepDomains is how many domains one step of a sweep looks at.
const sweepDomains = 1000

// SweepLinks looks at people who wait for a company, a thousand domains at a
// time after the one given, and links those whose company is there: what is
// left when a process dies between the import of a company and the linking of
// its people. It gives the domain to go on after; "" at the end.
func SweepLinks(ctx context.Context, tx *store.Tx, after string, origin int64, actor string, now time.Time) (next string, linked int, err error) {
	domains, err := tx.WaitingDomains(ctx, after, sweepDomains)
	if err != nil || len(domains) == 0 {
		return "", 0, err
	}
	keys := make([]string, len(domains))
	for i, d := range domains {
		keys[i] = awaitedKey(d)
	}
	companies, err := tx.ExistingCompanies(ctx, keys)
	if err != nil {
		return "", 0, err
	}
	next = domains[len(domains)-1]
	var found []store.CompanyDomain
	for i, d := range domains {
		if id := companies[keys[i]]; id != 0 {
			found = append(found, store.CompanyDomain{Domain: d, Company: id})
		}
	}
	if len(found) == 0 {
		return next, 0, nil
	}
	var book logbook
	linked, err = linkPeople(ctx, tx, &book, found, origin, actor, now.UnixMicro())
	if err != nil {
		return "", 0, err
	}
	if linked == maxLinks {
		next = after // there are more for these
	}
	return next, linked, book.write(ctx, tx, fettle.People, origin, now.UnixMicro())
}
