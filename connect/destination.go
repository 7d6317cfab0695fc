package connect

import (
	"fettle"
	"fettle/internal/secret"
	"fettle/provider"
	"fettle/store"
)

// destinationKey is what a key of a destination is sealed with, beside the key of
// the workspace.
func destinationKey(name string) string { return "destination:" + name }

// SealDestination closes the key of a destination, so that it can be stored.
func (cs *Connections) SealDestination(name, key string) ([]byte, error) {
	return cs.Seal(destinationKey(name), key)
}

// Destination is how a destination is reached. A key of the environment is read for
// a service that comes with the product alone, at its own address, and wins over
// the stored one.
func (cs *Connections) Destination(d store.Destination, keyEnv string) (provider.Connection, error) {
	cs.mu.RLock()
	conn := provider.Connection{Provider: d.Name, BaseURL: d.BaseURL, Client: cs.client}
	cs.mu.RUnlock()
	if cs.cfg.Env != nil && d.To != "" && d.BaseURL == "" && keyEnv != "" {
		if v, ok := cs.cfg.Env(keyEnv); ok && v != "" {
			conn.Key = v
			return conn, nil
		}
	}
	if len(d.KeySealed) == 0 {
		return conn, nil
	}
	key, err := secret.Open(cs.cfg.SecretKey, destinationKey(d.Name), d.KeySealed)
	if err != nil {
		return conn, fettle.Errorf(fettle.Refused, "the key of %s cannot be opened", d.Name).WithHint("Enter it again (fettle destination set %s --key …).", d.Name)
	}
	conn.Key = key.Reveal()
	return conn, nil
}
