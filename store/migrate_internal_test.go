package store

import (
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"fettle"
	"fettle/expr"
)

// openFrom opens the workspace at path with these migrations.
func openFrom(t *testing.T, path string, files fs.FS) error {
	t.Helper()
	db, err := Open(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return db.migrateFrom(t.Context(), files)
}

func ownMigrations(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	names, err := fs.Glob(embedded, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(embedded, name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = &fstest.MapFile{Data: text}
	}
	return files
}

func TestMigrateAppliesWhatIsNewAndRefusesWhatIsNewer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	files := ownMigrations(t)
	files["9999_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE more (id BIGINT PRIMARY KEY, ok BOOLEAN NOT NULL);\n")}
	if err := openFrom(t, path, files); err != nil {
		t.Fatal(err)
	}
	if err := openFrom(t, path, files); fettle.CodeOf(err) != fettle.Refused {
		t.Errorf("Open of a newer schema gives %v", err)
	} else if hint := fettle.AsError(err).Hint; !strings.Contains(hint, "newer Fettle") {
		t.Errorf("hint %q", hint)
	}
}

func TestMigrateRefusesAnEditedMigration(t *testing.T) {
	files := ownMigrations(t)
	for name, f := range files {
		f.Data = append(f.Data, "-- edited\n"...)
		err := openFrom(t, filepath.Join(t.TempDir(), "a.db"), files)
		if e := fettle.AsError(err); e.Code != fettle.Refused || !strings.Contains(e.Message, name) {
			t.Errorf("an edited %s gives %v", name, err)
		}
		f.Data = f.Data[:len(f.Data)-len("-- edited\n")]
	}
	crlf := ownMigrations(t)
	for _, f := range crlf {
		f.Data = []byte(strings.ReplaceAll(string(f.Data), "\n", "\r\n"))
	}
	if err := openFrom(t, filepath.Join(t.TempDir(), "a.db"), crlf); err != nil {
		t.Errorf("other line ends are an edit: %v", err)
	}
}

func TestAFailedMigrationLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	files := ownMigrations(t)
	files["9999_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE more (id BIGINT PRIMARY KEY);\nINSERT INTO nowhere VALUES (1);\n")}
	if err := openFrom(t, path, files); err == nil {
		t.Fatal("the migration did not fail")
	}
	files["9999_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE more (id BIGINT PRIMARY KEY);\n")}
	if err := openFrom(t, path, files); err != nil {
		t.Errorf("mended, it gives %v", err)
	}
}

func TestMigrationText(t *testing.T) {
	const text = "-- +goose Up\n\n-- Both.\nCREATE TABLE a (\n    k TEXT PRIMARY KEY,\n    n BIGINT NOT NULL\n); -- clustered\n\n-- One.\n-- +only postgres\nCREATE x;\n\n-- +only sqlite\nCREATE y;\n"
	lite, pg := sqliteDialect().migration(text), postgresDialect().migration(text)
	for _, want := range []string{"n INTEGER NOT NULL", ") WITHOUT ROWID;", "CREATE y"} {
		if !strings.Contains(lite, want) {
			t.Errorf("SQLite's text lacks %q:\n%s", want, lite)
		}
	}
	for _, want := range []string{`k TEXT COLLATE "C" PRIMARY KEY`, "n BIGINT NOT NULL", "); -- clustered", "CREATE x"} {
		if !strings.Contains(pg, want) {
			t.Errorf("PostgreSQL's text lacks %q:\n%s", want, pg)
		}
	}
	if strings.Contains(lite, "CREATE x") || strings.Contains(pg, "CREATE y") {
		t.Error("a paragraph for the other database is there")
	}
}

// The fold of PostgreSQL is written down twice: package expr says which.
func TestMigrationHasTheFoldOfExpr(t *testing.T) {
	all := ""
	for _, f := range ownMigrations(t) {
		all += string(f.Data)
	}
	if !strings.Contains(all, "$$SELECT "+expr.FoldPostgres+"$$") {
		t.Errorf("no migration defines fettle_fold as %s", expr.FoldPostgres)
	}
}

func TestRender(t *testing.T) {
	b := NewBatch("bigint", "text")
	b.Add(int64(1), "a")
	b.Add(int64(2), nil)
	const text = "WITH v(id, x) AS (@rows) UPDATE t SET x = v.x, y = $2 FROM v WHERE t.id = v.id AND z = $1 AND w = $2"
	q, args := sqliteDialect().render(text, []any{"one", true}, b)
	if want := "WITH v(id, x) AS (VALUES (?,?),(?,?)) UPDATE t SET x = v.x, y = ? FROM v WHERE t.id = v.id AND z = ? AND w = ?"; q != want {
		t.Errorf("SQLite: %s", q)
	}
	if len(args) != 7 || args[0] != int64(1) || args[4] != int64(1) || args[5] != "one" || args[6] != int64(1) {
		t.Errorf("SQLite: %v", args)
	}
	q, args = postgresDialect().render(text, []any{"one", true}, b)
	if want := "WITH v(id, x) AS (SELECT * FROM unnest($3::bigint[], $4::text[])) UPDATE t SET x = v.x, y = $2 FROM v WHERE t.id = v.id AND z = $1 AND w = $2"; q != want {
		t.Errorf("PostgreSQL: %s", q)
	}
	if len(args) != 4 {
		t.Errorf("PostgreSQL: %v", args)
	}
}

// Statements over a batch take the batch as the outer loop and find each row
// by its key: a scan of the table would cost it all, each time.
func TestBatchesUseKeys(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for text, columns := range map[string]int{
		"WITH v(id) AS (@rows) SELECT r.name, c.name FROM v JOIN people r ON r.id = v.id LEFT JOIN companies c ON c.id = r.company_id":            1,
		"WITH v(id, a) AS (@rows) UPDATE people SET name = v.a FROM v WHERE people.id = v.id":                                                     2,
		"WITH v(r, a) AS (@rows) UPDATE enrichment_rows AS t SET state = v.a FROM v WHERE t.enrichment_id = 1 AND t.record_id = v.r":              2,
		"WITH v(k) AS (@rows) SELECT m.record_id FROM v JOIN match_keys m ON m.key = v.k":                                                         1,
		"WITH v(h) AS (@rows) SELECT a.id FROM v JOIN attempts a ON a.inputs_hash = v.h WHERE a.state <> 'released' ORDER BY a.id":                1,
		"WITH v(k) AS (@rows) DELETE FROM match_keys WHERE key IN (SELECT k FROM v)":                                                              1,
		"WITH v(r, f) AS (@rows) SELECT c.hold FROM v JOIN cells c ON c.record_id = v.r AND c.field = v.f":                                        2,
		"WITH v(id) AS (@rows) SELECT id FROM changes WHERE record_id IN (SELECT id FROM v) ORDER BY id":                                          1,
		"WITH v(id, a) AS (@rows) UPDATE attempts SET state = v.a FROM v WHERE attempts.id = v.id AND attempts.state IN ('reserved', 'accepted')": 2,
	} {
		for _, rows := range []int{1, 256} {
			b := &Batch{types: make([]string, columns), values: make([]any, columns*rows)}
			q, args := db.d.render(text, nil, b)
			for _, step := range explain(t, db, q, args) {
				if strings.HasPrefix(step, "SCAN") && step != "SCAN v" && !strings.Contains(step, "CONSTANT ROW") {
					t.Errorf("%s: %s", text, step)
				}
			}
		}
	}
}

// TestWhoFollowsScansNothing holds that a list of what was written lately, or of one
// source, reads no more than that.
func TestWhoFollowsScansNothing(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, where := range []expr.Fragment{UpdatedSince(fettle.People, 1), HoldingKey("px:crm:")} {
		q := "SELECT r.id" + from(fettle.People, where) + " ORDER BY r.id LIMIT 100"
		for _, step := range explain(t, db, q, where.Args) {
			if strings.HasPrefix(step, "SCAN") {
				t.Errorf("%s: %s", q, step)
			}
		}
	}
}

func explain(t *testing.T, db *DB, q string, args []any) []string {
	t.Helper()
	rows, err := db.write.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+q, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var id, parent, unused int64
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		out = append(out, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
