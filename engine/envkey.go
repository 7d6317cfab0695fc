package engine

import (
	"net/url"
	"strings"

	"fettle"
	"fettle/provider"
)

// EnvKey lists an environment variable as the key of one provider at one host.
// Only the operator, who starts the process, lists it.
type EnvKey struct {
	Name     string // of the variable
	Provider string
	Host     string // with the port where the address has one
}

// ParseEnvKey reads NAME=provider@host.
func ParseEnvKey(s string) (EnvKey, error) {
	name, rest, ok := strings.Cut(s, "=")
	of, host, at := strings.Cut(rest, "@")
	if !ok || !at || name == "" || of == "" || host == "" || strings.ContainsAny(host, "/@ ") {
		return EnvKey{}, fettle.Errorf(fettle.Invalid, "%q does not say which variable is the key of which provider at which host", s).
			WithHint("Write NAME=provider@host, such as VENDOR_KEY=vendor@api.vendor.com.")
	}
	return EnvKey{Name: name, Provider: of, Host: host}, nil
}

// envKey is the key that the environment holds for a connection, and the name
// of its variable. A variable is read only for a provider that ships with the
// program, at the address that it ships with, or as the operator lists it:
// definitions and addresses come from the workspace, whose admins are not to
// learn what else the environment holds. withheld names a variable that is set
// and is not used, because the address is not the shipped one.
func (e *Engine) envKey(c *connection, shipped bool) (key, name, withheld string) {
	if e.cfg.Env == nil {
		return "", "", ""
	}
	for _, k := range e.cfg.EnvKeys {
		if v, ok := e.cfg.Env(k.Name); ok && v != "" && k.Provider == c.desc.Name && strings.EqualFold(k.Host, hostOf(c.address())) {
			return v, k.Name, ""
		}
	}
	if !shipped {
		return "", "", ""
	}
	name = shippedKeyEnv(c.desc)
	switch v, ok := e.cfg.Env(name); {
	case !ok || v == "":
		return "", "", ""
	case c.conn.BaseURL != "" && c.conn.BaseURL != strings.TrimSuffix(c.desc.BaseURL, "/"):
		return "", "", name
	default:
		return v, name, ""
	}
}

// address is where the provider is asked.
func (c *connection) address() string {
	if c.conn.BaseURL != "" {
		return c.conn.BaseURL
	}
	return c.desc.BaseURL
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
func (c *connection) keyHint() string {
	hint := "Enter it under Providers (fettle provider key " + c.desc.Name + ")"
	switch {
	case c.withheld != "":
		return hint + ", or start Fettle with --env-key " + c.withheld + "=" + c.desc.Name + "@" + hostOf(c.address()) + "."
	case c.shipped && c.conn.BaseURL == "":
		return hint + ", or set it in " + shippedKeyEnv(c.desc) + "."
	default:
		return hint + "."
	}
}

// note says what holds of a connection and is not to be seen otherwise.
func (c *connection) note() string {
	if c.withheld == "" {
		return ""
	}
	return "The key in " + c.withheld + " is not used: it is for " + c.desc.BaseURL + ", and " + c.desc.Name + " is asked at " + c.conn.BaseURL + "."
}
