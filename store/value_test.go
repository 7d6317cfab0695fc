package store_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

// TestValuesComeBack writes values of every type and reads them in their Go form.
func TestValuesComeBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		update(t, db, func(tx *store.Tx) error {
			for _, typ := range fettle.FieldTypes() {
				if err := tx.AddField(t.Context(), fettle.Field{Entity: fettle.Companies, Key: "f_" + string(typ), Type: typ}); err != nil {
					return err
				}
			}
			return nil
		})
		rapid.Check(t, func(rt *rapid.T) {
			row, want, keys := map[string]any{}, []any{}, []string{}
			for _, typ := range fettle.FieldTypes() {
				key := "f_" + string(typ)
				v := valueGen(typ).Draw(rt, key)
				encoded, err := store.EncodeValue(typ, v)
				if err != nil {
					rt.Skip(err) // neither database can hold it
				}
				row[key], want, keys = v, append(want, encoded), append(keys, key)
			}
			id := add(t, db, fettle.Companies, row)[0]
			view(t, db, func(tx *store.Tx) error {
				got, err := tx.Records(t.Context(), fettle.Companies, []int64{id}, keys, nil)
				if err != nil {
					return err
				}
				for i, key := range keys {
					if diff := cmp.Diff(want[i], got[0].Value(key)); diff != "" {
						rt.Errorf("%s: %s", key, diff)
					}
				}
				return nil
			})
		})
	})
}

func valueGen(typ fettle.FieldType) *rapid.Generator[any] {
	blank := rapid.Just[any](nil)
	switch typ {
	case fettle.Number, fettle.Currency:
		return rapid.OneOf(blank, rapid.Map(rapid.Float64(), func(f float64) any { return f }), rapid.Map(rapid.Int32(), func(i int32) any { return float64(i) }))
	case fettle.Boolean:
		return rapid.OneOf(blank, rapid.Map(rapid.Bool(), func(b bool) any { return b }))
	case fettle.Date, fettle.Timestamp:
		return rapid.OneOf(blank, rapid.Map(rapid.Int64Range(-62_135_596_800_000_000, 253_402_300_799_999_999), func(us int64) any {
			if at := time.UnixMicro(us).UTC(); typ == fettle.Timestamp {
				return at
			}
			return fettle.DayOf(time.UnixMicro(us))
		}))
	case fettle.JSON:
		return rapid.OneOf(blank, rapid.Map(rapid.MapOf(rapid.String(), rapid.Int32()), func(m map[string]int32) any {
			b, err := json.MarshalIndent(m, "", " ")
			if err != nil {
				panic(err)
			}
			return json.RawMessage(b)
		}))
	case fettle.Text, fettle.Email, fettle.URL, fettle.Phone, fettle.Domain, fettle.LinkedIn, fettle.Country, fettle.Select, fettle.MultiSelect:
	}
	return rapid.OneOf(blank, rapid.Map(rapid.String(), func(s string) any { return s }))
}

func TestEncodeValueRefuses(t *testing.T) {
	for _, tt := range []struct {
		typ fettle.FieldType
		v   any
	}{
		{fettle.Text, 1.0},
		{fettle.Text, "a\x00b"},
		{fettle.Text, "\xff"},
		{fettle.Text, strings.Repeat("x", fettle.MaxValueBytes+1)},
		{fettle.Number, "1"},
		{fettle.Number, nan()},
		{fettle.Date, fettle.Day("2026-02-30")},
		{fettle.Timestamp, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
		{fettle.JSON, json.RawMessage(`{"a":1} x`)},
		{fettle.JSON, json.RawMessage(`"a\u0000b"`)},
		{fettle.Boolean, int64(1)},
	} {
		if v, err := store.EncodeValue(tt.typ, tt.v); fettle.CodeOf(err) != fettle.Invalid {
			t.Errorf("EncodeValue(%s, %.40v) = %v, %v", tt.typ, tt.v, v, err)
		}
	}
}

func nan() float64 {
	var zero float64
	return zero / zero
}
