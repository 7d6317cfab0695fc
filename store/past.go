package store

import (
	"context"
	"database/sql"

	"fettle"
)

// keepAudience keeps the filter that an audience has since a time, where it is
// another one than before.
func (tx *Tx) keepAudience(ctx context.Context, a fettle.Audience) error {
	last, _, err := tx.AudienceThen(ctx, a.ID, a.UpdatedAtUS)
	if err != nil || (last != nil && *last == a.Where) {
		return err
	}
	_, err = tx.exec(ctx, `INSERT INTO audience_versions (audience_id, at_us, where_cel) VALUES ($1, $2, $3)
		ON CONFLICT (audience_id, at_us) DO UPDATE SET where_cel = excluded.where_cel`, a.ID, a.UpdatedAtUS, a.Where)
	return err
}

// AudienceThen is the filter that an audience had at a time; nil where that is not
// known. since is from when on it is known.
func (tx *Tx) AudienceThen(ctx context.Context, id, us int64) (where *string, since int64, err error) {
	err = tx.query(ctx, func(r *sql.Rows) error {
		var at int64
		var text string
		err := r.Scan(&at, &text)
		if since == 0 {
			since = at
		}
		if at <= us {
			where = &text
		}
		return err
	}, "SELECT at_us, where_cel FROM audience_versions WHERE audience_id = $1 ORDER BY at_us", id)
	return where, since, err
}

// TouchedSince gives the first records of an entity, by id behind after, that
// entries of the change log from first on are about.
func (tx *Tx) TouchedSince(ctx context.Context, entity fettle.Entity, first, after int64, limit int) ([]int64, error) {
	return tx.ids(ctx, `SELECT DISTINCT record_id FROM changes WHERE record_id > $1 AND id >= $2 AND entity = $3 ORDER BY record_id LIMIT $4`,
		after, first, string(entity), limit)
}

// StaffTouchedSince gives the people between two ids whose company of today
// entries of the change log from first on are about.
func (tx *Tx) StaffTouchedSince(ctx context.Context, first, after, upto int64) ([]int64, error) {
	return tx.ids(ctx, `SELECT p.id FROM people p WHERE p.id > $1 AND p.id <= $2 AND EXISTS (
		SELECT 1 FROM changes ch WHERE ch.record_id = p.company_id AND ch.id >= $3) ORDER BY p.id`, after, upto, first)
}

// ErasedSince counts the records of an entity that were erased from an entry of
// the change log on: nothing else of them is left there.
func (tx *Tx) ErasedSince(ctx context.Context, entity fettle.Entity, first int64) (n int64, err error) {
	err = tx.get(ctx, []any{&n}, `SELECT COUNT(DISTINCT ch.record_id) FROM changes ch WHERE ch.id >= $1 AND ch.entity = $2 AND ch.kind = 'delete'
		AND ch.changes IS NULL AND NOT EXISTS (SELECT 1 FROM changes o WHERE o.record_id = ch.record_id AND o.id <> ch.id)`, first, string(entity))
	return n, err
}

// FirstChangeAt is when the change log begins; 0 for an empty one.
func (tx *Tx) FirstChangeAt(ctx context.Context) (at int64, err error) {
	err = tx.query(ctx, func(r *sql.Rows) error { return r.Scan(&at) }, "SELECT at_us FROM changes ORDER BY id LIMIT 1")
	return at, err
}

// EntityOf is the entity of a record that there is or was; "" for none.
func (tx *Tx) EntityOf(ctx context.Context, id int64) (e fettle.Entity, err error) {
	err = tx.query(ctx, func(r *sql.Rows) error { return r.Scan(&e) }, "SELECT entity FROM changes WHERE record_id = $1 ORDER BY id DESC LIMIT 1", id)
	return e, err
}
