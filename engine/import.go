package engine

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/rights"
	"fettle/source/csv"
	"fettle/store"
)

// ImportInput is a file to import and how.
type ImportInput struct {
	File         *os.File // read more than once; the caller closes it
	Name         string   // for people; "": the file's own
	Entity       fettle.Entity
	Source       string            // names the list of the file's ids; "": it is named after their column
	SameList     bool              // the file is of the list whose name it has, although its ids or keys meet others
	Map          map[string]string // column → field; others are mapped by their name
	CreateFields bool              // columns without a field get one
	CreateValues bool              // selects learn the values that they do not know
	DryRun       bool              // says what would happen and writes nothing
	NoRun        bool              // live enrichments do not follow what is imported
	Confirm      bool              // goes ahead although it spends in live enrichments
	PhoneKey     bool              // matches by phone too
	Region       string            // country of phones without a country code
	SkipLines    int               // lines above the headings; 0: found by themselves
	Encoding     string            // of a text; "": found by itself
	Delimiter    string            // of a text: a character or its name; "": found by itself
	Sheet        string            // of a workbook: a worksheet's name or number; "": the first that holds a table
	Strict       bool              // a value that its field cannot hold rejects its row
	Progress     func(done, total int64)

	preview  bool // the dry run is what was asked for
	answered bool // somebody with a limit of their own answered for it
	meant    bool // somebody who may spend said yes to what it opens
	nobody   bool // nobody is there to be asked: what it opens waits for somebody who may spend
}

// Import imports a table. Where it would put many records into live enrichments
// it is refused with fettle.Confirm, before anything is written, unless it is
// confirmed or imports without running.
func (e *Engine) Import(ctx context.Context, actor fettle.Actor, in ImportInput) (fettle.ImportView, error) {
	s, err := e.may(ctx, actor, "import")
	if err != nil {
		return fettle.ImportView{}, err
	}
	if _, err := fettle.ParseEntity(string(in.Entity)); err != nil {
		return fettle.ImportView{}, err
	}
	if in.Name == "" {
		in.Name = filepath.Base(in.File.Name())
	}
	in.meant = unasked(s, in.Confirm)
	if !in.DryRun && !in.NoRun && !in.meant && !in.nobody {
		if in.answered, err = e.askImport(ctx, actor, s, in); err != nil {
			return fettle.ImportView{}, err
		}
	}
	if in.DryRun {
		return e.dryImport(ctx, actor, in)
	}
	view, err := e.readImport(ctx, actor, in, watching{})
	if in.CreateFields || len(view.NewValues) > 0 {
		e.fieldsChanged()
	}
	e.recordsChanged(ctx)
	e.events.Publish("import", strconv.FormatInt(view.ID, 10))
	if err != nil {
		return view, brokenOff(view, err)
	}
	if err := e.learned(ctx, in.Entity, view.NewValues); err != nil {
		return view, err
	}
	// Merges that were put off for their size need nobody to wait for.
	if err := e.worker.DueMerges(ctx); err != nil {
		return view, err
	}
	e.snapshotLater(ctx)
	return view, nil
}

// LookAtImport shows the columns of a file, its first rows, and where an import
// would put each column. It reads no more than the beginning and writes nothing.
func (e *Engine) LookAtImport(ctx context.Context, actor fettle.Actor, in ImportInput) (view fettle.ImportView, err error) {
	if err := actor.Require(fettle.Editor, "import records"); err != nil {
		return view, err
	}
	if _, err := fettle.ParseEntity(string(in.Entity)); err != nil {
		return view, err
	}
	r, err := openImport(in)
	if err != nil {
		return view, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return ingest.Look(ctx, e.db, r, e.importOptions(actor, in))
}

// brokenOff says what an import that failed on the way has left behind.
func brokenOff(view fettle.ImportView, err error) error {
	cause := fettle.AsError(err)
	if cause.Code == fettle.Internal || view.Created+view.Updated+view.Merged == 0 {
		return err
	}
	return fettle.Errorf(cause.Code, "the import broke off: %w. %s kept", err, fettle.Count(view.Read, "row is", "rows are")).
		WithHint("%s Import the file again to finish, or take back what is there (fettle import undo %d).", cause.Hint, view.ID).With("import", view.ID)
}

// askImport makes a dry pass and asks where the import would spend quietly.
func (e *Engine) askImport(ctx context.Context, actor fettle.Actor, s rights.Standing, in ImportInput) (answered bool, err error) {
	w, err := e.watchImport(ctx, in.Entity, in.Source)
	if err != nil || w.none() {
		return false, err
	}
	dry := in
	dry.DryRun, dry.Progress = true, nil
	if _, err := e.readImport(ctx, actor, dry, w.watching()); err != nil {
		return false, err
	}
	return e.quietRecords(ctx, actor, s, w.entering(), in.Confirm, ", or import without running (--no-run)")
}

type onBatch = func(ctx context.Context, fields []string, w []ingest.WouldBe) error

func (e *Engine) readImport(ctx context.Context, actor fettle.Actor, in ImportInput, each watching) (view fettle.ImportView, err error) {
	r, err := openImport(in)
	if err != nil {
		return view, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	opts := e.importOptions(actor, in)
	opts.OnBatch, opts.OnMade, opts.Preview = each.records, each.made, in.preview
	opts.Again = func() (*csv.Reader, error) { return openImport(in) }
	return ingest.Import(ctx, e.db, r, opts)
}

// openImport starts to read the file from its beginning.
func openImport(in ImportInput) (*csv.Reader, error) {
	info, err := in.File.Stat()
	if err != nil {
		return nil, err
	}
	how := csv.Options{Encoding: in.Encoding, Sheet: in.Sheet}
	if how.Delimiter, err = csv.ParseDelimiter(in.Delimiter); err != nil {
		return nil, err
	}
	if in.SkipLines < 0 {
		return nil, fettle.Errorf(fettle.Invalid, "%d lines cannot be skipped", in.SkipLines).WithHint("Say how many lines are above the headings.").With("field", "skip_lines")
	}
	if in.SkipLines > 0 {
		how.Header = in.SkipLines + 1
	}
	// Each reader has its own place in the file.
	return csv.Open(io.NewSectionReader(in.File, 0, info.Size()), info.Size(), in.Name, how)
}

func (e *Engine) importOptions(actor fettle.Actor, in ImportInput) ingest.ImportOptions {
	return ingest.ImportOptions{
		Entity: in.Entity, Source: in.Source, SameList: in.SameList, File: in.Name, Map: in.Map, CreateFields: in.CreateFields, CreateValues: in.CreateValues, DryRun: in.DryRun, NoRun: in.NoRun,
		Strict: in.Strict, PhoneKey: in.PhoneKey, Region: in.Region, Answered: in.answered, Confirmed: in.meant, Unasked: in.nobody, Actor: actor.Name, Now: time.Now(), Progress: in.Progress, OnEnd: e.importDone,
	}
}

// maxImports is how many imports are listed.
const maxImports = 1000

// Imports lists the imports, newest first.
func (e *Engine) Imports(ctx context.Context, actor fettle.Actor) ([]fettle.ImportView, error) {
	if err := actor.Require(fettle.Viewer, "see imports"); err != nil {
		return nil, err
	}
	out := []fettle.ImportView{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		list, err := tx.Imports(ctx, 0, maxImports)
		for _, imp := range list {
			v := ingest.ImportView(imp)
			v.Receipt = []fettle.ReceiptField{} // one by one
			out = append(out, v)
		}
		return err
	})
	return out, err
}

// shownRejects is how many rejected or merged rows a view lists.
const shownRejects = 1000

// ImportByID gives one import with its first rejects; 0 is the newest that was
// not undone.
func (e *Engine) ImportByID(ctx context.Context, actor fettle.Actor, id int64) (fettle.ImportView, error) {
	var view fettle.ImportView
	if err := actor.Require(fettle.Viewer, "see imports"); err != nil {
		return view, err
	}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		read := tx.NewestImport
		if id != 0 {
			read = func(ctx context.Context) (store.Import, error) { return tx.Import(ctx, id) }
		}
		imp, err := read(ctx)
		if err != nil {
			return err
		}
		view = ingest.ImportView(imp)
		later, err := tx.ImportsOf(ctx, imp.ID)
		if err != nil {
			return err
		}
		for _, x := range later {
			view.MapLater(x.Mapping)
		}
		rejects, err := tx.ImportRejects(ctx, imp.ID, 0, shownRejects)
		view.Rejects = make([]fettle.Reject, 0, len(rejects))
		for _, r := range rejects {
			view.Rejects = append(view.Rejects, r.Reject)
		}
		if err != nil {
			return err
		}
		if view.Merges, err = tx.ImportMerges(ctx, imp.ID, 0, shownRejects); err != nil {
			return err
		}
		view.Aside, err = tx.ImportAsides(ctx, imp.ID, fettle.Aside{}, shownRejects)
		return err
	})
	return view, err
}

// RejectsCSV writes the rows of an import that were not imported: the line, the
// field and the reason, and then the row as it was read.
func (e *Engine) RejectsCSV(ctx context.Context, actor fettle.Actor, id int64, w io.Writer) error {
	if err := actor.Require(fettle.Viewer, "see imports"); err != nil {
		return err
	}
	held := map[string]bool{} // blank cells are not kept, so that no row tells all the columns
	err := e.eachReject(ctx, id, func(_ store.ImportReject, raw map[string]string) error {
		for column := range raw {
			held[column] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	columns := slices.Sorted(maps.Keys(held))
	out, err := csv.NewWriter(w, csv.WriterOptions{})
	if err != nil {
		return err
	}
	if err := out.Write(append([]string{"line", "field", "reason"}, columns...)); err != nil {
		return err
	}
	err = e.eachReject(ctx, id, func(r store.ImportReject, raw map[string]string) error {
		cells := []string{strconv.Itoa(r.Line), r.Field, r.Reason}
		for _, c := range columns {
			cells = append(cells, raw[c])
		}
		return out.Write(cells)
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// eachReject reads the rejected rows of an import in their order, page by page.
func (e *Engine) eachReject(ctx context.Context, id int64, each func(r store.ImportReject, raw map[string]string) error) error {
	for after := 0; ; {
		var page []store.ImportReject
		err := e.db.View(ctx, func(tx *store.Tx) (err error) {
			if _, err := tx.Import(ctx, id); err != nil {
				return err
			}
			page, err = tx.ImportRejects(ctx, id, after, store.MaxPage)
			return err
		})
		if err != nil {
			return err
		}
		for _, r := range page {
			raw := map[string]string{}
			if r.Raw != "" {
				if err := json.Unmarshal([]byte(r.Raw), &raw); err != nil {
					return err
				}
			}
			if err := each(r, raw); err != nil {
				return err
			}
			after = r.Line
		}
		if len(page) < store.MaxPage {
			return nil
		}
	}
}
