package notify

import (
	"context"
	"encoding/json"
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
		if ch.ID != e.except && e.wantedBy(ch) && (ch.Owner == "" || ch.OwnerField != "") {
			k := [2]string{ch.Owner, ch.OwnerField}
			groups[k] = append(groups[k], ch)
		}
	}
	if len(groups) == 0 {
		return nil
	}
	if e.Records, err = standing(ctx, tx, e.Entity, e.Records); err != nil {
		return err
	}
	for _, k := range slices.SortedFunc(maps.Keys(groups), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		if err := c.raiseFor(ctx, tx, e, k[0], k[1], groups[k]); err != nil {
			return err
		}
	}
	return nil
}

// standing leaves out records that are gone, and keeps the others from going until
// the transaction ends: erasing one could not find an event that is not yet there.
func standing(ctx context.Context, tx *store.Tx, entity fettle.Entity, all []About) ([]About, error) {
	ids := make([]int64, len(all))
	for i, a := range all {
		ids[i] = a.ID
	}
	slices.Sort(ids)
	found, err := tx.LockRecords(ctx, entity, slices.Compact(ids), nil)
	there := make(map[int64]bool, len(found))
	for _, r := range found {
		there[r.ID] = true
	}
	return slices.DeleteFunc(slices.Clone(all), func(a About) bool { return !there[a.ID] }), err
}

// keys are the fields by which a program finds a record again, beside its name.
var keys = []string{"external_id", "email", "linkedin_url", "domain"}

// aboutFields are what of records is told: their name, what finds them, and who
// owns them. owned is false where no record of the entity has such an owner.
func aboutFields(ctx context.Context, tx *store.Tx, entity fettle.Entity, ownerField string) (fields, company []string, owned bool, err error) {
	all, err := tx.Fields(ctx, entity)
	if err != nil {
		return nil, nil, false, err
	}
	for _, f := range all {
		if f.Key == "name" || f.Key == ownerField || slices.Contains(keys, f.Key) {
			fields = append(fields, f.Key)
		}
		owned = owned || f.Key == ownerField
	}
	if entity == fettle.People {
		theirs, err := tx.Fields(ctx, fettle.Companies)
		if err != nil {
			return nil, nil, false, err
		}
		if slices.ContainsFunc(theirs, func(f fettle.Field) bool { return f.Key == "name" }) {
			company = []string{"name"}
		}
	}
	return fields, company, owned, nil
}

// folded is an owner as owners are compared: without regard to case and white
// space.
func folded(owner string) string { return strings.ToLower(strings.Join(strings.Fields(owner), " ")) }

// raiseFor tells channels of those records whose field says that they are an
// owner's; with no owner of all.
func (c *Channels) raiseFor(ctx context.Context, tx *store.Tx, e Event, owner, field string, to []store.Channel) error {
	fields, company, owned, err := aboutFields(ctx, tx, e.Entity, field)
	if err != nil || owner != "" && !owned {
		return err // nobody owns records of the kind
	}
	var chunk []told
	flush := func() error {
		if len(chunk) == 0 {
			return nil
		}
		one := e
		one.Message, one.Data = e.records(chunk)
		one.about = make([]int64, len(chunk))
		for i, t := range chunk {
			one.about[i] = t.ID
		}
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
				t.read(r, fields, len(company) > 0)
				if owned {
					t.owner = words(r.Value(field))
				}
			}
			if owner != "" && folded(t.owner) != folded(owner) {
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
	keys                 map[string]string
}

// read takes what is told of a record.
func (t *told) read(r *store.Record, fields []string, company bool) {
	t.keys = map[string]string{}
	for _, f := range fields {
		switch v := words(r.Value(f)); {
		case f == "name":
			t.name = v
		case slices.Contains(keys, f):
			t.keys[f] = v
		}
	}
	if company {
		t.company = words(r.CompanyValue("name"))
	}
}

// line is a record as people read it: company, person, owner, and what happened.
func (t *told) line() string {
	who := slices.DeleteFunc([]string{t.company, t.name, t.owner}, func(s string) bool { return s == "" })
	line := strings.Join(who, ", ")
	if line == "" {
		line = fmt.Sprintf("record %d", t.ID)
	}
	if t.Text != "" {
		line += ": " + t.Text
	}
	return strings.Join(strings.Fields(line), " ")
}

func words(v any) string {
	if v == nil {
		return ""
	}
	return fettle.FormatValue(v)
}

// records is the message and the data of an event about records.
func (e Event) records(list []told) (string, map[string]any) {
	items, lines := make([]map[string]any, len(list)), make([]string, len(list))
	for i, t := range list {
		lines[i] = t.line()
		items[i] = map[string]any{"id": t.ID, "text": lines[i]}
		said := map[string]string{"name": t.name, "company": t.company, "owner": t.owner}
		maps.Copy(said, t.keys)
		for k, v := range said {
			if v != "" {
				items[i][k] = v
			}
		}
		maps.Copy(items[i], t.Data)
	}
	data := map[string]any{"entity": e.Entity, "records": items}
	maps.Copy(data, e.Data)
	return shortened(lines, len(lines)), data
}

// shortened is the first of lines, and how many more of all there are.
func shortened(lines []string, all int) string {
	lines = lines[:min(len(lines), linesMost)]
	if n := all - len(lines); n > 0 {
		return strings.Join(lines, "\n") + fmt.Sprintf("\nand %d more", n)
	}
	return strings.Join(lines, "\n")
}

// linesOf are the records of an event about records, as people read them.
func linesOf(e store.Event) []string {
	var data struct {
		Records []struct {
			Text string `json:"text"`
		} `json:"records"`
	}
	if !fettle.KindOf(e.Type).Records || json.Unmarshal([]byte(e.Data), &data) != nil {
		return nil
	}
	out := make([]string, len(data.Records))
	for i, r := range data.Records {
		out[i] = r.Text
	}
	return out
}

// Erased takes erased records out of what channels were told and are told yet.
func Erased(ctx context.Context, tx *store.Tx, ids []int64) error {
	all, err := tx.LockEventsAbout(ctx, ids)
	if err != nil || len(all) == 0 {
		return err
	}
	gone := map[string]bool{}
	for _, id := range ids {
		gone[itoa(id)] = true
	}
	for i := range all {
		e := &all[i]
		var data map[string]json.RawMessage
		var records []map[string]json.RawMessage
		if err := json.Unmarshal([]byte(e.Data), &data); err != nil {
			return err
		}
		if err := json.Unmarshal(data["records"], &records); err != nil {
			return err
		}
		records = slices.DeleteFunc(records, func(r map[string]json.RawMessage) bool { return gone[string(r["id"])] })
		if data["records"], err = json.Marshal(records); err != nil {
			return err
		}
		b, err := json.Marshal(data)
		if err != nil {
			return err
		}
		e.Data = string(b)
		if e.Message = "erased"; len(records) > 0 {
			lines := linesOf(*e)
			e.Message = shortened(lines, len(lines))
		}
		if data["message"], err = json.Marshal(e.Message); err != nil {
			return err
		}
		if b, err = json.Marshal(data); err != nil {
			return err
		}
		e.Data = string(b)
	}
	return tx.RewriteEvents(ctx, all, ids)
}
