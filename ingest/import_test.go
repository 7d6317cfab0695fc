package ingest_test

import (
	"testing"

	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

const team = `External ID,Name,Email,Title,Company domain,Shoe size
1,Ann Lee,ann@acme.com,Engineer,acme.com,38
2,Bob Ray,bob@acme.com,Designer,https://www.acme.com/about,
3,Cid Roe,,Founder,gmail.com,44
`

func TestImportTwiceIsUnchanged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		dry := importText(t, db, team, ingest.ImportOptions{DryRun: true})
		wantCounts(t, dry, counts{Read: 3, Created: 3})
		if dry.ID != 0 {
			t.Errorf("a dry run has the id %d", dry.ID)
		}
		wantCounts(t, importText(t, db, team, ingest.ImportOptions{}), counts{Read: 3, Created: 3})
		wantCounts(t, importText(t, db, team, ingest.ImportOptions{DryRun: true}), counts{Read: 3, Unchanged: 3})
		wantCounts(t, importText(t, db, team, ingest.ImportOptions{}), counts{Read: 3, Unchanged: 3})
		r := records(t, db, "people", 1, 2, 3)
		if len(r) != 3 || r[1].Value("title") != "Engineer" || r[3].Value("email") != nil {
			t.Errorf("records: %v", r)
		}
	})
}
