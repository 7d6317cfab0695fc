package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
)

// ExistingCompanies gives the companies that hold the match keys and exist.
func (tx *Tx) ExistingCompanies(ctx context.Context, keys []string) (map[string]int64, error) {
	return tx.byKey(ctx, keys, "WITH v(key) AS (@rows) SELECT k.key, k.record_id FROM v JOIN match_keys k ON k.key = v.key JOIN companies c ON c.id = k.record_id")
}

// CompanyDomain says that a domain leads to a company.
type CompanyDomain struct {
	Domain  string
	Company int64
}

// Link is a person and the company that it now belongs to.
type Link struct {
	Person  int64
	Company int64
}

// LinkPeople gives up to limit people who wait for a company with one of the
// domains that company, and returns them. Fewer than limit: nobody waits any
// more.
func (tx *Tx) LinkPeople(ctx context.Context, domains []CompanyDomain, limit int) ([]Link, error) {
	out, err := tx.WaitingPeople(ctx, domains, limit)
	if err != nil {
		return nil, err
	}
	return out, tx.SetCompanies(ctx, out)
}

// WaitingPeople gives up to limit people who wait for a company with one of the
// domains, and the company.
func (tx *Tx) WaitingPeople(ctx context.Context, domains []CompanyDomain, limit int) ([]Link, error) {
	b := NewBatch("text", "bigint")
	for _, d := range domains {
		b.Add(d.Domain, d.Company)
	}
	var out []Link
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var l Link
		err := r.Scan(&l.Person, &l.Company)
		out = append(out, l)
		return err
	}, b, `WITH v(domain, company) AS (@rows) SELECT p.id, v.company FROM v JOIN people p ON p.company_key = v.domain
		WHERE p.company_id IS NULL AND p.company_key IS NOT NULL ORDER BY p.id LIMIT $1`+tx.lockOf("p"), limit)
	return out[:min(len(out), limit)], err
}

// SetCompanies gives people their companies; company 0 takes it away.
func (tx *Tx) SetCompanies(ctx context.Context, links []Link) error {
	b := NewBatch("bigint", "bigint")
	for _, l := range links {
		b.Add(l.Person, nullID(l.Company))
		tx.touch(l.Person)
	}
	_, err := tx.execBatch(ctx, b, "WITH v(id, company) AS (@rows) UPDATE people SET company_id = v.company FROM v WHERE people.id = v.id")
	return err
}

// CompanyLinks gives up to limit people of the companies, in the order of their
// ids.
func (tx *Tx) CompanyLinks(ctx context.Context, companies []int64, limit int) ([]Link, error) {
	return tx.CompanyLinksAfter(ctx, companies, 0, limit)
}

// CompanyLinksAfter is CompanyLinks from the person after on.
func (tx *Tx) CompanyLinksAfter(ctx context.Context, companies []int64, after int64, limit int) ([]Link, error) {
	var out []Link
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var l Link
		err := r.Scan(&l.Person, &l.Company)
		out = append(out, l)
		return err
	}, idBatch(companies), `WITH v(id) AS (@rows) SELECT id, company_id FROM people WHERE company_id IN (SELECT id FROM v) AND id > $1 ORDER BY id LIMIT $2`+
		tx.lockOf("people"), after, limit)
	slices.SortFunc(out, func(a, b Link) int { return cmp.Compare(a.Person, b.Person) }) // a batch may be several queries
	return out[:min(len(out), limit)], err
}

// MovePeople gives those people of one company to another who were found by a
// domain, and gives who they are.
func (tx *Tx) MovePeople(ctx context.Context, from, to int64, domain string) ([]int64, error) {
	tx.touchStretch(everywhere) // how many they are, and who, is not known here
	return tx.ids(ctx, "UPDATE people SET company_id = $2 WHERE company_id = $1 AND company_key = $3 RETURNING id", from, to, domain)
}

// lockOf ends a SELECT that locks the rows of one of its tables.
func (tx *Tx) lockOf(table string) string {
	if tx.db.d.forUpdate == "" || tx.ro {
		return ""
	}
	return tx.db.d.forUpdate + " OF " + table
}

// WaitingDomains gives up to limit domains after one, in order, for which people
// wait without a company.
func (tx *Tx) WaitingDomains(ctx context.Context, after string, limit int) ([]string, error) {
	var out []string
	err := tx.query(ctx, func(r *sql.Rows) error {
		var domain string
		err := r.Scan(&domain)
		out = append(out, domain)
		return err
	}, `SELECT DISTINCT company_key FROM people WHERE company_id IS NULL AND company_key IS NOT NULL AND company_key > $1
		ORDER BY company_key LIMIT $2`, after, limit)
	return out, err
}
