// Package run makes the calls and moves the money: it plans, claims, calls,
// settles and follows, within what limits leave. Nothing else does.
package run
