package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"fettle"
	"fettle/expr"
)

// Query asks for records of an entity.
type Query struct {
	Entity        fettle.Entity
	Where         expr.Fragment // over the aliases r and, for a person's company, c; empty is every record
	Fields        []string
	CompanyFields []string
	Sort          string // a field, created_at, updated_at, or "" for the id; blanks come last
	Desc          bool
	After         string // the cursor that the page before gave
	Offset        int64  // records to pass over behind the cursor
	Limit         int    // records a page; 0 is DefaultPage, MaxPage the most
}

// The sizes of a page.
const (
	DefaultPage = 100
	MaxPage     = 1000
)

// cursor is the place of a page's last record in the order.
type cursor struct {
	ID    int64  `json:"id"`
	Blank bool   `json:"b,omitempty"`
	Value string `json:"v,omitempty"`
	Sort  string `json:"s,omitempty"` // of the query that it belongs to
}

func (c cursor) String() string {
	b, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func (q *Query) cursor() (cursor, error) {
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(q.After)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil || c.Sort != q.order() {
		return c, errCursor()
	}
	return c, nil
}

func errCursor() error {
	return fettle.Errorf(fettle.Invalid, "the cursor is not one of this list").WithHint("Begin at the first page.")
}

// order names the order of the query, for its cursors.
func (q *Query) order() string {
	if q.Desc {
		return "-" + q.Sort
	}
	return q.Sort
}

func (q *Query) limit() {
	if q.Limit <= 0 {
		q.Limit = DefaultPage
	}
	q.Limit = min(q.Limit, MaxPage)
}

// sorting is what a query sorts by beside the id.
type sorting struct {
	column func(args *[]any) string // adds its parameter, where it has one; nil for the id alone
	typ    fettle.FieldType
	value  func(*Record) any
}

func byColumn(name string) func(*[]any) string { return func(*[]any) string { return name } }

// sorting finds the column, and has the query read the field that it is of.
func (tx *Tx) sorting(ctx context.Context, q *Query) (sorting, error) {
	switch q.Sort {
	case "", "id":
		return sorting{}, nil
	case "created_at":
		return sorting{byColumn("r.created_at_us"), fettle.Number, func(r *Record) any { return float64(r.CreatedAtUS) }}, nil
	case "updated_at":
		return sorting{byColumn("r.updated_at_us"), fettle.Number, func(r *Record) any { return float64(r.UpdatedAtUS) }}, nil
	}
	f, err := tx.Field(ctx, q.Entity, q.Sort)
	if err != nil {
		return sorting{}, err
	}
	if f.Type == fettle.JSON {
		return sorting{}, fettle.Errorf(fettle.Invalid, "records cannot be sorted by %s, which is JSON", f.Key).WithHint("Sort by another field.")
	}
	if !slices.Contains(q.Fields, f.Key) {
		q.Fields = append(slices.Clone(q.Fields), f.Key)
	}
	if f.Type.Choices() {
		return tx.db.d.byChoice(f), nil
	}
	return sorting{byColumn("r." + column(f.Key)), f.Type, func(r *Record) any { return r.Value(f.Key) }}, nil
}

// Page reads one page of records and the cursor of the next one, which is ""
// after the last.
func (tx *Tx) Page(ctx context.Context, q Query) (records []*Record, next string, err error) {
	q.limit()
	by, err := tx.sorting(ctx, &q)
	if err != nil {
		return nil, "", err
	}
	s, err := tx.selection(ctx, q.Entity, q.Fields, q.CompanyFields, q.Where.Text)
	if err != nil {
		return nil, "", err
	}
	where, args, err := q.conditions(by)
	if err != nil {
		return nil, "", err
	}
	text := "SELECT " + s.columns + " FROM " + table(q.Entity) + " r" + s.join + where + by.orderBy(q.Desc, &args) + " LIMIT " + strconv.Itoa(q.Limit+1)
	if q.Offset > 0 {
		text += " OFFSET " + strconv.FormatInt(q.Offset, 10)
	}
	keep := func(r *Record) error {
		records = append(records, r)
		return nil
	}
	if err := tx.query(ctx, s.scanner(keep), text, args...); err != nil {
		return nil, "", err
	}
	if err := tx.readSignals(ctx, s, records); err != nil || len(records) <= q.Limit {
		return records, "", err
	}
	records = records[:q.Limit]
	return records, by.cursorOf(records[q.Limit-1], q.order()).String(), nil
}

// PageOf reads the page of a query whose order is known: from its offset on,
// up to its limit. Records that are gone are left out.
func (tx *Tx) PageOf(ctx context.Context, q Query, order []int64) (records []*Record, next string, err error) {
	q.limit()
	by, err := tx.sorting(ctx, &q)
	if err != nil {
		return nil, "", err
	}
	from := min(q.Offset, int64(len(order)))
	ids := order[from:min(from+int64(q.Limit), int64(len(order)))]
	records, err = tx.Records(ctx, q.Entity, ids, q.Fields, q.CompanyFields)
	if err != nil || len(records) == 0 || from+int64(len(ids)) == int64(len(order)) {
		return records, "", err
	}
	return records, by.cursorOf(records[len(records)-1], q.order()).String(), nil
}

func (s sorting) orderBy(desc bool, args *[]any) string {
	way := ""
	if desc {
		way = " DESC"
	}
	if s.column == nil {
		return " ORDER BY r.id" + way
	}
	return " ORDER BY " + s.column(args) + way + " NULLS LAST, r.id" + way
}

func (s sorting) cursorOf(r *Record, order string) cursor {
	c := cursor{ID: r.ID, Sort: order}
	if s.column == nil {
		return c
	}
	v := s.value(r)
	c.Blank, c.Value = v == nil, valueText(v)
	return c
}

// conditions gives the WHERE of a query: its filter, and that records come
// after the cursor.
func (q *Query) conditions(by sorting) (string, []any, error) {
	args := slices.Clone(q.Where.Args)
	var all []string
	if q.Where.Text != "" {
		all = append(all, "("+q.Where.Text+")")
	}
	if q.After != "" {
		c, err := q.cursor()
		if err != nil {
			return "", nil, err
		}
		after, err := by.after(c, q.Desc, &args)
		if err != nil {
			return "", nil, err
		}
		all = append(all, after)
	}
	if len(all) == 0 {
		return "", args, nil
	}
	return " WHERE " + strings.Join(all, " AND "), args, nil
}

// after is the condition that a record comes after the cursor.
func (s sorting) after(c cursor, desc bool, args *[]any) (string, error) {
	arg := func(v any) string {
		*args = append(*args, v)
		return "$" + strconv.Itoa(len(*args))
	}
	op := " > "
	if desc {
		op = " < "
	}
	if s.column == nil {
		return "r.id" + op + arg(c.ID), nil
	}
	col := s.column(args)
	if c.Blank {
		return "(" + col + " IS NULL AND r.id" + op + arg(c.ID) + ")", nil
	}
	v, err := textValue(s.typ, c.Value)
	if err == nil {
		v, err = EncodeValue(s.typ, v)
	}
	if err != nil || v == nil {
		return "", errCursor()
	}
	if n, ok := v.(float64); ok && strings.HasSuffix(col, "_us") {
		v = int64(n)
	}
	return "(" + col + op + arg(v) + " OR " + col + " IS NULL OR (" + col + " = " + arg(v) + " AND r.id" + op + arg(c.ID) + "))", nil
}

// from is the FROM and WHERE of a filter. More conditions may follow with AND.
func from(entity fettle.Entity, where expr.Fragment) string {
	text := " FROM " + table(entity) + " r"
	if usesCompany(where.Text) {
		text += companyJoin
	}
	if where.Text == "" {
		return text + " WHERE TRUE"
	}
	return text + " WHERE (" + where.Text + ")"
}

// Count counts the records that a filter has.
func (tx *Tx) Count(ctx context.Context, entity fettle.Entity, where expr.Fragment) (int64, error) {
	var n int64
	err := tx.get(ctx, []any{&n}, "SELECT count(*)"+from(entity, where), where.Args...)
	return n, err
}

// MemberIDs gives the ids of the first records, by id, that a filter has after
// afterID. Fewer than limit means: there are no more.
func (tx *Tx) MemberIDs(ctx context.Context, entity fettle.Entity, where expr.Fragment, afterID int64, limit int) ([]int64, error) {
	n := len(where.Args)
	args := append(slices.Clone(where.Args), afterID, limit)
	return tx.ids(ctx, "SELECT r.id"+from(entity, where)+" AND r.id > $"+strconv.Itoa(n+1)+" ORDER BY r.id LIMIT $"+strconv.Itoa(n+2), args...)
}

func (tx *Tx) ids(ctx context.Context, text string, args ...any) ([]int64, error) {
	var out []int64
	err := tx.query(ctx, scanID(&out), text, args...)
	return out, err
}

func scanID(out *[]int64) func(*sql.Rows) error {
	return func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		*out = append(*out, id)
		return err
	}
}

// Members gives those of the ids whose record a filter has, ascending.
func (tx *Tx) Members(ctx context.Context, entity fettle.Entity, where expr.Fragment, ids []int64) ([]int64, error) {
	text := "WITH v(id) AS (@rows) SELECT r.id FROM v JOIN " + table(entity) + " r ON r.id = v.id"
	if usesCompany(where.Text) {
		text += companyJoin
	}
	if where.Text != "" {
		text += " WHERE (" + where.Text + ")"
	}
	var out []int64
	if err := tx.queryBatch(ctx, scanID(&out), idBatch(ids), text, where.Args...); err != nil {
		return nil, err
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
