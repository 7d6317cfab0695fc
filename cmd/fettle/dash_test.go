package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// noDash are the files that cannot be a stream, and why.
var noDash = map[string]string{
	"Read settings from this file: YAML with the names of flags. [FETTLE_CONFIG]": "read before the command is known, which may want the input for itself",
	"The file to write. Default: fettle-TIME.backup in this folder.":              "a database, which is written at many places",
	"The backup.": "a database, as above",
	"The workspace to move: a SQLite file that no server uses.":                          "a database, as above",
	"The folder; it is made if it is not there.":                                         "a folder",
	"Where to; it is made if it is not there.":                                           "a folder",
	"The folder whose files sources may read on a schedule; nothing outside it is read.": "a folder",
	"A CSV file of people or companies.":                                                 "read twice",
}

// TestDashIsAStream holds that whatever reads or writes a file takes - for the
// standard input or output, and says so, or is listed with the reason.
func TestDashIsAStream(t *testing.T) {
	seen := map[string]bool{}
	files := regexp.MustCompile(`^(FILE|FILE\|DIR|DIR|FOLDER)$`)
	_ = kong.Visit(cliOf(t).Model, func(n kong.Visitable, next kong.Next) error { // it cannot fail
		v, ok := n.(*kong.Value) // of a flag, or an argument
		if !ok {
			return next(nil)
		}
		file := files.MatchString(v.Tag.PlaceHolder) || v.Name == "file"
		if file && !strings.Contains(v.Help, "- for the standard") && !strings.Contains(v.Help, "The same, as a flag") {
			seen[v.Help] = true
			if noDash[v.Help] == "" {
				t.Errorf("%s: %s", v.Summary(), v.Help)
			}
		}
		return next(nil)
	})
	for k := range noDash {
		if !seen[k] {
			t.Errorf("the list has %s, which is not there", k)
		}
	}
}
