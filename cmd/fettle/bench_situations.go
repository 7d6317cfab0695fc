package main

import (
	"context"
	"fmt"
	"strings"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
)

// The bench's documents: an audience of everybody with a title, and an
// enrichment of it.
func benchAudience(name, where string) string {
	return fmt.Sprintf("apiVersion: fettle/v1\nkind: Audience\nname: %s\nentity: people\nwhere: %s\n---\n", name, where)
}

// benchDef declares an enrichment that fills a field by steps, and says more
// of it in further lines.
func benchDef(name, audience, steps, outputs string, more ...string) string {
	return fmt.Sprintf("apiVersion: fettle/v1\nkind: Enrichment\nname: %s\naudience: %s\nsteps:\n%soutputs: %s\nfollow: false\n%s\n---\n", name, audience, steps, outputs, strings.Join(more, "\n"))
}

const (
	findEmailStep = "  - provider: sandbox/find_email\n    inputs: {full_name: name, company_domain: company_domain}\n"
	secondStep    = "  - provider: second/find_email\n    inputs: {full_name: name, company_domain: company_domain}\n"
	variableStep  = "  - provider: sandbox/variable\n    inputs: {name: name}\n"
	toEmail       = "{email: email}"
	noLimit       = "limit: none"
)

// modelStep asks a model for a line; long makes the prompt ten times as long.
func modelStep(model string, long int) string {
	prompt := strings.Repeat("Write about {{ name }}, who is {{ title }} in {{ location }}, in a friendly tone and in plain words. ", long)
	return fmt.Sprintf("  - provider: llm/openai\n    model: %s\n    prompt: %q\n    output: {line: {type: string, max_length: 2000}}\n    max_output_tokens: 4000\n", model, prompt)
}

func hits(rate float64) func(*sandbox.Config) { return func(c *sandbox.Config) { c.HitRate = rate } }

func billsMisses(rate float64) func(*sandbox.Config) {
	return func(c *sandbox.Config) { c.HitRate, c.BillMiss = rate, true }
}

// byToken makes the model bill by the token, with answers of varying length
// that an estimate cannot know.
func byToken(c *sandbox.Config) { c.ModelTokens = 120 }

// plain plays one enrichment of everybody that was never run before.
func plain(steps, outputs string, more ...string) func(context.Context, *stage) error {
	return func(ctx context.Context, s *stage) error {
		if err := s.people(ctx, s.rows, "engineer"); err != nil {
			return err
		}
		if err := s.fields(ctx); err != nil {
			return err
		}
		return s.apply(ctx, benchDef("priced", "all-people", steps, outputs, orNoLimit(more)...))
	}
}

func orNoLimit(more []string) []string {
	for _, m := range more {
		if strings.HasPrefix(m, "limit:") {
			return more
		}
	}
	return append(more, noLimit)
}

// fields adds the fields that situations fill.
func (s *stage) fields(ctx context.Context) error {
	for key, typ := range map[string]fettle.FieldType{"score": fettle.Number, "line": fettle.Text} {
		if _, err := s.e.AddField(ctx, benchActor(), fettle.Field{Entity: fettle.People, Key: key, Type: typ}); err != nil {
			return err
		}
	}
	return nil
}

// after plays a pilot of the enrichment first.
func after(pilot int, before func(context.Context, *stage) error) func(context.Context, *stage) error {
	return func(ctx context.Context, s *stage) error {
		if err := before(ctx, s); err != nil {
			return err
		}
		return s.pilot(ctx, "priced", pilot)
	}
}

// elsewhere runs another enrichment of other people first.
func elsewhere(steps, ownSteps string) func(context.Context, *stage) error {
	return func(ctx context.Context, s *stage) error {
		if err := s.people(ctx, s.rows, "doctor"); err != nil {
			return err
		}
		if err := s.people(ctx, s.rows, "engineer"); err != nil {
			return err
		}
		if err := s.fields(ctx); err != nil {
			return err
		}
		if err := s.apply(ctx, benchAudience("doctors", `title == "doctor"`)+benchAudience("engineers", `title == "engineer"`)+
			benchDef("before", "doctors", steps, toEmail, noLimit)); err != nil {
			return err
		}
		if err := s.run(ctx, "before"); err != nil {
			return err
		}
		return s.apply(ctx, benchDef("priced", "engineers", ownSteps, toEmail, noLimit))
	}
}

// changed runs the enrichment, changes its steps, and prices a second audience
// under the new ones.
func changed(steps, outputs, then string, pilot int) func(context.Context, *stage) error {
	return func(ctx context.Context, s *stage) error {
		if err := s.people(ctx, s.rows, "doctor"); err != nil {
			return err
		}
		if err := s.people(ctx, s.rows, "engineer"); err != nil {
			return err
		}
		if err := s.fields(ctx); err != nil {
			return err
		}
		if err := s.apply(ctx, benchAudience("doctors", `title == "doctor"`)+benchAudience("engineers", `title == "engineer"`)+
			benchDef("priced", "doctors", steps, outputs, noLimit)); err != nil {
			return err
		}
		if err := s.run(ctx, "priced"); err != nil {
			return err
		}
		if err := s.apply(ctx, benchDef("priced", "engineers", then, outputs, noLimit)); err != nil {
			return err
		}
		if pilot == 0 {
			return nil
		}
		return s.pilot(ctx, "priced", pilot)
	}
}

// partly runs an enrichment of some of the people first: their values are
// reused; others have a value from elsewhere, lack an input, or fail the
// condition.
func partly(more ...string) func(context.Context, *stage) error {
	return func(ctx context.Context, s *stage) error {
		for _, p := range []struct {
			title string
			blank []string
		}{{"doctor", nil}, {"engineer", nil}, {"engineer", []string{"company_domain"}}, {"clerk", nil}} {
			if err := s.people(ctx, s.rows/4, p.title, p.blank...); err != nil {
				return err
			}
		}
		if err := s.apply(ctx, benchAudience("doctors", `title == "doctor"`)+benchDef("before", "doctors", findEmailStep, toEmail, noLimit)); err != nil {
			return err
		}
		if err := s.run(ctx, "before"); err != nil {
			return err
		}
		return s.apply(ctx, benchDef("priced", "all-people", findEmailStep, toEmail, orNoLimit(more)...))
	}
}

// situations are what is played: each kind of thing that an estimate has to
// know, alone, and some of them together.
func situations() []situation {
	line := "{line: line}"
	return []situation{
		{name: "hit rate 0.2, nothing known", config: hits(0.2), before: plain(findEmailStep, toEmail)},
		{name: "hit rate 0.5, nothing known", config: hits(0.5), before: plain(findEmailStep, toEmail)},
		{name: "hit rate 0.9, nothing known", config: hits(0.9), before: plain(findEmailStep, toEmail)},
		{name: "hit rate 0.5, known from another enrichment", config: hits(0.5), before: elsewhere(findEmailStep, findEmailStep)},
		{name: "hit rate 0.5, after a pilot of 50", config: hits(0.5), before: after(50, plain(findEmailStep, toEmail))},
		{name: "misses billed", config: billsMisses(0.5), before: plain(findEmailStep, toEmail)},
		{name: "waterfall, free misses, nothing known", config: hits(0.5), second: hits(0.6), before: plain(findEmailStep+secondStep, toEmail)},
		{name: "waterfall, free misses, known", config: hits(0.5), second: hits(0.6), before: elsewhere(findEmailStep+secondStep, findEmailStep+secondStep)},
		{name: "waterfall, billed misses, known", config: hits(0.5), second: billsMisses(0.6), before: elsewhere(findEmailStep+secondStep, findEmailStep+secondStep)},
		{name: "condition, missing inputs, overlap, known", config: hits(0.8), before: partly(`when: title != "clerk"`)},
		{name: "the same, limit of 60 credits", config: hits(0.8), before: partly(`when: title != "clerk"`, "limit: {credits: 60}")},
		{name: "partly filled by hand", before: filledByHand},
		{name: "limit in records, nothing known", config: hits(0.5), before: plain(findEmailStep, toEmail, "limit: {records: 200}")},
		{name: "limit in credits, hit rate known", config: hits(0.5), before: limitedKnown},
		{name: "variable prices, nothing known", before: plain(variableStep, "{score: score}")},
		{name: "variable prices, after a pilot of 50", before: after(50, plain(variableStep, "{score: score}"))},
		{name: "a second audience of the same", config: hits(0.7), before: changed(findEmailStep, toEmail, findEmailStep, 0)},
		{name: "model by the request, first start", before: plain(modelStep("gpt-5-mini", 1), line)},
		{name: "model by tokens, first start", config: byToken, before: plain(modelStep("gpt-5-mini", 1), line)},
		{name: "model by tokens, after a pilot of 50", config: byToken, before: after(50, plain(modelStep("gpt-5-mini", 1), line))},
		{name: "model by tokens, a second audience", config: byToken, before: changed(modelStep("gpt-5-mini", 1), line, modelStep("gpt-5-mini", 1), 0)},
		{name: "another model, nothing known of it", config: byToken, before: changed(modelStep("gpt-5-nano", 1), line, modelStep("gpt-5", 1), 0)},
		{name: "another model, after a pilot of 50", config: byToken, before: changed(modelStep("gpt-5-nano", 1), line, modelStep("gpt-5", 1), 50)},
		{name: "a prompt of 10 times the length", config: byToken, before: changed(modelStep("gpt-5-mini", 1), line, modelStep("gpt-5-mini", 10), 0)},
	}
}

// filledByHand has a third of the people's addresses from a person.
func filledByHand(ctx context.Context, s *stage) error {
	if err := plain(findEmailStep, toEmail)(ctx, s); err != nil {
		return err
	}
	page, err := s.e.Records(ctx, benchActor(), engine.Query{Entity: fettle.People, Fields: []string{"name"}, Limit: s.rows / 3})
	if err != nil {
		return err
	}
	for i, r := range page.Items {
		if err := s.e.EditRecord(ctx, benchActor(), r.ID, "email", fmt.Sprintf("by.hand%d@example.com", i), true); err != nil {
			return err
		}
	}
	return nil
}

// limitedKnown has a limit that ends the run early, at a hit rate that another
// enrichment has shown.
func limitedKnown(ctx context.Context, s *stage) error {
	if err := elsewhere(findEmailStep, findEmailStep)(ctx, s); err != nil {
		return err
	}
	limit := fettle.Credit * fettle.Credits(s.rows/6)
	_, err := s.e.SetEnrichmentLimit(ctx, benchActor(), "priced", fettle.Limit{Credits: &limit}, false)
	return err
}
