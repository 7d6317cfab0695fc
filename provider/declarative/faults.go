package declarative

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"fettle"
)

// Fault is one of several errors of a definition.
type Fault struct {
	Line    int    `json:"line"` // 0: of the whole
	Key     string `json:"key,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"` // what to do
}

// maxFaults is how many errors are told at once.
const maxFaults = 50

// Faults lists what an error of Parse or of Test tells, in the order of the lines.
func Faults(err error) []Fault {
	if err == nil {
		return nil
	}
	e := fettle.AsError(err)
	if all, ok := e.Details["faults"].([]Fault); ok {
		return all
	}
	return []Fault{faultOf(e)}
}

func faultOf(e *fettle.Error) Fault {
	f := Fault{Message: e.Message, Hint: e.Hint}
	f.Line, _ = e.Details["line"].(int)
	f.Key, _ = e.Details["key"].(string)
	return f
}

// together gives errors as one: the first, whose detail "faults" lists all of
// them where there are several.
func together(errs []*fettle.Error) error {
	slices.SortStableFunc(errs, func(a, b *fettle.Error) int { return cmp.Compare(faultOf(a).Line, faultOf(b).Line) })
	if len(errs) == 1 {
		return errs[0]
	}
	faults := make([]Fault, 0, len(errs))
	for _, e := range errs[:min(len(errs), maxFaults)] {
		faults = append(faults, faultOf(e))
	}
	return errs[0].With("faults", faults)
}

// unknownKeys looks for the keys that nothing reads, wherever they are.
func unknownKeys(tree ast.Node) (w *keyWalk) {
	defer func() {
		if recover() != nil {
			w = &keyWalk{} // the decoder has read it, and tells of the rest
		}
	}()
	w = &keyWalk{}
	w.walk(tree, reflect.TypeFor[document](), "$")
	return w
}

// keyWalk compares the keys of a document with what it is read into.
type keyWalk struct {
	found []*fettle.Error
	meant []string // the paths of keys that were probably meant: that they are missing follows
}

func (w *keyWalk) walk(n ast.Node, t reflect.Type, path string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch v := n.(type) {
	case *ast.AnchorNode:
		w.walk(v.Value, t, path)
	case *ast.SequenceNode:
		if t.Kind() != reflect.Slice {
			return
		}
		for i, e := range v.Values {
			w.walk(e, t.Elem(), path+"["+strconv.Itoa(i)+"]")
		}
	case *ast.MappingNode:
		for _, e := range v.Values {
			w.entry(e, t, path)
		}
	case *ast.MappingValueNode:
		w.entry(v, t, path)
	}
}

func (w *keyWalk) entry(v *ast.MappingValueNode, t reflect.Type, path string) {
	key := v.Key.GetToken().Value
	below := path + "." + key
	switch {
	case key == "<<": // what is named there was read where it stands
	case t == reflect.TypeFor[params]():
		w.walk(v.Value, reflect.TypeFor[param](), below)
	case t.Kind() == reflect.Map:
		w.walk(v.Value, t.Elem(), below)
	case t.Kind() == reflect.Struct:
		for f := range t.Fields() {
			if f.Tag.Get("yaml") == key && key != "" {
				w.walk(v.Value, f.Type, below)
				return
			}
		}
		if len(w.found) < maxFaults {
			w.unknown(key, path, v.Key.GetToken().Position.Line, slices.Sorted(maps.Keys(yamlKeys(t))))
		}
	}
}

// yamlKeys gives what each key of a struct is read into.
func yamlKeys(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for f := range t.Fields() {
		if key := f.Tag.Get("yaml"); key != "" {
			out[key] = f.Type
		}
	}
	return out
}

func (w *keyWalk) unknown(key, path string, line int, known []string) {
	err := atLine(fettle.Errorf(fettle.Invalid, "unknown key %q", key), line).With("key", strings.TrimPrefix(path+"."+key, "$."))
	if near := nearest(key, known); near != "" {
		w.meant = append(w.meant, path+"."+near)
		w.found = append(w.found, err.WithHint("Did you mean %s?", near))
		return
	}
	w.found = append(w.found, err.WithHint("Remove it. The keys here are: %s.", strings.Join(known, ", ")))
}

// follows reports whether what is wrong at a path only follows from a key that is
// written otherwise.
func (w *keyWalk) follows(path string) bool {
	return slices.ContainsFunc(w.meant, func(m string) bool {
		return path == m || strings.HasPrefix(path, m+".") || strings.HasPrefix(path, m+"[")
	})
}
