package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
)

// A stretch is 1,024 ids in a row. Each transaction that writes about a record
// (itself, its row in an enrichment, a call or a purchase for it) counts up the
// record's stretch when it commits, so that who keeps what it counted knows
// where to count again. Records of one batch lie close together: it is a row or
// two a transaction.
const stretchBits = 10

// everywhere is the stretch that stands for all of them.
const everywhere = -1

// Stretch is the stretch that a record's id lies in.
func Stretch(id int64) int64 { return id >> stretchBits }

// StretchStart is the lowest id of a stretch.
func StretchStart(stretch int64) int64 { return stretch << stretchBits }

// StretchEnd is the highest id of a stretch.
func StretchEnd(stretch int64) int64 { return (stretch+1)<<stretchBits - 1 }

// touch notes that something about a record is written.
func (tx *Tx) touch(id int64) { tx.touchStretch(Stretch(id)) }

func (tx *Tx) touchStretch(s int64) {
	if tx.touched == nil {
		tx.touched = map[int64]struct{}{}
	}
	tx.touched[s] = struct{}{}
}

func (tx *Tx) touchAll(ids []int64) {
	for _, id := range ids {
		tx.touch(id)
	}
}

// countTouched writes what was noted. It comes last: on PostgreSQL the rows of
// the stretches stay locked until the commit.
func (tx *Tx) countTouched(ctx context.Context) error {
	if len(tx.touched) == 0 {
		return nil
	}
	_, err := tx.execBatch(ctx, idBatch(slices.Sorted(maps.Keys(tx.touched))), `WITH v(stretch) AS (@rows)
		INSERT INTO touched (stretch, times) SELECT stretch, 1 FROM v WHERE true
		ON CONFLICT (stretch) DO UPDATE SET times = touched.times + 1`)
	return err
}

// Touched is how often records were written about, by stretch.
type Touched struct {
	times map[int64]int64
	all   int64
}

// Touched reads how often records were written about.
func (tx *Tx) Touched(ctx context.Context) (Touched, error) {
	t := Touched{times: map[int64]int64{}}
	err := tx.query(ctx, t.scan, "SELECT stretch, times FROM touched")
	return t, err
}

// TouchedOf reads how often records were written about, of the stretches of
// some of them.
func (tx *Tx) TouchedOf(ctx context.Context, ids []int64) (Touched, error) {
	t := Touched{times: map[int64]int64{}}
	stretches := map[int64]struct{}{everywhere: {}}
	for _, id := range ids {
		stretches[Stretch(id)] = struct{}{}
	}
	err := tx.queryBatch(ctx, t.scan, idBatch(slices.Sorted(maps.Keys(stretches))), "WITH v(id) AS (@rows) SELECT t.stretch, t.times FROM v JOIN touched t ON t.stretch = v.id")
	return t, err
}

func (t *Touched) scan(r *sql.Rows) error {
	var stretch, n int64
	err := r.Scan(&stretch, &n)
	t.times[stretch] = n
	t.all += n
	return err
}

// Same reports whether nothing was written about a record between the two.
func (t Touched) Same(before Touched, id int64) bool {
	s := Stretch(id)
	return t.times[s] == before.times[s] && t.times[everywhere] == before.times[everywhere]
}

// Between is how often the records of stretches from first to last were
// written about. It moves with every such transaction.
func (t Touched) Between(first, last int64) int64 {
	n := t.times[everywhere]
	for s := first; s <= last; s++ {
		n += t.times[s]
	}
	return n
}

// Anywhere is how often any record was written about.
func (t Touched) Anywhere() int64 { return t.all }
