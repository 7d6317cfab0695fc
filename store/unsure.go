package store

import "context"

// RowsUnsure reads finished rows, after a record, whose newest answer verified
// nothing and is as old as retryUS, and which were not answered so more than again
// times since everyUS. Their records may have left the audience.
func (tx *Tx) RowsUnsure(ctx context.Context, enrichment, retryUS, everyUS int64, again int, after int64, limit int) ([]int64, error) {
	return tx.ids(ctx, `SELECT r.record_id FROM enrichment_rows r WHERE r.enrichment_id = $1 AND r.state = 'done' AND r.outcome IN ('not_found', 'known_not_found')
		AND r.updated_at_us <= $2 AND r.record_id > $3
		AND (SELECT a.unsure FROM attempts a WHERE a.record_id = r.record_id AND a.enrichment_id = r.enrichment_id AND a.state = 'settled' ORDER BY a.id DESC LIMIT 1)
		AND (SELECT COUNT(*) FROM attempts a WHERE a.record_id = r.record_id AND a.enrichment_id = r.enrichment_id AND a.unsure AND a.done_at_us > $4) <= $5
		ORDER BY r.record_id LIMIT $6`, enrichment, retryUS, after, everyUS, again, limit)
}

// UnsureCalls counts the answered calls of an operation that found nothing, and
// those of them whose answer verified nothing.
func (tx *Tx) UnsureCalls(ctx context.Context, enrichment int64) (misses, unsure int64, err error) {
	err = tx.get(ctx, []any{&misses, &unsure}, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN unsure THEN 1 ELSE 0 END), 0) FROM attempts
		WHERE enrichment_id = $1 AND state = 'settled' AND outcome = 'not_found'`, enrichment)
	return misses, unsure, err
}
