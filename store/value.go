package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"fettle"
)

// sqlType is PostgreSQL's type for values of a field, as a batch names it.
func sqlType(t fettle.FieldType) string {
	switch t {
	case fettle.Number, fettle.Currency:
		return "double precision"
	case fettle.Boolean:
		return "boolean"
	case fettle.Date:
		return "date"
	case fettle.Timestamp:
		return "timestamptz"
	case fettle.JSON:
		return "jsonb"
	case fettle.Text, fettle.Email, fettle.URL, fettle.Phone, fettle.Domain, fettle.LinkedIn, fettle.Country, fettle.Select, fettle.MultiSelect:
	}
	return "text"
}

// EncodeValue checks that v is a value of the type, in its Go form, and that
// both databases can hold it; the result is what is written. It is nil for a
// blank. A JSON document comes out in one form whichever way it is written.
func EncodeValue(t fettle.FieldType, v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil //nolint:nilnil // a blank
	case string:
		if t.Textual() {
			return encodeText(v)
		}
	case float64:
		if t.Numeric() && !math.IsNaN(v) && !math.IsInf(v, 0) {
			return v + 0, nil // never the negative zero, which one database keeps
		}
	case bool:
		if t == fettle.Boolean {
			return v, nil
		}
	case fettle.Day:
		if t == fettle.Date && !v.Time().IsZero() && v.Time().Year() >= 1 {
			return v, nil
		}
	case time.Time:
		if y := v.UTC().Year(); t == fettle.Timestamp && y >= 1 && y <= 9999 {
			return v.UTC().Truncate(time.Microsecond), nil
		}
	case json.RawMessage:
		if t == fettle.JSON {
			return encodeJSON(v)
		}
	}
	return nil, fettle.Errorf(fettle.Invalid, "%.80v is not a value of type %s", v, t)
}

func encodeText(s string) (any, error) {
	switch {
	case s == "":
		return nil, nil //nolint:nilnil // a blank
	case len(s) > fettle.MaxValueBytes:
		return nil, fettle.Errorf(fettle.Invalid, "the value has %d bytes; the most is %d", len(s), fettle.MaxValueBytes)
	case !utf8.ValidString(s), strings.IndexByte(s, 0) >= 0:
		return nil, fettle.Errorf(fettle.Invalid, "the value is not text").WithHint("Save the data as UTF-8, without NUL characters.")
	}
	return s, nil
}

// encodeJSON sorts the keys of a document and leaves out its spaces:
// PostgreSQL keeps neither as they were written.
func encodeJSON(raw json.RawMessage) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil || d.More() {
		return nil, fettle.Errorf(fettle.Invalid, "the value is not a JSON document")
	}
	if doc == nil {
		return nil, nil //nolint:nilnil // a blank
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(doc); err != nil {
		return nil, err
	}
	if b.Len() > fettle.MaxValueBytes {
		return nil, fettle.Errorf(fettle.Invalid, "the value has %d bytes; the most is %d", b.Len(), fettle.MaxValueBytes)
	}
	if bytes.Contains(b.Bytes(), []byte(`\u0000`)) {
		return nil, fettle.Errorf(fettle.Invalid, "the value has a NUL character").WithHint("Leave it out.")
	}
	return json.RawMessage(bytes.TrimSpace(b.Bytes())), nil
}

// decodeValue turns what a driver scanned into the value's Go form.
func decodeValue(t fettle.FieldType, v any) (any, error) {
	if v == nil {
		return nil, nil //nolint:nilnil // a blank
	}
	switch t {
	case fettle.Number, fettle.Currency:
		if n, ok := v.(int64); ok {
			return float64(n), nil
		}
		return v, nil
	case fettle.Boolean:
		if n, ok := v.(int64); ok {
			return n != 0, nil
		}
		return v, nil
	case fettle.Date:
		switch v := v.(type) {
		case string:
			return fettle.Day(v), nil
		case time.Time:
			return fettle.DayOf(v), nil
		}
	case fettle.Timestamp:
		switch v := v.(type) {
		case string:
			at, err := time.Parse(time.RFC3339Nano, v)
			return at.UTC(), err
		case time.Time:
			return v.UTC(), nil
		}
	case fettle.JSON:
		switch v := v.(type) {
		case string:
			return encodeJSON(json.RawMessage(v))
		case []byte:
			return encodeJSON(v)
		}
	case fettle.Text, fettle.Email, fettle.URL, fettle.Phone, fettle.Domain, fettle.LinkedIn, fettle.Country, fettle.Select, fettle.MultiSelect:
		if b, ok := v.([]byte); ok {
			return string(b), nil
		}
		return v, nil
	}
	return nil, fmt.Errorf("a column of type %s holds a %T", t, v)
}

// valueText and textValue carry a value through a cursor without loss.
func valueText(v any) string {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		return fettle.FormatTimestamp(v)
	}
	return fettle.FormatValue(v)
}

func textValue(t fettle.FieldType, s string) (any, error) {
	switch t {
	case fettle.Number, fettle.Currency:
		return strconv.ParseFloat(s, 64)
	case fettle.Boolean:
		return strconv.ParseBool(s)
	case fettle.Date:
		return fettle.Day(s), nil
	case fettle.Timestamp:
		return time.Parse(time.RFC3339Nano, s)
	case fettle.Text, fettle.Email, fettle.URL, fettle.Phone, fettle.Domain, fettle.LinkedIn, fettle.Country, fettle.Select, fettle.MultiSelect, fettle.JSON:
	}
	return s, nil
}
