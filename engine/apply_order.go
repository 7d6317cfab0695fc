package engine

import (
	"cmp"
	"slices"
	"strings"

	"fettle"
	"fettle/declare"
	"fettle/signal"
)

// The places in which documents are applied: what is named by others comes
// before them. A rule makes an audience with itself, and one that polls a field
// too: what documents say of those comes behind it. A poll needs the audience
// that it asks about, and other audiences ask what a poll found.
const (
	placeDefinition = iota
	placeProvider
	placeConnection // beside a default one, by whose address it is judged
	placeField
	placeRule
	placeAudience
	placePoll
	placePollField
	placePollAudience
	placeEnrichment
	placeSource
	placeDestination
	placeChannel
	placeView
	placeLimit
)

// inOrder sorts documents as they are applied.
func inOrder(docs []declare.Document) {
	fields, audiences, words := map[string]bool{}, map[string]bool{}, []string{}
	for _, d := range docs {
		if d.Kind != declare.KindSignal || d.Signal.Detect != fettle.DetectPoll {
			continue
		}
		companion := d.Name
		if d.Signal.Companion != nil {
			companion = cmp.Or(d.Signal.Companion.Name, companion)
		}
		audiences[companion] = true
		fields[string(d.Signal.Entity)+"."+signal.PollField(d.Name)] = true
		words = append(words, d.Name, signal.PollField(d.Name))
	}
	place := func(d declare.Document) int {
		switch d.Kind {
		case declare.KindDataProvider:
			return placeDefinition
		case declare.KindProvider:
			if strings.Contains(d.Name, "@") {
				return placeConnection
			}
			return placeProvider
		case declare.KindField:
			if fields[d.Name] {
				return placePollField
			}
			return placeField
		case declare.KindSignal:
			if d.Signal.Detect == fettle.DetectPoll {
				return placePoll
			}
			return placeRule
		case declare.KindAudience:
			asks := func(word string) bool { return strings.Contains(d.Audience.Where, word) }
			if audiences[d.Name] || slices.ContainsFunc(words, asks) {
				return placePollAudience
			}
			return placeAudience
		case declare.KindEnrichment:
			return placeEnrichment
		case declare.KindSource:
			return placeSource
		case declare.KindDestination:
			return placeDestination
		case declare.KindChannel:
			return placeChannel
		case declare.KindView:
			return placeView
		case declare.KindLimit:
		}
		return placeLimit
	}
	slices.SortStableFunc(docs, func(x, y declare.Document) int { return place(x) - place(y) })
}
