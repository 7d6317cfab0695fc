package declarative

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/provider"
)

// The kinds of documents.
const (
	kindProvider    = "DataProvider"
	kindDestination = "DataDestination"
)

// The operations of a destination: what writes records, and what reads what they
// hold there.
const (
	OpWrite = "write"
	OpRead  = "read"
)

// What the operations of a destination are asked with, and what reading gives.
const (
	InputID      = "id"     // the record's id there
	InputFields  = "fields" // what is set → its value
	OptionFields = "names"  // of reading: the list of what is to be read
	OutputFields = "fields"
)

// ParseDestination reads how a service is reached to which records go: a document
// of the kind DataDestination, in the language of providers. It has the operation
// write, and read where it can be asked what is there.
func ParseDestination(source []byte) (*Definition, error) { return parse(source, true) }

// destination fills in what the operations of a destination have in common.
func (c *compiler) destination(op *operation) error {
	c.plain = false
	if !c.d.writes {
		return nil
	}
	if err := c.oneOf("id", op.ID, OpWrite, OpRead); err != nil {
		return err
	}
	if err := c.oneOf("values", c.d.Values, "text", "json", ""); err != nil {
		return err
	}
	if op.Mode == modeJob {
		return c.failf("mode", "Write mode: batch, or leave it out.", "a destination answers at once")
	}
	c.plain = op.ID == OpWrite
	if len(op.Inputs.Fields) == 0 {
		op.Inputs.Fields = params{{name: InputID, Type: "text"}, {name: InputFields, Type: "json"}}
		op.Inputs.Options = params{{name: OptionFields, Type: "json"}}
		op.Inputs.RequireAny = [][]string{{InputID}}
	}
	if op.Cost.Estimate == "" {
		op.Cost.Estimate = "0"
	}
	if len(op.Outcomes) == 0 && op.ID == OpWrite && !op.batches() {
		op.Outcomes = usualOutcomes()
	}
	if len(op.Outputs) == 0 && op.ID == OpWrite {
		op.Outputs = []output{{Field: "written", Type: "boolean", Value: "true"}}
	}
	return nil
}

// usualOutcomes are what statuses mean for a record that is sent by itself.
func usualOutcomes() []rule {
	return []rule{
		{When: "resp.status >= 200 && resp.status < 300", Is: string(provider.Found)},
		{When: "resp.status in [404, 410]", Is: string(provider.NotFound)},
		{When: "resp.status in [400, 409, 413, 415, 422]", Is: string(provider.BadInput)},
		{When: "resp.status in [408, 425, 502, 503]", Is: string(provider.Transient)},
	}
}

// Texts reports whether a destination takes all values as text.
func (d *Definition) Texts() bool { return d.Values == "text" }

// Title is what people call what is defined.
func (d *Definition) Title() string { return d.Name }

// Host is where it is reached, if no connection says otherwise.
func (d *Definition) Host() string {
	u, err := parseBase(d.Server.BaseURL)
	if err != nil {
		return ""
	}
	return u.Host
}

// NeedsKey reports whether nothing is answered without a key.
func (d *Definition) NeedsKey() bool { return d.needsKey() }

// Reads reports whether a destination can be asked what is there.
func (d *Definition) Reads() bool { return slices.Contains(d.order, OpRead) }

// Gap is how long after a request the next one may leave, by the rates.
func (d *Definition) Gap() time.Duration {
	var gap time.Duration
	for _, p := range d.Limits.Policies {
		if n, ok := number(nativeToValue(p.Requests)); ok && n >= 1 {
			gap = max(gap, time.Duration(float64(p.Per)/n))
		}
	}
	return gap
}

// AtATime is how many records a request of an operation holds at the most.
func (d *Definition) AtATime(op string) int {
	if c := d.ops[op]; c != nil && c.def.batches() {
		return c.maxBatch()
	}
	return 1
}

// Keyed reports whether requests that write carry a key by which the service knows
// one that it has had; Resend whether one may be sent again of which nobody knows
// whether it arrived. A definition has to say that it may not.
func (d *Definition) Keyed() bool {
	mode, _ := d.ops[OpWrite].mode.constant()
	return mode == "key" || d.ops[OpWrite].def.Idempotent.Header != ""
}

// Resend reports whether a request that writes may be sent again.
func (d *Definition) Resend() bool { return d.ops[OpWrite].def.AfterTime != "unsafe" }

// Ready gives an operation of a destination, made ready; nil where it has none of
// the name.
func (p *Provider) Ready(op string, conn provider.Connection) (provider.Operation, error) {
	if !slices.Contains(p.def.order, op) {
		return nil, nil //nolint:nilnil // there is none
	}
	return p.Prepare(fettle.Step{Provider: p.def.ID + "/" + op}, conn)
}

// fromKeys makes the document of a destination of what another document says of
// how it is reached: auth, server, limits, values, write, read, fixtures.
func fromKeys(keys map[string]any) (map[string]any, error) {
	doc := map[string]any{"apiVersion": "provider/v1", "kind": kindDestination, "id": "http", "name": "HTTP"}
	var ops []any
	for k, v := range keys {
		switch k {
		case "auth", "server", "limits", "values", "fixtures":
			doc[k] = v
		case OpWrite, OpRead:
			op, ok := v.(map[string]any)
			if !ok {
				return nil, fettle.Errorf(fettle.Invalid, "%s is no operation", k).WithHint("Write %s: {request: {method: POST, path: /contacts, body: {…}}}.", k).With("key", "http."+k)
			}
			with := map[string]any{"id": k}
			maps.Copy(with, op)
			ops = append(ops, with)
		default:
			return nil, fettle.Errorf(fettle.Invalid, "http has no %q", k).WithHint("Its keys: %s.", strings.Join([]string{"auth", "server", "limits", "values", OpWrite, OpRead, "fixtures"}, ", ")).With("key", fmt.Sprintf("http.%s", k))
		}
	}
	if _, is := keys[OpWrite]; !is {
		return nil, fettle.Errorf(fettle.Invalid, "http.write is missing").WithHint("Say what request writes a record: write: {request: {method: POST, path: /contacts, body: {id: \"{{input.id}}\", fields: \"{{input.fields}}\"}}}.").With("key", "http")
	}
	slices.SortFunc(ops, func(a, b any) int {
		return strings.Compare(b.(map[string]any)["id"].(string), a.(map[string]any)["id"].(string))
	})
	doc["operations"] = ops
	return doc, nil
}

// Inline reads how a destination reaches a service by what its own document says.
func Inline(keys map[string]any) (*Definition, error) {
	doc, err := fromKeys(keys)
	if err != nil {
		return nil, err
	}
	source, err := json.Marshal(doc) // which is YAML
	if err != nil {
		return nil, fettle.Errorf(fettle.Invalid, "http cannot be read: %w", err).WithHint("Write it in the words of provider/v1.").With("key", "http")
	}
	d, err := ParseDestination(source)
	if err != nil {
		e := *fettle.AsError(err)
		if line, ok := strings.CutPrefix(e.Message, "line 1: "); ok { // of the text that was made of it
			e.Message = line
		}
		return nil, e.With("key", "http")
	}
	return d, nil
}
