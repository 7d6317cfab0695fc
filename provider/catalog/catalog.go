// Package catalog holds the data providers that come with the product, as
// provider/v1 definitions with fixtures.
package catalog

import (
	"embed"
	"fmt"
	"slices"
	"sync"

	"fettle/provider/declarative"
)

//go:embed *.yaml
var files embed.FS

// Definitions gives every definition, in the order of their ids. They are read
// once a process, since compiling them takes time; nobody changes them.
func Definitions() ([]*declarative.Definition, error) {
	defs, err := parsed()
	return slices.Clone(defs), err
}

var parsed = sync.OnceValues(parse)

func parse() ([]*declarative.Definition, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	var out []*declarative.Definition
	for _, e := range entries {
		source, err := files.ReadFile(e.Name())
		if err != nil {
			return nil, fmt.Errorf("catalogue: %w", err)
		}
		def, err := declarative.Parse(source)
		if err != nil {
			return nil, fmt.Errorf("catalogue: %s: %w", e.Name(), err)
		}
		out = append(out, def)
	}
	return out, nil
}
