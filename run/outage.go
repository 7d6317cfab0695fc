package run

import (
	"context"
	"fmt"
	"time"

	"fettle"
	"fettle/notify"
	"fettle/store"
)

// outageTold is after how long people are told that a provider does not answer: a
// hiccup is over by then, and a minute has not passed.
const outageTold = 20 * time.Second

// outage is a provider that does not answer this process.
type outage struct {
	since time.Time
	told  bool
}

// noteOutages logs which providers stop answering and which answer again, and tells
// people of those that stay away. Nothing is paused by it: the calls wait, and go on
// by themselves.
func (s *sharing) noteOutages(ctx context.Context, down map[string]int64, now time.Time) error {
	for name, o := range s.outages {
		if _, still := down[name]; !still {
			s.w.log.InfoContext(ctx, "a provider answers again", "provider", name, "after", now.Sub(o.since).Round(time.Second))
			delete(s.outages, name)
		}
	}
	for name, until := range down {
		o := s.outages[name]
		if o == nil {
			o = &outage{since: now}
			s.outages[name] = o
			s.w.log.WarnContext(ctx, "a provider does not answer; calls to it are held back", "provider", name, "until", time.UnixMicro(until).UTC())
		}
		if o.told || now.Sub(o.since) < outageTold {
			continue
		}
		if err := s.w.db.Update(ctx, func(tx *store.Tx) error { return s.w.tell(ctx, tx, away(name, o.since)) }); err != nil {
			return err
		}
		o.told = true
	}
	return nil
}

// away is the event of a provider that does not answer. All processes tell it as one,
// and an hour has one of them, however often the provider goes and comes.
func away(name string, since time.Time) notify.Event {
	reason := "it has not answered since " + since.UTC().Format("15:04:05") + " UTC"
	return notify.Event{
		Type: fettle.EventProviderDown, Notice: string(fettle.PausedByProvider), Subject: "provider:" + name,
		Once:    fmt.Sprintf("away:%s:%d", name, since.Unix()/3600),
		Message: name + " does not answer. Its rows wait and go on by themselves; nothing is bought twice.",
		Data:    map[string]any{"provider": name, "reason": reason},
	}
}
