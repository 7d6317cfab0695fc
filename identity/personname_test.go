package identity

import "testing"

func TestSplitName(t *testing.T) {
	for name, want := range map[string][2]string{
		"Ann Lee": {"Ann", "Lee"}, "  Ann   Lee ": {"Ann", "Lee"}, "Lee, Ann": {"Ann", "Lee"}, "van der Berg, Anna Maria": {"Anna Maria", "van der Berg"},
		"Анна Иванова": {"Анна", "Иванова"}, "Jean-Luc O'Neil": {"Jean-Luc", "O'Neil"}, "ANNA SCHMIDT": {"ANNA", "SCHMIDT"},
		"Ann": {}, "Ann Mary Lee": {}, "J. Smith": {}, "J Smith": {}, "Dr. Smith": {}, "Smith, MD": {}, "Ann Smith, PhD": {}, "Lee, Ann, Jr.": {},
		"Ann Иванова": {}, "山田 太郎": {}, "김 철수": {}, "Sales Team": {}, "Acme Inc": {}, "R2 D2": {}, "ann@x.com lee": {}, "": {}, ",": {}, "Lee,": {}, "Smith, CFA": {}, "Smith, QZX": {},
	} {
		first, last, ok := SplitName(name)
		if got := [2]string{first, last}; got != want || ok != (want != [2]string{}) {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if got := JoinName(" Ann ", "van  Lee"); got != "Ann van Lee" {
		t.Errorf("joined %q", got)
	}
}
