package connect

import (
	"fmt"

	"fettle"
)

// Ready refuses a connection that cannot be used yet.
func (c *Connection) Ready() error {
	switch {
	case MakesUp(c.Description.Name) && !c.Conn.Sandbox:
		return fettle.Errorf(fettle.Refused, switchedOff).WithHint("An admin switches it on under Providers (fettle provider simulate on). Its answers are made up, and nothing is billed.").With("provider", c.Name)
	case c.Description.NeedsKey && c.Conn.Key == "":
		return fettle.Errorf(fettle.Refused, noKey, c.Name).WithHint("%s", c.keyHint()).With("provider", c.Name)
	case c.Conn.UnitCredits == nil:
		return fettle.Errorf(fettle.Refused, noPrice, c.Description.Unit, c.Name).
			WithHint("State what it costs in credits under Providers (fettle provider price %s --unit N).", c.Name).With("provider", c.Name)
	}
	return nil
}

// What a provider may lack.
const (
	switchedOff = "the simulated provider is switched off"
	noKey       = "the provider %s has no key"
	noPrice     = "the price of one %s of %s is not stated"
)

// Lacks reports whether a message of Ready says that this provider lacks
// something.
func Lacks(c *Connection, message string) bool {
	d := c.Description
	return message == switchedOff && MakesUp(d.Name) || message == fmt.Sprintf(noKey, c.Name) || message == fmt.Sprintf(noPrice, d.Unit, c.Name)
}
