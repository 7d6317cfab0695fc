package expr

import "strings"

// All joins fragments so that each must hold. An empty fragment is every
// record, and so is All of none.
func All(parts ...Fragment) Fragment {
	args, texts := lineUp(parts)
	return Fragment{Text: strings.Join(texts, " AND "), Args: args}
}

// Any joins fragments so that one of them must hold. An empty fragment among
// them makes it every record; Any of none is no record.
func Any(parts ...Fragment) Fragment {
	if len(parts) == 0 {
		return Fragment{Text: "1 = 0"}
	}
	args, texts := lineUp(parts)
	if len(texts) < len(parts) {
		return Fragment{}
	}
	return Fragment{Text: "(" + strings.Join(texts, " OR ") + ")", Args: args}
}

// lineUp puts fragments after one another, their arguments renumbered, and leaves
// out those that are every record.
func lineUp(parts []Fragment) (args []any, texts []string) {
	for _, p := range parts {
		if p.Text == "" {
			continue
		}
		p = p.Shift(len(args))
		texts = append(texts, "("+p.Text+")")
		args = append(args, p.Args...)
	}
	return args, texts
}
