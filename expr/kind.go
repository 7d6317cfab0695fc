package expr

import "fettle"

// kind is the type of an expression's value: the field types by how they
// compare, and two that only exist inside expressions.
type kind uint8

const (
	kindText kind = iota
	kindNumber
	kindBool
	kindDate
	kindTime
	kindJSON     // any JSON document; lists and maps of CEL too
	kindDuration // a constant span of time
	kindNull     // the literal null, a blank of any kind
)

func kindOf(t fettle.FieldType) kind {
	switch t {
	case fettle.Number, fettle.Currency:
		return kindNumber
	case fettle.Boolean:
		return kindBool
	case fettle.Date:
		return kindDate
	case fettle.Timestamp:
		return kindTime
	case fettle.JSON:
		return kindJSON
	case fettle.Text, fettle.Email, fettle.URL, fettle.Phone, fettle.Domain, fettle.LinkedIn, fettle.Country, fettle.Select, fettle.MultiSelect:
	}
	return kindText
}

// fieldType is the type of a field that could hold values of the kind.
func (k kind) fieldType() fettle.FieldType {
	switch k {
	case kindNumber:
		return fettle.Number
	case kindBool:
		return fettle.Boolean
	case kindDate:
		return fettle.Date
	case kindTime:
		return fettle.Timestamp
	case kindJSON:
		return fettle.JSON
	case kindText, kindDuration, kindNull:
	}
	return fettle.Text
}

// temporal reports whether values of the kind are points in time.
func (k kind) temporal() bool { return k == kindDate || k == kindTime }

// String names the kind in messages: "title is text".
func (k kind) String() string {
	switch k {
	case kindText:
		return "text"
	case kindNumber:
		return "a number"
	case kindBool:
		return "true or false"
	case kindDate:
		return "a date"
	case kindTime:
		return "a timestamp"
	case kindJSON:
		return "JSON"
	case kindDuration:
		return "a duration"
	case kindNull:
		return "null"
	}
	return "unknown"
}
