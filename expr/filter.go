package expr

import (
	"maps"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/common/ast"

	"fettle"
)

// Filter is a checked condition over a record. It is safe for concurrent use.
type Filter struct {
	env    *Env
	src    *source // nil: every record
	root   condition
	asts   map[node]ast.Expr
	reads  reads
	wanted []*exists // signals that a record must have, one of each or more
	fixed  Fragment  // the SQL of a filter that does not ask for the time
}

// Filter checks a condition; "" holds for every record. Its errors are
// fettle.Invalid and name the line and the column.
func (e *Env) Filter(text string) (*Filter, error) {
	if strings.TrimSpace(text) == "" {
		return &Filter{env: e, root: everything{}, fixed: Fragment{Text: "TRUE"}}, nil
	}
	src, err := e.parse(text, 0, 0)
	if err != nil {
		return nil, err
	}
	b := &builder{env: e, src: src, asts: map[node]ast.Expr{}}
	root, err := b.condition(src.tree.Expr())
	if err != nil {
		return nil, err
	}
	f := &Filter{env: e, src: src, root: root, asts: b.asts, reads: readsOf(root), wanted: b.wanted}
	if slices.Contains(f.reads.own, LatestSignal) {
		return f, nil // it is only ever matched: SQL is FALSE
	}
	// Writing it once finds what cannot be written at all.
	if f.fixed, err = f.write(time.Time{}, time.Unix(0, 0)); err != nil {
		return nil, src.wrap(src.tree.Expr(), fettle.AsError(err))
	}
	return f, nil
}

// everything is the filter that holds for every record.
type everything struct{}

func (everything) kind() kind       { return kindBool }
func (everything) children() []node { return nil }
func (everything) eval(*scope) any  { return true }
func (everything) test(*scope) bool { return true }
func (everything) write(w *writer)  { w.text("TRUE") }

// Match reports whether the record passes at the time now.
func (f *Filter) Match(rec Record, now time.Time) (bool, error) {
	s := newScope(rec, now)
	return f.root.test(&s), s.err
}

// SQL writes the filter as a boolean over the record's row, alias r, and its
// company's, alias c, which is LEFT JOINed. It is never NULL.
func (f *Filter) SQL(now time.Time) Fragment { return f.SQLSince(time.Time{}, now) }

// SQLSince is the filter of the records that passed at some time from since on
// until now, if everything but the time was as it is now: spans such as
// within(at, "30d") that ran out meanwhile are open. What a record may not be
// (after !, and in ? :) is asked of now. A since of zero is now.
func (f *Filter) SQLSince(since, now time.Time) Fragment {
	if slices.Contains(f.reads.own, LatestSignal) {
		return Fragment{Text: "FALSE"}
	}
	if f.reads.time {
		if frag, err := f.write(since, now); err == nil {
			return frag
		}
		return Fragment{Text: "FALSE"} // writing succeeded before: only the times differ
	}
	return Fragment{Text: f.fixed.Text, Args: slices.Clone(f.fixed.Args)}
}

func (f *Filter) write(since, now time.Time) (Fragment, error) {
	w := newWriter(now)
	if !since.IsZero() {
		w.scope.since = clock(since)
	}
	w.value(f.root)
	return w.finish()
}

// Fields lists the record's own fields that the filter reads, sorted; what
// SourceOf makes of them stands for their sources, Signals for its signals.
func (f *Filter) Fields() []string { return slices.Clone(f.reads.own) }

// CompanyFields lists the company's fields that the filter reads, sorted.
func (f *Filter) CompanyFields() []string { return slices.Clone(f.reads.company) }

// UsesTime reports whether a record may enter or leave by time alone.
func (f *Filter) UsesTime() bool { return f.reads.time }

// ReadsDisputes reports whether a record may enter or leave without an entry of
// the change log: a source that repeats what it said elsewhere changes no value.
func (f *Filter) ReadsDisputes() bool { return f.reads.disputes }

// reads is what an expression depends on.
type reads struct {
	own, company []string
	time         bool
	disputes     bool
}

func readsOf(roots ...node) reads {
	own, company := map[string]bool{}, map[string]bool{}
	var r reads
	for _, root := range roots {
		walk(root, func(n node) {
			switch n := n.(type) {
			case *field:
				switch {
				case n.signal != nil && n.signal.latest:
					own[LatestSignal] = true
				case n.signal != nil: // its exists is noted
				case n.company:
					company[n.key] = true
				case n.stamp == "": // every record has its times
					own[n.key] = true
				}
			case *changed:
				own[ChangedOf(n.f.key)] = true
			case *disputed:
				own[DisputedOf(n.f.key)] = true
				r.disputes = true
			case *origin:
				own[SourceOf(n.f.key)] = true
			case *exists:
				if n.company {
					company[Signals] = true
				} else {
					own[Signals] = true
				}
			case clockNode:
				r.time = true
			}
		})
	}
	r.own, r.company = slices.Sorted(maps.Keys(own)), slices.Sorted(maps.Keys(company))
	return r
}
