//go:build race

package engine_test

// underRace says that the race detector slows everything down: histories are
// shorter then.
const underRace = true

// slowdown is how many times longer things may take: SQLite, which is Go here,
// runs under the detector too.
const slowdown = 6
