package identity

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"

	"fettle"
)

// Fingerprint identifies a row of a source by its content, for records without
// any key: 32 hex digits of a SHA-256. The order of the fields does not matter,
// and blank values count as absent, so that a column added to the file later,
// still blank, changes nothing.
func Fingerprint(source string, get func(field string) any, fields []string) string {
	sorted := fields
	if !slices.IsSorted(fields) {
		sorted = slices.Sorted(slices.Values(fields))
	}
	buf := make([]byte, 0, 512)
	buf = appendPart(buf, source)
	for _, field := range sorted {
		value := text(get, field)
		if value == "" {
			continue
		}
		buf = appendPart(appendPart(buf, field), value)
	}
	sum := sha256.Sum256(buf)
	return hex.EncodeToString(sum[:16])
}

// FingerprintKey is the key of a record that has no other.
func FingerprintKey(source string, get func(field string) any, fields []string) Key {
	return Key{RowKey, Fingerprint(source, get, fields)}
}

// appendPart writes s after its length, so that no two lists of parts agree.
func appendPart(buf []byte, s string) []byte {
	return append(binary.AppendUvarint(buf, uint64(len(s))), s...)
}

// Blank reports whether the record has no value in any of the fields: such a
// row identifies nothing and is not worth a record.
func Blank(get func(field string) any, fields []string) bool {
	return !slices.ContainsFunc(fields, func(field string) bool {
		v := get(field)
		return v != nil && fettle.FormatValue(v) != ""
	})
}
