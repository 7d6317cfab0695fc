// Package chaos attacks the product from outside: processes of the real binary
// work on one database while they are killed, stopped beyond their lease and
// cut off from it, and what they did is then compared with the books of a
// simulated provider, which is a process of its own.
//
// A short form runs with every test; `make chaos` runs the long one.
package chaos
