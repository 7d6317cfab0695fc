package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fettle"
	"fettle/expr"
	"fettle/identity"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// universities are 10,000 companies of which 300 share domains: institutes on a
// national network, schools of one university (some name the same website), and
// sites of one builder that no list has. Each has a name of its own.
func universities(rnd *rand.Rand) (lines []string, sharing, domains int) {
	for i := range 90 {
		lines = append(lines, fmt.Sprintf("Institute %d,https://www.inst%d.ernet.in/", i, i))
	}
	for i := range 85 {
		lines = append(lines, fmt.Sprintf("School %d of the City,http://school%d.cuny.edu/admissions", i, i))
	}
	lines = append(lines, "City University,cuny.edu", "Graduate Center,www.cuny.edu")
	for i := range 17 {
		lines = append(lines, fmt.Sprintf("Community College %d,kctcs.edu", i))
	}
	for i := range 106 {
		lines = append(lines, fmt.Sprintf("Shop %d,shop%d.no-such-builder.com", i, i))
	}
	sharing, domains = len(lines), 4
	for i := len(lines); i < 10_000; i++ {
		lines = append(lines, fmt.Sprintf("Company %d Ltd,c%d.com", i, i))
	}
	rnd.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	return lines, sharing, domains
}

func companies(t testing.TB, db *store.DB) (n int64) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		n, err = tx.Count(ctx, fettle.Companies, expr.Fragment{Text: "1 = 1"})
		return err
	})
	return n
}

// TestCompaniesThatShareADomainStay imports them in one go, again, and in another
// order from another source: nobody is swallowed, and each is listed.
func TestCompaniesThatShareADomainStay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rnd := rand.New(rand.NewPCG(1, 9))
		lines, sharing, domains := universities(rnd)
		if sharing != 300 {
			t.Fatalf("%d companies share domains", sharing)
		}
		text := "Name,Domain\n" + strings.Join(lines, "\n") + "\n"
		list := ingest.ImportOptions{Entity: fettle.Companies}
		all, listed := int64(len(lines)), int64(sharing-domains)
		wantCounts(t, importText(t, db, text, ingest.ImportOptions{Entity: fettle.Companies, DryRun: true}), counts{Read: all, Created: all, Conflicts: listed})
		wantCounts(t, importText(t, db, text, list), counts{Read: all, Created: all, Conflicts: listed})
		if n := companies(t, db); n != all {
			t.Errorf("the table has %d companies", n)
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			kept, err := tx.Conflicts(ctx, fettle.Companies, 0, 1000)
			seen := map[int64]bool{}
			for _, c := range kept {
				seen[c.Record], seen[c.Other] = true, true
			}
			if len(kept) != int(listed) || len(seen) != sharing {
				t.Errorf("%d conflicts of %d companies", len(kept), len(seen))
			}
			return err
		})
		wantCounts(t, importText(t, db, text, list), counts{Read: all, Unchanged: all})
		rnd.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		other := "Name,Domain\n" + strings.ToUpper(strings.Join(lines, " GmbH\n")) + "\n"
		v := importText(t, db, strings.ReplaceAll(other, " GMBH", ""), ingest.ImportOptions{Entity: fettle.Companies, Source: "other", Policy: fettle.FillBlanks})
		wantCounts(t, v, counts{Read: all, Unchanged: all})
	})
}

// drawCompany draws a company that has a name.
func drawCompany(rt *rapid.T) map[string]any {
	pick := func(name string, values ...string) any {
		s := rapid.SampledFrom(append(values, "")).Draw(rt, name)
		if s == "" {
			return nil
		}
		return s
	}
	return map[string]any{
		"external_id":  pick("id", "1", "2", "3"),
		"name":         rapid.SampledFrom([]string{"Alpha", "ALPHA, Inc.", "Beta", "Beta GmbH", "Gamma"}).Draw(rt, "name"),
		"domain":       rapid.SampledFrom([]string{"x.edu", "www.x.edu", "law.x.edu", "y.com", "https://y.com/about"}).Draw(rt, "domain"),
		"linkedin_url": pick("linkedin", "linkedin.com/company/a", "linkedin.com/company/b", ""),
	}
}

// groupOf gives what must group a company of one source with others: its id, or
// its domain with its name.
func groupOf(row map[string]any, ids bool) string {
	if ids {
		id, _ := row["external_id"].(string)
		return id
	}
	domain, _ := identity.Domain(row["domain"].(string))
	named, _ := identity.Named(domain, row["name"].(string))
	return named.Value
}

// TestCompaniesGroupInAnyOrder is TestGroupingDoesNotDependOnOrder for companies.
func TestCompaniesGroupInAnyOrder(t *testing.T) {
	fields := []string{"external_id", "name", "domain", "linkedin_url"}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		by := origin(t, db, store.OriginImport, "crm")
		runs := 0
		rapid.Check(t, func(rt *rapid.T) {
			if runs++; db.Postgres() && runs > 30 {
				return // each run is slower there
			}
			ids := rapid.Bool().Draw(rt, "ids")
			rows := rapid.SliceOfN(rapid.Custom(drawCompany), 1, 14).Draw(rt, "rows")
			for _, row := range rows {
				if !ids {
					row["external_id"] = nil
				}
				row["source"] = rapid.SampledFrom([]string{"crm", "crm", "hub"}).Draw(rt, "source")
			}
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				got, err := inPieces(t.Context(), rt, tx, fettle.Companies, by, fields, rows)
				if err != nil {
					return err
				}
				for i := range rows {
					for j := range i {
						a, b := groupOf(rows[i], ids), groupOf(rows[j], ids)
						if ids && sourceOf(rows[i]) != sourceOf(rows[j]) {
							continue
						}
						if a != "" && b != "" && (a == b) != (got[i] == got[j]) {
							rt.Fatalf("rows %d and %d are of %q and %q; the records are %v", j, i, b, a, got)
						}
					}
				}
				return errRollback
			})
			if !errors.Is(err, errRollback) {
				rt.Fatal(err)
			}
		})
	})
}

// TestANameTellsCompaniesOfOneDomainApart has the cases one by one.
func TestANameTellsCompaniesOfOneDomainApart(t *testing.T) {
	for name, c := range map[string]struct {
		first, second string
		want          counts
	}{
		"the legal form":    {"Acme,acme.com,", "ACME Inc.,www.acme.com,", counts{Read: 1, Updated: 1}},
		"no name":           {"Acme,acme.com,", ",acme.com,", counts{Read: 1, Unchanged: 1}},
		"no name before":    {",acme.com,", "Acme,acme.com,", counts{Read: 1, Updated: 1}},
		"another name":      {"Acme,acme.com,", "Zenith,acme.com,", counts{Read: 1, Created: 1, Conflicts: 1}},
		"another host":      {"Acme,acme.com,", "Acme Labs,labs.acme.com,", counts{Read: 1, Created: 1, Conflicts: 1}},
		"a shared page too": {"Acme,acme.com,linkedin.com/company/a", "Zenith,acme.com,linkedin.com/company/a", counts{Read: 1, Created: 1, Conflicts: 1}},
		"a second domain":   {"Acme,acme.com,linkedin.com/company/a", "Acme,acme.de,linkedin.com/company/a", counts{Read: 1, Created: 1, Conflicts: 1}},
		"free mail":         {"Acme,gmail.com,", "Acme,gmail.com,", counts{Read: 1, Unchanged: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				list := ingest.ImportOptions{Entity: fettle.Companies}
				const head = "Name,Domain,LinkedIn URL\n"
				importText(t, db, head+c.first+"\n", list)
				dry := importText(t, db, head+c.second+"\n", ingest.ImportOptions{Entity: fettle.Companies, DryRun: true})
				wantCounts(t, dry, c.want)
				wantCounts(t, importText(t, db, head+c.second+"\n", list), c.want)
			})
		})
	}
}

// TestCompaniesFromBeforeNamesCounted are known by their present name under the
// domain: an earlier version kept no key of it.
func TestCompaniesFromBeforeNamesCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		list := ingest.ImportOptions{Entity: fettle.Companies}
		importText(t, db, "Name,Domain\nAcme,acme.com\nZenith,zenith.com\nOld,old.com\nLone,lone.com\n", list)
		if _, err := db.Writer().ExecContext(t.Context(), "DELETE FROM match_keys WHERE key LIKE 'cn:%'"); err != nil {
			t.Fatal(err)
		}
		wantCounts(t, importText(t, db, "Name,Domain\nAcme Inc,acme.com\n", ingest.ImportOptions{Entity: fettle.Companies, Policy: fettle.FillBlanks}), counts{Read: 1, Unchanged: 1})
		wantCounts(t, importText(t, db, "Name,Domain\nOther,lone.com\n", list), counts{Read: 1, Created: 1, Conflicts: 1})
		wantCounts(t, importText(t, db, "Name,Domain\nNadir,zenith.com\nZenith,zenith.com\n", list), counts{Read: 2, Created: 1, Unchanged: 1, Conflicts: 1})
		wantCounts(t, importText(t, db, "Name,Domain\nNew,old.com\nNewer,old.com\nOld,old.com\n", list), counts{Read: 3, Created: 2, Unchanged: 1, Conflicts: 2})
	})
}

// TestWhatAPersonRenamedIsKnown imports a company again that somebody renamed.
func TestWhatAPersonRenamedIsKnown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		list := ingest.ImportOptions{Entity: fettle.Companies}
		importText(t, db, "Name,Domain\nACME INC,acme.com\n", list)
		by := origin(t, db, store.OriginPerson, "ann")
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := ingest.Values(ctx, tx, ingest.ValuesInput{
				Entity: fettle.Companies, Origin: by, Hand: true, Actor: "ann", Now: now,
				Writes: []ingest.Write{{Record: 1, Field: "name", Value: "The Road Runner's", Valid: true}},
			})
			return err
		})
		wantCounts(t, importText(t, db, "Name,Domain\nACME INC,acme.com\nroad runners,acme.com\n", list), counts{Read: 2, Unchanged: 1, Merged: 1})
	})
}

// TestADryRunKnowsTheNameOfWhatIsMerged has a row that makes two companies one, and a
// row of another name under the domain of the one that had none.
func TestADryRunKnowsTheNameOfWhatIsMerged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const head = "External ID,Name,Domain\n"
		crm := ingest.ImportOptions{Entity: fettle.Companies, Source: "crm"}
		importText(t, db, head+"1,Acme,acme.com\n,,cut.io\n", crm)
		for _, crm.DryRun = range []bool{true, false} {
			v := importText(t, db, head+"1,,cut.io\n,Cut,cut.io\n", crm)
			wantCounts(t, v, counts{Read: 2, Created: 1, Merged: 1, Conflicts: v.Conflicts})
		}
	})
}
