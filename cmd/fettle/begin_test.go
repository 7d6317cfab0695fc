package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"fettle/store/storetest"
)

// TestToldToEndBeforeItBegan tells processes that work until they are told to stop
// so before they have begun: they end as asked. Of another command it is said.
func TestToldToEndBeforeItBegan(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ends := func(t *testing.T, dsn string, want int, args ...string) {
		t.Helper()
		var out, errs bytes.Buffer
		env := map[string]string{"HOME": t.TempDir(), "FETTLE_DB": dsn}
		if code := run(ctx, args, func(k string) string { return env[k] }, strings.NewReader(""), &out, &errs); code != want {
			t.Errorf("%v: exit %d: %s%s", args, code, out.String(), errs.String())
		}
	}
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			dsn := storetest.DSN(t, kind)
			ends(t, dsn, 0, "serve", "--addr", "127.0.0.1:0")
			ends(t, dsn, 5, "audience", "list")
			if kind == storetest.PostgreSQL {
				ends(t, dsn, 0, "worker")
			}
		})
	}
}
