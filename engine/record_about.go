package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/ingest"
	"fettle/store"
)

const (
	relatedPeople = 50
	aboutNotes    = 200
)

// RecordAbout tells what a record has to do with.
func (e *Engine) RecordAbout(ctx context.Context, actor fettle.Actor, id int64) (fettle.AboutView, error) {
	v := fettle.AboutView{Audiences: []fettle.AboutAudience{}, Keys: []fettle.RecordKey{}, Notes: []fettle.NoteEntry{}}
	if err := actor.Require(fettle.Viewer, "see records"); err != nil {
		return v, err
	}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		r, _, err := findRecord(ctx, tx, id)
		if err != nil {
			return err
		}
		v = fettle.AboutView{ID: r.ID, Audiences: []fettle.AboutAudience{}, Keys: []fettle.RecordKey{}}
		if err := readRelated(ctx, tx, &v, r); err != nil {
			return err
		}
		if err := e.memberships(ctx, tx, r, &v); err != nil {
			return err
		}
		if v.Cost, err = recordCost(ctx, tx, r.ID); err != nil {
			return err
		}
		if err := readKeys(ctx, tx, &v); err != nil {
			return err
		}
		v.Notes, err = notesOf(ctx, tx, r.ID)
		return err
	})
	return v, err
}

func related(r *store.Record) fettle.RelatedRecord {
	text := func(field string) string {
		s, _ := r.Value(field).(string)
		return s
	}
	return fettle.RelatedRecord{ID: r.ID, Name: text("name"), Title: text("title"), Email: text("email")}
}

// readRelated reads the company of a person, or the people of a company.
func readRelated(ctx context.Context, tx *store.Tx, v *fettle.AboutView, r *store.Record) error {
	if r.Entity() == fettle.People {
		if r.CompanyID == 0 {
			return nil
		}
		found, err := tx.Records(ctx, fettle.Companies, []int64{r.CompanyID}, []string{"name"}, nil)
		if err == nil && len(found) == 1 {
			c := related(found[0])
			v.Company = &c
		}
		return err
	}
	where := expr.Fragment{Text: "r.company_id = $1", Args: []any{r.ID}}
	shown := []string{"name", "title", "email"} // built in: no one deletes them
	page, _, err := tx.Page(ctx, store.Query{Entity: fettle.People, Where: where, Fields: shown, Limit: relatedPeople})
	if err != nil {
		return err
	}
	v.People = &fettle.RelatedPeople{Items: []fettle.RelatedRecord{}}
	for _, p := range page {
		v.People.Items = append(v.People.Items, related(p))
	}
	v.People.Total, err = tx.Count(ctx, fettle.People, where)
	return err
}

// memberships finds the audiences that a record is in.
func (e *Engine) memberships(ctx context.Context, tx *store.Tx, r *store.Record, v *fettle.AboutView) error {
	all, err := tx.Audiences(ctx)
	if err != nil {
		return err
	}
	env, err := e.judge.Env(ctx, tx, r.Entity())
	if err != nil {
		return err
	}
	var filters []*expr.Filter
	var fields, company []string
	all = slices.DeleteFunc(all, func(a fettle.Audience) bool { return a.Builtin || a.Entity != r.Entity() })
	for _, a := range all {
		f, err := env.Filter(a.Where)
		if err != nil {
			return err
		}
		filters = append(filters, f)
		fields, company = append(fields, f.Fields()...), append(company, f.CompanyFields()...)
	}
	slices.Sort(fields)
	slices.Sort(company)
	read, err := tx.Records(ctx, r.Entity(), []int64{r.ID}, slices.Compact(fields), slices.Compact(company))
	if err != nil || len(read) == 0 {
		return err
	}
	now := time.Now()
	for i, a := range all {
		why, err := filters[i].Explain(read[0], now)
		if err != nil {
			return err
		}
		if why.True {
			v.Audiences = append(v.Audiences, fettle.AboutAudience{Name: a.Name, Label: cmp.Or(a.Label, a.Name), Why: holding(why)})
		}
	}
	return nil
}

// holding are the clauses by which a record is in an audience.
func holding(why expr.Explanation) []string {
	out := []string{}
	for _, c := range why.Clauses {
		if c.True {
			out = append(out, c.Text)
		}
	}
	if len(out) == 0 || len(out) == len(why.Clauses) {
		return []string{why.Text}
	}
	return out
}

// recordCost adds up what a record has cost.
func recordCost(ctx context.Context, tx *store.Tx, id int64) (fettle.RecordCostView, error) {
	v := fettle.RecordCostView{ByEnrichment: []fettle.CostOfPart{}, ByField: []fettle.CostOfField{}}
	costs, err := tx.RecordCosts(ctx, id)
	if err != nil || len(costs) == 0 {
		return v, err
	}
	names, err := enrichmentNames(ctx, tx)
	if err != nil {
		return v, err
	}
	byField := map[string]fettle.Credits{}
	for _, c := range costs {
		v.Credits, v.Calls = v.Credits+c.Credits, v.Calls+c.Calls
		name := names[c.Enrichment]
		if i := slices.IndexFunc(v.ByEnrichment, func(p fettle.CostOfPart) bool { return p.Enrichment == name }); i >= 0 {
			v.ByEnrichment[i].Calls, v.ByEnrichment[i].Credits = v.ByEnrichment[i].Calls+c.Calls, v.ByEnrichment[i].Credits+c.Credits
		} else {
			v.ByEnrichment = append(v.ByEnrichment, fettle.CostOfPart{Enrichment: name, Calls: c.Calls, Credits: c.Credits})
		}
		if len(c.Fields) == 0 {
			byField[""] += c.Credits
		}
		for i, f := range c.Fields {
			byField[f] += c.Each
			if i == 0 {
				byField[f] += c.Rest
			}
		}
	}
	for f, credits := range byField {
		v.ByField = append(v.ByField, fettle.CostOfField{Field: f, Credits: credits})
	}
	slices.SortFunc(v.ByEnrichment, func(a, b fettle.CostOfPart) int {
		return cmp.Or(cmp.Compare(b.Credits, a.Credits), cmp.Compare(a.Enrichment, b.Enrichment))
	})
	slices.SortFunc(v.ByField, func(a, b fettle.CostOfField) int {
		return cmp.Or(cmp.Compare(b.Credits, a.Credits), cmp.Compare(a.Field, b.Field))
	})
	return v, nil
}

// readKeys reads what a record is known again by.
func readKeys(ctx context.Context, tx *store.Tx, v *fettle.AboutView) error {
	own, err := tx.KeysOf(ctx, []int64{v.ID})
	if err != nil {
		return err
	}
	shared, err := tx.SharedBy(ctx, []int64{v.ID})
	if err != nil {
		return err
	}
	for _, k := range own[v.ID] {
		v.Keys = append(v.Keys, fettle.RecordKey{Key: ingest.KeyName(k)})
	}
	for _, k := range shared[v.ID] {
		v.Keys = append(v.Keys, fettle.RecordKey{Key: ingest.KeyName(k), Shared: true})
	}
	return nil
}
