package store

import (
	"context"
	"database/sql"
)

// AddEventRecords writes of which records an event tells.
func (tx *Tx) AddEventRecords(ctx context.Context, event int64, records []int64) error {
	b := NewBatch("bigint", "bigint")
	for _, r := range records {
		b.Add(event, r)
	}
	_, err := tx.execBatch(ctx, b, "INSERT INTO event_records (event_id, record_id) @rows ON CONFLICT (event_id, record_id) DO NOTHING")
	return err
}

// LockEventsAbout gives the events that tell of records, and keeps others from
// writing them anew until the transaction ends.
func (tx *Tx) LockEventsAbout(ctx context.Context, records []int64) ([]Event, error) {
	var out []Event
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var e Event
		err := r.Scan(scanEvent(&e)...)
		out = append(out, e)
		return err
	}, idBatch(records), "WITH v(vid) AS (@rows) SELECT "+eventColumns+" FROM events e WHERE e.id IN (SELECT event_id FROM event_records WHERE record_id IN (SELECT vid FROM v)) ORDER BY e.id"+tx.lockOf("e"))
	return out, err
}

// RewriteEvents writes what events say, without records that are erased.
func (tx *Tx) RewriteEvents(ctx context.Context, all []Event, erased []int64) error {
	b := NewBatch("bigint", "text", "text")
	for _, e := range all {
		b.Add(e.ID, e.Message, e.Data)
	}
	if _, err := tx.execBatch(ctx, b, "WITH v(id, message, data) AS (@rows) UPDATE events SET message = v.message, data = v.data FROM v WHERE events.id = v.id"); err != nil {
		return err
	}
	_, err := tx.execBatch(ctx, idBatch(erased), "WITH v(vid) AS (@rows) DELETE FROM event_records WHERE record_id IN (SELECT vid FROM v)")
	return err
}
