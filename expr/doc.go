// Package expr is the product's one expression language: CEL over the fields
// of a record. It checks an expression against the fields of an entity, and
// then evaluates it in Go (Filter.Match, Value.Eval, Template.Render) or
// compiles it to one SQL text that means the same on SQLite and PostgreSQL
// (Filter.SQL).
//
// CEL's parser reads the source. What all three engines can agree on becomes a
// tree of our own nodes; each node evaluates itself and writes itself as SQL,
// so that the two cannot drift apart unseen. A formula may use more of CEL
// (string and math functions, lists, macros): such a part, an island, runs as
// a CEL program under a cost limit, in Go only.
//
// Logic has two values. A comparison with a blank is false, so
// !(title == "x") is true for a blank title and title != "x" is false.
package expr
