package main

import (
	"fmt"
	"io"

	"fettle"
	"fettle/api"
	"fettle/docs"
)

type docsCmd struct {
	Output string `short:"o" required:"" placeholder:"FOLDER" help:"Where to; it is made if it is not there."`
}

// Run writes the documentation as a site of files.
func (c *docsCmd) Run(s *session) error {
	doc, err := api.OpenAPI(versionNow())
	if err != nil {
		return err
	}
	if err := docs.Write(c.Output, doc); err != nil {
		return fettle.Errorf(fettle.Invalid, "the documentation cannot be written: %w", err).WithHint("Name a folder that can be written.")
	}
	return s.print(map[string]string{"folder": c.Output}, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "written to %s: open index.html there\n", c.Output)
	})
}
