package engine

import (
	"context"
	"fmt"
	"time"

	"fettle"
	"fettle/internal/outbox"
	"fettle/internal/text"
	"fettle/notify"
	"fettle/store"
)

// fileReader reads the files of sources when their schedules say so.
func (e *Engine) fileReader() *outbox.Outbox {
	return outbox.New(outbox.Work{
		Log: e.log, Of: "files of sources",
		Due: func(ctx context.Context, worker int64) (ids []int64, err error) {
			err = e.db.View(ctx, func(tx *store.Tx) error {
				if ids, err = tx.DueSourceFiles(ctx, time.Now().UnixMicro()); err != nil || len(ids) == 0 {
					return err
				}
				live, err := tx.WorkerLives(ctx, worker)
				if !live {
					ids = nil
				}
				return err
			})
			return ids, err
		},
		Drain: func(ctx, sending context.Context, id int64, worker func() int64) {
			if err := e.tickSource(ctx, sending, id, worker()); err != nil && sending.Err() == nil {
				e.log.ErrorContext(ctx, "the file of a source could not be read; it is tried again", "source", id, "error", err)
			}
		},
		Prune: func(context.Context, int64) (int, error) { return 0, nil },
	})
}

// tickSource reads the file of a source whose time has come. What was missed is one
// reading.
func (e *Engine) tickSource(ctx, sending context.Context, id, worker int64) error {
	r := reading{tick: true}
	var mine bool
	err := e.db.Update(ctx, func(tx *store.Tx) (err error) {
		r, mine, err = takeReading(ctx, tx, id, worker, time.Now())
		return err
	})
	if err != nil || !mine {
		return err
	}
	r.actor = fettle.Actor{Name: "file:" + r.source.Name, Role: fettle.Editor}
	out, k, failed := e.read(sending, r)
	if sending.Err() != nil {
		return failed // this process ends, and the next one that looks reads it
	}
	if failed != nil && fettle.CodeOf(failed) == fettle.Internal {
		e.log.ErrorContext(ctx, "a source's file was not imported", "source", r.source.Name, "error", failed)
	}
	for {
		err := e.settleReading(sending, r, out, k, failed)
		if err == nil || sending.Err() != nil {
			return err
		}
		e.log.ErrorContext(ctx, "what a source's file came to could not be written; it is tried again", "source", r.source.Name, "error", err)
		select {
		case <-sending.Done():
		case <-time.After(outbox.NoteEvery):
		}
	}
}

// takeReading gives a process the file of a source to read, if it is due and no other
// living process reads it.
func takeReading(ctx context.Context, tx *store.Tx, id, worker int64, now time.Time) (r reading, mine bool, err error) {
	r.tick = true
	if r.source, err = tx.LockSourceByID(ctx, id); err != nil {
		if fettle.CodeOf(err) == fettle.NotFound {
			err = nil
		}
		return r, false, err
	}
	if r.file, err = tx.SourceFile(ctx, id); err != nil || r.source.File == nil || r.file.NextUS == 0 || r.file.NextUS > now.UnixMicro() {
		return r, false, err
	}
	alive, err := tx.WorkerLives(ctx, worker)
	if err != nil || !alive {
		return r, false, err
	}
	if taken, err := tx.WorkerLives(ctx, r.file.Worker); err != nil || taken {
		return r, false, err
	}
	r.file.Worker = worker
	return r, true, tx.PutSourceFile(ctx, r.file)
}

// settleReading writes down what a reading came to, and when the next one is.
func (e *Engine) settleReading(ctx context.Context, r reading, out fettle.SourceReading, k known, failed error) error {
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		s, err := tx.LockSourceByID(ctx, r.source.ID)
		if fettle.CodeOf(err) == fettle.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		f, err := tx.SourceFile(ctx, s.ID)
		if err != nil || s.File == nil {
			return err
		}
		now := time.Now()
		switch {
		case f.Worker == r.file.Worker:
			f.Worker = 0
		case r.tick:
			return nil // this process was taken for lost, and another one reads it
		}
		if r.tick || failed == nil {
			if err := r.schedule(s, &f, k, failed, now); err != nil {
				return err
			}
		}
		if k.refused { // nothing is new
			return tx.PutSourceFile(ctx, f)
		}
		before := s.Detail
		s.LastUS, s.Bodies, s.Detail, f.Outcome = now.UnixMicro(), s.Bodies+1, "", out.Outcome
		if failed != nil {
			s.Detail, f.Outcome = detailOf(failed), fettle.FileFailed
		} else if err := e.remember(&s, &f, r, out, k); err != nil {
			return err
		}
		if _, err := tx.PutSource(ctx, s); err != nil {
			return err
		}
		if err := tx.PutSourceFile(ctx, f); err != nil {
			return err
		}
		if s.Detail == "" || s.Detail == before || !r.tick {
			return nil
		}
		how := failureOf(failed, k)
		if how == failedForNow && r.retries() {
			return nil // it was told when it failed first
		}
		return e.tellFile(ctx, tx, s, saysAgain(f, how, now), now)
	})
	if err == nil {
		e.events.Publish("source", r.source.Name)
	}
	return err
}

// remember notes what was read. Where the source was defined otherwise meanwhile,
// nothing is: the next tick reads it anew.
func (e *Engine) remember(s *store.Source, f *store.SourceFile, r reading, out fettle.SourceReading, k known) error {
	same, err := r.readSo(*s)
	if err == nil && same {
		f.Refused, f.RefusedETag, f.RefusedModified = "", "", ""
		f.ETag, f.Modified, f.Digest, f.Columns = k.etag, k.modified, k.digest, k.columns
	}
	if v := out.Import; v != nil {
		f.Import, f.Rows = v.ID, v.Read
		s.Records += v.Created + v.Updated
	}
	return err
}

// readSo reports whether a source is still defined as it was when it was read.
func (r reading) readSo(s store.Source) (bool, error) {
	was, err := howRead(r.source.Source)
	if err != nil {
		return false, err
	}
	is, err := howRead(s.Source)
	return was == is, err
}

// detailOf says what went wrong to people who look at the list.
func detailOf(err error) string {
	if fettle.CodeOf(err) == fettle.Internal {
		return "it could not be imported; the server's log says why"
	}
	return text.Clip(text.Storable(fettle.AsError(err).Message), 300)
}

// tellFile tells that a file could not be imported, once for each thing that is wrong.
func (e *Engine) tellFile(ctx context.Context, tx *store.Tx, s store.Source, again string, now time.Time) error {
	return e.Channels.Raise(ctx, tx, notify.Event{
		Type: fettle.EventSourceFails, Notice: "source_failing", Subject: "source:" + s.Name, Once: "source:" + s.Name + ":" + now.Format(time.RFC3339Nano),
		Message: fmt.Sprintf("The file of %s was not imported: %s.%s", s.Label, s.Detail, again), Data: map[string]any{"source": s.Name, "reason": s.Detail},
	})
}

// whileOurs has a reading of the schedule break off when this process was taken for lost:
// another one reads the file then.
func (e *Engine) whileOurs(ctx context.Context, r reading, lost func()) func(done, total int64) {
	if !r.tick {
		return nil
	}
	return func(int64, int64) {
		err := e.db.View(ctx, func(tx *store.Tx) error {
			f, err := tx.SourceFile(ctx, r.source.ID)
			if err == nil && f.Worker != r.file.Worker {
				lost()
			}
			return err
		})
		if err != nil {
			e.log.DebugContext(ctx, "who reads a file could not be asked", "source", r.source.Name, "error", err)
		}
	}
}
