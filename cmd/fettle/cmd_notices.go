package main

import (
	_ "embed"
	"io"
)

// notices are the licences of what is shipped of others; make generate.
//
//go:embed notices.txt
var notices string

type noticesCmd struct{}

// Run prints the licences of the software that is in the program.
func (noticesCmd) Run(s *session) error {
	_, err := io.WriteString(s.stdout, notices)
	return err
}
