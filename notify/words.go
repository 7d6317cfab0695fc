package notify

import (
	"fmt"
	"strings"
	"time"

	"fettle"
	"fettle/internal/text"
	"fettle/store"
)

// How many groups of events, and texts of a group, a message shows.
const (
	groupsMost = 20
	textsMost  = 5
)

// group is events of a type and a subject.
type group struct {
	events []store.Event
}

func groupsOf(events []store.Event) []group {
	var out []group
	at := map[string]int{}
	for _, e := range events {
		k := string(e.Type) + " " + e.Subject
		i, ok := at[k]
		if !ok {
			i = len(out)
			at[k], out = i, append(out, group{})
		}
		out[i].events = append(out[i].events, e)
	}
	return out
}

// count is how many things happened: records, where the events are about records.
func count(events []store.Event) int {
	n := 0
	for _, e := range events {
		n += max(1, len(linesOf(e)))
	}
	return n
}

// head says how many of what: 17 limits reached.
func head(t fettle.EventType, n int) string {
	k := fettle.KindOf(t)
	if n == 1 {
		return "1 " + k.One
	}
	return fmt.Sprintf("%d %s", n, k.Many)
}

// text is what a group has to say: one event its own words; of several how many,
// from when to when, and the last of the different texts.
func (g group) text() string {
	if len(g.events) == 1 {
		return g.events[0].Message
	}
	clock := func(e store.Event) string { return time.UnixMicro(e.AtUS).UTC().Format("15:04") }
	first, last := g.events[0], g.events[len(g.events)-1]
	var out strings.Builder
	n := count(g.events)
	_, _ = fmt.Fprintf(&out, "%s between %s and %s UTC:", head(first.Type, n), clock(first), clock(last))
	if fettle.KindOf(first.Type).Records {
		var lines []string
		for i := len(g.events) - 1; i >= 0 && len(lines) < linesMost; i-- {
			lines = append(lines, linesOf(g.events[i])...)
		}
		return out.String() + "\n" + shortened(lines, n)
	}
	var shown []string
	seen := map[string]bool{}
	for i := len(g.events) - 1; i >= 0 && len(shown) < textsMost; i-- {
		if m := g.events[i].Message; !seen[m] {
			seen[m] = true
			shown = append(shown, m)
		}
	}
	for _, m := range shown {
		out.WriteString("\n• " + text.Clip(m, 500))
	}
	if len(shown) == textsMost && len(g.events) > textsMost {
		out.WriteString("\n• …")
	}
	return out.String()
}

// messageText is a message as people read it.
func messageText(events []store.Event) string {
	groups := groupsOf(events)
	var parts []string
	for _, g := range groups[:min(len(groups), groupsMost)] {
		parts = append(parts, g.text())
	}
	if n := len(groups) - groupsMost; n > 0 {
		parts = append(parts, fmt.Sprintf("and %d more: see Notifications", n))
	}
	return strings.Join(parts, "\n\n")
}

// messageTitle is a message in one line.
func messageTitle(events []store.Event) string {
	if len(events) == 1 {
		first, _, _ := strings.Cut(events[0].Message, "\n")
		return text.Clip(first, 120)
	}
	byType := map[fettle.EventType][]store.Event{}
	var order []fettle.EventType
	for _, e := range events {
		if byType[e.Type] == nil {
			order = append(order, e.Type)
		}
		byType[e.Type] = append(byType[e.Type], e)
	}
	var heads []string
	for _, t := range order {
		heads = append(heads, head(t, count(byType[t])))
	}
	return text.Clip(strings.Join(heads, ", "), 120)
}
