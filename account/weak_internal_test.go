package account

import "testing"

func TestWeakPasswords(t *testing.T) {
	for _, p := range []string{
		"aaaaaaaaaaaa", "1234567890", "0987654321", "abcdefghij", "qwertyuiop", "Password123!", "P@ssw0rd2024", "fettle2026!", "Summer2025!!", "ada.lovelace1",
		"Lovelace1815", "adaadaadaada", "1qaz2wsx3edc", "welcome12345", "qwerty123456", "passwordpassword", "abababababab", "correct horse battery staple", "20252026202",
		"iloveyou1234", "Welcome@Fettle1",
	} {
		if !weak(p, "ada.lovelace@acme.example", "Ada Lovelace") {
			t.Errorf("%q is let pass", p)
		}
	}
	for _, p := range []string{"engine no. one", "a long password", "violet tugboat", "xK9#mQ2$vL7w", "drei Birnen im Hof", "пять синих китов", "青い空と白い雲と海の音"} {
		if weak(p, "ada.lovelace@acme.example", "Ada Lovelace") {
			t.Errorf("%q is refused", p)
		}
	}
}
