package store

import (
	"context"
	"database/sql"
)

// ContactKey names a contact at a vendor that bills it once in a period.
type ContactKey struct {
	Provider string
	Contact  string // a hash
}

// BilledContact is when a contact was billed last, and by which call.
type BilledContact struct {
	ContactKey

	BilledUS int64
	Attempt  int64
}

// BilledContacts reads when contacts were billed last; those that never were are
// absent.
func (tx *Tx) BilledContacts(ctx context.Context, keys []ContactKey) (map[ContactKey]int64, error) {
	out := make(map[ContactKey]int64, len(keys))
	b := NewBatch("text", "text").sized(len(keys))
	for _, k := range keys {
		b.Add(k.Provider, k.Contact)
	}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var k ContactKey
		var at int64
		err := r.Scan(&k.Provider, &k.Contact, &at)
		out[k] = at
		return err
	}, b, `WITH v(p, c) AS (@rows) SELECT b.provider, b.contact, b.billed_at_us FROM v JOIN billed_contacts b ON b.provider = v.p AND b.contact = v.c`)
	return out, err
}

// PutBilledContacts notes contacts that were billed. The newest bill counts.
func (tx *Tx) PutBilledContacts(ctx context.Context, list []BilledContact) error {
	for _, c := range list {
		if _, err := tx.exec(ctx, `INSERT INTO billed_contacts (provider, contact, billed_at_us, attempt_id) VALUES ($1, $2, $3, $4)
			ON CONFLICT (provider, contact) DO UPDATE SET billed_at_us = excluded.billed_at_us, attempt_id = excluded.attempt_id
			WHERE billed_contacts.billed_at_us < excluded.billed_at_us`, c.Provider, c.Contact, c.BilledUS, c.Attempt); err != nil {
			return err
		}
	}
	return nil
}
