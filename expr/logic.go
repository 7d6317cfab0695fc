package expr

// logic joins conditions with && or ||.
type logic struct {
	or    bool
	terms []condition
}

// join flattens a && (b && c), so that an explanation lists three clauses.
func join(or bool, a, b condition) *logic {
	l := &logic{or: or}
	for _, c := range []condition{a, b} {
		if same, ok := c.(*logic); ok && same.or == or {
			l.terms = append(l.terms, same.terms...)
			continue
		}
		l.terms = append(l.terms, c)
	}
	return l
}

func (l *logic) kind() kind        { return kindBool }
func (l *logic) eval(s *scope) any { return l.test(s) }

func (l *logic) children() []node {
	nodes := make([]node, len(l.terms))
	for i, t := range l.terms {
		nodes[i] = t
	}
	return nodes
}

func (l *logic) test(s *scope) bool {
	for _, t := range l.terms {
		if t.test(s) == l.or {
			return l.or
		}
	}
	return !l.or
}

func (l *logic) write(w *writer) { l.writeTerms(w, l.terms) }

// writeTerms halves the list, since SQLite bounds how deep SQL may nest.
func (l *logic) writeTerms(w *writer, terms []condition) {
	if len(terms) == 1 {
		w.value(terms[0])
		return
	}
	op := " AND "
	if l.or {
		op = " OR "
	}
	half := len(terms) / 2
	w.text("(")
	l.writeTerms(w, terms[:half])
	w.text(op)
	l.writeTerms(w, terms[half:])
	w.text(")")
}

// not is true where its condition is false.
type not struct{ c condition }

func (n *not) kind() kind         { return kindBool }
func (n *not) children() []node   { return []node{n.c} }
func (n *not) eval(s *scope) any  { return !n.c.test(s) }
func (n *not) test(s *scope) bool { return !n.c.test(s) }

func (n *not) write(w *writer) {
	w.text("(NOT ")
	w.value(n.c)
	w.text(")")
}

// truth makes a condition of a boolean value: blank is false.
type truth struct{ n node }

func (t *truth) kind() kind        { return kindBool }
func (t *truth) children() []node  { return []node{t.n} }
func (t *truth) eval(s *scope) any { return t.test(s) }

func (t *truth) test(s *scope) bool {
	v, ok := t.n.eval(s).(bool)
	return ok && v
}

func (t *truth) write(w *writer) {
	w.text("(")
	w.value(t.n)
	w.text(" IS TRUE)")
}

func asCondition(n node) condition {
	if c, ok := n.(condition); ok {
		return c
	}
	return &truth{n}
}

// presence is filled(n), or blank(n). Empty text is blank.
type presence struct {
	n     node
	blank bool
}

func (p *presence) kind() kind        { return kindBool }
func (p *presence) children() []node  { return []node{p.n} }
func (p *presence) eval(s *scope) any { return p.test(s) }

func (p *presence) test(s *scope) bool {
	v := p.n.eval(s)
	return (v == nil || v == "") == p.blank
}

func (p *presence) write(w *writer) { p.writeOf(w, p.n) }

func (p *presence) writeOf(w *writer, n node) {
	if constant(n) {
		v := n.eval(&w.scope)
		w.constant(kindBool, (v == nil || v == "") == p.blank)
		return
	}
	if c, ok := n.(*choice); ok { // points in time have no type of their own in a CASE
		w.cases(c.c, func() { p.writeOf(w, c.a) }, func() { p.writeOf(w, c.b) })
		return
	}
	w.text("(")
	if _, ok := n.(*field); !ok && n.kind() == kindText {
		w.text("NULLIF(")
		w.value(n)
		w.text(", '')")
	} else {
		w.value(n)
	}
	if p.blank {
		w.text(" IS NULL)")
		return
	}
	w.text(" IS NOT NULL)")
}

// choice is the ternary c ? a : b.
type choice struct {
	k    kind
	c    condition
	a, b node
}

func (c *choice) kind() kind       { return c.k }
func (c *choice) children() []node { return []node{c.c, c.a, c.b} }

func (c *choice) eval(s *scope) any {
	if c.c.test(s) {
		return c.a.eval(s)
	}
	return c.b.eval(s)
}

func (c *choice) write(w *writer) {
	w.cases(c.c, func() { w.value(c.a) }, func() { w.value(c.b) })
}

// cases writes a CASE of two branches.
func (w *writer) cases(c condition, then, otherwise func()) {
	w.text("(CASE WHEN ")
	w.value(c)
	w.text(" THEN ")
	then()
	w.text(" ELSE ")
	otherwise()
	w.text(" END)")
}

// chosen is a choice between two conditions, which is never blank.
type chosen struct{ choice }

func (c *chosen) test(s *scope) bool {
	v, ok := c.eval(s).(bool)
	return ok && v
}
