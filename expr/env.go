package expr

import (
	"maps"
	"slices"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/parser"

	"fettle"
)

// Record gives an expression its values, in their Go form (fettle.Day's file
// lists them); nil is blank.
type Record interface {
	// Value is the record's value in a field, when it was made or changed
	// (CreatedAt, UpdatedAt), where a value comes from (SourceOf), or its signals
	// (Signals, LatestSignal).
	Value(key string) any
	// CompanyValue is the value in a field of the person's company, or its
	// signals; nil if the person has none.
	CompanyValue(key string) any
	// Status is what the provider of the record's value in a field said of it,
	// one of fettle.Statuses as a string; nil where nothing was said.
	Status(key string) any
}

// Limits of an expression. They bound what a person can write and what the
// databases then have to parse, far above real use.
const (
	MaxSourceBytes   = 16 << 10
	MaxTemplateBytes = 256 << 10
	maxDepth         = 80
	maxSQLBytes      = 128 << 10
)

// Env holds the fields that expressions over one entity may read. It is safe
// for concurrent use.
type Env struct {
	entity  fettle.Entity
	fields  map[string]fettle.Field
	company map[string]fettle.Field // nil for companies
	parser  *parser.Parser
	islands func() (*cel.Env, error) // made when the first island is
	signal  bool                     // signal is the one that a row is about
	changes bool                     // over a record that changes: see Changes
	lists   bool                     // for lists of records alone: see Lists
}

// NewEnv makes the environment of an entity. Company fields are given for
// people only.
func NewEnv(entity fettle.Entity, fields, company []fettle.Field) (*Env, error) {
	if entity != fettle.People && company != nil {
		return nil, fettle.Errorf(fettle.Internal, "expressions over %s have no company fields", entity)
	}
	own, err := index(fields)
	if err != nil {
		return nil, err
	}
	theirs, err := index(company)
	if err != nil {
		return nil, err
	}
	p, err := newParser(macros(parser.AllMacros))
	if err != nil {
		return nil, err
	}
	return &Env{entity: entity, fields: own, company: theirs, parser: p, islands: sync.OnceValues(newIslandEnv)}, nil
}

// index refuses keys that could not stand quoted in SQL.
func index(fields []fettle.Field) (map[string]fettle.Field, error) {
	m := make(map[string]fettle.Field, len(fields))
	for _, f := range fields {
		if !fettle.IsFieldKey(f.Key) { // one that has become a reserved word since stays a field
			return nil, fettle.CheckFieldKey(f.Key)
		}
		if _, dup := m[f.Key]; dup {
			return nil, fettle.Errorf(fettle.Internal, "the field %q is given twice", f.Key)
		}
		m[f.Key] = f
	}
	return m, nil
}

// unknownField says that a name is no field, and which was probably meant.
func (e *Env) unknownField(name string, company bool) *fettle.Error {
	own, prefix, of := e.fields, "", string(e.entity)
	if company {
		own, prefix, of = e.company, "company.", string(fettle.Companies)
	}
	err := fettle.Errorf(fettle.Invalid, "%s have no field %q", of, name).With("field", prefix+name)
	if near := nearest(name, own); near != "" {
		return err.WithHint("Did you mean %s%s?", prefix, near)
	}
	if _, ok := e.company[name]; ok && !company {
		return err.WithHint("Did you mean company.%s?", name)
	}
	if !company {
		return err.WithHint("Create the field first; to compare with text, write it in quotes: %q.", name)
	}
	return err.WithHint("Create the field on companies first.")
}

// nearest finds the key with the fewest edits, if they are few.
func nearest[V any](name string, known map[string]V) string {
	best, bestAt := "", max(1, len(name)/3)+1
	for _, key := range slices.Sorted(maps.Keys(known)) {
		if d := distance(name, key); d < bestAt {
			best, bestAt = key, d
		}
	}
	return best
}

// distance counts the edits between two names; swapped neighbours are one.
func distance(a, b string) int {
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range len(a) {
		cur[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			cur[j+1] = min(prev[j]+cost, prev[j+1]+1, cur[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				cur[j+1] = min(cur[j+1], prev2[j-1]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
