package mcp

import (
	"context"
	"encoding/json"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"fettle"
	"fettle/client"
)

// recordsMost is how many records a tool gives at once.
const recordsMost = 100

// reading adds the tools that cost nothing.
func (t *tools) reading(s *sdk.Server) {
	free := &sdk.ToolAnnotations{ReadOnlyHint: true}
	tool := func(name, what string) *sdk.Tool {
		return &sdk.Tool{Name: name, Description: what + " Free.", Annotations: free}
	}
	add(s, tool("workspace", "What there is: audiences, enrichments with their state, and credits."), t.workspace)
	add(s, tool("fields", "The fields of people or companies, how well each is filled, why it is blank, and what fills it."), t.fields)
	add(s, tool("count", "How many records match a filter, such as title.contains(\"VP\") && !filled(email)."), t.count)
	add(s, tool("records", "Records that match a filter, at most 100 at once."), t.records)
	add(s, tool("record", "One record: its values, each with where it came from, what it cost, and when it is due."), t.record)
	add(s, tool("status", "How an enrichment stands: its state, why it waits or is paused, rows, spend, and what its limits leave."), t.status)
	add(s, tool("strangers", "Answers that were paid for and held back, because they are about somebody else than the record: what was known, what was answered. A person decides about them."), t.strangers)
	add(s, tool("journal", "The last movements of credits: what was paid, for which record and field, and why."), t.journal)
}

// NoInput is for a tool that takes nothing.
type NoInput struct{}

func (t *tools) workspace(ctx context.Context, _ NoInput) (map[string]any, error) {
	audiences, err := t.api.Audiences(ctx)
	if err != nil {
		return nil, err
	}
	enrichments, err := t.api.Enrichments(ctx)
	if err != nil {
		return nil, err
	}
	credits, err := t.api.Credits(ctx)
	if err != nil {
		return nil, err
	}
	short := make([]map[string]any, 0, len(enrichments))
	for _, e := range enrichments {
		short = append(short, map[string]any{
			"name": e.Name, "entity": e.Entity, "state": e.State, "audience": e.Audience, "fills": e.Definition.Outputs.Fields(),
			"remaining_rows": e.RemainingRows, "spent_credits": e.SpentCredits,
		})
	}
	return map[string]any{"audiences": audiences, "enrichments": short, "credits": credits}, nil
}

// FieldsInput says of what.
type FieldsInput struct {
	Entity   fettle.Entity `json:"entity" jsonschema:"people or companies"`
	Audience string        `json:"audience,omitempty" jsonschema:"only its members"`
}

func (t *tools) fields(ctx context.Context, in FieldsInput) (fettle.HubView, error) {
	return t.api.Hub(ctx, in.Entity, in.Audience)
}

// CountInput is a filter.
type CountInput struct {
	Entity fettle.Entity `json:"entity" jsonschema:"people or companies"`
	Where  string        `json:"where,omitempty" jsonschema:"a filter in CEL; absent: all"`
}

func (t *tools) count(ctx context.Context, in CountInput) (client.Count, error) {
	return t.api.CountWhere(ctx, in.Entity, in.Where)
}

// RecordsInput is a filter, and how much of each record is wanted.
type RecordsInput struct {
	Entity   fettle.Entity `json:"entity" jsonschema:"people or companies"`
	Where    string        `json:"where,omitempty" jsonschema:"a filter in CEL; absent: all"`
	Audience string        `json:"audience,omitempty" jsonschema:"only its members"`
	Fields   []string      `json:"fields,omitempty" jsonschema:"absent: all"`
	After    string        `json:"after,omitempty" jsonschema:"what the page before gave as next"`
	Limit    int           `json:"limit,omitempty" jsonschema:"at most 100; absent: 20"`
}

func (t *tools) records(ctx context.Context, in RecordsInput) (client.RecordPage, error) {
	if in.Limit <= 0 {
		in.Limit = 20
	}
	return t.api.Records(ctx, client.Query{Entity: in.Entity, Where: in.Where, Audience: in.Audience, Fields: in.Fields, After: in.After, Limit: min(in.Limit, recordsMost)})
}

// RecordInput names a record.
type RecordInput struct {
	ID int64 `json:"id"`
}

func (t *tools) record(ctx context.Context, in RecordInput) (map[string]any, error) {
	b, err := t.api.Record(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	var out map[string]any
	return out, json.Unmarshal(b, &out)
}

// NameInput names an enrichment.
type NameInput struct {
	Enrichment string `json:"enrichment" jsonschema:"the enrichment's name"`
}

func (t *tools) status(ctx context.Context, in NameInput) (fettle.EnrichmentView, error) {
	return t.api.Enrichment(ctx, in.Enrichment)
}

func (t *tools) stop(ctx context.Context, in NameInput) (fettle.StopView, error) {
	return t.api.Pause(ctx, in.Enrichment)
}

// StrangersInput says which.
type StrangersInput struct {
	State      string `json:"state,omitempty" jsonschema:"held, accepted or rejected; absent: all"`
	Enrichment string `json:"enrichment,omitempty" jsonschema:"absent: of all"`
	After      string `json:"after,omitempty" jsonschema:"what the page before gave as next"`
}

func (t *tools) strangers(ctx context.Context, in StrangersInput) (client.Page[fettle.StrangerView], error) {
	return t.api.Strangers(ctx, client.StrangersQuery{State: in.State, Enrichment: in.Enrichment, After: in.After, Limit: recordsMost})
}

// JournalInput says of which enrichment.
type JournalInput struct {
	Enrichment string `json:"enrichment,omitempty" jsonschema:"absent: all"`
	After      string `json:"after,omitempty" jsonschema:"what the page before gave as next"`
}

func (t *tools) journal(ctx context.Context, in JournalInput) (client.Page[fettle.JournalEntry], error) {
	return t.api.Journal(ctx, client.JournalQuery{Enrichment: in.Enrichment, After: in.After, Limit: recordsMost})
}

// AskInput asks for more than a limit leaves.
type AskInput struct {
	Enrichment string          `json:"enrichment" jsonschema:"the enrichment that a limit keeps from going on"`
	Reason     string          `json:"reason" jsonschema:"what it is for: the admin who decides reads it"`
	Credits    *fettle.Credits `json:"credits,omitempty" jsonschema:"what the limit is to be in all; absent: what all rows fit"`
	Scope      string          `json:"scope,omitempty" jsonschema:"workspace, budget, provider, person or enrichment; absent: the limit that binds"`
	Key        string          `json:"key,omitempty" jsonschema:"which budget, provider or person"`
}

func (t *tools) askForMore(ctx context.Context, in AskInput) (fettle.RequestView, error) {
	return t.api.AskMore(ctx, fettle.AskInput{
		Enrichment: in.Enrichment, Reason: in.Reason, Amount: fettle.Amount{Credits: in.Credits}, LimitName: fettle.LimitName{Scope: in.Scope, Key: in.Key},
	})
}
