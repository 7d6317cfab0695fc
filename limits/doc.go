// Package limits says who pays for a call, what every limit leaves, and what a
// transaction does to the balances. It knows no enrichment's definition and
// makes no call.
package limits
