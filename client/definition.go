package client

import (
	"context"
	"net/http"
	"net/url"

	"fettle"
)

// Definition is the text of a provider's definition.
type Definition struct {
	Provider   string `json:"provider"`
	Definition string `json:"definition"` // YAML
	Shipped    bool   `json:"shipped"`    // it ships with the program
}

// DefinitionFault is one of the errors of a definition.
type DefinitionFault struct {
	Line    int    `json:"line"` // 0: of the whole
	Key     string `json:"key,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// FixtureResult is what became of a fixture.
type FixtureResult struct {
	Name    string `json:"name"`
	Line    int    `json:"line"`
	Key     string `json:"key"`
	OK      bool   `json:"ok"`
	Message string `json:"message,omitempty"` // what came instead
}

// DefinitionReport is what was found of a definition.
type DefinitionReport struct {
	ID         string            `json:"id,omitempty"`
	OK         bool              `json:"ok"`
	Operations []string          `json:"operations"`
	Faults     []DefinitionFault `json:"faults"`
	Fixtures   []FixtureResult   `json:"fixtures"`
	Warnings   []string          `json:"warnings"`
	Guesses    []Guess           `json:"guesses"`
	FreeCall   string            `json:"free_call,omitempty"`
	Live       string            `json:"live,omitempty"` // what the vendor said, where it was asked
}

// Guess is a line of a definition that was begun, and nobody has looked up.
type Guess struct {
	Line int    `json:"line"`
	What string `json:"what"`
}

// LiveCheck asks the vendor itself, by the definition's free call.
type LiveCheck struct {
	Key   string         `json:"key,omitempty"`
	Units fettle.Credits `json:"units"` // what the call costs there
}

// Definition gives the definition of a data provider.
func (c *Client) Definition(ctx context.Context, provider string) (Definition, error) {
	return get[Definition](ctx, c, "/providers/"+url.PathEscape(provider)+"/definition", nil)
}

// CheckDefinition says what is wrong with a definition, and what its fixtures
// gave; the vendor is asked only where live says so.
func (c *Client) CheckDefinition(ctx context.Context, yaml []byte, live *LiveCheck) (DefinitionReport, error) {
	return post[DefinitionReport](ctx, c, "/providers/definitions/check", map[string]any{"definition": string(yaml), "live": live})
}

// SaveDefinition adds or replaces a provider/v1 definition.
func (c *Client) SaveDefinition(ctx context.Context, yaml []byte) error {
	return c.do(ctx, request{method: http.MethodPost, path: "/providers/definitions", body: map[string]string{"definition": string(yaml)}}, nil)
}

// RemoveDefinition takes a provider away that was added, where nothing uses it.
func (c *Client) RemoveDefinition(ctx context.Context, provider string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: "/providers/" + url.PathEscape(provider) + "/definition"}, nil)
}
