package identity

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed freemail.txt
var freeMailTXT string

// freeMail is the set of the embedded list, read when first asked. A line
// "name: a b c" stands for name.a, name.b and name.c.
var freeMail = sync.OnceValue(func() map[string]bool {
	set := make(map[string]bool, 700)
	for line := range strings.Lines(freeMailTXT) {
		line, _, _ = strings.Cut(line, "#")
		name, suffixes, family := strings.Cut(line, ":")
		if !family {
			for domain := range strings.FieldsSeq(line) {
				set[domain] = true
			}
			continue
		}
		for suffix := range strings.FieldsSeq(suffixes) {
			set[name+"."+suffix] = true
		}
	}
	return set
})

// FreeMail reports whether the domain is one at which anyone can have a
// mailbox: an address there says nothing of the person's company. Subdomains of
// such a domain count too.
func FreeMail(domain string) bool {
	domain = strings.TrimSuffix(lower(trimKey(domain)), ".")
	set := freeMail()
	for domain != "" {
		if set[domain] {
			return true
		}
		_, parent, _ := strings.Cut(domain, ".")
		if !strings.Contains(parent, ".") {
			return false
		}
		domain = parent
	}
	return false
}
