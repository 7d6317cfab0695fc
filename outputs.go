package fettle

import (
	"bytes"
	"encoding/json"
)

// Output maps one output of an enrichment to the field that it fills.
type Output struct {
	Name  string // the step's output
	Field string // the record's field
}

// Outputs is the field mapping of an enrichment. Its order matters: the first
// output decides whether a step of a waterfall wins. In JSON and YAML it is an
// object, output name → field, and keeps its order.
type Outputs []Output

// Fields lists the fields that are filled, in order.
func (o Outputs) Fields() []string {
	out := make([]string, len(o))
	for i, x := range o {
		out[i] = x.Field
	}
	return out
}

// MarshalJSON writes an object in the order of the mapping.
func (o Outputs) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, x := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		k, err := json.Marshal(x.Name)
		if err != nil {
			return nil, err
		}
		v, err := json.Marshal(x.Field)
		if err != nil {
			return nil, err
		}
		b.Write(k)
		b.WriteByte(':')
		b.Write(v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads an object and keeps its order. It refuses an output that
// is mapped twice and anything but text.
func (o *Outputs) UnmarshalJSON(b []byte) error {
	bad := Errorf(Invalid, "outputs must map each output to a field").WithHint("Write outputs: {email: email}.")
	dec := json.NewDecoder(bytes.NewReader(b))
	t, err := dec.Token()
	if err != nil || t != json.Delim('{') {
		if string(b) == "null" {
			*o = nil
			return nil
		}
		return bad
	}
	out, seen := Outputs{}, map[string]bool{}
	for dec.More() {
		k, err := dec.Token()
		name, ok := k.(string)
		if err != nil || !ok {
			return bad
		}
		v, err := dec.Token()
		field, ok := v.(string)
		if err != nil || !ok {
			return bad
		}
		if seen[name] {
			return Errorf(Invalid, "the output %q is mapped twice", name).WithHint("Map each output to one field.")
		}
		seen[name] = true
		out = append(out, Output{Name: name, Field: field})
	}
	*o = out
	return nil
}
