package ingest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// origins says where each value of a record came from: base for the fields
// that are not named. A blank field that is named was cleared by that origin.
type origins struct {
	base  int64
	named []fieldOrigin // sorted by field
}

type fieldOrigin struct {
	field string
	id    int64
}

// parseOrigins reads the form that text writes, and any other JSON of the same
// meaning, slower.
func parseOrigins(s string) (origins, error) {
	if o, ok := parseOwn(s); ok {
		return o, nil
	}
	m := map[string]int64{}
	if err := json.Unmarshal([]byte(s), &m); err != nil {
		return origins{}, err
	}
	o := origins{base: m[""]}
	for _, field := range slices.Sorted(maps.Keys(m)) {
		if field != "" {
			o.named = append(o.named, fieldOrigin{field, m[field]})
		}
	}
	return o, nil
}

// parseOwn reads exactly what text writes: {"":3,"email":17}, sorted.
func parseOwn(s string) (o origins, ok bool) {
	s, ok = strings.CutSuffix(s, "}")
	if !ok || !strings.HasPrefix(s, `{"":`) || strings.ContainsAny(s, " \\") {
		return o, false
	}
	for i, part := range strings.Split(s[1:], ",") {
		quoted, digits, ok := strings.Cut(part, ":")
		if !ok || len(quoted) < 2 || quoted[0] != '"' || quoted[len(quoted)-1] != '"' {
			return o, false
		}
		field := quoted[1 : len(quoted)-1]
		id, err := strconv.ParseInt(digits, 10, 64)
		switch {
		case err != nil, (i == 0) != (field == ""):
			return o, false
		case i == 0:
			o.base = id
		case len(o.named) > 0 && o.named[len(o.named)-1].field >= field:
			return o, false
		default:
			o.named = append(o.named, fieldOrigin{field, id})
		}
	}
	return o, true
}

// of is the origin of a field's value.
func (o *origins) of(field string) int64 {
	if i, ok := o.find(field); ok {
		return o.named[i].id
	}
	return o.base
}

// put sets the origin of a field. What equals the base need not be named,
// unless the field was cleared.
func (o *origins) put(field string, id int64, cleared bool) {
	i, ok := o.find(field)
	switch {
	case id == o.base && !cleared:
		if ok {
			o.named = slices.Delete(o.named, i, i+1)
		}
	case ok:
		o.named[i].id = id
	default:
		o.named = slices.Insert(o.named, i, fieldOrigin{field, id})
	}
}

func (o *origins) find(field string) (int, bool) {
	return slices.BinarySearchFunc(o.named, field, func(f fieldOrigin, s string) int { return strings.Compare(f.field, s) })
}

// text is the JSON form: {"":3,"email":17}.
func (o *origins) text() string {
	buf := append(make([]byte, 0, 16+24*len(o.named)), `{"":`...)
	buf = strconv.AppendInt(buf, o.base, 10)
	for _, f := range o.named {
		buf = append(appendText(append(buf, ','), f.field), ':')
		buf = strconv.AppendInt(buf, f.id, 10)
	}
	return string(append(buf, '}'))
}

// invalid marks are kept as ",email,phone,", sorted.

func isInvalid(list, field string) bool {
	return list != "" && strings.Contains(list, ","+field+",")
}

// markInvalid adds a field to the list or takes it away.
func markInvalid(list, field string, on bool) string {
	if isInvalid(list, field) == on {
		return list
	}
	fields := slices.DeleteFunc(strings.Split(list, ","), func(s string) bool { return s == "" || s == field })
	if on {
		fields = append(fields, field)
		slices.Sort(fields)
	}
	if len(fields) == 0 {
		return ""
	}
	return "," + strings.Join(fields, ",") + ","
}

// forget makes a field like one that never had a value.
func (o *origins) forget(field string) {
	if i, ok := o.find(field); ok {
		o.named = slices.Delete(o.named, i, i+1)
	}
}
