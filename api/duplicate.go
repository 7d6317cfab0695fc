package api

import (
	"context"
	"net/http"

	"fettle"
	"fettle/engine"
)

// pairBody names two records.
type pairBody struct {
	RecordID int64  `json:"record_id"`
	OtherID  int64  `json:"other_id"`
	Decision string `json:"decision" enum:"apart,later,open" doc:"apart: they are two, and no import makes them one. later: show them behind the others. open: decide anew."`
}

type mergeBody struct {
	SurvivorID int64    `json:"survivor_id" doc:"The record that stays. Its values win, but for those of take."`
	LoserID    int64    `json:"loser_id" doc:"The record that becomes part of it."`
	Take       []string `json:"take,omitempty" doc:"Fields in which the loser's value wins. Blanks of the survivor are filled anyway."`
}

type unmergeBody struct {
	MergeID  int64 `json:"merge_id,omitempty" doc:"The merge to undo; or name a record."`
	RecordID int64 `json:"record_id,omitempty" doc:"The record that was merged away, or the one that it became part of: its last merge is undone."`
	ID       int64 `json:"id,omitempty" doc:"The number of either, where only one of them fits."`
}

// PairPath names two records.
type PairPath struct {
	ID    int64 `path:"id"`
	Other int64 `path:"other"`
}

// duplicateRoutes are the review queue: records that may be one.
func (s *server) duplicateRoutes() {
	handle(s, route{http.MethodGet, "/duplicates", "listDuplicates", "Pairs of records that may be one: conflicts first, then what is most likely", "duplicates"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Entity string `query:"entity" required:"true" enum:"people,companies"`
			State  string `query:"state" enum:"open,apart,later" default:"open"`
			Kind   string `query:"kind" enum:"conflict,likely,split,named" doc:"All without it."`
			Record int64  `query:"record" doc:"Only pairs with this record."`
			After  string `query:"after" doc:"The next of the page before."`
			Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
		},
		) (list[fettle.DuplicateView], error) {
			items, next, err := s.engine.Duplicates(ctx, a, engine.DuplicatesQuery{
				Entity: fettle.Entity(in.Entity), State: in.State, Kind: in.Kind, Record: in.Record, After: in.After, Limit: in.Limit,
			})
			return list[fettle.DuplicateView]{Items: items, Next: next}, err
		})
	handle(s, route{http.MethodGet, "/duplicates/counts", "countDuplicates", "How much there is to review", "duplicates"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Entity string `query:"entity" required:"true" enum:"people,companies"`
		},
		) (fettle.DuplicateCounts, error) {
			return s.engine.DuplicateCounts(ctx, a, fettle.Entity(in.Entity))
		})
	handle(s, route{http.MethodGet, "/duplicates/{id}/{other}", "getDuplicate", "Two records side by side, with what speaks for and against their being one", "duplicates"},
		func(ctx context.Context, a fettle.Actor, in *PairPath) (fettle.DuplicateDetail, error) {
			return s.engine.Duplicate(ctx, a, in.ID, in.Other)
		})
	handle(s, route{http.MethodPost, "/duplicates/decide", "decideDuplicate", "Keep two records apart, or decide later", "duplicates"},
		func(ctx context.Context, a fettle.Actor, in *struct{ Body pairBody }) (fettle.DuplicateView, error) {
			return s.engine.DecideDuplicate(ctx, a, in.Body.RecordID, in.Body.OtherID, in.Body.Decision)
		})
	handle(s, route{http.MethodPost, "/duplicates/merge", "mergeRecords", "Make two records one, value by value", "duplicates"},
		func(ctx context.Context, a fettle.Actor, in *struct{ Body mergeBody }) (fettle.MergeView, error) {
			return s.engine.MergeRecords(ctx, a, in.Body.SurvivorID, in.Body.LoserID, in.Body.Take)
		})
	handle(s, route{http.MethodPost, "/duplicates/unmerge", "unmergeRecords", "Make two records of one again; each gets its own back", "duplicates"},
		func(ctx context.Context, a fettle.Actor, in *struct{ Body unmergeBody }) (fettle.MergeView, error) {
			b := in.Body
			id := max(b.ID, b.MergeID, b.RecordID)
			if id <= 0 || b.ID+b.MergeID+b.RecordID != id {
				return fettle.MergeView{}, fettle.Errorf(fettle.Invalid, "what to take apart is not said").WithHint("Send one of merge_id, record_id and id.")
			}
			return s.engine.UnmergeRecords(ctx, a, id, b.MergeID != 0, b.RecordID != 0)
		})
	handle(s, route{http.MethodPost, "/duplicates/split", "splitRecord", "Make a record of its own of one of the ids of a record that has several of one list", "duplicates"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				RecordID int64  `json:"record_id"`
				Key      string `json:"key" doc:"The id, as the list of duplicates shows it: external:crm:17, or 17."`
			}
		},
		) (fettle.DuplicateView, error) {
			return s.engine.SplitRecord(ctx, a, in.Body.RecordID, in.Body.Key)
		})
	handle(s, route{http.MethodPost, "/duplicates/find", "findDuplicates", "Look for likely duplicates now", "duplicates"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				Entity string `json:"entity" enum:"people,companies"`
			}
		},
		) (fettle.DuplicateCounts, error) {
			return s.engine.FindDuplicates(ctx, a, fettle.Entity(in.Body.Entity))
		})
	handle(s, route{http.MethodGet, "/merges", "listMerges", "Merges of records: first those that wait, then the newest", "duplicates"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Record int64 `query:"record" doc:"Only those of this record."`
			Before int64 `query:"before" doc:"Go on below the merge with this number."`
			Limit  int   `query:"limit" minimum:"1" maximum:"1000" default:"50"`
		},
		) (list[fettle.MergeView], error) {
			return listOf(s.engine.Merges(ctx, a, in.Record, in.Before, in.Limit))
		})
}
