package declare

import (
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"fettle"
	"fettle/internal/nearest"
)

// reader walks one document. It keeps the errors; what is wrong reads as a zero
// value, so that decoding reads as a list of keys.
type reader struct {
	number int            // of the document, from 1
	lines  int            // lines before the document
	noted  map[string]int // the lines of its keys
	errs   []error
	places []placed // of the errors
	shapes *shapes  // set where no document is read, but what one may hold
}

func (r *reader) line(n ast.Node) int {
	if n == nil || n.GetToken() == nil {
		return r.lines + 1
	}
	return r.lines + n.GetToken().Position.Line
}

// fail keeps an error at a line and key.
func (r *reader) fail(line int, key string, err *fettle.Error) {
	if r.shapes != nil {
		return
	}
	p := placed{line, key}
	if p.follows(r.places) {
		return
	}
	r.places = append(r.places, p)
	r.errs = append(r.errs, at(r.number, line, key, err))
}

// at says where in the documents an error is.
func at(document, line int, key string, err *fettle.Error) *fettle.Error {
	where := "document " + strconv.Itoa(document) + ", line " + strconv.Itoa(line)
	if key != "" {
		where += ", " + key
		said := *err
		said.Message = withoutWay(err.Message, key)
		err = &said
	}
	out := fettle.Errorf(err.Code, "%s: %w", where, err).WithHint("%s", err.Hint)
	for k, v := range err.Details {
		out = out.With(k, v)
	}
	return out.With("document", document).With("line", line).With("key", key)
}

// withoutWay takes off the front of a message what its key says already: the
// message is "steps[0]: prompt: …" where the key is steps[0].prompt.
func withoutWay(message, key string) string {
	for key != "" {
		part, rest, ok := strings.Cut(message, ": ")
		if !ok || !strings.HasPrefix(key, part) {
			break
		}
		key, message = strings.TrimPrefix(strings.TrimPrefix(key, part), "."), rest
	}
	return message
}

// mapping is one mapping of a document. What is read from it is absent where
// the key is absent or its value is null.
type mapping struct {
	r       *reader
	path    string // "" for the document itself, else such as steps[0].
	line    int
	entries map[string]ast.Node
	keys    []string // in the order of the text
	schema  schema   // of a reader that has shapes
}

// mapping reads n as a mapping. It refuses keys that are not allowed; allowing
// none allows all.
func (r *reader) mapping(n ast.Node, path string, allowed ...string) *mapping {
	m := &mapping{r: r, path: path, line: r.line(n), entries: map[string]ast.Node{}}
	if r.shapes != nil {
		return r.shapes.mapping(m, n, allowed)
	}
	var values []*ast.MappingValueNode
	switch v := n.(type) {
	case *ast.MappingNode:
		values = v.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{v}
	default:
		r.fail(m.line, strings.TrimSuffix(path, "."), fettle.Errorf(fettle.Invalid, "keys and values are needed here, not %s", typeName(n)).
			WithHint("Write one \"key: value\" a line, indented alike."))
		return m
	}
	for i, v := range values {
		if i == 0 {
			m.line = r.line(v.Key)
		}
		key := v.Key.GetToken().Value
		if len(allowed) > 0 && !slices.Contains(allowed, key) {
			r.fail(r.line(v.Key), path+key, unknownKey(key, allowed))
			continue
		}
		if _, isNull := v.Value.(*ast.NullNode); isNull {
			continue
		}
		m.entries[key] = v.Value
		m.keys = append(m.keys, key)
	}
	return m
}

func unknownKey(key string, allowed []string) *fettle.Error {
	err := fettle.Errorf(fettle.Invalid, "there is no key %q here", key)
	if near := nearest.Of(key, allowed); near != "" {
		return err.WithHint("Did you mean %s?", near).With("nearest", near)
	}
	return err.WithHint("The keys are: %s.", strings.Join(allowed, ", "))
}

// typeName names what stands where something else was wanted.
func typeName(n ast.Node) string {
	switch n.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	case *ast.AnchorNode, *ast.AliasNode:
		return "an anchor or an alias, which are not read"
	case *ast.TagNode:
		return "a tag, which is not read"
	}
	return "something else"
}

func (m *mapping) has(key string) bool { return m.entries[key] != nil }

// at is the line of a key's value, or of the nearest key above it that is there; the
// mapping's own line without any.
func (m *mapping) at(key string) int {
	if n := m.entries[key]; n != nil {
		return m.r.line(n)
	}
	if strings.Contains(key, ".") {
		return lineOf(m.r.noted, m.path+key, m.line)
	}
	return m.line
}

// fail keeps an error at a key.
func (m *mapping) fail(key string, err *fettle.Error) { m.r.fail(m.at(key), m.path+key, err) }

// check keeps err at a key, if there is one.
func (m *mapping) check(key string, err error) {
	if err != nil {
		m.fail(key, fettle.AsError(err))
	}
}

// need refuses a mapping without the key.
func (m *mapping) need(key, hint string) {
	m.required(key)
	if !m.has(key) {
		m.fail(key, fettle.Errorf(fettle.Invalid, "%s is missing", key).WithHint("%s", hint))
	}
}

// text reads a scalar as its text.
func (m *mapping) text(key string) string {
	n := m.entries[key]
	if n == nil {
		return ""
	}
	m.is(key, anyScalar())
	s, ok := scalar(n)
	if !ok {
		m.fail(key, fettle.Errorf(fettle.Invalid, "text is needed here, not %s", typeName(n)).
			WithHint("Put text that begins with { or [ between quotes."))
	}
	return s
}

// scalar gives the text of a scalar; numbers and booleans as they are written.
func scalar(n ast.Node) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return strings.TrimSpace(n.GetToken().Value), true
	}
	return "", false
}

// oneOf reads a word out of a few; the first of them where the key is absent.
func (m *mapping) oneOf(key string, words ...string) string {
	if !m.has(key) {
		return words[0]
	}
	if m.is(key, schema{"enum": words}); m.schema != nil {
		return words[0]
	}
	s := m.text(key)
	if !slices.Contains(words, s) {
		err := fettle.Errorf(fettle.Invalid, "%q is none of: %s", s, strings.Join(words, ", "))
		if near := nearest.Of(s, words); near != "" {
			m.fail(key, err.WithHint("Did you mean %s?", near).With("nearest", near))
		} else {
			m.fail(key, err.WithHint("Write one of: %s.", strings.Join(words, ", ")))
		}
	}
	return s
}

// boolean reads true or false.
func (m *mapping) boolean(key string, absent bool) bool {
	n := m.entries[key]
	if n == nil {
		return absent
	}
	m.is(key, schema{"type": "boolean"})
	v, ok := n.(*ast.BoolNode)
	if !ok {
		m.fail(key, fettle.Errorf(fettle.Invalid, "true or false is needed here, not %s", typeName(n)).WithHint("Write true or false, without quotes."))
		return absent
	}
	return v.Value
}

// count reads a whole number that is not negative.
func (m *mapping) count(key string) int64 {
	s := m.text(key)
	m.is(key, schema{"type": "integer", "minimum": 0})
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		m.fail(key, fettle.Errorf(fettle.Invalid, "%q is not a number of %s", s, key).WithHint("Write a whole number, 0 or more."))
	}
	return n
}

// list reads one word or a list of words.
func (m *mapping) list(key string) []string {
	n := m.entries[key]
	if n == nil {
		return nil
	}
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		text := m.text(key)
		m.is(key, oneOrMore())
		return []string{text}
	}
	out := make([]string, 0, len(seq.Values))
	for i, v := range seq.Values {
		s, ok := scalar(v)
		if !ok {
			m.r.fail(m.r.line(v), m.path+key+"["+strconv.Itoa(i)+"]", fettle.Errorf(fettle.Invalid, "a name is needed here, not %s", typeName(v)).
				WithHint("Write one name, or a list of names."))
		}
		out = append(out, s)
	}
	return out
}

// texts reads a mapping of text to text.
func (m *mapping) texts(key string) map[string]string {
	n := m.entries[key]
	if n == nil {
		return nil
	}
	inner := m.r.mapping(n, m.path+key+".")
	m.each(key, anyScalar())
	out := make(map[string]string, len(inner.keys))
	for _, k := range inner.keys {
		out[k] = inner.text(k)
	}
	return out
}

// tree reads a mapping of anything, in the form that encoding/json gives.
func (m *mapping) tree(key string) map[string]any {
	n := m.entries[key]
	if n == nil {
		return nil
	}
	inner := m.r.mapping(n, m.path+key+".")
	out := make(map[string]any, len(inner.keys))
	for _, k := range inner.keys {
		out[k] = m.r.value(inner.entries[k], inner.path+k)
	}
	return out
}

func (r *reader) value(n ast.Node, path string) any {
	switch v := n.(type) {
	case *ast.NullNode:
		return nil
	case *ast.BoolNode:
		return v.Value
	case *ast.IntegerNode, *ast.FloatNode:
		return r.number64(n, path)
	case *ast.StringNode, *ast.LiteralNode:
		s, _ := scalar(n)
		return s
	case *ast.SequenceNode:
		out := make([]any, 0, len(v.Values))
		for i, e := range v.Values {
			out = append(out, r.value(e, path+"["+strconv.Itoa(i)+"]"))
		}
		return out
	case *ast.MappingNode, *ast.MappingValueNode:
		inner := r.mapping(n, path+".")
		out := make(map[string]any, len(inner.keys))
		for _, k := range inner.keys {
			out[k] = r.value(inner.entries[k], inner.path+k)
		}
		return out
	}
	r.fail(r.line(n), path, fettle.Errorf(fettle.Invalid, "a value is needed here, not %s", typeName(n)).WithHint("Write the value out."))
	return nil
}

func (r *reader) number64(n ast.Node, path string) float64 {
	text, _ := scalar(n)
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		i, ierr := strconv.ParseInt(text, 0, 64) // 0x10, 0o7
		if ierr != nil {
			r.fail(r.line(n), path, fettle.Errorf(fettle.Invalid, "%q is not a number", text).WithHint("Write a decimal number."))
		}
		f = float64(i)
	}
	return f
}
