package store

import (
	"maps"
	"slices"
	"strings"

	"fettle"
)

// Statuses are kept beside values as text, sorted by name: ",email:valid,".

// JoinStatuses writes what a provider said of its outputs; "" for nothing.
func JoinStatuses(m map[string]fettle.Status) string {
	if len(m) == 0 {
		return ""
	}
	var sb strings.Builder
	for _, name := range slices.Sorted(maps.Keys(m)) {
		sb.WriteString("," + name + ":" + string(m[name]))
	}
	return sb.String() + ","
}

// StatusIn finds what was said of one of them; "" for nothing.
func StatusIn(list, name string) fettle.Status {
	_, rest, ok := strings.Cut(list, ","+name+":")
	if !ok {
		return ""
	}
	st, _, _ := strings.Cut(rest, ",")
	return fettle.Status(st)
}

// PutStatus sets what is said of one, or takes it away with "".
func PutStatus(list, name string, st fettle.Status) string {
	if StatusIn(list, name) == st {
		return list
	}
	parts := slices.DeleteFunc(strings.Split(list, ","), func(s string) bool { return s == "" || strings.HasPrefix(s, name+":") })
	if st != "" {
		parts = append(parts, name+":"+string(st))
		slices.Sort(parts)
	}
	if len(parts) == 0 {
		return ""
	}
	return "," + strings.Join(parts, ",") + ","
}
