// Package judge says what a row needs and what it costs: nothing, patience, or
// calls. It only reads.
package judge

import "fettle/connect"

// Judge compiles definitions and judges rows by them. It is safe for concurrent
// use.
type Judge struct {
	conns *connect.Connections
}

// New makes a judge that knows the providers by their connections.
func New(conns *connect.Connections) *Judge { return &Judge{conns: conns} }
