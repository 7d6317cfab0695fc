// Package past says what records and audiences were at a time: it is the one
// reader of the change log backwards. It only reads.
package past
