package expr_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fettle"
	"fettle/expr"
	"fettle/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// companyIDs is the id of the first company: no record has that of another.
const companyIDs = 1_000_000

// database is one of the two, with a table of people and one of companies in
// the columns that the store gives them.
type database struct {
	kind string
	db   *sql.DB
}

func open(t testing.TB, kind string) *database {
	t.Helper()
	driver := map[string]string{storetest.SQLite: "sqlite", storetest.PostgreSQL: "pgx"}[kind]
	db, err := sql.Open(driver, storetest.DSN(t, kind))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &database{kind: kind, db: db}
	d.create(t, "test_people", fields(fettle.People))
	d.create(t, "test_companies", fields(fettle.Companies))
	for id, name := range sources {
		kind, said := "import", name
		switch name {
		case "by hand":
			kind, said = "person", "ann"
		case "undo":
			kind, said = "undo", ""
		}
		text, args := d.render("INSERT INTO origins (id, kind, name, ref_id, version, day, no_run, run_id) VALUES ($1, $2, $3, $1, 0, '', FALSE, 0)", []any{id, kind, said})
		if d.kind == storetest.SQLite {
			args = []any{id, kind, said, id}
		}
		if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func (d *database) create(t testing.TB, table string, list []fettle.Field) {
	t.Helper()
	columns := []string{"id BIGINT PRIMARY KEY", "company_id BIGINT", "statuses TEXT", "_disputed TEXT", "origins TEXT", "created_at_us BIGINT", "updated_at_us BIGINT"}
	for _, f := range list {
		columns = append(columns, fmt.Sprintf("%q %s", f.Key, d.columnType(f.Type)))
	}
	if _, err := d.db.ExecContext(t.Context(), "CREATE TABLE "+table+" ("+strings.Join(columns, ", ")+")"); err != nil {
		t.Fatal(err)
	}
}

func (d *database) columnType(t fettle.FieldType) string {
	text, types := "TEXT", map[fettle.FieldType]string{fettle.Number: "DOUBLE PRECISION", fettle.Currency: "DOUBLE PRECISION", fettle.Boolean: "INTEGER"}
	if d.kind == storetest.PostgreSQL {
		text = `TEXT COLLATE "C"`
		types[fettle.Boolean], types[fettle.Date], types[fettle.Timestamp] = "BOOLEAN", "DATE", "TIMESTAMPTZ"
	}
	if column, ok := types[t]; ok {
		return column
	}
	return text
}

var parameter = regexp.MustCompile(`\$\d+`)

// render does what the store does: ? in the order of the text for SQLite.
func (d *database) render(text string, args []any) (string, []any) {
	out := make([]any, len(args))
	for i, v := range args {
		switch v := v.(type) {
		case fettle.Day:
			out[i] = string(v)
		case time.Time:
			out[i] = v
			if d.kind == storetest.SQLite {
				out[i] = fettle.FormatTimestamp(v)
			}
		default:
			out[i] = v
		}
	}
	if d.kind == storetest.SQLite {
		text = parameter.ReplaceAllString(text, "?")
	}
	return text, out
}

func (d *database) insert(t testing.TB, people []record) {
	t.Helper()
	ctx := context.Background()
	for i, rec := range people {
		columns := map[string]map[string]any{"test_people": {"id": i + 1}, "test_companies": {"id": i + companyIDs}}
		for key, id := range map[string]int{"told": i + 1, "company.told": i + companyIDs} {
			if list, ok := rec[key].([]told); ok {
				d.insertSignals(t, int64(id), list)
			}
		}
		for key, v := range rec {
			table, column := "test_people", key
			if c, ok := strings.CutPrefix(key, "company."); ok {
				table, column = "test_companies", c
				columns["test_people"]["company_id"] = i + companyIDs
			}
			if column == "told" || column == expr.Signals {
				continue
			}
			if raw, ok := v.(interface{ MarshalJSON() ([]byte, error) }); ok && key == "doc" {
				b, err := raw.MarshalJSON()
				if err != nil {
					t.Fatal(err)
				}
				v = string(b)
			}
			columns[table][column] = v
		}
		for table, values := range columns {
			var names, marks []string
			var args []any
			for name, v := range values {
				names, args = append(names, `"`+name+`"`), append(args, v)
				marks = append(marks, fmt.Sprintf("$%d", len(args)))
			}
			text, out := d.render("INSERT INTO "+table+" ("+strings.Join(names, ",")+") VALUES ("+strings.Join(marks, ",")+")", args)
			if _, err := d.db.ExecContext(ctx, text, out...); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// evaluate gives the fragment's value for every person.
func (d *database) evaluate(frag expr.Fragment) (list []bool, err error) {
	shifted := frag.Shift(1)
	text, _ := d.render("SELECT "+shifted.Text+" FROM test_people r LEFT JOIN test_companies c ON c.id = r.company_id WHERE r.id >= $1 ORDER BY r.id", nil)
	// The fragment's text comes before $1: give SQLite its arguments in that order.
	_, out := d.render("", shifted.Args)
	args := append([]any{-1}, out...)
	if d.kind == storetest.SQLite {
		args = append(slices.Clone(out), -1)
	}
	rows, err := d.db.QueryContext(context.Background(), text, args...)
	if err != nil {
		return nil, fmt.Errorf("%w in %s", err, text)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var b sql.NullBool
		if err := rows.Scan(&b); err != nil {
			return nil, err
		}
		if !b.Valid {
			return nil, fmt.Errorf("NULL from %s", text)
		}
		list = append(list, b.Bool)
	}
	return list, rows.Err()
}

// checkNumbering holds the promise that each argument stands once, in order.
func checkNumbering(frag expr.Fragment) error {
	found := parameter.FindAllString(frag.Text, -1)
	for i, p := range found {
		if p != fmt.Sprintf("$%d", i+1) {
			return fmt.Errorf("%s is out of order in %s", p, frag.Text)
		}
	}
	if len(found) != len(frag.Args) {
		return fmt.Errorf("%d arguments for %s", len(frag.Args), frag.Text)
	}
	return nil
}

// agree compares the databases with Go for one expression.
func agree(e *expr.Env, src string, people []record, at time.Time, dbs ...*database) error {
	f, err := e.Filter(src)
	if err != nil {
		return fmt.Errorf("%s: %w", src, err)
	}
	want := make([]bool, len(people))
	for i, rec := range people {
		if want[i], err = f.Match(rec, at); err != nil {
			return err
		}
		ex, err := f.Explain(rec, at)
		if err != nil || ex.True != want[i] {
			return fmt.Errorf("%s is explained as %v for %v", src, ex.True, rec)
		}
	}
	frag := f.SQL(at)
	if err := checkNumbering(frag); err != nil {
		return err
	}
	for _, d := range dbs {
		got, err := d.evaluate(frag)
		if err != nil {
			return fmt.Errorf("%s on %s: %w", src, d.kind, err)
		}
		for i := range people {
			if got[i] != want[i] {
				return fmt.Errorf("%s: %v in Go, %v on %s for %v\n%s %v", src, want[i], got[i], d.kind, people[i], frag.Text, frag.Args)
			}
		}
	}
	return nil
}

// TestAgreement compares Go, SQLite and PostgreSQL on random expressions over
// random records.
func TestAgreement(t *testing.T) {
	e := env(t)
	people := somePeople(120)
	dbs := []*database{open(t, storetest.SQLite), open(t, storetest.PostgreSQL)}
	for _, d := range dbs {
		d.insert(t, people)
	}
	for _, src := range slices.Concat(corpus, deep()) {
		if err := agree(e, src, people, now, dbs...); err != nil {
			t.Error(err)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		g := gen{rt}
		src := g.condition(rapid.IntRange(0, 3).Draw(rt, "depth"))
		at := rapid.SampledFrom(instants).Draw(rt, "now")
		if _, err := e.Filter(src); err != nil && strings.Contains(err.Error(), "too large or too small") {
			rt.Skip("numbers that a filter refuses")
		}
		if err := agree(e, src, people, at, dbs...); err != nil {
			rt.Fatal(err)
		}
	})
}

// TestRecordsAgree has random records too, on few expressions.
func TestRecordsAgree(t *testing.T) {
	e := env(t)
	d := open(t, storetest.SQLite)
	rapid.Check(t, func(rt *rapid.T) {
		people := []record{randomRecord(rt), randomRecord(rt), randomRecord(rt)}
		for _, table := range []string{"test_people", "test_companies"} {
			if _, err := d.db.ExecContext(context.Background(), "DELETE FROM "+table); err != nil {
				rt.Fatal(err)
			}
		}
		d.insert(t, people)
		src := gen{rt}.condition(2)
		if _, err := e.Filter(src); err != nil && strings.Contains(err.Error(), "too large or too small") {
			rt.Skip("numbers that a filter refuses")
		}
		if err := agree(e, src, people, now, d); err != nil {
			rt.Fatal(err)
		}
	})
}

// TestFoldAgrees compares Fold with PostgreSQL for every character.
func TestFoldAgrees(t *testing.T) {
	d := open(t, storetest.PostgreSQL)
	var all []string
	for r := rune(1); r <= 0x10ffff; r++ {
		if r < 0xd800 || r > 0xdfff {
			all = append(all, string(r))
		}
	}
	all = append(all, "ΟΔΟΣ", "οδος", "ΣΑΣ ΣΑΣ.", "İSTANBUL", "DŽ", "STRASSE ẞ")
	for batch := range slices.Chunk(all, 50_000) {
		var joined string
		err := d.db.QueryRowContext(t.Context(),
			`SELECT string_agg(fettle_fold(x), E'\x01' ORDER BY n) FROM unnest($1::text[]) WITH ORDINALITY AS u(x, n)`, batch).Scan(&joined)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Split(strings.ReplaceAll(joined, "\x01\x01\x01", "\x01"), "\x01")
		if len(got) < len(batch) {
			t.Fatalf("%d of %d characters came back", len(got), len(batch))
		}
		got = got[len(got)-len(batch):]
		for i, s := range batch {
			if s != "\x01" && expr.Fold(s) != got[i] {
				t.Errorf("%q (%U): %q in Go, %q on PostgreSQL", s, []rune(s), expr.Fold(s), got[i])
			}
		}
	}
}
