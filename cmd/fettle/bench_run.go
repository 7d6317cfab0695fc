package main

import (
	"context"

	"fettle"
)

type benchRunCmd struct{}

func (c *benchRunCmd) Run(_ context.Context, _ *session) error {
	return fettle.Errorf(fettle.Unavailable, "this benchmark is not built in yet")
}
