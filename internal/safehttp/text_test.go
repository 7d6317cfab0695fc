package safehttp_test

import (
	"net/http"
	"net/url"
	"testing"
	"unicode/utf8"

	"fettle/internal/safehttp"
)

func TestUTF8(t *testing.T) {
	for _, c := range []struct{ name, kind, body, want string }{
		{"plain", "application/json", `{"a":"ä"}`, `{"a":"ä"}`},
		{"no type", "", `{"a":"ä"}`, `{"a":"ä"}`},
		{"mark", "application/json", "\xef\xbb\xbf{}", `{}`},
		{"latin-1", "application/json; charset=iso-8859-1", "\"Gesch\xe4ft\"", `"Geschäft"`},
		{"quoted name", `application/json;charset="ISO-8859-1"`, "\"Gesch\xe4ft\"", `"Geschäft"`},
		{"cp1252", "application/json; charset=windows-1252", "\"\x80\"", `"€"`},
		{"cp1251", "text/plain; charset=windows-1251", "\"\xcf\xf0\xe8\"", `"При"`},
		{"cp1250", "text/plain; charset=windows-1250", "\"\xb3\xf3\"", `"łó"`},
		{"shift-jis", "text/plain; charset=Shift_JIS", "\"\x93\xfa\"", `"日"`},
		{"gbk that is UTF-8 too", "application/json; charset=gbk", "\"\xc1\xaa\xcd\xa8\"", `"联通"`},
		{"declared wrongly", "application/json; charset=iso-8859-1", `"ä"`, `"ä"`},
		{"utf-16le, marked", "application/json", "\xff\xfe{\x00}\x00", `{}`},
		{"utf-16be, declared", "application/json; charset=utf-16", "\x00{\x00}", `{}`},
		{"utf-16le, undeclared", "", "{\x00\"\x00\xe4\x00\"\x00:\x00\x31\x00}\x00", `{"ä":1}`},
		{"utf-32le", "", "{\x00\x00\x00}\x00\x00\x00", `{}`},
		{"utf-32be", "", "\x00\x00\x00{\x00\x00\x00}", `{}`},
		{"no name that is known", "application/json; charset=klingon", "\"a\xe4b\"", "\"a\uFFFDb\""},
		{"utf-8 that is not", "application/json; charset=utf-8", "\"a\xe4b\"", "\"a\uFFFDb\""},
		{"no type at all", "/;;", "\"a\xe4b\"", "\"a\uFFFDb\""},
		{"empty", "application/json; charset=utf-16", "", ""},
		{"one byte", "", "\xe4", "\uFFFD"},
	} {
		if got := string(safehttp.UTF8([]byte(c.body), c.kind)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzUTF8(f *testing.F) {
	f.Add([]byte("\xff\xfe{\x00"), "text/plain; charset=utf-16")
	f.Add([]byte("\xe4"), "application/json; charset=big5")
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		if got := safehttp.UTF8(body, kind); !utf8.Valid(got) {
			t.Errorf("%q as %q: %q is not UTF-8", body, kind, got)
		}
	})
}

func TestTarget(t *testing.T) {
	from, err := url.Parse("https://api.test/v1/find?api_key=secret")
	if err != nil {
		t.Fatal(err)
	}
	for location, want := range map[string]string{
		"/v2/find?api_key=secret":              "https://api.test/v2/find",
		"https://u:secret@other.test/x#secret": "https://other.test/x",
		"//other.test":                         "https://other.test",
		"":                                     "",
		"http://[":                             "",
	} {
		resp := &http.Response{StatusCode: http.StatusTemporaryRedirect, Header: http.Header{"Location": {location}}, Request: &http.Request{URL: from}}
		if got := safehttp.Target(resp); got != want {
			t.Errorf("%q: %q, want %q", location, got, want)
		}
	}
}
