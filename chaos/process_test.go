//go:build linux

package chaos_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// build makes the binary as `make build` does.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "fettle")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, "fettle/cmd/fettle")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

// secretKey seals nothing worth sealing: every process has the same.
func secretKey() []byte { return make([]byte, 32) }

// process is one process of the binary.
type process struct {
	cmd  *exec.Cmd
	out  *output
	done chan struct{} // closed when it has ended
	err  error         // how it ended
}

// start starts the binary. It dies with the test's process.
func start(t *testing.T, bin string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.CommandContext(context.Background(), bin, args...), out: &output{}, done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "FETTLE_KEY="+base64.StdEncoding.EncodeToString(secretKey()), "GOMAXPROCS=2", "HOME="+filepath.Dir(bin))
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		p.err = p.cmd.Wait()
	}()
	t.Cleanup(p.kill)
	return p
}

// run runs a command of the binary to its end and gives its exit code.
func run(t *testing.T, bin string, args ...string) (code int, out string) {
	t.Helper()
	p := start(t, bin, args...)
	<-p.done
	return p.cmd.ProcessState.ExitCode(), p.out.String()
}

func (p *process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) } // it may have ended

// kill ends the process at once, even if it is stopped.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// land lets the process land its calls and end.
func (p *process) land(t *testing.T) {
	t.Helper()
	p.signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(time.Minute):
		t.Errorf("a process does not end\n%s", p.out)
		p.kill()
	}
}

// end is land for a process whose database is there: it ends well.
func (p *process) end(t *testing.T) {
	t.Helper()
	if p.land(t); p.err != nil {
		t.Errorf("a process that was asked to end: %v\n%s", p.err, p.out)
	}
}

func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// stopped reports whether every thread of the process has stopped.
func (p *process) stopped(t *testing.T) bool {
	t.Helper()
	stats, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range stats {
		stat, err := os.ReadFile(name)
		if err != nil {
			continue // the thread has ended
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		if !strings.HasPrefix(rest, "T") {
			return false
		}
	}
	return true
}

var address = regexp.MustCompile(`http://[0-9.]+:[0-9]+`)

// address waits for the address that a server prints.
func (p *process) address(t *testing.T) string {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end) && p.running(); time.Sleep(5 * time.Millisecond) {
		if a := address.FindString(p.out.String()); a != "" {
			return a
		}
	}
	t.Fatalf("%s does not serve\n%s", strings.Join(p.cmd.Args[1:], " "), p.out)
	return ""
}

// output keeps the last of what a process says.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

const maxOutput = 64 << 10

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.text.Len() > maxOutput {
		o.text.Next(maxOutput / 2)
	}
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// last is the end of what the process said.
func (o *output) last() string {
	text := o.String()
	return text[max(0, len(text)-2000):]
}
