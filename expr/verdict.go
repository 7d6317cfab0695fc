package expr

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/parser"

	"fettle/identity/employment"
)

// PollField is the field that holds what a poll found last of each record, in a
// sentence.
func PollField(poll string) string { return strings.ReplaceAll(poll, "-", "_") }

// macros are CEL's, and verdict("employment-check"): the verdict that a poll
// gave last of a record. It is unverified where none was given yet, so that a
// condition on it keeps back what depends on it.
func macros(of []parser.Macro) []parser.Macro {
	return append(slices.Clip(of), parser.NewGlobalMacro("verdict", 1, expandVerdict))
}

// expandVerdict writes the verdict as what the poll's field begins with, which
// the databases can look for as well.
func expandVerdict(h parser.ExprHelper, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
	name, ok := "", args[0].Kind() == ast.LiteralKind
	if ok {
		name, ok = args[0].AsLiteral().Value().(string)
	}
	if !ok || name == "" {
		return nil, h.NewError(args[0].ID(), `verdict takes the name of a poll in quotes, such as verdict("employment-check")`)
	}
	out := h.NewLiteral(types.String(employment.Unverified))
	for v, begins := range employment.Beginnings() {
		said := h.NewMemberCall("startsWith", h.NewIdent(PollField(name)), h.NewLiteral(types.String(begins)))
		out = h.NewCall(operators.Conditional, said, h.NewLiteral(types.String(v)), out)
	}
	return out, nil
}
