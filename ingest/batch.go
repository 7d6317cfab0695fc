package ingest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fettle"
	"fettle/identity"
	"fettle/store"
)

// record is a record in memory while a batch is decided.
type record struct {
	store.IngestRecord                // its id is negative until it has one
	origins            origins        // of its values
	keys               []identity.Key // all its match keys, if keysKnown
	keysKnown          bool
	exists             bool // has a row in its table
	created            bool // this call made it
	written            bool // to be inserted or updated
	relink             bool // its company may be another one
	job                job  // the company that a row names
	hired              bool // it is another one than before
	pending            []pendingChange
	says               []saying // what sources said of fields that held something
	back               bool     // it was gone, and what was said of it counts again
	log                []store.LoggedChange
}

// pendingChange is a column that was set and is not in the log yet, with what
// was there before.
type pendingChange struct {
	column  int
	old     any
	origin  int64
	named   bool // the origin was the field's own
	invalid bool
	status  fettle.Status
	decided bool // the value stays, and is of another origin
}

// heldKey is a key that a record of the batch has got.
type heldKey struct {
	key    identity.Key
	holder *record
}

// batch is the state of one call: the records that it reads and writes, and
// what is to be appended.
type batch struct {
	tx     *store.Tx
	entity fettle.Entity
	origin int64
	actor  string
	hand   bool // a person writes
	exact  bool // a value comes back with its origin, also where the value is there
	now    int64

	fields []fettle.Field // the columns that are read
	real   int            // how many of them there are; the others are of a dry run
	index  map[string]int // field → column
	dirty  []bool         // columns that are written

	recs      map[int64]*record
	fresh     []*record // to be inserted, in the order of their creation
	handKnown map[int64]bool

	derives      bool           // names are derived of each other
	derivedKnown map[int64]bool // origins of derived values
	derived      int64          // that of today, once it is known
	dry          bool           // nothing is written

	newKeys    []heldKey
	mustAdd    bool             // fail with errKnown if one of newKeys is held already
	newDomains []heldKey        // of companies
	unsays     bool             // what is overwritten was never said: it is taken back
	settles    bool             // a person has seen both values of what is said
	absorbs    []pair           // of merges: what was said of the loser is said of the survivor
	parts      int64            // of an unmerge: what was said of this record is said of no other
	speakers   map[int64]string // origin → who says what comes from it
	book       *logbook
	moved      map[int64]int64       // ids that lead to others: given, or merged
	more       []store.CompanyDomain // domains for which more people wait
}

func newBatch(ctx context.Context, tx *store.Tx, entity fettle.Entity, origin int64, actor string, now time.Time, fields []string) (*batch, error) {
	b := &batch{
		tx: tx, entity: entity, origin: origin, actor: actor, now: now.UnixMicro(),
		index: make(map[string]int, len(fields)), book: &logbook{}, recs: map[int64]*record{}, handKnown: map[int64]bool{}, derivedKnown: map[int64]bool{dryDerived: true}, moved: map[int64]int64{},
	}
	var err error
	if fields, b.derives, err = withNames(ctx, tx, entity, fields); err != nil {
		return nil, err
	}
	for _, key := range fields {
		if _, twice := b.index[key]; twice {
			continue
		}
		f, err := tx.Field(ctx, entity, key)
		if err != nil {
			return nil, err
		}
		b.index[key] = len(b.fields)
		b.fields = append(b.fields, f)
	}
	b.real, b.dirty = len(b.fields), make([]bool, len(b.fields))
	return b, nil
}

// addVirtual adds fields that a dry run would create.
func (b *batch) addVirtual(fields []fettle.Field) {
	for _, f := range fields {
		b.index[f.Key] = len(b.fields)
		b.fields, b.dirty = append(b.fields, f), append(b.dirty, false)
	}
}

// load reads records that are not known yet, and locks them. Those that do not
// exist are left out.
func (b *batch) load(ctx context.Context, ids []int64) error {
	ids = slices.DeleteFunc(ids, func(id int64) bool { return id <= 0 || b.recs[id] != nil })
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 {
		return nil
	}
	read, err := b.tx.LockRecords(ctx, b.entity, ids, b.fields[:b.real])
	if err != nil {
		return err
	}
	var unknown []int64
	for _, r := range read {
		o, err := parseOrigins(r.Origins)
		if err != nil {
			return fmt.Errorf("record %d: origins: %w", r.ID, err)
		}
		for range b.fields[b.real:] {
			r.Values = append(r.Values, nil)
		}
		b.recs[r.ID] = &record{IngestRecord: r, origins: o, exists: true}
		unknown = append(unknown, o.base)
		for _, f := range o.named {
			unknown = append(unknown, f.id)
		}
	}
	return b.learnOrigins(ctx, unknown)
}

// learnOrigins finds out which origins are of values set by hand, or derived.
func (b *batch) learnOrigins(ctx context.Context, ids []int64) error {
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id int64) bool {
		_, known := b.handKnown[id]
		return known || id == 0
	})
	if len(ids) == 0 {
		return nil
	}
	kinds, err := b.tx.SpecialOrigins(ctx, ids)
	for _, id := range ids {
		b.handKnown[id] = kinds[id] == store.OriginPerson
		b.derivedKnown[id] = kinds[id] == store.OriginDerived
	}
	return err
}

// write is a value for one column of a record.
type write struct {
	column int
	value  any // nil is blank
	valid  bool
	status fettle.Status // what its provider says of it; "" for nothing
	policy fettle.WritePolicy
	blanks bool  // a blank overwrites
	origin int64 // 0: the batch's

	decides bool // it is written, and is of its origin, also where the record holds it already
}

// set applies one write to a record in memory and reports whether the record
// now holds the value.
func (b *batch) set(r *record, w write) bool {
	field, old := b.fields[w.column].Key, r.Values[w.column]
	if w.value == nil && !w.blanks {
		return old == nil
	}
	given := w.origin
	if w.origin == 0 {
		w.origin = b.origin
	}
	b.hear(r, w)
	switch {
	case equal(old, w.value) && !w.decides && (!b.exact || w.value == nil || given == 0 || given == r.origins.of(field)):
		b.confirm(r, w, field)
		return true
	case old != nil && !b.may(r, field, w.policy):
		return false
	}
	r.note(w, field)
	r.Values[w.column] = w.value
	r.Invalid = markInvalid(r.Invalid, field, w.value != nil && !w.valid)
	if w.value == nil {
		w.status = ""
	}
	r.Statuses = store.PutStatus(r.Statuses, field, w.status)
	r.origins.put(field, w.origin, w.value == nil)
	r.written, b.dirty[w.column] = true, true
	r.relink = r.relink || b.isCompanyField(field)
	return true
}

// confirm takes what a provider says now of the value that the record holds
// already. The value did not change, so only the status is logged; its origin
// stays.
func (b *batch) confirm(r *record, w write, field string) {
	if w.status == "" || w.status == store.StatusIn(r.Statuses, field) {
		return
	}
	r.note(w, field)
	r.Statuses = store.PutStatus(r.Statuses, field, w.status)
	r.written = true
}

// note remembers what a column held before it is set, the first time.
func (r *record) note(w write, field string) {
	for i := range r.pending {
		if r.pending[i].column == w.column {
			return
		}
	}
	_, named := r.origins.find(field)
	r.pending = append(r.pending, pendingChange{
		column: w.column, old: r.Values[w.column], origin: r.origins.of(field), named: named, invalid: isInvalid(r.Invalid, field),
		status: store.StatusIn(r.Statuses, field), decided: w.decides,
	})
}

// isCompanyField reports whether a person's company is found by the field.
func (b *batch) isCompanyField(field string) bool {
	return b.entity == fettle.People && slices.Contains(employerFields[:], field)
}

// may reports whether the policy permits overwriting the value of a field.
func (b *batch) may(r *record, field string, policy fettle.WritePolicy) bool {
	if b.hand || b.isDerived(r, field) {
		return true
	}
	switch policy {
	case fettle.FillBlanks:
		return false
	case fettle.OverwriteAll:
		return true
	case fettle.Overwrite:
	}
	return !b.handKnown[r.origins.of(field)]
}

// changes gives what set has changed since the last time, as the log holds it.
// What became what it was again is no change.
func (b *batch) changes(r *record) string {
	var buf []byte
	for _, p := range r.pending {
		field := b.fields[p.column].Key
		now := store.StatusIn(r.Statuses, field)
		moved := (b.exact || p.decided) && p.old != nil && r.origins.of(field) != p.origin
		if same := equal(p.old, r.Values[p.column]); !same || moved || (now != "" && now != p.status) {
			buf = appendChange(buf, field, p.old, r.Values[p.column], p.origin, p.status)
			continue
		}
		r.Invalid = markInvalid(r.Invalid, field, p.invalid)
		r.Statuses = store.PutStatus(r.Statuses, field, p.status)
		r.origins.forget(field)
		if p.named {
			r.origins.put(field, p.origin, true)
		}
	}
	r.pending = nil
	return closeChanges(buf)
}

// logPending makes an entry of the log of what set has changed since the last.
func (b *batch) logPending(r *record, attempt int64) {
	if len(r.pending) == 0 {
		return
	}
	if text := b.changes(r); text != "" {
		b.log(r, store.ChangeUpdate, attempt, text)
	}
}

func (b *batch) log(r *record, kind string, attempt int64, changes string) {
	r.log = append(r.log, store.LoggedChange{Kind: kind, Origin: b.origin, Attempt: attempt, Actor: b.actor, AtUS: b.now, Changes: changes})
}

// flush writes everything that was decided but for the logs: records, keys,
// people of companies.
func (b *batch) flush(ctx context.Context) error {
	if err := b.deriveNames(ctx); err != nil {
		return err
	}
	if err := b.giveIDs(ctx); err != nil {
		return err
	}
	if err := b.link(ctx); err != nil {
		return err
	}
	touched := b.touched()
	if err := b.insert(ctx); err != nil {
		return err
	}
	if err := b.update(ctx, touched); err != nil {
		return err
	}
	if err := b.addKeys(ctx); err != nil {
		return err
	}
	if err := b.settleWords(ctx); err != nil {
		return err
	}
	for _, r := range touched {
		for _, c := range r.log {
			c.Record = r.ID
			b.book.add(b.entity, c)
		}
		r.exists, r.written, r.relink, r.hired, r.log = true, false, false, false, nil
	}
	clear(b.dirty)
	b.fresh = nil
	return b.linkPeople(ctx)
}

// finish writes what is left, the logs last.
func (b *batch) finish(ctx context.Context) error {
	if err := b.flush(ctx); err != nil {
		return err
	}
	return b.book.write(ctx, b.tx, b.entity, b.origin, b.now)
}

// touched are the records that were written, in the order of their ids.
func (b *batch) touched() []*record {
	var out []*record
	for _, r := range b.recs {
		if r.written {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(x, y *record) int { return int(x.ID - y.ID) })
	return out
}

// giveIDs gives ids to the records that are created.
func (b *batch) giveIDs(ctx context.Context) error {
	n := 0
	for _, r := range b.fresh {
		if r.ID < 0 {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	next, err := b.tx.NextIDs(ctx, store.SeqRecord, n)
	if err != nil {
		return err
	}
	for _, r := range b.fresh {
		if r.ID >= 0 {
			continue
		}
		delete(b.recs, r.ID)
		b.moved[r.ID] = next
		r.ID = next
		b.recs[next] = r
		next++
	}
	return nil
}

// insert adds the rows of the records that are created.
func (b *batch) insert(ctx context.Context) error {
	if len(b.fresh) == 0 {
		return nil
	}
	used := make([]bool, len(b.fields))
	for _, r := range b.fresh {
		for i, v := range r.Values {
			used[i] = used[i] || v != nil
		}
	}
	recs := make([]store.IngestRecord, len(b.fresh))
	for i, r := range b.fresh {
		r.Origins = r.origins.text()
		recs[i] = r.IngestRecord
	}
	return b.tx.InsertRecords(ctx, b.entity, b.columns(used, recs), recs)
}

// update writes the columns that changed of the records that existed before.
func (b *batch) update(ctx context.Context, touched []*record) error {
	var recs []store.IngestRecord
	links := false
	for _, r := range touched {
		if !r.exists {
			continue
		}
		r.UpdatedUS, r.Origins = b.now, r.origins.text()
		recs = append(recs, r.IngestRecord)
		links = links || r.relink
	}
	if len(recs) == 0 {
		return nil
	}
	return b.tx.UpdateRecords(ctx, b.entity, b.columns(b.dirty, recs), links, recs)
}

// columns reduces the records' values to the chosen columns.
func (b *batch) columns(chosen []bool, recs []store.IngestRecord) []fettle.Field {
	var fields []fettle.Field
	for i, f := range b.fields {
		if chosen[i] {
			fields = append(fields, f)
		}
	}
	if len(fields) == len(b.fields) {
		return fields
	}
	for i := range recs {
		values := make([]any, 0, len(fields))
		for j, v := range recs[i].Values {
			if chosen[j] {
				values = append(values, v)
			}
		}
		recs[i].Values = values
	}
	return fields
}

// addKeys gives the new keys to their records.
func (b *batch) addKeys(ctx context.Context) error {
	if len(b.newKeys) == 0 {
		return nil
	}
	keys := make([]store.MatchKey, len(b.newKeys))
	for i, k := range b.newKeys {
		keys[i] = store.MatchKey{Key: keyText(b.entity, k.key), Record: k.holder.ID}
		if b.entity == fettle.Companies && waitsFor(k.key) != "" {
			b.newDomains = append(b.newDomains, k)
		}
	}
	b.newKeys = nil
	added, err := b.tx.AddMatchKeys(ctx, keys)
	if err == nil && b.mustAdd && added != int64(len(keys)) {
		return errKnown
	}
	return err
}
