package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"fettle"
	"fettle/expr"
)

// DueHour counts rows that are done, by the hour from which on their time runs.
type DueHour struct {
	Hour   int64 // since the epoch
	Found  bool  // they have a value that was bought; else nothing was found
	Unsure bool  // of those: the newest answer verified nothing
	Rows   int64
}

const hourUS = 3_600_000_000

// DueHours counts the finished rows of an enrichment whose records a filter has and
// which are not suppressed: those with a value that was bought by when the oldest of
// its fields was, those that nothing was found for by when they ended.
func (tx *Tx) DueHours(ctx context.Context, enrichment int64, entity fettle.Entity, where expr.Fragment, fields []string) ([]DueHour, error) {
	quoted := make([]string, len(fields))
	for i, f := range fields {
		quoted[i] = "'" + strings.ReplaceAll(f, "'", "''") + "'"
	}
	rows := fmt.Sprintf("enrichment_rows q WHERE q.enrichment_id = %d AND q.state = 'done' AND NOT EXISTS (SELECT 1 FROM suppressions s WHERE s.record_id = q.record_id) AND %s",
		enrichment, has(entity, where))
	text := fmt.Sprintf(`SELECT x.hour, x.found, x.unsure, COUNT(*) FROM (
		SELECT (SELECT MIN(c.bought_at_us) FROM cells c WHERE c.record_id = q.record_id AND c.field IN (%[1]s) AND c.bought_at_us > 0 AND c.taken_back = 0) / %[2]d AS hour,
			TRUE AS found, FALSE AS unsure FROM %[3]s AND q.outcome IN ('found', 'reused')
		UNION ALL
		SELECT q.updated_at_us / %[2]d, FALSE, COALESCE((SELECT a.unsure FROM attempts a WHERE a.record_id = q.record_id AND a.enrichment_id = q.enrichment_id
			AND a.state = 'settled' ORDER BY a.id DESC LIMIT 1), FALSE) FROM %[3]s AND q.outcome IN ('not_found', 'known_not_found')
		) x WHERE x.hour IS NOT NULL GROUP BY x.hour, x.found, x.unsure ORDER BY x.hour`, strings.Join(quoted, ", "), hourUS, rows)
	var out []DueHour
	err := tx.query(ctx, func(r *sql.Rows) error {
		var d DueHour
		err := r.Scan(&d.Hour, &d.Found, &d.Unsure, &d.Rows)
		out = append(out, d)
		return err
	}, text, where.Args...)
	return out, err
}
