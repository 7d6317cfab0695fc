package store

import (
	"context"
	"database/sql"
)

// OnlySharing gives, of keys that companies share, the one company that has the
// key and exists. Keys that several have, or none, are absent.
func (tx *Tx) OnlySharing(ctx context.Context, keys []string) (map[string]int64, error) {
	return tx.byKey(ctx, keys, `WITH v(key) AS (@rows) SELECT s.key, MIN(s.record_id) FROM v JOIN shared_keys s ON s.key = v.key JOIN companies c ON c.id = s.record_id
		GROUP BY s.key HAVING count(*) = 1`)
}

// SortPeople writes down that the people of domains are to be sorted among the
// companies that share them.
func (tx *Tx) SortPeople(ctx context.Context, domains []string) error {
	b := NewBatch("text", "bigint").sized(len(domains))
	for _, d := range domains {
		b.Add(d, int64(0))
	}
	_, err := tx.execBatch(ctx, b, "INSERT INTO sort_people (domain, after_id) @rows ON CONFLICT (domain) DO UPDATE SET after_id = 0")
	return err
}

// UnsortedPeople gives up to limit people of a domain that SortPeople named, in
// the order of their ids, with the company that they have: those who wait for a
// company, and those of the companies that share the domain's key. The next call
// goes on after them. Without such a domain, domain is "".
func (tx *Tx) UnsortedPeople(ctx context.Context, key func(domain string) string, limit int) (domain string, people []Link, err error) {
	var after int64
	err = tx.query(ctx, func(r *sql.Rows) error {
		return r.Scan(&domain, &after)
	}, "SELECT domain, after_id FROM sort_people ORDER BY domain LIMIT 1"+tx.lockOf("sort_people"))
	if err != nil || domain == "" {
		return "", nil, err
	}
	err = tx.query(ctx, func(r *sql.Rows) error {
		var l Link
		var company sql.NullInt64
		err := r.Scan(&l.Person, &company)
		l.Company = company.Int64
		people = append(people, l)
		return err
	}, `SELECT id, company_id FROM (
			SELECT id, company_id FROM people WHERE company_id IS NULL AND company_key = $1 AND id > $2
			UNION ALL SELECT p.id, p.company_id FROM shared_keys s JOIN people p ON p.company_id = s.record_id
				WHERE s.key = $3 AND p.company_key = $1 AND p.id > $2
		) p ORDER BY id LIMIT $4`, domain, after, key(domain), limit)
	if err != nil {
		return "", nil, err
	}
	if len(people) < limit {
		_, err = tx.exec(ctx, "DELETE FROM sort_people WHERE domain = $1", domain)
		return domain, people, err
	}
	_, err = tx.exec(ctx, "UPDATE sort_people SET after_id = $2 WHERE domain = $1", domain, people[len(people)-1].Person)
	return domain, people, err
}
