// Package recall keeps in memory what is sorted or counted, and mends it from
// the change log. It is never the truth.
package recall
