package run

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"fettle"
	"fettle/store"
)

// chain says which enrichments a change came through before it opened a row,
// and how often each. It begins at a write from outside: of a person, an import,
// the API, a refresh.
type chain map[int64]int64

func readChain(s string) chain {
	c := chain{}
	for part := range strings.SplitSeq(s, ",") {
		id, n, ok := strings.Cut(part, ":")
		if !ok {
			continue
		}
		i, err1 := strconv.ParseInt(id, 10, 64)
		k, err2 := strconv.ParseInt(n, 10, 64)
		if err1 == nil && err2 == nil {
			c[i] = k
		}
	}
	return c
}

func (c chain) String() string {
	parts := make([]string, 0, len(c))
	for _, id := range slices.Sorted(maps.Keys(c)) {
		parts = append(parts, strconv.FormatInt(id, 10)+":"+strconv.FormatInt(c[id], 10))
	}
	return strings.Join(parts, ",")
}

// returns is how often the row of an enrichment came back within its chain.
func returns(r store.Row) int64 { return max(0, readChain(r.Chain)[r.EnrichmentID]-1) }

// back is a row whose write opens another: an enrichment's, about a record.
type back struct{ enrichment, record int64 }

// backs are, by the record whose row may be opened again, the rows whose writes
// changed what is asked about it. A write from outside begins a new chain.
type backs struct {
	of      map[int64][]back
	outside map[int64]bool
}

func newBacks() backs { return backs{of: map[int64][]back{}, outside: map[int64]bool{}} }

// note keeps who changed what is asked about a record: an enrichment, by what it
// wrote about a record (the company's, of a person).
func (b backs) note(record int64, c store.ChangeEvent) {
	if c.From.Kind != store.OriginEnrichment {
		b.outside[record] = true
		return
	}
	if x := (back{c.From.RefID, c.Record}); !slices.Contains(b.of[record], x) {
		b.of[record] = append(b.of[record], x)
	}
}

// chains reads the chains of the rows that are opened again.
func (b backs) chains(ctx context.Context, tx *store.Tx, self int64) (map[int64]string, error) {
	byEnrichment := map[int64][]int64{}
	for record, list := range b.of {
		if b.outside[record] {
			continue
		}
		for _, x := range list {
			if !slices.Contains(byEnrichment[x.enrichment], x.record) {
				byEnrichment[x.enrichment] = append(byEnrichment[x.enrichment], x.record)
			}
		}
	}
	rows := map[back]store.Row{}
	for _, id := range slices.Sorted(maps.Keys(byEnrichment)) {
		of, err := tx.RowsOf(ctx, id, byEnrichment[id])
		if err != nil {
			return nil, err
		}
		for record, r := range of {
			rows[back{id, record}] = r
		}
	}
	out := map[int64]string{}
	for record, list := range b.of {
		if b.outside[record] {
			continue
		}
		c := chain{}
		for _, x := range list {
			before := readChain(rows[x].Chain)
			before[x.enrichment] = cmp.Or(before[x.enrichment], 1) // a row from outside came once
			for id, n := range before {
				c[id] = max(c[id], n)
			}
		}
		c[self]++
		out[record] = c.String()
	}
	return out, nil
}

// readCompanyBacks notes which people's questions a company's change is part of.
func (f *following) readCompanyBacks(ctx context.Context, companies map[int64][]store.ChangeEvent) error {
	ids := slices.Sorted(maps.Keys(companies))
	for after := int64(0); len(ids) > 0; {
		links, err := f.tx.CompanyLinksAfter(ctx, ids, after, followPage)
		if err != nil {
			return err
		}
		for _, l := range links {
			after = l.Person
			for _, c := range companies[l.Company] {
				f.backs.note(l.Person, c)
			}
		}
		if len(links) < followPage {
			return nil
		}
	}
	return nil
}

// touchesCompany reports whether a change of a company is of what the
// enrichment asks about its people.
func (f *following) touchesCompany(c store.ChangeEvent) bool {
	return f.e.Entity == fettle.People && len(f.p.Company) > 0 && c.Entity == fettle.Companies
}
