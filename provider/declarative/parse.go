package declarative

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"fettle"
)

// maxSource is the largest definition, in bytes; maxAliases is how many YAML
// aliases it may have, which could otherwise unfold without end; maxDepth is
// how deep it may nest, which the YAML library follows by recursion.
const (
	maxSource  = 256 << 10
	maxAliases = 50
	maxDepth   = 100
)

// Parse reads a definition and compiles every expression in it. Its error is
// Invalid and names the line, the operation and the key; of several errors it is
// the first, and the detail "faults" lists all of them.
func Parse(source []byte) (*Definition, error) { return parse(source, false) }

func parse(source []byte, writes bool) (*Definition, error) {
	if len(source) > maxSource {
		return nil, fettle.Errorf(fettle.Invalid, "a definition of %d bytes", len(source)).WithHint("At most %d bytes are read.", maxSource)
	}
	d := &Definition{source: bytes.Clone(source), writes: writes}
	tree, err := decode(d.source, &d.document)
	if err != nil {
		return nil, err
	}
	c := &compiler{d: d, x: newExprs(), path: "$", keys: unknownKeys(tree)}
	c.faults = c.keys.found
	c.compile()
	if len(c.faults) > 0 {
		return nil, together(c.faults)
	}
	return d, nil
}

// Source gives the text that the definition was read from.
func (d *Definition) Source() []byte { return bytes.Clone(d.source) }

// decode reads YAML, and gives it as it was written too. A panic of the YAML
// library is a fault in the text: it comes from strangers. Keys that are not known
// are looked for by unknownKeys.
func decode(source []byte, into *document) (tree ast.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fettle.Errorf(fettle.Invalid, "the definition cannot be read as YAML: %v", r)
		}
	}()
	if tooDeep(source) {
		return nil, fettle.Errorf(fettle.Invalid, "the definition nests too deep").WithHint("At most %d levels are read.", maxDepth)
	}
	tokens, aliases := lexer.Tokenize(string(source)), 0
	for _, t := range tokens {
		if t.Type == token.AliasType {
			aliases++
		}
	}
	if aliases > maxAliases {
		return nil, fettle.Errorf(fettle.Invalid, "%d YAML aliases", aliases).WithHint("Write the values out.")
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, yamlError(err)
	}
	docs := slices.DeleteFunc(file.Docs, func(d *ast.DocumentNode) bool { return d.Body == nil || d.Body.Type() == ast.CommentType })
	switch len(docs) {
	case 1:
		tree = docs[0].Body
	case 0:
		return nil, fettle.Errorf(fettle.Invalid, "nothing is written in the definition").WithHint("The file must be YAML of the form provider/v1.")
	default:
		return nil, fettle.Errorf(fettle.Invalid, "more than one document").WithHint("Put each definition in a file of its own.")
	}
	if err := yaml.NodeToValue(tree, into); err != nil {
		return nil, yamlError(err)
	}
	return tree, nil
}

// tooDeep looks for deep nesting without parsing: brackets that stay open, and
// lines that begin many lists.
func tooDeep(source []byte) bool {
	depth, starts := 0, 0
	for i, c := range source {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(0, depth-1)
		case '\n':
			starts = 0
		case '-', '?':
			if i+1 < len(source) && (source[i+1] == ' ' || source[i+1] == '\t') {
				starts++
			}
		}
		if depth > maxDepth || starts > 4*maxDepth {
			return true
		}
	}
	return false
}

// yamlError turns the YAML library's error into ours, with the line.
func yamlError(err error) error {
	msg, line := firstLine(err.Error()), 0
	if yerr, ok := errors.AsType[yaml.Error](err); ok {
		msg = yerr.GetMessage()
		if t := yerr.GetToken(); t != nil && t.Position != nil {
			line = t.Position.Line
		}
	}
	return atLine(fettle.Errorf(fettle.Invalid, "%s", msg), line).WithHint("The file must be YAML of the form provider/v1.")
}

func atLine(e *fettle.Error, line int) *fettle.Error {
	if line == 0 {
		return e
	}
	e = e.With("line", line)
	e.Message = fmt.Sprintf("line %d: %s", line, e.Message)
	return e
}

// lineOf finds the line of a YAML path such as $.operations[0].cost, or of the
// nearest part of it that is there; 0 if nothing is.
func lineOf(source []byte, path string) (line int) {
	defer func() {
		if recover() != nil {
			line = 0
		}
	}()
	file, err := parser.ParseBytes(source, 0)
	if err != nil {
		return 0
	}
	for path != "$" && path != "" {
		if p, err := yaml.PathString(path); err == nil {
			if n, err := p.FilterFile(file); err == nil && n != nil && n.GetToken() != nil {
				return n.GetToken().Position.Line
			}
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return 0
}

// nearest is the name most like s, if one is like it at all.
func nearest(s string, names []string) string {
	best, least := "", max(1, len(s)/3)+1
	for _, n := range names {
		if d := distance(s, n); d < least {
			best, least = n, d
		}
	}
	return best
}

// distance is the number of single-character edits between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
