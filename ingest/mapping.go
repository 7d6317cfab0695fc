package ingest

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"fettle"
	"fettle/identity"
	"fettle/source/csv"
	"fettle/store"
)

// mapping says which column of a table goes into which field.
type mapping struct {
	columns  []string       // all headings
	mapped   []target       // the columns that have a field
	at       map[string]int // field → its place in mapped
	rest     []int          // the others
	unmapped []string       // their headings
	habits   []habits       // aligned with mapped
	strict   bool           // a row with a bad value is rejected
	phoneKey bool           // a phone is a match key
	boss     bossColumns    // of a list of people
	create   []fettle.Field // fields that are not there yet
}

// target is a column and its field.
type target struct {
	column int
	field  fettle.Field
}

// mapColumns settles which column goes where. One of them must fit.
func mapColumns(ctx context.Context, tx *store.Tx, columns []string, first [][]string, opts ImportOptions) (mapping, error) {
	m, err := settle(ctx, tx, columns, first, opts)
	if err == nil && len(m.mapped) == 0 {
		err = fettle.Errorf(fettle.Invalid, "no column of the file fits a field of the %s", opts.Entity).
			WithHint(`Its columns are %s. Map some ("Column=field") or create fields for them.`, list(columns))
	}
	return m, err
}

// settle settles which column goes where: first what the caller says, then
// by name; where nothing tells the rows apart then, a column of ids by the first
// rows; then new fields if they are wanted.
func settle(ctx context.Context, tx *store.Tx, columns []string, first [][]string, opts ImportOptions) (mapping, error) {
	m := mapping{columns: columns}
	fields, err := tx.Fields(ctx, opts.Entity)
	if err != nil {
		return m, err
	}
	chosen, err := m.chosen(fields, opts)
	if err != nil {
		return m, err
	}
	var free []string
	for _, c := range columns {
		if _, said := opts.Map[c]; !said {
			free = append(free, c)
		}
	}
	unused := slices.DeleteFunc(slices.Clone(fields), func(f fettle.Field) bool {
		for _, g := range chosen {
			if g.Key == f.Key {
				return true
			}
		}
		return false
	})
	guessed := autoMap(free, unused, columns, first, opts.Entity)
	if err := m.rememberID(ctx, tx, guessed, chosen, free, opts.Entity); err != nil {
		return m, err
	}
	m.guessID(guessed, chosen, first, free, opts)
	named := nameCompany(guessed, unused, free, opts.Entity)
	for i, c := range columns {
		f, ok := chosen[c]
		if !ok {
			f, ok = fieldByKey(fields, guessed[c])
		}
		if _, said := opts.Map[c]; !ok && !said && opts.CreateFields {
			f, ok = newField(fields, m.create, opts.Entity, c, i, opts.types[c]), true
			if c == named {
				f.Key, f.Type, f.Currency = freeKey(fields, m.create, companyName, i), fettle.Text, ""
			}
			m.create = append(m.create, f)
		}
		if !ok {
			m.rest, m.unmapped = append(m.rest, i), append(m.unmapped, c)
			continue
		}
		m.mapped = append(m.mapped, target{i, f})
	}
	m.at = make(map[string]int, len(m.mapped))
	for i, t := range m.mapped {
		m.at[t.field.Key] = i
	}
	m.learn(first)
	m.findBoss(first, opts)
	m.strict, m.phoneKey = opts.Strict, opts.PhoneKey
	return m, nil
}

// guessID gives a column of ids to the external id, where no field that has a
// column tells records apart.
func (m *mapping) guessID(guessed map[string]string, chosen map[string]fettle.Field, first [][]string, free []string, opts ImportOptions) {
	keys := identity.KeyFields(opts.Entity, identity.Options{})
	for _, f := range chosen {
		if slices.Contains(keys, f.Key) {
			return
		}
	}
	for _, key := range guessed {
		if slices.Contains(keys, key) {
			return
		}
	}
	column := csv.GuessID(m.columns, first, func(c string) bool { return guessed[c] == "" && slices.Contains(free, c) })
	if column != "" {
		guessed[column] = "external_id"
	}
}

// keys are the mapped fields that tell records apart, strongest first.
func (m *mapping) keys(opts ImportOptions) []string {
	return slices.DeleteFunc(identity.KeyFields(opts.Entity, identity.Options{Phone: opts.PhoneKey}), func(key string) bool {
		_, mapped := m.at[key]
		return !mapped || key == "country" // which only serves the phone
	})
}

// chosen reads the caller's map: column → field.
func (m *mapping) chosen(fields []fettle.Field, opts ImportOptions) (map[string]fettle.Field, error) {
	out := map[string]fettle.Field{}
	taken := map[string]string{}
	for _, c := range slices.Sorted(maps.Keys(opts.Map)) {
		if !slices.Contains(m.columns, c) {
			return nil, fettle.Errorf(fettle.Invalid, "the file has no column %q", c).WithHint("Its columns are %s.", list(m.columns))
		}
		if opts.Map[c] == "" {
			continue
		}
		f, isNew, err := chooseField(fields, opts, c)
		if err != nil {
			return nil, err
		}
		if other, twice := taken[f.Key]; twice {
			return nil, fettle.Errorf(fettle.Invalid, "the columns %q and %q are both mapped to %s", other, c, f.Key).WithHint("Map one column to a field.")
		}
		taken[f.Key] = c
		out[c] = f
		if isNew {
			m.create = append(m.create, f)
		}
	}
	return out, nil
}

// chooseField reads "field" or "field:type".
func chooseField(fields []fettle.Field, opts ImportOptions, column string) (f fettle.Field, isNew bool, err error) {
	key, typeName, typed := strings.Cut(strings.TrimSpace(opts.Map[column]), ":")
	typeName, currency, _ := strings.Cut(typeName, ":") // currency:EUR
	fieldType := cmp.Or(opts.types[column].Type, fettle.Text)
	if typed {
		if fieldType, err = fettle.ParseFieldType(typeName); err != nil {
			return f, false, err
		}
	}
	if fieldType == fettle.Currency {
		currency = cmp.Or(currency, opts.types[column].Currency)
	}
	f, ok := fieldByKey(fields, key)
	switch {
	case ok && typed && f.Type != fieldType:
		return f, false, fettle.Errorf(fettle.Invalid, "the field %s is of type %s, not %s", key, f.Type, fieldType).WithHint("Map the column to %s without a type, or to another field.", key)
	case ok:
		return f, false, nil
	case !opts.CreateFields && !typed:
		return f, false, fettle.Errorf(fettle.Invalid, "the %s have no field %q", opts.Entity, key).
			WithHint("Make a field of it (--create-fields), or map the column %q to one of %s.", column, list(fieldKeys(fields))).With("field", key)
	}
	if err := fettle.CheckFieldKey(key); err != nil {
		return f, false, err
	}
	f = fettle.Field{Entity: opts.Entity, Key: key, Label: labelOf(column), Type: fieldType, Currency: currency}
	if err := f.CheckChoices(); err != nil {
		return f, false, fettle.AsError(err).WithHint("Write the currency behind the type: %q.", column+"="+key+":currency:EUR")
	}
	return f, true, nil
}

func fieldByKey(fields []fettle.Field, key string) (fettle.Field, bool) {
	i := slices.IndexFunc(fields, func(f fettle.Field) bool { return f.Key == key })
	if i < 0 {
		return fettle.Field{}, false
	}
	return fields[i], true
}

// list shows names in a message, as many as one reads.
func list(names []string) string {
	const most = 20
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// fields are the keys of the mapped fields.
func (m *mapping) fields() []string {
	out := make([]string, len(m.mapped))
	for i, t := range m.mapped {
		out[i] = t.field.Key
	}
	return out
}

// names is the mapping as it is kept: column → field.
func (m *mapping) names() map[string]string {
	out := make(map[string]string, len(m.mapped))
	for _, t := range m.mapped {
		out[m.columns[t.column]] = t.field.Key
	}
	return out
}

// row cleans a row of the table. A cell that cannot be a value of its field is
// set aside; under strict the row is rejected. It is rejected too if it says
// nothing.
func (m *mapping) row(line csv.Row) (Row, fettle.Reject) {
	if line.Reject != "" {
		return Row{}, fettle.Reject{Line: line.Line, Reason: line.Reject}
	}
	row, blank, reject := m.values(line)
	if reject.Reason != "" {
		return Row{}, reject
	}
	if blank {
		return Row{}, m.nothing(line, &row)
	}
	row.boss = m.bossOf(line)
	for _, i := range m.rest {
		if cell := strings.TrimSpace(line.Cells[i]); cell != "" {
			row.keep(m.columns[i], cell)
		}
	}
	return row, fettle.Reject{}
}

// values cleans the mapped cells of a row; blank says that none has a value.
func (m *mapping) values(line csv.Row) (row Row, blank bool, reject fettle.Reject) {
	row, blank = Row{Line: line.Line, Values: make([]any, len(m.mapped))}, true
	for i, t := range m.mapped {
		cell := line.Cells[t.column]
		if m.isBlank(i, cell) {
			row.blanks = append(row.blanks, i)
			continue
		}
		value, valid, err := m.clean(i, cell)
		if parts := m.several(i, cell, valid); parts != nil && err == nil {
			if m.strict && len(parts) > 1 {
				return Row{}, false, fettle.Reject{Line: line.Line, Field: t.field.Key, Reason: "the cell holds several values"}
			}
			cell = m.takeFirst(&row, i, cell, parts)
			value, valid, err = m.clean(i, cell)
		}
		if err != nil {
			if m.strict {
				return Row{}, false, fettle.Reject{Line: line.Line, Field: t.field.Key, Reason: reason(err)}
			}
			row.aside = append(row.aside, fettle.Aside{Line: line.Line, Column: m.columns[t.column], Field: t.field.Key, Value: strings.TrimSpace(cell), Reason: reason(err)})
			row.keep(m.columns[t.column], cell)
			continue
		}
		if !valid {
			if row.Invalid == nil {
				row.Invalid = make([]bool, len(m.mapped))
			}
			row.Invalid[i] = true
		}
		if kept, ok := value.(string); ok && keptAsWritten(t.field.Type) && kept != strings.TrimSpace(cell) {
			row.keep(m.columns[t.column], line.Cells[t.column])
		}
		row.Values[i] = value
		blank = blank && value == nil
	}
	return row, blank, fettle.Reject{}
}

// keptAsWritten reports whether of a cell of the type only the address or number is
// the value: the cell is kept besides.
func keptAsWritten(t fettle.FieldType) bool {
	return t == fettle.Domain || t == fettle.Email || t == fettle.Phone
}

// nothing is the reason of a row without a value.
func (m *mapping) nothing(line csv.Row, row *Row) fettle.Reject {
	if len(row.aside) > 0 {
		a := row.aside[0]
		return fettle.Reject{Line: line.Line, Field: a.Field, Reason: a.Reason}
	}
	return fettle.Reject{Line: line.Line, Reason: "no mapped column has a value"}
}

// keep keeps a cell as it was written, unless it is longer than any value.
func (r *Row) keep(column, cell string) {
	if len(cell) > fettle.MaxValueBytes {
		return
	}
	if r.Raw == nil {
		r.Raw = map[string]string{}
	}
	r.Raw[column] = cell
}

func reason(err error) string {
	e := fettle.AsError(err)
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + ". " + e.Hint
}

// maxRaw bounds what is kept of a rejected row; cells that do not fit are left out.
const maxRaw = 64 << 10

// rawText is a rejected row as JSON.
func (m *mapping) rawText(cells []string) string {
	raw := make(map[string]string, len(cells))
	size := 0
	for i, c := range cells {
		if c == "" || i >= len(m.columns) || size+len(c) > maxRaw {
			continue
		}
		size += len(c)
		raw[m.columns[i]] = c
	}
	b, err := json.Marshal(raw)
	if err != nil {
		return "{}"
	}
	return string(b)
}
