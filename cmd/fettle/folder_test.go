package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAFolderOfDocuments reads files as editors leave them, and refuses by its
// name what is no file, or no text: reading a pipe would wait for ever.
func TestAFolderOfDocuments(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "a.yaml"), "a: 1")
	writeFile(t, filepath.Join(dir, "b.yml"), "\ufeffb: 2\n")
	read := func() (string, error) {
		text, _, err := documentsFlag{Path: dir}.read(nil)
		return string(text), err
	}
	if text, err := read(); err != nil || text != "a: 1\n---\nb: 2\n" {
		t.Errorf("%q, %v", text, err)
	}
	linked := filepath.Join(t.TempDir(), "linked")
	if err := os.Symlink(dir, linked); err != nil {
		t.Fatal(err)
	}
	if names, err := yamlFiles(linked); err != nil || len(names) != 2 || names[0] != filepath.Join(linked, "a.yaml") {
		t.Errorf("by a link: %v, %v", names, err)
	}
	for name, make := range map[string]func(path string) error{
		"device.yaml": func(path string) error { return os.Symlink(os.DevNull, path) },
		"wide.yaml":   func(path string) error { return os.WriteFile(path, []byte("a\x00:\x00"), 0o600) },
		"latin.yaml":  func(path string) error { return os.WriteFile(path, []byte("a: \xe9"), 0o600) },
	} {
		path := filepath.Join(dir, name)
		if err := make(path); err != nil {
			t.Fatal(err)
		}
		if _, err := read(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}
