// Package stranger says whether an answer that was paid for is about somebody
// else than the record it was asked for, by comparing what the answer itself says
// of whom it is about with what is known of the record: in code, never by a model.
package stranger
