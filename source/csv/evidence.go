package csv

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// The bounds of what decides about an encoding.
const (
	maxEvidence = 256 << 20 // bytes of the file that are looked through
	maxWords    = 1200      // different words that are kept
	longestWord = 200       // in bytes
)

// evidence is what the lines of a file that are not plain ASCII tell of its
// encoding.
type evidence struct {
	utf8, others int             // lines that are UTF-8, and that are not
	words        [][]byte        // different words of the others, from all over the file
	seen         map[string]bool // the words that were met
	stride, skip int             // one word in so many is kept, once there are many
	escapes      bool            // ISO-2022-JP
	whole        bool            // the file was looked through to its end
}

// gather looks through a text. It stops at a bound; a failure of the input is
// the reader's to report.
func gather(r io.Reader) *evidence {
	ev := &evidence{seen: map[string]bool{}, stride: 1}
	in := bufio.NewReaderSize(io.LimitReader(r, maxEvidence), startBuffer)
	for {
		line, err := in.ReadSlice('\n')
		if len(line) > 0 {
			ev.line(line)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			ev.whole = errors.Is(err, io.EOF)
			return ev
		}
	}
}

func (ev *evidence) line(line []byte) {
	switch {
	case ascii(line):
		ev.escapes = ev.escapes || bytes.Contains(line, []byte("\x1b$B")) || bytes.Contains(line, []byte("\x1b$@"))
	case utf8.Valid(trimPartialRune(withoutSurrogates(line))):
		ev.utf8++
	default:
		ev.others++
		start := 0
		for i := 0; i <= len(line); i++ {
			if i == len(line) || splitsWords(line[i]) {
				ev.word(line[start:i])
				start = i + 1
			}
		}
	}
}

// withoutSurrogates takes out halves of characters, as programs write them that
// take UTF-16 for UTF-8. Their line is refused; it tells of no other encoding.
func withoutSurrogates(line []byte) []byte {
	if bytes.IndexByte(line, 0xed) < 0 {
		return line
	}
	out := make([]byte, 0, len(line))
	for i := 0; i < len(line); i++ {
		if i+2 < len(line) && line[i] == 0xed && line[i+1]&0xe0 == 0xa0 && line[i+2]&0xc0 == 0x80 {
			i += 2
			continue
		}
		out = append(out, line[i])
	}
	return out
}

// splitsWords are the ASCII characters that are the second byte of no East Asian
// character.
func splitsWords(b byte) bool { return b < 0x30 || b > 0x39 && b < 0x40 }

func (ev *evidence) word(word []byte) {
	if ascii(word) || len(word) > longestWord || ev.seen[string(word)] {
		return
	}
	if len(ev.seen) < 20*maxWords {
		ev.seen[string(word)] = true
	}
	if ev.skip++; ev.skip%ev.stride != 0 {
		return
	}
	ev.words = append(ev.words, bytes.Clone(word))
	if len(ev.words) >= 2*maxWords {
		for i := range maxWords {
			ev.words[i] = ev.words[2*i]
		}
		ev.words = ev.words[:maxWords]
		ev.stride *= 2
	}
}

// How sure a guess must be, as logarithms: against the next best that reads
// other letters, and by the letter.
const (
	sureMargin = 5.0
	worstMean  = -7.0
	shownWords = 6
)

// guessEncoding takes the encoding in which the words are the most plausible.
func guessEncoding(ev *evidence) textEncoding {
	text, all := bytes.Join(ev.words, []byte(" ")), alphabets()
	var best, next candidate
	bestScore, nextScore, bestText := -1e12, -1e12, ""
	for _, c := range candidates() {
		score, decoded := c.fitOf(text, all)
		switch {
		case score > bestScore:
			if !sameLetters(decoded, bestText) {
				next, nextScore = best, bestScore
			}
			best, bestScore, bestText = c, score, decoded
		case score > nextScore && !sameLetters(decoded, bestText):
			next, nextScore = c, score
		}
	}
	enc := textEncoding{name: best.name, codec: best.codec, sure: true, sample: firstWords(bestText)}
	letters, n := 0.0, 0
	if !best.pairs {
		for i := range all {
			if sum, count := all[i].fit([]rune(bestText)); enc.letters == nil || sum > letters {
				enc.letters, letters, n = &all[i], sum, count
			}
		}
	}
	switch {
	case bestScore-nextScore < sureMargin:
		enc.doubt = fmt.Sprintf("it could be %s too", next.name)
	case n > 0 && letters/float64(n) < worstMean:
		enc.doubt = "its letters fit no language well"
	}
	return enc
}

// sameLetters takes Romania's two ways to write ş and ţ for one.
func sameLetters(a, b string) bool {
	one := strings.NewReplacer("ș", "ş", "ț", "ţ", "Ș", "Ş", "Ț", "Ţ")
	return one.Replace(a) == one.Replace(b)
}

// firstWords are some words of a text, to look at.
func firstWords(text string) string {
	words := strings.Fields(text)
	return strings.Join(words[:min(shownWords, len(words))], " ")
}
