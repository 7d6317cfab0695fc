package sandbox

import (
	"fmt"
	"strings"
	"unicode"
)

// findEmail makes the address that the person would have: jane.doe@acme.com.
func findEmail(_ dice, in []string) map[string]any {
	return map[string]any{"email": mailbox(in[0]) + "@" + host(in[1])}
}

func jobTitle(d dice, in []string) map[string]any {
	local, _, _ := strings.Cut(in[0], "@")
	slug := strings.Trim(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '-'
	}, local), "-")
	title := strings.TrimSpace(pick(&d, seniorities) + " " + pick(&d, roles))
	return map[string]any{
		"title":        title,
		"linkedin_url": fmt.Sprintf("https://www.linkedin.com/in/%s-%06x", slug, d.next()&0xffffff),
	}
}

func company(d dice, _ []string) map[string]any {
	return map[string]any{"industry": pick(&d, industries), "employee_count": pick(&d, sizes) + d.below(10)}
}

func score(d dice, _ []string) map[string]any {
	return map[string]any{"score": d.below(101)}
}

// mailbox makes the part before the @ of a full name: first.last, in ASCII.
func mailbox(name string) string {
	words := strings.FieldsFunc(fold.Replace(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	switch len(words) {
	case 0:
		return fmt.Sprintf("person.%06x", uint64(roll(0, name))&0xffffff)
	case 1:
		return words[0]
	}
	return words[0] + "." + words[len(words)-1]
}

// host makes a bare domain of what people type for one.
func host(domain string) string {
	_, after, ok := strings.Cut(domain, "://")
	if ok {
		domain = after
	}
	domain, _, _ = strings.Cut(domain, "/")
	domain = strings.TrimPrefix(strings.ReplaceAll(domain, " ", ""), "www.")
	if !strings.Contains(domain, ".") {
		return domain + ".example"
	}
	return domain
}

// fold writes the Latin letters with marks that names commonly hold in ASCII.
var fold = strings.NewReplacer(
	"á", "a", "à", "a", "â", "a", "ä", "ae", "ã", "a", "å", "a", "ą", "a", "æ", "ae", "ç", "c", "ć", "c", "č", "c",
	"é", "e", "è", "e", "ê", "e", "ë", "e", "ę", "e", "ě", "e", "í", "i", "ì", "i", "î", "i", "ï", "i", "ł", "l",
	"ñ", "n", "ń", "n", "ó", "o", "ò", "o", "ô", "o", "ö", "oe", "õ", "o", "ø", "o", "ő", "o", "ř", "r", "š", "s",
	"ś", "s", "ß", "ss", "ú", "u", "ù", "u", "û", "u", "ü", "ue", "ű", "u", "ů", "u", "ý", "y", "ž", "z", "ź", "z",
	"ż", "z", "ğ", "g", "ş", "s", "ı", "i", "đ", "d", "'", "", "’", "",
)

var (
	seniorities = []string{"Senior", "Lead", "Principal", "Head of", "VP", "Director of", "Staff", ""}
	roles       = []string{
		"Software Engineering", "Product Marketing", "Sales", "Revenue Operations", "Customer Success", "Data Science",
		"Platform Engineering", "Finance", "People Operations", "Business Development", "Product Management", "Security",
	}
	industries = []string{
		"Software", "Financial Services", "Healthcare", "Manufacturing", "Retail", "Logistics", "Telecommunications",
		"Education", "Energy", "Construction", "Media", "Professional Services", "Biotechnology", "Hospitality",
	}
	sizes = []int{3, 12, 28, 55, 120, 240, 480, 900, 1800, 4200, 11000, 36000}
)
