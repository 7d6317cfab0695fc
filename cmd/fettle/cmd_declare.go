package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"fettle"
	"fettle/client"
)

// documentsFlag names the files that declare a workspace.
type documentsFlag struct {
	Path string `arg:"" optional:"" placeholder:"FILE|DIR" help:"A YAML file, a folder of them, or - for the standard input."`
	File string `short:"f" placeholder:"FILE|DIR" help:"The same, as a flag."`
}

// read reads the documents, and remembers where each file's begin.
func (c documentsFlag) read(s *session) ([]byte, []part, error) {
	switch {
	case c.File == "" && c.Path == "":
		return nil, nil, fettle.Errorf(fettle.Invalid, "no documents are named").WithHint("Name a YAML file, a folder of them, or - for the standard input.")
	case c.File != "" && c.Path != "":
		return nil, nil, fettle.Errorf(fettle.Invalid, "documents are named twice: %s and %s", c.Path, c.File).WithHint("Name one file or one folder.")
	}
	c.File = cmp.Or(c.File, c.Path)
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
		text = bytes.TrimPrefix(text, []byte("\ufeff"))
		if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
			return nil, nil, fettle.Errorf(fettle.Invalid, "%s is not text in UTF-8", name).WithHint("Save it as UTF-8.")
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
	names, err := yamlIn(dir)
	if err == nil && len(names) == 0 {
		err = fettle.Errorf(fettle.Invalid, "there is no .yaml file in %s", dir)
	}
	return names, err
}

// yamlIn lists the YAML files in a folder and those in it.
func yamlIn(dir string) ([]string, error) {
	var names []string
	root, err := filepath.EvalSymlinks(dir) // a walk begins at no link
	if err != nil {
		return nil, fettle.Errorf(fettle.Invalid, "%w", err)
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err != nil || d.IsDir() || ext != ".yaml" && ext != ".yml" {
			return err
		}
		info, err := os.Stat(path)                  // of what a link points at
		if err == nil && !info.Mode().IsRegular() { // reading a pipe would wait for ever
			err = fmt.Errorf("%s is no file", path)
		}
		in, outside := filepath.Rel(root, path)
		names = append(names, filepath.Join(dir, in))
		return errors.Join(err, outside)
	})
	if err != nil {
		return nil, fettle.Errorf(fettle.Invalid, "%w", err).WithHint("Take it out of the folder.")
	}
	slices.Sort(names)
	return names, nil
}

// inFile says which file an error is in, where there are several; and of several
// errors each with its file and line.
func inFile(err error, parts []part) error {
	e := fettle.AsError(err)
	if faults := faultsOf(e); len(faults) > 1 {
		var text strings.Builder
		_, _ = fmt.Fprintf(&text, "%d errors, and nothing was done:", len(faults))
		for _, f := range faults {
			name, line := partOf(f.Line, parts)
			_, _ = fmt.Fprintf(&text, "\n  %s:%d: %s", name, line, withoutLine(f.Message))
			if f.Hint != "" {
				_, _ = fmt.Fprintf(&text, "\n    %s", f.Hint)
			}
		}
		c := *e
		c.Message, c.Hint = text.String(), "Mend them, and try again."
		return &c
	}
	line, ok := e.Details["line"].(float64)
	if !ok || len(parts) < 2 {
		return err
	}
	name, in := partOf(int(line), parts)
	c := *e
	c.Message = fmt.Sprintf("%s:%d: %s", name, in, e.Message)
	return c.With("file", name)
}

// partOf gives the file that a line of all documents is in, and the line there.
func partOf(line int, parts []part) (name string, in int) {
	i := len(parts) - 1
	for i > 0 && line <= parts[i].line {
		i--
	}
	return parts[i].name, line - parts[i].line
}

// fault is one of several errors of documents.
type fault struct {
	Line    int    `json:"line"`
	Key     string `json:"key"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

func faultsOf(e *fettle.Error) (faults []fault) {
	b, err := json.Marshal(e.Details["faults"])
	if err == nil {
		err = json.Unmarshal(b, &faults)
	}
	if err != nil {
		return nil
	}
	return faults
}

type applyCmd struct {
	documentsFlag
	pruneFlag
}

func (c *applyCmd) Run(ctx context.Context, s *session) error {
	text, parts, err := c.read(s)
	if err == nil {
		err = c.folder(cmp.Or(c.File, c.Path))
	}
	if err != nil {
		return err
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	changes, err := c.apply(ctx, s, api, client.Documents{Text: string(text), Prune: c.Prune, Confirm: s.Yes})
	if err != nil {
		return inFile(err, parts)
	}
	return printList(s, changes, func(w io.Writer) {
		showChanges(w, changes, map[string]string{"create": "created", "update": "updated", "remove": "removed", "keep": "kept"})
	})
}

// apply asks what has to be confirmed, and goes ahead with what was shown.
func (c *applyCmd) apply(ctx context.Context, s *session, api *client.Client, d client.Documents) ([]client.Change, error) {
	changes, err := api.Apply(ctx, d)
	if err == nil || fettle.CodeOf(err) != fettle.Confirm {
		return changes, removals(err)
	}
	if d.Confirm { // what would be removed has changed
		return nil, removals(err)
	}
	if err := s.ask(fettle.AsError(removals(err))); err != nil {
		return nil, err
	}
	d.Confirm = true
	d.Seen, _ = fettle.AsError(err).Details["seen"].(string)
	changes, err = api.Apply(ctx, d)
	return changes, removals(err)
}

type planCmd struct {
	documentsFlag
	pruneFlag

	ExitCode bool `help:"End with 0 if nothing would change, with 2 if something would, and with 1 after an error."`
}

// The exit codes of a plan that is asked for them, as other tools have them.
const (
	planFailed  = 1
	planChanges = 2
)

func (c *planCmd) Run(ctx context.Context, s *session) error {
	changes, err := c.plan(ctx, s)
	if !c.ExitCode {
		return err
	}
	if err != nil {
		s.fail(err)
		return quiet(planFailed)
	}
	if slices.ContainsFunc(changes, func(c client.Change) bool { return c.Action != "unchanged" && c.Action != "keep" }) {
		return quiet(planChanges)
	}
	return nil
}

func (c *planCmd) plan(ctx context.Context, s *session) ([]client.Change, error) {
	text, parts, err := c.read(s)
	if err == nil {
		err = c.folder(cmp.Or(c.File, c.Path))
	}
	if err != nil {
		return nil, err
	}
	api, err := s.client(ctx)
	if err != nil {
		return nil, err
	}
	changes, err := api.Plan(ctx, client.Documents{Text: string(text), Prune: c.Prune})
	if err != nil {
		return nil, inFile(removals(err), parts)
	}
	return changes, printList(s, changes, func(w io.Writer) { showChanges(w, changes, nil) })
}

func showChanges(w io.Writer, changes []client.Change, words map[string]string) {
	for _, c := range changes {
		action := c.Action
		if word, ok := words[action]; ok {
			action = word
		}
		_, _ = fmt.Fprintf(w, "%-9s  %s\n", action, strings.TrimSpace(strings.ToLower(c.Kind)+" "+c.Name))
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
