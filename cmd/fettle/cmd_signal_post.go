package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"fettle"
	"fettle/client"
	"fettle/source/csv"
)

type signalPostCmd struct {
	Path   string `arg:"" name:"file" help:"CSV (columns type, kind, since, id, evidence, record_id, from.X, to.X, details.X; each other column is a field that finds the record) or JSON (an array, or one object a line); - for the standard input."`
	Entity string `default:"people" enum:"people,companies" help:"Whose signals they are: people's or companies'."`
	Type   string `placeholder:"TYPE" help:"What happened, where the file does not say it."`
	Source string `default:"api" help:"Who says it."`
	NoRun  bool   `help:"Live enrichments do not follow them."`
}

func (c *signalPostCmd) Run(ctx context.Context, s *session) error {
	posts, err := c.read(s)
	if err != nil {
		return err
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all := fettle.PostedView{Signals: []fettle.PostedSignal{}}
	for piece := range slices.Chunk(posts, upsertPiece) {
		var view fettle.PostedView
		err := s.confirming(func(confirm bool) (err error) {
			view, err = api.PostSignals(ctx, client.PostSignals{Entity: fettle.Entity(c.Entity), Source: c.Source, Signals: piece, NoRun: c.NoRun, Confirm: confirm})
			return err
		})
		if err != nil {
			if len(all.Signals) > 0 {
				return fettle.AsError(err).With("posted", len(all.Signals))
			}
			return err
		}
		before := len(all.Signals)
		for _, p := range view.Signals {
			p.Index += before
			all.Signals = append(all.Signals, p)
		}
		all.Posted += view.Posted
		all.Added += view.Added
		all.Witnesses += view.Witnesses
		all.Repeated += view.Repeated
		all.Invalid += view.Invalid
	}
	err = s.print(all, func(w io.Writer) {
		_, _ = fmt.Fprintln(w, postedText(all))
		shown := 0
		for _, p := range all.Signals {
			if p.Outcome != fettle.PostInvalid {
				continue
			}
			if shown++; shown > mostListed {
				_, _ = fmt.Fprintln(w, "… and more (--json lists all)")
				break
			}
			_, _ = fmt.Fprintf(w, "  %d: %s: %s\n", p.Index+1, p.Key, printable(p.Reason))
		}
	})
	if err == nil && all.Invalid == all.Posted {
		err = fettle.Errorf(fettle.Invalid, "none of the signals was taken").
			WithHint("Each says why. A CSV has the columns type, to.title and those that find the record, such as email (fettle signal post --help).")
	}
	return err
}

func postedText(v fettle.PostedView) string {
	return fmt.Sprintf("%s: %s new, %s further witnesses, %s said before, %s not taken", plural(v.Posted, "post", "posts"),
		thousands(v.Added), thousands(v.Witnesses), thousands(v.Repeated), thousands(v.Invalid))
}

func (c *signalPostCmd) read(s *session) ([]fettle.SignalPost, error) {
	text, err := s.readText(c.Path)
	if err != nil {
		return nil, err
	}
	var posts []fettle.SignalPost
	if bytes.HasPrefix(text, []byte("[")) || bytes.HasPrefix(text, []byte("{")) {
		posts, err = postsOfJSON(text)
	} else {
		posts, err = postsOfCSV(text)
	}
	if err != nil {
		return nil, err
	}
	if len(posts) == 0 {
		return nil, fettle.Errorf(fettle.Invalid, "there are no signals").WithHint(`Write a CSV with the columns type, email, from.title, to.title; or [{"type": "job_change", "record": {"email": "ann@acme.com"}, "to": {"title": "CTO"}}].`)
	}
	for i := range posts {
		if posts[i].Type == "" {
			posts[i].Type = c.Type
		}
	}
	return posts, nil
}

func postsOfJSON(text []byte) ([]fettle.SignalPost, error) {
	posts, err := manyOf[fettle.SignalPost](text)
	if err != nil {
		return nil, fettle.Errorf(fettle.Invalid, "the signals cannot be read: %w", err).
			WithHint(`Write [{"type": "job_change", "record": {"email": "ann@acme.com"}, "to": {"title": "CTO"}}], or one such object a line.`)
	}
	return posts, nil
}

func postsOfCSV(text []byte) ([]fettle.SignalPost, error) {
	r, err := csv.Open(bytes.NewReader(text), int64(len(text)), "the file", csv.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	var posts []fettle.SignalPost
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return posts, nil
		}
		if err == nil && row.Reject != "" {
			err = fettle.Errorf(fettle.Invalid, "line %d: %s", row.Line, row.Reject).WithHint("Mend the line, or take it out of the file. None of the file was posted.")
		}
		if err != nil {
			return nil, err
		}
		p, err := postOfRow(r.Columns(), row.Cells)
		if err != nil {
			return nil, fettle.AsError(err).With("line", row.Line)
		}
		posts = append(posts, p)
	}
}

func postOfRow(heads, row []string) (fettle.SignalPost, error) {
	p := fettle.SignalPost{Record: map[string]string{}, From: map[string]any{}, To: map[string]any{}, Details: map[string]any{}}
	for i, head := range heads {
		head, cell := strings.TrimSpace(head), strings.TrimSpace(row[i])
		if cell == "" {
			continue
		}
		part, name, nested := strings.Cut(head, ".")
		switch {
		case nested && part == "from":
			p.From[name] = cell
		case nested && part == "to":
			p.To[name] = cell
		case nested && part == "details":
			p.Details[name] = cell
		case head == "type":
			p.Type = cell
		case head == "kind":
			p.Kind = cell
		case head == "since":
			p.Since = cell
		case head == "id":
			p.ID = cell
		case head == "evidence":
			p.Evidence = cell
		case head == "record_id":
			id, err := strconv.ParseInt(cell, 10, 64)
			if err != nil {
				return p, fettle.Errorf(fettle.Invalid, "%.40q is no number of a record", cell).WithHint("Leave record_id out where email, linkedin_url, external_id or domain finds the record.")
			}
			p.RecordID = id
		default:
			p.Record[head] = cell
		}
	}
	return p, nil
}
