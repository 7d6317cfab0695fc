//go:build race

package main

// underRace says that the race detector makes each start of the program five times
// as slow.
const underRace = true
