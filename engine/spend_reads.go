package engine

import (
	"context"
	"maps"
	"slices"

	"fettle"
	"fettle/store"
)

// readReads finds which fields the enrichment and its audiences read.
func (x *tracing) readReads(ctx context.Context) error {
	if x.p == nil {
		return nil
	}
	env, err := x.e.judge.Env(ctx, x.tx, x.cur.Entity)
	if err != nil {
		return err
	}
	own := append(slices.Collect(maps.Keys(x.p.Inputs)), x.p.Fields...)
	company := slices.Clone(x.p.Company)
	for _, name := range x.cur.Definition.Audience {
		a, err := x.tx.Audience(ctx, name)
		if fettle.CodeOf(err) == fettle.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		f, err := env.Filter(a.Where)
		if err != nil {
			return nil //nolint:nilerr // a filter that cannot be read any more: anything may have let somebody in
		}
		own, company = append(own, f.Fields()...), append(company, f.CompanyFields()...)
	}
	if len(company) > 0 {
		own = append(own, "company_domain", "email") // they say whose company it is
	}
	x.reads = map[fettle.Entity][]string{fettle.Companies: company}
	x.reads[x.cur.Entity] = own
	return nil
}

// aside reports whether an entry changes nothing but fields that neither the
// enrichment nor its audiences read: it let nobody in.
func (x *tracing) aside(c store.ChangeEvent) bool {
	return c.Kind == store.ChangeUpdate && x.reads != nil && !slices.ContainsFunc(x.reads[c.Entity], c.Names)
}

// written is the newest entry that others wrote of a record, or of a person's
// company, before it was bought; of changed inputs only one that names an input,
// else one that names what is read, if there is one.
func (x *tracing) written(c store.Charge, inputs bool) (out store.ChangeEvent, fields []string, ok bool) {
	out, fields, ok = x.newest(c, func(entry store.ChangeEvent, named []string) bool {
		if inputs {
			return len(named) > 0 || entry.Kind == store.ChangeMerge
		}
		return len(named) > 0 || !x.aside(entry)
	})
	if !ok && !inputs {
		return x.newest(c, func(store.ChangeEvent, []string) bool { return true })
	}
	return out, fields, ok
}

// newest is the newest entry that counts, of those that others wrote of a record or
// its company before a charge; with the fields of it that are read.
func (x *tracing) newest(c store.Charge, counts func(entry store.ChangeEvent, named []string) bool) (out store.ChangeEvent, fields []string, ok bool) {
	for _, id := range []int64{c.Record, x.company[c.Record]} {
		for _, entry := range slices.Backward(x.log[id]) {
			own := entry.From.Kind == store.OriginEnrichment && entry.From.RefID == x.cur.ID
			if entry.AtUS > c.ReservedUS || own || entry.From.NoRun || entry.From.Kind == store.OriginDerived || id == 0 {
				continue
			}
			named := x.inputsOf(entry)
			if !counts(entry, named) {
				continue
			}
			if !ok || entry.AtUS > out.AtUS {
				out, fields, ok = entry, named, true
			}
			break
		}
	}
	return out, fields, ok
}
