package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"math"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/internal/text"
)

// shape is a table as both databases have it.
type shape struct {
	name    string
	columns []string
	types   []string // PostgreSQL's, one a column
	key     []keyColumn
}

// keyColumn is a column of the primary key.
type keyColumn struct {
	index int   // in the columns
	at    int64 // its place in the key
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = column(n)
	}
	return strings.Join(out, ", ")
}

func (s shape) columnList() string { return quoted(s.columns) }

func (s shape) keyColumns() string {
	names := make([]string, len(s.key))
	for i, k := range s.key {
		names[i] = s.columns[k.index]
	}
	return quoted(names)
}

// read gives the rows after a key, in the order of the key, which is the same
// on both databases: text compares byte by byte. The values are in the form in
// which a batch takes them. nil begins at the first row.
func (s shape) read(ctx context.Context, tx *Tx, after []any, row func([]any) error) error {
	where := ""
	if after != nil {
		places := make([]string, len(after))
		for i := range after {
			places[i] = fmt.Sprintf("$%d", i+1)
		}
		where = " WHERE (" + s.keyColumns() + ") > (" + strings.Join(places, ", ") + ")"
	}
	dest := make([]any, len(s.columns))
	into := make([]any, len(s.columns))
	for i := range dest {
		into[i] = &dest[i]
	}
	return tx.query(ctx, func(r *sql.Rows) error {
		if err := r.Scan(into...); err != nil {
			return err
		}
		values := make([]any, len(dest))
		for i, v := range dest {
			var err error
			if values[i], err = s.value(i, v); err != nil {
				return s.bad(dest, i, err)
			}
		}
		return row(values)
	}, "SELECT "+s.columnList()+" FROM "+s.name+where+" ORDER BY "+s.keyColumns(), after...)
}

// bad names the value that cannot be copied.
func (s shape) bad(row []any, i int, err error) error {
	key := make([]string, len(s.key))
	for j, k := range s.key {
		key[j] = fmt.Sprint(row[k.index])
	}
	return fettle.Errorf(fettle.Refused, "%s of %s %s cannot be copied: %w", s.columns[i], s.name, strings.Join(key, " "), err).
		WithHint("Correct this value, then run the copy again. Nothing of what was copied is lost.").With("field", s.columns[i])
}

// value gives a column's value in its Go form.
func (s shape) value(i int, v any) (any, error) {
	if v == nil {
		return nil, nil //nolint:nilnil // NULL
	}
	switch s.types[i] {
	case "bigint":
		if n, ok := v.(int64); ok {
			return n, nil
		}
	case "bytea":
		if b, ok := v.([]byte); ok {
			return append([]byte(nil), b...), nil
		}
	case "text":
		s, err := textOf(v)
		return text.Storable(s), err // what an older program let in and no migration has mended: a backup
	case "double precision":
		out, err := decodeValue(fettle.Number, v)
		if f, ok := out.(float64); err == nil && ok && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f, nil
		}
	case "boolean":
		return decodeValue(fettle.Boolean, v)
	case "date":
		return decodeValue(fettle.Date, v)
	case "timestamp with time zone":
		return decodeValue(fettle.Timestamp, v)
	case "jsonb":
		return decodeValue(fettle.JSON, v)
	}
	return nil, fmt.Errorf("%.40v (%T) is not a %s", v, v, s.types[i])
}

func textOf(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	}
	return "", fmt.Errorf("%.40v (%T) is not text", v, v)
}

// keyText and parseKey carry a row's key through the note of a copy's
// progress.
func (s shape) keyText(row []any) string {
	out := make([]string, len(s.key))
	for i, k := range s.key {
		out[i] = fmt.Sprint(row[k.index])
	}
	text, _ := json.Marshal(out) //nolint:errchkjson // strings
	return string(text)
}

func (s shape) parseKey(text string) ([]any, error) {
	if text == "" {
		return nil, nil
	}
	var parts []string
	if err := json.Unmarshal([]byte(text), &parts); err != nil || len(parts) != len(s.key) {
		return nil, fmt.Errorf("the note of how far %s was copied cannot be read: %q", s.name, text)
	}
	out := make([]any, len(parts))
	for i, k := range s.key {
		var err error
		switch s.types[k.index] {
		case "bigint":
			out[i], err = strconv.ParseInt(parts[i], 10, 64)
		case "boolean":
			out[i], err = strconv.ParseBool(parts[i])
		default:
			out[i] = parts[i]
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// tableSum is what a table holds: the number of its rows, and a checksum of
// them in the order of their keys that does not depend on the database.
type tableSum struct {
	rows int64
	sum  [sha256.Size]byte
}

// sum reads the whole table. It refuses what the other database cannot hold.
func (s shape) sum(ctx context.Context, tx *Tx) (tableSum, error) {
	var t tableSum
	h := sha256.New()
	err := s.read(ctx, tx, nil, func(row []any) error {
		t.rows++
		for i, v := range row {
			if err := s.hash(h, i, v); err != nil {
				return s.bad(row, i, err)
			}
		}
		return nil
	})
	h.Sum(t.sum[:0])
	return t, err
}

// sumOfSums is the checksum of a whole workspace.
func sumOfSums(sums []tableSum) string {
	h := sha256.New()
	for _, s := range sums {
		h.Write(s.sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// hash adds a value to a checksum: its kind, its length and its bytes.
func (s shape) hash(h hash.Hash, i int, v any) error {
	var b [9]byte
	number := func(kind byte, n uint64) {
		b[0] = kind
		binary.BigEndian.PutUint64(b[1:], n)
		h.Write(b[:])
	}
	bytes := func(kind byte, x string) {
		number(kind, uint64(len(x)))
		h.Write([]byte(x))
	}
	switch v := v.(type) {
	case nil:
		number('0', 0)
	case bool:
		if v {
			number('b', 1)
		} else {
			number('b', 0)
		}
	case int64:
		number('i', uint64(v)) //nolint:gosec // its bits
	case float64:
		number('f', math.Float64bits(v))
	case string:
		bytes('s', v)
	case fettle.Day:
		bytes('d', string(v))
	case []byte:
		bytes('x', string(v))
	case time.Time:
		number('t', uint64(v.UnixMicro())) //nolint:gosec // its bits
	case json.RawMessage:
		bytes('j', sameJSON(v))
	default:
		return fmt.Errorf("%T has no checksum (%s)", v, s.types[i])
	}
	return nil
}

// sameJSON writes a document's numbers in one way: PostgreSQL writes 1e2 as
// 100.
func sameJSON(doc json.RawMessage) string {
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		return string(doc) // a number beyond a float64
	}
	out, err := json.Marshal(v)
	if err != nil {
		return string(doc)
	}
	return string(out)
}

// sizeOf is about how many bytes a row has.
func sizeOf(row []any) int {
	n := 0
	for _, v := range row {
		switch v := v.(type) {
		case string:
			n += len(v)
		case []byte:
			n += len(v)
		case json.RawMessage:
			n += len(v)
		}
		n += 8
	}
	return n
}
