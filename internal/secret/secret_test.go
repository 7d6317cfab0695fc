package secret_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"fettle/internal/secret"
)

func TestValueNeverShowsItself(t *testing.T) {
	v := secret.Value("sk-live-123")
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).InfoContext(t.Context(), "connected", "key", v)
	asJSON, err := json.Marshal(map[string]any{"key": v})
	if err != nil {
		t.Fatal(err)
	}
	shown := log.String() + string(asJSON) + fmt.Sprintf("%s %v %+v %#v %q", v, v, v, v, v)
	if strings.Contains(shown, "sk-live") {
		t.Errorf("the secret shows in: %s", shown)
	}
	if v.Reveal() != "sk-live-123" {
		t.Errorf("Reveal gives %q", v.Reveal())
	}
}

func TestSealOpen(t *testing.T) {
	key := secret.NewKey()
	sealed, err := secret.Seal(key, "acme", "sk-live-123")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("sk-live")) {
		t.Error("sealed bytes hold the secret")
	}
	if v, err := secret.Open(key, "acme", sealed); err != nil || v.Reveal() != "sk-live-123" {
		t.Errorf("Open gives %v, %v", v.Reveal(), err)
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for name, open := range map[string]func() (secret.Value, error){
		"another key":     func() (secret.Value, error) { return secret.Open(secret.NewKey(), "acme", sealed) },
		"another context": func() (secret.Value, error) { return secret.Open(key, "other", sealed) },
		"changed bytes":   func() (secret.Value, error) { return secret.Open(key, "acme", changed) },
		"too short":       func() (secret.Value, error) { return secret.Open(key, "acme", sealed[:5]) },
	} {
		if v, err := open(); !errors.Is(err, secret.ErrWrongKey) || v != "" {
			t.Errorf("%s: gives %q, %v", name, v.Reveal(), err)
		}
	}
}

func TestLoadKeyIsTheSameForAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fettle.key")
	keys := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			key, err := secret.LoadKey(path)
			if err != nil {
				t.Error(err)
			}
			keys[i] = key
		})
	}
	wg.Wait()
	for _, k := range keys {
		if !bytes.Equal(k, keys[0]) {
			t.Fatal("two processes that start at once have different keys")
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.LoadKey(path); err == nil {
		t.Error("a key file that others can read is taken")
	}
}

func TestParseKeyRefusesOtherLengths(t *testing.T) {
	for _, s := range []string{"", "short", "bm90IDMyIGJ5dGVz", strings.Repeat("A", 45)} {
		if _, err := secret.ParseKey(s); err == nil {
			t.Errorf("%q is taken for a key", s)
		}
	}
}
