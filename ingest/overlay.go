package ingest

import (
	"slices"

	"fettle/identity"
	"fettle/store"
)

// maxOverlay is how many records an overlay remembers.
const maxOverlay = 50_000

// Overlay carries what the batches of a dry run would have written from one to
// the next, so that rows of one file match each other across batches although
// nothing is written. It remembers up to 50,000 records and then begins anew:
// two rows for the same new record that lie further apart both count as
// created, which overstates what the import would do and never understates it.
// The zero value is ready. All batches have the same fields.
type Overlay struct {
	recs    map[int64]*record
	at      map[identity.Key]int64
	moved   map[int64]int64
	shared  map[identity.Key]bool
	created int64
	sharers map[string][]int64 // of keys that would be shared: who would have come to share them, in that order
}

// addSharing takes down who would come to share keys.
func (o *Overlay) addSharing(keys []store.MatchKey) {
	if o.sharers == nil {
		o.sharers = map[string][]int64{}
	}
	for _, k := range keys {
		o.sharers[k.Key] = append(o.sharers[k.Key], k.Record)
	}
}

// lend gives an upserter what was decided before.
func (o *Overlay) lend(u *upserter) {
	u.created = o.created
	if len(o.recs) == 0 || len(o.recs) > maxOverlay {
		clear(o.sharers)
		return
	}
	u.recs, u.at, u.moved, u.sharing.keys = o.recs, o.at, o.moved, o.shared
}

// keep remembers what an upserter decided.
func (o *Overlay) keep(u *upserter) {
	o.recs, o.at, o.moved, o.shared, o.created = u.recs, u.at, u.moved, u.sharing.keys, u.created
	for _, h := range u.sharing.has { // what tells records apart, as the next batch would read it
		if r := o.recs[u.resolve(h.holder.ID)]; r != nil && !slices.Contains(r.keys, h.key) {
			r.keys = append(r.keys, h.key)
		}
	}
	for _, r := range o.recs {
		r.exists = r.exists || r.written // as the next batch would find it
		r.created, r.written, r.log = false, false, nil
	}
}
