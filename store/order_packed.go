package store

import (
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"math"
	"slices"
)

// packedOrder is the records of an order while they are read and sorted: a
// million people with names of 20 characters take 45 MB. What most of them
// differ by lies in one number each. Records and the rest of their texts lie in
// blocks that are never copied.
type packedOrder struct {
	desc   bool
	size   int        // records of a block
	full   [][]packed // each sorted
	last   []packed
	blocks [][]byte
	bytes  int
}

// packed is one record: 32 bytes.
type packed struct {
	id    int64
	key   uint64 // the order of its number, or of its text's first 8 bytes
	block int32  // where the rest of the text lies; noText, or blankText for a blank
	at    uint32
	size  uint32
}

const (
	noText    = -1
	blankText = -2
	textBlock = 1 << 20

	packedBlock = 1 << 15 // records
)

// add takes a record. A text with fewer than 8 bytes is filled up with zeros,
// which no text holds.
func (o *packedOrder) add(p placed) {
	x := packed{id: p.id, block: noText}
	switch {
	case p.blank:
		x.block = blankText
	case p.text == "":
		x.key = orderOf(p.num)
	default:
		var first [8]byte
		n := copy(first[:], p.text)
		x.key = binary.BigEndian.Uint64(first[:])
		if rest := p.text[n:]; rest != "" {
			x.block, x.at, x.size = o.keep(rest)
		}
	}
	if len(o.last) == cap(o.last) {
		o.close()
		o.last = make([]packed, 0, o.size)
	}
	o.last = append(o.last, x)
}

// close sorts the block that was filled.
func (o *packedOrder) close() {
	if len(o.last) > 0 {
		slices.SortFunc(o.last, o.compare)
		o.full, o.last = append(o.full, o.last), nil
	}
}

func (o *packedOrder) len() int { return len(o.full)*o.size + len(o.last) }

// orderOf gives a number whose order among unsigned numbers is that of f.
func orderOf(f float64) uint64 {
	bits := math.Float64bits(f + 0) // never the negative zero
	if bits>>63 != 0 {
		return ^bits
	}
	return bits | 1<<63
}

func (o *packedOrder) keep(text string) (block int32, at, size uint32) {
	last := len(o.blocks) - 1
	if last < 0 || cap(o.blocks[last])-len(o.blocks[last]) < len(text) {
		o.blocks = append(o.blocks, make([]byte, 0, max(textBlock, len(text))))
		last++
	}
	at = uint32(len(o.blocks[last])) //nolint:gosec // a block is as long as one value, or a MB
	o.blocks[last] = append(o.blocks[last], text...)
	o.bytes += len(text)
	return int32(last), at, uint32(len(text)) //nolint:gosec // there are at most maxOrderBytes of text
}

func (o *packedOrder) rest(p packed) []byte {
	if p.block < 0 {
		return nil
	}
	return o.blocks[p.block][p.at : p.at+p.size]
}

// memory is how much it takes.
func (o *packedOrder) memory() int { return o.bytes + 32*o.len() }

// compare is placed.compare.
func (o *packedOrder) compare(a, b packed) int {
	if (a.block == blankText) != (b.block == blankText) {
		if a.block == blankText {
			return 1
		}
		return -1
	}
	c := cmp.Compare(a.key, b.key)
	if c == 0 && (a.block >= 0 || b.block >= 0) {
		c = bytes.Compare(o.rest(a), o.rest(b))
	}
	if c == 0 {
		c = cmp.Compare(a.id, b.id)
	}
	if o.desc {
		return -c
	}
	return c
}

// ids gives the ids in their order. It uses the blocks up.
func (o *packedOrder) ids() []int64 {
	out := make([]int64, 0, o.len())
	o.close()
	heads := packedHeads{o}
	heap.Init(heads)
	for len(o.full) > 0 {
		b := o.full[0]
		out = append(out, b[0].id)
		if len(b) == 1 {
			heap.Pop(heads)
			continue
		}
		o.full[0] = b[1:]
		heap.Fix(heads, 0)
	}
	return out
}

// packedHeads has the block whose first record comes first at the top.
type packedHeads struct{ o *packedOrder }

func (h packedHeads) Len() int           { return len(h.o.full) }
func (h packedHeads) Less(i, j int) bool { return h.o.compare(h.o.full[i][0], h.o.full[j][0]) < 0 }
func (h packedHeads) Swap(i, j int)      { h.o.full[i], h.o.full[j] = h.o.full[j], h.o.full[i] }
func (packedHeads) Push(any)             {} // none is added

// Pop takes the last block away, which is empty by then.
func (h packedHeads) Pop() any {
	h.o.full = h.o.full[:len(h.o.full)-1]
	return nil
}
