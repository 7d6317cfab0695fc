package jobs

import (
	"context"
	"log/slog"
	"strings"
)

// quiet leaves out what River says of its own coming and going, and calms
// what it says of a database that is busy.
func quiet(log *slog.Logger) *slog.Logger {
	return slog.New(calm{log.With("component", "jobs").Handler()})
}

// calm is a handler that hides what is below a warning. Its services run on
// timers and try again: that one of them was cut off by a stop, or had to wait
// too long for SQLite's one writer, is no error.
type calm struct{ slog.Handler }

// Enabled implements slog.Handler.
func (h calm) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h calm) Handle(ctx context.Context, r slog.Record) error {
	if ownTimer(r) {
		if !h.Handler.Enabled(ctx, slog.LevelDebug) {
			return nil
		}
		r.Level = slog.LevelDebug
	}
	return h.Handler.Handle(ctx, r)
}

// ownTimer reports whether r is of a service of River's, not of a job, and
// says that a context ended.
func ownTimer(r slog.Record) bool {
	if strings.HasPrefix(r.Message, "jobexecutor.") {
		return false
	}
	found := false
	r.Attrs(func(a slog.Attr) bool {
		text := a.Value.String()
		found = strings.Contains(text, "context canceled") || strings.Contains(text, "context deadline exceeded")
		return !found
	})
	return found
}

// WithAttrs implements slog.Handler.
func (h calm) WithAttrs(attrs []slog.Attr) slog.Handler { return calm{h.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (h calm) WithGroup(name string) slog.Handler { return calm{h.Handler.WithGroup(name)} }
