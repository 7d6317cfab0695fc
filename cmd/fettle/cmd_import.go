package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fettle"
	"fettle/client"
)

type importCmd struct {
	File importFileCmd `cmd:"" default:"withargs" help:"Import a CSV or XLSX file (- for the standard input)."`
	Undo importUndoCmd `cmd:"" help:"Take an import back."`
	List importListCmd `cmd:"" help:"List imports."`
	Map  importMapCmd  `cmd:"" help:"Give columns that an import left out a field, from the rows that it kept."`
	Show importShowCmd `cmd:"" help:"Show what became of an import's rows and columns."`
}

type importFileCmd struct {
	Path         string   `arg:"" name:"file" help:"The CSV or XLSX file; - for the standard input."`
	Entity       string   `required:"" enum:"people,companies" help:"What the rows are: people or companies."`
	Map          []string `sep:"none" placeholder:"\"CSV COLUMN=FIELD,…\"" help:"Where columns go that are not named like their field."`
	Source       string   `placeholder:"NAME" help:"Names the list of the file's ids: ids are compared within one list only. Without it a list is named after its column of ids, such as csv:record-id."`
	SameList     bool     `help:"The file is of the list whose name it has, although its ids mostly meet records with other names, or its other keys records with other ids."`
	CreateFields bool     `help:"Make a field of each column that has none, of the type that its values have."`
	PhoneKey     bool     `help:"Match by phone too."`
	Region       string   `placeholder:"CC" help:"With --phone-key: the country of phones without a country code, such as DE. Phones stay as they are written."`
	CreateValues bool     `help:"Let fields of type select learn the values that they do not know; else those are stored, marked and listed."`
	SkipLines    int      `placeholder:"N" help:"How many lines are above the headings; a title is found without it."`
	Encoding     string   `placeholder:"NAME" help:"How the text is encoded, such as windows-1250, iso-8859-2, koi8-r, cp850, shift_jis; found without it."`
	Delimiter    string   `placeholder:"CHAR" help:"What stands between the cells: a character, tab, or a code such as U+001F; found without it."`
	Sheet        string   `placeholder:"NAME|N" help:"Of a workbook: which worksheet; the first that holds a table without it."`
	Strict       bool     `help:"Reject a row with a value that its field cannot hold, instead of importing it without that value."`
	DryRun       bool     `help:"Say what would happen, and write nothing."`
	NoRun        bool     `help:"Live enrichments do not follow what is imported."`
}

func (c *importFileCmd) Run(ctx context.Context, s *session) error {
	mapping, err := parseMap(c.Map)
	if err != nil {
		return err
	}
	if c.Path == "-" && !s.Yes && !c.NoRun {
		return c.once(ctx, s, s.stdin, mapping)
	}
	var view fettle.ImportView
	err = s.confirming(func(confirm bool) error {
		in, closeFile, err := c.open(s)
		if err != nil {
			return err
		}
		defer closeFile()
		view, err = c.send(ctx, s, in, mapping, confirm)
		return err
	})
	if err != nil {
		return err
	}
	return s.print(view, func(w io.Writer) { printImport(w, view) })
}

// once imports what can be read only once, and so cannot be asked about.
func (c *importFileCmd) once(ctx context.Context, s *session, in io.Reader, mapping map[string]string) error {
	view, err := c.send(ctx, s, in, mapping, false)
	if err != nil {
		return err
	}
	return s.print(view, func(w io.Writer) { printImport(w, view) })
}

func (c *importFileCmd) open(s *session) (io.Reader, func(), error) {
	if c.Path == "-" {
		return s.stdin, func() {}, nil
	}
	file, err := os.Open(c.Path)
	if err != nil {
		return nil, nil, fettle.Errorf(fettle.Invalid, "%w", err).WithHint("Name a CSV or XLSX file that can be read.")
	}
	if info, err := file.Stat(); err == nil && info.IsDir() {
		_ = file.Close()
		return nil, nil, fettle.Errorf(fettle.Invalid, "%s is a folder", c.Path).WithHint("Name one file; each file is an import of its own.")
	}
	return file, func() { _ = file.Close() }, nil
}

func (c *importFileCmd) send(ctx context.Context, s *session, in io.Reader, mapping map[string]string, confirm bool) (fettle.ImportView, error) {
	api, err := s.client(ctx)
	if err != nil {
		return fettle.ImportView{}, err
	}
	defer s.watchImport(ctx, api, filepath.Base(c.Path))()
	return api.Import(ctx, client.Import{
		Entity: fettle.Entity(c.Entity), File: filepath.Base(c.Path), Source: c.Source, SameList: c.SameList, Map: mapping, PhoneKey: c.PhoneKey, Region: c.Region,
		CreateFields: c.CreateFields, CreateValues: c.CreateValues, SkipLines: c.SkipLines, Encoding: c.Encoding, Delimiter: c.Delimiter, Sheet: c.Sheet, Strict: c.Strict,
		DryRun: c.DryRun, NoRun: c.NoRun, Confirm: confirm,
	}, in)
}

// parseMap reads "CSV Column=field,Other=field". A column may hold commas: a
// part without = belongs to the next.
func parseMap(flags []string) (map[string]string, error) {
	out := map[string]string{}
	for _, f := range flags {
		before := ""
		for part := range strings.SplitSeq(f, ",") {
			i := strings.LastIndex(part, "=")
			if i < 0 {
				before += part + ","
				continue
			}
			column, field := strings.TrimSpace(before+part[:i]), strings.TrimSpace(part[i+1:])
			before = ""
			if column == "" || field == "" {
				return nil, fettle.Errorf(fettle.Invalid, "--map %q names no column or no field", part).WithHint("Write --map \"CSV Column=field\".")
			}
			out[column] = field
		}
		if before != "" {
			return nil, fettle.Errorf(fettle.Invalid, "--map %q names no field", strings.TrimSuffix(before, ",")).WithHint("Write --map \"CSV Column=field\".")
		}
	}
	return out, nil
}

type importUndoCmd struct {
	ID     int64 `arg:"" optional:"" help:"The import; the newest one that can be taken back without it."`
	DryRun bool  `help:"Say what would be taken back, and write nothing."`
}

func (c *importUndoCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	id := c.ID
	if id == 0 {
		all, err := api.Imports(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(v fettle.ImportView) bool {
			return v.State == "done" || v.State == "failed" || v.State == "interrupted"
		})
		if i < 0 {
			return fettle.Errorf(fettle.NotFound, "there is no import to take back")
		}
		id = all[i].ID
	}
	var view fettle.ImportView
	if c.DryRun {
		view, err = api.PreviewUndo(ctx, id)
	} else {
		err = s.confirming(func(confirm bool) error {
			view, err = api.UndoImport(ctx, id, confirm)
			return err
		})
	}
	if err != nil {
		return err
	}
	return s.print(view, func(w io.Writer) { printUndo(w, view) })
}

type importListCmd struct{}

func (c *importListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Imports(ctx)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("#id", "at", "file", "entity", "source", "state", "#read", "#created", "#updated", "#rejected")
		for _, v := range all {
			g.row(v.ID, v.At, v.File, string(v.Entity), v.Source, v.State, v.Read, v.Created, v.Updated, v.Rejected)
		}
		g.render(w, "nothing was imported yet")
		for _, v := range all {
			if v.Hint != "" {
				_, _ = fmt.Fprintf(w, "Import %d is %s. %s\n", v.ID, v.State, printable(v.Hint))
			}
		}
	})
}
