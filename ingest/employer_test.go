package ingest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// employers gives the name of each person's company, by the person's.
func employers(t testing.TB, db *store.DB) map[string]string {
	t.Helper()
	rows, err := db.Writer().QueryContext(t.Context(), "SELECT p.name, COALESCE(c.name, '') FROM people p LEFT JOIN companies c ON c.id = p.company_id")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	out := map[string]string{}
	for rows.Next() {
		var person, company string
		if err := rows.Scan(&person, &company); err != nil {
			t.Fatal(err)
		}
		out[person] = company
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestPeopleOfASharedDomain belong to the company whose website they name,
// whether they come before the companies, between them or after.
func TestPeopleOfASharedDomain(t *testing.T) {
	steps := []struct {
		entity fettle.Entity
		text   string
	}{
		{fettle.Companies, "Name,Domain\nCity University,https://www.cuny.edu\n"},
		{fettle.Companies, "Name,Domain\nYork College,york.cuny.edu\nLaw School,law.cuny.edu\n"},
		{fettle.Companies, "Name,Domain\nBig Sandy,kctcs.edu\nBluegrass,kctcs.edu\n"},
		{fettle.People, "External ID,Name,Company domain\n1,bare,cuny.edu\n2,york,http://www.york.cuny.edu/staff\n3,beneath,mail.law.cuny.edu\n4,nobody's,arts.cuny.edu\n5,two,kctcs.edu\n"},
	}
	want := map[string]string{"bare": "City University", "york": "York College", "beneath": "Law School", "nobody's": "City University", "two": ""}
	for _, order := range []string{"0123", "3210", "0312", "2130", "1302"} {
		t.Run(order, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				for _, i := range order {
					s := steps[i-'0']
					importText(t, db, s.text, ingest.ImportOptions{Entity: s.entity})
				}
				for person, company := range employers(t, db) {
					if company != want[person] {
						t.Errorf("%s belongs to %q, want %q", person, company, want[person])
					}
				}
			})
		})
	}
}

// TestManyPeopleAreSorted has more people of a domain than one transaction sorts,
// and a process that dies before it sorts them: whoever comes next does.
func TestManyPeopleAreSorted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, "Name,Domain\nCity University,cuny.edu\n", ingest.ImportOptions{Entity: fettle.Companies})
		var sb strings.Builder
		sb.WriteString("External ID,Company domain\n")
		for i := range crowded {
			fmt.Fprintf(&sb, "p%d,%s\n", i, []string{"cuny.edu", "york.cuny.edu"}[i%2])
		}
		importText(t, db, sb.String(), ingest.ImportOptions{})
		wantPeople(t, db, 0, crowded, 0)
		by := origin(t, db, store.OriginImport, "links")
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			res, err := ingest.Upsert(ctx, tx, ingest.UpsertInput{
				Entity: fettle.Companies, Source: "csv", Origin: by, Actor: "ann", Now: now, Fields: []string{"name", "domain"},
				Rows: []ingest.Row{{Line: 2, Values: []any{"York College", "york.cuny.edu"}}},
			})
			if !res.Unsorted {
				t.Error("nobody is to be sorted")
			}
			return err
		})
		wantPeople(t, db, 0, crowded, 0) // a process that died here
		for more := true; more; {
			update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				more, err = ingest.LinkPeople(ctx, tx, nil, by, "system", now)
				return err
			})
		}
		// The second company's id comes after those of the people.
		var york int
		if err := db.Writer().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM people WHERE company_id > 1").Scan(&york); err != nil || york != crowded/2 {
			t.Errorf("%d people at York College, want %d (%v)", york, crowded/2, err)
		}
		wantPeople(t, db, 0, crowded-crowded/2, 0)
	})
}

// TestACompanyByEmail finds people's companies by their business e-mails, and by
// what is said of the company first.
func TestACompanyByEmail(t *testing.T) {
	people := "External ID,Name,Email,Company domain\n1,by mail,ann@mail.acme.com,\n2,free,ann@gmail.com,\n3,said,bob@agency.com,acme.com\n4,mended,cid@acme.com,gmail.com\n"
	want := map[string]string{"by mail": "Acme", "free": "", "said": "Acme", "mended": "Acme"}
	for _, first := range []fettle.Entity{fettle.People, fettle.Companies} {
		t.Run(string(first)+" first", func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				if first == fettle.People {
					importText(t, db, people, ingest.ImportOptions{})
				}
				importText(t, db, "Name,Domain\nAcme,acme.com\nAgency,agency.com\nMail,gmail.com\n", ingest.ImportOptions{Entity: fettle.Companies})
				if first != fettle.People {
					importText(t, db, people, ingest.ImportOptions{})
				}
				for person, company := range employers(t, db) {
					if company != want[person] {
						t.Errorf("%s belongs to %q, want %q", person, company, want[person])
					}
				}
				// An e-mail that is found later gives a company, and no more than that.
				by := origin(t, db, store.OriginEnrichment, "email")
				var id int64
				if err := db.Writer().QueryRowContext(t.Context(), "SELECT id FROM people WHERE name = 'free'").Scan(&id); err != nil {
					t.Fatal(err)
				}
				update(t, db, func(ctx context.Context, tx *store.Tx) error {
					_, err := ingest.Values(ctx, tx, ingest.ValuesInput{Entity: fettle.People, Origin: by, Actor: "system", Now: now, Writes: []ingest.Write{
						{Record: id, Field: "email", Value: "ann@agency.com", Valid: true, Policy: fettle.Overwrite},
					}})
					return err
				})
				if got := employers(t, db)["free"]; got != "Agency" {
					t.Errorf("after the e-mail was found: %q", got)
				}
			})
		})
	}
}
