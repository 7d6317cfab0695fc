package storetest

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// folderPrefix begins the names of our folders; the process's id follows.
const folderPrefix = "fettle-test-"

func makeDir() (string, error) {
	return os.MkdirTemp(fastDir(), folderPrefix+strconv.Itoa(os.Getpid())+"-")
}

// removeLeftovers removes the files of test processes that were killed, once
// a process.
var removeLeftovers = sync.OnceFunc(func() {
	for _, parent := range []string{os.TempDir(), memoryDir} {
		dirs, err := filepath.Glob(filepath.Join(parent, folderPrefix+"*"))
		if err != nil {
			continue
		}
		for _, dir := range dirs {
			owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), folderPrefix), "-")
			pid, err := strconv.Atoi(owner)
			if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
				_ = os.RemoveAll(dir)
			}
		}
	}
})

// memoryDir is where a file system in memory usually is.
const memoryDir = "/dev/shm"

// fastDir is where databases of tests lie: in memory if there is room, since
// each commit is forced to the disk; "" is the usual folder for temporary files.
var fastDir = sync.OnceValue(func() string {
	const room = 1 << 30
	if free(memoryDir) < room {
		return ""
	}
	return memoryDir
})
