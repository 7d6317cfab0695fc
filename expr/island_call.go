package expr

import (
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"fettle"
)

// wholeNumbers says which arguments of CEL's functions are whole numbers: ours
// are doubles everywhere.
var wholeNumbers = map[string][]int{
	"charAt": {0}, "substring": {0, 1}, "indexOf": {1}, "lastIndexOf": {1}, "split": {1}, "replace": {2},
	operators.Index: {1}, operators.Modulo: {0, 1},
	"math.bitAnd": {0, 1}, "math.bitOr": {0, 1}, "math.bitXor": {0, 1}, "math.bitNot": {0},
	"math.bitShiftLeft": {0, 1}, "math.bitShiftRight": {0, 1},
}

// namespaces stand before a dot without being values.
var namespaces = map[string]bool{"math": true, "strings": true}

func (h *hoister) call(e ast.Expr, bound map[string]bool) error {
	c := e.AsCall()
	name := c.FunctionName()
	if c.IsMemberFunction() {
		target := c.Target()
		if target.Kind() == ast.IdentKind && namespaces[target.AsIdent()] {
			name = target.AsIdent() + "." + name
		} else if err := h.visit(target, bound); err != nil {
			return err
		}
	}
	whole := map[int]bool{}
	for _, i := range wholeNumbers[name] {
		whole[i] = true
	}
	for i, arg := range c.Args() {
		before := len(h.inputs)
		if err := h.visit(arg, bound); err != nil {
			return err
		}
		hoisted := len(h.inputs) > before && arg.Kind() == ast.IdentKind
		switch lit := literalOf(arg); {
		case whole[i] && hoisted && h.inputs[before].kind() == kindNumber:
			ident := h.fac.NewIdent(h.id(), arg.AsIdent())
			arg.SetKindCase(h.fac.NewCall(arg.ID(), "int", ident))
		case !whole[i] && strings.HasPrefix(name, "math.") && lit != nil:
			if n, ok := lit.(types.Int); ok {
				arg.SetKindCase(h.fac.NewLiteral(arg.ID(), types.Double(n)))
			}
		}
	}
	if own, ok := replaced[name]; ok && c.IsMemberFunction() {
		e.SetKindCase(h.fac.NewMemberCall(e.ID(), own, c.Target(), c.Args()...))
	}
	return nil
}

func literalOf(e ast.Expr) any {
	if e.Kind() != ast.LiteralKind {
		return nil
	}
	return e.AsLiteral()
}

// native reports whether the root of e is ours to compute.
func (h *hoister) native(e ast.Expr) bool {
	switch e.Kind() {
	case ast.IdentKind:
		_, isField := h.b.env.fields[e.AsIdent()]
		return isField || e.AsIdent() == "now" || stamps[e.AsIdent()] != ""
	case ast.SelectKind:
		root := e.AsSelect().Operand()
		if root.Kind() == ast.SelectKind && root.AsSelect().Operand().Kind() == ast.IdentKind {
			return h.b.isSignal(root.AsSelect().Operand().AsIdent())
		} else if root.Kind() == ast.IdentKind && h.b.isSignal(root.AsIdent()) {
			return true
		}
		return h.b.isCompany(root) && h.b.env.entity == fettle.People || h.b.isBefore(root)
	case ast.CallKind:
		return nativeCall(e.AsCall())
	case ast.ComprehensionKind:
		_, ok := h.b.aboutSignals(e.AsComprehension().IterRange())
		return ok
	case ast.LiteralKind, ast.ListKind, ast.MapKind, ast.StructKind, ast.UnspecifiedExprKind:
	}
	return false
}

func nativeCall(c ast.CallExpr) bool {
	name, args := c.FunctionName(), c.Args()
	if c.IsMemberFunction() {
		_, ok := searchOps[name]
		return (ok && len(args) == 1) || (name == "size" && len(args) == 0)
	}
	if _, ok := compareOps[name]; ok {
		return true
	}
	if _, ok := arithOps[name]; ok {
		return true
	}
	switch name {
	case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional, operators.Negate:
		return true
	case operators.In, operators.OldIn:
		return args[1].Kind() == ast.ListKind
	}
	arity, ok := functions[name]
	return ok && arity == len(args)
}

// mentions reports whether e reads one of the names.
func mentions(e ast.Expr, names map[string]bool) bool {
	found := false
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(x ast.Expr) {
		if x.Kind() == ast.IdentKind && names[x.AsIdent()] {
			found = true
		}
	}))
	return found
}
