package match

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"fettle"
)

// Weak is set in a block whose records have little in common: it is worth
// comparing them only where they are few.
const Weak = 1 << 63

// Blocks gives what records are brought together by: two that have none in common
// are not compared.
func (m *Matcher) Blocks(r *Record) []uint64 {
	var out []uint64
	add := func(parts ...string) {
		if slices.Contains(parts, "") {
			return
		}
		h := fnv.New64a()
		_, _ = h.Write([]byte(strings.Join(parts, "\x00")))
		sum := h.Sum64() &^ Weak
		if strings.HasPrefix(parts[0], "t") {
			sum |= Weak
		}
		if !slices.Contains(out, sum) {
			out = append(out, sum)
		}
	}
	add("l", r.linkedin)
	add("p", r.phone)
	if r.email != "" {
		local, domain, _ := strings.Cut(plain(r.email), "@")
		add("e", local, domain)
		if len(local) >= 6 {
			add("el", local)
		}
		add("ed", domain, short(local, 3))
	}
	if m.entity == fettle.Companies {
		host, _, _ := strings.Cut(r.domain, ".")
		add("d", host)
		add("n", strings.ReplaceAll(r.last, " ", ""))
		add("ns", sound(r.last), short(r.last, 5))
	} else {
		f, l := sound(firstWord(r.first)), sound(r.last)
		if f > l {
			f, l = l, f // first and last name may be swapped
		}
		add("n", f, l)
	}
	n, common := 0, 0
	for i := range m.attributes {
		if r.values[i] == "" {
			continue
		}
		if !m.selective(i) {
			if common++; common <= 4 {
				add("tl", strconv.Itoa(i), short(r.values[i], 4), r.last)
				add("tf", strconv.Itoa(i), short(r.values[i], 4), r.first)
			}
			continue
		}
		if n++; n > 8 {
			break
		}
		at := strconv.Itoa(i)
		add("v", at, r.values[i])
		if m.attributes[i].kind == date {
			add("ty", at, short(r.values[i], 4), sound(r.last))
			add("tz", at, short(r.values[i], 4), sound(firstWord(r.first)))
		}
		add("vl", at, short(r.values[i], 7), sound(r.last))
		add("vf", at, short(r.values[i], 7), sound(firstWord(r.first)))
	}
	return out
}

func firstWord(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return w
}

func short(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// sound is roughly how a word sounds: its first letter and the classes of the
// consonants behind it, as in Soundex.
func sound(s string) string {
	const classes = "01230120022455012623010202" // of a to z
	var sb strings.Builder
	last := byte('0')
	for i := 0; i < len(s) && sb.Len() < 4; i++ {
		c := s[i]
		if c < 'a' || c > 'z' {
			if sb.Len() == 0 {
				sb.WriteByte(c)
			}
			continue
		}
		class := classes[c-'a']
		if sb.Len() == 0 {
			sb.WriteByte(c)
		} else if class != '0' && class != last {
			sb.WriteByte(class)
		}
		last = class
	}
	return sb.String()
}
