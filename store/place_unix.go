//go:build unix

package store

import (
	"io/fs"
	"syscall"
)

// fileNumber is the device and the inode of a file.
func fileNumber(info fs.FileInfo) (device, inode uint64, ok bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return uint64(s.Dev), s.Ino, true //nolint:unconvert,gosec // Dev is of another type elsewhere, and never negative
}
