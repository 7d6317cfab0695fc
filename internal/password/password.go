// Package password hashes passwords with argon2id and compares them in
// constant time. A hash names its own parameters, so that these may grow.
package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The parameters of new hashes: OWASP's first choice for argon2id. A hash takes
// 19 MiB and some tens of milliseconds.
const (
	memory  = 19 * 1024 // KiB
	passes  = 2
	threads = 1
	saltLen = 16
	keyLen  = 32
)

// maxMemory bounds what a stored hash may ask for, in KiB.
const maxMemory = 256 * 1024

// turn lets few hashes be computed at once: each is dear in memory, and anyone
// may ask for one by trying to sign in.
var turn = make(chan struct{}, 2)

// Hash gives the hash of a password, with a salt of its own.
func Hash(password string) string {
	salt := make([]byte, saltLen)
	_, _ = rand.Read(salt) // never fails
	return encode(salt, derive(password, salt, passes, memory, threads, keyLen))
}

// Matches reports whether password is the one of the hash. It takes as long for
// an empty or broken hash as for any other, and never matches it.
func Matches(hash, password string) bool {
	var m, t uint32
	var p uint8
	salt, key, err := decode(hash, &m, &t, &p)
	if err != nil {
		derive(password, make([]byte, saltLen), passes, memory, threads, keyLen)
		return false
	}
	return subtle.ConstantTimeCompare(key, derive(password, salt, t, m, p, keyLen)) == 1
}

func derive(password string, salt []byte, t, m uint32, p uint8, n uint32) []byte {
	turn <- struct{}{}
	defer func() { <-turn }()
	return argon2.IDKey([]byte(password), salt, t, m, p, n)
}

func encode(salt, key []byte) string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, threads, b.EncodeToString(salt), b.EncodeToString(key))
}

func decode(hash string, m, t *uint32, p *uint8) (salt, key []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return nil, nil, errors.New("not an argon2id hash")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", m, t, p); err != nil {
		return nil, nil, fmt.Errorf("the hash's parameters: %w", err)
	}
	if *m > maxMemory || *t == 0 || *t > 100 || *p == 0 {
		return nil, nil, errors.New("the hash's parameters are out of bounds")
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return nil, nil, fmt.Errorf("the hash's salt: %w", err)
	}
	if key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return nil, nil, fmt.Errorf("the hash's key: %w", err)
	}
	if len(salt) < 8 || len(key) != keyLen {
		return nil, nil, errors.New("the hash is cut short")
	}
	return salt, key, nil
}
