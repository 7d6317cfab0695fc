package engine

import (
	"cmp"
	"context"
	"maps"
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
	err := e.db.View(ctx, func(tx *store.Tx) error {
		entity, where, err := e.scope(ctx, tx, entity, audience)
		if err != nil {
			return err
		}
		h := &hub{e: e, tx: tx, scope: store.HubScope{Entity: entity, Where: where}, now: time.Now().UTC(), key: store.HubKey(entity, 0)}
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
	now   time.Time

	fields  []fettle.Field
	at      map[string]int // field → its place
	out     []fettle.HubField
	records int64
	fillers map[string][]store.Enrichment // field → the enrichments that fill it
	ages    []map[fettle.Day]int64        // of each field: day → values
}

func (h *hub) view(ctx context.Context) (fettle.HubView, error) {
	if err := h.begin(ctx); err != nil {
		return fettle.HubView{}, err
	}
	if err := h.count(ctx); err != nil {
		return fettle.HubView{}, err
	}
	orphans, err := h.costs(ctx)
	if err != nil {
		return fettle.HubView{}, err
	}
	if err := h.blanks(ctx, orphans); err != nil {
		return fettle.HubView{}, err
	}
	h.fillRest(ctx)
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
	h.at, h.out, h.ages = map[string]int{}, make([]fettle.HubField, len(h.fields)), make([]map[fettle.Day]int64, len(h.fields))
	for i, f := range h.fields {
		h.at[f.Key], h.ages[i] = i, map[fettle.Day]int64{}
		h.out[i] = fettle.HubField{Field: f.Key, Label: f.Label, Type: f.Type, Key: f.KeyField, Sources: map[string]int64{}, FillRest: []fettle.HubFillRest{}, Trend: []fettle.HubDay{}}
	}
	all, err := h.tx.Enrichments(ctx)
	if err != nil {
		return err
	}
	h.fillers = map[string][]store.Enrichment{}
	for _, x := range all {
		if x.Entity != h.scope.Entity {
			continue
		}
		for _, o := range x.Definition.Outputs {
			h.fillers[o.Field] = append(h.fillers[o.Field], x)
		}
	}
	return nil
}

// count counts filled values, their origins and their marks, in one pass.
func (h *hub) count(ctx context.Context) error {
	keys := make([]string, len(h.fields))
	for i, f := range h.fields {
		keys[i] = f.Key
	}
	groups, err := h.tx.HubGroups(ctx, h.scope, keys)
	if err != nil {
		return err
	}
	list, err := h.tx.Origins(ctx)
	if err != nil {
		return err
	}
	origins := make(map[int64]store.Origin, len(list))
	for _, o := range list {
		origins[o.ID] = o
	}
	for _, g := range groups {
		if err := h.addGroup(g, origins); err != nil {
			return err
		}
	}
	for i := range h.out {
		f := &h.out[i]
		if h.records > 0 {
			f.Rate = float64(f.Filled) / float64(h.records)
		}
		f.MedianAgeDays = medianAge(h.ages[i], f.Filled, h.now)
	}
	return nil
}

func (h *hub) addGroup(g store.HubGroup, origins map[int64]store.Origin) error {
	from, err := store.ParseOrigins(g.Origins)
	if err != nil {
		return err
	}
	h.records += g.Records
	for i := range h.out {
		f, filled := &h.out[i], g.Filled[i]
		id, named := from[f.Field]
		if !named {
			id = from[""]
		} else {
			f.Blank.Cleared += g.Records - filled // a blank field whose origin is named
		}
		if filled == 0 {
			continue
		}
		o := origins[id]
		f.Filled += filled
		f.Sources[sourceLabel(o)] += filled
		h.ages[i][o.Day] += filled
		if strings.Contains(g.Invalid, ","+f.Field+",") {
			f.Invalid += filled
		}
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

// costs adds up what calls for the fields cost. It gives the fields for which
// there are calls whose row is gone.
func (h *hub) costs(ctx context.Context) (orphans map[string]bool, err error) {
	costs, err := h.tx.HubCosts(ctx, h.scope)
	if err != nil || len(costs) == 0 {
		return nil, err
	}
	orphans = map[string]bool{}
	asked := map[string]bool{}
	for _, c := range costs {
		for i, field := range c.Fields {
			at, ok := h.at[field]
			if !ok {
				continue // the field was deleted since
			}
			asked[field] = true
			orphans[field] = orphans[field] || c.Orphans > 0
			h.out[at].CostCredits += c.Each
			if i == 0 {
				h.out[at].CostCredits += c.Rest
			}
		}
	}
	bought, err := h.tx.HubBought(ctx, h.scope, slices.Sorted(maps.Keys(asked)))
	for field, b := range bought {
		f := &h.out[h.at[field]]
		f.Stale = b.Stale
		if b.Filled > 0 {
			f.CostPerFilled = f.CostCredits / fettle.Credits(b.Filled)
		}
	}
	return orphans, err
}

// blanks splits the blanks of every field by cause. Each blank counts once:
// what is under way first, then what may have been billed, what was cleared,
// not found, failed, skipped. The rest was never tried.
func (h *hub) blanks(ctx context.Context, orphans map[string]bool) error {
	for i := range h.out {
		f := &h.out[i]
		blank := h.records - f.Filled
		if blank > 0 {
			if err := h.causes(ctx, f, orphans[f.Field]); err != nil {
				return err
			}
		}
		b := &f.Blank
		b.NeverTried = blank - b.Waiting - b.Unknown - b.Cleared - b.NotFound - b.Failed - b.Skipped
	}
	return nil
}

// causes reads why a field's blanks are blank. Those that were cleared are
// counted already, and some of them are under way again.
func (h *hub) causes(ctx context.Context, f *fettle.HubField, orphans bool) error {
	var ids []int64
	for _, x := range h.fillers[f.Field] {
		counts, err := h.tx.RowCounts(ctx, x.ID)
		if err != nil {
			return err
		}
		if len(counts) > 0 {
			ids = append(ids, x.ID)
		}
	}
	found, err := h.tx.HubBlanks(ctx, h.scope, f.Field, ids)
	if err != nil {
		return err
	}
	if orphans {
		more, err := h.tx.HubOrphans(ctx, h.scope, f.Field, ids)
		if err != nil {
			return err
		}
		found = append(found, more...)
	}
	for _, x := range found {
		first := x.Cause < store.HubCleared
		if x.Cleared && !first {
			continue
		}
		if x.Cleared {
			f.Blank.Cleared -= x.Records
		}
		switch x.Cause {
		case store.HubWaiting:
			f.Blank.Waiting += x.Records
		case store.HubUnknown:
			f.Blank.Unknown += x.Records
		case store.HubNotFound:
			f.Blank.NotFound += x.Records
		case store.HubFailed:
			f.Blank.Failed += x.Records
		case store.HubSkipped:
			f.Blank.Skipped += x.Records
		default:
		}
	}
	return nil
}

// fillRest prices the blanks that each enrichment could still fill: those that
// it has not found nothing for.
func (h *hub) fillRest(ctx context.Context) {
	prices := map[int64]fettle.Credits{}
	for i := range h.out {
		f := &h.out[i]
		b := f.Blank
		rows := b.NeverTried + b.Waiting + b.Failed + b.Cleared
		for _, x := range h.fillers[f.Field] {
			price, ok := prices[x.ID]
			if !ok {
				price = h.e.expectedPrice(ctx, h.tx, x)
				prices[x.ID] = price
			}
			f.FillRest = append(f.FillRest, fettle.HubFillRest{Enrichment: x.Name, Rows: rows, ExpectedCredits: price * fettle.Credits(rows)})
		}
	}
}

// expectedPrice is what a row of an enrichment is expected to cost; 0 where
// that is not known.
func (e *Engine) expectedPrice(ctx context.Context, tx *store.Tx, x store.Enrichment) fettle.Credits {
	p, err := e.compile(ctx, tx, x.ID, x.Name, x.Version, x.Definition)
	if err != nil {
		return 0 // cannot run now: its own page says why
	}
	return p.typicalExpected()
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
