package match

import "strings"

// similarity is that of Jaro and Winkler: 1 is the same, 0 has nothing in common.
func similarity(a, b string) float64 {
	if a == b {
		return 1
	}
	x, y := []rune(a), []rune(b)
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	reach := max(max(len(x), len(y))/2-1, 0)
	var short [2][64]bool // most values are, and need no memory of their own
	hitX, hitY := short[0][:], short[1][:]
	if max(len(x), len(y)) > len(short[0]) {
		hitX, hitY = make([]bool, len(x)), make([]bool, len(y))
	}
	hits := 0
	for i := range x {
		for j := max(0, i-reach); j < min(len(y), i+reach+1); j++ {
			if !hitY[j] && x[i] == y[j] {
				hitX[i], hitY[j] = true, true
				hits++
				break
			}
		}
	}
	if hits == 0 {
		return 0
	}
	swapped, j := 0, 0
	for i := range x {
		if !hitX[i] {
			continue
		}
		for !hitY[j] {
			j++
		}
		if x[i] != y[j] {
			swapped++
		}
		j++
	}
	h := float64(hits)
	s := (h/float64(len(x)) + h/float64(len(y)) + (h-float64(swapped)/2)/h) / 3
	prefix := 0
	for prefix < min(4, len(x), len(y)) && x[prefix] == y[prefix] {
		prefix++
	}
	return s + float64(prefix)*0.1*(1-s)
}

// slips is how many letters have to be put in, left out, changed or swapped with
// their neighbour to make b of a; most+1 if it takes more.
func slips(a, b string, most int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > most || len(y)-len(x) > most {
		return most + 1
	}
	var short [3][64]int
	before, last, now := short[0][:], short[1][:], short[2][:]
	if len(y) >= len(short[0]) {
		before, last, now = make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	}
	for j := range len(y) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		now[0] = i
		best := i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d := min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d = min(d, before[j-2]+1)
			}
			now[j] = d
			best = min(best, d)
		}
		if best > most {
			return most + 1
		}
		before, last, now = last, now, before
	}
	return last[len(y)]
}

// Within reports whether two texts are no more than a number of slips apart.
func Within(a, b string, most int) bool { return slips(a, b, most) <= most }

// level is how far two values agree.
type level uint8

const (
	blank   level = iota // one of them is
	differs              //
	near                 // written otherwise, or with a slip
	same
)

// names compares two parts of names.
func names(a, b string) level {
	switch {
	case a == "" || b == "":
		return blank
	case a == b:
		return same
	case strings.HasPrefix(a, b) || strings.HasPrefix(b, a):
		return near // an initial, a short form, or one name of several
	case similarity(a, b) >= 0.88:
		return near
	case min(len(a), len(b)) >= 4 && Within(a, b, min(2, 1+min(len(a), len(b))/7)):
		return near
	}
	return differs
}

// texts compares two values that are no names.
func texts(k kind, a, b string) level {
	switch {
	case a == "" || b == "":
		return blank
	case a == b:
		return same
	case k == number:
		return differs
	case k == date && len(a) >= 8 && len(b) >= 8:
		return dates(a[:8], b[:8])
	case allDigits(a) && allDigits(b):
		if len(a) >= 6 && Within(a, b, 1) {
			return near
		}
		return differs
	case similarity(a, b) >= 0.9, min(len(a), len(b)) >= 5 && Within(a, b, min(2, 1+min(len(a), len(b))/8)):
		return near
	}
	return differs
}

func allDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// dates compares two days (20060102): they are near where two of year, month and
// day agree, where day and month are swapped, or by one slip.
func dates(a, b string) level {
	agree := 0
	for _, part := range [][2]int{{0, 4}, {4, 6}, {6, 8}} {
		if a[part[0]:part[1]] == b[part[0]:part[1]] {
			agree++
		}
	}
	swapped := a[:4] == b[:4] && a[4:6] == b[6:8] && a[6:8] == b[4:6]
	if agree == 2 || swapped || Within(a, b, 1) {
		return near
	}
	return differs
}

// emails compares two addresses: same is also another way to write it, near one
// with a slip, or of another domain with the same local part.
func emails(a, b string) level {
	if a == "" || b == "" {
		return blank
	}
	a, b = plain(a), plain(b)
	la, _, _ := strings.Cut(a, "@")
	lb, _, _ := strings.Cut(b, "@")
	switch {
	case a == b:
		return same
	case numbersDiffer(la, lb):
		return differs
	case la == lb && len(la) >= 6, min(len(a), len(b)) >= 10 && Within(a, b, min(3, 1+min(len(a), len(b))/12)):
		return near
	}
	return differs
}

// numbersDiffer reports whether two local parts have as many digits, and others:
// ann3 and ann9 are two.
func numbersDiffer(a, b string) bool {
	only := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, s)
	}
	x, y := only(a), only(b)
	return x != y && len(x) == len(y)
}

// plain is an address without what many mail systems pass over: dots and what
// follows a plus.
func plain(s string) string {
	local, domain, ok := strings.Cut(s, "@")
	if !ok {
		return s
	}
	local, _, _ = strings.Cut(local, "+")
	return strings.ReplaceAll(local, ".", "") + "@" + domain
}
