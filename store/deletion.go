package store

import (
	"context"
	"fmt"
)

// EraseRecords removes what is known of records that are gone: match keys,
// change log, imported rows, merges, conflicts, and what calls for them asked
// and answered. Attempts, cells and journal stay, since they explain money;
// they hold numbers and no content any more.
func (tx *Tx) EraseRecords(ctx context.Context, ids []int64) (alone []MatchKey, err error) {
	tx.touchAll(ids)
	if alone, err = tx.forgetSharing(ctx, ids); err != nil {
		return nil, err
	}
	for _, d := range []struct{ table, column string }{
		{"match_keys", "record_id"},
		{"further_keys", "record_id"},
		{"changes", "record_id"},
		{"import_rows", "record_id"},
		{"import_merges", "record_id"},
		{"import_aside", "record_id"},
		{"aliases", "into_id"},
		{"suppressions", "record_id"},
		{"words", "record_id"},
		{"notes", "record_id"},
		{"destination_rows", "record_id"},
		{"destination_log", "record_id"},
	} {
		text := fmt.Sprintf("WITH v(id) AS (@rows) DELETE FROM %s WHERE %s IN (SELECT id FROM v)", d.table, d.column)
		if _, err := tx.execBatch(ctx, idBatch(ids), text); err != nil {
			return nil, err
		}
	}
	for _, text := range []string{
		"WITH v(id) AS (@rows) DELETE FROM merges WHERE survivor_id IN (SELECT id FROM v) OR loser_id IN (SELECT id FROM v)",
		"WITH v(id) AS (@rows) DELETE FROM signal_witnesses WHERE signal_id IN (SELECT c.id FROM signals c WHERE c.cause_id <> 0 AND c.cause_id IN (SELECT s.id FROM signals s WHERE s.record_id IN (SELECT id FROM v) OR s.home_id IN (SELECT id FROM v)))",
		"WITH v(id) AS (@rows) DELETE FROM signals WHERE cause_id <> 0 AND cause_id IN (SELECT s.id FROM signals s WHERE s.record_id IN (SELECT id FROM v) OR s.home_id IN (SELECT id FROM v))",
		"WITH v(id) AS (@rows) DELETE FROM signal_witnesses WHERE record_id IN (SELECT id FROM v) OR signal_id IN (SELECT s.id FROM signals s WHERE s.record_id IN (SELECT id FROM v) OR s.home_id IN (SELECT id FROM v))",
		"WITH v(id) AS (@rows) DELETE FROM signals WHERE record_id IN (SELECT id FROM v) OR home_id IN (SELECT id FROM v)",
		"WITH v(id) AS (@rows) DELETE FROM signal_posts WHERE id IN (SELECT post_id FROM signal_post_records WHERE record_id IN (SELECT id FROM v))",
		"WITH v(id) AS (@rows) DELETE FROM signal_post_records WHERE record_id IN (SELECT id FROM v)",
		"WITH v(id) AS (@rows) DELETE FROM source_posts WHERE id IN (SELECT post_id FROM source_post_records WHERE record_id IN (SELECT id FROM v))",
		"WITH v(id) AS (@rows) DELETE FROM source_post_records WHERE record_id IN (SELECT id FROM v)",
		"WITH v(id) AS (@rows) DELETE FROM signal_settling WHERE record_id IN (SELECT id FROM v)",
		"WITH v(id) AS (@rows) DELETE FROM conflicts WHERE record_id IN (SELECT id FROM v) OR other_id IN (SELECT id FROM v)",
		"WITH v(id) AS (@rows) DELETE FROM answers WHERE attempt_id IN (SELECT a.id FROM v JOIN attempts a ON a.record_id = v.id)",
		"WITH v(id) AS (@rows) DELETE FROM strangers WHERE record_id IN (SELECT id FROM v) OR attempt_id IN (SELECT a.id FROM v JOIN attempts a ON a.record_id = v.id)",
		"WITH v(id) AS (@rows) UPDATE attempts SET inputs = NULL, outputs = NULL, statuses = NULL, about = NULL, message = '' WHERE record_id IN (SELECT id FROM v)",
	} {
		if _, err := tx.execBatch(ctx, idBatch(ids), text); err != nil {
			return nil, err
		}
	}
	return alone, nil
}
