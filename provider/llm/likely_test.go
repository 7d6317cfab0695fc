package llm

import "testing"

// TestAnswersAreGuessedByTheirSchema: bounded texts grow with their bound, what
// is short by its nature is short, lists and objects add up.
func TestAnswersAreGuessedByTheirSchema(t *testing.T) {
	t.Parallel()
	size := func(output map[string]any) float64 {
		t.Helper()
		s, err := newSchema(output)
		if err != nil {
			t.Fatal(err)
		}
		return likelySize(s.full)
	}
	text := func(most int) map[string]any {
		return map[string]any{"a": map[string]any{"type": "string", "max_length": most}}
	}
	if short, long := size(text(120)), size(text(1200)); short < 10 || short > 30 || long < 80 || long > 150 {
		t.Errorf("120 characters at most: %.0f tokens; 1,200: %.0f", short, long)
	}
	for name, output := range map[string]map[string]any{
		"a number":  {"a": map[string]any{"type": "integer"}},
		"a choice":  {"a": map[string]any{"type": "string", "enum": []any{"yes", "no", "perhaps"}}},
		"a date":    {"a": map[string]any{"type": "string", "format": "date"}},
		"yes or no": {"a": map[string]any{"type": "boolean", "nullable": true}},
	} {
		if n := size(output); n < 5 || n > 20 {
			t.Errorf("%s: %.0f tokens", name, n)
		}
	}
	one := size(map[string]any{"a": map[string]any{"type": "string", "max_length": 300}})
	list := size(map[string]any{"a": map[string]any{"type": "array", "max_items": 9, "items": map[string]any{"type": "string", "max_length": 300}}})
	if list < 2*one || list > 4*one {
		t.Errorf("a list of at most 9: %.0f tokens, one: %.0f", list, one)
	}
	two := size(map[string]any{"a": map[string]any{"type": "string", "min_length": 800}, "b": "string"})
	if two < 200 || two > 300 {
		t.Errorf("at least 800 characters, and a text: %.0f tokens", two)
	}
}

// TestAnEffortIsPartOfTheAnswer: thinking is billed as output, within the most.
func TestAnEffortIsPartOfTheAnswer(t *testing.T) {
	t.Parallel()
	s, err := newSchema(map[string]any{"a": "integer"})
	if err != nil {
		t.Fatal(err)
	}
	last := int64(0)
	for _, effort := range []string{"", "low", "medium", "high", "max"} {
		o := operation{schema: s, settings: settings{maxOutput: 4000, effort: effort}}
		n := o.Answer()
		if n <= last || n > 4000 {
			t.Errorf("effort %q: %d tokens, before %d", effort, n, last)
		}
		last = n
	}
}
