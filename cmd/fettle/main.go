// Command fettle is the product: the server, its workers, the simulated
// provider, and a command line that speaks the server's API, over the network
// with --server, or to the same handler in its own process.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// version is set by `make build` with -ldflags "-X main.version=…"; without it,
// versionNow asks what Go wrote into the binary.
var version = ""

// versionNow is the version of this binary: of the release, else the commit
// that it was built from.
func versionNow() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	commit, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "-dirty"
		}
	}
	switch {
	case commit != "":
		return commit + dirty
	case info.Main.Version != "" && info.Main.Version != "(devel)":
		return info.Main.Version
	default:
		return "dev"
	}
}

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
