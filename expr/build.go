package expr

import (
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"golang.org/x/text/unicode/norm"

	"fettle"
)

// builder checks a parsed expression and makes its tree.
type builder struct {
	env     *Env
	src     *source
	formula bool // more than SQL can say is allowed
	// asts remembers what each condition was written as, for explanations.
	asts map[node]ast.Expr

	signal string    // what the exists that is being built calls its signal; "" outside
	wanted []*exists // those that are asked for, not ruled out
	exact  bool      // inside !, or where a condition is a value: no span of time is open
}

// exactly builds a condition that may be asked for being false.
func (b *builder) exactly(build func() (node, error)) (node, error) {
	was := b.exact
	b.exact = true
	defer func() { b.exact = was }()
	return build()
}

// condition builds an expression that must be true or false.
func (b *builder) condition(e ast.Expr) (condition, error) {
	n, err := b.value(e)
	if err != nil {
		return nil, err
	}
	if n.kind() != kindBool {
		err := b.src.errorf(e, "%s is %s, not a condition", b.src.snippet(e), n.kind())
		return nil, err.WithHint("Compare it, or write filled(%s).", b.src.snippet(e))
	}
	c := asCondition(n)
	b.asts[c] = e
	return c, nil
}

// value builds any expression.
func (b *builder) value(e ast.Expr) (node, error) {
	switch e.Kind() {
	case ast.LiteralKind:
		return b.literal(e)
	case ast.IdentKind:
		return b.ident(e)
	case ast.SelectKind:
		return b.selected(e)
	case ast.CallKind:
		return b.call(e)
	case ast.ComprehensionKind:
		if company, ok := b.aboutSignals(e.AsComprehension().IterRange()); ok {
			return b.exists(e, company)
		}
		return b.beyond(e, "lists and macros")
	case ast.ListKind, ast.MapKind, ast.StructKind:
		return b.beyond(e, "lists and macros")
	case ast.UnspecifiedExprKind:
	}
	return nil, b.src.errorf(e, "this expression cannot be read").WithHint("Compare fields with == < > or contains.")
}

// beyond is for what only CEL itself can evaluate.
func (b *builder) beyond(e ast.Expr, what string) (node, error) {
	if b.formula {
		return b.island(e)
	}
	return nil, b.src.errorf(e, "%s cannot be used in a filter", what).
		WithHint("Filters know == != < <= > >= in && || ! + - * /, filled, blank, within, signals.exists, verdict, contains, startsWith, endsWith, lower, size, status, source, created_at, updated_at, date, timestamp and now. Formulas know more.")
}

func (b *builder) literal(e ast.Expr) (node, error) {
	switch v := e.AsLiteral().(type) {
	case types.Bool:
		return &literal{kindBool, bool(v)}, nil
	case types.Int:
		return &literal{kindNumber, float64(v)}, nil
	case types.Uint:
		return &literal{kindNumber, float64(v)}, nil
	case types.Double:
		if f := finite(float64(v)); f != nil {
			return &literal{kindNumber, f}, nil
		}
		return nil, b.src.errorf(e, "the number is too large").WithHint("Numbers have at most 308 digits.")
	case types.String:
		return b.textLiteral(e, string(v))
	case types.Null:
		return &literal{kindNull, nil}, nil
	}
	return b.beyond(e, "bytes")
}

func (b *builder) textLiteral(e ast.Expr, v string) (node, error) {
	if strings.ContainsRune(v, 0) || !utf8.ValidString(v) {
		return nil, b.src.errorf(e, "the text holds a character that no field can hold").WithHint("Leave out \\u0000 and broken escapes.")
	}
	if !ascii(v) {
		v = norm.NFC.String(v) // an accent may have been written as an escape
	}
	return &literal{kindText, v}, nil
}

func (b *builder) ident(e ast.Expr) (node, error) {
	name := e.AsIdent()
	if b.signal != "" && name == b.signal {
		return nil, b.noSignal(e, name)
	}
	if f, ok := b.env.fields[name]; ok {
		return &field{key: name, typ: f.Type, k: kindOf(f.Type)}, nil
	}
	switch {
	case name == "now":
		return clockNode{}, nil
	case stamps[name] != "":
		return b.stamp(e, name)
	case name == Signals || name == LatestSignal:
		return nil, b.noSignal(e, name)
	case name == "company" && b.env.entity == fettle.People:
		return nil, b.src.errorf(e, "company is not a field").WithHint("Name one of its fields, such as company.name.")
	case name == "company":
		return nil, b.src.errorf(e, "a company has no company").WithHint("Name the field itself, such as name.")
	}
	return nil, b.src.wrap(e, b.env.unknownField(name, false))
}

// selected builds company.title; has(company.title) is filled(company.title).
func (b *builder) selected(e ast.Expr) (node, error) {
	sel := e.AsSelect()
	if b.isBefore(sel.Operand()) {
		return b.before(e)
	}
	if n, ok, err := b.signalPart(e); ok {
		return n, err
	}
	if !b.isCompany(sel.Operand()) {
		if sel.Operand().Kind() == ast.IdentKind && !b.formula {
			if _, err := b.ident(sel.Operand()); err != nil {
				return nil, err
			}
		}
		return b.beyond(e, "a part of a value")
	}
	if b.env.entity != fettle.People {
		return b.ident(sel.Operand()) // says why
	}
	f, ok := b.env.company[sel.FieldName()]
	if !ok && sel.FieldName() == Signals {
		return nil, b.noSignal(e, Signals)
	}
	if !ok {
		return nil, b.src.wrap(e, b.env.unknownField(sel.FieldName(), true))
	}
	n := &field{key: f.Key, typ: f.Type, k: kindOf(f.Type), company: true}
	if sel.IsTestOnly() {
		return &presence{n: n}, nil
	}
	return n, nil
}

func (b *builder) isCompany(e ast.Expr) bool {
	return e.Kind() == ast.IdentKind && e.AsIdent() == "company" && b.signal != "company"
}

var compareOps = map[string]compareOp{
	operators.Equals: opEqual, operators.NotEquals: opNotEqual, operators.Less: opLess,
	operators.LessEquals: opLessEqual, operators.Greater: opGreater, operators.GreaterEquals: opGreaterEqual,
}

var arithOps = map[string]arithOp{operators.Add: '+', operators.Subtract: '-', operators.Multiply: '*', operators.Divide: '/'}

func (b *builder) call(e ast.Expr) (node, error) {
	c := e.AsCall()
	name, args := c.FunctionName(), c.Args()
	if op, ok := compareOps[name]; ok {
		n, err := b.exactly(func() (node, error) { return b.compare(e, op) })
		if c, ok := n.(*comparison); ok && !b.exact {
			c.open()
		}
		return n, err
	}
	if op, ok := arithOps[name]; ok {
		return b.arith(e, op)
	}
	switch name {
	case operators.LogicalAnd, operators.LogicalOr:
		return b.logic(e, name == operators.LogicalOr)
	case operators.LogicalNot:
		return b.exactly(func() (node, error) {
			c, err := b.condition(args[0])
			if err != nil {
				return nil, err
			}
			return &not{c}, nil
		})
	case operators.Conditional:
		return b.exactly(func() (node, error) { return b.choice(e) })
	case operators.In, operators.OldIn:
		return b.exactly(func() (node, error) { return b.member(e) })
	case operators.Negate:
		return b.negate(e)
	case operators.Index, operators.Modulo:
		return b.beyond(e, "[ ] and %")
	}
	if c.IsMemberFunction() {
		return b.method(e)
	}
	return b.function(e)
}

func (b *builder) logic(e ast.Expr, or bool) (node, error) {
	args := e.AsCall().Args()
	l, err := b.condition(args[0])
	if err != nil {
		return nil, err
	}
	r, err := b.condition(args[1])
	if err != nil {
		return nil, err
	}
	return join(or, l, r), nil
}

func (b *builder) choice(e ast.Expr) (node, error) {
	args := e.AsCall().Args()
	c, err := b.condition(args[0])
	if err != nil {
		return nil, err
	}
	x, y, err := b.pair(args[1], args[2])
	if err != nil {
		return nil, err
	}
	k := x.kind()
	if k == kindNull {
		k = y.kind()
	}
	switch {
	case k == kindNull:
		return nil, b.src.errorf(e, "both branches are null").WithHint("Give one of them a value.")
	case x.kind() != kindNull && y.kind() != kindNull && x.kind() != y.kind():
		if b.formula && (x.kind() == kindJSON || y.kind() == kindJSON) {
			return b.island(e)
		}
		return nil, b.src.errorf(e, "the branches differ: %s is %s, %s is %s", b.src.snippet(args[1]), x.kind(), b.src.snippet(args[2]), y.kind()).
			WithHint("Give both branches the same type.")
	}
	n := choice{k: k, c: c, a: x, b: y}
	if _, ok := x.(condition); ok {
		if _, ok := y.(condition); ok {
			b.asts[x], b.asts[y] = args[1], args[2]
			return &chosen{n}, nil
		}
	}
	return &n, nil
}

func (b *builder) pair(x, y ast.Expr) (node, node, error) {
	l, err := b.value(x)
	if err != nil {
		return nil, nil, err
	}
	r, err := b.value(y)
	return l, r, err
}

func (b *builder) negate(e ast.Expr) (node, error) {
	arg := e.AsCall().Args()[0]
	n, err := b.value(arg)
	if err != nil {
		return nil, err
	}
	switch n.kind() {
	case kindNumber:
		return &negative{bounded(n)}, nil
	case kindJSON:
		return b.beyond(e, "JSON")
	case kindText, kindBool, kindDate, kindTime, kindDuration, kindNull:
	}
	return nil, b.src.errorf(e, "%s is %s, not a number", b.src.snippet(arg), n.kind()).WithHint("Write ! for not.")
}
