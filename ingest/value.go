package ingest

import (
	"encoding/json"
	"strconv"
	"time"

	"fettle"
	"fettle/identity"
)

// equal compares two values of one field. JSON documents are in one form
// already.
func equal(a, b any) bool {
	switch a := a.(type) {
	case json.RawMessage:
		b, ok := b.(json.RawMessage)
		return ok && string(a) == string(b)
	case time.Time:
		b, ok := b.(time.Time)
		return ok && a.Equal(b)
	}
	if _, ok := b.(json.RawMessage); ok {
		return false
	}
	return a == b
}

// appendValue writes a value as JSON.
func appendValue(buf []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(buf, "null"...)
	case string:
		return appendText(buf, v)
	case fettle.Day:
		return appendText(buf, string(v))
	case float64:
		return strconv.AppendFloat(buf, v, 'g', -1, 64)
	case bool:
		return strconv.AppendBool(buf, v)
	case time.Time:
		return appendText(buf, fettle.FormatTimestamp(v))
	case json.RawMessage:
		return append(buf, v...)
	}
	return append(buf, "null"...)
}

// appendText writes a JSON string.
func appendText(buf []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' {
			b, err := json.Marshal(s)
			if err != nil {
				return append(buf, `""`...)
			}
			return append(buf, b...)
		}
	}
	buf = append(append(buf, '"'), s...)
	return append(buf, '"')
}

// wellFormed reports whether a value that a field held once has the format of its
// type: the log does not keep the mark, and the value says it.
func wellFormed(f fettle.Field, v any) bool {
	if text, ok := v.(string); ok && f.Type.Choices() {
		_, unknown := f.Choose(text)
		return len(unknown) == 0
	}
	_, valid, err := identity.CleanValue(f.Type, v)
	return valid && err == nil
}

// appendChange adds one field's change to an open JSON object.
func appendChange(buf []byte, field string, old, now any, origin int64, status fettle.Status) []byte {
	if len(buf) == 0 {
		buf = append(buf, '{')
	} else {
		buf = append(buf, ',')
	}
	buf = append(appendText(buf, field), ':', '[')
	buf = append(appendValue(buf, old), ',')
	buf = appendValue(buf, now)
	if old != nil && (origin != 0 || status != "") {
		buf = strconv.AppendInt(append(buf, ','), origin, 10)
	}
	if old != nil && status != "" {
		buf = appendText(append(buf, ','), string(status))
	}
	return append(buf, ']')
}

// closeChanges ends the object that appendChange began; "" if it was not.
func closeChanges(buf []byte) string {
	if len(buf) == 0 {
		return ""
	}
	return string(append(buf, '}'))
}
