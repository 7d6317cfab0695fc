package catalog

import (
	"embed"
	"fmt"
	"slices"
	"sync"

	"fettle/provider/declarative"
)

//go:embed destinations/*.yaml
var destinations embed.FS

// Destinations gives how the services are reached to which records can go, in the
// order of their ids.
func Destinations() ([]*declarative.Definition, error) {
	defs, err := parsedDestinations()
	return slices.Clone(defs), err
}

var parsedDestinations = sync.OnceValues(func() ([]*declarative.Definition, error) {
	entries, err := destinations.ReadDir("destinations")
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	var out []*declarative.Definition
	for _, e := range entries {
		source, err := destinations.ReadFile("destinations/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("catalogue: %w", err)
		}
		def, err := declarative.ParseDestination(source)
		if err != nil {
			return nil, fmt.Errorf("catalogue: %s: %w", e.Name(), err)
		}
		out = append(out, def)
	}
	return out, nil
})
