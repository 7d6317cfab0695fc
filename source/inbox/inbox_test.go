package inbox_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"fettle"
	"fettle/source/inbox"
)

// TestNothingOutsideTheFolderIsRead holds what leads out of it: dots, links to files
// and through folders, and what is no file.
func TestNothingOutsideTheFolderIsRead(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), t.TempDir()
	for path, content := range map[string]string{
		filepath.Join(outside, "secret.csv"): "secret", filepath.Join(dir, "people.csv"): "name\nAnn\n", filepath.Join(dir, "sub", "more.csv"): "name\nBob\n",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"link.csv": filepath.Join(outside, "secret.csv"), "out": outside, "up": "..", "within.csv": "people.csv"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		"people.csv": "name\nAnn\n", "sub/more.csv": "name\nBob\n", "within.csv": "name\nAnn\n",
		"link.csv": "", "out/secret.csv": "", "up/" + filepath.Base(outside) + "/secret.csv": "", "../" + filepath.Base(outside) + "/secret.csv": "", filepath.Join(outside, "secret.csv"): "", "sub": "", "none.csv": "",
	} {
		var got bytes.Buffer
		err := inbox.Copy(dir, path, 100, &got)
		if (err == nil) != (want != "") || got.String() != want {
			t.Errorf("%s: read %q, %v", path, got.String(), err)
		}
		if strings.Contains(path, "secret") && !strings.Contains(fmt.Sprint(err), path+" leads out of the folder") {
			t.Errorf("%s: %v", path, err)
		}
		if err != nil && bytes.Contains([]byte(err.Error()), []byte(dir)) {
			t.Errorf("%s: the refusal says where the folder is: %v", path, err)
		}
	}
	if err := inbox.Copy(dir, "people.csv", 5, &bytes.Buffer{}); fettle.CodeOf(err) != fettle.Invalid {
		t.Errorf("a file over the bound: %v", err)
	}
	if err := inbox.Copy("", "people.csv", 5, &bytes.Buffer{}); fettle.CodeOf(err) != fettle.Refused {
		t.Errorf("without a folder: %v", err)
	}
}

// TestWhatIsNoFileIsNotWaitedFor holds that a pipe that nobody writes to does not hold
// up whoever reads it, and is refused as what it is, as are a socket and a folder.
// Nothing is looked at before it is opened that could be swapped in between.
func TestWhatIsNoFileIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "in") // a short path: a socket's may have 100 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.csv"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", filepath.Join(dir, "socket.csv"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	for _, path := range []string{"pipe.csv", "socket.csv", "."} {
		done := make(chan error, 1)
		go func() { done <- inbox.Copy(dir, path, 100, io.Discard) }()
		select {
		case err := <-done:
			if fettle.CodeOf(err) != fettle.Invalid || !strings.Contains(err.Error(), path+" is no file") {
				t.Errorf("%s: %v", path, err)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s is waited for", path)
		}
	}
}

// growing is a reader's other end that changes the file while it is copied.
type growing struct{ path string }

func (g growing) Write(b []byte) (int, error) {
	return len(b), os.WriteFile(g.path, append([]byte("name\nCid\nDora\n"), b...), 0o600)
}

// TestAFileThatIsBeingWrittenIsLeft holds that half a file is none.
func TestAFileThatIsBeingWrittenIsLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "people.csv")
	if err := os.WriteFile(path, []byte("name\nAnn\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := inbox.Copy(dir, "people.csv", 100, growing{path}); fettle.CodeOf(err) != fettle.Unavailable {
		t.Errorf("it was written while it was read, and is taken: %v", err)
	}
}
