package identity

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"fettle"
)

// Clean gives the value to store for text, such as a cell of a CSV file, in a
// field of the type. A text is kept to the letter, white space around it
// included, but for its composition (NFC); from every other type white space
// goes. Quotes around an e-mail address are taken off, and of a web address in a
// domain's place the domain is kept. Text that is blank, or nothing but
// white space, is nil and valid.
//
// For types with a checked format (email, url, phone, domain, linkedin,
// country) the text is kept even when malformed, and valid is false: bad data
// is better seen and counted than lost. Text that cannot be a value of the type
// at all (a number, boolean, date, timestamp or JSON that does not parse; too
// long; not UTF-8) is refused with fettle.Invalid.
func Clean(t fettle.FieldType, text string) (value any, valid bool, err error) {
	return CleanAs(t, text, Habits{})
}

// CleanAs is Clean for a value of a column whose habits are known: they decide
// what would else be a guess.
func CleanAs(t fettle.FieldType, text string, habits Habits) (value any, valid bool, err error) {
	if err := checkText(text); err != nil {
		return nil, false, err
	}
	if !asciiOnly(text) {
		text = norm.NFC.String(text)
	}
	original := text
	if text = strings.TrimSpace(text); text == "" {
		return nil, true, nil
	}
	switch t {
	case fettle.Text:
		return original, true, nil
	case fettle.Select:
		return text, true, nil // whether the field knows it is the door's to say
	case fettle.MultiSelect:
		if text = choiceList(text, habits); text == "" {
			return nil, true, nil
		}
		return text, true, nil
	case fettle.Number, fettle.Currency:
		value, err = parseNumber(text, habits)
	case fettle.Boolean:
		value, err = parseBoolean(text, habits)
	case fettle.Date:
		value, err = parseDate(text, habits)
	case fettle.Timestamp:
		value, err = parseTimestamp(text, habits)
	case fettle.JSON:
		return cleanJSON([]byte(text))
	case fettle.Email:
		text = bareEmail(text)
		return text, validFormat(t, text), nil
	case fettle.Domain:
		text, valid = bareDomain(text)
		return text, valid, nil
	case fettle.Phone:
		if !validFormat(t, text) {
			return text, false, nil
		}
		return phoneText(text), true, nil
	case fettle.URL, fettle.LinkedIn, fettle.Country:
		return text, validFormat(t, text), nil
	default:
		return nil, false, fettle.Errorf(fettle.Invalid, "%q is not a field type", t)
	}
	if err != nil {
		return nil, false, err
	}
	return value, true, nil
}

// CleanValue is Clean for values that are not text only: what a JSON document
// holds (nil, bool, float64, json.Number, string, arrays, objects), Go's whole
// numbers, and values in their stored form.
func CleanValue(t fettle.FieldType, v any) (value any, valid bool, err error) {
	if t == fettle.JSON {
		return cleanJSONValue(v)
	}
	if list, ok := v.([]any); ok && t == fettle.MultiSelect {
		return cleanChoices(list)
	}
	switch v := v.(type) {
	case nil:
		return nil, true, nil
	case string:
		return Clean(t, v)
	case bool:
		return cleanBool(t, v)
	case float64:
		return cleanFloat(t, v)
	case int:
		return cleanFloat(t, float64(v))
	case int64:
		return cleanFloat(t, float64(v))
	case json.Number:
		return Clean(t, v.String())
	case fettle.Day:
		return Clean(t, string(v))
	case time.Time:
		return cleanTime(t, v)
	case json.RawMessage:
		return cleanRaw(t, v)
	case []byte:
		return Clean(t, string(v))
	}
	return nil, false, fettle.Errorf(fettle.Invalid, "an array or object cannot be a %s", t).WithHint("Use a field of type json for it.")
}

// cleanChoices reads the values of a multi_select from a list.
func cleanChoices(list []any) (any, bool, error) {
	parts := make([]string, len(list))
	for i, v := range list {
		s, ok := v.(string)
		if !ok {
			return nil, false, fettle.Errorf(fettle.Invalid, "%v is no text", v).WithHint("Send a list of texts.")
		}
		if strings.Contains(s, fettle.ChoiceSeparator) {
			return nil, false, fettle.Errorf(fettle.Invalid, "%q holds a semicolon, which stands between values", s).WithHint("Send them apart.")
		}
		parts[i] = s
	}
	return Clean(fettle.MultiSelect, strings.Join(parts, fettle.ChoiceSeparator))
}

func cleanBool(t fettle.FieldType, v bool) (any, bool, error) {
	if t == fettle.Boolean {
		return v, true, nil
	}
	if !t.Textual() {
		return nil, false, fettle.Errorf(fettle.Invalid, "%t is not a %s", v, t)
	}
	return Clean(t, fettle.FormatValue(v))
}

func cleanFloat(t fettle.FieldType, v float64) (any, bool, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil, false, fettle.Errorf(fettle.Invalid, "%v is not a number", v)
	}
	if t.Numeric() {
		return v + 0, true, nil
	}
	return Clean(t, fettle.FormatValue(v))
}

func cleanTime(t fettle.FieldType, v time.Time) (any, bool, error) {
	if t == fettle.Timestamp {
		v, err := checkTime(v)
		return v, err == nil, err
	}
	return Clean(t, fettle.FormatValue(v))
}

// cleanRaw unwraps a JSON document given for a field of another type.
func cleanRaw(t fettle.FieldType, raw json.RawMessage) (any, bool, error) {
	var v any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return nil, false, fettle.Errorf(fettle.Invalid, "the value is not JSON: %w", err)
	}
	return CleanValue(t, v)
}

// cleanJSONValue keeps a value as a JSON document. A string is a document, not
// a document's text: "7" and 7 differ.
func cleanJSONValue(v any) (any, bool, error) {
	switch v := v.(type) {
	case nil:
		return nil, true, nil
	case json.RawMessage:
		return cleanJSON(v)
	case string:
		if err := checkText(v); err != nil {
			return nil, false, err
		}
		if strings.TrimSpace(v) == "" {
			return nil, true, nil
		}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, false, fettle.Errorf(fettle.Invalid, "%v cannot be written as JSON", v)
		}
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, false, fettle.Errorf(fettle.Invalid, "the value cannot be written as JSON: %w", err)
	}
	return cleanJSON(buf.Bytes())
}

// cleanJSON checks and compacts a document. null is blank. Escapes of NUL and
// halves of surrogate pairs are refused: databases cannot hold them.
func cleanJSON(doc []byte) (any, bool, error) {
	var buf bytes.Buffer
	if err := json.Compact(&buf, doc); err != nil {
		return nil, false, fettle.Errorf(fettle.Invalid, "%s is not JSON: %w", quote(string(doc)), err).WithHint(`Text in JSON stands in quotes: "text".`)
	}
	doc = buf.Bytes()
	if err := checkText(string(doc)); err != nil {
		return nil, false, err
	}
	if string(doc) == "null" {
		return nil, true, nil
	}
	if badEscape(doc) {
		return nil, false, fettle.Errorf(fettle.Invalid, "the JSON holds an escape that is no character").WithHint(`\u0000 and single surrogates such as \ud800 cannot be stored.`)
	}
	return json.RawMessage(doc), true, nil
}

// badEscape looks for \u0000 and unpaired surrogates in a valid document.
func badEscape(doc []byte) bool {
	for i := 0; i+1 < len(doc); i++ {
		if doc[i] != '\\' {
			continue
		}
		i++
		if doc[i] != 'u' {
			continue
		}
		switch code := hex4(doc[i+1:]); {
		case code == 0, code >= 0xdc00 && code <= 0xdfff:
			return true
		case code >= 0xd800 && code <= 0xdbff:
			rest := doc[i+5:]
			if len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' {
				return true
			}
			if low := hex4(rest[2:]); low < 0xdc00 || low > 0xdfff {
				return true
			}
			i += 6
		}
		i += 4
	}
	return false
}

func hex4(b []byte) int {
	n := 0
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | int(c-'0')
		default:
			n = n<<4 | int(c|0x20-'a'+10)
		}
	}
	return n
}

// checkText refuses what no field can hold.
func checkText(s string) error {
	if len(s) > fettle.MaxValueBytes {
		return fettle.Errorf(fettle.Invalid, "the value has %d bytes, more than the %d that a field holds", len(s), fettle.MaxValueBytes).WithHint("Shorten it, or leave the column out.")
	}
	if strings.IndexByte(s, 0) >= 0 {
		return fettle.Errorf(fettle.Invalid, "the value holds a NUL character").WithHint("Remove it, or leave the column out.")
	}
	if !utf8.ValidString(s) {
		return fettle.Errorf(fettle.Invalid, "the value is not UTF-8").WithHint("Save the file as UTF-8.")
	}
	return nil
}

// validFormat checks the text of a type with a format. It accepts what the
// match keys can be made of, and role mailboxes.
func validFormat(t fettle.FieldType, s string) bool {
	switch t {
	case fettle.Email:
		_, _, ok := splitEmail(s)
		return ok
	case fettle.URL:
		return validURL(s)
	case fettle.Phone:
		return plausiblePhone(s)
	case fettle.Domain:
		_, ok := bareDomain(s)
		return ok
	case fettle.LinkedIn:
		_, ok := LinkedIn(s)
		return ok
	case fettle.Country:
		_, ok := Country(s)
		return ok
	case fettle.Text, fettle.Number, fettle.Currency, fettle.Select, fettle.MultiSelect, fettle.Boolean, fettle.Date, fettle.Timestamp, fettle.JSON:
	}
	return true
}

// validURL accepts web addresses, with or without the scheme, of a host name
// with a dot, an IP address, or localhost.
func validURL(s string) bool {
	if hasSpace(s) {
		return false
	}
	host, _, ok := splitURL(s)
	if ok {
		return strings.Contains(host, ".") || host == "localhost"
	}
	return validIPURL(s)
}
