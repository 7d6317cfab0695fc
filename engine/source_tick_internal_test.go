package engine

import "context"

// TickSource looks at a source as the schedule's reader of this process does.
func (e *Engine) TickSource(ctx context.Context, id int64) error {
	return e.tickSource(ctx, ctx, id, e.worker.ID())
}
