package expr

import (
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/ext"

	"fettle"
)

// maxIslandText bounds the text that replace and join make, in bytes: CEL
// counts the cost of a call only when it has been paid.
const maxIslandText = 1 << 20

// replaced names the functions of CEL that islands call in a form of our own:
// text operators ignore case everywhere, and no text grows without bound.
var replaced = map[string]string{
	"contains": "contains_fold", "startsWith": "starts_with_fold", "endsWith": "ends_with_fold",
	"replace": "replace_bounded", "join": "join_bounded",
}

// newIslandEnv makes the environment that every island extends.
func newIslandEnv() (*cel.Env, error) {
	env, err := cel.NewEnv(
		ext.Strings(), ext.Math(), cel.DefaultUTCTimeZone(true),
		cel.Function("lower", cel.Overload("lower_string", []*cel.Type{cel.StringType}, cel.StringType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return types.String(Fold(str(v))) }))),
		foldFunction("contains_fold", containsFold),
		foldFunction("starts_with_fold", hasPrefixFold),
		foldFunction("ends_with_fold", hasSuffixFold),
		cel.Function("replace_bounded",
			cel.MemberOverload("replace_bounded_2", []*cel.Type{cel.StringType, cel.StringType, cel.StringType}, cel.StringType, cel.FunctionBinding(replaceBounded)),
			cel.MemberOverload("replace_bounded_3", []*cel.Type{cel.StringType, cel.StringType, cel.StringType, cel.IntType}, cel.StringType, cel.FunctionBinding(replaceBounded))),
		cel.Function("join_bounded",
			cel.MemberOverload("join_bounded_0", []*cel.Type{cel.ListType(cel.StringType)}, cel.StringType, cel.FunctionBinding(joinBounded)),
			cel.MemberOverload("join_bounded_1", []*cel.Type{cel.ListType(cel.StringType), cel.StringType}, cel.StringType, cel.FunctionBinding(joinBounded))),
		cel.CostModel(
			scanCost("string_contains_fold"), scanCost("string_starts_with_fold"), scanCost("string_ends_with_fold"),
			buildCost("replace_bounded_2"), buildCost("replace_bounded_3"), buildCost("join_bounded_0"), buildCost("join_bounded_1"),
			cost.Overload("lower_string", cost.EvalCost(cost.Sum(cost.Const(cost.CallCost), cost.StringScan(cost.Length(cost.Arg(0)))))),
		),
	)
	if err != nil {
		return nil, fettle.Errorf(fettle.Internal, "make CEL's environment: %w", err)
	}
	return env, nil
}

// scanCost is the cost of reading the text once.
func scanCost(overload string) cost.OverloadModel {
	return cost.MemberOverload(overload, cost.EvalCost(cost.Sum(cost.Const(cost.CallCost), cost.StringScan(cost.Length(cost.Target())))))
}

// buildCost is the cost of reading what is given and writing the result.
func buildCost(overload string) cost.OverloadModel {
	return cost.MemberOverload(overload, cost.EvalCost(cost.Sum(
		cost.Const(cost.CallCost), cost.StringScan(cost.Length(cost.Target())), cost.StringScan(cost.Length(cost.Result())))))
}

func foldFunction(name string, holds func(s, folded string) bool) cel.EnvOption {
	return cel.Function(name, cel.MemberOverload("string_"+name, []*cel.Type{cel.StringType, cel.StringType}, cel.BoolType,
		cel.BinaryBinding(func(a, b ref.Val) ref.Val { return types.Bool(holds(str(a), Fold(str(b)))) })))
}

func str(v ref.Val) string {
	s, _ := v.Value().(string)
	return s
}

// replaceBounded is s.replace(old, new) and s.replace(old, new, n).
func replaceBounded(args ...ref.Val) ref.Val {
	s, old, by, n := str(args[0]), str(args[1]), str(args[2]), -1
	if len(args) == 4 {
		if limit, ok := args[3].(types.Int); ok && limit >= 0 && limit <= maxIslandText {
			n = int(limit)
		}
	}
	found := strings.Count(s, old)
	if n >= 0 {
		found = min(found, n)
	}
	if len(s)+found*len(by) > maxIslandText {
		return types.NewErr("the text becomes too long, more than %d bytes", maxIslandText)
	}
	return types.String(strings.Replace(s, old, by, n))
}

// joinBounded is list.join() and list.join(separator).
func joinBounded(args ...ref.Val) ref.Val {
	list, ok := args[0].(traits.Lister)
	if !ok {
		return types.MaybeNoSuchOverloadErr(args[0])
	}
	separator := ""
	if len(args) == 2 {
		separator = str(args[1])
	}
	var b strings.Builder
	first := true
	for it := list.Iterator(); it.HasNext() == types.True; first = false {
		item, ok := it.Next().(types.String)
		if !ok {
			return types.NewErr("join takes a list of text")
		}
		if b.Len()+len(separator)+len(item) > maxIslandText {
			return types.NewErr("the text becomes too long, more than %d bytes", maxIslandText)
		}
		if !first {
			b.WriteString(separator)
		}
		b.WriteString(string(item))
	}
	return types.String(b.String())
}
