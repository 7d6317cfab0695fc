package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"fettle"
	"fettle/engine"
)

// Selection names records: by id, all of an audience, or all that a query shows.
type Selection struct {
	IDs      []int64       `json:"ids,omitempty" nullable:"false" minItems:"1" maxItems:"10000"`
	Audience string        `json:"audience,omitempty" doc:"All of its members; where and search narrow them."`
	Entity   fettle.Entity `json:"entity,omitempty" doc:"All records of it; where and search narrow them."`
	Where    string        `json:"where,omitempty" doc:"CEL over a record."`
	Search   string        `json:"search,omitempty" doc:"Text to find in names, emails and domains."`
	Except   []int64       `json:"except,omitempty" nullable:"false" minItems:"1" maxItems:"10000" doc:"Of all that a query shows: not these."`
	Confirm  bool          `json:"confirm,omitempty" doc:"Deleting and running them need it."`
}

func (b Selection) chosen() engine.Chosen {
	return engine.Chosen{IDs: b.IDs, Except: b.Except, Query: engine.Query{Entity: b.Entity, Audience: b.Audience, Where: b.Where, Search: b.Search}}
}

// whole reports whether ids, or one audience and nothing else, name the records.
func (b Selection) whole() bool {
	return b.Entity == "" && b.Where == "" && b.Search == "" && len(b.Except) == 0
}

// resolve gives the ids or the audience whose records are meant.
func (s *server) resolve(ctx context.Context, a fettle.Actor, b Selection) (ids []int64, audience string, err error) {
	if b.whole() {
		return b.IDs, b.Audience, nil
	}
	if ids, err = s.engine.ChosenIDs(ctx, a, b.chosen()); err == nil && len(ids) == 0 {
		err = fettle.Errorf(fettle.NotFound, "no record is chosen").WithHint("Look at the list again: what was shown may have changed.")
	}
	return ids, "", err
}

// changed is how many records something was done to, and the change set that it is.
type changed struct {
	Count int64  `json:"count"`
	Set   string `json:"set,omitempty" doc:"By which it is taken back; absent where it cannot be."`
}

func (s *server) chosenRoutes() {
	handle(s, route{http.MethodPost, "/records/chosen", "countChosen", "What a choice of records comes to, before something is done to them", "records"},
		func(ctx context.Context, a fettle.Actor, in *struct{ Body Selection }) (engine.ChosenView, error) {
			return s.engine.CountChosen(ctx, a, in.Body.chosen())
		})
	s.runRecordsRoute()
	handle(s, route{http.MethodPost, "/records/delete", "deleteRecords", "Delete records: by id, all of an audience, or all that a query shows", "records"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				Selection
				Erase bool `json:"erase,omitempty" doc:"Their history and match keys too."`
			}
		},
		) (changed, error) {
			return s.deleteRecords(ctx, a, in.Body.Selection, in.Body.Erase)
		})
	handle(s, route{http.MethodPost, "/records/suppress", "suppressRecords", "Keep records from being enriched, or let them again", "records"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				Selection
				Off bool `json:"off,omitempty" doc:"Enrich them again."`
			}
		},
		) (changed, error) {
			ids, audience, err := s.resolve(ctx, a, in.Body.Selection)
			if err != nil {
				return changed{}, err
			}
			began := time.Now()
			n, err := s.engine.SuppressRecords(ctx, a, ids, audience, !in.Body.Off)
			return s.changed(ctx, a, n, began), err
		})
	handle(s, route{http.MethodPost, "/records/set", "setField", "Set one field of many records by hand, all or none", "records"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				Selection
				Field   string `json:"field"`
				Value   any    `json:"value" doc:"null clears."`
				How     string `json:"how,omitempty" enum:"set,add,remove" doc:"A multi_select takes a value more (add), or one less (remove); set unless said."`
				Preview bool   `json:"preview,omitempty" doc:"Only count what would change; nothing is written."`
			}
		},
		) (engine.SetView, error) {
			b := in.Body
			return s.engine.SetField(ctx, a, engine.SetInput{Chosen: b.chosen(), Field: b.Field, Value: b.Value, How: b.How, Confirm: b.Confirm, Preview: b.Preview})
		})
}

func (s *server) runRecordsRoute() {
	handle(s, route{http.MethodPost, "/enrichments/{name}/records", "runRecords", "Ask for chosen records alone, live or not, once their price is confirmed", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body Selection
		},
		) (fettle.EnrichmentView, error) {
			return s.engine.RunRecords(ctx, a, in.Name, in.Body.chosen(), in.Body.Confirm)
		})
}

func (s *server) deleteRecords(ctx context.Context, a fettle.Actor, b Selection, erase bool) (changed, error) {
	ids, audience, err := s.resolve(ctx, a, b)
	if err != nil {
		return changed{}, err
	}
	if !b.Confirm {
		n := int64(len(ids))
		if audience != "" {
			if n, err = s.engine.CountAudience(ctx, a, audience); err != nil {
				return changed{}, err
			}
		}
		return changed{}, fettle.Errorf(fettle.Confirm, "this deletes %s", fettle.Count(n, "record", "records")).WithHint("Confirm to go ahead (--yes).")
	}
	began := time.Now()
	n, err := s.engine.DeleteRecords(ctx, a, ids, audience, erase)
	return s.changed(ctx, a, n, began), err
}

func (s *server) changed(ctx context.Context, a fettle.Actor, n int64, began time.Time) changed {
	c := changed{Count: n}
	if n > 0 {
		c.Set = s.engine.NewestSet(ctx, a, began)
	}
	return c
}

// idList reads ids between commas.
func idList(text string) ([]int64, error) {
	var out []int64
	for _, part := range splitList(text) {
		id, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return nil, fettle.Errorf(fettle.Invalid, "%.40q is no record's id", part).WithHint("Give the ids of records between commas.")
		}
		out = append(out, id)
	}
	return out, nil
}
