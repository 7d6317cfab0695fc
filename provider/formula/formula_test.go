package formula_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/provider"
	"fettle/provider/formula"
	"fettle/provider/providertest"
)

func TestFormulaHandsBackWhatWasComputed(t *testing.T) {
	op, err := formula.New().Prepare(fettle.Step{Provider: "formula", Formula: map[string]string{"greeting": `"Hi " + name`, "size": "1.0", "doc": "j", "gone": "email"}}, provider.Connection{})
	if err != nil {
		t.Fatal(err)
	}
	call := provider.Call{Inputs: map[string]any{"greeting": "Hi Jane", "size": 0.0, "doc": json.RawMessage(`[1]`), "gone": "", "other": "x"}}
	if q, ok := op.Quote(call); !ok || q.Max() != 0 {
		t.Errorf("%+v", q)
	}
	res, err := op.Do(t.Context(), call)
	want := map[string]any{"greeting": "Hi Jane", "size": 0.0, "doc": json.RawMessage(`[1]`)}
	if err != nil || res.Outcome != provider.Found || res.Units != 0 || !cmp.Equal(res.Outputs, want) {
		t.Errorf("%v %+v", err, res)
	}
	res, err = op.Do(t.Context(), provider.Call{})
	if err != nil || res.Outcome != provider.NotFound || res.Outputs != nil {
		t.Errorf("%v %+v", err, res)
	}
}

func TestFormulaFingerprint(t *testing.T) {
	key := func(f map[string]string) string {
		op, err := formula.New().Prepare(fettle.Step{Provider: "formula", Formula: f}, provider.Connection{})
		if err != nil {
			t.Fatal(err)
		}
		return op.Fingerprint()
	}
	a := key(map[string]string{"x": "1", "y": "2"})
	if b := key(map[string]string{"y": "2", "x": "1"}); a != b {
		t.Error("the order of the outputs changes what is asked")
	}
	if b := key(map[string]string{"x": "1", "y": "3"}); a == b {
		t.Error("another formula is the same question")
	}
}

func TestConformance(t *testing.T) {
	providertest.Run(t, providertest.Case{
		Provider: formula.New(), Step: fettle.Step{Provider: "formula", Formula: map[string]string{"x": "1"}}, Call: provider.Call{Inputs: map[string]any{"x": 1.0}},
	})
}

func TestFormulaSteps(t *testing.T) {
	for _, step := range []fettle.Step{
		{Provider: "formula"},
		{Provider: "formula", Formula: map[string]string{"x": "1"}, Model: "m"},
		{Provider: "formula", Formula: map[string]string{"x": "1"}, Output: map[string]any{"x": "string"}},
	} {
		if _, err := formula.New().Prepare(step, provider.Connection{}); fettle.CodeOf(err) != fettle.Invalid {
			t.Errorf("%+v: %v", step, err)
		}
	}
}
