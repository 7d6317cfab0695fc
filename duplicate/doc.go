// Package duplicate looks for records that may be one: it brings records
// together that have something in common, has them compared, and puts what is
// likely into the review queue. It merges nothing.
package duplicate
