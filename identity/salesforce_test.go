package identity_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fettle"
	"fettle/identity"
)

func TestShortAndLongRecordIDsAreOne(t *testing.T) {
	for _, c := range []struct{ id, is string }{
		{"001A0000006Vm9r", "001A0000006Vm9rIAC"}, // as Salesforce gives them
		{"001A0000006Vm9rIAC", "001A0000006Vm9rIAC"},
		{"001a0000006vm9riac", "001A0000006Vm9rIAC"}, // a program lost the case
		{"001A0000006VM9RIAC", "001A0000006Vm9rIAC"},
		{"a0B5g00000AbCdE", "a0B5g00000AbCdEEAV"},
		{"001A0000006vm9r", "001A0000006vm9rIAA"}, // another one than the first: case counts
		{"123456789012345", "123456789012345AAA"},
		{"0017", "0017"},
		{"001A0000006Vm9", "001A0000006Vm9"},
		{"abcdefghijklmno-r", "abcdefghijklmno-r"},
		{"abcdefghijklmnopqr", "abcdefghijklmnopqr"}, // of some other system
		{"001a0000006vm9r!ac", "001a0000006vm9r!ac"},
	} {
		if got := identity.RecordID(c.id); got != c.is {
			t.Errorf("RecordID(%q) = %q, want %q", c.id, got, c.is)
		}
	}
	get := func(id string) func(string) any {
		return func(f string) any {
			if f == "external_id" {
				return id
			}
			return nil
		}
	}
	short := identity.Keys(fettle.People, "crm", get("0031t00000AbCdE"), identity.Options{})
	long := identity.Keys(fettle.People, "crm", get(identity.RecordID("0031t00000AbCdE")), identity.Options{})
	if len(short) != 1 || len(long) != 1 || short[0] != long[0] {
		t.Errorf("keys %v and %v", short, long)
	}
}

func TestRecordIDs(t *testing.T) {
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	char := rapid.SampledFrom([]byte(letters))
	rapid.Check(t, func(t *rapid.T) {
		short := "00" + string(rapid.SliceOfN(char, 13, 13).Draw(t, "id"))
		long := identity.RecordID(short)
		if back, ok := identity.ShortRecordID(long); !ok || back != short {
			t.Fatalf("%q → %q → %q, %v", short, long, back, ok)
		}
		for _, lost := range []string{strings.ToLower(long), strings.ToUpper(long)} {
			if identity.RecordID(lost) != long {
				t.Fatalf("%q from %q, want %q", identity.RecordID(lost), lost, long)
			}
		}
	})
}
