package declare

import (
	"cmp"
	"slices"
	"strings"

	"fettle"
)

// Fault is one of several errors of documents.
type Fault struct {
	Document int    `json:"document"`
	Line     int    `json:"line"`
	Key      string `json:"key,omitempty"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

// maxFaults is how many errors are told at once.
const maxFaults = 50

// Together gives errors as one: the first, whose detail "faults" lists all of
// them in the order of the lines where there are several.
func Together(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	if len(errs) == 1 {
		return errs[0]
	}
	faults := make([]Fault, 0, len(errs))
	for _, err := range errs[:min(len(errs), maxFaults)] {
		e := fettle.AsError(err)
		f := Fault{Message: e.Message, Hint: e.Hint}
		f.Document, _ = e.Details["document"].(int)
		f.Line, _ = e.Details["line"].(int)
		f.Key, _ = e.Details["key"].(string)
		faults = append(faults, f)
	}
	slices.SortStableFunc(faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	return fettle.AsError(errs[0]).With("faults", faults)
}

// placed is where an error of a document is.
type placed struct {
	line int
	key  string
}

// follows reports whether an error at a place only follows from one that was
// found: at its key, or within what is wrong as a whole.
func (p placed) follows(found []placed) bool {
	return slices.ContainsFunc(found, func(f placed) bool {
		return p.line == f.line && (f.key == "" || p.key == f.key || strings.HasPrefix(p.key, f.key+"."))
	})
}
