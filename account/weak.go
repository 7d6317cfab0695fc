package account

import (
	"slices"
	"strings"
	"unicode"

	"fettle"
	"fettle/store"
)

// guessed are the words that long passwords are made of most often. Together
// with digits, signs and the person's own name they are the first that is tried.
var guessed = []string{
	"password", "passwort", "passwd", "motdepasse", "contrasena", "senha", "fettle", "welcome", "willkommen", "bienvenue", "letmein", "admin", "administrator",
	"changeme", "default", "secret", "login", "master", "access", "trustno", "iloveyou", "princess", "sunshine", "football", "baseball", "superman", "batman",
	"dragon", "monkey", "shadow", "michael", "jordan", "liverpool", "chelsea", "arsenal", "pokemon", "starwars", "whatever", "computer", "internet", "company",
	"google", "facebook", "test", "user", "guest", "hello", "abcabc", "correcthorsebatterystaple",
	"spring", "summer", "autumn", "winter", "sommer", "herbst", "january", "february", "march", "april", "june", "july", "august", "september", "october",
	"november", "december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
}

// rows are what fingers walk along.
var rows = []string{"abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "qsdfghjklm", "zxcvbnm", "yxcvbnm", "1qaz2wsx3edc4rfv5tgb", "1q2w3e4r5t6y7u8i9o0p"}

// What is left of a password must have, once what is guessed first is taken out.
const (
	leastLeft     = 5 // characters
	leastDistinct = 5 // different characters of the whole
	walk          = 4 // characters in a row that count as a walk
)

// checkOwnPassword refuses a password that is too short, or guessed first.
func checkOwnPassword(pass string, u store.User) error {
	if err := checkPassword(pass); err != nil {
		return err
	}
	if !weak(pass, u.Email, u.Name) {
		return nil
	}
	return fettle.Errorf(fettle.Invalid, "the password is one of those that are guessed first").
		WithHint("Leave out your name, your e-mail, \"password\", seasons, rows of the keyboard and repetitions; four words that have nothing to do with each other are good.").
		With("key", "password")
}

// weak reports whether little is left of a password without what is guessed
// first: common words, the person's own names, digits at the ends, walks.
func weak(pass string, own ...string) bool {
	plain := strings.ToLower(pass)
	distinct := map[rune]bool{}
	for _, r := range plain {
		distinct[r] = true
	}
	if len(distinct) < leastDistinct {
		return true
	}
	words := slices.Clone(guessed)
	for _, o := range own {
		for _, part := range strings.FieldsFunc(strings.ToLower(o), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if len(part) >= 3 {
				words = append(words, part)
			}
		}
	}
	// The longest first: what is inside another word is not taken out of it.
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	return left(plain, words) < leastLeft || left(strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "@", "a", "5", "s", "$", "s", "7", "t", "!", "i").Replace(plain), words) < leastLeft
}

// left counts the letters that remain, and the digits among them.
func left(s string, words []string) int {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
	for _, w := range words {
		s = strings.ReplaceAll(s, w, "\x00")
	}
	s = withoutWalks(s)
	s = strings.TrimFunc(s, func(r rune) bool { return unicode.IsDigit(r) || r == 0 })
	n := 0
	var last rune
	for _, r := range s {
		if r != 0 && r != last {
			n++
		}
		last = r
	}
	return n
}

// withoutWalks takes out what walks along a row, forwards or backwards.
func withoutWalks(s string) string {
	for _, row := range rows {
		back := []rune(row)
		slices.Reverse(back)
		for _, r := range []string{row, string(back)} {
			for n := len(r); n >= walk; n-- {
				for at := 0; at+n <= len(r); at++ {
					s = strings.ReplaceAll(s, r[at:at+n], "\x00")
				}
			}
		}
	}
	return s
}
