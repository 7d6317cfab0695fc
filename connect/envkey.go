package connect

import (
	"net/url"
	"strings"

	"fettle"
	"fettle/provider"
)

// EnvKey lists an environment variable as the key of one connection at one host.
// Only the operator, who starts the process, lists it.
type EnvKey struct {
	Name     string // of the variable
	Provider string // or provider@connection
	Host     string // with the port where the address has one
}

// ParseEnvKey reads NAME=provider@host and NAME=provider@connection@host.
func ParseEnvKey(s string) (EnvKey, error) {
	name, rest, ok := strings.Cut(s, "=")
	cut := strings.LastIndexByte(rest, '@')
	of, host := rest[:max(cut, 0)], rest[cut+1:]
	provider, connection, err := fettle.CutConnection(of)
	if !ok || err != nil || cut < 0 || name == "" || of == "" || host == "" || strings.ContainsAny(host, "/ ") {
		return EnvKey{}, fettle.Errorf(fettle.Invalid, "%q does not say which variable is the key of which provider at which host", s).
			WithHint("Write NAME=provider@host, such as VENDOR_KEY=vendor@api.vendor.com, or NAME=provider@connection@host for another than its default connection.")
	}
	return EnvKey{Name: name, Provider: fettle.ConnectionName(provider, connection), Host: host}, nil
}

// envKey is the key that the environment holds for a connection, and the name
// of its variable. A variable is read only for a provider that ships with the
// program, by its default connection, at the address that it ships with, or as
// the operator lists it:
// definitions and addresses come from the workspace, whose admins are not to
// learn what else the environment holds. withheld names a variable that is set
// and is not used, because the address is not the shipped one.
func (cs *Connections) envKey(c *Connection, shipped bool) (key, name, withheld string) {
	if cs.cfg.Env == nil {
		return "", "", ""
	}
	for _, k := range cs.cfg.EnvKeys {
		if v, ok := cs.cfg.Env(k.Name); ok && v != "" && k.Provider == c.Name && strings.EqualFold(k.Host, hostOf(c.Address())) {
			return v, k.Name, ""
		}
	}
	if !shipped || !c.IsDefault() {
		return "", "", ""
	}
	name = shippedKeyEnv(c.Description)
	switch v, ok := cs.cfg.Env(name); {
	case !ok || v == "":
		return "", "", ""
	case c.Conn.BaseURL != "" && c.Conn.BaseURL != strings.TrimSuffix(c.Description.BaseURL, "/"):
		return "", "", name
	default:
		return v, name, ""
	}
}

// Address is where the provider is asked.
func (c *Connection) Address() string {
	if c.Conn.BaseURL != "" {
		return c.Conn.BaseURL
	}
	return c.Description.BaseURL
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// shippedKeyEnv is the environment variable that may hold the key of a provider
// that ships with the program.
func shippedKeyEnv(d provider.Description) string {
	if d.KeyEnv != "" {
		return d.KeyEnv
	}
	return "FETTLE_KEY_" + strings.ToUpper(strings.NewReplacer("/", "_", "-", "_").Replace(d.Name))
}

// keyHint says how a provider gets its key.
func (c *Connection) keyHint() string {
	hint := "Enter it under Providers (fettle provider key " + c.Name + ")"
	switch {
	case c.withheld != "":
		return hint + ", or let it have the key of the environment (--env-key " + c.withheld + "=" + c.Name + "@" + hostOf(c.Address()) + ")."
	case !c.IsDefault():
		return hint + ", or let it have one of the environment (--env-key VARIABLE=" + c.Name + "@" + hostOf(c.Address()) + ")."
	case c.Shipped && c.Conn.BaseURL == "":
		return hint + ", or set it in " + shippedKeyEnv(c.Description) + "."
	default:
		return hint + "."
	}
}

// Note says what holds of a connection and is not to be seen otherwise.
func (c *Connection) Note() string {
	if c.withheld == "" {
		return ""
	}
	return "The key in " + c.withheld + " is not used: it is for " + c.Description.BaseURL + ", and " + c.Description.Name + " is asked at " + c.Conn.BaseURL + "."
}
