package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fettle"
	"fettle/client"
)

// documentsFlag names the files that declare a workspace.
type documentsFlag struct {
	File string `short:"f" required:"" placeholder:"FILE|DIR" help:"A YAML file, a folder of them, or - for the standard input."`
}

// read reads the documents, and remembers where each file's begin.
func (c documentsFlag) read(s *session) ([]byte, []part, error) {
	if c.File == "-" {
		text, err := io.ReadAll(s.stdin)
		return text, []part{{name: "-"}}, err
	}
	info, err := os.Stat(c.File)
	if err != nil {
		return nil, nil, fettle.Errorf(fettle.Invalid, "%w", err).WithHint("Name a YAML file or a folder of them.")
	}
	names := []string{c.File}
	if info.IsDir() {
		if names, err = yamlFiles(c.File); err != nil {
			return nil, nil, err
		}
	}
	var all bytes.Buffer
	var parts []part
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, nil, fettle.Errorf(fettle.Invalid, "%w", err)
		}
		if all.Len() > 0 {
			if !bytes.HasSuffix(all.Bytes(), []byte("\n")) {
				all.WriteByte('\n')
			}
			all.WriteString("---\n")
		}
		parts = append(parts, part{name: name, line: bytes.Count(all.Bytes(), []byte("\n"))})
		all.Write(text)
	}
	return all.Bytes(), parts, nil
}

// part is a file among the documents and the number of lines before it.
type part struct {
	name string
	line int
}

func yamlFiles(dir string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err == nil && !d.IsDir() && (ext == ".yaml" || ext == ".yml") {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		return nil, fettle.Errorf(fettle.Invalid, "%w", err)
	}
	if len(names) == 0 {
		return nil, fettle.Errorf(fettle.Invalid, "there is no .yaml file in %s", dir)
	}
	slices.Sort(names)
	return names, nil
}

// inFile says which file an error is in, where there are several.
func inFile(err error, parts []part) error {
	e := fettle.AsError(err)
	line, ok := e.Details["line"].(float64)
	if !ok || len(parts) < 2 {
		return err
	}
	i := len(parts) - 1
	for i > 0 && int(line) <= parts[i].line {
		i--
	}
	c := *e
	c.Message = fmt.Sprintf("%s:%d: %s", parts[i].name, int(line)-parts[i].line, e.Message)
	return c.With("file", parts[i].name)
}

type applyCmd struct{ documentsFlag }

func (c *applyCmd) Run(ctx context.Context, s *session) error {
	text, parts, err := c.read(s)
	if err != nil {
		return err
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	var changes []client.Change
	err = s.confirming(func(confirm bool) error {
		changes, err = api.Apply(ctx, text, confirm)
		return err
	})
	if err != nil {
		return inFile(err, parts)
	}
	return printList(s, changes, func(w io.Writer) {
		showChanges(w, changes, map[string]string{"create": "created", "update": "updated"})
	})
}

type planCmd struct{ documentsFlag }

func (c *planCmd) Run(ctx context.Context, s *session) error {
	text, parts, err := c.read(s)
	if err != nil {
		return err
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	changes, err := api.Plan(ctx, text)
	if err != nil {
		return inFile(err, parts)
	}
	return printList(s, changes, func(w io.Writer) { showChanges(w, changes, nil) })
}

func showChanges(w io.Writer, changes []client.Change, words map[string]string) {
	for _, c := range changes {
		action := c.Action
		if word, ok := words[action]; ok {
			action = word
		}
		_, _ = fmt.Fprintf(w, "%-9s  %s %s\n", action, strings.ToLower(c.Kind), c.Name)
		for _, d := range c.Diff {
			_, _ = fmt.Fprintf(w, "             %s\n", printable(d))
		}
		if c.Message != "" {
			_, _ = fmt.Fprintf(w, "             %s\n", printable(c.Message))
		}
		if c.Price == nil {
			continue
		}
		var e fettle.Estimate
		if json.Unmarshal(*c.Price, &e) == nil && e.AudienceRows > 0 {
			_, _ = fmt.Fprintf(w, "             %s to run, %s reused: %s expected, at most %s\n", plural(e.ToRun, "row", "rows"), thousands(e.Reused), e.ExpectedCredits.Words(), credits(e.HighCredits))
		}
	}
}
