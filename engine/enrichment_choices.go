package engine

import (
	"context"
	"maps"
	"slices"

	"fettle"
	"fettle/judge"
	"fettle/store"
)

// withChoices writes into the outputs of AI steps that fill selects which values
// there are, so that the model answers with one of them. An output that says so
// itself stays as it is. It is done when the definition is saved: a select that
// learns a value later changes no question that was asked, and a live enrichment
// keeps the values that it has.
func withChoices(ctx context.Context, tx *store.Tx, def fettle.Definition, old store.Enrichment) (fettle.Definition, error) {
	entity, err := judge.AudienceEntity(ctx, tx, def.Audience)
	if err != nil {
		return def, nil //nolint:nilerr // compiling it says why
	}
	fields, err := tx.Fields(ctx, entity)
	if err != nil {
		return def, err
	}
	for _, o := range def.Outputs {
		i := slices.IndexFunc(fields, func(f fettle.Field) bool { return f.Key == o.Field })
		if i < 0 || !fields[i].Type.Choices() || len(fields[i].Options) == 0 {
			continue
		}
		for n := range def.Steps {
			name := ownName(def.Steps[n], o.Name)
			var before any
			if old.State == fettle.Live && n < len(old.Definition.Steps) {
				before = old.Definition.Steps[n].Output[name]
			}
			property := withOptions(def.Steps[n].Output[name], before, fields[i])
			if property == nil {
				continue
			}
			def.Steps = slices.Clone(def.Steps)
			def.Steps[n].Output = maps.Clone(def.Steps[n].Output)
			def.Steps[n].Output[name] = property
		}
	}
	return def, nil
}

// ownName is how a step itself names an output of the enrichment.
func ownName(s fettle.Step, output string) string {
	for own, as := range s.Outputs {
		if as == output {
			return own
		}
	}
	return output
}

// withOptions gives the schema of an output with the values of its field; nil
// where it stays as it is.
func withOptions(property, before any, f fettle.Field) map[string]any {
	p, ok := property.(map[string]any)
	if !ok {
		return nil
	}
	was, _ := before.(map[string]any)
	options := make([]any, len(f.Options))
	for i, o := range f.Options {
		options[i] = o
	}
	out := maps.Clone(p)
	switch p["type"] {
	case "string":
		if p["enum"] != nil || p["const"] != nil {
			return nil
		}
		if out["enum"] = any(options); was["enum"] != nil {
			out["enum"] = was["enum"]
		}
	case "array":
		items, ok := p["items"].(map[string]any)
		if !ok || items["type"] != "string" || items["enum"] != nil {
			return nil
		}
		items = maps.Clone(items)
		items["enum"] = options
		if wasItems, _ := was["items"].(map[string]any); wasItems["enum"] != nil {
			items["enum"] = wasItems["enum"]
		}
		out["items"] = items
	default:
		return nil
	}
	return out
}
