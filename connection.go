package fettle

import (
	"regexp"
	"strings"
)

// DefaultConnection is the name of the connection that every provider has.
const DefaultConnection = "default"

var connectionName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// ConnectionName writes which connection of a provider is meant, as steps and
// commands do: llm/openai@local. The default one is the provider's own name.
func ConnectionName(provider, connection string) string {
	if connection == "" || connection == DefaultConnection {
		return provider
	}
	return provider + "@" + connection
}

// CutConnection reads what ConnectionName wrote, of a provider or of one of its
// operations. What names no connection means the default one.
func CutConnection(name string) (of, connection string, err error) {
	of, connection, named := strings.Cut(name, "@")
	if !named {
		return name, DefaultConnection, nil
	}
	if of == "" || !connectionName.MatchString(connection) {
		return "", "", Errorf(Invalid, "%q does not name a connection of a provider", name).
			WithHint("Write provider@connection, such as llm/openai@local: small letters, digits, - and _, at most 32.")
	}
	return of, connection, nil
}
