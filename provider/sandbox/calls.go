package sandbox

import (
	"encoding/binary"
	"time"

	"fettle"
)

// maxEntries bounds the call log: beyond it the oldest blocks are forgotten.
const maxEntries = 5_000_000

// blockEntries is how many calls one block of the log holds.
const blockEntries = 4096

// entry is one call, as GET /calls shows it.
type entry struct {
	n         int64 // from 1, in the order of arrival
	arrival   time.Time
	operation string
	key       string
	input     string
	billed    fettle.Credits
	outcome   outcome
}

// callLog keeps the calls in blocks of bytes: five million calls are some
// 400 MB without a pointer for the garbage collector to follow.
type callLog struct {
	blocks    []block
	dropped   int64 // blocks forgotten
	next      int64 // calls ever added
	ops       []string
	maxBlocks int // 0: as many as maxEntries needs
}

type block struct {
	start time.Time // the first arrival: others are relative to it, by the monotonic clock
	data  []byte
}

func (l *callLog) add(e entry) {
	if l.next%blockEntries == 0 {
		l.blocks = append(l.blocks, block{start: e.arrival, data: make([]byte, 0, 64*blockEntries)})
		limit := l.maxBlocks
		if limit == 0 {
			limit = (maxEntries + blockEntries - 1) / blockEntries
		}
		if len(l.blocks) > limit {
			l.blocks[0] = block{}
			l.blocks = l.blocks[1:]
			l.dropped++
		}
	}
	b := &l.blocks[len(l.blocks)-1]
	b.data = binary.AppendVarint(b.data, int64(e.arrival.Sub(b.start)))
	b.data = append(b.data, l.opIndex(e.operation), byte(e.outcome))
	b.data = binary.AppendVarint(b.data, int64(e.billed))
	b.data = appendText(b.data, e.key)
	b.data = appendText(b.data, e.input)
	l.next++
}

func (l *callLog) opIndex(id string) byte {
	for i, known := range l.ops {
		if known == id {
			return byte(i)
		}
	}
	l.ops = append(l.ops, id)
	return byte(len(l.ops) - 1)
}

// page gives up to limit calls whose number is greater than after.
func (l *callLog) page(after, limit int64) []entry {
	oldest := l.dropped * blockEntries
	after = max(after, oldest, 0)
	entries := make([]entry, 0, max(0, min(limit, l.next-after)))
	for n := after; n < l.next && int64(len(entries)) < limit; {
		number := n / blockEntries
		b := l.blocks[number-l.dropped]
		data := b.data
		for at := number * blockEntries; len(data) > 0 && int64(len(entries)) < limit; at++ {
			var e entry
			e, data = l.decode(b.start, data)
			if at >= n {
				e.n = at + 1
				entries = append(entries, e)
			}
		}
		n = (number + 1) * blockEntries
	}
	return entries
}

func (l *callLog) decode(start time.Time, data []byte) (entry, []byte) {
	var e entry
	delta, n := binary.Varint(data)
	data = data[n:]
	e.arrival = start.Add(time.Duration(delta)).UTC()
	e.operation, e.outcome = l.ops[data[0]], outcome(data[1])
	billed, n := binary.Varint(data[2:])
	data = data[2+n:]
	e.billed = fettle.Credits(billed)
	e.key, data = cutText(data)
	e.input, data = cutText(data)
	return e, data
}

func appendText(data []byte, s string) []byte {
	return append(binary.AppendUvarint(data, uint64(len(s))), s...)
}

func cutText(data []byte) (string, []byte) {
	size, n := binary.Uvarint(data)
	end := n + int(size)
	return string(data[n:end]), data[end:]
}
