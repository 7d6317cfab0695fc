package ingest

import (
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/identity"
	"fettle/store"
)

// personNames are the fields of people that are derived of each other.
var personNames = [...]string{"name", "first_name", "last_name"}

// dryDerived stands for the origin of derived values in a dry run, which makes
// none.
const dryDerived = -1

// withNames adds the fields that a batch of people derives names of to those that
// it reads, and those by which their company is found. A workspace that deleted a
// name derives none.
func withNames(ctx context.Context, tx *store.Tx, entity fettle.Entity, fields []string) ([]string, bool, error) {
	name, company := anyOf(fields, personNames[:]), anyOf(fields, employerFields[:])
	if entity != fettle.People || !name && !company {
		return fields, false, nil
	}
	all, err := tx.Fields(ctx, entity)
	if err != nil {
		return nil, false, err
	}
	out := append([]string{}, fields...)
	for _, key := range employerFields {
		if _, ok := fieldByKey(all, key); ok && company {
			out = append(out, key)
		}
	}
	if !name {
		return out, false, nil
	}
	for n, key := range personNames {
		f, ok := fieldByKey(all, key)
		if !ok || f.Type != fettle.Text {
			return out[:len(out)-n], false, nil
		}
		out = append(out, key)
	}
	return out, true, nil
}

func anyOf(list, of []string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return slices.Contains(of, s) })
}

// isDerived reports whether the value of a record in a field was derived of others.
func (b *batch) isDerived(r *record, field string) bool {
	i, ok := b.index[field]
	return ok && r.Values[i] != nil && b.derivedKnown[r.origins.of(field)]
}

// deriveNames derives the names of the records that are written.
func (b *batch) deriveNames(ctx context.Context) error {
	if !b.derives {
		return nil
	}
	for _, r := range b.recs {
		if r.written {
			if err := b.deriveName(ctx, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// nameOwn is a name that a record has from elsewhere; cleared says that somebody
// took it away.
type nameOwn struct {
	text    string
	cleared bool
}

func (b *batch) ownName(r *record, field string) nameOwn {
	i := b.index[field]
	text, _ := r.Values[i].(string)
	_, named := r.origins.find(field)
	switch {
	case text == "":
		return nameOwn{cleared: named && !b.derivedKnown[r.origins.of(field)]}
	case b.isDerived(r, field):
		return nameOwn{}
	}
	return nameOwn{text: text}
}

// wantedNames says which names are to be derived, as far as they are not the
// record's own: the name of first and last name, or where that is certain these of
// the name.
func wantedNames(name, first, last nameOwn) [3]string {
	if name.text == "" {
		if first.text == "" || last.text == "" {
			return [3]string{}
		}
		return [3]string{identity.JoinName(first.text, last.text)}
	}
	f, l, ok := identity.SplitName(name.text)
	if !ok || (first.text != "" && first.text != f) || (last.text != "" && last.text != l) {
		return [3]string{}
	}
	return [3]string{"", f, l}
}

// deriveName derives the names of a record. What is derived the first time is an
// entry of its own in the change log, which opens no row.
func (b *batch) deriveName(ctx context.Context, r *record) error {
	own := [3]nameOwn{b.ownName(r, personNames[0]), b.ownName(r, personNames[1]), b.ownName(r, personNames[2])}
	wanted := wantedNames(own[0], own[1], own[2])
	origin, again := int64(0), false
	for n, field := range personNames {
		i := b.index[field]
		if own[n].text != "" {
			continue
		}
		var value any
		if wanted[n] != "" {
			value = wanted[n]
		}
		if equal(r.Values[i], value) || own[n].cleared {
			continue
		}
		if origin == 0 {
			var err error
			if origin, err = b.derivedOrigin(ctx); err != nil {
				return err
			}
		}
		again = again || r.Values[i] != nil
		b.set(r, write{column: i, value: value, valid: true, policy: fettle.OverwriteAll, blanks: true, origin: origin})
		if value == nil {
			r.origins.forget(field)
		}
	}
	if origin == 0 {
		return nil
	}
	text := b.changes(r)
	if r.created || text == "" {
		return nil // the values are part of the creation
	}
	if again {
		b.log(r, store.ChangeUpdate, 0, text)
		return nil
	}
	r.log = append(r.log, store.LoggedChange{Kind: store.ChangeUpdate, Origin: origin, Actor: b.actor, AtUS: b.now, Changes: text})
	return nil
}

// derivedOrigin is the origin of values that are derived today.
func (b *batch) derivedOrigin(ctx context.Context) (int64, error) {
	if b.derived != 0 {
		return b.derived, nil
	}
	id := int64(dryDerived)
	if !b.dry {
		var err error
		if id, err = b.tx.OriginID(ctx, store.DerivedToday(time.UnixMicro(b.now))); err != nil {
			return 0, err
		}
	}
	b.derived, b.derivedKnown[id] = id, true
	return id, nil
}

// DeriveNames derives the names of up to n people after an id, and finds companies
// by their e-mails: what a workspace gets that is older than derived values. It
// gives the id to go on after; 0 at the end.
func DeriveNames(ctx context.Context, tx *store.Tx, after int64, n int, now time.Time) (next int64, err error) {
	ids, err := tx.PeopleAfter(ctx, after, n)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	origin, err := tx.OriginID(ctx, store.DerivedToday(now))
	if err != nil {
		return 0, err
	}
	b, err := newBatch(ctx, tx, fettle.People, origin, fettle.System().Name, now, []string{"name", "email"})
	if err != nil || !b.derives {
		return 0, ignoreMissing(err)
	}
	if err := b.load(ctx, ids); err != nil {
		return 0, err
	}
	for _, r := range b.recs {
		if err := b.deriveName(ctx, r); err != nil {
			return 0, err
		}
		if r.CompanyKey == "" && r.Company == 0 && employerOf(b.valueOf(r)).domain != "" {
			r.relink, r.written = true, true
		}
	}
	return ids[len(ids)-1], b.finish(ctx)
}

// ignoreMissing lets a workspace be that deleted the field.
func ignoreMissing(err error) error {
	if fettle.CodeOf(err) == fettle.NotFound {
		return nil
	}
	return err
}
