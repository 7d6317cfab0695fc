// Package llm makes AI models providers: a step's prompt goes out with a JSON
// schema, and the answer comes back checked against it. Every call has a
// highest price that is known before it leaves.
package llm
