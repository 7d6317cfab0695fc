package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/client"
)

// benchDuplicatesCmd imports a file of which it is known who is who, looks for
// duplicates, and says how many of the pairs that it proposes are right, and how
// many of the right ones it proposes.
type benchDuplicatesCmd struct {
	File    string   `arg:"" help:"A CSV file of people or companies."`
	Cluster string   `required:"" placeholder:"COLUMN" help:"The column that says who is who: its rows with one value are one. COLUMN:1 takes what stands between the first and second hyphen."`
	ID      string   `placeholder:"COLUMN" help:"The column of a number of each row, so that the import keeps them apart; without it the rows are numbered."`
	Map     []string `placeholder:"COLUMN=FIELD" help:"Columns that are fields by another name."`
	Entity  string   `default:"people" enum:"people,companies" help:"People or companies."`
}

// measured is what came of it.
type measured struct {
	Rows      int     `json:"rows"`
	Pairs     int     `json:"pairs"`    // that are one in truth
	Proposed  int     `json:"proposed"` // that the queue proposes
	Right     int     `json:"right"`    // of those
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	Seconds   float64 `json:"seconds"` // that the search took
}

func (c *benchDuplicatesCmd) Run(ctx context.Context, s *session) error {
	dir, err := os.MkdirTemp("", "fettle-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	db, err := benchWorkspace(ctx, s, dir)
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	text, truth, err := c.read()
	if err != nil {
		return err
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	in := client.Import{Entity: fettle.Entity(c.Entity), File: "labelled.csv", Source: "labelled", CreateFields: true, NoRun: true, Map: map[string]string{rowColumn: "external_id"}}
	for _, m := range c.Map {
		column, field, _ := strings.Cut(m, "=")
		in.Map[column] = field
	}
	v, err := api.Import(ctx, in, strings.NewReader(text))
	if err != nil {
		return err
	}
	if v.Created != int64(len(truth)) {
		return fmt.Errorf("%d records were made of %d rows", v.Created, len(truth))
	}
	begun := time.Now()
	if _, err := api.FindDuplicates(ctx, in.Entity); err != nil {
		return err
	}
	took := time.Since(begun)
	out, err := c.measure(ctx, api, truth)
	if err != nil {
		return err
	}
	out.Seconds = took.Seconds()
	return s.print(out, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%d rows, %d pairs are one; %d proposed, %d of them right\nprecision %.4f  recall %.4f  in %.1f s\n",
			out.Rows, out.Pairs, out.Proposed, out.Right, out.Precision, out.Recall, out.Seconds)
	})
}

// rowColumn is the column of the number of each row.
const rowColumn = "Row number of the benchmark"

// read gives the file without the column that says who is who, and what it said
// by row number.
func (c *benchDuplicatesCmd) read() (text string, truth map[string]string, err error) {
	f, err := os.Open(c.File)
	if err != nil {
		return "", nil, fettle.Errorf(fettle.Invalid, "%v", err).WithHint("Name a CSV file.")
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r := csv.NewReader(f)
	r.TrimLeadingSpace = true
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		return "", nil, errors.Join(err, fettle.Errorf(fettle.Invalid, "%s holds no table", c.File))
	}
	cluster, part, _ := strings.Cut(c.Cluster, ":")
	for i := range rows[0] {
		rows[0][i] = strings.TrimSpace(rows[0][i])
	}
	at := slices.Index(rows[0], cluster)
	if at < 0 {
		return "", nil, fettle.Errorf(fettle.Invalid, "there is no column %q", cluster).WithHint("The columns are: %s.", strings.Join(rows[0], ", "))
	}
	hidden := []int{at, slices.Index(rows[0], c.ID)}
	truth = map[string]string{}
	var sb strings.Builder
	w := csv.NewWriter(&sb)
	for n, row := range rows {
		number := rowColumn
		if n > 0 {
			number = fmt.Sprintf("r%d", n)
			who := strings.TrimSpace(row[at])
			if parts := strings.Split(who, "-"); part != "" && len(parts) > 1 {
				who = parts[1]
			}
			truth[number] = who
		}
		kept := []string{number}
		for i, cell := range row {
			if !slices.Contains(hidden, i) {
				kept = append(kept, strings.TrimSpace(cell))
			}
		}
		if err := w.Write(kept); err != nil {
			return "", nil, err
		}
	}
	w.Flush()
	return sb.String(), truth, w.Error()
}

// measure compares the queue with the truth.
func (c *benchDuplicatesCmd) measure(ctx context.Context, api *client.Client, truth map[string]string) (measured, error) {
	out := measured{Rows: len(truth)}
	size := map[string]int{}
	for _, who := range truth {
		out.Pairs += size[who]
		size[who]++
	}
	who := map[int64]string{}
	for q := (client.Query{Entity: fettle.Entity(c.Entity), Fields: []string{"external_id"}, Limit: maxPage}); ; {
		page, err := api.Records(ctx, q)
		if err != nil {
			return out, err
		}
		for _, r := range page.Items {
			who[r.ID] = truth[fettle.FormatValue(r.Values["external_id"])]
		}
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	for q := (client.DuplicatesQuery{Entity: fettle.Entity(c.Entity), Limit: maxPage}); ; {
		page, err := api.Duplicates(ctx, q)
		if err != nil {
			return out, err
		}
		for _, d := range page.Items {
			if d.Score == 0 {
				continue // a conflict that does not look like one
			}
			out.Proposed++
			if who[d.RecordID] == who[d.OtherID] {
				out.Right++
			}
		}
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	out.Precision, out.Recall = float64(out.Right)/float64(max(out.Proposed, 1)), float64(out.Right)/float64(max(out.Pairs, 1))
	return out, nil
}
