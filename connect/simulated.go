package connect

import (
	"strings"

	"fettle/provider"
	"fettle/provider/sandbox"
)

// MakesUp reports whether the answers of a provider are made up: data, or of a
// model.
func MakesUp(name string) bool { return name == "sandbox" || name == "llm/sandbox" }

// simulation is where the simulated provider answers: at the address that whoever
// runs the server gave, or in this process, where an admin switched it on.
type simulation struct {
	address string
	inside  *sandbox.Server // nil: it is at the address
}

// simulation tells where it answers now; on is what the workspace says. The one
// in this process is made once: it knows which calls it has answered. The lock of
// reading is held.
func (cs *Connections) simulation(on bool) simulation {
	switch {
	case cs.cfg.Sandbox != "":
		return simulation{address: cs.cfg.Sandbox}
	case !on:
		return simulation{}
	}
	if cs.inside == nil {
		cs.inside = sandbox.Inside()
	}
	return simulation{address: sandbox.Address, inside: cs.inside}
}

// answers reports whether the simulation answers in the place of a provider. A
// model of a vendor is simulated only by whoever runs the server, where it has
// neither a key nor an address: an admin's switch makes up nothing in a vendor's
// name.
func (s simulation) answers(d provider.Description, conn provider.Connection) bool {
	switch {
	case s.address == "":
		return false
	case MakesUp(d.Name):
		return true
	}
	return s.inside == nil && d.Kind == provider.AI && conn.Key == "" && conn.BaseURL == ""
}

// url is where a provider's simulation answers.
func (s simulation) url(d provider.Description) string {
	base := strings.TrimSuffix(s.address, "/")
	if d.Kind == provider.AI && d.Name != "llm/anthropic" {
		return base + "/v1"
	}
	return base
}

// Simulated reports whether the answers of a connection are made up.
func (c *Connection) Simulated() bool { return c.Conn.Sandbox || MakesUp(c.Description.Name) }
