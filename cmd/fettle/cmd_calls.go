package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

type recordsCallsCmd struct {
	ID    int64  `arg:"" help:"The record."`
	Field string `help:"Only the calls for a field."`
}

func (c *recordsCallsCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Calls(ctx, c.ID, c.Field)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("#call", "at", "enrichment", "fields", "provider", "cause", "state", "outcome", "#credits", "answer")
		for _, a := range all {
			state := a.State
			if a.State == "settled" {
				state = ""
			}
			answer := a.Message
			if a.Answer != nil {
				answer = strings.TrimSpace(answer + " " + a.Answer.Body)
			} else if a.Outputs != nil {
				text, _ := json.Marshal(a.Outputs)
				answer = string(text)
			}
			g.row(fmt.Sprint(a.Attempt), a.At, fmt.Sprintf("%s v%d", a.Enrichment, a.Version), strings.Join(a.Fields, " "),
				strings.TrimSpace(a.Provider+" "+a.Model), string(a.Cause), state, a.Outcome, a.Charged, answer)
		}
		g.render(w, "nothing was asked for it")
	})
}
