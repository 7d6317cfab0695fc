package fettle_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// byHand finds an amount whose unit is written beside it, as "%s credits": of one
// it says "1 credits". Of two amounts ("3 of 1,000 credits", "0.5 to 1 credits")
// the last is rarely one, and is let through.
var byHand = regexp.MustCompile(`((^|[^%])%[sdv]|…) credits\b`)

var ofTwo = regexp.MustCompile(`%[sdv] (of|to) %[sdv] credits\b|… of … credits\b|between %[sdv] and %[sdv] credits\b`)

// TestMoneyIsCountedByItsType refuses units written by hand: Credits.Words knows
// the singular.
func TestMoneyIsCountedByItsType(t *testing.T) {
	found := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == "bin") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for at, text := range textsOf(file) {
			if strings.Contains(text, " credits") {
				found++
			}
			if path == "credit.go" {
				continue // Words itself
			}
			if byHand.MatchString(ofTwo.ReplaceAllString(text, "")) {
				t.Errorf("%s: %q: write the amount with its unit (Words), or one is \"1 credits\"", set.Position(at), text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found == 0 {
		t.Error("no text speaks of credits: nothing was looked at")
	}
}
