package main

import (
	"encoding/json"
	"fmt"
	"io"

	"fettle/declare"
)

type schemaCmd struct {
	Kind string `arg:"" optional:"" placeholder:"KIND" help:"The kind, such as Enrichment; without it, all kinds are named."`
}

// Run prints the schema; no server and no database is needed.
func (c *schemaCmd) Run(s *session) error {
	if c.Kind == "" {
		return printList(s, declare.Kinds(), func(w io.Writer) {
			for _, k := range declare.Kinds() {
				_, _ = fmt.Fprintln(w, k)
			}
		})
	}
	text, err := schemaText(declare.Kind(c.Kind))
	if err != nil {
		return err
	}
	_, err = io.WriteString(s.stdout, text)
	return err
}

func schemaText(kind declare.Kind) (string, error) {
	schema, err := declare.Schema(kind)
	if err != nil {
		return "", err
	}
	text, err := json.MarshalIndent(schema, "", "  ")
	return string(text) + "\n", err
}
