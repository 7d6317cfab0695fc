package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"fettle"
	"fettle/expr"
)

// HubScope is the records that a Data Hub is of.
type HubScope struct {
	Entity fettle.Entity
	Where  expr.Fragment
	First  int64 // the lowest id
	Last   int64 // the highest id; 0 for no bounds
}

// Local reports whether what is counted of a record depends on what is stored
// about that record alone.
func (s HubScope) Local() bool { return local(s.Where) }

func local(where expr.Fragment) bool {
	return !usesCompany(where.Text) && !strings.Contains(strings.ToUpper(where.Text), "SELECT")
}

// within is the condition that a record's id lies in the scope.
func (s HubScope) within(id string) string {
	if s.Last == 0 {
		return ""
	}
	return fmt.Sprintf(" AND %s BETWEEN %d AND %d", id, s.First, s.Last)
}

// HubGroup counts the records whose values have the same origins and the same
// marks: of bad formats, and of sources that disagree.
type HubGroup struct {
	Origins string // as the record has them: {"":3,"email":17}
	Invalid string // ",email,phone,"
	Dispute string // the fields whose sources disagree, likewise
	Records int64
	Filled  []int64 // aligned with the fields that were asked for
}

// hubChunk is how many ids one statement of HubGroups covers on SQLite, which
// sorts whole records to group them: little ones are sorted in the cache, and
// the memory that it takes stays small. PostgreSQL groups by hashing.
const hubChunk = 1000

// HubGroups counts the filled values of every field, by origins and marks. All
// fields are counted in one pass over the records.
func (tx *Tx) HubGroups(ctx context.Context, s HubScope, fields []string) ([]HubGroup, error) {
	var sb strings.Builder
	sb.WriteString("SELECT r.origins, COALESCE(r.invalid, ''), COALESCE(r._disputed, ''), COUNT(*)")
	for _, key := range fields {
		sb.WriteString(", COUNT(r." + column(key) + ")")
	}
	n := len(s.Where.Args)
	sb.WriteString(from(s.Entity, s.Where))
	fmt.Fprintf(&sb, " AND r.id > $%d AND r.id <= $%d GROUP BY r.origins, r.invalid, r._disputed", n+1, n+2)
	low, high, err := tx.HubRange(ctx, s)
	if err != nil {
		return nil, err
	}
	chunk := int64(hubChunk)
	if tx.db.d.postgres {
		chunk = high - low + 1
	}
	g := hubGroups{fields: len(fields), at: map[[3]string]int{}}
	for after := low - 1; after < high; after += chunk {
		args := append(s.Where.Args[:n:n], after, min(high, after+chunk))
		if err := tx.query(ctx, g.scan, sb.String(), args...); err != nil {
			return nil, err
		}
	}
	return g.out, nil
}

// HubFilled counts the records, and the filled values of every field.
func (tx *Tx) HubFilled(ctx context.Context, s HubScope, fields []string) (records int64, filled map[string]int64, err error) {
	var sb strings.Builder
	sb.WriteString("SELECT COUNT(*)")
	counts := make([]int64, len(fields))
	dest := []any{&records}
	for i, key := range fields {
		sb.WriteString(", COUNT(r." + column(key) + ")")
		dest = append(dest, &counts[i])
	}
	if err := tx.get(ctx, dest, sb.String()+from(s.Entity, s.Where)+s.within("r.id"), s.Where.Args...); err != nil {
		return 0, nil, err
	}
	filled = make(map[string]int64, len(fields))
	for i, key := range fields {
		filled[key] = counts[i]
	}
	return records, filled, nil
}

// HubRange is the lowest and the highest id of a scope, without regard to its
// condition; 1 and 0 if there is none.
func (tx *Tx) HubRange(ctx context.Context, s HubScope) (low, high int64, err error) {
	if s.Last != 0 {
		return s.First, s.Last, nil
	}
	// Two queries: each is one step in the index of ids.
	if err = tx.get(ctx, []any{&low}, "SELECT COALESCE(MIN(id), 1) FROM "+table(s.Entity)); err != nil {
		return 0, 0, err
	}
	err = tx.get(ctx, []any{&high}, "SELECT COALESCE(MAX(id), 0) FROM "+table(s.Entity))
	return low, high, err
}

// hubGroups adds up what the statements give.
type hubGroups struct {
	fields int
	at     map[[3]string]int
	out    []HubGroup
}

func (g *hubGroups) scan(r *sql.Rows) error {
	x := HubGroup{Filled: make([]int64, g.fields)}
	dest := []any{&x.Origins, &x.Invalid, &x.Dispute, &x.Records}
	for i := range x.Filled {
		dest = append(dest, &x.Filled[i])
	}
	if err := r.Scan(dest...); err != nil {
		return err
	}
	key := [3]string{x.Origins, x.Invalid, x.Dispute}
	i, ok := g.at[key]
	if !ok {
		g.at[key] = len(g.out)
		g.out = append(g.out, x)
		return nil
	}
	g.out[i].Records += x.Records
	for f, n := range x.Filled {
		g.out[i].Filled[f] += n
	}
	return nil
}

// HubCause is why a value is blank. Where several hold for a record, the
// lowest counts.
type HubCause int

// The causes: first what is under way, then what needs a person, then what is
// known to be lost, then what was tried. A record without any was never tried.
const (
	HubWaiting HubCause = iota + 1
	HubUnknown
	HubCleared // had a value
	HubNotFound
	HubFailed
	HubSkipped
	hubNone
)

// HubBlank counts the records that are blank in a field for one cause.
type HubBlank struct {
	Cause     HubCause
	Cleared   bool // it had a value, too
	TakenBack bool // it had one that was taken back
	Records   int64
}

// rowCause is the cause that a row gives, and callCause that a call gives. What
// was found did not hold this field, or it was cleared.
func rowCause() string {
	return fmt.Sprintf(`CASE WHEN e.state <> 'done' THEN %d WHEN e.outcome = 'unknown' THEN %d
		WHEN e.outcome IN ('not_found', 'known_not_found', 'found', 'reused') THEN %d WHEN e.outcome = 'failed' THEN %d
		WHEN e.outcome IN ('skipped', 'missing_input') THEN %d ELSE %d END`, HubWaiting, HubUnknown, HubNotFound, HubFailed, HubSkipped, hubNone)
}

func callCause() string {
	return fmt.Sprintf(`CASE WHEN a.state IN ('reserved', 'accepted') THEN %d WHEN a.state = 'unknown' THEN %d
		WHEN a.outcome IN ('not_found', 'found') THEN %d WHEN a.outcome = 'failed' THEN %d ELSE %d END`, HubWaiting, HubUnknown, HubNotFound, HubFailed, hubNone)
}

// HubBlanks counts the records that are blank in a field, by cause, among those
// with a row in one of the enrichments that fill it. Each record counts once.
func (tx *Tx) HubBlanks(ctx context.Context, s HubScope, field string, enrichments []int64) ([]HubBlank, error) {
	if len(enrichments) == 0 {
		return nil, nil
	}
	// CROSS JOIN has SQLite begin with the rows; to PostgreSQL it is a join.
	return tx.hubBlanks(ctx, s, field, rowCause(), "e.record_id", "enrichment_rows e CROSS JOIN "+table(s.Entity)+" r",
		"r.id = e.record_id AND e.enrichment_id IN ("+idList(enrichments)+")"+s.within("e.record_id"), len(enrichments) > 1)
}

// HubOrphans counts the records that are blank in a field, by cause, among
// those without a row in one of the enrichments that fill it, but with a call
// that asked for it: after a reset, or of an enrichment that was deleted.
func (tx *Tx) HubOrphans(ctx context.Context, s HubScope, field string, enrichments []int64) ([]HubBlank, error) {
	where := "r.id = a.record_id AND " + names("a.fields", ","+field+",") + s.within("a.record_id")
	if len(enrichments) > 0 {
		where += " AND NOT EXISTS (SELECT 1 FROM enrichment_rows e WHERE e.record_id = a.record_id AND e.enrichment_id IN (" + idList(enrichments) + "))"
	}
	return tx.hubBlanks(ctx, s, field, callCause(), "a.record_id", "attempts a CROSS JOIN "+table(s.Entity)+" r", where, true)
}

func (tx *Tx) hubBlanks(ctx context.Context, s HubScope, field, cause, record, tables, where string, several bool) ([]HubBlank, error) {
	cleared := "CASE WHEN " + names("r.origins", `"`+field+`":`) + " THEN CASE WHEN fettle_origin(r.origins, '" + field +
		"') IN (SELECT o.id FROM origins o WHERE o.kind = '" + OriginUndo + "') THEN 2 ELSE 1 END ELSE 0 END"
	if usesCompany(s.Where.Text) {
		tables += companyJoin
	}
	where += " AND r." + column(field) + " IS NULL"
	if s.Where.Text != "" {
		where += " AND (" + s.Where.Text + ")"
	}
	each := "SELECT " + cause + " AS cause, " + cleared + " AS cleared FROM " + tables + " WHERE " + where
	if several {
		each = "SELECT MIN(" + cause + ") AS cause, MAX(" + cleared + ") AS cleared FROM " + tables + " WHERE " + where + " GROUP BY " + record
	}
	var out []HubBlank
	err := tx.query(ctx, func(r *sql.Rows) error {
		var b HubBlank
		var cleared int64
		err := r.Scan(&b.Cause, &cleared, &b.Records)
		b.Cleared, b.TakenBack = cleared == 1, cleared == 2
		if b.Cause != hubNone {
			out = append(out, b)
		}
		return err
	}, "SELECT cause, cleared, COUNT(*) FROM ("+each+") b GROUP BY cause, cleared ORDER BY cause, cleared", s.Where.Args...)
	return out, err
}

func idList(ids []int64) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(out, ", ")
}

// names is the condition that a text contains a part, without the wildcards
// of LIKE: keys of fields have underscores.
func names(text, part string) string {
	return "REPLACE(" + text + ", '" + part + "', '') <> " + text
}

// HubCost is what calls for the same fields cost.
type HubCost struct {
	Fields  []string
	Each    fettle.Credits // a field's even share of every call, added up
	Rest    fettle.Credits // what is left of the even shares: the first field's
	Orphans int64          // calls whose row is gone
}

// HubCosts adds up the calls for the records of a scope by the fields that
// they were for. Fields that were only ever asked for free are there too.
func (tx *Tx) HubCosts(ctx context.Context, s HubScope) ([]HubCost, error) {
	const fields = "(LENGTH(a.fields) - LENGTH(REPLACE(a.fields, ',', '')) - 1)"
	text := "SELECT a.fields, SUM(a.charged_uc / " + fields + "), SUM(a.charged_uc % " + fields + "), SUM(CASE WHEN e.record_id IS NULL THEN 1 ELSE 0 END)" +
		" FROM attempts a CROSS JOIN " + table(s.Entity) + " r" +
		" LEFT JOIN enrichment_rows e ON e.enrichment_id = a.enrichment_id AND e.record_id = a.record_id"
	if usesCompany(s.Where.Text) {
		text += companyJoin
	}
	text += " WHERE r.id = a.record_id AND a.fields <> ''" + s.within("a.record_id")
	if s.Where.Text != "" {
		text += " AND (" + s.Where.Text + ")"
	}
	var out []HubCost
	err := tx.query(ctx, func(r *sql.Rows) error {
		var names string
		var c HubCost
		err := r.Scan(&names, &c.Each, &c.Rest, &c.Orphans)
		c.Fields = SplitFields(names)
		out = append(out, c)
		return err
	}, text+" GROUP BY a.fields ORDER BY a.fields", s.Where.Args...)
	return out, err
}

// HubBought counts the filled values of one field that were bought.
type HubBought struct {
	Filled int64
	Stale  int64 // of them, by an older logic of their enrichment than its newest
}

// HubBought counts the filled values that were bought, of the fields that are
// named.
func (tx *Tx) HubBought(ctx context.Context, s HubScope, fields []string) (map[string]HubBought, error) {
	out := make(map[string]HubBought, len(fields))
	if len(fields) == 0 {
		return out, nil
	}
	var filled strings.Builder
	for _, key := range fields {
		filled.WriteString(" WHEN '" + key + "' THEN r." + column(key) + " IS NOT NULL")
	}
	text := `SELECT b.field, COUNT(*), SUM(CASE WHEN b.version < e.logic_version THEN 1 ELSE 0 END) FROM cells b
		CROSS JOIN ` + table(s.Entity) + ` r LEFT JOIN enrichments e ON e.id = b.enrichment_id`
	if usesCompany(s.Where.Text) {
		text += companyJoin
	}
	text += " WHERE r.id = b.record_id AND b.bought_at_us > 0 AND CASE b.field" + filled.String() + " ELSE FALSE END" + s.within("b.record_id")
	if s.Where.Text != "" {
		text += " AND (" + s.Where.Text + ")"
	}
	err := tx.query(ctx, func(r *sql.Rows) error {
		var field string
		var b HubBought
		err := r.Scan(&field, &b.Filled, &b.Stale)
		out[field] = b
		return err
	}, text+" GROUP BY b.field", s.Where.Args...)
	return out, err
}

// HubKey names a scope in the stored counts: an entity's name or an
// audience's id.
func HubKey(entity fettle.Entity, audience int64) string {
	if audience == 0 {
		return string(entity)
	}
	return strconv.FormatInt(audience, 10)
}

// PutHubDay stores the counts of a day, in place of those stored before.
func (tx *Tx) PutHubDay(ctx context.Context, key string, day fettle.Day, records int64, filled map[string]int64) error {
	b := NewBatch("text", "bigint")
	for field, n := range filled {
		b.Add(field, n)
	}
	_, err := tx.execBatch(ctx, b, `WITH v(field, filled) AS (@rows) INSERT INTO hub_days (scope, day, field, filled, records)
		SELECT $1, $2, field, filled, CAST($3 AS BIGINT) FROM v WHERE true
		ON CONFLICT (scope, field, day) DO UPDATE SET filled = excluded.filled, records = excluded.records`, key, string(day), records)
	return err
}

// HubDays reads the stored counts of a scope since a day, by field, oldest
// first.
func (tx *Tx) HubDays(ctx context.Context, key string, since fettle.Day) (map[string][]fettle.HubDay, error) {
	out := map[string][]fettle.HubDay{}
	err := tx.query(ctx, func(r *sql.Rows) error {
		var field string
		var d fettle.HubDay
		err := r.Scan(&field, &d.Day, &d.Filled, &d.Records)
		out[field] = append(out[field], d)
		return err
	}, "SELECT field, day, filled, records FROM hub_days WHERE scope = $1 AND day >= $2 ORDER BY field, day", key, string(since))
	return out, err
}
