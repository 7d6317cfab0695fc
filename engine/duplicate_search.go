package engine

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"fettle"
	"fettle/duplicate"
	"fettle/store"
)

// settingDuplicates is where it is kept how far likely duplicates were looked for.
const settingDuplicates = "duplicates"

// searchState is the last pass of the search, by entity.
type searchState struct {
	Pass    int64 `json:"pass"`
	Change  int64 `json:"change"`   // the newest change when it began
	BegunUS int64 `json:"begun_us"` // of the pass that runs; 0 for none
	EndedUS int64 `json:"ended_us"`
	TookUS  int64 `json:"took_us"`
}

// The times of the search in the background.
const (
	searchLook  = 15 * time.Second // how often it is looked whether records have changed
	searchRest  = 10 * time.Minute // between two passes, or searchShare times what the last took
	searchShare = 20
	searchDead  = 30 * time.Minute // a pass that began longer ago died with its process
)

func readSearched(ctx context.Context, tx *store.Tx) (map[fettle.Entity]searchState, error) {
	out := map[fettle.Entity]searchState{}
	text, ok, err := tx.Setting(ctx, settingDuplicates)
	if err != nil || !ok {
		return out, err
	}
	return out, json.Unmarshal([]byte(text), &out)
}

func writeSearched(ctx context.Context, tx *store.Tx, all map[fettle.Entity]searchState) error {
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return tx.PutSetting(ctx, settingDuplicates, string(text))
}

// FindDuplicates looks for likely duplicates of an entity now.
func (e *Engine) FindDuplicates(ctx context.Context, actor fettle.Actor, entity fettle.Entity) (fettle.DuplicateCounts, error) {
	if err := actor.Require(fettle.Editor, "look for duplicates"); err != nil {
		return fettle.DuplicateCounts{}, err
	}
	entity, err := fettle.ParseEntity(string(entity))
	if err != nil {
		return fettle.DuplicateCounts{}, err
	}
	if err := e.search(ctx, entity, true); err != nil {
		return fettle.DuplicateCounts{}, err
	}
	return e.DuplicateCounts(ctx, actor, entity)
}

// search makes one pass, if one is due or asked for and none runs.
func (e *Engine) search(ctx context.Context, entity fettle.Entity, asked bool) error {
	now := time.Now()
	var s searchState
	begun := false
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		begun = false
		all, err := readSearched(ctx, tx)
		if err != nil {
			return err
		}
		s = all[entity]
		newest, err := tx.NewestChange(ctx)
		if err != nil {
			return err
		}
		if s.BegunUS != 0 && now.UnixMicro()-s.BegunUS < searchDead.Microseconds() {
			if asked {
				return fettle.Errorf(fettle.Refused, "they are being looked for").WithHint("Look at the list in a moment.")
			}
			return nil
		}
		rest := max(searchRest.Microseconds(), searchShare*s.TookUS)
		if !asked && (newest == s.Change || now.UnixMicro()-s.EndedUS < rest) {
			return nil
		}
		s.Pass, s.BegunUS, begun = s.Pass+1, now.UnixMicro(), true
		s.Change = newest
		all[entity] = s
		return writeSearched(ctx, tx, all)
	})
	if err != nil || !begun {
		return err
	}
	res, err := duplicate.Pass(ctx, e.db, entity, s.Pass, now)
	ended := e.db.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		all, err2 := readSearched(ctx, tx)
		if err2 != nil {
			return err2
		}
		s.BegunUS = 0
		if s.EndedUS = time.Now().UnixMicro(); err == nil {
			s.TookUS = s.EndedUS - now.UnixMicro()
		} else {
			s.Change = 0
		}
		all[entity] = s
		return writeSearched(context.WithoutCancel(ctx), tx, all)
	})
	if err == nil {
		err = ended
	}
	if err == nil {
		e.events.Publish("duplicates", "")
		e.log.InfoContext(ctx, "looked for duplicates", "entity", entity, "records", res.Records, "compared", res.Compared, "likely", res.Likely,
			"to_split", res.Splits, "raised", res.Raised, "passed_over", res.PassedOver, "took", time.Since(now).Round(time.Millisecond))
	}
	return err
}

// startSearch looks for likely duplicates in the background, until the returned
// function is called.
func (e *Engine) startSearch(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		for timer := time.NewTimer(0); ; timer.Reset(searchLook) {
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-timer.C:
			}
			for _, entity := range fettle.Entities() {
				if err := e.search(ctx, entity, false); err != nil && ctx.Err() == nil {
					e.log.WarnContext(ctx, "the search for duplicates broke off; it begins anew", "entity", entity, "error", err)
				}
			}
		}
	})
	return func() {
		cancel()
		done.Wait()
	}
}
