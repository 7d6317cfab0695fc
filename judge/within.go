package judge

import (
	"fmt"

	"fettle"
)

// Within says where in a definition an error is. Its detail "key" is the whole
// way to what is wrong, such as steps[0].prompt: forms and files show it there.
func Within(err error, where string) error {
	e := fettle.AsError(err)
	if e.Code == fettle.Internal {
		return fmt.Errorf("%s: %w", where, err)
	}
	c := *e
	c.Message = where + ": " + e.Message
	key := where
	if inner, _ := e.Details["key"].(string); inner != "" {
		key += "." + inner
	}
	return c.With("key", key)
}

// WithinAudience says that an error is in the filter of an audience that a
// definition names.
func WithinAudience(err error, name string) error {
	e := fettle.AsError(err)
	if e.Code == fettle.Internal {
		return fmt.Errorf("audience %s: %w", name, err)
	}
	c := *e
	c.Message = "audience " + name + ": " + e.Message
	return c.With("key", "audience")
}
