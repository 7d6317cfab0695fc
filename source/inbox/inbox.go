// Package inbox reads files of a folder that whoever runs the server has opened, and
// of nowhere else: no path leads out of it, and no link.
package inbox

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"fettle"
)

// Copy copies a file of a folder into a writer. It refuses one that is larger than
// most bytes, or that is written while it is read.
func Copy(dir, path string, most int64, into io.Writer) (err error) {
	if dir == "" {
		return fettle.Errorf(fettle.Refused, "no folder is opened for files").WithHint("Whoever runs the server opens one: the setting inbox (--inbox DIR).")
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fettle.Errorf(fettle.Unavailable, "the folder for files cannot be opened").WithHint("Whoever runs the server looks at the setting inbox (--inbox DIR).")
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	// What is opened is looked at, not what was there before: it may be swapped in
	// between. A pipe would wait for a writer.
	file, err := root.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return notRead(path, err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	before, err := file.Stat()
	if err != nil {
		return notRead(path, err)
	}
	if !before.Mode().IsRegular() {
		return noFile(path)
	}
	if before.Size() > most {
		return fettle.Errorf(fettle.Invalid, "%s has more than %d bytes", path, most).WithHint("Split it into several files, each a source of its own.")
	}
	n, err := io.Copy(into, io.LimitReader(file, most+1))
	if err != nil {
		return notRead(path, err)
	}
	after, err := root.Stat(path)
	if err != nil {
		return notRead(path, err)
	}
	if n != before.Size() || after.Size() != n || !after.ModTime().Equal(before.ModTime()) || !os.SameFile(before, after) {
		return fettle.Errorf(fettle.Unavailable, "%s was written while it was read", path).WithHint("Write it under another name and rename it when it is whole. Where it is read on a schedule, it is read again in some minutes.")
	}
	return nil
}

func noFile(path string) error {
	return fettle.Errorf(fettle.Invalid, "%s is no file", path).WithHint("Name a file of the folder.")
}

// notRead says why a file of the folder cannot be read, without saying where the
// folder is.
func notRead(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fettle.Errorf(fettle.NotFound, "there is no file %s in the folder", path).WithHint("Put it there, or correct the path in the source.")
	case errors.Is(err, fs.ErrPermission):
		return fettle.Errorf(fettle.Refused, "the server may not read %s", path).WithHint("Give the server's user the right to read it.")
	}
	if no, ok := errors.AsType[syscall.Errno](err); ok {
		if no == syscall.ENXIO { // a socket
			return noFile(path)
		}
		return fettle.Errorf(fettle.Refused, "%s cannot be read: %w", path, no).WithHint("Look at the file, and at the disk that it is on.")
	}
	return fettle.Errorf(fettle.Refused, "%s leads out of the folder", path).WithHint("Only files within the folder are read, and no link that leads out of it.")
}
