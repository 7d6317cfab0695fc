package main

import (
	"fettle/provider"
	"fettle/provider/catalog"
	"fettle/provider/formula"
	"fettle/provider/llm"
)

// builtinProviders lists the providers that every workspace has.
func builtinProviders() ([]provider.Provider, error) {
	all, err := catalog.Providers()
	if err != nil {
		return nil, err
	}
	return append(all, llm.OpenAI(), llm.Anthropic(), formula.New()), nil
}
