package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"sync"
)

// dialect is all that differs between the two databases.
type dialect struct {
	postgres      bool
	open          func(dsn string, through Through) (read, write *sql.DB, at *site, err error)
	lock          func(ctx context.Context, dsn string, db *sql.DB) (unlock func() error, err error) // one process at a time opens and migrates
	check         func(ctx context.Context, db *sql.DB) error                                        // refuses settings that would lose commits
	viewIsolation sql.IsolationLevel
	skipLocked    string                           // ends a SELECT that claims rows
	forUpdate     string                           // ends a SELECT that locks rows
	ddl           func(string) string              // translates types of a migration
	columnType    func(t string) string            // the type of a new column
	rows          func(b *Batch, first int) string // a batch as a table
	rendered      *renderedTexts                   // SQLite's statements over batches
	hasTable      string                           // counts the tables with the name $1
	position      string                           // the function that finds a text in another, from 1 on; 0 where it is not
	columnNames   string                           // lists the columns of the table $1
	nowUS         string                           // reads the database's clock
	retriable     func(error) bool
	stale         func(error) bool // the connection was gone before the transaction began
	mend          func(error) (hint string, ok bool)
	unwritable    func(error) bool // refused because of what is in it
}

func dialectOf(dsn string) dialect {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return postgresDialect()
	}
	return sqliteDialect()
}

// Batch is a table of parameters: a statement names it as @rows, usually as
// WITH v(a, b) AS (@rows).
type Batch struct {
	types  []string // PostgreSQL's types, one a column
	values []any    // row by row
}

// NewBatch makes an empty batch with columns of the given PostgreSQL types.
func NewBatch(types ...string) *Batch { return &Batch{types: types} }

// sized makes room for n rows.
func (b *Batch) sized(n int) *Batch {
	b.values = make([]any, 0, n*len(b.types))
	return b
}

// Add appends a row.
func (b *Batch) Add(values ...any) { b.values = append(b.values, values...) }

// Len is the number of rows.
func (b *Batch) Len() int {
	if len(b.types) == 0 {
		return 0
	}
	return len(b.values) / len(b.types)
}

func (b *Batch) slice(from, n int) *Batch {
	w := len(b.types)
	return &Batch{types: b.types, values: b.values[from*w : (from+n)*w]}
}

// chunks are the sizes in which SQLite gets a batch: few sizes, so that the
// prepared statements are few.
var chunks = []int{256, 32, 4, 1}

// maxParameters is how many parameters one statement of SQLite takes, less
// room for those beside the batch.
const maxParameters = 32_766 - 100

// chunkRows is how many rows go into the next statement.
func (d dialect) chunkRows(left, width int) int {
	if d.postgres {
		return left
	}
	for _, c := range chunks {
		if left >= c && c*width <= maxParameters {
			return c
		}
	}
	return 1
}

// render turns a statement in PostgreSQL's dialect into the database's own.
// SQLite binds ? in the order of the text: modernc's driver binds $N in
// quadratic time.
func (d dialect) render(text string, args []any, b *Batch) (string, []any) {
	if d.postgres {
		out := make([]any, len(args), len(args)+4)
		for i, v := range args {
			out[i] = postgresArg(v)
		}
		if b == nil {
			return text, out
		}
		out = append(out, b.columns()...)
		return strings.Replace(text, "@rows", d.rows(b, len(args)+1), 1), out
	}
	if b == nil {
		r := d.renderSQLite(text, len(args), nil)
		return r.text, r.arrange(args, nil)
	}
	key := renderKey{text: text, rows: b.Len(), columns: len(b.types), args: len(args)}
	r := d.rendered.get(key)
	if r == nil {
		r = d.renderSQLite(text, len(args), b)
		d.rendered.put(key, r)
	}
	return r.text, r.arrange(args, b)
}

// rendered is a statement in SQLite's own form.
type rendered struct {
	text  string
	order []int // the parameters in the order of the text; -1 is the whole batch
}

func (d dialect) renderSQLite(text string, args int, b *Batch) *rendered {
	var sb strings.Builder
	sb.Grow(len(text) + 64)
	r := &rendered{}
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '$' && i+1 < len(text) && text[i+1] >= '0' && text[i+1] <= '9':
			j := i + 1
			for j < len(text) && text[j] >= '0' && text[j] <= '9' {
				j++
			}
			n, err := strconv.Atoi(text[i+1 : j])
			if err == nil && n >= 1 && n <= args {
				r.order = append(r.order, n-1)
			}
			sb.WriteByte('?')
			i = j - 1
		case b != nil && strings.HasPrefix(text[i:], "@rows"):
			sb.WriteString(d.rows(b, 0))
			r.order = append(r.order, -1)
			i += len("@rows") - 1
		default:
			sb.WriteByte(text[i])
		}
	}
	r.text = sb.String()
	return r
}

// arrange gives the parameters in the order of the text, in the form that
// SQLite stores.
func (r *rendered) arrange(args []any, b *Batch) []any {
	n := len(r.order)
	if b != nil {
		n += len(b.values)
	}
	out := make([]any, 0, n)
	for _, i := range r.order {
		if i >= 0 {
			out = append(out, sqliteArg(args[i]))
			continue
		}
		for _, v := range b.values {
			out = append(out, sqliteArg(v))
		}
	}
	return out
}

// renderedTexts keeps statements over batches as they were rendered: they are
// long, and the same few come again and again.
type renderedTexts struct {
	mu   sync.Mutex
	held map[renderKey]*rendered
}

type renderKey struct {
	text                string
	rows, columns, args int
}

func (t *renderedTexts) get(key renderKey) *rendered {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held[key]
}

func (t *renderedTexts) put(key renderKey, r *rendered) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held == nil || len(t.held) >= maxPrepared {
		t.held = map[renderKey]*rendered{}
	}
	t.held[key] = r
}

// execBatch runs a statement that names @rows over all rows of the batch and
// gives the number of rows that it changed.
func (tx *Tx) execBatch(ctx context.Context, b *Batch, text string, args ...any) (int64, error) {
	var total int64
	if err := errors.Join(refuseText(args), refuseText(b.values)); err != nil {
		return 0, err
	}
	for from := 0; from < b.Len(); {
		n := tx.db.d.chunkRows(b.Len()-from, len(b.types))
		q, a := tx.db.d.render(text, args, b.slice(from, n))
		res, err := tx.run(ctx, q, a)
		if err != nil {
			return total, err
		}
		changed, err := res.RowsAffected()
		if err != nil {
			return total, err
		}
		total += changed
		from += n
	}
	return total, nil
}

// queryBatch runs a query that names @rows over all rows of the batch.
func (tx *Tx) queryBatch(ctx context.Context, scan func(*sql.Rows) error, b *Batch, text string, args ...any) error {
	if err := errors.Join(refuseText(args), refuseText(b.values)); err != nil {
		return err
	}
	for from := 0; from < b.Len(); {
		n := tx.db.d.chunkRows(b.Len()-from, len(b.types))
		q, a := tx.db.d.render(text, args, b.slice(from, n))
		if err := tx.rows(ctx, scan, q, a); err != nil {
			return err
		}
		from += n
	}
	return nil
}
