package expr

import (
	"strings"
	"time"

	"cel.dev/cel-go/common/ast"

	"fettle"
)

// functions are the global functions that need no CEL program, by arity.
var functions = map[string]int{
	"filled": 1, "blank": 1, "within": 2, "size": 1, "lower": 1, "date": 1, "timestamp": 1, "duration": 1, "string": 1, "status": 1, "source": 1, "changed": 1, "disputed": 1,
}

func (b *builder) function(e ast.Expr) (node, error) {
	c := e.AsCall()
	name, args := c.FunctionName(), c.Args()
	arity, ok := functions[name]
	if !ok {
		return b.unknownFunction(e, name)
	}
	if len(args) != arity {
		return nil, b.src.errorf(e, "%s takes %d, not %d", name, arity, len(args)).WithHint("Write %s.", usage(name))
	}
	switch name {
	case "filled", "blank":
		return b.presence(e, name == "blank")
	case "within":
		return b.within(e)
	case "size":
		return b.size(e, args[0])
	case "lower":
		n, err := b.text(args[0], name)
		if err != nil {
			return nil, err
		}
		return &lower{n}, nil
	case "date":
		return b.date(e)
	case "timestamp":
		return b.timestamp(e)
	case "duration":
		return b.duration(e)
	case "status":
		return b.status(args[0])
	case "source":
		return b.source(args[0])
	case "changed":
		return b.changed(args[0])
	case "disputed":
		return b.disputed(e, args[0])
	}
	return b.toText(e)
}

func usage(name string) string {
	switch name {
	case "within":
		return `within(field, "30d")`
	case "date":
		return `date("2024-01-31")`
	case "timestamp":
		return `timestamp("2024-01-31T09:00:00Z")`
	case "duration":
		return `duration("30d")`
	case "status":
		return "status(email)"
	case "source":
		return "source(email)"
	case "changed":
		return "changed(title)"
	case "disputed":
		return "disputed(title)"
	}
	return name + "(field)"
}

func (b *builder) unknownFunction(e ast.Expr, name string) (node, error) {
	if _, isMethod := searchOps[name]; isMethod || name == "matches" {
		return nil, b.src.errorf(e, "%s stands behind the text that it searches", name).WithHint(`Write title.%s("…").`, name)
	}
	if near := nearest(name, functions); near != "" && !b.formula {
		return nil, b.src.errorf(e, "there is no function %s", name).WithHint("Did you mean %s?", usage(near))
	}
	return b.beyond(e, name)
}

// method builds title.contains("x"), title.size() and what CEL adds.
func (b *builder) method(e ast.Expr) (node, error) {
	c := e.AsCall()
	name := c.FunctionName()
	if op, ok := searchOps[name]; ok {
		if len(c.Args()) != 1 {
			return nil, b.src.errorf(e, "%s takes 1, not %d", name, len(c.Args())).WithHint(`Write title.%s("…"); join several with ||.`, name)
		}
		return b.search(e, op)
	}
	if _, ok := b.aboutSignals(c.Target()); ok {
		return nil, b.noSignal(e, Signals)
	}
	if !b.formula {
		if name == "matches" {
			return nil, b.src.errorf(e, "matches cannot be used in a filter").WithHint("The databases' regular expressions differ. Use contains, startsWith or endsWith.")
		}
		if _, err := b.value(c.Target()); err != nil {
			return nil, err
		}
		if near := nearest(name, searchOps); near != "" {
			return nil, b.src.errorf(e, "there is no function %s", name).WithHint(`Did you mean title.%s("…")?`, near)
		}
	}
	if name == "size" && len(c.Args()) == 0 {
		return b.size(e, c.Target())
	}
	return b.beyond(e, name)
}

func (b *builder) search(e ast.Expr, op searchOp) (node, error) {
	c := e.AsCall()
	in, err := b.value(c.Target())
	if err != nil {
		return nil, err
	}
	needle, err := b.value(c.Args()[0])
	if err != nil {
		return nil, err
	}
	if b.formula && (in.kind() == kindJSON || needle.kind() == kindJSON) {
		return b.island(e)
	}
	for i, n := range []node{in, needle} {
		if n.kind() != kindText {
			x := []ast.Expr{c.Target(), c.Args()[0]}[i]
			return nil, b.src.errorf(x, "%s is %s: %s works on text", b.src.snippet(x), n.kind(), c.FunctionName()).WithHint(`Write title.%s("…").`, c.FunctionName())
		}
	}
	if f, ok := choices(in); ok && op == searchOps["contains"] {
		return b.track(&group{among(f, needle)}, e), nil
	}
	return b.track(newSearch(op, in, needle), e), nil
}

// text builds an argument that must be text.
func (b *builder) text(e ast.Expr, function string) (node, error) {
	n, err := b.value(e)
	if err != nil {
		return nil, err
	}
	if n.kind() != kindText {
		return nil, b.src.errorf(e, "%s is %s: %s takes text", b.src.snippet(e), n.kind(), function).WithHint("Give it a text field.")
	}
	return n, nil
}

func (b *builder) size(e, arg ast.Expr) (node, error) {
	n, err := b.value(arg)
	if err != nil {
		return nil, err
	}
	if b.formula && n.kind() == kindJSON {
		return b.island(e)
	}
	if n.kind() != kindText {
		return nil, b.src.errorf(arg, "%s is %s: size counts the characters of text", b.src.snippet(arg), n.kind()).WithHint("Give it a text field.")
	}
	return &size{n}, nil
}

func (b *builder) presence(e ast.Expr, blank bool) (node, error) {
	n, err := b.value(e.AsCall().Args()[0])
	if err != nil {
		return nil, err
	}
	if n.kind() == kindNull || n.kind() == kindDuration {
		return nil, b.src.errorf(e, "%s is no field", n.kind()).WithHint("Write filled(title).")
	}
	return b.track(&presence{n: n, blank: blank}, e), nil
}

// within builds field >= now - interval && field <= now.
func (b *builder) within(e ast.Expr) (node, error) {
	args := e.AsCall().Args()
	n, err := b.value(args[0])
	if err != nil {
		return nil, err
	}
	f, ok := n.(*field)
	if !ok || !f.k.temporal() {
		return nil, b.src.errorf(args[0], "%s is not a date or timestamp field", b.src.snippet(args[0])).WithHint(`Write within(field, "30d").`)
	}
	text, err := b.constantText(args[1], "within")
	if err != nil {
		return nil, err
	}
	d, err := fettle.ParseInterval(text)
	if err != nil || d == 0 {
		return nil, b.src.errorf(args[1], "%q is not an interval", text).WithHint("Write a number with s, m, h, d or w, such as 30d.")
	}
	since := &shifted{n: clockNode{open: !b.exact}, by: -time.Duration(d)}
	both := join(false,
		&comparison{op: opGreaterEqual, k: f.k, a: f, b: since},
		&comparison{op: opLessEqual, k: f.k, a: f, b: clockNode{}})
	return b.track(&group{both}, e), nil
}

// constantText gives an argument that must be text written in place.
func (b *builder) constantText(e ast.Expr, function string) (string, error) {
	n, err := b.value(e)
	if err != nil {
		return "", err
	}
	if lit, ok := n.(*literal); ok {
		if text, ok := lit.val.(string); ok {
			return text, nil
		}
	}
	return "", b.src.errorf(e, "%s takes text in quotes", function).WithHint("Write %s.", usage(function))
}

func (b *builder) date(e ast.Expr) (node, error) {
	arg := e.AsCall().Args()[0]
	n, err := b.value(arg)
	if err != nil {
		return nil, err
	}
	lit, ok := n.(*literal)
	if !ok && b.formula && (n.kind() == kindText || n.kind().temporal()) {
		return &convert{k: kindDate, n: n, f: toDay}, nil
	}
	text := ""
	if ok {
		text, _ = lit.val.(string)
	}
	day, ok := toDay(text).(fettle.Day)
	if !ok {
		return nil, b.src.errorf(arg, "%s is not a date", b.src.snippet(arg)).WithHint(`Write date("2024-01-31").`)
	}
	return &literal{kindDate, day}, nil
}

func (b *builder) timestamp(e ast.Expr) (node, error) {
	arg := e.AsCall().Args()[0]
	n, err := b.value(arg)
	if err != nil {
		return nil, err
	}
	lit, ok := n.(*literal)
	if !ok && b.formula {
		return b.island(e)
	}
	text := ""
	if ok {
		text, _ = lit.val.(string)
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || !storable(t) {
		return nil, b.src.errorf(arg, "%s is not a timestamp", b.src.snippet(arg)).WithHint(`Write timestamp("2024-01-31T09:00:00Z"), or date("2024-01-31").`)
	}
	return &literal{kindTime, clock(t)}, nil
}

func (b *builder) duration(e ast.Expr) (node, error) {
	arg := e.AsCall().Args()[0]
	text, err := b.constantText(arg, "duration")
	if err != nil {
		return nil, err
	}
	if d, err := fettle.ParseInterval(text); err == nil && d != 0 {
		return &literal{kindDuration, time.Duration(d)}, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return nil, b.src.errorf(arg, "%q is not a duration", text).WithHint("Write a number with s, m, h, d or w, such as 30d.")
	}
	return &literal{kindDuration, d}, nil
}

// toText builds string(x), in formulas.
func (b *builder) toText(e ast.Expr) (node, error) {
	if !b.formula {
		return b.beyond(e, "string")
	}
	n, err := b.value(e.AsCall().Args()[0])
	if err != nil {
		return nil, err
	}
	if n.kind() == kindJSON || n.kind() == kindDuration || n.kind() == kindNull {
		return b.island(e)
	}
	return &convert{k: kindText, n: n, f: func(v any) any { return fettle.FormatValue(v) }}, nil
}

// convert changes the kind of a value, in formulas only. Blank stays blank.
type convert struct {
	k kind
	n node
	f func(any) any
}

func (c *convert) kind() kind       { return c.k }
func (c *convert) children() []node { return []node{c.n} }
func (c *convert) write(w *writer) {
	w.fail("a conversion has no form in SQL", "Use it in formulas only.")
}

func (c *convert) eval(s *scope) any {
	if v := c.n.eval(s); v != nil {
		return c.f(v)
	}
	return nil
}

// toDay reads a date, or takes the date of a timestamp in UTC; anything else
// is blank.
func toDay(v any) any {
	switch v := v.(type) {
	case fettle.Day:
		return v
	case time.Time:
		return fettle.DayOf(v)
	case string:
		t, err := time.Parse(time.DateOnly, strings.TrimSpace(v))
		if err == nil && storable(t) {
			return fettle.DayOf(t)
		}
	}
	return nil
}
