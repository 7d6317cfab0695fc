package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"fettle"
)

// An order is the ids of all records of a query, in its order. It answers "the
// records from the 999,000th on" by their keys, where the database would sort
// and pass over all before them. It holds for one position of the change log;
// MendOrder carries it over to a later one.

// maxOrderBytes bounds what sorting an order takes in memory while it is read:
// enough for some five million records with values of 30 characters.
const maxOrderBytes = 256 << 20

// placed is a record with what it is sorted by. Text and numbers compare as
// both databases compare them; a blank comes last.
type placed struct {
	id    int64
	blank bool
	text  string
	num   float64
}

func (a placed) compare(b placed, desc bool) int {
	if a.blank != b.blank {
		if a.blank {
			return 1
		}
		return -1
	}
	c := cmp.Or(cmp.Compare(a.num, b.num), strings.Compare(a.text, b.text), cmp.Compare(a.id, b.id))
	if desc {
		return -c
	}
	return c
}

// place takes a value in its Go form.
func place(id int64, v any) placed {
	p := placed{id: id}
	switch v := v.(type) {
	case nil:
		p.blank = true
	case float64:
		p.num = v
	case int64:
		p.num = float64(v)
	case bool:
		if v {
			p.num = 1
		}
	case time.Time:
		p.num = float64(v.UnixMicro())
	case fettle.Day:
		p.text = string(v)
	case string:
		p.text = v
	}
	return p
}

// LogPosition is the id of the last entry that the change log was given, which
// stays when entries are erased.
func (tx *Tx) LogPosition(ctx context.Context) (int64, error) {
	var at int64
	err := tx.get(ctx, []any{&at}, "SELECT COALESCE(MAX(next), 1) - 1 FROM sequences WHERE name = $1", SeqChange)
	return at, err
}

// ReadOrder reads the order of a query, whatever its cursor, offset and limit.
// It reads the ids and what they are sorted by in one pass and sorts them
// here: on a million people SQLite takes ten times longer, and no index could
// serve every filter and every field. ok is false if there are more than most
// records, or if sorting them would take more memory than is allowed.
func (tx *Tx) ReadOrder(ctx context.Context, q Query, most int) (ids []int64, ok bool, err error) {
	by, err := tx.sorting(ctx, &q)
	if err != nil {
		return nil, false, err
	}
	args := slices.Clone(q.Where.Args)
	text := "SELECT r.id" + by.beside(&args) + from(q.Entity, q.Where)
	all := packedOrder{desc: q.Desc, size: packedBlock}
	err = tx.query(ctx, by.scanPlaced(func(p placed) error {
		if by.column == nil {
			ids = append(ids, p.id)
		} else {
			all.add(p)
		}
		if len(ids)+all.len() > most || all.memory() > maxOrderBytes {
			return errTooMany
		}
		return nil
	}), text, args...)
	switch {
	case errors.Is(err, errTooMany):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case by.column == nil:
		slices.Sort(ids)
		if q.Desc {
			slices.Reverse(ids)
		}
		return ids, true, nil
	}
	return all.ids(), true, nil
}

var errTooMany = errors.New("too many records for an order")

func sortPlaced(all []placed, desc bool) {
	slices.SortFunc(all, func(a, b placed) int { return a.compare(b, desc) })
}

// beside is what a query reads beside the id.
func (s sorting) beside(args *[]any) string {
	if s.column == nil {
		return ""
	}
	return ", " + s.column(args)
}

// scanPlaced scans an id and what is read beside it.
func (s sorting) scanPlaced(keep func(placed) error) func(*sql.Rows) error {
	var id int64
	var value any
	dest := []any{&id, &value}
	if s.column == nil {
		dest = dest[:1]
	}
	return func(rows *sql.Rows) error {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		if s.column == nil {
			return keep(placed{id: id})
		}
		v, err := decodeValue(s.typ, value)
		if err != nil {
			return err
		}
		return keep(place(id, v))
	}
}

// MendOrder carries an order over from one position of the change log to the
// transaction's: what has changed since is taken out and put where it belongs
// now. ok is false if more than most records have changed, if entries were
// erased meanwhile, or if the order depends on companies and one has changed:
// then the order has to be read again.
func (tx *Tx) MendOrder(ctx context.Context, q Query, ids []int64, since int64, most int) (mended []int64, at int64, ok bool, err error) {
	if at, err = tx.LogPosition(ctx); err != nil || at == since {
		return ids, at, err == nil, err
	}
	if at-since > int64(most) {
		return nil, at, false, nil
	}
	changed, ok, err := tx.changedSince(ctx, q, since, at)
	if err != nil || !ok {
		return nil, at, false, err
	}
	by, err := tx.sorting(ctx, &q)
	if err != nil {
		return nil, at, false, err
	}
	var now []placed
	args := slices.Clone(q.Where.Args)
	text := "WITH v(id) AS (@rows) SELECT r.id" + by.beside(&args) + " FROM v JOIN " + table(q.Entity) + " r ON r.id = v.id"
	if usesCompany(q.Where.Text) {
		text += companyJoin
	}
	if q.Where.Text != "" {
		text += " WHERE (" + q.Where.Text + ")"
	}
	keep := func(p placed) error {
		now = append(now, p)
		return nil
	}
	if err := tx.queryBatch(ctx, by.scanPlaced(keep), idBatch(changed), text, args...); err != nil {
		return nil, at, false, err
	}
	sortPlaced(now, q.Desc)
	rest := without(ids, changed)
	where, err := tx.whereInOrder(ctx, q, by, rest, now)
	if err != nil {
		return nil, at, false, err
	}
	return merged(rest, now, where), at, true, nil
}

// changedSince lists the records that the log's entries of (since, at] are of,
// ascending.
func (tx *Tx) changedSince(ctx context.Context, q Query, since, at int64) (changed []int64, ok bool, err error) {
	entries, foreign := int64(0), false
	err = tx.query(ctx, func(r *sql.Rows) error {
		var id int64
		var entity fettle.Entity
		err := r.Scan(&id, &entity)
		entries++
		if entity == q.Entity {
			changed = append(changed, id)
		} else if usesCompany(q.Where.Text) {
			foreign = true
		}
		return err
	}, "SELECT record_id, entity FROM changes WHERE id > $1 AND id <= $2", since, at)
	slices.Sort(changed)
	return slices.Compact(changed), entries == at-since && !foreign, err
}

// without gives the ids that are not among the others, which ascend.
func without(ids, others []int64) []int64 {
	gone := make(map[int64]bool, len(others))
	for _, id := range others {
		gone[id] = true
	}
	out := make([]int64, 0, len(ids))
	for _, id := range ids {
		if !gone[id] {
			out = append(out, id)
		}
	}
	return out
}

// whereInOrder finds for each record the place in the ids before which it
// belongs. All are searched at once, so that each halving reads one batch.
func (tx *Tx) whereInOrder(ctx context.Context, q Query, by sorting, ids []int64, records []placed) ([]int, error) {
	low, high := make([]int, len(records)), make([]int, len(records))
	for i := range high {
		high[i] = len(ids)
	}
	for {
		var probes []int64
		for i := range records {
			if low[i] < high[i] {
				probes = append(probes, ids[(low[i]+high[i])/2])
			}
		}
		if len(probes) == 0 {
			return low, nil
		}
		found, err := tx.placedOf(ctx, q, by, probes)
		if err != nil {
			return nil, err
		}
		for i, r := range records {
			if low[i] >= high[i] {
				continue
			}
			mid := (low[i] + high[i]) / 2
			if found[ids[mid]].compare(r, q.Desc) < 0 {
				low[i] = mid + 1
			} else {
				high[i] = mid
			}
		}
	}
}

// placedOf reads what records are sorted by.
func (tx *Tx) placedOf(ctx context.Context, q Query, by sorting, ids []int64) (map[int64]placed, error) {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	out := make(map[int64]placed, len(ids))
	if by.column == nil {
		for _, id := range ids {
			out[id] = placed{id: id}
		}
		return out, nil
	}
	keep := func(p placed) error {
		out[p.id] = p
		return nil
	}
	var args []any
	text := "WITH v(id) AS (@rows) SELECT r.id" + by.beside(&args) + " FROM v JOIN " + table(q.Entity) + " r ON r.id = v.id"
	err := tx.queryBatch(ctx, by.scanPlaced(keep), idBatch(ids), text, args...)
	return out, err
}

// merged puts each record before its place in the ids; both are in order.
func merged(ids []int64, records []placed, where []int) []int64 {
	out := make([]int64, 0, len(ids)+len(records))
	from := 0
	for i, r := range records {
		out = append(out, ids[from:where[i]]...)
		out, from = append(out, r.id), where[i]
	}
	return append(out, ids[from:]...)
}
