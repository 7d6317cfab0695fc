package declarative

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"

	"fettle"
)

// costLimit bounds the work of one expression, in CEL's units: enough for a
// filter over the largest answer that is read, too little to hold a core.
const costLimit = 5_000_000

// maxExpr is the longest expression, in characters.
const maxExpr = 10_000

// Variables of expressions, by where they stand.
var (
	requestVars   = []string{"input", "options", "capabilities", "ref"}
	pollVars      = []string{"job_id"}
	priceVars     = []string{"input", "options", "capabilities"}
	factVars      = []string{"options", "capabilities"}
	probeVars     = []string{"resp", "body"}
	matchVars     = []string{"item", "resp", "body"}
	responseVars  = []string{"resp", "body", "input", "options", "capabilities"}
	itemVars      = []string{"resp", "body", "item", "ref", "input", "options", "capabilities"}
	candidateVars = []string{"c", "resp", "body", "input", "options"}
)

// scope holds the variables of one call. It is the activation of every
// expression, so that no map is built for one.
type scope struct {
	input   map[string]any
	options map[string]any
	caps    ref.Val
	ref     string
	jobID   string
	resp    ref.Val
	body    ref.Val
	item    ref.Val
	best    ref.Val
	c       ref.Val

	covered   bool // the call's contact was billed before
	unchanged bool // the answer tells an employment that is no change
}

// ResolveName gives a variable's value.
func (s *scope) ResolveName(name string) (any, bool) {
	var v ref.Val
	switch name {
	case "input":
		return s.input, true
	case "options":
		return s.options, true
	case "ref":
		return s.ref, true
	case "job_id":
		return s.jobID, true
	case "capabilities":
		v = s.caps
	case "resp":
		v = s.resp
	case "body":
		v = s.body
	case "item":
		v = s.item
	case "best":
		v = s.best
	case "c":
		v = s.c
	}
	return v, v != nil
}

// Parent gives no outer scope: there is none.
func (s *scope) Parent() cel.Activation { return nil }

// program is a compiled expression.
type program struct {
	src   string
	prg   cel.Program
	fixed ref.Val         // the value of an expression without variables
	root  string          // input or options, if the expression only picks one of theirs …
	key   string          // … which,
	opt   bool            // … and whether it may be missing
	uses  map[string]bool // the variables that it mentions
}

// errAbsent is the error of an expression that needs a value that is missing.
var errAbsent = errors.New("no value")

// value evaluates the expression. A missing optional is nil; what an optional
// holds is taken out of it.
func (p *program) value(s *scope) (ref.Val, error) {
	if p.fixed != nil {
		return p.fixed, nil
	}
	if p.root != "" {
		m := s.input
		if p.root == "options" {
			m = s.options
		}
		v, ok := m[p.key]
		switch {
		case ok:
			return nativeToValue(v), nil
		case p.opt:
			return nil, nil //nolint:nilnil // a missing optional is no value and no error
		}
		return nil, fmt.Errorf("%s.%s: %w", p.root, p.key, errAbsent)
	}
	v, _, err := p.prg.Eval(s)
	if err != nil {
		return nil, err
	}
	if o, ok := v.(*types.Optional); ok {
		if !o.HasValue() {
			return nil, nil //nolint:nilnil // as above
		}
		return o.GetValue(), nil
	}
	return v, nil
}

// holds evaluates a condition. An expression that fails, as over a field that
// is not there, does not hold.
func (p *program) holds(s *scope) bool {
	v, err := p.value(s)
	return err == nil && v == types.True
}

// mentions reports whether the expression uses any of the variables.
func (p *program) mentions(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return p.uses[n] })
}

// exprs compiles expressions. It lives as long as a definition is loaded.
type exprs struct {
	envs     map[string]*cel.Env
	declared map[string][]string // what input, options, capabilities and resp have
}

func newExprs() *exprs {
	return &exprs{envs: map[string]*cel.Env{}, declared: map[string][]string{"resp": {"status", "headers"}}}
}

// language is what every expression may use. It is made once a process, since
// making it takes time; nobody changes it.
var language = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewCustomEnv(
		cel.StdLib(), cel.OptionalTypes(), ext.Strings(), ext.Lists(), ext.Bindings(), ext.Math(),
		cel.CrossTypeNumericComparisons(true), cel.ParserExpressionSizeLimit(maxExpr), cel.ParserRecursionLimit(100),
	)
})

func (x *exprs) env(vars []string) (*cel.Env, error) {
	id := strings.Join(vars, ",")
	if e, ok := x.envs[id]; ok {
		return e, nil
	}
	base, err := language()
	if err != nil {
		return nil, fmt.Errorf("expression environment: %w", err)
	}
	opts := make([]cel.EnvOption, 0, len(vars))
	for _, v := range vars {
		opts = append(opts, cel.Variable(v, cel.DynType))
	}
	e, err := base.Extend(opts...)
	if err != nil {
		return nil, fmt.Errorf("expression environment: %w", err)
	}
	x.envs[id] = e
	return e, nil
}

// compile checks an expression and makes it ready.
func (x *exprs) compile(src string, vars []string) (*program, error) {
	env, err := x.env(vars)
	if err != nil {
		return nil, err
	}
	tree, issues := env.Compile(src)
	if issues.Err() != nil {
		return nil, issueError(src, issues, vars)
	}
	p := &program{src: src, uses: map[string]bool{}}
	root := ast.NavigateAST(tree.NativeRep())
	if err := x.inspect(p, root); err != nil {
		return nil, err
	}
	p.root, p.key, p.opt = pick(root)
	prg, err := env.Program(tree, cel.CostLimit(costLimit), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, fettle.Errorf(fettle.Invalid, "%s", firstLine(err.Error()))
	}
	p.prg = prg
	if len(p.uses) == 0 {
		v, err := p.value(&scope{})
		if err != nil {
			return nil, fettle.Errorf(fettle.Invalid, "%q: %s", src, firstLine(err.Error()))
		}
		p.fixed = v
	}
	return p, nil
}

// inspect notes the variables and refuses input.x, options.x, capabilities.x
// and resp.x that are not declared.
func (x *exprs) inspect(p *program, root ast.NavigableExpr) error {
	for _, e := range ast.MatchDescendants(root, ast.AllMatcher()) {
		if e.Kind() == ast.IdentKind {
			p.uses[strings.TrimPrefix(e.AsIdent(), ".")] = true
			continue
		}
		of, key, _ := selection(e)
		names, known := x.declared[of]
		if known && !slices.Contains(names, key) {
			err := fettle.Errorf(fettle.Invalid, "%s has no %q", of, key)
			if near := nearest(key, names); near != "" {
				return err.WithHint("Did you mean %s.%s?", of, near)
			}
			return err.WithHint("Declare it first, or use one of: %s.", strings.Join(names, ", "))
		}
	}
	return nil
}

// selection takes variable.key, variable.?key and variable["key"] apart.
func selection(e ast.Expr) (of, key string, optional bool) {
	switch e.Kind() {
	case ast.SelectKind:
		sel := e.AsSelect()
		if sel.Operand().Kind() == ast.IdentKind {
			return sel.Operand().AsIdent(), sel.FieldName(), false
		}
	case ast.CallKind:
		call := e.AsCall()
		name, args := call.FunctionName(), call.Args()
		if (name != "_?._" && name != "_[_]" && name != "_[?_]") || len(args) != 2 || args[0].Kind() != ast.IdentKind || args[1].Kind() != ast.LiteralKind {
			break
		}
		if s, ok := args[1].AsLiteral().Value().(string); ok {
			return args[0].AsIdent(), s, name != "_[_]"
		}
	case ast.UnspecifiedExprKind, ast.ComprehensionKind, ast.IdentKind, ast.ListKind, ast.LiteralKind, ast.MapKind, ast.StructKind:
	}
	return "", "", false
}

// pick recognises an expression that is nothing but input.x or options.x,
// which is most of them, and needs no evaluation.
func pick(root ast.NavigableExpr) (of, key string, optional bool) {
	of, key, optional = selection(root)
	if of != "input" && of != "options" || root.Kind() == ast.SelectKind && root.AsSelect().IsTestOnly() {
		return "", "", false
	}
	return of, key, optional
}

func issueError(src string, issues *cel.Issues, vars []string) error {
	msg := firstLine(issues.Err().Error())
	if errs := issues.Errors(); len(errs) > 0 {
		msg = firstLine(errs[0].Message)
	}
	msg = strings.ReplaceAll(msg, " (in container '')", "")
	return fettle.Errorf(fettle.Invalid, "%q: %s", src, msg).WithHint("Variables here: %s.", strings.Join(vars, ", "))
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSpace(strings.TrimPrefix(line, "ERROR: <input>:"))
}

// compileTemplate checks a template and makes it ready.
func (x *exprs) compileTemplate(src string, vars []string) (*template, error) {
	segments, err := splitTemplate(src)
	if err != nil {
		return nil, err
	}
	t := &template{}
	for _, s := range segments {
		part := templatePart{text: s.text}
		if s.expr {
			if part.prog, err = x.compile(s.text, vars); err != nil {
				return nil, err
			}
		}
		t.parts = append(t.parts, part)
	}
	return t, nil
}
