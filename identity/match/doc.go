// Package match says how likely two records are one, and why. It is pure: what
// it knows of how common values are it learns from a sample of the records.
//
// It only proposes: a person decides.
package match
