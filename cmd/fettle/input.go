package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"fettle"
)

// readText reads a file, or the standard input for -, without the blanks around it.
func (s *session) readText(path string) ([]byte, error) {
	var text []byte
	var err error
	if path == "-" {
		text, err = io.ReadAll(s.stdin)
	} else {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fettle.Errorf(fettle.Invalid, "%w", err).WithHint("Name a file that can be read.")
	}
	return bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff"))), nil
}

// manyOf reads JSON: one array, or values one after the other. What follows an
// array is refused, not left out.
func manyOf[T any](text []byte) ([]T, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var all []T
	if bytes.HasPrefix(text, []byte("[")) {
		if err := dec.Decode(&all); err != nil {
			return nil, err
		}
		if at := dec.InputOffset(); at < int64(len(text)) {
			return nil, fmt.Errorf("something follows the array, from byte %d on", at+1)
		}
		return all, nil
	}
	for {
		var one T
		err := dec.Decode(&one)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
}
