package safehttp_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"fettle/internal/safehttp"
)

func TestPatienceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		ctx, cancel := safehttp.WithPatience(t.Context(), 30*time.Second)
		defer cancel()
		<-ctx.Done()
		if d := time.Since(begin); d != 30*time.Second || !errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			t.Errorf("after %s: %v", d, context.Cause(ctx))
		}
	})
}

func TestPatienceIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, stop := context.WithCancel(t.Context())
		ctx, cancel := safehttp.WithPatience(parent, time.Minute)
		defer cancel()
		stop()
		<-ctx.Done()
		if !errors.Is(context.Cause(ctx), context.Canceled) {
			t.Error(context.Cause(ctx))
		}
	}) // its goroutine has ended, or this would not
}
