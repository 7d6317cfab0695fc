package ingest

import (
	"context"
	"maps"
	"slices"
	"strings"

	"fettle"
	"fettle/identity"
	"fettle/store"
)

// employer is what a person says of their company.
type employer struct {
	domain string // by which the company is found; "" for none
	host   string
}

// employerOf reads what is said of a person's company: its domain, or else that of
// the person's business e-mail.
func employerOf(get func(field string) any) employer {
	text, _ := get("company_domain").(string)
	email, _ := get("email").(string)
	mailHost, business := identity.BusinessHost(email)
	if !business {
		mailHost = ""
	}
	for _, said := range []string{text, mailHost} {
		if domain, ok := identity.Domain(said); ok && !identity.FreeMail(domain) {
			host, _ := identity.Host(said)
			return employer{domain: domain, host: host}
		}
	}
	return employer{}
}

// employerFields are the fields of people by which their company is found.
var employerFields = [...]string{"company_domain", "email"}

// hostText is the text of the key of the company whose website a host is. It is
// kept only under domains that companies share, and joins nobody.
func hostText(host string) string { return string([]byte{fettle.Companies[0], 'h', ':'}) + host }

// CompaniesOf finds the companies of people by what they say; 0 is none.
func CompaniesOf(ctx context.Context, tx *store.Tx, people []map[string]any) ([]int64, error) {
	said := make([]employer, len(people))
	for i, p := range people {
		said[i] = employerOf(func(field string) any { return p[field] })
	}
	return companiesOf(ctx, tx, said)
}

// companiesOf finds the companies of people. A domain of one company leads to
// it. Of companies that share a domain, a person belongs to the one whose website
// the host is, or is beneath; if it is nobody's, or of several, to none.
func companiesOf(ctx context.Context, tx *store.Tx, people []employer) ([]int64, error) {
	out := make([]int64, len(people))
	keys := map[string]bool{}
	for _, p := range people {
		if p.domain != "" {
			keys[domainKey(p.domain)] = true
		}
	}
	if len(keys) == 0 {
		return out, nil
	}
	found, err := tx.ExistingCompanies(ctx, slices.Collect(maps.Keys(keys)))
	if err != nil {
		return nil, err
	}
	for i, p := range people {
		if p.domain != "" {
			out[i] = found[domainKey(p.domain)]
		}
	}
	shared, err := sharedDomains(ctx, tx, keys, found)
	if err != nil || len(shared) == 0 {
		return out, err
	}
	return out, byHost(ctx, tx, people, shared, out)
}

// sharedDomains gives those of the keys that companies share.
func sharedDomains(ctx context.Context, tx *store.Tx, keys map[string]bool, found map[string]int64) (map[string]bool, error) {
	var rest []string
	for k := range keys {
		if found[k] == 0 {
			rest = append(rest, k)
		}
	}
	if len(rest) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	held, err := tx.MatchKeys(ctx, rest)
	out := map[string]bool{}
	for k, id := range held {
		if id == store.NoRecord {
			out[k] = true
		}
	}
	return out, err
}

// byHost finds the companies of people whose domain companies share.
func byHost(ctx context.Context, tx *store.Tx, people []employer, shared map[string]bool, out []int64) error {
	var hosts []string
	for _, p := range people {
		if p.domain != "" && shared[domainKey(p.domain)] {
			for _, h := range identity.Hosts(p.host, p.domain) {
				hosts = append(hosts, hostText(h))
			}
		}
	}
	slices.Sort(hosts)
	hosts = slices.Compact(hosts)
	held, err := tx.MatchKeys(ctx, hosts)
	if err != nil {
		return err
	}
	there, err := tx.ExistingCompanies(ctx, hosts)
	if err != nil {
		return err
	}
	only, err := tx.OnlySharing(ctx, hosts)
	if err != nil {
		return err
	}
	for i, p := range people {
		if p.domain == "" || !shared[domainKey(p.domain)] {
			continue
		}
		for _, h := range identity.Hosts(p.host, p.domain) {
			text := hostText(h)
			if id, known := held[text]; known && (id == store.NoRecord || there[text] != 0) {
				out[i] = max(there[text], only[text]) // 0 where several companies have the host
				break
			}
		}
	}
	return nil
}

// keepHosts writes down whose websites the hosts under shared domains are, and
// which people are to be sorted anew. Added are the records that share a key now
// and did not before.
func (u *upserter) keepHosts(ctx context.Context, added []store.MatchKey) error {
	if u.entity != fettle.Companies {
		return nil
	}
	hosts := map[string][]int64{} // of the companies that the batch knows
	domains := map[string]bool{}
	for _, h := range u.sharing.has {
		if h.key.Kind != identity.DomainKey {
			continue
		}
		id := u.resolve(h.holder.ID)
		if h.holder.created || slices.Contains(added, store.MatchKey{Key: keyText(u.entity, h.key), Record: id}) {
			domains[h.key.Value] = true
		}
		r := h.holder
		if now := u.recs[id]; now != nil {
			r = now
		}
		host, ok := u.hostOf(r)
		if ok && slices.Contains(identity.Hosts(host, h.key.Value), host) && !slices.Contains(hosts[hostText(host)], id) {
			hosts[hostText(host)] = append(hosts[hostText(host)], id)
		}
	}
	changed, err := putHosts(ctx, u.tx, hosts)
	if err != nil {
		return err
	}
	for _, text := range changed {
		if domain, ok := identity.Domain(text[len("ch:"):]); ok {
			domains[domain] = true
		}
	}
	if len(domains) == 0 {
		return nil
	}
	if err := u.tx.SortPeople(ctx, slices.Sorted(maps.Keys(domains))); err != nil {
		return err
	}
	u.result.Unsorted = true
	return nil
}

// hostOf is the host of a company's website.
func (u *upserter) hostOf(r *record) (string, bool) {
	i, ok := u.index["domain"]
	if !ok || i >= len(r.Values) {
		return "", false
	}
	text, _ := r.Values[i].(string)
	return identity.Host(text)
}

// putHosts gives hosts to companies: one that several have leads to none. It
// gives those that lead elsewhere now.
func putHosts(ctx context.Context, tx *store.Tx, hosts map[string][]int64) (changed []string, err error) {
	if len(hosts) == 0 {
		return nil, nil
	}
	texts := slices.Sorted(maps.Keys(hosts))
	held, err := tx.MatchKeys(ctx, texts)
	if err != nil {
		return nil, err
	}
	var fresh, sharing []store.MatchKey
	var share []string
	for _, text := range texts {
		ids := hosts[text]
		holder, known := held[text]
		switch {
		case !known && len(ids) == 1:
			fresh = append(fresh, store.MatchKey{Key: text, Record: ids[0]})
			changed = append(changed, text)
			continue
		case known && holder != store.NoRecord && len(ids) == 1 && ids[0] == holder:
			continue
		case known && holder != store.NoRecord && !slices.Contains(ids, holder):
			ids = append(ids, holder)
		}
		if !known || holder != store.NoRecord {
			share, changed = append(share, text), append(changed, text)
		}
		for _, id := range ids {
			sharing = append(sharing, store.MatchKey{Key: text, Record: id})
		}
	}
	if _, err := tx.AddMatchKeys(ctx, fresh); err != nil {
		return nil, err
	}
	if err := tx.ShareKeys(ctx, share); err != nil {
		return nil, err
	}
	return changed, tx.AddSharing(ctx, sharing)
}

// sortPeople gives a page of people of a domain that companies share to the one
// that they belong to, or to none. It reports whether there are more to sort.
func sortPeople(ctx context.Context, tx *store.Tx, book *logbook, by stamp) (more bool, err error) {
	domain, people, err := tx.UnsortedPeople(ctx, domainKey, maxLinks)
	if err != nil || domain == "" {
		return false, err
	}
	ids := make([]int64, len(people))
	for i, l := range people {
		ids[i] = l.Person
	}
	said, err := employersOf(ctx, tx, ids)
	if err != nil {
		return false, err
	}
	list := make([]employer, len(people))
	for i, l := range people {
		list[i] = said[l.Person]
		list[i].domain = domain
		if !strings.HasSuffix(list[i].host, domain) {
			list[i].host = domain
		}
	}
	companies, err := companiesOf(ctx, tx, list)
	if err != nil {
		return false, err
	}
	var moved []store.Link
	for i, l := range people {
		if l.Company == companies[i] {
			continue
		}
		moved = append(moved, store.Link{Person: l.Person, Company: companies[i]})
		changes := closeChanges(appendChange(nil, "company_id", idOrNil(l.Company), idOrNil(companies[i]), 0, ""))
		book.add(fettle.People, store.LoggedChange{Record: l.Person, Kind: store.ChangeUpdate, Origin: by.origin, Actor: by.actor, AtUS: by.now, Changes: changes})
	}
	return true, tx.SetCompanies(ctx, moved)
}

// idOrNil is an id as the log holds it.
func idOrNil(id int64) any {
	if id == 0 {
		return nil
	}
	return float64(id)
}

// employersOf reads what people say of their companies.
func employersOf(ctx context.Context, tx *store.Tx, ids []int64) (map[int64]employer, error) {
	fields, err := tx.Fields(ctx, fettle.People)
	if err != nil {
		return nil, err
	}
	var read []fettle.Field
	for _, f := range fields {
		if slices.Contains(employerFields[:], f.Key) {
			read = append(read, f)
		}
	}
	found, err := tx.LockRecords(ctx, fettle.People, ids, read)
	out := make(map[int64]employer, len(found))
	for _, r := range found {
		out[r.ID] = employerOf(func(field string) any {
			for i, f := range read {
				if f.Key == field {
					return r.Values[i]
				}
			}
			return nil
		})
	}
	return out, err
}
