package notify

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/store"
)

// recordsMost is how many records one event is about, and linesMost how many of
// them people are shown.
const (
	recordsMost = 100
	linesMost   = 20
)

// About is a record that an event is about.
type About struct {
	ID   int64
	Text string         // what happened to it, for people
	Data map[string]any // what happened to it, for programs: beside id, name, company and owner
}

// raiseRecords is Raise of what happened to records.
func (c *Channels) raiseRecords(ctx context.Context, tx *store.Tx, e Event) error {
	all, err := tx.Channels(ctx)
	if err != nil {
		return err
	}
	groups := map[[2]string][]store.Channel{} // owner and field → channels
	for _, ch := range all {
		if ch.ID != e.except && ch.Kind.Wants(ch.Events, e.Type) && (ch.Owner == "") == (ch.OwnerField == "") {
			k := [2]string{ch.Owner, ch.OwnerField}
			groups[k] = append(groups[k], ch)
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(groups), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		if err := c.raiseFor(ctx, tx, e, k[0], k[1], groups[k]); err != nil {
			return err
		}
	}
	return nil
}

// raiseFor tells channels of those records whose field says that they are an
// owner's; with no field of all.
func (c *Channels) raiseFor(ctx context.Context, tx *store.Tx, e Event, owner, field string, to []store.Channel) error {
	fields, company := []string{"name"}, []string(nil)
	if e.Entity == fettle.People {
		company = []string{"name"}
	}
	if field != "" {
		if _, err := tx.Field(ctx, e.Entity, field); fettle.CodeOf(err) == fettle.NotFound {
			return nil // nobody owns records of the kind
		} else if err != nil {
			return err
		}
		fields = append(fields, field)
	}
	var chunk []told
	flush := func() error {
		if len(chunk) == 0 {
			return nil
		}
		one := e
		one.Message, one.Data = e.records(chunk)
		chunk = nil
		return c.deliver(ctx, tx, one, to, time.Now())
	}
	for page := range slices.Chunk(e.Records, recordsMost) {
		ids := make([]int64, len(page))
		for i, a := range page {
			ids[i] = a.ID
		}
		records, err := tx.Records(ctx, e.Entity, ids, fields, company)
		if err != nil {
			return err
		}
		byID := map[int64]*store.Record{}
		for _, r := range records {
			byID[r.ID] = r
		}
		for _, a := range page {
			t := told{About: a}
			if r := byID[a.ID]; r != nil {
				t.name, t.company = words(r.Value("name")), words(r.CompanyValue("name"))
				if field != "" {
					t.owner = words(r.Value(field))
				}
			}
			if field != "" && !strings.EqualFold(t.owner, owner) {
				continue
			}
			if chunk = append(chunk, t); len(chunk) == recordsMost {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	return flush()
}

// told is a record as it is told.
type told struct {
	About

	name, company, owner string
}

func words(v any) string {
	if v == nil {
		return ""
	}
	return fettle.FormatValue(v)
}

// records is the message and the data of an event about records.
func (e Event) records(list []told) (string, map[string]any) {
	var lines []string
	items := make([]map[string]any, len(list))
	for i, t := range list {
		items[i] = map[string]any{"id": t.ID}
		for k, v := range map[string]string{"name": t.name, "company": t.company, "owner": t.owner} {
			if v != "" {
				items[i][k] = v
			}
		}
		maps.Copy(items[i], t.Data)
		if i < linesMost {
			who := slices.DeleteFunc([]string{t.company, t.name, t.owner}, func(s string) bool { return s == "" })
			line := strings.Join(who, ", ")
			if line == "" {
				line = fmt.Sprintf("record %d", t.ID)
			}
			if t.Text != "" {
				line += ": " + t.Text
			}
			lines = append(lines, line)
		}
	}
	if n := len(list) - linesMost; n > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", n))
	}
	if e.Message != "" {
		lines = append(lines, e.Message)
	}
	data := map[string]any{"entity": e.Entity, "records": items}
	maps.Copy(data, e.Data)
	return strings.Join(lines, "\n"), data
}
