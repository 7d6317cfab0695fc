package identity

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed sites.txt
var sitesTXT string

// siteHosts are the hosts of site builders, blogs and other shared platforms
// beneath which each name belongs to somebody else. The Public Suffix List has
// many of them in its private part; these are those that it lacks.
var siteHosts = sync.OnceValue(func() map[string]bool {
	set := make(map[string]bool, len(sitesTXT)/12)
	for line := range strings.Lines(sitesTXT) {
		if !strings.HasPrefix(line, "#") {
			for host := range strings.FieldsSeq(line) {
				set[host] = true
			}
		}
	}
	return set
})

// siteOf gives the site to which a host beneath a shared platform belongs:
// alpha.wordpress.com for www.alpha.wordpress.com. The platform's own host, with
// or without www, is the platform's.
func siteOf(host string) (site string, ok bool) {
	for rest := host; ; {
		label, parent, more := strings.Cut(rest, ".")
		if !more {
			return "", false
		}
		if siteHosts()[parent] {
			if label == "www" || label == "m" {
				return parent, true
			}
			return rest, true
		}
		rest = parent
	}
}
