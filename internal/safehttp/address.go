package safehttp

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// BlockedError is a refusal to connect to a private address.
type BlockedError struct {
	Host string // host:port, as asked for
	Addr string // the address that it resolved to
}

func (e *BlockedError) Error() string {
	return fmt.Sprintf("%s is at the private address %s, which is not allowed; whoever runs the server can list it (--allow-host %s)", e.Host, e.Addr, e.Host)
}

// allowList is what may be reached although it is private.
type allowList struct {
	hosts    map[string]bool // host, or host:port
	prefixes []netip.Prefix
}

func parseAllow(entries []string) (allowList, error) {
	a := allowList{hosts: map[string]bool{}}
	for _, e := range entries {
		s := strings.ToLower(strings.TrimSpace(e))
		if p, err := netip.ParsePrefix(s); err == nil {
			a.prefixes = append(a.prefixes, p.Masked())
			continue
		}
		if ip, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
			a.prefixes = append(a.prefixes, netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()))
			continue
		}
		if s == "" || strings.ContainsAny(s, "/ @?#") {
			return a, fmt.Errorf("allowed host %q: write host, host:port, an address, or a range such as 10.0.0.0/8", e)
		}
		a.hosts[s] = true
	}
	return a, nil
}

// host reports whether the operator listed the name, with or without its port.
func (a allowList) host(host, port string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return a.hosts[host] || a.hosts[net.JoinHostPort(host, port)]
}

func (a allowList) address(ip netip.Addr) bool {
	for _, p := range a.prefixes {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// control refuses, right before connecting, every address that is neither
// public nor listed.
func (a allowList) control(asked string) func(context.Context, string, string, syscall.RawConn) error {
	return func(_ context.Context, _, resolved string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(resolved)
		if err != nil {
			return &BlockedError{Host: asked, Addr: resolved}
		}
		if ip := ap.Addr().Unmap(); !a.address(ip) && !Public(ip) {
			return &BlockedError{Host: asked, Addr: ip.String()}
		}
		return nil
	}
}

// reserved are ranges that netip's own predicates do not cover: shared (CGNAT),
// protocol, documentation and benchmark ranges, a cloud's metadata address,
// and IPv6 ranges that carry an IPv4 address inside.
func reserved() []string {
	return []string{
		"0.0.0.0/8", "100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
		"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
	}
}

// Public reports whether the address is an ordinary one on the internet:
// not private, loopback, link-local, multicast, shared, reserved or a cloud's
// metadata service, nor one of those wrapped in IPv6.
func Public(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false // also loopback, link-local, multicast and unspecified
	}
	for _, s := range reserved() {
		if netip.MustParsePrefix(s).Contains(ip) {
			return false
		}
	}
	return true
}
