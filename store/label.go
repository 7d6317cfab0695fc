package store

import (
	"context"
	"fmt"
)

// Labelled is a table of what people give labels to.
type Labelled string

// The tables.
const (
	LabelledAudience    Labelled = "audiences"
	LabelledEnrichment  Labelled = "enrichments"
	LabelledSignal      Labelled = "signal_rules"
	LabelledChannel     Labelled = "channels"
	LabelledDestination Labelled = "destinations"
	LabelledSource      Labelled = "sources"
)

// shownLabel is the label of a row as it is read: its name where it has none.
const shownLabel = "CASE WHEN label = '' THEN name ELSE label END"

// PutLabel gives a row another label; one that is its name is none. Nothing else
// writes labels: whoever writes the rest of a row may have read it before.
func (tx *Tx) PutLabel(ctx context.Context, of Labelled, name, label string) error {
	if label == name {
		label = ""
	}
	_, err := tx.exec(ctx, fmt.Sprintf("UPDATE %s SET label = $2 WHERE name = $1", of), name, label)
	return err
}

// Named reports whether a row has a name.
func (tx *Tx) Named(ctx context.Context, of Labelled, name string) (bool, error) {
	var n int64
	err := tx.get(ctx, []any{&n}, fmt.Sprintf("SELECT count(*) FROM %s WHERE name = $1", of), name)
	return n > 0, err
}
