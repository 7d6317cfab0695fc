// Package secret keeps secrets out of sight: a Value never shows itself in a
// log, a message or JSON, and Seal encrypts what is stored. The key that seals
// lives in a file of its own beside the database (mode 0600), or in the
// environment, so that a copy of the database alone gives nothing away.
package secret

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// KeySize is the length of a sealing key, in bytes.
const KeySize = chacha20poly1305.KeySize

const redacted = "[redacted]"

// Value is a secret. Only Reveal shows it.
type Value string

// Reveal gives the secret itself, to send to its provider or to seal.
func (v Value) Reveal() string { return string(v) }

func (v Value) String() string { return redacted }

// GoString hides the secret from %#v.
func (v Value) GoString() string { return redacted }

// LogValue hides the secret from logs.
func (v Value) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON hides the secret from JSON.
func (v Value) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// ErrWrongKey means that sealed bytes were sealed by another key, or were
// changed.
var ErrWrongKey = errors.New("sealed by another key")

// Seal encrypts plain under the key. context, such as the provider's name,
// must be given again to open: sealed bytes cannot be moved to another row.
func Seal(key []byte, context, plain string) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	_, _ = rand.Read(nonce) // never fails
	return aead.Seal(nonce, nonce, []byte(plain), []byte(context)), nil
}

// Open decrypts what Seal made. It fails with ErrWrongKey if the key or the
// context is another.
func Open(key []byte, context string, sealed []byte) (Value, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return "", fmt.Errorf("open: %w", err)
	}
	if len(sealed) < aead.NonceSize() {
		return "", ErrWrongKey
	}
	plain, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], []byte(context))
	if err != nil {
		return "", ErrWrongKey
	}
	return Value(plain), nil
}

// NewKey makes a sealing key.
func NewKey() []byte {
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails
	return key
}

// ParseKey reads a key as the environment holds it: base64 of 32 bytes.
func ParseKey(s string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s))
	if err != nil || len(key) != KeySize {
		return nil, fmt.Errorf("a key is the base64 of %d bytes", KeySize)
	}
	return key, nil
}

// LoadKey reads the key file at path, and makes it (mode 0600) if it is not
// there. It refuses a file that others can read.
func LoadKey(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return createKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the key file %s can be read by others (mode %04o): chmod 600 it", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	key, err := ParseKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return key, nil
}

// createKey writes a new key. Of two processes that do so at once, one makes
// the file and both use it: the key is complete before the file has its name.
func createKey(path string) ([]byte, error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	text := base64.StdEncoding.EncodeToString(NewKey()) + "\n"
	if _, err := tmp.WriteString(text); err != nil {
		return nil, errors.Join(fmt.Errorf("key file: %w", err), tmp.Close())
	}
	if err := errors.Join(tmp.Sync(), tmp.Close()); err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("key file: %w", err)
	}
	return LoadKey(path)
}
