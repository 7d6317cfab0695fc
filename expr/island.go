package expr

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	exprpb "google.golang.org/genproto/googleapis/api/expr/v1alpha1"
	"google.golang.org/protobuf/types/known/structpb"

	"fettle"
)

// What one evaluation of an island may cost, in CEL's units: about one per
// operation and per ten characters touched, so some milliseconds.
const (
	islandCost   = 1_000_000
	islandMemory = 4 << 20
)

// island is a part of a formula that only CEL itself can evaluate. What it
// reads is computed by our own nodes; a blank among it makes the island blank.
type island struct {
	k      kind
	where  string // its place and text, for failures
	prg    cel.Program
	inputs []node
	names  []string
}

func (i *island) kind() kind       { return i.k }
func (i *island) children() []node { return i.inputs }
func (i *island) write(w *writer)  { w.fail("this has no form in SQL", "Use it in formulas only.") }

func (i *island) eval(s *scope) any {
	vars := make(map[string]any, len(i.inputs))
	for at, n := range i.inputs {
		v, ok := celValue(n.eval(s))
		if !ok {
			return nil
		}
		vars[i.names[at]] = v
	}
	out, _, err := i.prg.Eval(vars)
	if err != nil {
		if !blankFailure(err) {
			s.fail(fettle.Errorf(fettle.Invalid, "%s: %w", i.where, err).WithHint("Guard the expression with a condition, or use shorter text."))
		}
		return nil
	}
	if out == types.NullValue {
		return nil
	}
	v, err := goValue(i.k, out)
	if err != nil {
		s.fail(fettle.Errorf(fettle.Invalid, "%s: %w", i.where, err).WithHint("Make it text with string(…)."))
	}
	return v
}

// blankFailure reports whether CEL failed in a way that is a blank for us: a
// division by zero, or a key that a JSON document does not have. CEL's errors
// have no codes.
func blankFailure(err error) bool {
	return strings.Contains(err.Error(), "by zero") || strings.Contains(err.Error(), "no such key")
}

// fail keeps the first failure.
func (s *scope) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// celValue gives CEL a value; a blank, or JSON that cannot be read, is none.
func celValue(v any) (any, bool) {
	switch v := v.(type) {
	case nil:
		return nil, false
	case fettle.Day:
		t, ok := instant(v)
		return t, ok
	case json.RawMessage:
		var doc any
		err := json.Unmarshal(v, &doc)
		return doc, err == nil && doc != nil
	}
	return v, true
}

// goValue gives the Go form of what CEL computed.
func goValue(k kind, v ref.Val) (any, error) {
	switch v := v.(type) {
	case types.Int:
		if k == kindNumber {
			return float64(v), nil
		}
	case types.Uint:
		if k == kindNumber {
			return float64(v), nil
		}
	case types.Double:
		if k == kindNumber {
			return finite(float64(v)), nil
		}
	case types.Timestamp:
		if k == kindTime {
			return timeValue(v.Time), nil
		}
	}
	if k != kindJSON {
		return v.Value(), nil
	}
	doc, err := v.ConvertToNative(reflect.TypeFor[*structpb.Value]())
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(doc)
	return json.RawMessage(b), err
}

func timeValue(t time.Time) any {
	if t = clock(t); storable(t) {
		return t
	}
	return nil
}

// island compiles e as a CEL program.
func (b *builder) island(e ast.Expr) (node, error) {
	base, err := b.env.islands()
	if err != nil {
		return nil, err
	}
	h := hoister{b: b, fac: ast.NewExprFactory(), nextID: 1 << 40}
	root := h.fac.CopyExpr(e)
	if err := h.children(root, nil); err != nil {
		return nil, err
	}
	env, err := base.Extend(h.vars...)
	if err != nil {
		return nil, fettle.Errorf(fettle.Internal, "extend CEL's environment: %w", err)
	}
	checked, err := b.check(env, root)
	if err != nil {
		return nil, err
	}
	k, ok := islandKind(checked.OutputType())
	if !ok {
		return nil, b.src.errorf(e, "%s is %s, which no field can hold", b.src.snippet(e), checked.OutputType()).WithHint("Make it text with string(…).")
	}
	prg, err := env.Program(checked, cel.CostLimit(islandCost), cel.MemoryLimit(islandMemory))
	if err != nil {
		return nil, b.src.errorf(e, "%w", err).WithHint("Simplify the expression.")
	}
	where := b.src.errorf(e, "%s", b.src.snippet(e)).Message
	return &island{k: k, where: where, prg: prg, inputs: h.inputs, names: h.names}, nil
}

func islandKind(t *cel.Type) (kind, bool) {
	switch t.Kind() {
	case types.StringKind:
		return kindText, true
	case types.IntKind, types.UintKind, types.DoubleKind:
		return kindNumber, true
	case types.BoolKind:
		return kindBool, true
	case types.TimestampKind:
		return kindTime, true
	case types.ListKind, types.MapKind, types.DynKind, types.AnyKind:
		return kindJSON, true
	default:
		return kindJSON, false
	}
}

// check runs CEL's type checker.
func (b *builder) check(env *cel.Env, root ast.Expr) (*cel.Ast, error) {
	pb, err := ast.ExprToProto(root)
	if err != nil {
		return nil, b.src.errorf(root, "%w", err).WithHint("Simplify the expression.")
	}
	info, err := ast.SourceInfoToProto(b.src.tree.SourceInfo())
	if err != nil {
		return nil, b.src.errorf(root, "%w", err).WithHint("Simplify the expression.")
	}
	info.MacroCalls = nil // they hold the expressions that were hoisted
	parsed := cel.ParsedExprToAstWithSource(&exprpb.ParsedExpr{Expr: pb, SourceInfo: info}, common.NewTextSource(b.src.text))
	checked, issues := env.Check(parsed)
	if issues.Err() == nil {
		return checked, nil
	}
	first := issues.Errors()[0]
	message := strings.TrimSuffix(first.Message, " (in container '')")
	message = strings.Replace(message, "undeclared reference to", "there is no function or name", 1)
	return nil, b.src.at(first.Location.Line(), first.Location.Column(), "%s", message).
		WithHint("Functions on text, such as substring, split and replace, and math.* are those of CEL.")
}

// hoister replaces what our own nodes can compute by variables.
type hoister struct {
	b      *builder
	fac    ast.ExprFactory
	nextID int64
	vars   []cel.EnvOption
	inputs []node
	names  []string
}

func (h *hoister) id() int64 {
	h.nextID++
	return h.nextID
}

// visit replaces e, or what is in it. Bound names are variables of macros.
func (h *hoister) visit(e ast.Expr, bound map[string]bool) error {
	if e.Kind() == ast.IdentKind && bound[e.AsIdent()] {
		return nil
	}
	if !h.native(e) || mentions(e, bound) {
		return h.children(e, bound)
	}
	n, err := h.b.value(h.fac.CopyExpr(e))
	if err != nil {
		return err
	}
	t := cel.DynType
	switch n.kind() {
	case kindText:
		t = cel.StringType
	case kindNumber:
		t = cel.DoubleType
	case kindBool:
		t = cel.BoolType
	case kindDate, kindTime:
		t = cel.TimestampType
	case kindDuration:
		d, _ := n.eval(&scope{rec: noRecord{}}).(time.Duration)
		e.SetKindCase(h.fac.NewCall(e.ID(), "duration", h.fac.NewLiteral(h.id(), types.String(d.String()))))
		return nil
	case kindNull, kindJSON:
	}
	name := "input_" + itoa(len(h.names))
	h.names, h.inputs = append(h.names, name), append(h.inputs, n)
	h.vars = append(h.vars, cel.Variable(name, t))
	e.SetKindCase(h.fac.NewIdent(e.ID(), name))
	return nil
}

// children visits what is in e, which stays CEL's.
func (h *hoister) children(e ast.Expr, bound map[string]bool) error {
	switch e.Kind() {
	case ast.IdentKind:
		if !strings.HasPrefix(e.AsIdent(), "@") && !bound[e.AsIdent()] {
			_, err := h.b.ident(e)
			return err
		}
	case ast.SelectKind:
		return h.visit(e.AsSelect().Operand(), bound)
	case ast.ListKind:
		return h.all(e.AsList().Elements(), bound)
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			if err := h.all([]ast.Expr{entry.AsMapEntry().Key(), entry.AsMapEntry().Value()}, bound); err != nil {
				return err
			}
		}
	case ast.ComprehensionKind:
		return h.comprehension(e.AsComprehension(), bound)
	case ast.CallKind:
		return h.call(e, bound)
	case ast.LiteralKind, ast.StructKind, ast.UnspecifiedExprKind:
	}
	return nil
}

func (h *hoister) all(list []ast.Expr, bound map[string]bool) error {
	for _, e := range list {
		if err := h.visit(e, bound); err != nil {
			return err
		}
	}
	return nil
}

func (h *hoister) comprehension(c ast.ComprehensionExpr, bound map[string]bool) error {
	if err := h.visit(c.IterRange(), bound); err != nil {
		return err
	}
	inner := maps.Clone(bound)
	if inner == nil {
		inner = map[string]bool{}
	}
	inner[c.AccuVar()], inner[c.IterVar()] = true, true
	if c.HasIterVar2() {
		inner[c.IterVar2()] = true
	}
	return h.all([]ast.Expr{c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()}, inner)
}
