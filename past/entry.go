package past

import (
	"encoding/json"
	"fmt"
	"time"

	"fettle"
)

// Change is one field's change as an entry of the change log holds it.
type Change struct {
	Old, New json.RawMessage
	Origin   int64         // of the old value; 0 if it was blank
	Status   fettle.Status // of the old value; "" if it had none
}

// UnmarshalJSON reads [old, new], [old, new, origin of old] or [old, new, origin
// of old, status of old].
func (c *Change) UnmarshalJSON(b []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(b, &parts); err != nil {
		return err
	}
	if len(parts) < 2 {
		return fmt.Errorf("a change with %d parts", len(parts))
	}
	c.Old, c.New = parts[0], parts[1]
	if len(parts) > 3 {
		if err := json.Unmarshal(parts[3], &c.Status); err != nil {
			return err
		}
	}
	if len(parts) > 2 {
		return json.Unmarshal(parts[2], &c.Origin)
	}
	return nil
}

// Changes reads the changes of an entry of the log, by field.
func Changes(text string) (map[string]Change, error) {
	out := map[string]Change{}
	if text == "" {
		return out, nil
	}
	err := json.Unmarshal([]byte(text), &out)
	return out, err
}

// CompanyField is the key under which entries note which company a person has.
const CompanyField = "company_id"

// Company reads a company's id from a change of it; 0 for none.
func Company(raw json.RawMessage) int64 {
	var id float64
	if json.Unmarshal(raw, &id) != nil {
		return 0
	}
	return int64(id)
}

// Value reads a value of the log in its Go form; nil for a blank one. It fails
// where the field was of another type then.
func Value(t fettle.FieldType, raw json.RawMessage) (any, error) {
	if string(raw) == "null" {
		return nil, nil //nolint:nilnil // blank
	}
	if t == fettle.JSON {
		return raw, nil
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case float64:
		if t.Numeric() {
			return v, nil
		}
	case bool:
		if t == fettle.Boolean {
			return v, nil
		}
	case string:
		switch {
		case t == fettle.Date:
			return fettle.Day(v), nil
		case t == fettle.Timestamp:
			at, err := time.Parse(time.RFC3339Nano, v)
			return at.UTC(), err
		case t.Textual():
			return v, nil
		}
	}
	return nil, fmt.Errorf("%.60s is not a %s", raw, t)
}
