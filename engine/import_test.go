package engine_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// file writes a file to import.
func file(t *testing.T, text string) *os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// crowd is a file of n people of one title.
func crowd(n int, title string) string {
	var sb strings.Builder
	sb.WriteString("id,full name,company domain,title\n")
	for i := range n {
		fmt.Fprintf(&sb, "c%d,Person Crowd%d,crowd%d.com,%s\n", i, i, i, title)
	}
	return sb.String()
}

func crowdInput(t *testing.T, text string) engine.ImportInput {
	return engine.ImportInput{File: file(t, text), Entity: fettle.People, Map: map[string]string{"id": "external_id", "full name": "name", "company domain": "company_domain"}}
}

// followed waits until an enrichment has followed every change so far.
func (w *world) followed(name string) {
	w.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		var left int64
		err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
			e, err := tx.Enrichment(w.t.Context(), name)
			if err != nil {
				return err
			}
			newest, err := tx.NewestChange(w.t.Context())
			left = newest - e.FollowCursor
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
		if left <= 0 {
			return
		}
	}
	w.t.Fatalf("%s does not follow", name)
}

// Blank cells are not kept, and a cell that is too long leaves the others.
func TestRejectsHaveEveryColumn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		text := "name,domain,employees,notes\nBolt,bolt.com,many,\n" + strings.Repeat("x", 70_000) + ",drum.com,7,loud\n"
		in := engine.ImportInput{File: file(t, text), Entity: fettle.Companies, Map: map[string]string{"employees": "employee_count"}, Strict: true}
		v, err := w.e.Import(t.Context(), editor, in)
		if err != nil || v.Rejected != 2 {
			t.Fatalf("%+v, %v", v, err)
		}
		var out strings.Builder
		if err := w.e.RejectsCSV(t.Context(), viewer, v.ID, &out); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
		if err != nil || len(rows) != 3 {
			t.Fatalf("%v, %v", rows, err)
		}
		for i, want := range [][]string{
			{"domain", "employees", "name", "notes"},
			{"bolt.com", "many", "Bolt", ""},
			{"drum.com", "7", "", "loud"},
		} {
			if got := rows[i][3:]; !slices.Equal(got, want) {
				t.Errorf("row %d is %q, want %q", i, got, want)
			}
		}
	})
}

func TestImportUndoAndRejects(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		text := "name,domain,employees,notes\nAcme,acme.com,12,=1+1\nBolt,bolt.com,many,\n,,,\nCog,cog.com,7,x\n"
		in := engine.ImportInput{File: file(t, text), Entity: fettle.Companies, Map: map[string]string{"employees": "employee_count"}, Strict: true}
		_, err := w.e.Import(ctx, viewer, in)
		refused(t, err, fettle.NotAllowed)
		dry := in
		dry.DryRun = true
		v, err := w.e.Import(ctx, editor, dry)
		if err != nil || v.Created != 2 || v.Rejected != 2 {
			t.Fatalf("dry: %+v, %v", v, err)
		}
		if n, _ := w.e.CountAudience(ctx, viewer, fettle.AllCompanies); n != 0 {
			t.Errorf("a dry run wrote %d", n)
		}
		if v, err = w.e.Import(ctx, editor, in); err != nil || v.Created != 2 || v.Rejected != 2 || v.File != "people.csv" || v.Source != "csv" {
			t.Fatalf("%+v, %v", v, err)
		}
		if len(v.Rejects) != 2 || v.Rejects[1].Reason != "the row is blank" || v.Rejects[0].Line != 3 || v.Rejects[0].Field != "employee_count" {
			t.Errorf("rejects %+v", v.Rejects)
		}
		again, err := w.e.Import(ctx, editor, in)
		if err != nil || again.Unchanged != 2 || again.Created+again.Updated != 0 {
			t.Errorf("again: %+v, %v", again, err)
		}
		var out strings.Builder
		if err := w.e.RejectsCSV(ctx, viewer, v.ID, &out); err != nil || !strings.HasPrefix(out.String(), "line,field,reason,") || !strings.Contains(out.String(), "Bolt") {
			t.Errorf("%v\n%s", err, out.String())
		}
		refused(t, w.e.RejectsCSV(ctx, viewer, 999, &out), fettle.NotFound)
		list, err := w.e.Imports(ctx, viewer)
		if err != nil || len(list) != 2 || list[0].ID != again.ID {
			t.Errorf("%+v, %v", list, err)
		}
		for _, id := range []int64{again.ID, v.ID} {
			if undone, err := w.e.UndoImport(ctx, editor, id); err != nil || undone.State != store.ImportUndone || undone.Undo.Kept != 0 || id == v.ID && undone.Undo.Deleted != 2 {
				t.Errorf("undo: %+v, %v", undone, err)
			}
		}
		if n, _ := w.e.CountAudience(ctx, viewer, fettle.AllCompanies); n != 0 {
			t.Errorf("%d companies after the undo", n)
		}
		_, err = w.e.UndoImport(ctx, editor, v.ID)
		refused(t, err, fettle.Refused)
	})
}

// An import that would put many records into a live enrichment asks first; it
// can be confirmed, or made without running.
func TestAnImportIntoALiveEnrichmentAsksFirst(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 3, "Engineer")
		w.audience("engineers", `title == "Engineer"`)
		w.save("work-email", findEmail("engineers", 5000))
		w.work(w.e)
		w.start("work-email")
		w.settle("work-email")

		if _, err := w.e.Import(ctx, spender, crowdInput(t, crowd(150, "Chef"))); err != nil {
			t.Fatalf("records that do not enter are not asked about: %v", err)
		}
		w.followed("work-email")
		promoted := crowdInput(t, crowd(150, "Engineer"))
		_, err := w.e.Import(ctx, spender, promoted)
		refused(t, err, fettle.Confirm, "150 rows into work-email", "--no-run")
		if n, _ := w.e.CountAudience(ctx, viewer, "engineers"); n != 3 {
			t.Errorf("%d engineers after the refusal", n)
		}
		promoted.NoRun = true
		if v, err := w.e.Import(ctx, spender, promoted); err != nil || v.Updated != 150 {
			t.Fatalf("%+v, %v", v, err)
		}
		more := engine.UpsertInput{Entity: fettle.People, Source: "hook"}
		for i := range 120 {
			more.Rows = append(more.Rows, map[string]any{"external_id": fmt.Sprint(i), "name": fmt.Sprintf("Hook Person%d", i), "company_domain": fmt.Sprintf("hook%d.com", i), "title": "Engineer"})
		}
		_, err = w.e.UpsertRecords(ctx, spender, more)
		refused(t, err, fettle.Confirm, "120 rows into work-email")
		more.Confirm = true
		if v, err := w.e.UpsertRecords(ctx, spender, more); err != nil || v.Created != 120 {
			t.Fatalf("%+v, %v", v, err)
		}
		v := w.until("work-email", func(v fettle.EnrichmentView) bool { return v.Rows.Found >= 123 && v.RemainingRows == 0 })
		if v.Rows.Found != 123 {
			t.Errorf("%d found: an import without running must not be followed", v.Rows.Found)
		}
	})
}

// Companies that change move people into an audience that reads them.
func TestAnImportOfCompaniesAsksForTheirPeople(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		companies := "name,domain,location\nBig,big.com,%s\n"
		if _, err := w.e.Import(ctx, spender, engine.ImportInput{File: file(t, fmt.Sprintf(companies, "Paris")), Entity: fettle.Companies}); err != nil {
			t.Fatal(err)
		}
		people := engine.UpsertInput{Entity: fettle.People}
		for i := range 130 {
			people.Rows = append(people.Rows, map[string]any{"external_id": fmt.Sprint(i), "name": fmt.Sprintf("Big Person%d", i), "company_domain": "big.com"})
		}
		w.audience("berliners", `company.location == "Berlin"`)
		w.save("work-email", findEmail("berliners", 5000))
		w.work(w.e)
		w.start("work-email")
		w.settle("work-email")
		if _, err := w.e.UpsertRecords(ctx, spender, people); err != nil {
			t.Fatalf("people of Paris do not enter: %v", err)
		}
		_, err := w.e.Import(ctx, spender, engine.ImportInput{File: file(t, fmt.Sprintf(companies, "Berlin")), Entity: fettle.Companies})
		refused(t, err, fettle.Confirm, "130 rows into work-email")
		if _, err := w.e.Import(ctx, spender, engine.ImportInput{File: file(t, fmt.Sprintf(companies, "Berlin")), Entity: fettle.Companies, Confirm: true}); err != nil {
			t.Fatal(err)
		}
		// Others who join it then. Namesakes of those who are being bought for would
		// have their questions: free as soon as these are answered.
		more := namesakes(people, 1000)
		for i, row := range more.Rows {
			row["name"] = fmt.Sprintf("Other Person%d", i)
		}
		_, err = w.e.UpsertRecords(ctx, spender, more)
		refused(t, err, fettle.Confirm, "130 rows into work-email: 130 to buy")
		w.until("work-email", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 130 })
		if v, err := w.e.UpsertRecords(ctx, spender, namesakes(people, 2000)); err != nil || v.Created != 130 {
			t.Errorf("what costs nothing is not asked about: %+v, %v", v, err)
		}
		w.until("work-email", func(v fettle.EnrichmentView) bool { return v.Rows.Reused == 130 })
		if n := len(w.arrivals()); n != 130 {
			t.Errorf("%d calls; the questions of namesakes were answered before", n)
		}
	})
}

// namesakes are the same people under other ids, numbered from one on.
func namesakes(in engine.UpsertInput, from int) engine.UpsertInput {
	rows := make([]map[string]any, len(in.Rows))
	for i, row := range in.Rows {
		rows[i] = maps.Clone(row)
		rows[i]["external_id"] = fmt.Sprint(from + i)
	}
	in.Rows = rows
	return in
}
