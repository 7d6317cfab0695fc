package expr

import (
	"strings"
	"unicode/utf8"
)

// search is the operators contains, startsWith and endsWith, without case.
type search struct {
	op     searchOp
	in     node
	needle node
	folded string // of a constant needle
	fixed  bool
}

type searchOp uint8

const (
	searchContains searchOp = iota
	searchPrefix
	searchSuffix
)

var searchOps = map[string]searchOp{"contains": searchContains, "startsWith": searchPrefix, "endsWith": searchSuffix}

func newSearch(op searchOp, in, needle node) *search {
	n := &search{op: op, in: in, needle: needle}
	if lit, ok := needle.(*literal); ok {
		if text, ok := lit.val.(string); ok {
			n.folded, n.fixed = Fold(text), true
		}
	}
	return n
}

func (n *search) kind() kind        { return kindBool }
func (n *search) children() []node  { return []node{n.in, n.needle} }
func (n *search) eval(s *scope) any { return n.test(s) }

func (n *search) test(s *scope) bool {
	text, ok := n.in.eval(s).(string)
	if !ok {
		return false
	}
	folded := n.folded
	if !n.fixed {
		needle, ok := n.needle.eval(s).(string)
		if !ok {
			return false
		}
		folded = Fold(needle)
	}
	switch n.op {
	case searchContains:
		return containsFold(text, folded)
	case searchPrefix:
		return hasPrefixFold(text, folded)
	case searchSuffix:
		return hasSuffixFold(text, folded)
	}
	return false
}

func (n *search) write(w *writer) {
	if w.blankConstant(n.in) || w.blankConstant(n.needle) {
		w.text("FALSE")
		return
	}
	w.guarded(n.children(), func() {
		if needle, ok := n.constantNeedle(w); ok {
			n.writeLike(w, needle)
			return
		}
		n.writeCompared(w)
	})
}

func (n *search) constantNeedle(w *writer) (string, bool) {
	if !constant(n.needle) {
		return "", false
	}
	text, ok := n.needle.eval(&w.scope).(string)
	return Fold(text), ok
}

// likeLiteral is text in a pattern of LIKE that stands for itself.
func likeLiteral(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

func (n *search) writeLike(w *writer, folded string) {
	pattern := likeLiteral(folded)
	if n.op != searchPrefix {
		pattern = "%" + pattern
	}
	if n.op != searchSuffix {
		pattern += "%"
	}
	w.folded(n.in)
	w.text(" LIKE ")
	w.arg(pattern)
	w.text(` ESCAPE '\'`)
}

// writeCompared compares two columns with functions that both databases have.
// LIKE would bound the length of its pattern on SQLite.
func (n *search) writeCompared(w *writer) {
	in, needle := func() { w.folded(n.in) }, func() { w.folded(n.needle) }
	switch n.op {
	case searchContains:
		w.write("(", needle, " = '' OR replace(", in, ", ", needle, ", '') <> ", in, ")")
	case searchPrefix:
		w.write("substr(", in, ", 1, length(", needle, ")) = ", needle)
	case searchSuffix:
		w.write("(length(", needle, ") <= length(", in, ") AND substr(", in, ", length(", in, ") - length(", needle, ") + 1) = ", needle, ")")
	}
}

// write writes text and what functions write, in order.
func (w *writer) write(parts ...any) {
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			w.text(p)
		case func():
			p()
		}
	}
}

// folded writes text without case; a constant is folded here.
func (w *writer) folded(n node) {
	if constant(n) {
		if text, ok := n.eval(&w.scope).(string); ok {
			w.constant(kindText, Fold(text))
			return
		}
	}
	w.text("fettle_fold(")
	w.value(n)
	w.text(")")
}

// lower is lower(text): the folded form.
type lower struct{ n node }

func (l *lower) kind() kind       { return kindText }
func (l *lower) children() []node { return []node{l.n} }
func (l *lower) write(w *writer)  { w.folded(l.n) }

func (l *lower) eval(s *scope) any {
	if text, ok := l.n.eval(s).(string); ok {
		return Fold(text)
	}
	return nil
}

// size counts the characters (code points) of text.
type size struct{ n node }

func (z *size) kind() kind       { return kindNumber }
func (z *size) children() []node { return []node{z.n} }

func (z *size) eval(s *scope) any {
	if text, ok := z.n.eval(s).(string); ok {
		return float64(utf8.RuneCountInString(text))
	}
	return nil
}

func (z *size) write(w *writer) {
	w.text("CAST(length(")
	w.value(z.n)
	w.text(") AS DOUBLE PRECISION)")
}

// concat is text + text.
type concat struct{ a, b node }

func (c *concat) kind() kind       { return kindText }
func (c *concat) children() []node { return []node{c.a, c.b} }

func (c *concat) eval(s *scope) any {
	a, ok := c.a.eval(s).(string)
	if !ok {
		return nil
	}
	b, ok := c.b.eval(s).(string)
	if !ok {
		return nil
	}
	return a + b
}

func (c *concat) write(w *writer) {
	w.text("(")
	w.value(c.a)
	w.text(" || ")
	w.value(c.b)
	w.text(")")
}

// collated reports whether a column gives text its collation. PostgreSQL would
// order text without one by the database's locale.
func collated(n node) bool {
	switch n := n.(type) {
	case *field:
		return true
	case *choice:
		return collated(n.a) || collated(n.b)
	case *lower:
		return collated(n.n)
	case *concat:
		return collated(n.a) || collated(n.b)
	}
	return false
}
