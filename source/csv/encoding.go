package csv

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"

	"fettle"
)

// textEncoding is how a text is encoded. A nil codec is UTF-8.
type textEncoding struct {
	name  string
	codec encoding.Encoding
	bom   int  // bytes of a byte order mark to skip
	sure  bool // said by the caller or by a byte order mark, or seen

	letters *alphabet // of a guess: the language that fits best
	doubt   string    // why a guess is doubtful, "" if it is not
	sample  string    // of a guess: some words as they would be read
}

// detectEncoding decides from the beginning of a file and from the lines of the
// whole file that are not plain ASCII. It knows byte order marks, UTF-16 without
// one, and UTF-8; the rest is a guess by how plausible the letters are.
func detectEncoding(sample []byte, said string, ev *evidence) (textEncoding, error) {
	if said != "" {
		return saidEncoding(sample, said)
	}
	if enc, found := marked(sample); found {
		return enc, nil
	}
	if even, odd := zeros(sample); even+odd > 0 {
		half := float64(len(sample)) / 2
		switch {
		case zerosOfFour(sample, 2, 3):
			return wide("utf-32le", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)), nil
		case zerosOfFour(sample, 0, 1):
			return wide("utf-32be", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)), nil
		case float64(odd) > 0.4*half && float64(even) < 0.1*half:
			return wide("utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)), nil
		case float64(even) > 0.4*half && float64(odd) < 0.1*half:
			return wide("utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)), nil
		case even+odd > max(32, len(sample)/10):
			return textEncoding{}, fettle.Errorf(fettle.Invalid, "the file is not text").WithHint("Save it as CSV or XLSX and import that.")
		}
	}
	switch {
	case ev.escapes:
		return wide("iso-2022-jp", japanese.ISO2022JP), nil
	case ev.others == 0 || ev.utf8 >= ev.others:
		return textEncoding{name: "utf-8", sure: ev.utf8 > 0 || ev.whole}, nil
	}
	return guessEncoding(ev), nil
}

func wide(name string, codec encoding.Encoding) textEncoding {
	return textEncoding{name: name, codec: codec, sure: true}
}

// marked knows an encoding by its byte order mark.
func marked(sample []byte) (textEncoding, bool) {
	for _, m := range []struct {
		mark string
		enc  textEncoding
	}{
		{"\xef\xbb\xbf", textEncoding{name: "utf-8", sure: true}},
		{"\xff\xfe\x00\x00", wide("utf-32le", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM))},
		{"\x00\x00\xfe\xff", wide("utf-32be", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM))},
		{"\xff\xfe", wide("utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM))},
		{"\xfe\xff", wide("utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM))},
	} {
		if bytes.HasPrefix(sample, []byte(m.mark)) {
			// Programs that add a mark to a marked file write several.
			for bytes.HasPrefix(sample[m.enc.bom:], []byte(m.mark)) {
				m.enc.bom += len(m.mark)
			}
			return m.enc, true
		}
	}
	return textEncoding{}, false
}

func saidEncoding(sample []byte, said string) (textEncoding, error) {
	name, codec, err := codecNamed(said)
	if err != nil {
		return textEncoding{}, err
	}
	enc := textEncoding{name: name, codec: codec, sure: true}
	if codec == unicode.UTF8 {
		enc.codec = nil
	}
	if other, found := marked(sample); found {
		enc.bom = other.bom
		if strings.HasPrefix(name, "utf-16") && strings.HasPrefix(other.name, "utf-16") {
			enc.name, enc.codec = other.name, other.codec // the mark knows the order of the bytes
		}
	}
	return enc, nil
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

// zerosOfFour reports whether of each four bytes those at the places are zero.
func zerosOfFour(sample []byte, places ...int) bool {
	fours := len(sample) / 4
	for _, p := range places {
		n := 0
		for i := range fours {
			if sample[4*i+p] == 0 {
				n++
			}
		}
		if n*20 < fours*19 {
			return false
		}
	}
	return fours > 0
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
