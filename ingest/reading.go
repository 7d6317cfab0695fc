package ingest

import (
	"context"
	"errors"
	"io"
	"slices"

	"fettle/identity"
	"fettle/source/csv"
)

// The rows of a file are read ahead in blocks, which end at whichever bound
// comes first.
const (
	blockRows  = 10_000
	blockBytes = 8 << 20
)

// reading turns a table into pieces. Within a block, rows that share a key go
// into one piece, in their order, however far apart they are: Upsert takes the
// rows of one record together as one, so that a file that says two things of one
// person says the same thing each time that it is imported.
type reading struct {
	mapping *mapping
	reader  *csv.Reader
	keys    func(*Row) []identity.Key
	former  func(csv.Row, *Row)
	formats *formats
	size    *batchSize
	out     chan<- piece

	rows    []Row
	rejects []rejected
	bytes   int // of the block
}

// run reads to the end of the table.
func (r *reading) run(ctx context.Context) error {
	for {
		line, err := r.reader.Next()
		if errors.Is(err, io.EOF) {
			return r.sendBlock(ctx)
		}
		if err != nil {
			return err
		}
		r.add(line)
		if len(r.rows)+len(r.rejects) >= blockRows || r.bytes >= blockBytes {
			if err := r.sendBlock(ctx); err != nil {
				return err
			}
		}
	}
}

// add takes a line into the block.
func (r *reading) add(line csv.Row) {
	for _, c := range line.Cells {
		r.bytes += len(c)
	}
	row, reject := r.mapping.row(line)
	if reject.Reason != "" {
		r.rejects = append(r.rejects, r.mapping.rejected(line, reject))
		return
	}
	row.keys = r.keys(&row)
	r.former(line, &row)
	r.formats.count(&row)
	for _, i := range row.blanks {
		r.formats.placeholder(r.mapping, i, line.Cells[r.mapping.mapped[i].column])
	}
	r.rows = append(r.rows, row)
}

// sendBlock sends the block in pieces and begins a new one.
func (r *reading) sendBlock(ctx context.Context) error {
	most := r.size.rows(len(r.mapping.columns))
	index := r.byKey()
	taken := make([]bool, len(r.rows))
	var batch []int
	for i := range r.rows {
		batch = r.gather(batch, i, index, taken)
		if len(batch) < most && i < len(r.rows)-1 {
			continue
		}
		if err := r.send(ctx, batch, most); err != nil {
			return err
		}
		batch, most = batch[:0], r.size.rows(len(r.mapping.columns))
	}
	for len(r.rejects) > 0 {
		if err := r.send(ctx, nil, most); err != nil {
			return err
		}
	}
	r.rows, r.bytes = nil, 0
	return nil
}

// byKey finds the rows that have a key, of those keys that several rows have.
func (r *reading) byKey() map[identity.Key][]int {
	first := make(map[identity.Key]int, 2*len(r.rows))
	index := map[identity.Key][]int{}
	for i := range r.rows {
		for _, k := range r.rows[i].keys {
			at, twice := first[k]
			switch {
			case !twice:
				first[k] = i
			case index[k] == nil:
				index[k] = []int{at, i}
			default:
				index[k] = append(index[k], i)
			}
		}
	}
	return index
}

// gather adds a row to a batch, and the rows of the block that share keys with
// it, as far as a batch may grow.
func (r *reading) gather(batch []int, i int, index map[identity.Key][]int, taken []bool) []int {
	if taken[i] {
		return batch
	}
	for todo := []int{i}; len(todo) > 0; {
		i, todo = todo[len(todo)-1], todo[:len(todo)-1]
		if taken[i] || len(batch) >= MaxRows {
			continue
		}
		taken[i] = true
		batch = append(batch, i)
		for _, k := range r.rows[i].keys {
			todo = append(todo, index[k]...)
			delete(index, k)
		}
	}
	return batch
}

// send sends rows of the block, in their order, with as many rejects as belong
// into one transaction.
func (r *reading) send(ctx context.Context, batch []int, most int) error {
	slices.Sort(batch)
	p := piece{rows: make([]Row, len(batch))}
	for n, i := range batch {
		p.rows[n] = r.rows[i]
	}
	n := min(len(r.rejects), most)
	p.rejects, r.rejects = r.rejects[:n:n], r.rejects[n:]
	p.done, p.total = r.reader.Progress()
	select {
	case r.out <- p:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
