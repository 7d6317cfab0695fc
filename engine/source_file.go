package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/schedule"
	"fettle/source/csv"
	"fettle/store"
)

// listOfIDs names the list of the ids that a source brings.
func listOfIDs(s store.Source) string { return cmp.Or(s.Source.Source, s.Name) }

// checkSourceFile refuses a file that could never be read so.
func checkSourceFile(name string, def fettle.Source) error {
	if err := def.Check(); err != nil {
		return err
	}
	if err := ingest.CheckSource(cmp.Or(def.Source, name)); err != nil {
		return err
	}
	if _, err := csv.ParseDelimiter(def.File.Delimiter); err != nil {
		return fettle.AsError(err).With("key", "file.delimiter")
	}
	if def.File.Schedule == nil {
		return nil
	}
	_, err := schedule.Parse(*def.File.Schedule)
	return err
}

// readsWhen says when a file is read first.
func readsWhen(f fettle.SourceFile) string {
	if f.Schedule == nil {
		return "It is read when somebody says so."
	}
	return "It is read " + f.Schedule.Text() + ", and when somebody says so."
}

// keepSourceFile writes how the file of a source fares after the source was defined
// otherwise. A secret is for one server; what was read otherwise is read anew.
func keepSourceFile(ctx context.Context, tx *store.Tx, id int64, was, now fettle.Source) error {
	if now.File == nil {
		return tx.DropSourceFile(ctx, id)
	}
	f, err := tx.SourceFile(ctx, id)
	if err != nil {
		return err
	}
	if f.NextUS, err = nextReading(*now.File, time.Now()); err != nil {
		return err
	}
	before := fettle.SourceFile{}
	if was.File != nil {
		before = *was.File
	}
	if before.Host() != now.File.Host() || before.URL == "" {
		f.KeySealed = nil
	}
	how, err := howRead(was)
	if err != nil {
		return err
	}
	anew, err := howRead(now)
	if err != nil {
		return err
	}
	f.Tries = 0
	if how != anew {
		f.Refused, f.RefusedETag, f.RefusedModified = "", "", ""
		f.ETag, f.Modified, f.Digest, f.Columns = "", "", "", nil
	}
	return tx.PutSourceFile(ctx, f)
}

// howRead is all that a source says of its file but when it is read.
func howRead(s fettle.Source) (string, error) {
	if s.File != nil {
		f := *s.File
		f.Schedule, s.File = nil, &f
	}
	b, err := json.Marshal(s)
	return string(b), err
}

// nextReading is when a file is read next after a time, in microseconds; 0 where
// somebody says so.
func nextReading(f fettle.SourceFile, after time.Time) (int64, error) {
	if f.Schedule == nil {
		return 0, nil
	}
	times, err := schedule.Parse(*f.Schedule)
	if err != nil {
		return 0, err
	}
	next := times.Next(after)
	if next.IsZero() {
		return 0, nil
	}
	return next.UnixMicro(), nil
}

func fileState(s store.Source, f store.SourceFile, reading bool) *fettle.FileState {
	v := &fettle.FileState{HasSecret: len(f.KeySealed) > 0, Reading: reading, Outcome: f.Outcome, Import: f.Import, Rows: f.Rows, Tries: f.Tries}
	if s.File.Schedule != nil {
		v.When = s.File.Schedule.Text()
	}
	if f.NextUS != 0 {
		at := time.UnixMicro(f.NextUS).UTC()
		v.NextAt = &at
	}
	return v
}

// fileFlow is a source that reads a file, as the list of all ways in shows it.
func fileFlow(s store.Source, f store.SourceFile) fettle.Flow {
	v := fettle.Flow{Kind: fettle.FlowScheduled, In: true, Name: s.Name, Label: s.Label, Target: cmp.Or(s.File.Path, s.File.Host()), State: "off", Rows: f.Rows, Error: s.Detail}
	if s.LastUS != 0 {
		at := time.UnixMicro(s.LastUS).UTC()
		v.LastAt = &at
	}
	if f.NextUS != 0 {
		at := time.UnixMicro(f.NextUS).UTC()
		v.NextAt, v.State = &at, "on"
	}
	if v.Error != "" {
		v.State = "failing"
	}
	return v
}

// SetSource keeps the secret with which the file of a source is fetched, or takes it
// away where it is empty. It is never shown again.
func (e *Engine) SetSource(ctx context.Context, actor fettle.Actor, name, secret string) (fettle.SourceView, error) {
	var view fettle.SourceView
	if err := actor.Require(fettle.Admin, "set secrets of sources"); err != nil {
		return view, err
	}
	if secret = strings.TrimSpace(secret); strings.ContainsFunc(secret, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return view, fettle.Errorf(fettle.Invalid, "the secret holds what no header may hold").WithHint("Give it on one line.").With("key", "secret")
	}
	return view, e.db.Update(ctx, func(tx *store.Tx) error {
		s, err := tx.LockSource(ctx, name)
		if err != nil {
			return err
		}
		if s.File == nil || s.File.URL == "" {
			return fettle.Errorf(fettle.Refused, "%s fetches no file: it sends no secret", s.Label).WithHint("A source that fetches a file says file: {url: …}.")
		}
		f, err := tx.SourceFile(ctx, s.ID)
		if err != nil {
			return err
		}
		if f.KeySealed, err = e.conns.SealSource(name, secret); err != nil {
			return err
		}
		f.ETag, f.Modified, f.RefusedETag, f.RefusedModified = "", "", "", "" // another secret may be shown another file
		if err := tx.PutSourceFile(ctx, f); err != nil {
			return err
		}
		view = sourceView(s, f, false)
		return tx.Act(ctx, actor, "source.secret", name, "")
	})
}

// columnsChanged refuses a file whose headings are not those of the one before.
func columnsChanged(before, now []string) error {
	if before == nil {
		return nil
	}
	missing, fresh := without(before, now), without(now, before)
	if len(missing)+len(fresh) == 0 {
		return nil
	}
	var parts []string
	for _, p := range []struct {
		what string
		of   []string
	}{{"no longer there", missing}, {"new", fresh}} {
		if len(p.of) > 0 {
			parts = append(parts, fmt.Sprintf("%s: %s", p.what, shortList(p.of)))
		}
	}
	return fettle.Errorf(fettle.Refused, "the columns of the file are not those of the one before (%s)", strings.Join(parts, "; ")).
		WithHint("Look at the file. If the columns are right, read it once with them (--new-columns); the mapping can be corrected in the source.").With("columns", true)
}

// without are the texts of a list that are not in another.
func without(list, other []string) []string {
	there := make(map[string]bool, len(other))
	for _, s := range other {
		there[s] = true
	}
	var out []string
	for _, s := range list {
		if !there[s] {
			out = append(out, s)
		}
	}
	return out
}

// shortList quotes the first of some headings.
func shortList(all []string) string {
	const most = 5
	var quoted []string
	for _, s := range all[:min(most, len(all))] {
		quoted = append(quoted, fmt.Sprintf("%q", s))
	}
	if more := len(all) - most; more > 0 {
		quoted = append(quoted, fmt.Sprintf("%d more", more))
	}
	return strings.Join(quoted, ", ")
}
