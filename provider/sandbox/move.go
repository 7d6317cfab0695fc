package sandbox

import "strings"

// move is what a prompt says of a person's jobs, in lines of its own that begin
// with "Before:" and "Now:". The model's text is about them then, so that whoever
// reads it sees that both have arrived.
type move struct{ before, now string }

func readMove(prompt string) move {
	var m move
	for line := range strings.Lines(prompt) {
		name, said, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch name {
		case "Before":
			m.before = strings.TrimSpace(said)
		case "Now":
			m.now = strings.TrimSpace(said)
		}
	}
	if m.before == "" {
		m.now = "" // one alone is no move
	}
	return m
}

// line says something about the move.
func (m move) line(d *dice) string {
	return strings.NewReplacer("{before}", m.before, "{now}", m.now).Replace(pick(d, moveLines))
}

var moveLines = []string{
	"From {before} to {now}: what will you do differently there?",
	"What you did as {before} is what {now} needs now. Where do you begin?",
	"{now}, after {before}: which of your old tools do you miss already?",
	"Your time as {before} will show. What comes first as {now}?",
}
