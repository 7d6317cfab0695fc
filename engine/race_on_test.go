//go:build race

package engine_test

// underRace says that the race detector slows everything down: histories are
// shorter then.
const underRace = true
