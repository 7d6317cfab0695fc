package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"fettle"
	"fettle/client"
	"fettle/declare"
)

type exportWorkspaceCmd struct {
	Output  string `short:"o" required:"" placeholder:"DIR" help:"The folder; it is made if it is not there."`
	Replace bool   `help:"Delete the .yaml files in the folder that are not written: those of what is there no more."`
}

func (c *exportWorkspaceCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	files, err := api.ExportWorkspace(ctx)
	if err != nil {
		return err
	}
	gone, err := c.others(files)
	if err != nil {
		return err
	}
	if len(gone) > 0 && !c.Replace {
		return fettle.Errorf(fettle.Refused, "%s already has other documents: %s", c.Output, strings.Join(gone, ", ")).
			WithHint("Apply would take them along. Delete them with --replace, or name an empty folder.")
	}
	for _, name := range gone {
		if err := os.Remove(filepath.Join(c.Output, name)); err != nil {
			return fettle.Errorf(fettle.Invalid, "%w", err)
		}
	}
	for _, f := range files {
		if err := c.write(f); err != nil {
			return fettle.Errorf(fettle.Invalid, "%w", err).WithHint("Name a folder that can be written.")
		}
	}
	if err := c.schemas(); err != nil {
		return fettle.Errorf(fettle.Invalid, "%w", err).WithHint("Name a folder that can be written.")
	}
	out := struct {
		Folder  string   `json:"folder"`
		Files   []string `json:"files"`
		Deleted []string `json:"deleted,omitempty"`
	}{Folder: c.Output, Files: []string{}, Deleted: gone}
	for _, f := range files {
		out.Files = append(out.Files, f.Path)
	}
	return s.print(out, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "wrote %s to %s\n", fettle.Count(int64(len(files)), "file", "files"), c.Output)
		for _, name := range gone {
			_, _ = fmt.Fprintf(w, "deleted %s\n", name)
		}
		_, _ = fmt.Fprintf(w, "keys and other secrets are not in them; apply them with: fettle apply %s\n", c.Output)
	})
}

// others lists the documents in the folder that are none of the files.
func (c *exportWorkspaceCmd) others(files []client.DocumentFile) ([]string, error) {
	ours := map[string]bool{}
	for _, f := range files {
		if !filepath.IsLocal(filepath.FromSlash(f.Path)) {
			return nil, fettle.Errorf(fettle.Internal, "the server names the file %q, which is not inside of a folder", f.Path)
		}
		ours[filepath.Join(c.Output, filepath.FromSlash(f.Path))] = true
	}
	if _, err := os.Stat(c.Output); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	there, err := yamlIn(c.Output)
	if err != nil {
		return nil, err
	}
	var others []string
	for _, path := range there {
		if ours[path] {
			continue
		}
		name, err := filepath.Rel(c.Output, path)
		if err != nil {
			return nil, fettle.Errorf(fettle.Invalid, "%w", err)
		}
		others = append(others, name)
	}
	return others, nil
}

// schemas writes what editors check the documents by: their first line names it.
func (c *exportWorkspaceCmd) schemas() error {
	for _, kind := range declare.Kinds() {
		text, err := schemaText(kind)
		if err == nil {
			err = c.write(client.DocumentFile{Path: "schema/" + string(kind) + ".json", Text: text})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *exportWorkspaceCmd) write(f client.DocumentFile) error {
	path := filepath.Join(c.Output, filepath.FromSlash(f.Path))
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(f.Text), 0o600)
}
