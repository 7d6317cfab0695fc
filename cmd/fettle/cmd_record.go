package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"fettle"
	"fettle/client"
	"fettle/source/csv"
)

type recordsCmd struct {
	List     recordsListCmd     `cmd:"" default:"withargs" help:"List records of an entity or an audience."`
	Show     recordsShowCmd     `cmd:"" help:"One record: where its values come from, what they cost, its history."`
	About    recordsAboutCmd    `cmd:"" help:"What a record has to do with: its company or people, audiences and why, keys, notes, cost."`
	Note     recordsNoteCmd     `cmd:"" help:"Write something down about a record."`
	Calls    recordsCallsCmd    `cmd:"" help:"The calls that were made for a record: what was answered, and what it cost."`
	Upsert   recordsUpsertCmd   `cmd:"" help:"Create or update records from JSON, and say what became of each."`
	Delete   recordsDeleteCmd   `cmd:"" help:"Delete records."`
	Suppress recordsSuppressCmd `cmd:"" help:"Keep records from being enriched."`
}

type recordsListCmd struct {
	Entity   string   `help:"All records of it."`
	Audience string   `help:"The records of an audience."`
	Where    string   `placeholder:"CEL" help:"Only records for which it is true."`
	Search   string   `placeholder:"TEXT" help:"Only records that hold the text."`
	Since    string   `name:"updated-since" placeholder:"TIME" help:"Only records that were written then or later: 30d, a date or a time."`
	Source   string   `placeholder:"LIST" help:"Only records that have an id in this list."`
	Fields   []string `help:"Which fields, between commas."`
	Sort     string   `placeholder:"FIELD" help:"By a field."`
	Desc     bool     `help:"The last first."`
	Limit    int      `placeholder:"N" help:"How many; without it 50, or all as json or csv."`
	Format   string   `enum:"table,json,csv" default:"table" help:"table, json or csv."`
	Raw      bool     `help:"In csv, leave cells that a spreadsheet would take for formulas as they are."`
	Excel    bool     `help:"Begin with a byte order mark, by which Excel knows the letters of UTF-8."`
}

// maxPage is the largest page of records.
const maxPage = 1000

func (c *recordsListCmd) Run(ctx context.Context, s *session) error {
	if (c.Entity == "") == (c.Audience == "") {
		return fettle.Errorf(fettle.Invalid, "name an entity or an audience").WithHint("Say --entity people, or --audience NAME.")
	}
	if c.Limit < 0 {
		return fettle.Errorf(fettle.Invalid, "--limit is %d", c.Limit).WithHint("Give the number of records to list.")
	}
	c.Limit = most(c.Limit, 50, s.JSON || c.Format != "table")
	if c.Entity != "" {
		if _, err := fettle.ParseEntity(c.Entity); err != nil {
			return err
		}
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	var all client.RecordPage
	q := client.Query{Entity: fettle.Entity(c.Entity), Audience: c.Audience, Where: c.Where, Fields: c.Fields, Search: c.Search, Sort: c.Sort, Desc: c.Desc, UpdatedSince: c.Since, Source: c.Source}
	for {
		q.Limit = min(maxPage, c.Limit-len(all.Items))
		page, err := api.Records(ctx, q)
		if err != nil {
			return err
		}
		all.Fields, all.Next = page.Fields, page.Next
		all.Items = append(all.Items, page.Items...)
		if q.After = page.Next; page.Next == "" || len(all.Items) >= c.Limit {
			break
		}
	}
	if c.Format == "csv" {
		return c.csv(s.stdout, all)
	}
	if c.Format == "json" {
		s.JSON = true
	}
	return printList(s, all.Items, func(w io.Writer) { c.table(w, all) })
}

func (c *recordsListCmd) table(w io.Writer, p client.RecordPage) {
	headings := []string{"#id"}
	for _, f := range p.Fields {
		h := f.Key
		if f.Type.Numeric() {
			h = "#" + h
		}
		headings = append(headings, h)
	}
	g := newGrid(headings...)
	for _, r := range p.Items {
		row := []any{fmt.Sprint(r.ID)}
		for _, f := range p.Fields {
			row = append(row, fettle.FormatValue(r.Values[f.Key]))
		}
		g.row(row...)
	}
	g.render(w, "no records")
	if p.Next != "" {
		_, _ = fmt.Fprintf(w, "… and more (--limit)\n")
	}
}

func (c *recordsListCmd) csv(w io.Writer, p client.RecordPage) error {
	out, err := csv.NewWriter(w, csv.WriterOptions{Raw: c.Raw})
	if err != nil {
		return err
	}
	row := []string{"id"}
	for _, f := range p.Fields {
		row = append(row, f.Key)
	}
	if err := out.Write(row); err != nil {
		return err
	}
	for _, r := range p.Items {
		row = append(row[:0], fmt.Sprint(r.ID))
		for _, f := range p.Fields {
			row = append(row, fettle.FormatValue(r.Values[f.Key]))
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	return out.Flush()
}

type recordsShowCmd struct {
	ID   int64  `arg:"" help:"The record."`
	AsOf string `placeholder:"DATE" help:"As it was at the end of a day in UTC (2026-02-28), or at a time (2026-02-28T12:00:00Z)."`
}

func (c *recordsShowCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	detail, err := c.read(ctx, api)
	if err != nil {
		return err
	}
	s.JSON = true // a record with its history has no other form here
	return s.print(detail, nil)
}

func (c *recordsShowCmd) read(ctx context.Context, api *client.Client) (json.RawMessage, error) {
	if c.AsOf != "" {
		return api.RecordAsOf(ctx, c.ID, c.AsOf)
	}
	return api.Record(ctx, c.ID)
}

// selectionFlags name records.
type selectionFlags struct {
	IDs      []int64 `arg:"" optional:"" name:"id" help:"Records, by id."`
	Audience string  `help:"All records of an audience."`
}

func (f selectionFlags) selection() (client.Selection, error) {
	if (len(f.IDs) == 0) == (f.Audience == "") {
		return client.Selection{}, fettle.Errorf(fettle.Invalid, "name records or an audience").WithHint("Give ids, or --audience NAME.")
	}
	return client.Selection{IDs: f.IDs, Audience: f.Audience}, nil
}

type recordsDeleteCmd struct {
	selectionFlags
	Erase bool `help:"Their history and match keys too, as a person may demand."`
}

func (c *recordsDeleteCmd) Run(ctx context.Context, s *session) error {
	sel, err := c.selection()
	if err != nil {
		return err
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	var n client.Count
	err = s.confirming(func(confirm bool) error {
		sel.Confirm, sel.Erase = confirm, c.Erase
		n, err = api.DeleteRecords(ctx, sel)
		return err
	})
	if err != nil {
		return err
	}
	return s.print(n, func(w io.Writer) { _, _ = fmt.Fprintf(w, "%s deleted\n", plural(n.Count, "record", "records")) })
}

type recordsSuppressCmd struct {
	selectionFlags
	Off bool `help:"Let them be enriched again."`
}

func (c *recordsSuppressCmd) Run(ctx context.Context, s *session) error {
	sel, err := c.selection()
	if err != nil {
		return err
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	sel.Off = c.Off
	n, err := api.SuppressRecords(ctx, sel)
	if err != nil {
		return err
	}
	done := "suppressed: they are not enriched"
	if c.Off {
		done = "no longer suppressed"
	}
	return s.print(n, func(w io.Writer) { _, _ = fmt.Fprintf(w, "%s %s\n", plural(n.Count, "record", "records"), done) })
}

type exportCmd struct {
	Records   exportRecordsCmd   `cmd:"" default:"withargs" help:"Write the records of an audience as CSV."`
	Workspace exportWorkspaceCmd `cmd:"" help:"Write what the workspace is set up as, as the documents that apply takes."`
}

type exportRecordsCmd struct {
	Audience string   `required:"" help:"Whose records."`
	Output   string   `short:"o" required:"" placeholder:"FILE" help:"Where to; - for the standard output."`
	Fields   []string `help:"Which fields, between commas; all without it."`
	Raw      bool     `help:"Leave cells that a spreadsheet would take for formulas as they are."`
	Excel    bool     `help:"Begin with a byte order mark, by which Excel knows the letters of UTF-8."`
}

func (c *exportRecordsCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	return s.download(c.Output, func(w io.Writer) error {
		return api.Export(ctx, c.Audience, c.Fields, client.ExportOptions{Raw: c.Raw, Excel: c.Excel}, w)
	})
}

// download writes a file, or the standard output for "-".
func (s *session) download(to string, write func(io.Writer) error) error {
	if to == "-" {
		return write(s.stdout)
	}
	// A file is complete before it has its name.
	tmp, err := os.CreateTemp(filepath.Dir(to), ".fettle-export-*")
	if err != nil {
		return fettle.Errorf(fettle.Invalid, "%w", err).WithHint("Name a file in a folder that can be written.")
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	n := &lines{}
	if err := write(io.MultiWriter(tmp, n)); err != nil {
		_ = tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), to); err != nil {
		return fettle.Errorf(fettle.Invalid, "%w", err)
	}
	out := struct {
		File  string `json:"file"`
		Bytes int64  `json:"bytes"`
	}{to, n.bytes}
	return s.print(out, func(w io.Writer) { _, _ = fmt.Fprintf(w, "wrote %s (%s bytes)\n", to, thousands(n.bytes)) })
}

// lines counts what goes by.
type lines struct{ bytes int64 }

func (l *lines) Write(b []byte) (int, error) {
	l.bytes += int64(len(b))
	return len(b), nil
}

type fieldCmd struct {
	List   fieldListCmd   `cmd:"" default:"withargs" help:"List fields."`
	Add    fieldAddCmd    `cmd:"" help:"Add a field."`
	Set    fieldSetCmd    `cmd:"" help:"Change a field: its label, its options, its currency."`
	Values fieldValuesCmd `cmd:"" help:"The most frequent values of a field, each with how many records have it."`
	Delete fieldDeleteCmd `cmd:"" help:"Delete a field that nothing uses."`
}

type fieldListCmd struct {
	Entity string `enum:"people,companies," default:"" help:"people or companies; both without it."`
}

func (c *fieldListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	fields, err := api.Fields(ctx, fettle.Entity(c.Entity))
	if err != nil {
		return err
	}
	return printList(s, fields, func(w io.Writer) {
		g := newGrid("entity", "field", "type", "label", "key field", "built in")
		for _, f := range fields {
			g.row(string(f.Entity), f.Key, string(f.Type), f.Label, f.KeyField, f.Builtin)
		}
		g.render(w, "no fields")
	})
}

type fieldAddCmd struct {
	Field       string   `arg:"" help:"Its key: a column of the entity."`
	Entity      string   `required:"" enum:"people,companies" help:"people or companies."`
	Type        string   `default:"text" help:"text, number, boolean, date, timestamp, email, url, phone, domain, linkedin, country, json, select, multi_select or currency."`
	Label       string   `help:"What people see."`
	Description string   `help:"What it means."`
	Key         bool     `help:"Show it first in the Data Hub."`
	Options     []string `sep:"," placeholder:"A,B" help:"Of a select or multi_select: the values that it knows, in their order."`
	Currency    string   `placeholder:"EUR" help:"Of a field of type currency: its ISO code."`
}

func (c *fieldAddCmd) Run(ctx context.Context, s *session) error {
	kind, err := fettle.ParseFieldType(c.Type)
	if err != nil {
		return err
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	f, err := api.AddField(ctx, client.FieldInput{Entity: fettle.Entity(c.Entity), Field: c.Field, Label: c.Label, Type: kind, Description: c.Description, Key: c.Key, Options: c.Options, Currency: c.Currency})
	if err != nil {
		return err
	}
	return s.print(f, func(w io.Writer) { _, _ = fmt.Fprintf(w, "added %s.%s (%s)\n", f.Entity, f.Key, f.Type) })
}

type fieldDeleteCmd struct {
	Field  string `arg:"" help:"Its key."`
	Entity string `required:"" enum:"people,companies" help:"people or companies."`
}

func (c *fieldDeleteCmd) Run(ctx context.Context, s *session) error {
	return removal{
		name: c.Field, asks: fmt.Sprintf("this deletes the field %s of %s with all its values", c.Field, c.Entity), says: fmt.Sprintf("deleted %s.%s", c.Entity, c.Field),
		there: func(ctx context.Context, api *client.Client) error {
			all, err := api.Fields(ctx, fettle.Entity(c.Entity))
			return among(all, err, func(f fettle.Field) bool { return f.Key == c.Field },
				fettle.Errorf(fettle.NotFound, "%s have no field %q", c.Entity, c.Field).WithHint("fettle field list --entity %s lists them.", c.Entity))
		},
		remove: func(ctx context.Context, api *client.Client) error {
			return api.DeleteField(ctx, fettle.Entity(c.Entity), c.Field)
		},
	}.take(ctx, s)
}
