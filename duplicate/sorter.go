package duplicate

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// entry is a record in a block.
type entry struct {
	block uint64
	id    int64
}

func compareEntries(a, b entry) int {
	return cmp.Or(cmp.Compare(a.block, b.block), cmp.Compare(a.id, b.id))
}

// inMemory is how many entries are sorted at once: 8 MB.
const inMemory = 500_000

// sorter sorts more entries than memory should hold: sorted pieces go into files
// of a folder of its own.
type sorter struct {
	dir   string
	piece []entry
	files []string
}

func newSorter() (*sorter, error) {
	dir, err := os.MkdirTemp("", "fettle-duplicates-")
	return &sorter{dir: dir}, err
}

// close removes the files.
func (s *sorter) close() error { return os.RemoveAll(s.dir) }

func (s *sorter) add(e entry) error {
	s.piece = append(s.piece, e)
	if len(s.piece) < inMemory {
		return nil
	}
	return s.spill()
}

func (s *sorter) spill() (err error) {
	slices.SortFunc(s.piece, compareEntries)
	name := filepath.Join(s.dir, strconv.Itoa(len(s.files)))
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<16)
	var buf [16]byte
	for _, e := range s.piece {
		binary.LittleEndian.PutUint64(buf[:8], e.block)
		binary.LittleEndian.PutUint64(buf[8:], uint64(e.id))
		if _, err := w.Write(buf[:]); err != nil {
			return err
		}
	}
	s.files, s.piece = append(s.files, name), s.piece[:0]
	return w.Flush()
}

// run is a sorted piece that is read.
type run struct {
	next func() (entry, error)
	head entry
}

type runs []*run

func (r runs) Len() int           { return len(r) }
func (r runs) Less(i, j int) bool { return compareEntries(r[i].head, r[j].head) < 0 }
func (r runs) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }
func (r *runs) Push(x any)        { *r = append(*r, x.(*run)) } //nolint:forcetypeassert // only runs
func (r *runs) Pop() any {
	last := (*r)[len(*r)-1]
	*r = (*r)[:len(*r)-1]
	return last
}

// each gives the records of every block that has more than one, up to most of
// it. Larger blocks are counted.
func (s *sorter) each(most func(block uint64) int, fn func(ids []int64) error) (passedOver int, err error) {
	var open runs
	defer func() { s.piece = nil }()
	slices.SortFunc(s.piece, compareEntries)
	at := 0
	open = append(open, &run{next: func() (entry, error) {
		if at == len(s.piece) {
			return entry{}, io.EOF
		}
		at++
		return s.piece[at-1], nil
	}})
	for _, name := range s.files {
		f, err := os.Open(name)
		if err != nil {
			return 0, err
		}
		defer func() { _ = f.Close() }()
		r := bufio.NewReaderSize(f, 1<<15)
		open = append(open, &run{next: func() (e entry, err error) {
			var buf [16]byte
			_, err = io.ReadFull(r, buf[:])
			return entry{binary.LittleEndian.Uint64(buf[:8]), int64(binary.LittleEndian.Uint64(buf[8:]))}, err
		}})
	}
	merged := runs{}
	for _, r := range open {
		if r.head, err = r.next(); errors.Is(err, io.EOF) {
			continue
		} else if err != nil {
			return 0, err
		}
		merged = append(merged, r)
	}
	heap.Init(&merged)
	return blocks(&merged, most, fn)
}

func blocks(merged *runs, mostOf func(block uint64) int, fn func(ids []int64) error) (passedOver int, err error) {
	var ids []int64
	var block uint64
	most := mostOf(block)
	end := func() error {
		defer func() { ids = ids[:0] }()
		switch {
		case len(ids) > most:
			passedOver++
		case len(ids) > 1:
			return fn(ids)
		}
		return nil
	}
	for merged.Len() > 0 {
		r := (*merged)[0]
		if r.head.block != block {
			if err := end(); err != nil {
				return passedOver, err
			}
			block = r.head.block
			most = mostOf(block)
		}
		if len(ids) <= most && (len(ids) == 0 || ids[len(ids)-1] != r.head.id) {
			ids = append(ids, r.head.id)
		}
		if r.head, err = r.next(); errors.Is(err, io.EOF) {
			heap.Pop(merged)
		} else if err != nil {
			return passedOver, err
		} else {
			heap.Fix(merged, 0)
		}
	}
	return passedOver, end()
}
