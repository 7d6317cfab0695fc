package declarative

import (
	"fmt"
	"maps"
	"slices"
)

// node is a piece of a request's JSON body, compiled. Exactly one of its parts
// is set: constant JSON, a template, an object or a list.
type node struct {
	fixed   []byte
	tmpl    *template
	members []member
	list    []*node
	kind    nodeKind
}

type nodeKind uint8

const (
	fixedNode nodeKind = iota
	templateNode
	objectNode
	listNode
)

type member struct {
	key   string
	start []byte // the key as JSON, with its colon
	value *node
}

// compileBody makes a body of what the YAML holds: text becomes templates.
func (x *exprs) compileBody(v any, vars []string) (*node, error) {
	switch v := v.(type) {
	case string:
		t, err := x.compileTemplate(v, vars)
		if err != nil {
			return nil, err
		}
		if c, ok := t.constant(); ok {
			return &node{fixed: appendString(nil, c)}, nil
		}
		return &node{kind: templateNode, tmpl: t}, nil
	case map[string]any:
		n := &node{kind: objectNode}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			child, err := x.compileBody(v[k], vars)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", k, err)
			}
			n.members = append(n.members, member{key: k, start: append(appendString(nil, k), ':'), value: child})
		}
		return n, nil
	case []any:
		n := &node{kind: listNode}
		for i, e := range v {
			child, err := x.compileBody(e, vars)
			if err != nil {
				return nil, fmt.Errorf("%d: %w", i, err)
			}
			n.list = append(n.list, child)
		}
		return n, nil
	}
	b, err := appendJSON(nil, nativeToValue(v))
	if err != nil {
		return nil, err
	}
	return &node{fixed: b}, nil
}

// append writes the piece. present is false where a template has no value: its
// key is left out.
func (n *node) append(b []byte, s *scope) (out []byte, present bool, err error) {
	switch n.kind {
	case fixedNode:
		return append(b, n.fixed...), true, nil
	case templateNode:
		return n.appendTemplate(b, s)
	case objectNode:
		return n.appendObject(b, s)
	case listNode:
		return n.appendList(b, s)
	}
	return b, false, nil
}

func (n *node) appendList(b []byte, s *scope) ([]byte, bool, error) {
	b = append(b, '[')
	first := true
	for i, e := range n.list {
		start := len(b)
		if !first {
			b = append(b, ',')
		}
		var present bool
		var err error
		if b, present, err = e.append(b, s); err != nil {
			return b, false, fmt.Errorf("%d: %w", i, err)
		}
		if !present {
			b = b[:start]
			continue
		}
		first = false
	}
	return append(b, ']'), true, nil
}

func (n *node) appendTemplate(b []byte, s *scope) ([]byte, bool, error) {
	if p := n.tmpl.whole(); p != nil {
		v, err := p.value(s)
		if err != nil || v == nil {
			return b, false, err
		}
		b, err = appendJSON(b, v)
		return b, true, err
	}
	text, _, err := n.tmpl.render(s, nil)
	return appendString(b, text), true, err
}

func (n *node) appendObject(b []byte, s *scope) ([]byte, bool, error) {
	b = append(b, '{')
	first := true
	for i := range n.members {
		m := &n.members[i]
		start := len(b)
		if !first {
			b = append(b, ',')
		}
		b = append(b, m.start...)
		var present bool
		var err error
		if b, present, err = m.value.append(b, s); err != nil {
			return b, false, fmt.Errorf("%s: %w", m.key, err)
		}
		if !present {
			b = b[:start]
			continue
		}
		first = false
	}
	return append(b, '}'), true, nil
}
