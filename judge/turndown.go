package judge

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"fettle"
	"fettle/identity"
	"fettle/store"
)

// Downed is a value that a step gave and that is turned down: it does not fit
// its field, its provider calls it invalid, or the step does not accept its
// status. For the waterfall it is not found; it was billed, and stays with its
// call.
type Downed struct {
	text   string // what it was, and of which operation
	Misfit bool   // no list of statuses would take it
}

// maxDowned is how much of a value that is turned down is shown, in characters.
const maxDowned = 60

// TurnedDown says in one line what was turned down; "" for nothing.
func TurnedDown(list []Downed) string {
	if len(list) == 0 {
		return ""
	}
	texts := make([]string, 0, len(list))
	for _, d := range list {
		if !slices.Contains(texts, d.text) {
			texts = append(texts, d.text)
		}
	}
	return "turned down: " + strings.Join(texts, "; ")
}

// Take judges what a step gave for an output: v is the value in the form of its
// field, nil if it is blank or turned down.
func (p *Program) Take(s *Step, o fettle.Output, x any, st fettle.Status) (v any, down *Downed) {
	if x == nil {
		return nil, nil
	}
	typ := p.Types[o.Field]
	clean, valid, err := identity.CleanValue(typ, x)
	switch {
	case err != nil:
		return nil, &Downed{fmt.Sprintf("%s %s: %s (%s)", o.Field, shown(x), reason(err), s.called()), true}
	case clean == nil:
		return nil, nil
	case !valid:
		return nil, &Downed{fmt.Sprintf("%s %s: not a valid %s (%s)", o.Field, shown(x), typ, s.called()), true}
	case !s.def.Accepts(st) && (st != "" || s.says(o)):
		if st == "" {
			st = fettle.StatusUnknown
		}
		return nil, &Downed{fmt.Sprintf("%s %s: %s (%s)", o.Field, shown(x), st, s.called()), st == fettle.StatusInvalid}
	}
	return clean, nil
}

// says reports whether the operation gives a status for an output.
func (s *Step) says(o fettle.Output) bool {
	for _, out := range s.info.Outputs {
		if out.Name == s.Outputs[o.Name] {
			return out.Status
		}
	}
	return false
}

// mayTurnDown reports whether a result of the step can be billed and turned
// down, so that the next step is asked all the same: by its status, or because
// it does not fit the type of its field.
func (p *Program) mayTurnDown(s *Step) bool {
	if s.Computed {
		return false
	}
	if s.info.Identity {
		return true // it may be about somebody else
	}
	for _, o := range p.Definition.Outputs {
		if _, given := s.Outputs[o.Name]; given && (p.Types[o.Field] != fettle.Text || s.says(o)) {
			return true
		}
	}
	return false
}

func shown(x any) string {
	s := []rune(fettle.FormatValue(x))
	if len(s) > maxDowned {
		s = append(s[:maxDowned], '…')
	}
	return fmt.Sprintf("%q", string(s))
}

func reason(err error) string {
	if e, ok := errors.AsType[*fettle.Error](err); ok {
		return e.Message
	}
	return err.Error()
}

// unaccepted reports whether the record holds a bought value that no step of
// the program takes: it does not satisfy its cell. The step that asks what the
// value was bought with decides, else any step that gives the output.
func (p *Program) unaccepted(k Facts, c store.Cell, o fettle.Output) bool {
	if k.values().Value(o.Field) == nil || k.byHand(o.Field) {
		return false
	}
	said, _ := k.values().Status(o.Field).(string)
	st := fettle.Status(said)
	if st == "" {
		return false
	}
	bought := k.boughtBy(c)
	others := false
	for i := range p.Steps {
		s := &p.Steps[i]
		if _, gives := s.Outputs[o.Name]; !gives {
			continue
		}
		if bought != "" && s.SameAs(bought) {
			return !s.def.Accepts(st)
		}
		others = others || s.def.Accepts(st)
	}
	return !others
}

// boughtBy is the operation that a cell was bought with; "" if it is not known.
func (k Facts) boughtBy(c store.Cell) string {
	a, _ := k.call(c.AttemptID)
	return a.Operation
}

// call finds a call by which the record is judged.
func (k Facts) call(id int64) (store.Asked, bool) {
	for _, list := range [][]store.Asked{k.Asked, k.others} {
		for _, a := range list {
			if a.ID == id {
				return a, true
			}
		}
	}
	return store.Asked{}, false
}
