package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"fettle"
	"fettle/expr"
)

const fieldColumns = "entity, key, label, type, builtin, key_field, description, position, created_at_us, options, currency"

// table is the table of an entity's records.
func table(e fettle.Entity) string {
	if e == fettle.Companies {
		return "companies"
	}
	return "people"
}

// column quotes a field's key. Keys come from fields, never from a person.
func column(key string) string { return `"` + key + `"` }

// Fields lists the fields of an entity in the order in which they are shown.
// They are read once a transaction.
func (tx *Tx) Fields(ctx context.Context, entity fettle.Entity) ([]fettle.Field, error) {
	if fields, ok := tx.fields[entity]; ok {
		return slices.Clone(fields), nil
	}
	var out []fettle.Field
	err := tx.query(ctx, func(r *sql.Rows) error {
		var f fettle.Field
		var options string
		err := r.Scan(&f.Entity, &f.Key, &f.Label, &f.Type, &f.Builtin, &f.KeyField, &f.Description, &f.Position, &f.CreatedAtUS, &options, &f.Currency)
		if err == nil {
			f.Options, err = parseOptions(options)
		}
		out = append(out, f)
		return err
	}, "SELECT "+fieldColumns+" FROM fields WHERE entity = $1 ORDER BY position, key", string(entity))
	if err != nil {
		return nil, err
	}
	if tx.fields == nil {
		tx.fields = map[fettle.Entity][]fettle.Field{}
	}
	tx.fields[entity] = out
	return slices.Clone(out), nil
}

// Field finds a field by its key.
func (tx *Tx) Field(ctx context.Context, entity fettle.Entity, key string) (fettle.Field, error) {
	if _, err := tx.Fields(ctx, entity); err != nil {
		return fettle.Field{}, err
	}
	for _, f := range tx.fields[entity] {
		if f.Key == key {
			return f, nil
		}
	}
	return fettle.Field{}, fettle.Errorf(fettle.NotFound, "%s have no field %q", entity, key).
		WithHint("Create the field first, or use one of the fields that there are.").With("field", key)
}

// AddField makes a field and its column. A position of 0 puts it last. It
// refuses a key that is taken and more than fettle.MaxFields fields.
func (tx *Tx) AddField(ctx context.Context, f fettle.Field) error {
	if err := fettle.CheckFieldKey(f.Key); err != nil {
		return err
	}
	fields, err := tx.Fields(ctx, f.Entity)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(fields, func(g fettle.Field) bool { return g.Key == f.Key }) {
		return fettle.Errorf(fettle.Refused, "%s have a field %s already", f.Entity, f.Key).
			WithHint("Use that field, or choose another key.").With("field", f.Key)
	}
	if len(fields) >= fettle.MaxFields {
		return fettle.Errorf(fettle.Refused, "%s have %d fields already, which is the most", f.Entity, len(fields)).
			WithHint("Delete fields that nothing uses.").With("field", f.Key)
	}
	if f.Position == 0 {
		for _, g := range fields {
			f.Position = max(f.Position, g.Position)
		}
		f.Position++
	}
	if f.Label == "" {
		f.Label = f.Key
	}
	if err := tx.addColumn(ctx, f); err != nil {
		return err
	}
	return tx.insertField(ctx, f)
}

func (tx *Tx) addColumn(ctx context.Context, f fettle.Field) error {
	_, err := tx.exec(ctx, "ALTER TABLE "+table(f.Entity)+" ADD COLUMN "+column(f.Key)+" "+tx.db.d.columnType(strings.ToUpper(sqlType(f.Type))))
	return err
}

func (tx *Tx) dropColumn(ctx context.Context, entity fettle.Entity, key string) error {
	_, err := tx.exec(ctx, "ALTER TABLE "+table(entity)+" DROP COLUMN "+column(key))
	return err
}

func (tx *Tx) insertField(ctx context.Context, f fettle.Field) error {
	_, err := tx.exec(ctx, "INSERT INTO fields ("+fieldColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		string(f.Entity), f.Key, f.Label, string(f.Type), f.Builtin, f.KeyField, f.Description, f.Position, f.CreatedAtUS, optionsText(f.Options), f.Currency)
	delete(tx.fields, f.Entity)
	return err
}

// UpdateField writes label, description, position, whether it is a key field, and
// its options and currency. A field keeps its key and its type, but that text may
// become a select and a select text.
func (tx *Tx) UpdateField(ctx context.Context, f fettle.Field) error {
	n, err := tx.exec(ctx, "UPDATE fields SET label = $3, description = $4, position = $5, key_field = $6, type = $7, options = $8, currency = $9 WHERE entity = $1 AND key = $2",
		string(f.Entity), f.Key, f.Label, f.Description, f.Position, f.KeyField, string(f.Type), optionsText(f.Options), f.Currency)
	delete(tx.fields, f.Entity)
	if err == nil && n == 0 {
		_, err = tx.Field(ctx, f.Entity, f.Key)
	}
	return err
}

// Holding counts the records of which a field has a value, those that were merged
// into others too.
func (tx *Tx) Holding(ctx context.Context, entity fettle.Entity, key string) (n int64, err error) {
	if _, err := tx.Field(ctx, entity, key); err != nil {
		return 0, err
	}
	err = tx.get(ctx, []any{&n}, "SELECT count(*) FROM "+table(entity)+" WHERE "+column(key)+" IS NOT NULL")
	return n, err
}

// DropField deletes a field with its values. Built-in fields are refused;
// whether anything uses it is the caller's to check. SQLite writes the whole
// table anew.
func (tx *Tx) DropField(ctx context.Context, entity fettle.Entity, key string) error {
	f, err := tx.Field(ctx, entity, key)
	if err != nil {
		return err
	}
	if f.Builtin {
		return fettle.Errorf(fettle.Refused, "the field %s is built in", key).WithHint("Leave it blank if it is of no use.").With("field", key)
	}
	if err := tx.dropWords(ctx, entity, key); err != nil {
		return err
	}
	if err := tx.dropColumn(ctx, entity, key); err != nil {
		return err
	}
	_, err = tx.exec(ctx, "DELETE FROM fields WHERE entity = $1 AND key = $2", string(entity), key)
	delete(tx.fields, entity)
	return err
}

// types gives the types of the fields with these keys, in their order.
func (tx *Tx) types(ctx context.Context, entity fettle.Entity, keys []string) ([]fettle.FieldType, error) {
	out := make([]fettle.FieldType, len(keys))
	for i, key := range keys {
		if key == expr.Signals {
			out[i] = fettle.Text // readSignals reads them
			continue
		}
		of, source := expr.SourceField(key)
		if source {
			key = of
		}
		of, dispute := expr.DisputedField(key)
		if dispute {
			key = of
		}
		f, err := tx.Field(ctx, entity, key)
		if err != nil {
			return nil, err
		}
		switch out[i] = f.Type; {
		case source:
			out[i] = fettle.Text
		case dispute:
			out[i] = fettle.Boolean
		}
	}
	return out, nil
}
