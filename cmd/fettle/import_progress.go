package main

import (
	"context"
	"fmt"
	"time"

	"fettle/client"
)

// watchImport shows on a terminal how many rows of a file have been imported so
// far, until it is told to stop.
func (s *session) watchImport(ctx context.Context, api *client.Client, file string) (stop func()) {
	if !s.terminal() || s.JSON {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		began, tick := time.Now(), time.NewTicker(time.Second)
		defer tick.Stop()
		for drawn := false; ; {
			select {
			case <-ctx.Done():
				if drawn {
					_, _ = fmt.Fprint(s.stderr, "\r\x1b[K")
				}
				return
			case <-tick.C:
			}
			v, err := api.ImportByID(ctx, 0)
			if err != nil || v.State != "running" || v.File != file {
				continue // it looks through the file before it begins
			}
			drawn = true
			_, _ = fmt.Fprintf(s.stderr, "\r%s rows, %s rows/s\x1b[K", thousands(v.Read), thousands(int64(float64(v.Read)/time.Since(began).Seconds())))
		}
	}()
	return func() {
		cancel()
		<-done
	}
}
