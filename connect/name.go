package connect

import (
	"net/url"
	"slices"
	"strings"

	"fettle"
	"fettle/limits"
	"fettle/provider"
	"fettle/store"
)

// IsDefault reports whether it is the connection that its provider has anyway.
func (c *Connection) IsDefault() bool { return c.Of == fettle.DefaultConnection }

// Title names the connection for people.
func (c *Connection) Title() string {
	if c.IsDefault() {
		return c.Description.Title
	}
	return c.Description.Title + " (" + c.Of + ")"
}

// LimitKey is the key of the connection's own limit, beside its provider's.
func (c *Connection) LimitKey() string { return limits.ConnectionKey(c.Description.Name, c.Of) }

// Apart is what the fingerprints of its operations end in: what was asked and
// bought belongs to the provider, whichever connection was used, unless this one
// asks another server.
func (c *Connection) Apart() string {
	if c.server == "" {
		return ""
	}
	return "@" + c.server
}

// allOf are the connections of a provider: what is stored, and the default one,
// which is there without anything stored of it.
func allOf(provider string, stored []store.Connection) []store.Connection {
	if slices.ContainsFunc(stored, func(s store.Connection) bool { return s.FullName() == provider }) {
		return stored
	}
	return append([]store.Connection{{Provider: provider}}, stored...)
}

// ServerOf is the host of which what is bought by a connection is remembered
// apart; "" where it asks the same host as the provider's default connection. It
// is stored with the connection's address: a default connection that moves
// elsewhere later takes nothing from what the others remember.
func ServerOf(d provider.Description, s, byDefault store.Connection) string {
	host := serverHost(d, s.BaseURL)
	if host == serverHost(d, byDefault.BaseURL) {
		return ""
	}
	return host
}

func serverHost(d provider.Description, address string) string {
	if address == "" {
		address = d.BaseURL
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return strings.ToLower(address)
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		return strings.TrimSuffix(host, ":443")
	case "http":
		return strings.TrimSuffix(host, ":80")
	}
	return host
}

// noConnection refuses a connection that a provider does not have. The lock is
// held.
func (cs *Connections) noConnection(provider, connection string) error {
	var names []string
	for name, c := range cs.byName {
		if c.Description.Name == provider {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return fettle.Errorf(fettle.NotFound, "%s has no connection %q", provider, connection).
		WithHint("It has: %s. Add one under Providers (fettle provider connect %s).", strings.Join(names, ", "), fettle.ConnectionName(provider, connection))
}
