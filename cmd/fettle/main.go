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

// version is set by release builds with -ldflags "-X main.version=…".
var version = "dev"

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
