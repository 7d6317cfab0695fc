//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"fettle/store"
	"fettle/store/storetest"
)

// TestKilledInTheMiddle kills copy and restore at a moment that the test
// holds, then over and over until they are through: what comes out is whole.
func TestKilledInTheMiddle(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.env["FETTLE_SANDBOX"] = "http://127.0.0.1:1"
	dir := p.env["HOME"]
	csv := filepath.Join(dir, "people.csv")
	writeManyPeople(t, csv, 6000)
	p.must("import", csv, "--entity", "people")
	backup := filepath.Join(dir, "backup")
	p.must("backup", "-o", backup)
	file, restoredFile := p.env["FETTLE_DB"], filepath.Join(dir, "new.db")
	copied, restored := storetest.EmptyDSN(t, storetest.PostgreSQL), storetest.EmptyDSN(t, storetest.PostgreSQL)
	for _, c := range []struct {
		db   string
		kill func(db string, args ...string)
		args []string
	}{
		{copied, p.killWhilePeopleAreCopied, []string{"copy", "--from", file, "--to", copied}},
		{restored, p.killWhilePeopleAreCopied, []string{"restore", backup, "--db", restored}},
		{restoredFile, p.killBeforeItIsSafe, []string{"restore", backup, "--db", restoredFile}},
	} {
		c.kill(c.db, c.args...)
		t.Logf("fettle %s: killed %d more times", c.args[0], p.killUntilDone(c.args...))
		p.must("audit", "--db", c.db)
		var v struct{ Count int }
		out := p.must("audience", "count", "--entity", "people", "--where", "filled(name)", "--db", c.db, "--json")
		if err := json.Unmarshal([]byte(out), &v); err != nil || v.Count != 6000 {
			t.Errorf("fettle %s: %s", c.args[0], out)
		}
	}
}

// killWhilePeopleAreCopied kills the program at its first write to the table
// of people, which a lock of ours makes it wait for.
func (p program) killWhilePeopleAreCopied(db string, args ...string) {
	t := p.t
	t.Helper()
	to, err := store.OpenForCopy(t.Context(), db, slog.New(slog.DiscardHandler)) // the tables
	if err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "LOCK TABLE people IN EXCLUSIVE MODE"); err != nil { // reading is allowed
		t.Fatal(err)
	}
	victim := p.start(args...)
	for waits := 0; waits == 0; time.Sleep(5 * time.Millisecond) {
		victim.alive()
		err := tx.QueryRow(t.Context(), "SELECT count(*) FROM pg_locks WHERE relation = 'people'::regclass AND NOT granted").Scan(&waits)
		if err != nil {
			t.Fatal(err)
		}
	}
	victim.kill()
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// killBeforeItIsSafe kills a restore to a file while it prepares what it has
// copied: it reads the key from a pipe into which nobody writes.
func (p program) killBeforeItIsSafe(db string, args ...string) {
	t := p.t
	t.Helper()
	key := db + ".key"
	if err := syscall.Mkfifo(key, 0o600); err != nil {
		t.Fatal(err)
	}
	victim := p.start(args...)
	for {
		w, err := os.OpenFile(key, os.O_WRONLY|syscall.O_NONBLOCK, 0) // fails until somebody reads
		if err == nil {
			victim.kill()
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			break
		}
		victim.alive()
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := os.Stat(db); err == nil {
		t.Error("a workspace has its name before it is safe to use")
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
}

// victim is the program as a process of its own.
type victim struct {
	t     *testing.T
	cmd   *exec.Cmd
	out   bytes.Buffer
	ended chan error
}

func (p program) start(args ...string) *victim {
	p.t.Helper()
	v := &victim{t: p.t, cmd: p.command(p.t.Context(), args...), ended: make(chan error, 1)}
	v.cmd.Stdout, v.cmd.Stderr = &v.out, &v.out
	if err := v.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() { v.ended <- v.cmd.Wait() }()
	return v
}

// alive fails the test if the program has ended by itself.
func (v *victim) alive() {
	v.t.Helper()
	select {
	case err := <-v.ended:
		v.t.Fatalf("%v ended before it was killed: %v\n%s", v.cmd.Args, err, v.out.String())
	default:
	}
}

func (v *victim) kill() {
	v.t.Helper()
	v.alive()
	if err := v.cmd.Process.Kill(); err != nil {
		v.t.Fatal(err)
	}
	if err := <-v.ended; err == nil {
		v.t.Fatalf("%v ended well before it was killed", v.cmd.Args)
	}
}

// command is the program as a process of its own, with the test's environment.
func (p program) command(ctx context.Context, args ...string) *exec.Cmd {
	p.t.Helper()
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	bin := filepath.Join(p.t.TempDir(), "fettle") // by its name it is the program
	if err := os.Symlink(self, bin); err != nil {
		p.t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Env = os.Environ()
	for k, v := range p.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	return cmd
}

// killUntilDone runs the program as a process of its own and kills it, later
// each time, until it ends well. It was killed once already.
func (p program) killUntilDone(args ...string) (killed int) {
	p.t.Helper()
	for after := 200 * time.Millisecond; ; after += 300 * time.Millisecond {
		ctx, cancel := context.WithTimeout(p.t.Context(), after)
		out, err := p.command(ctx, args...).CombinedOutput()
		timedOut := ctx.Err() != nil
		cancel()
		whole := strings.Contains(string(out), "in the database already") || strings.Contains(string(out), "exists")
		if err == nil || whole { // it was through when it was killed
			return killed
		}
		if !timedOut {
			p.t.Fatalf("fettle %v: %v\n%s", args, err, out)
		}
		if killed++; killed > 150 {
			p.t.Fatalf("fettle %v never ends", args)
		}
	}
}
