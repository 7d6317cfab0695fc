package deliver

import (
	"context"
	"maps"
	"slices"
	"time"

	"fettle"
	"fettle/provider/declarative"
	"fettle/store"
)

// How many records a dry run looks at, at the most, and how many it shows.
const (
	checkAtMost = 10_000
	samples     = 20
)

// Check says what would be written of the first records of the audience. It reads
// what is there, decides as what writes does, and writes nothing.
func (d *Destinations) Check(ctx context.Context, actor fettle.Actor, name string, records int) (fettle.DestinationCheck, error) {
	out := fettle.DestinationCheck{Outcomes: map[fettle.SendOutcome]int64{}, Properties: []fettle.PropertyCheck{}, Samples: []fettle.CheckSample{}}
	if err := mayWrite(actor); err != nil {
		return out, err
	}
	var dest store.Destination
	var p *program
	var ids []int64
	err := d.cfg.DB.View(ctx, func(tx *store.Tx) (err error) {
		if dest, err = tx.Destination(ctx, name); err != nil {
			return err
		}
		if p, err = d.compile(ctx, tx, dest.Destination); err != nil {
			return err
		}
		if out.Audience, err = tx.Count(ctx, p.entity, p.where); err != nil {
			return err
		}
		ids, err = tx.MemberIDs(ctx, p.entity, p.where, 0, min(records, checkAtMost))
		return err
	})
	if err != nil {
		return out, err
	}
	s, err := d.reach(dest)
	if err != nil {
		return out, err
	}
	c := check{d: d, dest: dest, p: p, s: s, out: &out, holders: map[string]int64{}, properties: map[string]*fettle.PropertyCheck{}}
	for _, f := range p.fields {
		c.properties[f.property] = &fettle.PropertyCheck{Property: f.property}
	}
	for part := range slices.Chunk(ids, most) {
		if err := c.part(ctx, part); err != nil {
			return out, err
		}
	}
	for _, k := range slices.Sorted(maps.Keys(c.properties)) {
		out.Properties = append(out.Properties, *c.properties[k])
	}
	per := int64(s.def.AtATime(declarative.OpWrite))
	out.Calls = (out.Outcomes[fettle.SendWritten] + per - 1) / per
	return out, nil
}

// check is a dry run under way.
type check struct {
	d          *Destinations
	dest       store.Destination
	p          *program
	s          *service
	out        *fettle.DestinationCheck
	holders    map[string]int64
	properties map[string]*fettle.PropertyCheck
}

func (c *check) part(ctx context.Context, ids []int64) error {
	var items []item
	err := c.d.cfg.DB.View(ctx, func(tx *store.Tx) (err error) {
		items, err = c.p.look(ctx, tx, c.dest.ID, ids, c.holders, time.Now())
		return err
	})
	if err != nil {
		return err
	}
	var remote []string
	for _, x := range items {
		if x.outcome == "" {
			remote = append(remote, x.remote)
		}
	}
	held := map[string]there{}
	if c.s.read != nil && len(remote) > 0 {
		in, bad, err := c.d.present(ctx, c.dest, c.s, c.p, remote)
		if err != nil {
			return err
		}
		if bad != nil {
			return fettle.Errorf(fettle.Unavailable, "%s does not say what is there: %s", c.dest.Label, bad.Message).WithHint("Check its key and its address, and try again.")
		}
		held = in
	}
	for _, x := range items {
		c.count(x, held[x.remote])
	}
	return nil
}

func (c *check) count(x item, in there) {
	c.out.Looked++
	if x.outcome != "" {
		c.out.Outcomes[x.outcome]++
		return
	}
	if in.later != nil {
		c.out.Outcomes[fettle.SendRetried]++
		return
	}
	dec := c.p.decide(x, in, c.s.read != nil, func(property string, is verdict) {
		p := c.properties[property]
		switch is {
		case isBlank:
			p.Blank++
		case isFill:
			p.Fills++
		case isSame:
			p.Same++
		case isKept:
			p.Keeps++
		case isReplaced:
			p.Replaces++
		}
	})
	c.out.Outcomes[dec.outcome]++
	if dec.outcome == fettle.SendWritten && len(c.out.Samples) < samples {
		c.out.Samples = append(c.out.Samples, fettle.CheckSample{RecordID: x.record, RemoteID: x.remote, Changes: dec.changes})
	}
}
