package judge

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fettle"
	"fettle/identity"
	"fettle/ingest"
	"fettle/store"
)

// keyInput is a field that a question is made of and that identifies a record.
type keyInput struct {
	field   string
	company bool // of the person's company
}

// keysOnly gives the fields that a step's question is made of, if all of them are
// keys of the record or of its company. An id is its source's own.
func keysOnly(entity fettle.Entity, read *FieldSet) []keyInput {
	own := identity.KeyFields(entity, identity.Options{Phone: true})
	theirs := identity.KeyFields(fettle.Companies, identity.Options{})
	var out []keyInput
	for _, f := range slices.Sorted(maps.Keys(read.Own)) {
		if f == "external_id" || f == "country" || !slices.Contains(own, f) {
			return nil
		}
		out = append(out, keyInput{field: f})
	}
	for _, f := range slices.Sorted(maps.Keys(read.Company)) {
		if f == "external_id" || !slices.Contains(theirs, f) {
			return nil
		}
		out = append(out, keyInput{field: f, company: true})
	}
	return out
}

// text is the match key that a record's value in the field is.
func (in keyInput) text(entity fettle.Entity, k Facts) (string, bool) {
	if in.company {
		return ingest.FieldKey(fettle.Companies, in.field, k.values().CompanyValue(in.field))
	}
	return ingest.FieldKey(entity, in.field, k.values().Value(in.field))
}

// value is the record's value in the field.
func (in keyInput) value(k Facts) any {
	if in.company {
		return k.values().CompanyValue(in.field)
	}
	return k.values().Value(in.field)
}

// AsksKeysOnly reports whether a step's question is made of keys alone, so that
// it is of nobody in particular where they are shared.
func (p *Program) AsksKeysOnly() bool {
	return !p.Definition.AllowSharedKeys && slices.ContainsFunc(p.Steps, func(s Step) bool { return len(s.keys) > 0 })
}

// LookShared finds out which of the keys that questions are made of several
// records have.
func (p *Program) LookShared(ctx context.Context, tx *store.Tx, ks []Facts) error {
	if !p.AsksKeysOnly() {
		return nil
	}
	texts := map[string]bool{}
	for i := range p.Steps {
		for _, in := range p.Steps[i].keys {
			for _, k := range ks {
				if text, ok := in.text(p.Entity, k); ok {
					texts[text] = true
				}
			}
		}
	}
	if len(texts) == 0 {
		return nil
	}
	shared, err := tx.HowManyShare(ctx, slices.Sorted(maps.Keys(texts)))
	for i := range ks {
		ks[i].shared = shared
	}
	return err
}

// onlyShared says that a step's question is made of nothing but keys that other
// records have too; "" if it is not, or if that is allowed.
func (p *Program) onlyShared(k Facts, s *Step) string {
	if p.Definition.AllowSharedKeys || len(k.shared) == 0 {
		return ""
	}
	var said []string
	for _, in := range s.keys {
		if in.value(k) == nil {
			continue
		}
		text, ok := in.text(p.Entity, k)
		if n := k.shared[text]; ok && n > 1 {
			said = append(said, in.say(n))
			continue
		}
		return ""
	}
	return strings.Join(said, ", ")
}

func (in keyInput) say(n int64) string {
	whose := "its "
	if in.company {
		whose = "its company's "
	}
	return fmt.Sprintf("%s%s is shared by %d", whose, strings.TrimSuffix(in.field, "_url"), n)
}
