// Package formula is the provider of values that are computed here, for free.
// It sees no records: the caller evaluates a step's formulas and passes the
// values as inputs, by output name.
package formula

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"fettle"
	"fettle/provider"
)

// Name is the provider's name and its operation's id.
const Name = "formula"

// Provider computes formulas.
type Provider struct{}

// New makes the provider.
func New() *Provider { return &Provider{} }

// Describe says what the provider offers.
func (*Provider) Describe() provider.Description {
	return provider.Description{Name: Name, Title: "Formula", Kind: provider.Formula, Unit: "credit", Operations: []provider.OperationInfo{info(nil)}}
}

// info describes the operation: what goes in comes out. The type of an output
// is its formula's, which the caller knows.
func info(names []string) provider.OperationInfo {
	params := make([]provider.Param, len(names))
	for i, name := range names {
		params[i] = provider.Param{Name: name, Type: fettle.JSON, Label: name}
	}
	return provider.OperationInfo{ID: Name, Title: "Formula", Inputs: params, Outputs: params, Definition: "Computes each output from the record's own fields."}
}

// Prepare checks that there is a formula. That it compiles is the caller's to
// check, who knows the fields.
func (*Provider) Prepare(step fettle.Step, _ provider.Connection) (provider.Operation, error) {
	if step.Provider != Name {
		return nil, fettle.Errorf(fettle.Invalid, "there is no operation %s", step.Provider).WithHint("Write provider: %s.", Name).With("key", "provider")
	}
	if len(step.Formula) == 0 {
		return nil, fettle.Errorf(fettle.Invalid, "the step has no formula").WithHint("Give one for each output, such as formula: {full_name: first_name + \" \" + last_name}.").With("key", "formula")
	}
	if unused := unused(step); len(unused) > 0 {
		return nil, fettle.Errorf(fettle.Invalid, "a formula takes no %s", strings.Join(unused, ", ")).WithHint("Name fields in the formula itself.").With("key", unused[0])
	}
	formulas, err := json.Marshal(step.Formula) // sorted by name
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(formulas)
	return operation{names: slices.Sorted(maps.Keys(step.Formula)), fingerprint: Name + ":" + hex.EncodeToString(sum[:12])}, nil
}

// unused lists what a step says that a formula has no use for.
func unused(step fettle.Step) []string {
	var keys []string
	for _, name := range slices.Sorted(maps.Keys(step.Inputs)) {
		keys = append(keys, "inputs."+name)
	}
	for _, name := range slices.Sorted(maps.Keys(step.Options)) {
		keys = append(keys, "options."+name)
	}
	for _, name := range slices.Sorted(maps.Keys(step.Output)) {
		keys = append(keys, "output."+name)
	}
	if step.Model != "" {
		keys = append(keys, "model")
	}
	if step.Prompt != "" {
		keys = append(keys, "prompt")
	}
	return keys
}

// operation hands back what it is given.
type operation struct {
	names       []string
	fingerprint string
}

// Info describes the step's outputs.
func (o operation) Info() provider.OperationInfo { return info(o.names) }

// Fingerprint identifies the formulas.
func (o operation) Fingerprint() string { return o.fingerprint }

// Quote is nothing, always.
func (operation) Quote(provider.Call) (provider.Quote, bool) { return provider.Quote{}, true }

// Recovery says that computing again costs nothing.
func (operation) Recovery() provider.Recovery { return provider.Recovery{Resend: true} }

// Do gives the values that are not blank.
func (o operation) Do(_ context.Context, call provider.Call) (provider.Result, error) {
	outputs := map[string]any{}
	for _, name := range o.names {
		if v := call.Inputs[name]; v != nil && v != "" {
			outputs[name] = v
		}
	}
	if len(outputs) == 0 {
		return provider.Result{Outcome: provider.NotFound}, nil
	}
	return provider.Result{Outcome: provider.Found, Outputs: outputs}, nil
}
