package store

import (
	"encoding/json"
)

// The entries of the change log that say that a record got a signal, or that one
// was taken back, and their origin.
const (
	ChangeSignal  = "signal"
	ChangeRetract = "retract"
	OriginSignal  = "signal"
)

// signalKey is where such an entry has the signal's id. No field has this key.
const signalKey = ":signal"

// Signal is the signal that an entry is about; 0 for other entries.
func (c LoggedChange) Signal() int64 {
	if c.Kind != ChangeSignal && c.Kind != ChangeRetract {
		return 0
	}
	var all map[string][3]json.Number
	if err := json.Unmarshal([]byte(c.Changes), &all); err != nil {
		return 0
	}
	id, err := all[signalKey][1].Int64()
	if err != nil {
		return 0
	}
	return id
}
