package connect

import (
	"fmt"

	"fettle"
)

// Ready refuses a connection that cannot be used yet.
func (c *Connection) Ready() error {
	switch {
	case c.Description.Name == "sandbox" && !c.Conn.Sandbox:
		return fettle.Errorf(fettle.Refused, noSandbox).WithHint("Whoever runs the server starts it and names its address (fettle sandbox, then fettle serve --sandbox http://127.0.0.1:7071, or FETTLE_SANDBOX).")
	case c.Description.NeedsKey && c.Conn.Key == "":
		return fettle.Errorf(fettle.Refused, noKey, c.Name).WithHint("%s", c.keyHint())
	case c.Conn.UnitCredits == nil:
		return fettle.Errorf(fettle.Refused, noPrice, c.Description.Unit, c.Name).
			WithHint("State what it costs in credits under Providers (fettle provider price %s --unit N).", c.Name)
	}
	return nil
}

// What a provider may lack.
const (
	noSandbox = "the sandbox is not running"
	noKey     = "the provider %s has no key"
	noPrice   = "the price of one %s of %s is not stated"
)

// Lacks reports whether a message of Ready says that this provider lacks
// something.
func Lacks(c *Connection, message string) bool {
	d := c.Description
	return message == noSandbox && d.Name == "sandbox" || message == fmt.Sprintf(noKey, c.Name) || message == fmt.Sprintf(noPrice, d.Unit, c.Name)
}
