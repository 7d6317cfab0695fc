package main

import (
	"fettle/provider"
	"fettle/provider/catalog"
	"fettle/provider/declarative"
	"fettle/provider/formula"
	"fettle/provider/llm"
)

// builtinProviders lists the providers that every workspace has.
func builtinProviders() ([]provider.Provider, error) {
	definitions, err := catalog.Definitions()
	if err != nil {
		return nil, err
	}
	all := []provider.Provider{llm.OpenAI(), llm.Anthropic(), llm.Simulated(), formula.New()}
	for _, d := range definitions {
		all = append(all, declarative.New(d))
	}
	return all, nil
}
