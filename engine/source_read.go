package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/connect"
	"fettle/source/inbox"
	"fettle/store"
)

const (
	// mostOfFile is how many bytes a source's file may have, as an upload may.
	mostOfFile = 2 << 30
	// fetchFor is how long it may take to come.
	fetchFor = 15 * time.Minute
)

// ReadingInput says how the file of a source is read now.
type ReadingInput struct {
	DryRun     bool // says what would happen and writes nothing
	NewColumns bool // its columns may be others than those of the file before
	NoRun      bool // live enrichments do not follow what is imported
	Confirm    bool // goes ahead although it spends in live enrichments
}

// reading is one reading of a source's file.
type reading struct {
	source store.Source
	file   store.SourceFile
	actor  fettle.Actor
	how    ReadingInput
	tick   bool // of the schedule: what was imported before is left, and nobody is asked
}

// ReadSource reads the file of a source now, by what the source says, as an import by
// whoever says so. It is imported although the same content was: it may have been
// taken back.
func (e *Engine) ReadSource(ctx context.Context, actor fettle.Actor, name string, how ReadingInput) (fettle.SourceReading, error) {
	var out fettle.SourceReading
	if _, err := e.may(ctx, actor, "readSource"); err != nil {
		return out, err
	}
	r := reading{actor: actor, how: how}
	err := e.db.Update(ctx, func(tx *store.Tx) (err error) {
		if r.source, err = tx.LockSource(ctx, name); err != nil {
			return err
		}
		if r.source.File == nil {
			return fettle.Errorf(fettle.Refused, "%s reads no file: others send to it", r.source.Label).WithHint("A source that reads a file says file.")
		}
		if r.file, err = tx.SourceFile(ctx, r.source.ID); err != nil || how.DryRun {
			return err
		}
		read, err := tx.WorkerLives(ctx, r.file.Worker)
		if err == nil && read {
			return fettle.Errorf(fettle.Refused, "%s is being read", r.source.Label).WithHint("Wait until that is done.")
		}
		if err != nil {
			return err
		}
		r.file.Worker = e.worker.ID()
		return tx.PutSourceFile(ctx, r.file)
	})
	if err != nil {
		return out, err
	}
	out, k, err := e.read(ctx, r)
	if how.DryRun {
		return out, err
	}
	if end := e.settleReading(context.WithoutCancel(ctx), r, out, k, err); end != nil {
		err = errors.Join(err, end)
	}
	return out, err
}

// known is what is remembered of a file that was read.
type known struct {
	etag, modified, digest string
	columns                []string
	refused                bool // it is what could not be imported at the try before
}

// read brings the file here, looks at it, and imports it unless it is what was
// imported before. Where anything in it is wrong, nothing of it is written.
func (e *Engine) read(ctx context.Context, r reading) (out fettle.SourceReading, k known, err error) {
	out.Outcome = fettle.FileFailed
	spool, err := os.CreateTemp("", "fettle-source-*")
	if err != nil {
		return out, k, err
	}
	defer func() { err = errors.Join(err, spool.Close(), os.Remove(spool.Name())) }()
	how, err := howRead(r.source.Source)
	if err != nil {
		return out, k, err
	}
	sum := sha256.New()
	_, _ = io.WriteString(sum, how+"\x00")
	answer, err := e.bring(ctx, r, io.MultiWriter(spool, sum))
	if err != nil {
		return out, k, err
	}
	k = known{etag: answer.ETag, modified: answer.Modified, digest: hex.EncodeToString(sum.Sum(nil)), columns: r.file.Columns}
	if answer.Unchanged {
		k.digest = r.had().digest
	}
	if r.retries() && k.digest == r.file.Refused {
		k.refused = true
		return out, k, nil
	}
	if r.tick && k.digest == r.file.Digest {
		out.Outcome = fettle.FileUnchanged
		return out, k, nil
	}
	view, columns, err := e.importSourceFile(ctx, r, spool)
	if err != nil {
		return out, k, err
	}
	out.Outcome, out.Import, k.columns = fettle.FileImported, &view, columns
	return out, k, nil
}

// bring copies the file of a source from where it is. A tick leaves what the server
// says is unchanged.
func (e *Engine) bring(ctx context.Context, r reading, into io.Writer) (connect.FileAnswer, error) {
	f := r.source.File
	if f.Path != "" {
		return connect.FileAnswer{}, inbox.Copy(e.cfg.Inbox, f.Path, mostOfFile, into)
	}
	ctx, cancel := context.WithTimeout(ctx, fetchFor)
	defer cancel()
	ask := connect.FileAsk{Source: r.source.Name, URL: f.URL, Header: f.Header, Sealed: r.file.KeySealed, Most: mostOfFile}
	if had := r.had(); had.digest != "" {
		ask.ETag, ask.Modified = had.etag, had.modified
	}
	return e.conns.FetchFile(ctx, ask, into)
}

// had is what the server may say is unchanged: what was imported last, and at another
// try what was refused.
func (r reading) had() known {
	switch {
	case r.retries() && r.file.Refused != "":
		return known{digest: r.file.Refused, etag: r.file.RefusedETag, modified: r.file.RefusedModified}
	case r.tick:
		return known{digest: r.file.Digest, etag: r.file.ETag, modified: r.file.Modified}
	}
	return known{}
}

// importSourceFile imports a file that was brought here, after it was looked through
// once: where a row would be rejected, nothing is written.
func (e *Engine) importSourceFile(ctx context.Context, r reading, spool *os.File) (view fettle.ImportView, columns []string, err error) {
	f := r.source.File
	in := ImportInput{
		File: spool, Name: fileName(*f), Entity: r.source.Entity, Source: listOfIDs(r.source), Map: f.Columns(), CreateFields: f.CreateFields, CreateValues: f.CreateValues,
		PhoneKey: f.PhoneKey, Region: f.Region, SkipLines: f.SkipLines, Encoding: f.Encoding, Delimiter: f.Delimiter, Sheet: f.Sheet,
		NoRun: f.NoRun || r.how.NoRun, Confirm: r.how.Confirm, nobody: r.tick,
	}
	opened, err := openImport(in)
	if err != nil {
		return view, nil, err
	}
	columns = slices.Clone(opened.Columns())
	if err := opened.Close(); err != nil {
		return view, nil, err
	}
	if err := columnsChanged(r.file.Columns, columns); err != nil && !r.how.NewColumns {
		return view, nil, err
	}
	dry := in
	dry.DryRun, dry.NoRun = true, in.NoRun || r.tick // its price is for who asks
	if view, err = e.Import(ctx, r.actor, dry); err != nil {
		return view, nil, err
	}
	if view.Rejected > 0 {
		return view, nil, badLine(view)
	}
	if r.how.DryRun {
		return view, columns, nil
	}
	ctx, lost := context.WithCancel(ctx)
	defer lost()
	in.Progress = e.whileOurs(ctx, r, lost)
	view, err = e.Import(ctx, r.actor, in)
	return view, columns, err
}

// badLine says which line kept a file from being imported.
func badLine(v fettle.ImportView) error {
	if len(v.Rejects) == 0 {
		return fettle.Errorf(fettle.Invalid, "%s cannot be imported; nothing of the file was", many(v.Rejected, "row", "rows"))
	}
	first := v.Rejects[0]
	why := strings.TrimPrefix(first.Field+": "+first.Reason, ": ")
	more := ""
	if v.Rejected > 1 {
		more = ", and " + many(v.Rejected-1, "more row", "more rows")
	}
	return fettle.Errorf(fettle.Invalid, "line %d cannot be imported: %s%s; nothing of the file was", first.Line, why, more).WithHint("Correct the file.").With("line", first.Line)
}

// fileName is what a file is called.
func fileName(f fettle.SourceFile) string {
	if f.Path != "" {
		return path.Base(f.Path)
	}
	where, _, _ := strings.Cut(f.URL, "?")
	if name := path.Base(where); strings.Contains(name, ".") && !strings.HasSuffix(where, f.Host()) {
		return name
	}
	return f.Host()
}
