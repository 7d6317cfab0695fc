package expr

import "math"

// Arithmetic counts a field's number only within these bounds (or zero), and a
// filter's operators are few enough that no result can leave what a double
// holds: PostgreSQL fails there, where Go and SQLite go on with infinity.
const (
	largest  = 1e30
	smallest = 1e-30
	maxPower = 306 // of ten, in what a filter computes
)

type arithOp byte // the operator's own sign

// arith is a + b, a - b, a * b or a / b on numbers. Division by zero is blank.
type arith struct {
	op   arithOp
	a, b node
}

func newArith(op arithOp, a, b node) *arith {
	return &arith{op: op, a: bounded(a), b: bounded(b)}
}

func (n *arith) kind() kind       { return kindNumber }
func (n *arith) children() []node { return []node{n.a, n.b} }

func (n *arith) eval(s *scope) any {
	a, ok := n.a.eval(s).(float64)
	if !ok {
		return nil
	}
	b, ok := n.b.eval(s).(float64)
	if !ok || (n.op == '/' && b == 0) {
		return nil
	}
	return finite(n.op.apply(a, b))
}

func (op arithOp) apply(a, b float64) float64 {
	switch op {
	case '+':
		return a + b
	case '-':
		return a - b
	case '*':
		return a * b
	}
	return a / b
}

// finite makes what is no number blank.
func finite(f float64) any {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return nil
	}
	return f
}

func (n *arith) write(w *writer) {
	w.text("(")
	w.value(n.a)
	w.text(" ", string(rune(n.op)), " ")
	if n.op == '/' {
		w.text("NULLIF(")
		w.value(n.b)
		w.text(", 0))")
		return
	}
	w.value(n.b)
	w.text(")")
}

// negative is -n.
type negative struct{ n node }

func (n *negative) kind() kind       { return kindNumber }
func (n *negative) children() []node { return []node{n.n} }

func (n *negative) eval(s *scope) any {
	if f, ok := n.n.eval(s).(float64); ok {
		return -f
	}
	return nil
}

func (n *negative) write(w *writer) {
	w.text("(- ")
	w.value(n.n)
	w.text(")")
}

// bound is a field's number as arithmetic takes it: blank beyond the bounds.
type bound struct{ f *field }

// bounded puts bounds on the fields whose numbers an operator would take.
func bounded(n node) node {
	switch n := n.(type) {
	case *field:
		return &bound{n}
	case *negative:
		return &negative{bounded(n.n)}
	case *choice:
		return &choice{k: n.k, c: n.c, a: bounded(n.a), b: bounded(n.b)}
	}
	return n
}

func (b *bound) kind() kind       { return kindNumber }
func (b *bound) children() []node { return []node{b.f} }

func (b *bound) eval(s *scope) any {
	v := b.f.eval(s)
	f, ok := v.(float64)
	if abs := math.Abs(f); !ok || (f != 0 && (abs < smallest || abs > largest)) {
		return nil
	}
	return v
}

func (b *bound) write(w *writer) {
	w.text("(CASE WHEN ")
	b.f.write(w)
	w.text(" = 0 OR abs(")
	b.f.write(w)
	w.text(") BETWEEN ")
	w.constant(kindNumber, smallest)
	w.text(" AND ")
	w.constant(kindNumber, largest)
	w.text(" THEN ")
	b.f.write(w)
	w.text(" END)")
}

// digits is how many powers of ten a double's last bit lies below its first.
const digits = 17

// powers bounds a number, in powers of ten: it is below hi, and every value
// that it takes is a multiple of a step of at least lo, so that no value but
// zero is smaller. Rounding to a double keeps both.
func powers(n node) (lo, hi float64) {
	switch n := n.(type) {
	case *literal:
		f, ok := n.val.(float64)
		if !ok || f == 0 {
			return 0, 0
		}
		p := math.Log10(math.Abs(f))
		return p - digits, p
	case *size:
		return 0, 15
	case *negative:
		return powers(n.n)
	case *choice:
		aLo, aHi := powers(n.a)
		bLo, bHi := powers(n.b)
		return min(aLo, bLo), max(aHi, bHi)
	case *arith:
		return n.powers()
	}
	return -30 - digits, 30
}

func (n *arith) powers() (lo, hi float64) {
	aLo, aHi := powers(n.a)
	bLo, bHi := powers(n.b)
	switch n.op {
	case '*':
		return aLo + bLo, aHi + bHi
	case '/':
		return aLo - bHi - digits, aHi - bLo
	}
	larger := max(aHi, bHi)
	return min(aLo, bLo), larger + math.Log10(1+math.Pow(10, min(aHi, bHi)-larger))
}
