package recall

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"fettle"
	"fettle/internal/kept"
	"fettle/store"
)

// Bounds of what is remembered of lists.
const (
	maxOrderIDs  = 8_000_000        // ids in all, 8 bytes each; a longer list is paged by the database
	maxOrders    = 32               // lists
	maxMended    = 2000             // changes that are put in place one by one; of more the list is read again
	NearOffset   = 1000             // so near the start the database passes over what comes before
	orderRest    = 10               // times as long as it took to read is a list's order given on while more changes than are mended
	tooLongRetry = 10 * time.Minute // until it is tried again whether a list fits
)

// Orders remembers the order of lists that are paged through, the most
// recently used: a page at any offset and by any field is then read by the
// keys of its records. Offsets alone make the database sort and pass over all
// that comes before, 43 s for the end of a million people by name in SQLite;
// an index for each field and filter would be paid for by every import; and
// anchors behind every thousandth record need such an index to be of use.
//
// An order belongs to a position of the change log and is mended by what has
// changed since, so that a page shows what was committed before it was asked
// for, whichever process wrote it. Only while more than maxMended changes come
// at a time, which is a run or an import, does a page behind the first follow
// an order that is orderRest times older than it took to read; its values are
// those of now.
type Orders struct {
	held    *kept.Memory[Key, listOrder]
	reading chan struct{} // holds one token: one order is read at a time
}

// Key says what is listed and how it is sorted.
type Key struct {
	What string
	Sort string
	Desc bool

	options string // of a select that is sorted by
}

type listOrder struct {
	ids  []int64 // never written again
	at   int64   // position of the change log
	read time.Time
	took time.Duration
	fits bool
	has  bool
}

// KeyOf names the order of a query. The fields are in it by when they were
// made: one that is deleted and added again is another. So are the options of a
// select that is sorted by, whose order is the list's.
func KeyOf(ctx context.Context, tx *store.Tx, q store.Query) (Key, error) {
	var made strings.Builder
	var options string
	for _, entity := range fettle.Entities() {
		fields, err := tx.Fields(ctx, entity)
		if err != nil {
			return Key{}, err
		}
		for _, f := range fields {
			_, _ = fmt.Fprintf(&made, " %s %d", f.Key, f.CreatedAtUS)
			if entity == q.Entity && f.Key == q.Sort && f.Type.Choices() {
				options = fmt.Sprintf("%q", f.Options)
			}
		}
	}
	what := fmt.Sprintf("%s %s %#v%s", q.Entity, q.Where.Text, q.Where.Args, made.String())
	return Key{What: what, Sort: q.Sort, Desc: q.Desc, options: options}, nil
}

// NewOrders begins with no list.
func NewOrders() *Orders {
	o := &Orders{held: kept.New[Key, listOrder](maxOrders, maxOrderIDs), reading: make(chan struct{}, 1)}
	o.reading <- struct{}{}
	return o
}

// Any gives an order of what is listed, however it is sorted; nil if none is
// held.
func (o *Orders) Any(what string) (Key, bool) {
	return o.held.Find(func(key Key) bool { return key.What == what })
}

// Late is what to do about an order that more has changed in than is mended.
type Late int

// What to do: an order may be given late until it has rested.
const (
	ReadAgain Late = iota
	GiveLate
	DoWithout
)

// follow brings an order to the position of the transaction: it is mended, or
// read if need be. false: there is none.
func (o *Orders) follow(ctx context.Context, tx *store.Tx, l *listOrder, q store.Query, late Late) (bool, error) {
	switch {
	case l.has && l.fits:
		ids, at, ok, err := tx.MendOrder(ctx, q, l.ids, l.at, maxMended)
		if err != nil {
			return false, err
		}
		if ok {
			l.ids, l.at = ids, at
			return true, nil
		}
		if late == GiveLate && time.Since(l.read) < orderRest*l.took {
			return true, nil
		}
		if late == DoWithout {
			return false, nil
		}
	case l.has && time.Since(l.read) < tooLongRetry:
		return false, nil
	}
	select {
	case <-o.reading:
		defer func() { o.reading <- struct{}{} }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	at, err := tx.LogPosition(ctx)
	if err != nil {
		return false, err
	}
	began := time.Now()
	ids, fits, err := tx.ReadOrder(ctx, q, maxOrderIDs)
	if err != nil {
		return false, err
	}
	l.ids, l.at, l.fits, l.has = ids, at, fits, true
	l.read, l.took = time.Now(), time.Since(began)
	if l.took >= returnAfter {
		go debug.FreeOSMemory() // sorting took ten times what is kept
	}
	return fits, nil
}

// returnAfter is how long an order must have taken to read for the memory that
// it took to be given back at once.
const returnAfter = 300 * time.Millisecond

// Turn takes a list's order for one use; give hands it back, at the latest
// when the use is over. It is taken outside a transaction: whoever waits holds
// no connection.
func (o *Orders) Turn(ctx context.Context, key Key) (use *Use, give func(), err error) {
	turn, err := o.held.Turn(ctx, key)
	if err != nil {
		return nil, nil, err
	}
	return &Use{orders: o, turn: turn}, turn.Give, nil
}

// Use is one use of a list's order.
type Use struct {
	orders *Orders
	turn   *kept.Turn[Key, listOrder]
}

// IDs gives the list in its order as of the transaction; ok is false if there
// is none: it is too long to be held.
func (u *Use) IDs(ctx context.Context, tx *store.Tx, q store.Query, late Late) (ids []int64, ok bool, err error) {
	defer u.turn.Give()
	order := u.turn.Value
	ok, err = u.orders.follow(ctx, tx, order, q, late)
	u.turn.Resize(len(order.ids))
	return order.ids, ok, err
}
