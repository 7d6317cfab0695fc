package main

import (
	"fmt"
	"strings"
	"time"

	"fettle"
)

// onClock writes a time on the clock of a schedule's zone.
func onClock(v fettle.EnrichmentView, t time.Time) string {
	loc, err := time.LoadLocation(v.Schedule.Zone)
	if err != nil {
		loc = time.UTC
	}
	return t.In(loc).Format("Mon 2 Jan 15:04")
}

// nextTick is when what is due of an enrichment leaves next; "" where it has no
// schedule, or is not live.
func nextTick(v fettle.EnrichmentView) string {
	switch {
	case v.Schedule == nil || v.State != fettle.Live:
		return ""
	case v.Schedule.Working:
		return "working"
	case len(v.NextTicks) == 0:
		return "none"
	}
	return onClock(v, v.NextTicks[0])
}

func scheduleText(v fettle.EnrichmentView) string {
	if v.Schedule == nil {
		return ""
	}
	return v.Schedule.Text
}

// nextTicks lists the next times of a schedule.
func nextTicks(v fettle.EnrichmentView) string {
	all := make([]string, len(v.NextTicks))
	for i, t := range v.NextTicks {
		all[i] = onClock(v, t)
	}
	return strings.Join(all, ", ")
}

// mostTicks is how many of the last ticks are written.
const mostTicks = 5

// ticksText says what the last ticks came to, beside their estimates.
func ticksText(v fettle.EnrichmentView) string {
	var all []string
	for _, t := range v.Ticks[:min(mostTicks, len(v.Ticks))] {
		text := onClock(v, t.At) + ": " + tickText(t)
		if t.BeganAt != nil && t.BeganAt.Sub(t.At) > time.Minute {
			text += ", began " + onClock(v, *t.BeganAt)
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

func tickText(t fettle.TickView) string {
	text := plural(t.Rows, "row", "rows") + ", " + t.SpentCredits.Words()
	if t.ExpectedCredits != nil {
		text += fmt.Sprintf(" (estimate: %s, %s expected, at most %s)", thousands(*t.ToRun), credits(*t.ExpectedCredits), credits(*t.HighCredits))
	}
	switch t.State {
	case fettle.TickNothing:
		return "nothing was due"
	case fettle.TickSkipped:
		return "skipped, the one before still worked"
	case fettle.TickWorking:
		return "works, " + text
	case fettle.TickLimit:
		return text + ", the limit of the run is used up"
	case fettle.TickEnded:
		return "ended early, " + text
	case fettle.TickDone:
	}
	return text
}
