//go:build !linux

package storetest

import (
	"os/exec"
	"syscall"
)

func childOf(owner *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: owner}
}

func (c *cluster) run(server *exec.Cmd) error {
	c.done = make(chan struct{})
	if err := server.Start(); err != nil {
		return err
	}
	c.pid = server.Process.Pid
	go func() {
		_ = server.Wait()
		close(c.done)
	}()
	return nil
}

func free(string) uint64 { return 0 }
