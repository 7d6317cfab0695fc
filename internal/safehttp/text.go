package safehttp

import (
	"bytes"
	"mime"
	"net/http"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// ReadText reads the whole body as ReadBody does and gives it as UTF-8 without
// a byte order mark: decoded from what its marks, its zero bytes or its
// declared charset say. What can be read no other way keeps its valid part, and
// the rest becomes U+FFFD.
func ReadText(resp *http.Response, limit int64) ([]byte, error) {
	body, err := ReadBody(resp, limit)
	if err != nil {
		return nil, err
	}
	return UTF8(body, resp.Header.Get("Content-Type")), nil
}

// UTF8 gives the text of a body of that content type.
func UTF8(body []byte, contentType string) []byte {
	if e, skip := marked(body); e != nil {
		return decode(e, body[skip:])
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	e := declared(contentType)
	// JSON is UTF-8, and many servers declare Latin-1 whatever they send. Bytes
	// that are UTF-8 by accident hardly occur in a single-byte encoding.
	_, single := e.(*charmap.Charmap)
	if utf8.Valid(body) && (e == nil || single || ascii(body)) {
		return body
	}
	if e == nil {
		return bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	return decode(e, body)
}

// marked recognises UTF-16 and UTF-32 by a mark, or by where the zero bytes of
// an ASCII character at the beginning stand: JSON begins with one.
func marked(body []byte) (e encoding.Encoding, skip int) {
	zero := make([]bool, 4)
	for i := range zero {
		zero[i] = len(body) > i && body[i] == 0
	}
	is := func(prefix string) bool { return bytes.HasPrefix(body, []byte(prefix)) }
	switch {
	case is("\xff\xfe\x00\x00"):
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), 4
	case is("\x00\x00\xfe\xff"):
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), 4
	case is("\xff\xfe"):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), 2
	case is("\xfe\xff"):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), 2
	case len(body) < 2:
		return nil, 0
	case !zero[0] && zero[1] && zero[2] && zero[3]:
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), 0
	case zero[0] && zero[1] && zero[2] && !zero[3] && len(body) > 3:
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), 0
	case !zero[0] && zero[1]:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), 0
	case zero[0] && !zero[1]:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), 0
	}
	return nil, 0
}

// declared is the encoding that a content type names; nil for UTF-8, for none,
// and for names that nobody knows.
func declared(contentType string) encoding.Encoding {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil && params == nil {
		return nil
	}
	e, err := htmlindex.Get(params["charset"])
	if err != nil || e == unicode.UTF8 || e == encoding.Replacement {
		return nil
	}
	return e
}

func decode(e encoding.Encoding, body []byte) []byte {
	text, err := e.NewDecoder().Bytes(body)
	if err != nil {
		text = body
	}
	return bytes.ToValidUTF8(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), []byte("\uFFFD"))
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
