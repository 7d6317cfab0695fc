package expr

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// between stands between the values that Search looks into, so that nothing is
// found across two of them.
const between = "\x1f"

// Search is the filter "one of the fields contains the text", whatever its
// case, over the columns of the alias r. It folds the fields of a record at
// once, which takes a fifth of the time of one contains each. The keys are
// those of fields of text.
func Search(keys []string, text string) Fragment {
	parts := make([]string, len(keys))
	for i, key := range keys {
		parts[i] = `COALESCE(r."` + key + `", '')`
	}
	folded := strings.ReplaceAll(Fold(norm.NFC.String(text)), between, " ")
	return Fragment{
		Text: "fettle_fold(" + strings.Join(parts, " || '"+between+"' || ") + `) LIKE $1 ESCAPE '\'`,
		Args: []any{"%" + likeLiteral(folded) + "%"},
	}
}
