//go:build !race

package engine_test

const underRace = false

const slowdown = 1
