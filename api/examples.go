package api

import _ "embed"

// examplesJSON holds a body for each operation that takes one, by the operation's id.
//
//go:embed examples.json
var examplesJSON []byte
