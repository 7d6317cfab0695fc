package engine_test

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// hostileTexts are what a provider may answer as text, as JSON writes it.
func hostileTexts() []string {
	out := []string{
		`a\u0000b`, `\u0000`, `\ud800`, `a\udc00\ud800b`, "cut \xe5\x88", "\xff\xfe", "\xed\xa0\x80",
		strings.Repeat("x", 1<<20), strings.Repeat(`\u0000`, 600), strings.Repeat("没", 700),
	}
	for c := range 0x20 {
		out = append(out, fmt.Sprintf(`c\u%04xd`, c))
	}
	return out
}

// TestHostileText has a provider answer what no database holds, as a value, as
// the key of a value, as a message and as a job: every row settles, and the
// workspace can be copied and restored.
func TestHostileText(t *testing.T) {
	t.Parallel()
	texts := hostileTexts()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var n atomic.Int64
		w := between(t, db, sandbox.Config{HitRate: 1, Seed: 3}, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/v1/job_title" {
					next.ServeHTTP(rw, r)
					return
				}
				i := int(n.Add(1)) - 1
				s := texts[i/3%len(texts)]
				rw.Header().Set("Content-Type", "application/json")
				switch i % 3 {
				case 0:
					_, _ = io.WriteString(rw, `{"found": true, "credits": 2, "data": {"title": "`+s+`", "linkedin_url": "https://linkedin.com/in/a"}}`)
				case 1:
					_, _ = io.WriteString(rw, `{"found": true, "credits": 2, "data": {"title": {"`+s+`": ["`+s+`"]}, "linkedin_url": "`+s+`"}}`)
				case 2:
					rw.WriteHeader(http.StatusBadRequest)
					_, _ = io.WriteString(rw, `{"error": {"code": "bad_input", "message": "`+s+`"}}`)
				}
			})
		})
		w.field("job", fettle.Text)
		w.field("link", fettle.Text)
		w.field("good", fettle.Text)
		rows := 3 * len(texts)
		w.people(0, rows, "x")
		def := answer("job", 100_000, fettle.Step{Provider: "sandbox/job_title", Inputs: byTitle.Inputs})
		def.Outputs = fettle.Outputs{{Name: "title", Field: "job"}, {Name: "linkedin_url", Field: "link"}}
		w.save("bad", def)
		w.save("good", answer("good", 100_000, byEmail))
		stop := w.work(w.e)
		w.start("bad")
		w.start("good")
		if v := w.settle("good"); v.Rows.Found != int64(rows) {
			t.Errorf("another's rows: %+v", v.Rows)
		}
		v := w.until("bad", func(v fettle.EnrichmentView) bool {
			return v.RemainingRows == 0 && !v.Planning || v.State == fettle.Paused
		})
		if v.State == fettle.Paused { // for failures in a row, which are that
			w.resume("bad")
			v = w.settle("bad")
		}
		if v.Rows.Running+v.Rows.Pending+v.Rows.Waiting+v.Rows.Unknown != 0 || v.SpentCredits != 4*fettle.Credits(len(texts))*fettle.Credit {
			t.Errorf("%s spent, %+v, %s %s", v.SpentCredits, v.Rows, v.State, v.PauseDetail)
		}
		for id, r := range w.rows("bad") {
			if strings.Contains(r.Detail, "could not be stored") {
				t.Fatalf("record %d is set aside and not mended: %s", id, r.Detail)
			}
		}
		stop()
		w.sound()
		file := filepath.Join(t.TempDir(), "backup")
		if _, err := db.Backup(t.Context(), file); err != nil {
			t.Fatal(err)
		}
		if err := store.RestoreFile(t.Context(), file, filepath.Join(t.TempDir(), "restored.db"), quiet(), func(db *store.DB) error {
			w.db = db
			_, err := w.engine().Restore(t.Context(), admin, "a test")
			return err
		}); err != nil {
			t.Errorf("restore: %v", err)
		}
		to := storetest.Open
		if !db.Postgres() {
			to = storetest.Postgres
		}
		if err := db.CopyTo(t.Context(), to(t), nil); err != nil {
			t.Errorf("copy: %v", err)
		}
	})
}

// TestNamesLongerThanAnIndexHolds: an index of PostgreSQL holds rows of 2,700
// bytes at most. What is keyed by a name refuses a longer one at the door, alike
// on both databases.
func TestNamesLongerThanAnIndexHolds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Config{})
		var b strings.Builder
		for b.Len() < 10_000 {
			b.WriteString(rand.Text()) // what repeats is stored compressed, and fits
		}
		credits := 10 * fettle.Credit
		long, ten := b.String(), fettle.Limit{Credits: &credits}
		_, upsert := w.e.UpsertRecords(t.Context(), admin, engine.UpsertInput{Entity: fettle.People, Source: long, Rows: []map[string]any{{"email": "a@b.test"}}})
		for name, err := range map[string]error{
			"a person's limit": w.e.SetLimit(t.Context(), admin, "person", long, ten),
			"a model's price":  w.e.SetPrice(t.Context(), admin, provider.ModelPrice{Provider: "llm/openai", Model: long, EffectiveFrom: "2026-01-31"}),
			"a source":         upsert,
		} {
			if fettle.CodeOf(err) != fettle.Invalid || len(fmt.Sprint(err)) > 300 {
				t.Errorf("%s: %.300v", name, err)
			}
		}
	})
}
