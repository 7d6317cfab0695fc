// Package nearest finds the word that a person most likely meant, for hints.
package nearest

import "strings"

// Of gives the candidate nearest to word by edits (insert, delete, replace,
// swap of neighbours), or "" if none is near: at most a third of the word's
// letters, and at least one edit, may differ. Case, spaces, hyphens and
// underscores do not count as differences. Of equals the first wins.
func Of(word string, candidates []string) string {
	best, bestAt := "", max(1, len(word)/3)+1
	folded := fold(word)
	for _, c := range candidates {
		if d := distance(folded, fold(c), bestAt); d < bestAt {
			best, bestAt = c, d
		}
	}
	return best
}

// fold leaves only what counts as a difference.
func fold(s string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(s))
}

// distance is the restricted Damerau-Levenshtein distance in bytes; it gives
// up at limit.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit)
}
