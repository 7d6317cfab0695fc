package declare

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"fettle"
)

// special are texts that YAML has its own idea of.
var special = []string{
	"yes", "Yes", "NO", "on", "off", "y", "n", "true", "null", "~", "1e3", "1_000", "0x1f", "0o7", ".5", ".inf", "-.INF", ".nan", "+1", "007", "12:30:45", "2026-11-30", "2026-11-30T09:00:00Z",
	"@x", "`x", "%x", "*x", "&x", "!x", "|", ">", "|-", "-", "- x", "?", "? x", ":", "a: b", "a:b", "a :b", "a:", "#", "a #b", "[", "]", "{a: b}", ",", "a, b", "<<", "=", "'", "\"", "'x'", "\\", "\\n", "---", "--- x", "...", "%YAML 1.2",
	" ", "  x", "x  ", "\t", "\tx", "\n", "\n\n", "a\n", "a\n\n", "\na", "a\n b", "a\n\tb", "a\n---\nb", "a\r\nb", "a\rb", "\u0085", "\u2028", "\ufeff", "\u00a0", "ü", "日本", "🙂", "\x7f", "\x1b[0m",
}

func anyText(t *rapid.T, what string) string {
	parts := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(special), rapid.StringMatching(`[a-z ]{0,6}`)), 1, 3).Draw(t, what)
	return strings.Join(parts, rapid.SampledFrom([]string{"", " ", "\n"}).Draw(t, "between"))
}

// TestAnyTextIsReadBack holds that any text comes back as it was, wherever a document
// has it: as a value, in a list, as a key, alone on its line or in a block.
func TestAnyTextIsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key, text := anyText(t, "key"), func() string { return anyText(t, "text") }
		docs := []Document{
			{Kind: KindEnrichment, Name: "e", Enrichment: &fettle.Definition{
				Audience: []string{text(), text()},
				Steps: []fettle.Step{{
					Provider: "x/y", Inputs: map[string]string{key: text()}, Options: map[string]any{key: text(), "l": []any{text(), []any{text()}, map[string]any{key: text()}, nil, true, 1.5}},
					Prompt: text(), System: text(), Output: map[string]any{key: map[string]any{"enum": []any{text(), text()}}}, Formula: map[string]string{key: text()},
				}},
				Outputs: fettle.Outputs{{Name: key, Field: text()}}, Write: fettle.FillBlanks, Follow: true, RerunOn: "never", Unknown: "hold",
			}},
			{Kind: KindField, Name: "people.stage", Field: &fettle.Field{Entity: fettle.People, Key: "stage", Type: fettle.Select, Label: text(), Description: text(), Options: []string{text(), text()}}},
			{Kind: KindLimit, Name: "budget b", Limit: &Limit{Scope: "budget", Key: "b", Limit: fettle.Limit{None: true, Per: fettle.Lifetime}, Enrichments: []string{text()}, People: []string{text(), text()}}},
		}
		for _, d := range docs {
			written, err := Write(d)
			if err != nil {
				t.Fatal(err)
			}
			back, err := Parse(written)
			if err != nil {
				t.Fatalf("%v\n%s", err, written)
			}
			if diff := cmp.Diff(d, back[0], cmpopts.IgnoreFields(Document{}, "Number", "Line", "Definition"), cmpopts.IgnoreUnexported(Document{})); diff != "" {
				t.Fatalf("(-written +read):\n%s\n%s", diff, written)
			}
		}
	})
}
