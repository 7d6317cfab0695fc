package store

import (
	"context"
	"database/sql"
	"slices"
	"unicode/utf8"

	"fettle"
	"fettle/expr"
)

// HasMatchKey reports whether there is a match key that begins with a prefix and
// goes on for so many characters; 0 is any number of them. The prefix ends with a
// colon.
func (tx *Tx) HasMatchKey(ctx context.Context, prefix string, length int) (bool, error) {
	end := prefix[:len(prefix)-1] + ";" // which follows the colon
	text, args := "SELECT record_id FROM match_keys WHERE key >= $1 AND key < $2 LIMIT 1", []any{prefix, end}
	if length > 0 {
		text, args = "SELECT record_id FROM match_keys WHERE key >= $1 AND key < $2 AND length(key) = length($1) + $3 LIMIT 1", append(args, length)
	}
	ids, err := tx.ids(ctx, text, args...)
	return len(ids) > 0, err
}

// HoldingKey are the records that hold a match key which begins with a prefix that
// ends with a colon.
func HoldingKey(prefix string) expr.Fragment {
	return expr.Fragment{Text: "r.id IN (SELECT k.record_id FROM match_keys k WHERE k.key >= $1 AND k.key < $2)", Args: []any{prefix, prefix[:len(prefix)-1] + ";"}}
}

// UpdatedSince are the records that were written at a time or after it. They are found
// before they are put in order: SQLite would rather go through the table by its ids.
func UpdatedSince(entity fettle.Entity, us int64) expr.Fragment {
	return expr.Fragment{Text: "r.id IN (SELECT w.id FROM " + table(entity) + " w WHERE w.updated_at_us >= $1)", Args: []any{us}}
}

// HasOrigin reports whether values came from an origin of a kind and name.
func (tx *Tx) HasOrigin(ctx context.Context, kind, name string) (bool, error) {
	ids, err := tx.ids(ctx, "SELECT id FROM origins WHERE kind = $1 AND name = $2 LIMIT 1", kind, name)
	return len(ids) > 0, err
}

// ImportedBy gives those of the records that one of the imports wrote to, or to a
// record that was merged into them.
func (tx *Tx) ImportedBy(ctx context.Context, records, imports []int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var id, by int64
		err := r.Scan(&id, &by)
		out[id] = out[id] || slices.Contains(imports, by)
		return err
	}, idBatch(records), `WITH v(id) AS (@rows),
		w(id, of_id) AS (SELECT id, id FROM v UNION ALL SELECT a.record_id, v.id FROM v JOIN aliases a ON a.into_id = v.id)
		SELECT DISTINCT w.of_id, o.ref_id FROM w JOIN changes c ON c.record_id = w.id JOIN origins o ON o.id = c.origin_id WHERE o.kind = 'import' `)
	return out, err
}

// maxZeroPadded is how many ids are looked at for the lengths of those with
// leading zeros: a list pads its numbers to one or two lengths.
const maxZeroPadded = 1000

// ZeroPadded gives the lengths of ids with leading zeros, of those whose match
// keys begin with a prefix.
func (tx *Tx) ZeroPadded(ctx context.Context, prefix string) ([]int, error) {
	var out []int
	err := tx.query(ctx, func(r *sql.Rows) error {
		var n int
		err := r.Scan(&n)
		out = append(out, n-utf8.RuneCountInString(prefix))
		return err
	}, "SELECT DISTINCT length(key) FROM (SELECT key FROM match_keys WHERE key >= $1 AND key < $2 LIMIT $3) AS k", prefix+"0", prefix+"1", maxZeroPadded)
	return out, err
}
