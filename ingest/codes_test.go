package ingest_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// TestAmongCodesAWordForNothingIsACode imports columns with words that stand for
// nothing elsewhere (ND: no data), and gives what the records hold.
func TestAmongCodesAWordForNothingIsACode(t *testing.T) {
	for name, c := range map[string]struct {
		file, field string
		options     []string // of the field, which is a select then
		want        []any
	}{
		"states":                  {"Record ID,State\n1,ND\n2,SD\n3,CA\n4,N/A\n5,NY\n6,ND\n", "state", nil, []any{"ND", "SD", "CA", nil, "NY", "ND"}},
		"with blanks around":      {"Record ID,State\n1,ND \n2, SD\n3,CA \n4,NY \n5,\n6,ND \n", "state", nil, []any{"ND ", " SD", "CA ", "NY ", nil, "ND "}},
		"in small letters":        {"Record ID,Language\n1,en\n2,na\n3,no\n4,de\n5,sd\n6,n/a\n", "language", nil, []any{"en", "na", "no", "de", "sd", nil}},
		"of a select":             {"Record ID,State\n1,ND\n2,SD\n3,CA\n4,N/A\n5,NY\n6,ND\n", "state", []string{"CA", "NY"}, []any{"ND", "SD", "CA", nil, "NY", "ND"}},
		"words":                   {"Record ID,Size\n1,NA\n2,nd\n3,Large\n4,Small\n5,NA\n6,Medium\n", "size", nil, []any{nil, nil, "Large", "Small", nil, "Medium"}},
		"of another form":         {"Record ID,State\n1,na\n2,na\n3,CA\n4,NY\n5,TX\n6,OR\n", "state", nil, []any{nil, nil, "CA", "NY", "TX", "OR"}},
		"no codes":                {"Record ID,State\n1,TBD\n2,NONE\n3,CA\n4,NY\n5,TX\n6,OR\n", "state", nil, []any{nil, nil, "CA", "NY", "TX", "OR"}},
		"what a file leaves so":   {"Record ID,State,Email\n1,NA,NA\n2,NA,NA\n3,CA,c@c.com\n4,NY,d@d.com\n5,TX,e@e.com\n6,ND,f@f.com\n", "state", nil, []any{nil, nil, "CA", "NY", "TX", "ND"}},
		"what it leaves so once":  {"Record ID,State,Email\n1,NA,NA\n2,NA,b@b.com\n3,CA,c@c.com\n4,NY,d@d.com\n5,TX,e@e.com\n6,ND,f@f.com\n", "state", nil, []any{"NA", "NA", "CA", "NY", "TX", "ND"}},
		"countries":               {"Record ID,Country,Email\n1,NA,NA\n2,US,NA\n3,FR,c@c.com\n4,NO,d@d.com\n5,DE,e@e.com\n6,NA,f@f.com\n", "country", nil, []any{nil, "US", "FR", "NO", "DE", nil}},
		"countries, all said":     {"Record ID,Country,Email\n1,NA,a@a.com\n2,US,NA\n3,FR,c@c.com\n4,NO,NO\n5,DE,NO\n6,NA,f@f.com\n", "country", nil, []any{"NA", "US", "FR", "NO", "DE", "NA"}},
		"of a file that does not": {"Record ID,Area,Email\n1,NA,a@a.com\n2,NA,b@b.com\n3,EMEA,c@c.com\n4,APAC,d@d.com\n5,EMEA,e@e.com\n6,LA,f@f.com\n", "area", nil, []any{"NA", "NA", "EMEA", "APAC", "EMEA", "LA"}},
	} {
		t.Run(name, func(t *testing.T) {
			db := storetest.Open(t)
			if c.options != nil {
				update(t, db, func(ctx context.Context, tx *store.Tx) error {
					return tx.AddField(ctx, fettle.Field{Entity: fettle.People, Key: c.field, Label: c.field, Type: fettle.Select, Options: c.options})
				})
			}
			importText(t, db, c.file, ingest.ImportOptions{CreateFields: true})
			got := make([]any, 6)
			for id, r := range records(t, db, fettle.People, 1, 2, 3, 4, 5, 6) {
				got[id-1] = r.Value(c.field)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestIDsThatAreNoneStayApart imports companies known by short codes, of which
// several have none: they are not one company.
func TestIDsThatAreNoneStayApart(t *testing.T) {
	db := storetest.Open(t)
	v := importText(t, db, "Ticker,Name\nIBM,IBM\nMSFT,Microsoft\nAAPL,Apple\nNA,Acme\nNA,Bolt\n",
		ingest.ImportOptions{Entity: fettle.Companies, Map: map[string]string{"Ticker": "external_id", "Name": "name"}})
	wantCounts(t, v, counts{Read: 5, Created: 5})
}
