// Command fettle is the product: the server, its workers, the simulated
// provider, and a command line that speaks the server's API, over the network
// with --server, or to the same handler in its own process.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
)

// What `make build` sets with -ldflags "-X main.version=…"; without it, built asks
// what Go wrote into the binary.
var version, commit, date string

// build is which build this is. What nobody knows is "".
type build struct {
	Version string `json:"version"` // of the release, else the commit
	Commit  string `json:"commit,omitempty"`
	Date    string `json:"date,omitempty"` // of the commit
}

func built() build {
	b := build{version, commit, date}
	if b.Version != "" && b.Commit != "" {
		return b
	}
	dirty := ""
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && b.Commit == "":
			b.Commit = s.Value
		case s.Key == "vcs.time" && b.Date == "":
			b.Date = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "-dirty"
		}
	}
	switch {
	case b.Version != "":
	case info.Main.Version != "" && info.Main.Version != "(devel)" && b.Commit == "":
		b.Version = info.Main.Version
	case b.Commit != "":
		b.Version = b.Commit[:min(len(b.Commit), 12)] + dirty
	default:
		b.Version = "dev"
	}
	return b
}

// String is the build for people: v1.2.0 (commit 0123456789ab of 2026-11-30).
func (b build) String() string {
	if b.Commit == "" {
		return "fettle " + b.Version
	}
	day, _, _ := strings.Cut(b.Date, "T")
	if day != "" {
		day = " of " + day
	}
	return "fettle " + b.Version + " (commit " + b.Commit[:min(len(b.Commit), 12)] + day + ")"
}

// versionNow is the version of this binary.
func versionNow() string { return built().Version }

// gcPercent lets the heap grow to four times what is live before it is
// collected: what is live is small and bounded, and a run allocates for every
// row. GOGC in the environment wins.
const gcPercent = 300

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
