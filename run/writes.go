package run

import (
	"fettle/ingest"
	"fettle/store"
)

// countWrites counts what was done to what records held.
func countWrites(written []ingest.Written) store.RunWrites {
	var n store.RunWrites
	for _, w := range written {
		switch w.Change {
		case ingest.Filled:
			n.Fills++
		case ingest.Overwrote:
			n.Overwrites++
		case ingest.Emptied:
			n.Emptied++
		case ingest.Same:
		}
	}
	return n
}
