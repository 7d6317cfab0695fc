package engine

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/store"
)

// trendDays is how far back the trend goes.
const trendDays = 90

// Hub gives the Data Hub of an entity or of an audience: how well every field
// is filled, why it is blank, where its values came from and what they cost.
func (e *Engine) Hub(ctx context.Context, actor fettle.Actor, entity fettle.Entity, audience string) (fettle.HubView, error) {
	var v fettle.HubView
	if err := actor.Require(fettle.Viewer, "see the Data Hub"); err != nil {
		return v, err
	}
	if entity == "" && audience == "" {
		entity = fettle.People
	}
	e.conns.Refresh(ctx) // what a miss costs may be the provider's to say
	turn, err := e.hubs.Turn(ctx, hubName{entity, audience})
	if err != nil {
		return v, err
	}
	defer func() {
		turn.Resize(turn.Value.size())
		turn.Give()
	}()
	err = e.db.View(ctx, func(tx *store.Tx) error {
		entity, where, err := e.scope(ctx, tx, entity, audience)
		if err != nil {
			return err
		}
		h := &hub{e: e, tx: tx, kept: turn.Value, actor: actor.Name, scope: store.HubScope{Entity: entity, Where: where}, now: time.Now().UTC(), key: store.HubKey(entity, 0)}
		if audience != "" {
			a, err := tx.Audience(ctx, audience)
			if err != nil {
				return err
			}
			h.key = store.HubKey(entity, a.ID)
		}
		v, err = h.view(ctx)
		v.Audience = audience
		return err
	})
	return v, err
}

// hub is one Data Hub while it is counted.
type hub struct {
	e     *Engine
	tx    *store.Tx
	scope store.HubScope
	key   string // of its stored counts
	kept  *keptHub
	actor string // who looks: a price is within his own limits too
	now   time.Time

	fields  []fettle.Field
	at      map[string]int // field → its place
	out     []fettle.HubField
	records int64
	fillers map[string][]store.Enrichment // field → the enrichments that fill it
	running map[int64]bool                // enrichments that have rows
	undos   map[int64]bool                // origins of what was taken back
	made    string                        // what the counts depend on beside records
}

func (h *hub) view(ctx context.Context) (fettle.HubView, error) {
	if err := h.begin(ctx); err != nil {
		return fettle.HubView{}, err
	}
	total, err := h.counted(ctx)
	if err != nil {
		return fettle.HubView{}, err
	}
	if err := h.show(ctx, total); err != nil {
		return fettle.HubView{}, err
	}
	if err := h.fillRest(ctx); err != nil {
		return fettle.HubView{}, err
	}
	if err := h.trend(ctx); err != nil {
		return fettle.HubView{}, err
	}
	return fettle.HubView{Entity: h.scope.Entity, Records: h.records, Fields: h.out, AsOf: h.now}, nil
}

// begin reads the fields, key fields first, and who fills them.
func (h *hub) begin(ctx context.Context) error {
	var err error
	if h.fields, err = h.tx.Fields(ctx, h.scope.Entity); err != nil {
		return err
	}
	slices.SortStableFunc(h.fields, func(a, b fettle.Field) int {
		if a.KeyField != b.KeyField {
			if a.KeyField {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Position, b.Position)
	})
	h.at, h.out = map[string]int{}, make([]fettle.HubField, len(h.fields))
	for i, f := range h.fields {
		h.at[f.Key] = i
		h.out[i] = fettle.HubField{Field: f.Key, Label: f.Label, Type: f.Type, Key: f.KeyField, Sources: map[string]int64{}, FillRest: []fettle.HubFillRest{}, Trend: []fettle.HubDay{}}
	}
	return h.beginFillers(ctx)
}

// beginFillers reads who fills which field, and notes on what counts depend.
func (h *hub) beginFillers(ctx context.Context) error {
	all, err := h.tx.Enrichments(ctx)
	if err != nil {
		return err
	}
	var made strings.Builder
	_, _ = fmt.Fprintf(&made, "%s %s %#v", h.scope.Entity, h.scope.Where.Text, h.scope.Where.Args)
	for _, f := range h.fields {
		_, _ = fmt.Fprintf(&made, " %s %d", f.Key, f.CreatedAtUS)
	}
	h.fillers, h.running = map[string][]store.Enrichment{}, map[int64]bool{}
	for _, x := range all {
		_, _ = fmt.Fprintf(&made, " %d %d", x.ID, x.LogicVersion)
		if x.Entity != h.scope.Entity {
			continue
		}
		counts, err := h.tx.RowCounts(ctx, x.ID)
		if err != nil {
			return err
		}
		h.running[x.ID] = len(counts) > 0
		for _, o := range x.Definition.Outputs {
			h.fillers[o.Field] = append(h.fillers[o.Field], x)
			_, _ = fmt.Fprintf(&made, " %s", o.Field)
		}
	}
	h.made = made.String()
	undos, err := h.tx.OriginsOfKind(ctx, store.OriginUndo)
	h.undos = asSet(undos)
	return err
}

// show puts what was counted into the view's form.
func (h *hub) show(ctx context.Context, total hubPart) error {
	list, err := h.tx.Origins(ctx)
	if err != nil {
		return err
	}
	origins := make(map[int64]store.Origin, len(list))
	for _, o := range list {
		origins[o.ID] = o
	}
	h.records = total.records
	for i := range h.out {
		f, t := &h.out[i], &total.fields[i]
		f.Filled, f.Invalid, f.Disputed, f.Stale, f.CostCredits = t.filled, t.invalid, t.dispute, t.stale, t.cost
		f.Blank = t.blank
		f.Blank.NeverTried = h.records - t.filled - t.blank.Waiting - t.blank.Unknown - t.blank.Cleared - t.blank.NotFound - t.blank.Failed - t.blank.Skipped - t.blank.TakenBack
		if h.records > 0 {
			f.Rate = float64(f.Filled) / float64(h.records)
		}
		if t.bought > 0 {
			f.CostPerFilled = t.cost / fettle.Credits(t.bought)
		}
		ages := map[fettle.Day]int64{}
		for _, x := range t.sources {
			o := origins[x.origin]
			f.Sources[o.Label()] += x.filled
			ages[o.Day] += x.filled
		}
		f.MedianAgeDays = medianAge(ages, f.Filled, h.now)
	}
	return nil
}

// medianAge is the age in whole days of the middle value of n.
func medianAge(days map[fettle.Day]int64, n int64, now time.Time) float64 {
	if n == 0 {
		return 0
	}
	order := make([]fettle.Day, 0, len(days))
	for d := range days {
		order = append(order, d)
	}
	slices.Sort(order)
	seen := int64(0)
	for _, d := range order {
		if seen += days[d]; seen*2 >= n {
			today := fettle.DayOf(now).Time()
			return max(0, math.Floor(today.Sub(d.Time()).Hours()/24))
		}
	}
	return 0
}

// trend gives the stored counts of the days before, and today's as they are.
func (h *hub) trend(ctx context.Context) error {
	today := fettle.DayOf(h.now)
	stored, err := h.tx.HubDays(ctx, h.key, fettle.DayOf(h.now.AddDate(0, 0, -trendDays)))
	if err != nil {
		return err
	}
	for i := range h.out {
		f := &h.out[i]
		for _, d := range stored[f.Field] {
			if d.Day < string(today) {
				f.Trend = append(f.Trend, d)
			}
		}
		f.Trend = append(f.Trend, fettle.HubDay{Day: string(today), Filled: f.Filled, Records: h.records})
	}
	return nil
}
