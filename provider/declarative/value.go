package declarative

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"fettle"
)

// nativeToValue takes a Go value into expressions.
func nativeToValue(v any) ref.Val {
	switch v := v.(type) {
	case string:
		return types.String(v)
	case float64:
		return types.Double(v)
	case bool:
		return types.Bool(v)
	}
	return types.DefaultTypeAdapter.NativeToValue(plain(v))
}

// plain gives values of the store a form that expressions know.
func plain(v any) any {
	switch v := v.(type) {
	case fettle.Day:
		return string(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case json.RawMessage:
		var out any
		if err := json.Unmarshal(v, &out); err != nil {
			return string(v)
		}
		return out
	}
	return v
}

// plainMap is m with plain values and without blanks; m itself where it is so.
func plainMap(m map[string]any) map[string]any {
	for _, v := range m {
		switch v := v.(type) {
		case string:
			if v != "" {
				continue
			}
		case float64, bool:
			continue
		}
		out := make(map[string]any, len(m))
		for k, v := range m {
			if v = plain(v); v != nil && v != "" {
				out[k] = v
			}
		}
		return out
	}
	return m
}

func isNull(v ref.Val) bool {
	_, ok := v.(types.Null)
	return ok
}

// number reads a number of any kind.
func number(v ref.Val) (float64, bool) {
	switch v := v.(type) {
	case types.Double:
		return float64(v), true
	case types.Int:
		return float64(v), true
	case types.Uint:
		return float64(v), true
	case types.String:
		f, err := strconv.ParseFloat(strings.TrimSpace(string(v)), 64)
		return f, err == nil
	}
	return 0, false
}

// toText writes a value as text, for addresses, headers and outputs.
func toText(v ref.Val) (string, error) {
	switch v := v.(type) {
	case types.String:
		return string(v), nil
	case types.Double:
		return strconv.FormatFloat(float64(v), 'f', -1, 64), nil
	case types.Timestamp:
		return v.UTC().Format(time.RFC3339Nano), nil
	}
	b, err := appendJSON(nil, v)
	return string(b), err
}

// appendJSON writes a value as JSON; keys of maps are sorted.
func appendJSON(b []byte, v ref.Val) ([]byte, error) {
	switch v := v.(type) {
	case types.String:
		return appendString(b, string(v)), nil
	case types.Bool:
		return strconv.AppendBool(b, bool(v)), nil
	case types.Int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case types.Uint:
		return strconv.AppendUint(b, uint64(v), 10), nil
	case types.Double:
		return appendFloat(b, float64(v))
	case types.Null:
		return append(b, "null"...), nil
	case types.Bytes:
		return appendString(b, base64.StdEncoding.EncodeToString(v)), nil
	case types.Timestamp:
		return appendString(b, v.UTC().Format(time.RFC3339Nano)), nil
	case *types.Optional:
		if !v.HasValue() {
			return append(b, "null"...), nil
		}
		return appendJSON(b, v.GetValue())
	case traits.Mapper:
		return appendMap(b, v)
	case traits.Lister:
		return appendList(b, v)
	}
	return b, fmt.Errorf("a %s cannot be written as JSON", v.Type().TypeName())
}

func appendMap(b []byte, m traits.Mapper) ([]byte, error) {
	var keys []string
	for it := m.Iterator(); it.HasNext() == types.True; {
		k, ok := it.Next().(types.String)
		if !ok {
			return b, fmt.Errorf("a map with keys that are not text cannot be written as JSON")
		}
		keys = append(keys, string(k))
	}
	slices.Sort(keys)
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, k), ':')
		var err error
		if b, err = appendJSON(b, m.Get(types.String(k))); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

func appendList(b []byte, l traits.Lister) ([]byte, error) {
	b = append(b, '[')
	first := true
	for it := l.Iterator(); it.HasNext() == types.True; first = false {
		if !first {
			b = append(b, ',')
		}
		var err error
		if b, err = appendJSON(b, it.Next()); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

func appendFloat(b []byte, f float64) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return b, fmt.Errorf("%v cannot be written as JSON", f)
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.AppendInt(b, int64(f), 10), nil
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64), nil
}

// appendString writes text as JSON, quickly where nothing needs escaping.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			out, err := json.Marshal(s)
			if err != nil { // text always marshals
				return append(b, `""`...)
			}
			return append(b, out...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// goValue gives a value in the Go form of a field's type. ok is false for a
// blank, or a value that is not of the type.
func goValue(v ref.Val, t fettle.FieldType) (out any, ok bool) {
	if v == nil || isNull(v) {
		return nil, false
	}
	switch t {
	case fettle.Number, fettle.Currency:
		f, ok := number(v)
		return f, ok && !math.IsNaN(f) && !math.IsInf(f, 0)
	case fettle.Boolean:
		b, ok := v.(types.Bool)
		return bool(b), ok
	case fettle.JSON:
		b, err := appendJSON(nil, v)
		return json.RawMessage(b), err == nil
	case fettle.Date, fettle.Timestamp:
		return goTime(v, t)
	case fettle.Text, fettle.Email, fettle.URL, fettle.Phone, fettle.Domain, fettle.LinkedIn, fettle.Country, fettle.Select, fettle.MultiSelect:
	}
	s, err := toText(v)
	s = strings.TrimSpace(s)
	return s, err == nil && s != ""
}

func goTime(v ref.Val, t fettle.FieldType) (any, bool) {
	s, err := toText(v)
	if err != nil {
		return nil, false
	}
	s = strings.TrimSpace(s)
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		at, err = time.Parse(time.DateOnly, s)
	}
	if err != nil {
		return nil, false
	}
	if t == fettle.Date {
		return fettle.Day(at.Format(time.DateOnly)), true
	}
	return at.UTC().Truncate(time.Microsecond), true
}
