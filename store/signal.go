package store

import (
	"database/sql/driver"
	"encoding/json"
)

// detailArg is fettle_detail on SQLite: one of the texts by name that a signal
// holds, NULL where there is none.
func detailArg(values, key driver.Value) driver.Value {
	text, ok := values.(string)
	name, named := key.(string)
	if !ok || !named {
		return nil
	}
	var all map[string]string
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil
	}
	if v, ok := all[name]; ok {
		return v
	}
	return nil
}
