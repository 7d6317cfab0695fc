package password_test

import (
	"strings"
	"testing"

	"fettle/internal/password"
)

func TestMatches(t *testing.T) {
	hash := password.Hash("correct horse")
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %q", hash)
	}
	if again := password.Hash("correct horse"); again == hash {
		t.Error("two hashes have one salt")
	}
	if !password.Matches(hash, "correct horse") {
		t.Error("the password does not match its own hash")
	}
	for name, c := range map[string]struct{ hash, password string }{
		"another password":  {hash, "correct horsf"},
		"no hash":           {"", ""},
		"cut short":         {hash[:len(hash)-4], "correct horse"},
		"another algorithm": {strings.Replace(hash, "argon2id", "argon2i", 1), "correct horse"},
		"too much memory":   {strings.Replace(hash, "m=19456", "m=4000000", 1), "correct horse"},
		"no passes":         {strings.Replace(hash, "t=2", "t=0", 1), "correct horse"},
	} {
		if password.Matches(c.hash, c.password) {
			t.Errorf("%s matches", name)
		}
	}
}

func FuzzMatches(f *testing.F) {
	f.Add("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$a2V5")
	f.Add("$$$$$")
	f.Fuzz(func(t *testing.T, hash string) {
		if strings.Contains(hash, "m=") && len(hash) > 40 {
			t.Skip("a hash that is dear to compute")
		}
		if password.Matches(hash, "x") {
			t.Errorf("%q matches", hash)
		}
	})
}
