package storetest

import (
	"os/exec"
	"runtime"
	"syscall"
)

// childOf makes a process run as owner and end when this one ends.
func childOf(owner *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: owner, Pdeathsig: syscall.SIGQUIT}
}

// run starts the server on a thread of its own that stays until it has ended:
// the signal at the parent's death is sent when the parent's thread ends.
func (c *cluster) run(server *exec.Cmd) error {
	started := make(chan error, 1)
	c.done = make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(c.done)
		err := server.Start()
		if err == nil {
			c.pid = server.Process.Pid
		}
		started <- err
		if err == nil {
			_ = server.Wait()
		}
	}()
	return <-started
}

func free(dir string) uint64 {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0
	}
	return s.Bavail * uint64(s.Bsize)
}
