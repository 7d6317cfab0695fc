package declarative

import "context"

// Report is what was found of a definition: all that is wrong with it, and what
// its fixtures gave. Nobody was asked.
type Report struct {
	ID         string          `json:"id,omitempty"`
	OK         bool            `json:"ok"`
	Operations []string        `json:"operations"` // as steps name them
	Faults     []Fault         `json:"faults"`     // in the order of the lines
	Fixtures   []FixtureResult `json:"fixtures"`
	Warnings   []string        `json:"warnings"`            // what is allowed, and rarely meant
	Guesses    []Guess         `json:"guesses"`             // lines that were begun with, and nobody has looked up
	FreeCall   string          `json:"free_call,omitempty"` // the call by which a key can be tried without buying anything
}

// Check reads a definition, and runs its fixtures where it can be read.
func Check(ctx context.Context, source []byte) (Report, *Definition) {
	r := Report{Faults: []Fault{}, Fixtures: []FixtureResult{}, Operations: []string{}, Warnings: []string{}, Guesses: guesses(source)}
	def, err := Parse(source)
	if err != nil {
		r.Faults = Faults(err)
		return r, nil
	}
	r.ID, r.Fixtures, r.OK, r.FreeCall = def.ID, def.Run(ctx), true, def.FreeCall()
	for _, f := range r.Fixtures {
		r.OK = r.OK && f.OK
	}
	for _, id := range def.order {
		r.Operations = append(r.Operations, def.ID+"/"+id)
		r.Warnings = append(r.Warnings, def.unheld(id)...)
	}
	return r, def
}

// unheld says what of an operation no fixture holds.
func (d *Definition) unheld(op string) []string {
	var of int
	outcomes := map[string]bool{}
	for _, f := range d.Fixtures {
		if f.Op == op {
			of++
			outcomes[f.Expect.Outcome] = true
		}
	}
	switch {
	case of == 0:
		return []string{"operation " + op + " has no fixture: nothing shows that it reads an answer right"}
	case d.ops[op].def.Mode == modeJob:
		return nil
	case !outcomes["found"]:
		return []string{"operation " + op + " has no fixture of an answer that is found"}
	case !outcomes["not_found"]:
		return []string{"operation " + op + " has no fixture of an answer that has nothing: that is where most definitions are wrong"}
	}
	return nil
}

// Taken notes that the id belongs to a provider that is built in.
func (r *Report) Taken(d *Definition) {
	r.OK = false
	r.Faults = append(r.Faults, Fault{Line: lineOf(d.source, "$.id"), Key: "id", Message: "the provider " + d.ID + " is built in", Hint: "Give the definition another id."})
}

// FreeCall is the call by which a key is tried without buying anything; "" where
// the definition has none.
func (d *Definition) FreeCall() string {
	if t := d.Auth.Test; t != nil {
		return t.Method + " " + t.Path
	}
	return ""
}
