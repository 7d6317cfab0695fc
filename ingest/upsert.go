package ingest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/identity"
	"fettle/store"
)

// MaxRows is the most rows that one Upsert takes.
const MaxRows = 5000

// Row is one row of a source.
type Row struct {
	Line    int
	Values  []any             // aligned with UpsertInput.Fields, in the forms of their types; nil is blank
	Invalid []bool            // aligned with Values; nil: every format is right
	Raw     map[string]string // the columns that are not mapped

	boss     boss     // of a person of a file
	branches []string // of a person of a file: further domains of the company
	derived  []string // fields whose value is derived of others

	further     map[int][]any  // of fields, by their place in Values: further values that identify the record
	furtherKeys []identity.Key // the keys that only these are

	keys   []identity.Key // where they were computed already
	former []identity.Key // the fingerprints that earlier imports may have given it
	aside  []fettle.Aside // values that were not imported
	blanks []int          // the mapped columns whose cell only stands for a blank
}

// UpsertInput is many rows of one source.
type UpsertInput struct {
	Entity   fettle.Entity
	Source   string // names the file or system: external ids of different sources are kept apart
	Origin   int64
	Actor    string
	Now      time.Time
	Fields   []string
	Rows     []Row
	PhoneKey bool               // a phone is a match key too
	Region   string             // country of phones without a country code
	Blank    bool               // blanks overwrite
	Policy   fettle.WritePolicy // "" is overwrite: everything but values set by hand
	ImportID int64              // keeps raw columns under this import; 0: they are dropped
	DryRun   *Overlay           // decide only, on top of what earlier dry batches decided

	CreateValues bool // selects learn the values that they do not know

	NewFields []fettle.Field // of a dry run: among Fields, but not made yet

	learns    []string  // selects that learn their values in any case: the import makes them
	jobs      []job     // of an import of people: the company of each row
	shared    *suspects // of an import: the keys that rows of its file share; nil: the rows are looked through
	part      bool      // later rows of the same file follow
	sameList  bool      // of an import: somebody said that its ids are those of the list
	former    *former   // of an import: how its ids may be kept
	met       *met      // of an import: what its earlier rows made or met
	preview   *preview  // of a dry run: what it would change; nil: nobody asks
	assumeNew bool      // fail with errKnown if any key is held already, instead of looking
}

// Outcome is what became of a row.
type Outcome uint8

// The outcomes of rows. Each row has one.
const (
	Unchanged Outcome = iota // it says what was known
	Created
	Updated
	Merged // an earlier row made or met its record, or it made records one
	Blank  // it has no value at all: nothing was written
)

// WouldBe is a record as a batch leaves it.
type WouldBe struct {
	ID      int64 // negative if a dry run would create it
	Created bool
	Values  []any    // aligned with UpsertResult.Fields
	Derived []string // the fields whose value is derived of others

	Company int64          // of a person whose row names it by name or id; negative if a dry run would make it
	Made    map[string]any // what that one would hold
	Awaited []string       // of a company: by what people may wait for it
}

// UpsertResult is what an Upsert did.
type UpsertResult struct {
	Created, Updated, Merged, Unchanged, Blank int64 // rows

	Joined    int64              // records that were there before and became one with others
	Merges    []fettle.MergedRow // the merged rows, those of earlier batches that are merged now included
	Conflicts int64              // keys of rows that belong to other records, which stay apart
	Clashes   []store.Conflict   // the conflicts that are new
	Deferred  int64              // merges put off until calls in flight have landed
	Records   []int64            // of each row; 0 for blank rows
	Outcomes  []Outcome          // of each row

	Filled map[int64][]string // of records that were there: the fields that were written
	Kept   [][]string         // of each row: the fields whose value stayed, though the row has another one

	Fields  []string  // of Changed
	Changed []WouldBe // the records that were created or updated, each once

	Waiting  []store.CompanyDomain // domains for which more people wait: see LinkPeople
	Unsorted bool                  // people of a domain that companies share are to be sorted: see LinkPeople

	shares bool // it made keys shared, perhaps of records that came to be one

	loads []load             // of an import: aligned with UpsertInput.Fields
	news  newValues          // of selects
	known int                // keys that were held before
	met   map[int64]firstRow // to be remembered once the batch is written
}

// errKnown says that rows were assumed to be new, and are not.
var errKnown = errors.New("a key is held already")

// Upsert matches rows to records by their keys and creates, updates and merges
// records. Rows that match the same record fold into it in their order; rows
// may match records that earlier rows of the batch create.
//
// A blank never overwrites unless Blank says so; a value that was set by hand
// is overwritten only under overwrite_all. When a row's keys lead to several
// records, the records become one, unless a stronger key of theirs differs:
// that is a conflict, and nothing is merged.
func Upsert(ctx context.Context, tx *store.Tx, in UpsertInput) (UpsertResult, error) {
	u, err := newUpserter(ctx, tx, in)
	if err != nil {
		return UpsertResult{}, err
	}
	if in.DryRun == nil {
		// Two imports at once would both create a record that both bring: on
		// PostgreSQL the second waits here, and sees what the first wrote.
		if _, err := tx.NextIDs(ctx, store.SeqRecord, 0); err != nil {
			return UpsertResult{}, err
		}
	}
	if err := u.choose(ctx); err != nil {
		return UpsertResult{}, err
	}
	if err := u.findKeys(ctx); err != nil {
		return UpsertResult{}, err
	}
	todo := make([]int, 0, len(in.Rows))
	for n := range in.Rows {
		if u.result.Outcomes[n] != Blank {
			todo = append(todo, n)
		}
	}
	for len(todo) > 0 {
		if todo, err = u.wave(ctx, todo); err != nil {
			return UpsertResult{}, err
		}
	}
	if err := u.end(ctx); err != nil {
		return UpsertResult{}, err
	}
	return u.result, nil
}

// upserter decides what becomes of rows. Rows that need a merge first wait for
// the next wave, with all rows that share a key or a record with them.
type upserter struct {
	*batch
	in        UpsertInput
	columnOf  []int // of each field
	documents []int // the fields of type json
	sorted    []string
	keyOpts   identity.Options
	keys      [][]identity.Key
	at        map[identity.Key]int64
	renamed   []renamed
	numbers   []heldKey             // ids that are numbers, and new
	adopt     map[identity.Key]bool // keys that lead to a record, which does not hold them in this form
	created   int64                 // how many negative ids were given
	merged    map[int]int64         // the record that a row made one with another
	joins     []join
	landed    map[int]*landing // of rows that came to a record of another row
	putOff    map[pair]bool
	found     []foundConflict
	sharing   sharing
	otherKeys map[string]bool   // by which rows fill blanks only
	apart     map[[2]int64]bool // pairs that people said are not one
	holders   []*record         // of each row
	further   []heldKey         // keys that records get beside their values
	saidAgain []heldKey         // those that they have already
	changed   map[*record]bool
	result    UpsertResult

	heldBefore map[int64][]bool // of records that earlier rows of the import are on
}

// landing is how a row came to a record that was there.
type landing struct {
	key         string
	was, now    string // names, where the row says one
	namesDiffer bool
}

type foundConflict struct {
	holder, other *record
	key           identity.Key
	reason        string
}

func newUpserter(ctx context.Context, tx *store.Tx, in UpsertInput) (*upserter, error) {
	if len(in.Rows) > MaxRows {
		return nil, fettle.Errorf(fettle.Invalid, "%d rows at once; the most is %d", len(in.Rows), MaxRows).WithHint("Send them in pieces.")
	}
	if err := CheckSource(in.Source); err != nil {
		return nil, err
	}
	if in.Policy == "" {
		in.Policy = fettle.Overwrite
	}
	if in.former == nil {
		in.former = &former{list: identity.ExternalPrefix(in.Source), short: true}
	}
	u := &upserter{in: in, merged: map[int]int64{}, landed: map[int]*landing{}, putOff: map[pair]bool{}, at: map[identity.Key]int64{}, adopt: map[identity.Key]bool{}, changed: map[*record]bool{}}
	u.keyOpts = identity.Options{Phone: in.PhoneKey, Region: in.Region}
	columns := slices.Concat(in.Fields, identity.ReadFields(in.Entity, u.keyOpts))
	if !slices.Contains(in.Fields, "country") {
		columns = slices.DeleteFunc(columns, func(s string) bool { return s == "country" })
	}
	isNew := func(key string) bool {
		return slices.ContainsFunc(in.NewFields, func(f fettle.Field) bool { return f.Key == key })
	}
	var err error
	if u.batch, err = newBatch(ctx, tx, in.Entity, in.Origin, in.Actor, in.Now, slices.DeleteFunc(columns, isNew)); err != nil {
		return nil, err
	}
	u.addVirtual(in.NewFields)
	u.dry = in.DryRun != nil
	if slices.ContainsFunc(in.Rows, func(r Row) bool { return len(r.derived) > 0 }) {
		if _, err = u.derivedOrigin(ctx); err != nil {
			return nil, err
		}
	}
	u.mustAdd = in.assumeNew
	for i, field := range in.Fields {
		u.columnOf = append(u.columnOf, u.index[field])
		if u.fields[u.index[field]].Type == fettle.JSON {
			u.documents = append(u.documents, i)
		}
	}
	u.sorted = slices.Sorted(slices.Values(in.Fields))
	if in.DryRun != nil {
		in.DryRun.lend(u)
	}
	n := len(in.Rows)
	u.keys, u.holders = make([][]identity.Key, n), make([]*record, n)
	u.sharing.of, u.sharing.looked = make([][]identity.Key, n), map[identity.Key]bool{}
	if u.sharing.keys == nil {
		u.sharing.keys = map[identity.Key]bool{}
	}
	u.result.met, u.result.loads, u.heldBefore = map[int64]firstRow{}, make([]load, len(in.Fields)), map[int64][]bool{}
	u.result.Outcomes, u.result.Records, u.result.Kept = make([]Outcome, n), make([]int64, n), make([][]string, n)
	u.result.Filled = map[int64][]string{}
	for _, f := range u.fields {
		u.result.Fields = append(u.result.Fields, f.Key)
	}
	return u, nil
}

// resolve follows what this batch has merged or given an id.
func (u *upserter) resolve(id int64) int64 {
	for {
		next, ok := u.moved[id]
		if !ok {
			return id
		}
		id = next
	}
}

// apply writes a row to the record that was decided.
func (u *upserter) apply(n int, d identity.Decision) {
	row := &u.in.Rows[n]
	r := u.recs[d.Record]
	if r == nil || (!r.exists && !r.written) {
		r = u.create(row, d.Record)
		u.changed[r] = true
	} else {
		u.landed[n] = u.landing(n, r)
		u.doubtName(n, r, u.landed[n])
		u.fold(r, n)
	}
	u.holders[n] = r
	u.hire(r, n)
	u.takeFurther(n, r)
	for _, c := range d.Conflicts {
		u.conflict(r, c)
	}
	for _, k := range u.sharing.of[n] {
		u.sharing.has = append(u.sharing.has, heldKey{k, r})
		if !slices.Contains(r.keys, k) {
			r.keys = append(r.keys, k)
		}
	}
	for _, k := range u.keys[n] {
		if u.sharing.keys[k] || u.at[k] != 0 && (u.at[k] != r.ID || !u.adopt[k]) {
			continue
		}
		delete(u.adopt, k)
		u.at[k] = r.ID
		u.newKeys = append(u.newKeys, heldKey{k, r})
		if _, _, _, ok := number(k); ok {
			u.numbers = append(u.numbers, heldKey{k, r})
		}
		if k.Kind != identity.RowKey && k.Kind != identity.SharedKey {
			r.keys = append(r.keys, k)
		}
	}
}

// landing says how a row came to a record, before it writes to it.
func (u *upserter) landing(n int, r *record) *landing {
	l := &landing{}
	for _, k := range u.keys[n] {
		if u.at[k] == r.ID {
			l.key = keyName(k)
			break
		}
	}
	now := nameOf(func(field string) any {
		if i := slices.Index(u.in.Fields, field); i >= 0 {
			return u.in.Rows[n].Values[i]
		}
		return nil
	})
	if now == "" {
		return l
	}
	before := nameOf(func(field string) any {
		if i, ok := u.index[field]; ok {
			return r.Values[i]
		}
		return nil
	})
	l.was, l.now = before, now
	l.namesDiffer = now != before && identity.NamesDiffer(now, before)
	return l
}

// nameOf is what a row or record is called; "" if it does not say.
func nameOf(get func(string) any) string {
	if name, ok := get("name").(string); ok {
		return name
	}
	first, _ := get("first_name").(string)
	last, _ := get("last_name").(string)
	return strings.TrimSpace(first + " " + last)
}

// create makes a record of a row. Its id is that of a record that was deleted,
// or 0.
func (u *upserter) create(row *Row, id int64) *record {
	r := &record{keysKnown: id == 0, written: true, created: true, back: id != 0}
	if id == 0 {
		u.created++
		id = -u.created
	} else if u.entity == fettle.Companies {
		for k, holder := range u.at {
			if holder == id && waitsFor(k) != "" {
				u.newDomains = append(u.newDomains, heldKey{k, r})
			}
		}
	}
	r.ID, r.CreatedUS, r.UpdatedUS = id, u.now, u.now
	r.origins.base = u.origin
	r.Values = make([]any, len(u.fields))
	for i, v := range row.Values {
		if v == nil {
			continue
		}
		r.Values[u.columnOf[i]] = v
		if row.Invalid != nil && row.Invalid[i] {
			r.Invalid = markInvalid(r.Invalid, u.in.Fields[i], true)
		}
		r.relink = r.relink || u.isCompanyField(u.in.Fields[i])
		if slices.Contains(row.derived, u.in.Fields[i]) {
			r.origins.put(u.in.Fields[i], u.derived, false)
		}
	}
	u.log(r, store.ChangeCreate, 0, "")
	u.fresh = append(u.fresh, r)
	u.recs[id] = r
	return r
}

// settle turns what rows have set into entries of the log. Several rows for one
// record count as one: what a later row sets back was never changed. Thus a file
// that says two things of one person changes nothing when it is imported again.
func (u *upserter) settle() error {
	for _, r := range u.recs {
		if len(r.pending) == 0 {
			continue
		}
		filled := u.filled(r)
		text := u.changes(r)
		if text == "" {
			if r.exists && !r.hired {
				r.written, r.relink = false, false
			}
			continue
		}
		if err := u.wouldChange(r, text); err != nil {
			return err
		}
		if r.exists {
			u.log(r, store.ChangeUpdate, 0, text)
			if len(filled) > 0 {
				u.result.Filled[r.ID] = append(u.result.Filled[r.ID], filled...)
			}
		}
		u.changed[r] = true
	}
	return nil
}
