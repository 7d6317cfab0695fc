package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// KnownFor is how long a browser is known after it has signed in.
const KnownFor = 400 * 24 * time.Hour

// A browser that has signed in is known by a cookie: for each of the people who
// signed in there last, a name of the browser, the day, and our signature. It
// lets nobody in. It gives the browser a count of its own when passwords are
// guessed, so that guesses made elsewhere do not slow it.
const (
	knownPeople  = 4
	betweenMarks = "~"
)

// mark is what the cookie holds of one person.
type mark struct {
	person  string // the start of the key of their email
	browser string
	day     int64 // since 1970
}

func (m mark) text() string {
	return m.person + "." + m.browser + "." + strconv.FormatInt(m.day, 10)
}

// key is what the browser's own failures count for. It goes on from the
// person's, so that a new password forgets them.
func (m mark) key(person string) string { return person + "/" + hashToken("browser "+m.browser) }

func markOf(email string) string {
	key := personKey(email)
	return key[:min(len(key), 16)]
}

func (ac *Accounts) sign(text string) string {
	h := hmac.New(sha256.New, ac.signing)
	h.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// marks are those of a cookie that we signed and that still hold.
func (ac *Accounts) marks(cookie string, now time.Time) []mark {
	var out []mark
	for part := range strings.SplitSeq(cookie, betweenMarks) {
		if len(out) == knownPeople {
			break
		}
		at := strings.LastIndexByte(part, '.')
		if at < 0 || !hmac.Equal([]byte(part[at+1:]), []byte(ac.sign(part[:at]))) {
			continue
		}
		f := strings.Split(part[:at], ".")
		if len(f) != 3 {
			continue
		}
		day, err := strconv.ParseInt(f[2], 10, 64)
		if err != nil || now.Sub(time.Unix(day*24*60*60, 0)) > KnownFor {
			continue
		}
		out = append(out, mark{f[0], f[1], day})
	}
	return out
}

// knownKey is the key of a browser that has signed in as a person before; "" if
// it has not.
func (ac *Accounts) knownKey(email, cookie string, now time.Time) string {
	for _, m := range ac.marks(cookie, now) {
		if person := personKey(email); person != "" && m.person == markOf(email) {
			return m.key(person)
		}
	}
	return ""
}

// anyKnownKey is the key of a browser that has signed in before, where nobody
// has said yet who they are.
func (ac *Accounts) anyKnownKey(cookie string, now time.Time) string {
	for _, m := range ac.marks(cookie, now) {
		return m.key(m.person)
	}
	return ""
}

// remember gives the cookie of a browser that has signed in as a person.
func (ac *Accounts) remember(email, cookie string, now time.Time) string {
	me := mark{markOf(email), newSecret()[:22], now.Unix() / (24 * 60 * 60)}
	all := []mark{me}
	for _, m := range ac.marks(cookie, now) {
		if m.person == me.person {
			all[0].browser = m.browser
		} else if len(all) < knownPeople {
			all = append(all, m)
		}
	}
	parts := make([]string, len(all))
	for i, m := range all {
		parts[i] = m.text() + "." + ac.sign(m.text())
	}
	return strings.Join(parts, betweenMarks)
}
