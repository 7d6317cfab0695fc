package engine

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/identity"
	"fettle/ingest"
	"fettle/internal/asread"
	"fettle/internal/nearest"
	"fettle/store"
)

// Fields lists the fields of an entity in the order in which they are shown.
func (e *Engine) Fields(ctx context.Context, actor fettle.Actor, entity fettle.Entity) ([]fettle.Field, error) {
	if err := actor.Require(fettle.Viewer, "see fields"); err != nil {
		return nil, err
	}
	if _, err := fettle.ParseEntity(string(entity)); err != nil {
		return nil, err
	}
	var out []fettle.Field
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		out, err = tx.Fields(ctx, entity)
		return err
	})
	for i := range out {
		out[i].ETag = asread.Tag(out[i])
	}
	return out, err
}

// AddField makes a field: a column of its entity.
func (e *Engine) AddField(ctx context.Context, actor fettle.Actor, f fettle.Field) (fettle.Field, error) {
	if err := actor.Require(fettle.Editor, "add fields"); err != nil {
		return f, err
	}
	if err := checkField(f); err != nil {
		return f, err
	}
	if err := f.CheckChoices(); err != nil { // trims them
		return f, err
	}
	err := e.db.Update(ctx, func(tx *store.Tx) (err error) {
		f, err = addField(ctx, tx, actor, f)
		return err
	})
	e.fieldsChanged()
	return f, err
}

// fieldsChanged makes what was compiled against the fields or the audiences
// be compiled anew.
func (e *Engine) fieldsChanged() {
	e.worker.Changed()
	e.events.Publish("records", "")
}

func checkField(f fettle.Field) error {
	if _, err := fettle.ParseEntity(string(f.Entity)); err != nil {
		return err
	}
	if _, err := fettle.ParseFieldType(string(f.Type)); err != nil {
		return err
	}
	if err := checkChoices(&f); err != nil {
		return err
	}
	return fettle.CheckFieldKey(f.Key)
}

func addField(ctx context.Context, tx *store.Tx, actor fettle.Actor, f fettle.Field) (fettle.Field, error) {
	f.Builtin, f.CreatedAtUS = false, time.Now().UnixMicro()
	if err := tx.AddField(ctx, f); err != nil {
		return f, err
	}
	if err := tx.Act(ctx, actor, "field.add", string(f.Entity)+"."+f.Key, string(f.Type)); err != nil {
		return f, err
	}
	return tx.Field(ctx, f.Entity, f.Key)
}

// UpdateField changes a field's label, description and whether it is a key
// field. A position of 0 leaves it in its place; no options and no currency leave
// those. Its type cannot be changed, but that text may become a select, and a
// select text.
func (e *Engine) UpdateField(ctx context.Context, actor fettle.Actor, f fettle.Field) (fettle.Field, error) {
	if err := actor.Require(fettle.Editor, "change fields"); err != nil {
		return f, err
	}
	var before, after fettle.Field
	err := e.db.Update(ctx, func(tx *store.Tx) (err error) {
		if err = unchanged(ctx, tx, asread.Field, string(f.Entity)+"/"+f.Key); err != nil {
			return err
		}
		if before, err = tx.Field(ctx, f.Entity, f.Key); err == nil {
			after, err = updateField(ctx, tx, f)
		}
		return err
	})
	if err != nil {
		return f, err
	}
	f = after
	if before.Type != f.Type || !slices.Equal(before.Options, f.Options) {
		err = e.remark(ctx, f, false)
	}
	e.fieldsChanged()
	return f, err
}

func updateField(ctx context.Context, tx *store.Tx, f fettle.Field) (fettle.Field, error) {
	now, err := tx.Field(ctx, f.Entity, f.Key)
	if err != nil {
		return f, err
	}
	if f.Type != "" && f.Type != now.Type {
		if !mayBecome(now, f.Type) {
			return f, retyped(now, f.Type)
		}
		now.Type = f.Type
		if !now.Type.Choices() {
			now.Options = nil
		}
	}
	if f.Options != nil {
		now.Options = f.Options
	}
	if f.Currency != "" {
		now.Currency = f.Currency
	}
	if err := checkChoices(&now); err != nil {
		return f, err
	}
	now.Label, now.Description, now.KeyField = f.Label, f.Description, f.KeyField
	if now.Label == "" {
		now.Label = now.Key
	}
	if f.Position != 0 {
		now.Position = f.Position
	}
	return now, tx.UpdateField(ctx, now)
}

// mayBecome reports whether a field's values stay what they are in another type.
func mayBecome(f fettle.Field, to fettle.FieldType) bool {
	kept := func(t fettle.FieldType) bool { return t == fettle.Text || t.Choices() }
	return !f.Builtin && kept(f.Type) && kept(to)
}

func checkChoices(f *fettle.Field) error {
	if err := f.CheckChoices(); err != nil || f.Type != fettle.Currency {
		return err
	}
	return identity.CheckCurrency(f.Currency)
}

// remark looks again at which values of a select are known, after its options
// changed; marked leaves it at the values that were not known.
func (e *Engine) remark(ctx context.Context, f fettle.Field, marked bool) error {
	if !f.Type.Choices() && f.Type != fettle.Text {
		return nil
	}
	for after, more := int64(0), true; more; more = after != 0 {
		if err := e.db.Update(ctx, func(tx *store.Tx) (err error) {
			now, err := tx.Field(ctx, f.Entity, f.Key)
			if err == nil {
				after, err = ingest.Remark(ctx, tx, now, after, marked)
			}
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// learned takes the marks off values that selects have learned.
func (e *Engine) learned(ctx context.Context, entity fettle.Entity, news []fettle.NewValues) error {
	for _, n := range news {
		if !n.Created {
			continue
		}
		if err := e.remark(ctx, fettle.Field{Entity: entity, Key: n.Field, Type: fettle.Select}, true); err != nil {
			return err
		}
	}
	return nil
}

func retyped(f fettle.Field, to fettle.FieldType) *fettle.Error {
	return fettle.Errorf(fettle.Refused, "%s.%s is of type %s and cannot become %s", f.Entity, f.Key, f.Type, to).
		WithHint("Add a field of the new type under another key.").With("field", f.Key).With("key", "type")
}

// DeleteField deletes a field with its values. It is refused while audiences or
// enrichments use it, which the error lists.
func (e *Engine) DeleteField(ctx context.Context, actor fettle.Actor, entity fettle.Entity, key string) error {
	err := e.db.Update(ctx, func(tx *store.Tx) error { return e.deleteField(ctx, tx, actor, entity, key) })
	if err == nil {
		e.fieldsChanged()
	}
	return err
}

func (e *Engine) deleteField(ctx context.Context, tx *store.Tx, actor fettle.Actor, entity fettle.Entity, key string) error {
	if err := actor.Require(fettle.Editor, "delete fields"); err != nil {
		return err
	}
	if _, err := tx.Field(ctx, entity, key); err != nil {
		return err
	}
	users, err := e.fieldUsers(ctx, tx, entity, key)
	if err != nil {
		return err
	}
	if len(users) > 0 {
		return fettle.Errorf(fettle.Refused, "the field %s is used by %s", key, strings.Join(users, ", ")).
			WithHint("Change or delete them first.").With("field", key).With("users", users)
	}
	if err := tx.DropField(ctx, entity, key); err != nil {
		return err
	}
	return tx.Act(ctx, actor, "field.delete", string(entity)+"."+key, "")
}

// fieldUsers lists the audiences whose filter reads a field, the enrichments
// that read or fill it, the signal rules that look at it, the destinations that send
// it, the channels that tell by it whose a record is, and everybody's views by it.
func (e *Engine) fieldUsers(ctx context.Context, tx *store.Tx, entity fettle.Entity, key string) ([]string, error) {
	var users []string
	audiences, err := tx.Audiences(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range audiences {
		uses, err := e.filterReads(ctx, tx, a.Entity, a.Where, entity, key)
		if err != nil {
			return nil, err
		}
		if uses {
			users = append(users, "audience "+a.Name)
		}
	}
	enrichments, err := tx.Enrichments(ctx)
	if err != nil {
		return nil, err
	}
	for _, x := range enrichments {
		// One that cannot be compiled now, say for want of its provider, is
		// judged by its text.
		text, err := json.Marshal(x.Definition)
		if err != nil {
			return nil, err
		}
		p, err := e.judge.Compile(ctx, tx, x.ID, x.Name, x.Version, x.Definition)
		uses := err != nil && mentions(string(text), key)
		if err == nil {
			uses = reads(x.Entity, entity, key, p.Fields, p.Company)
		}
		if uses {
			users = append(users, "enrichment "+x.Name)
		}
	}
	rules, err := rulesReading(ctx, tx, fettle.Field{Entity: entity, Key: key})
	for _, name := range rules {
		users = append(users, "signal rule "+name)
	}
	if err != nil {
		return nil, err
	}
	destinations, err := e.Destinations.Users(ctx, tx, "", entity, key)
	for _, name := range destinations {
		users = append(users, "destination "+name)
	}
	if err != nil {
		return nil, err
	}
	channels, err := tx.Channels(ctx)
	for _, ch := range channels {
		if ch.OwnerField == key {
			users = append(users, "channel "+ch.Name)
		}
	}
	if err != nil {
		return nil, err
	}
	views, err := e.viewsReading(ctx, tx, entity, key)
	return append(users, views...), err
}

// viewsReading lists everybody's views that are narrowed, sorted or grouped by a
// field: without it they could not be read. What one person alone has keeps no field,
// since nobody else sees it.
func (e *Engine) viewsReading(ctx context.Context, tx *store.Tx, entity fettle.Entity, key string) (users []string, err error) {
	all, err := tx.SharedViews(ctx)
	if err != nil {
		return nil, err
	}
	for _, v := range all {
		var look fettle.Look
		if err := json.Unmarshal([]byte(v.Look), &look); err != nil {
			return nil, err
		}
		uses, err := e.filterReads(ctx, tx, v.Entity, look.Where, entity, key)
		if err != nil {
			return nil, err
		}
		if uses || v.Entity == entity && (look.Sort == key || look.Group == key) {
			users = append(users, "view "+v.Name)
		}
	}
	return users, nil
}

// filterReads reports whether a filter over records of one entity reads a field. One
// that cannot be compiled now is judged by its text.
func (e *Engine) filterReads(ctx context.Context, tx *store.Tx, over fettle.Entity, where string, entity fettle.Entity, key string) (bool, error) {
	env, err := e.judge.Env(ctx, tx, over)
	if err != nil {
		return false, err
	}
	f, err := env.Filter(where)
	if err != nil {
		return mentions(where, key), nil //nolint:nilerr // it is broken already
	}
	return reads(over, entity, key, f.Fields(), f.CompanyFields()), nil
}

// reads reports whether an expression over records of one entity reads a field
// of an entity.
func reads(over, entity fettle.Entity, key string, own, company []string) bool {
	return over == entity && slices.Contains(own, key) || over == fettle.People && entity == fettle.Companies && slices.Contains(company, key)
}

func mentions(text, key string) bool {
	return regexp.MustCompile(`\b` + regexp.QuoteMeta(key) + `\b`).MatchString(text)
}

// checkFields refuses keys that are no fields, with the nearest one. None
// means all.
func checkFields(ctx context.Context, tx *store.Tx, entity fettle.Entity, keys []string) ([]fettle.Field, error) {
	all, err := tx.Fields(ctx, entity)
	if err != nil || len(keys) == 0 {
		return all, err
	}
	out := make([]fettle.Field, 0, len(keys))
	for _, key := range keys {
		i := slices.IndexFunc(all, func(f fettle.Field) bool { return f.Key == key })
		if i < 0 {
			return nil, noField(entity, key, all)
		}
		out = append(out, all[i])
	}
	return out, nil
}

func noField(entity fettle.Entity, key string, all []fettle.Field) *fettle.Error {
	known := make([]string, len(all))
	for i, f := range all {
		known[i] = f.Key
	}
	err := fettle.Errorf(fettle.Invalid, "%s have no field %q", entity, key).With("field", key)
	if near := nearest.Of(key, known); near != "" {
		return err.WithHint("Did you mean %s?", near).With("nearest", near)
	}
	return err.WithHint("Create the field first, or use one of: %s.", strings.Join(known, ", "))
}
