package csv

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/wlynxg/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"fettle"
)

// textEncoding is how a text is encoded. A nil codec is UTF-8.
type textEncoding struct {
	name  string
	codec encoding.Encoding
	bom   int  // bytes of a byte order mark to skip
	sure  bool // said by the caller or by a byte order mark, or seen
}

// detectEncoding decides from the beginning of a file. It knows byte order
// marks, UTF-16 without one, and UTF-8; for the rest it asks a statistical
// detector and otherwise takes Windows-1252, which includes Latin-1.
func detectEncoding(sample []byte, said string) (textEncoding, error) {
	utf16 := func(name string, order unicode.Endianness, bom int) textEncoding {
		return textEncoding{name, unicode.UTF16(order, unicode.IgnoreBOM), bom, true}
	}
	if said != "" {
		return saidEncoding(sample, said)
	}
	switch {
	case bytes.HasPrefix(sample, []byte("\xef\xbb\xbf")):
		return textEncoding{"utf-8", nil, 3, true}, nil
	case bytes.HasPrefix(sample, []byte("\xff\xfe")):
		return utf16("utf-16le", unicode.LittleEndian, 2), nil
	case bytes.HasPrefix(sample, []byte("\xfe\xff")):
		return utf16("utf-16be", unicode.BigEndian, 2), nil
	}
	if even, odd := zeros(sample); even+odd > 0 {
		half := float64(len(sample)) / 2
		switch {
		case float64(odd) > 0.4*half && float64(even) < 0.1*half:
			return utf16("utf-16le", unicode.LittleEndian, 0), nil
		case float64(even) > 0.4*half && float64(odd) < 0.1*half:
			return utf16("utf-16be", unicode.BigEndian, 0), nil
		case even+odd > max(32, len(sample)/10):
			return textEncoding{}, fettle.Errorf(fettle.Invalid, "the file is not text").WithHint("Save it as CSV or XLSX and import that.")
		}
	}
	if whole := trimPartialRune(sample); utf8.Valid(whole) {
		return textEncoding{"utf-8", nil, 0, !ascii(whole)}, nil
	}
	return guessEncoding(sample), nil
}

func saidEncoding(sample []byte, said string) (textEncoding, error) {
	codec, err := htmlindex.Get(said)
	if err != nil {
		return textEncoding{}, fettle.Errorf(fettle.Invalid, "%q is not an encoding", said).WithHint("Use utf-8, utf-16le, windows-1252 or another name from the web's list.")
	}
	enc := textEncoding{name: strings.ToLower(said), codec: codec, sure: true}
	if codec == unicode.UTF8 {
		enc.codec = nil
	}
	for _, bom := range []string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(sample, []byte(bom)) {
			enc.bom = len(bom)
		}
	}
	return enc, nil
}

// guessEncoding asks the detector about the text around the first bytes that
// are not ASCII. Its guesses of single-byte encodings for western text are
// worse than always saying Windows-1252, so only a guess of another script is
// taken: a certain one, or, where the encoding has a structure that western
// text breaks, a fair one.
func guessEncoding(sample []byte) textEncoding {
	const window = 64 << 10
	first := bytes.IndexFunc(sample, func(r rune) bool { return r >= utf8.RuneSelf })
	from := max(0, first-window/4)
	part := sample[from:min(len(sample), from+window)]
	guess := chardet.Detect(part)
	name := strings.ToLower(guess.Encoding)
	if needed := scripts[name]; needed > 0 && guess.Confidence >= needed {
		if codec, err := htmlindex.Get(name); err == nil && clean(codec, part) {
			return textEncoding{name, codec, 0, true}
		}
	}
	return textEncoding{"windows-1252", charmap.Windows1252, 0, true}
}

// scripts are the encodings in which the detector is believed, and from which
// confidence on.
var scripts = map[string]float64{
	"gb2312": 0.55, "gb18030": 0.55, "gbk": 0.55, "big5": 0.55, "shift_jis": 0.55, "euc-jp": 0.55, "euc-kr": 0.55,
	"windows-1251": 0.85, "koi8-r": 0.85, "iso-8859-5": 0.85, "ibm866": 0.85, "windows-1253": 0.85, "iso-8859-7": 0.85,
	"windows-1255": 0.85, "iso-8859-8": 0.85, "windows-1256": 0.85, "iso-8859-6": 0.85,
}

// clean reports whether the text decodes without damage, but for a character
// that its end cuts.
func clean(codec encoding.Encoding, text []byte) bool {
	decoded, err := codec.NewDecoder().Bytes(text)
	return err == nil && !bytes.ContainsRune(decoded[:max(0, len(decoded)-4)], utf8.RuneError)
}

// reader decodes the input to UTF-8.
func (e textEncoding) reader(r io.Reader) io.Reader {
	if e.bom > 0 {
		r = &skipper{r: r, n: e.bom}
	}
	if e.codec == nil {
		return r
	}
	return transform.NewReader(r, e.codec.NewDecoder())
}

// decodeSample decodes what the beginning holds, as far as it goes.
func (e textEncoding) decodeSample(sample []byte) []byte {
	sample = sample[min(e.bom, len(sample)):]
	if e.codec == nil {
		return sample
	}
	text, _, err := transform.Bytes(e.codec.NewDecoder(), sample[:len(sample)&^3])
	if err != nil && len(text) == 0 {
		return sample
	}
	return text
}

// skipper drops the first n bytes.
type skipper struct {
	r io.Reader
	n int
}

func (s *skipper) Read(p []byte) (int, error) {
	for s.n > 0 {
		n, err := s.r.Read(p[:min(s.n, len(p))])
		s.n -= n
		if err != nil {
			return 0, err
		}
	}
	return s.r.Read(p)
}

// zeros counts the zero bytes at even and at odd places.
func zeros(sample []byte) (even, odd int) {
	if bytes.IndexByte(sample, 0) < 0 {
		return 0, 0
	}
	for i, b := range sample {
		if b == 0 {
			if i%2 == 0 {
				even++
			} else {
				odd++
			}
		}
	}
	return even, odd
}

// trimPartialRune drops a character that the end of the sample cuts.
func trimPartialRune(sample []byte) []byte {
	for i := 1; i <= 3 && i <= len(sample); i++ {
		if b := sample[len(sample)-i]; utf8.RuneStart(b) {
			if b >= utf8.RuneSelf && !utf8.FullRune(sample[len(sample)-i:]) {
				return sample[:len(sample)-i]
			}
			break
		}
	}
	return sample
}
