package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	"fettle"
	"fettle/identity"
	"fettle/store"
)

// unnamed is the source of files that nobody named. Their ids are of lists, each
// named after the heading of its column, so that the ids of unrelated files are
// not compared: csv:record-id.
const unnamed = "csv"

// maxHeading is the most of a heading that is in the name of its list, in bytes.
const maxHeading = 72

// listOf names the list of the ids that stand under a heading.
func listOf(heading string) string {
	name := strings.Join(identity.Words(heading), "-")
	if name == "" || len(name) > maxHeading {
		sum := sha256.Sum256([]byte(heading))
		for len(name) > maxHeading || !utf8.ValidString(name) {
			name = name[:min(len(name)-1, maxHeading)]
		}
		name = strings.TrimPrefix(name+"-"+hex.EncodeToString(sum[:4]), "-")
	}
	return unnamed + ":" + name
}

// sourceOf is the source that a list is of: what is said of its rows beside
// their ids does not depend on how the column of ids is called.
func sourceOf(list string) string {
	if strings.HasPrefix(list, unnamed+":") {
		return unnamed
	}
	return list
}

// list names the list of the file's ids, and the source of its values.
func (m *mapping) list(opts ImportOptions) string {
	if opts.Source != "" {
		return opts.Source
	}
	if i, ok := m.at["external_id"]; ok {
		return listOf(m.columns[m.mapped[i].column])
	}
	return unnamed
}

// idColumn is the heading of the ids; "" if the file has none.
func idColumn(names map[string]string) string {
	for column, field := range names {
		if field == "external_id" {
			return column
		}
	}
	return ""
}

// rememberID gives the column that held the ids of an earlier file to the external
// id, where nothing else is: a short file tells less than a long one, and who said
// which column it is need not say it again.
func (m *mapping) rememberID(ctx context.Context, tx *store.Tx, guessed map[string]string, chosen map[string]fettle.Field, free []string, entity fettle.Entity) error {
	if taken(guessed, "external_id") {
		return nil
	}
	for _, f := range chosen {
		if f.Key == "external_id" {
			return nil
		}
	}
	all, err := tx.Imports(ctx, 0, maxOldImports)
	if err != nil {
		return err
	}
	for _, imp := range all {
		if imp.Entity != entity || imp.State == store.ImportUndone {
			continue
		}
		if c := idColumn(imp.Mapping); c != "" && guessed[c] == "" && slices.Contains(free, c) {
			guessed[c] = "external_id"
			return nil
		}
	}
	return nil
}
