package identity

import "strings"

// Host gives the host of a domain or web address, without www, in ASCII:
// york.cuny.edu for https://www.york.cuny.edu/about. It is not ok where Domain
// is not.
func Host(s string) (host string, ok bool) {
	domain, ok := Domain(s)
	if !ok {
		return "", false
	}
	host, _, _ = splitURL(s)
	if short := strings.TrimPrefix(host, "www."); host != domain && strings.HasSuffix(short, domain) {
		host = short
	}
	if host != domain && !strings.HasSuffix(host, "."+domain) {
		return domain, true
	}
	return host, true
}

// Hosts gives a host and what it is beneath, down to its domain: the nearest
// first.
func Hosts(host, domain string) []string {
	var out []string
	for host != domain && strings.HasSuffix(host, "."+domain) {
		out = append(out, host)
		_, host, _ = strings.Cut(host, ".")
	}
	return append(out, domain)
}
