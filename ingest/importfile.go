package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"fettle"
	"fettle/identity"
	"fettle/source/csv"
	"fettle/store"
)

// batchRows is how many rows of a file one transaction writes, batchCells how
// many values, but for minRows rows: wide rows take longer, and no transaction
// is to hold up others for long.
const (
	batchRows  = 1000
	batchCells = 40_000
	minRows    = 100
)

// batchSize is how much of that goes into a transaction, in percent: up to
// twice as much where that goes quickly. Keys in no order touch nearly every
// page of their index, in a small batch as in a large one.
type batchSize struct{ more atomic.Int64 } // percent above 100

const (
	mostMore = 100
	quickly  = 50 * time.Millisecond
	slowly   = 80 * time.Millisecond
)

// rows is how many rows of so many columns go into the next transaction.
func (s *batchSize) rows(columns int) int {
	return min(batchRows, max(minRows, batchCells/columns)) * int(100+s.more.Load()) / 100
}

// took says how long a transaction has taken.
func (s *batchSize) took(d time.Duration) {
	switch more := s.more.Load(); {
	case d < quickly:
		s.more.Store(min(mostMore, more+20))
	case d > slowly:
		s.more.Store(max(0, more-20))
	}
}

// shownRejects is how many rejected or merged rows a result lists; all are kept.
const shownRejects = 1000

// ImportOptions says how a file is imported.
type ImportOptions struct {
	Entity       fettle.Entity
	Source       string            // names the list of the file's ids; "": it is named after their column
	SameList     bool              // the file is of the list whose name it has, although its ids or keys meet others
	File         string            // its name, for people
	Map          map[string]string // column → "field" or "field:type"; "" leaves a column out. Others are mapped by their name
	CreateFields bool              // columns without a field get one, of a guessed type unless the map gives one
	CreateValues bool              // selects learn the values that they do not know
	DryRun       bool              // writes nothing
	Preview      bool              // of a dry run: the answer shows what would change
	NoRun        bool              // live enrichments do not follow what is imported
	Answered     bool              // what it opens counts in the own limit of the actor
	Confirmed    bool              // the actor said yes to what it opens
	Unasked      bool              // nobody was there to be asked: what it opens waits for somebody who may spend
	PhoneKey     bool              // a phone is a match key
	Region       string            // country of phones without a country code
	Blank        bool              // blanks overwrite
	Strict       bool              // a value that its field cannot hold rejects its row, instead of being set aside
	Policy       fettle.WritePolicy
	Actor        string
	Now          time.Time

	types map[string]kind // of new fields, by column

	Again    func() (*csv.Reader, error)                                     // opens the file once more, to look through it; nil: keys that rows share are found as they come
	Progress func(read, total int64)                                         // in bytes, after each batch; total 0: not known
	OnEnd    func(ctx context.Context, tx *store.Tx, imp store.Import) error // by the transaction that ends it
	OnMade   func(ctx context.Context, fields []string, w []WouldBe) error   // likewise the companies of an import of people
	OnBatch  func(ctx context.Context, fields []string, w []WouldBe) error   // the records that a batch created or changed; an error ends the import
}

// Import reads a table into the records, batch by batch, each in a transaction
// of its own: an import that breaks off leaves whole batches, and running it
// again does the rest. Every row that is read is created, updated, merged,
// unchanged or rejected. A value that its field cannot hold is set aside and
// listed, and its row imported without it, unless Strict; a value of a bad format
// is imported and marked.
//
// A dry run takes the same path, reads only, and creates no fields.
func Import(ctx context.Context, db *store.DB, r *csv.Reader, opts ImportOptions) (fettle.ImportView, error) {
	var err error
	if opts.Source != "" {
		err = CheckSource(opts.Source)
	}
	if err != nil {
		return fettle.ImportView{}, err
	}
	if opts.Region, err = phoneRegion(opts.Region); err != nil {
		return fettle.ImportView{}, err
	}
	imp := &importer{db: db, reader: r, opts: opts, first: r.Peek(firstRows)}
	if opts.DryRun {
		imp.overlay, imp.companies = &Overlay{}, &Overlay{}
		if opts.Preview {
			imp.preview = newPreview()
		}
	}
	if opts.CreateFields {
		if imp.opts.types, err = newTypes(r.Columns(), imp.first, opts.Again); err != nil {
			return fettle.ImportView{}, err
		}
	}
	if err := imp.settle(ctx); err != nil {
		return fettle.ImportView{}, err
	}
	if err := imp.ask(ctx); err != nil {
		return fettle.ImportView{}, err
	}
	if err := imp.begin(ctx); err != nil {
		return fettle.ImportView{}, err
	}
	if err = imp.look(ctx); err == nil {
		err = imp.run(ctx)
	}
	if err == nil && imp.shares {
		err = imp.leadAlone(ctx)
	}
	if end := imp.end(context.WithoutCancel(ctx), err); end != nil {
		err = errors.Join(err, end)
	}
	return imp.view(), err
}

// importer is one import under way.
type importer struct {
	db         *store.DB
	reader     *csv.Reader
	opts       ImportOptions
	mapping    mapping
	list       string // of the file's ids; it names the source too
	former     *former
	formerMaps []formerMapping
	first      [][]string // rows
	formats    formats
	record     store.Import
	origin     int64
	overlay    *Overlay
	preview    *preview
	rejects    []fettle.Reject
	merges     []fettle.MergedRow
	met        met
	shared     *suspects
	news       newValues      // of selects
	companies  *Overlay       // of a dry run
	hired      map[string]job // the companies that rows have made or met, by id or domain
	umbrellas  map[string]*umbrella
	allNew     bool // the last batch held no key that was known
	size       batchSize
	shares     bool // it made keys shared
}

// settle settles the mapping and the list of the file's ids. It only reads.
func (imp *importer) settle(ctx context.Context) error {
	return imp.db.View(ctx, func(tx *store.Tx) (err error) {
		if imp.mapping, err = mapColumns(ctx, tx, imp.reader.Columns(), imp.first, imp.opts); err != nil {
			return err
		}
		if imp.list, err = imp.mapping.listFor(ctx, tx, imp.first, imp.opts); err != nil {
			return err
		}
		if imp.former, err = formerOf(ctx, tx, imp.opts.Entity, imp.list); err != nil {
			return err
		}
		imp.formerMaps, err = imp.formerMappings(ctx, tx)
		return err
	})
}

// begin creates fields, and records the import.
func (imp *importer) begin(ctx context.Context) error {
	if imp.opts.DryRun {
		imp.record = imp.newRecord()
		return nil
	}
	return imp.db.Update(ctx, func(tx *store.Tx) (err error) {
		if imp.mapping, err = mapColumns(ctx, tx, imp.reader.Columns(), imp.first, imp.opts); err != nil {
			return err
		}
		for _, f := range imp.mapping.create {
			if err := tx.AddField(ctx, f); err != nil {
				return err
			}
		}
		imp.record = imp.newRecord()
		if imp.record.Counts.FirstChange, err = tx.NextID(ctx, store.SeqChange); err != nil {
			return err
		}
		if err := tx.AddImport(ctx, &imp.record); err != nil {
			return err
		}
		from := store.Origin{Kind: store.OriginImport, Name: imp.list, RefID: imp.record.ID, Day: fettle.DayOf(imp.opts.Now), NoRun: imp.opts.NoRun}
		switch {
		case imp.opts.Answered:
			from.Version = store.Answered
		case imp.opts.Confirmed:
			from.Version = store.Confirmed
		case imp.opts.Unasked:
			from.Version = store.Unentitled
		}
		imp.origin, err = tx.OriginID(ctx, from)
		return err
	})
}

func (imp *importer) newRecord() store.Import {
	return store.Import{
		Entity: imp.opts.Entity, Source: imp.list, File: imp.opts.File, Mapping: imp.mapping.names(), State: store.ImportRunning,
		Counts: store.ImportCounts{Unmapped: imp.mapping.unmapped, Employer: imp.mapping.employer(), List: imp.list}, NoRun: imp.opts.NoRun, Actor: imp.opts.Actor, CreatedUS: imp.opts.Now.UnixMicro(),
	}
}

// keys computes the keys of a row, beside the writing of other rows.
func (imp *importer) keys(row *Row) []identity.Key { return imp.keysWith(&imp.mapping, row) }

func (imp *importer) keysWith(m *mapping, row *Row) []identity.Key {
	return row.keysOf(imp.opts.Entity, imp.list, m.at, identity.Options{Phone: imp.opts.PhoneKey, Region: imp.opts.Region})
}

// piece is a batch of rows on its way to the database.
type piece struct {
	rows        []Row
	rejects     []rejected
	done, total int64 // bytes
}

// run reads and writes at the same time.
func (imp *importer) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	pieces := make(chan piece, blockRows/batchRows/2)
	g.Go(func() error {
		defer close(pieces)
		r := reading{mapping: &imp.mapping, reader: imp.reader, keys: imp.keys, former: imp.formerKeys, formats: &imp.formats, size: &imp.size, out: pieces}
		return r.run(ctx)
	})
	g.Go(func() error {
		for p := range pieces {
			if err := imp.write(ctx, p); err != nil {
				return err
			}
			if imp.opts.Progress != nil {
				imp.opts.Progress(p.done, p.total)
			}
		}
		return nil
	})
	return g.Wait()
}

// write imports one batch. After a batch of nothing but new keys it assumes that
// the next is one too: then the keys need not be looked up before they are
// added. If that proves wrong, the batch is done again with a look.
func (imp *importer) write(ctx context.Context, p piece) error {
	var res UpsertResult
	var h hiring
	var next store.Import
	in := imp.input(p)
	in.assumeNew = imp.allNew
	var began time.Time
	do := func(tx *store.Tx) (err error) {
		began = time.Now() // others wait from here on
		if h, err = imp.hire(ctx, tx, p.rows); err != nil {
			return err
		}
		in.jobs = h.jobs
		if res, err = Upsert(ctx, tx, in); err != nil {
			return err
		}
		next = imp.record
		next.Counts = add(next.Counts, p, res)
		next.Counts.CompaniesCreated += h.created
		next.Counts.Conflicts += h.upsert.Conflicts
		next.Counts.Loads = imp.loads(imp.record.Counts.Loads, p, res)
		if imp.opts.DryRun {
			return nil
		}
		if err := imp.keepRows(ctx, tx, p, res); err != nil {
			return err
		}
		return tx.UpdateImport(ctx, &next)
	}
	verb := imp.db.Update
	if imp.opts.DryRun {
		verb = imp.db.View
	}
	err := verb(ctx, do)
	if errors.Is(err, errKnown) {
		in.assumeNew = false
		err = verb(ctx, do)
	}
	if err != nil {
		return err
	}
	imp.size.took(time.Since(began))
	imp.allNew = res.known == 0 && !imp.opts.DryRun
	imp.news.merge(res.news)
	imp.shares = imp.shares || res.shares
	imp.record = next
	imp.remember(p.rows, h)
	for id, first := range res.met {
		imp.met.put(id, first)
	}
	imp.merges = append(imp.merges, res.Merges[:min(len(res.Merges), shownRejects-len(imp.merges))]...)
	for _, r := range p.rejects[:min(len(p.rejects), shownRejects-len(imp.rejects))] {
		imp.rejects = append(imp.rejects, r.Reject)
	}
	if imp.opts.OnBatch != nil && len(res.Changed) > 0 {
		if err := imp.opts.OnBatch(ctx, res.Fields, res.Changed); err != nil {
			return err
		}
	}
	if imp.opts.OnMade != nil && len(h.upsert.Changed) > 0 {
		if err := imp.opts.OnMade(ctx, h.upsert.Fields, h.upsert.Changed); err != nil {
			return err
		}
	}
	return imp.linkRest(ctx, append(res.Waiting, h.upsert.Waiting...), res.Unsorted || h.upsert.Unsorted)
}

// keepRows keeps what is to be listed of a piece: rows that were rejected or
// merged, and values that were set aside.
func (imp *importer) keepRows(ctx context.Context, tx *store.Tx, p piece, res UpsertResult) error {
	rejects := make([]store.ImportReject, len(p.rejects))
	for i, r := range p.rejects {
		rejects[i] = r.ImportReject
	}
	if err := tx.AddImportRejects(ctx, imp.record.ID, rejects); err != nil {
		return err
	}
	if err := tx.AddImportAside(ctx, imp.record.ID, asides(p.rows, res.Records)); err != nil {
		return err
	}
	return tx.AddImportMerges(ctx, imp.record.ID, res.Merges)
}

// add adds what became of a piece.
func add(c store.ImportCounts, p piece, res UpsertResult) store.ImportCounts {
	c.Read += int64(len(p.rows) + len(p.rejects))
	c.Created += res.Created
	c.Updated += res.Updated
	c.Merged += res.Merged
	c.Unchanged += res.Unchanged
	c.Joined += res.Joined
	c.Rejected += int64(len(p.rejects))
	c.Conflicts += res.Conflicts
	c.Deferred += res.Deferred
	for n := range p.rows {
		c.SetAside += int64(len(p.rows[n].aside))
	}
	return c
}

func (imp *importer) input(p piece) UpsertInput {
	o := imp.opts
	in := UpsertInput{
		Entity: o.Entity, Source: imp.list, Origin: imp.origin, Actor: o.Actor, Now: o.Now, Fields: imp.mapping.fields(), Rows: p.rows,
		PhoneKey: o.PhoneKey, Region: o.Region, Blank: o.Blank, Policy: o.Policy, ImportID: imp.record.ID, DryRun: imp.overlay, met: &imp.met, shared: imp.shared, part: true,
		former: imp.former, sameList: o.SameList,
	}
	if o.DryRun {
		in.NewFields, in.preview = imp.mapping.create, imp.preview
	}
	in.CreateValues = o.CreateValues
	for _, f := range imp.mapping.create {
		in.learns = append(in.learns, f.Key)
	}
	return in
}

// linkRest gives the people who wait for a company of the batch to it, where
// they are too many for its transaction, and sorts those of companies that share
// a domain.
func (imp *importer) linkRest(ctx context.Context, domains []store.CompanyDomain, unsorted bool) error {
	for more := unsorted || len(domains) > 0; more; {
		err := imp.db.Update(ctx, func(tx *store.Tx) (err error) {
			more, err = LinkPeople(ctx, tx, domains, imp.origin, imp.opts.Actor, imp.opts.Now)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// leadAlone has shared keys lead to who alone has them at the end: what rows differ
// in may have come to be one record's.
func (imp *importer) leadAlone(ctx context.Context) error {
	var unsorted bool
	err := imp.db.Update(ctx, func(tx *store.Tx) error {
		alone, err := tx.LeadAlone(ctx, nil)
		if err == nil {
			unsorted, err = ledAlone(ctx, tx, alone)
		}
		return err
	})
	if err != nil {
		return err
	}
	return imp.linkRest(ctx, nil, unsorted)
}

// end records how the import ended.
func (imp *importer) end(ctx context.Context, failed error) error {
	imp.record.State, imp.record.EndedUS = store.ImportDone, time.Now().UnixMicro()
	if failed != nil {
		imp.record.State = store.ImportFailed
	}
	imp.record.Counts.Told = imp.told()
	if imp.opts.DryRun {
		return nil
	}
	err := imp.db.Update(ctx, func(tx *store.Tx) (err error) {
		if imp.record.Counts.EndChange, err = tx.NextID(ctx, store.SeqChange); err != nil {
			return err
		}
		if imp.opts.OnEnd != nil {
			if err := imp.opts.OnEnd(ctx, tx, imp.record); err != nil {
				return err
			}
		}
		return tx.UpdateImport(ctx, &imp.record)
	})
	if failed != nil && fettle.CodeOf(failed) == fettle.Refused && fettle.CodeOf(err) == fettle.Refused {
		imp.record.State = store.ImportUndoing // failed says so already
		return nil
	}
	return err
}

func (imp *importer) view() fettle.ImportView {
	v := ImportView(imp.record)
	v.DryRun = imp.opts.DryRun
	v.Rejects, v.Merges = append(v.Rejects, imp.rejects...), append(v.Merges, imp.merges...)
	v.Aside, v.Invalid = imp.formats.aside, imp.formats.invalid(&imp.mapping)
	told(&v, imp.reader)
	v.Notes = append(v.Notes, imp.umbrellaNotes()...)
	imp.preview.into(&v)
	return v
}

// told is what the import has to say beside its counts, without samples of
// values: these go with their records.
func (imp *importer) told() *store.ImportTold {
	_, sheet := imp.reader.Sheets()
	invalid := imp.formats.invalid(&imp.mapping)
	for i := range invalid {
		invalid[i].Example = ""
	}
	return &store.ImportTold{
		Keys: imp.mapping.keys(imp.opts), Unidentified: imp.formats.unidentified, Invalid: invalid,
		Placeholders: imp.formats.placeholders(&imp.mapping), NewFields: imp.mapping.newFields(), NewValues: imp.news.list(),
		Encoding: imp.reader.Encoding(), Sheet: sheet,
	}
}

// ImportView shows an import that the store holds, without its rejects.
func ImportView(imp store.Import) fettle.ImportView {
	c := imp.Counts
	v := fettle.ImportView{
		ID: imp.ID, Entity: imp.Entity, Source: imp.Source, IDColumn: idColumn(imp.Mapping), File: imp.File, State: imp.State, Mapping: imp.Mapping, Unmapped: []string{},
		Read: c.Read, Created: c.Created, Updated: c.Updated, Merged: c.Merged, Unchanged: c.Unchanged, Rejected: c.Rejected, Conflicts: c.Conflicts,
		CompaniesCreated: c.CompaniesCreated, Joined: c.Joined, Rejects: []fettle.Reject{}, Merges: []fettle.MergedRow{}, At: time.UnixMicro(imp.CreatedUS).UTC(),
	}
	v.Unmapped = append(v.Unmapped, c.Unmapped...)
	v.Employer = c.Employer
	v.SetAside, v.Receipt, v.Of = c.SetAside, receipt(c.Loads), imp.Of
	if t := c.Told; t != nil {
		v.Keys, v.Unidentified, v.Invalid, v.Placeholders = t.Keys, t.Unidentified, t.Invalid, t.Placeholders
		v.NewFields, v.NewValues, v.Encoding, v.Sheet = t.NewFields, t.NewValues, t.Encoding, t.Sheet
	}
	if imp.Interrupted(time.Now()) {
		v.State = importInterrupted
		v.Hint = fmt.Sprintf("Its process ended on the way. Import the file again: it goes on, and what is there already is not doubled. Or take it back (fettle import undo %d).", imp.ID)
	}
	return v
}

// importInterrupted is how an import is shown whose process died.
const importInterrupted = "interrupted"
