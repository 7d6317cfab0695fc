package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"fettle"
	"fettle/client"
)

type recordsUpsertCmd struct {
	Path          string `arg:"" name:"file" help:"JSON: an array of records, or one record a line; - for the standard input."`
	Entity        string `required:"" enum:"people,companies" help:"What the records are: people or companies."`
	Source        string `help:"Keeps the external ids of unrelated senders apart. Default: api, or by hand."`
	Strict        bool   `help:"Keep out a record with a value that its field cannot hold, instead of writing it without that value."`
	CreateValues  bool   `help:"Let fields of type select learn the values that they do not know."`
	IgnoreUnknown bool   `help:"Go on without keys that are no field, and name them."`
	ByHand        bool   `help:"You typed the values: they fill blanks only, enrichments leave them alone, and a wrong format keeps its record out."`
	NoRun         bool   `help:"Live enrichments do not follow what is written."`
}

// upsertPiece is how many records one request carries.
const upsertPiece = 1000

func (c *recordsUpsertCmd) Run(ctx context.Context, s *session) error {
	records, err := c.read(s)
	if err != nil {
		return err
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all := fettle.UpsertView{Records: []fettle.UpsertedRecord{}}
	for piece := range slices.Chunk(records, upsertPiece) {
		var view fettle.UpsertView
		err := s.confirming(func(confirm bool) (err error) {
			view, err = api.Upsert(ctx, fettle.Entity(c.Entity), client.Upsert{
				Source: c.Source, Records: piece, Strict: c.Strict, CreateValues: c.CreateValues, IgnoreUnknown: c.IgnoreUnknown, ByHand: c.ByHand, NoRun: c.NoRun, Confirm: confirm,
			}, "")
			return err
		})
		if err != nil {
			if n := len(all.Records); n > 0 {
				return fettle.AsError(err).With("written_records", n)
			}
			return err
		}
		addUpsert(&all, view)
	}
	return s.print(all, func(w io.Writer) { printUpsert(w, all) })
}

// read reads an array of records, or records one after the other. They are sent as
// they are written: what their text holds is for the server to judge.
func (c *recordsUpsertCmd) read(s *session) ([]any, error) {
	text, err := s.readText(c.Path)
	if err != nil {
		return nil, err
	}
	records, err := manyOf[json.RawMessage](text)
	out := make([]any, len(records))
	for i, r := range records {
		if out[i] = r; !bytes.HasPrefix(r, []byte("{")) && err == nil {
			err = fmt.Errorf("number %d is no object", i+1)
		}
	}
	if err != nil {
		return nil, fettle.Errorf(fettle.Invalid, "the records cannot be read: %w", err).WithHint(`Write an array, [{"email": "ann@acme.com"}], or one such object a line.`)
	}
	if len(records) == 0 {
		return nil, fettle.Errorf(fettle.Invalid, "there are no records").WithHint(`Write an array, [{"email": "ann@acme.com"}], or one such object a line.`)
	}
	return out, nil
}

// addUpsert adds what a further piece came to.
func addUpsert(all *fettle.UpsertView, v fettle.UpsertView) {
	before := len(all.Records)
	records, ignored := all.Records, all.Ignored
	sum := v.ImportView
	for i := range sum.Rejects {
		sum.Rejects[i].Line += before
	}
	for i := range sum.Merges {
		sum.Merges[i].Line += before
		if sum.Merges[i].WithLine > 0 {
			sum.Merges[i].WithLine += before
		}
	}
	sum.Rejects = append(all.Rejects, sum.Rejects...)
	sum.Merges = append(all.Merges, sum.Merges...)
	sum.Read += all.Read
	sum.Created += all.Created
	sum.Updated += all.Updated
	sum.Unchanged += all.Unchanged
	sum.Merged += all.Merged
	sum.Joined += all.Joined
	sum.Rejected += all.Rejected
	sum.Conflicts += all.Conflicts
	sum.SetAside += all.SetAside
	for _, r := range v.Records {
		r.Index += before
		records = append(records, r)
	}
	for _, k := range v.Ignored {
		if i := slices.IndexFunc(ignored, func(o fettle.IgnoredKey) bool { return o.Key == k.Key }); i >= 0 {
			ignored[i].Records += k.Records
			continue
		}
		ignored = append(ignored, k)
	}
	*all = fettle.UpsertView{ImportView: sum, Records: records, Ignored: ignored}
}

// mostListed is how many records are listed on a terminal.
const mostListed = 20

func printUpsert(w io.Writer, v fettle.UpsertView) {
	_, _ = fmt.Fprintf(w, "%s: %s created, %s updated, %s merged, %s unchanged, %s not written\n", plural(v.Read, "record", "records"),
		thousands(v.Created), thousands(v.Updated), thousands(v.Merged), thousands(v.Unchanged), thousands(v.Rejected))
	if len(v.Ignored) > 0 {
		names := make([]string, len(v.Ignored))
		for i, k := range v.Ignored {
			names[i] = fmt.Sprintf("%s (%s)", k.Key, thousands(k.Records))
		}
		_, _ = fmt.Fprintf(w, "left out, being no field: %s\n", strings.Join(names, ", "))
	}
	printNewValues(w, v.NewValues)
	g, left := newGrid("#record", "#id", "outcome", "what"), 0
	for _, r := range v.Records {
		if r.Outcome != fettle.UpsertConflict && len(r.Invalid) == 0 && len(r.Kept) == 0 && len(v.Records) > 1 {
			continue
		}
		if left++; left > mostListed {
			continue
		}
		var what []string
		if len(r.Filled) > 0 {
			what = append(what, "wrote "+strings.Join(r.Filled, ", "))
		}
		if len(r.Kept) > 0 {
			what = append(what, "keeps another "+strings.Join(r.Kept, ", "))
		}
		for _, c := range r.Conflicts {
			what = append(what, fmt.Sprintf("shares %s with record %d", c.Key, c.WithID))
		}
		for _, x := range r.Invalid {
			what = append(what, strings.TrimPrefix(x.Field+": "+x.Reason, ": "))
		}
		g.row(r.Index+1, r.ID, r.Outcome, strings.Join(what, "; "))
	}
	if left == 0 {
		return
	}
	g.render(w, "")
	if left > mostListed {
		_, _ = fmt.Fprintf(w, "… and %s more (--json lists all)\n", thousands(int64(left-mostListed)))
	}
}

// printNewValues says which values selects did not know, and how to add them.
func printNewValues(w io.Writer, news []fettle.NewValues) {
	const shown = 10
	for _, n := range news {
		var values []string
		for _, v := range n.Values[:min(shown, len(n.Values))] {
			text := printable(v.Value)
			if !n.Created { // of what was learned, only the first row was new
				text += fmt.Sprintf(" (%s)", thousands(v.Rows))
			}
			values = append(values, text)
		}
		if more := len(n.Values) - shown; more > 0 {
			values = append(values, fmt.Sprintf("and %s more", thousands(int64(more))))
		}
		if n.Created {
			_, _ = fmt.Fprintf(w, "  %s has learned: %s\n", n.Field, strings.Join(values, ", "))
			continue
		}
		_, _ = fmt.Fprintf(w, "  %s does not know: %s. They are stored and marked; add them with --create-values, or with: fettle field set %s --add-option VALUE\n", n.Field, strings.Join(values, ", "), n.Field)
	}
}
