package expr

import (
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"fettle"
)

func (b *builder) compare(e ast.Expr, op compareOp) (node, error) {
	args := e.AsCall().Args()
	l, r, err := b.pair(args[0], args[1])
	if err != nil {
		return nil, err
	}
	lk, rk := l.kind(), r.kind()
	if lk == kindJSON || rk == kindJSON {
		return b.beyond(e, "comparing JSON")
	}
	if lk == kindNull || rk == kindNull {
		other := args[0]
		if lk == kindNull {
			other = args[1]
		}
		return nil, b.src.errorf(e, "a comparison with null is never true").WithHint("Write blank(%[1]s) or filled(%[1]s).", b.src.snippet(other))
	}
	if err := b.comparable(e, l, r); err != nil {
		return nil, err
	}
	if lk == kindBool && op.ordering() {
		return nil, b.src.errorf(e, "true and false have no order").WithHint("Compare them with == or !=.")
	}
	if lk == kindDuration {
		return b.beyond(e, "comparing durations")
	}
	if op == opEqual && (emptyText(l) || emptyText(r)) {
		other := args[0]
		if emptyText(l) {
			other = args[1]
		}
		return nil, b.src.errorf(e, "nothing equals empty text: a field without text is blank").WithHint("Write blank(%s).", b.src.snippet(other))
	}
	return b.track(&comparison{op: op, k: lk, a: l, b: r}, e), nil
}

func emptyText(n node) bool {
	l, ok := n.(*literal)
	return ok && l.val == ""
}

// track remembers how a condition was written.
func (b *builder) track(c condition, e ast.Expr) condition {
	b.asts[c] = e
	return c
}

// comparable refuses to compare values of different kinds, and a date's column
// with a timestamp's.
func (b *builder) comparable(e ast.Expr, l, r node) error {
	args := e.AsCall().Args()
	lk, rk := l.kind(), r.kind()
	if lk == rk {
		return nil
	}
	if lk.temporal() && rk.temporal() {
		if b.formula || constant(l) || constant(r) {
			return nil
		}
		return b.src.errorf(e, "%s is %s and %s is %s", b.src.snippet(args[0]), lk, b.src.snippet(args[1]), rk).
			WithHint("Compare fields of one type, or with a constant.")
	}
	err := b.src.errorf(e, "%s is %s and %s is %s", b.src.snippet(args[0]), lk, b.src.snippet(args[1]), rk)
	return err.WithHint("%s", mismatchHint(l, r))
}

// mismatchHint guesses what was meant from the constant beside a field.
func mismatchHint(l, r node) string {
	k, lit := l.kind(), r
	if _, ok := l.(*literal); ok {
		k, lit = r.kind(), l
	}
	c, ok := lit.(*literal)
	if !ok {
		return "Compare values of one type."
	}
	text := fettle.FormatValue(c.val)
	switch {
	case k == kindDate && c.k == kindText:
		return `Write date("` + dateExample(text) + `").`
	case k == kindTime && c.k == kindText:
		return `Write timestamp("2024-01-31T09:00:00Z") or date("2024-01-31").`
	case k == kindText:
		return `Write the text in quotes: "` + text + `".`
	case c.k == kindText && (k == kindNumber || k == kindBool):
		return "Write " + text + " without quotes, if that is meant."
	}
	return "Compare values of one type."
}

func dateExample(text string) string {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t.Format(time.DateOnly)
	}
	return "2024-01-31"
}

func (b *builder) arith(e ast.Expr, op arithOp) (node, error) {
	args := e.AsCall().Args()
	l, r, err := b.pair(args[0], args[1])
	if err != nil {
		return nil, err
	}
	lk, rk := l.kind(), r.kind()
	switch {
	case lk == kindNumber && rk == kindNumber:
		return b.bounded(e, newArith(op, l, r))
	case lk == kindText && rk == kindText && op == '+':
		return &concat{l, r}, nil
	case lk.temporal() && rk == kindDuration && (op == '+' || op == '-'):
		return b.shift(e, l, r, op)
	case b.formula && (lk == kindJSON || rk == kindJSON || (lk.temporal() && rk.temporal())):
		return b.island(e)
	}
	name := e.AsCall().FunctionName()
	sign, _ := operators.FindReverse(name)
	mixed := b.src.errorf(e, "%s is %s and %s is %s: %s does not join them", b.src.snippet(args[0]), lk, b.src.snippet(args[1]), rk, sign)
	if op == '+' && (lk == kindText || rk == kindText) && b.formula {
		return nil, mixed.WithHint("Write string(…) around what is not text.")
	}
	return nil, mixed.WithHint("Use numbers with + - * /, and text with + only.")
}

// bounded refuses a filter whose numbers might overflow.
func (b *builder) bounded(e ast.Expr, n node) (node, error) {
	if lo, hi := powers(n); !b.formula && (lo < -maxPower || hi > maxPower) {
		return nil, b.src.errorf(e, "the numbers might become too large or too small").WithHint("Use fewer multiplications and divisions.")
	}
	return n, nil
}

func (b *builder) shift(e ast.Expr, n, by node, op arithOp) (node, error) {
	d, ok := by.eval(&scope{rec: noRecord{}}).(time.Duration)
	if !ok {
		return nil, b.src.errorf(e, "the duration is not a constant").WithHint(`Write duration("30d").`)
	}
	if op == '-' {
		d = -d
	}
	if !b.formula && !constant(n) {
		return nil, b.src.errorf(e, "a field cannot be moved in time in a filter").WithHint(`Move the other side: %s < now - duration("30d").`, b.src.snippet(e.AsCall().Args()[0]))
	}
	return &shifted{n: n, by: d}, nil
}

// member builds x in [a, b].
func (b *builder) member(e ast.Expr) (node, error) {
	args := e.AsCall().Args()
	if args[1].Kind() == ast.IdentKind || args[1].Kind() == ast.SelectKind {
		if list, err := b.value(args[1]); err == nil {
			if f, ok := choices(list); ok {
				return b.inChoices(e, f)
			}
		}
	}
	if args[1].Kind() != ast.ListKind {
		return b.beyond(e, "in without a list")
	}
	n, err := b.value(args[0])
	if err != nil {
		return nil, err
	}
	if n.kind() == kindJSON {
		return b.beyond(e, "comparing JSON")
	}
	if n.kind() == kindNull || n.kind() == kindDuration {
		return nil, b.src.errorf(args[0], "%s is in no list", n.kind()).WithHint("Write a field before in.")
	}
	var anyOf condition
	var items []any
	several, isSeveral := choices(n)
	for _, item := range args[1].AsList().Elements() {
		c, err := b.memberItem(args[0], n, item)
		if err != nil {
			return nil, err
		}
		if isSeveral {
			if one := among(several, c.b); anyOf == nil {
				anyOf = one
			} else {
				anyOf = join(true, anyOf, one)
			}
			continue
		}
		if lit, ok := c.b.(*literal); ok && (c.k == kindText || c.k == kindNumber) {
			items = append(items, lit.val)
			continue
		}
		if anyOf == nil {
			anyOf = c
			continue
		}
		anyOf = join(true, anyOf, c)
	}
	var in condition = newMember(n, items)
	switch {
	case anyOf == nil:
	case len(items) == 0:
		in = anyOf
	default:
		in = join(true, in, anyOf)
	}
	return b.track(&group{in}, e), nil
}

func (b *builder) memberItem(left ast.Expr, n node, item ast.Expr) (*comparison, error) {
	x, err := b.value(item)
	if err != nil {
		return nil, err
	}
	mixedTime := n.kind().temporal() && x.kind().temporal() && (b.formula || constant(n) || constant(x))
	if x.kind() != n.kind() && !mixedTime {
		return nil, b.src.errorf(item, "%s is %s and %s is %s", b.src.snippet(left), n.kind(), b.src.snippet(item), x.kind()).
			WithHint("%s", mismatchHint(n, x))
	}
	return &comparison{op: opEqual, k: n.kind(), a: n, b: x}, nil
}

// group is a condition that was written as one clause and is explained as one.
type group struct{ c condition }

func (g *group) kind() kind         { return kindBool }
func (g *group) children() []node   { return []node{g.c} }
func (g *group) eval(s *scope) any  { return g.c.test(s) }
func (g *group) test(s *scope) bool { return g.c.test(s) }
func (g *group) write(w *writer)    { w.value(g.c) }
