package ingest_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"fettle"
	"fettle/identity"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// The model does one row at a time, with maps, what the door does for many rows
// at once.

var modelFields = []string{"external_id", "name", "email", "title", "linkedin_url"}

// modelKeys are the keys that records can share.
var modelKeys = []string{"pe:a@x.com", "pe:b@x.com", "pe:c@x.com", "pe:d@x.com", "pl:in/a1", "pl:in/b2", "pl:in/c3", "pl:in/d4"}

type modelRecord struct {
	values map[string]any
	hand   map[string]bool
}

type model struct {
	recs    map[int64]*modelRecord // those that exist
	holder  map[identity.Key]int64
	alias   map[int64]int64
	lastID  int64
	merges  int64
	clashes int64
}

func newModel() *model {
	return &model{recs: map[int64]*modelRecord{}, holder: map[identity.Key]int64{}, alias: map[int64]int64{}}
}

func (m *model) keysOf(id int64) map[identity.KeyKind][]string {
	out := map[identity.KeyKind][]string{}
	for k, holder := range m.holder {
		if holder == id && k.Kind != identity.RowKey {
			out[k.Kind] = append(out[k.Kind], k.Value)
		}
	}
	return out
}

// upsert gives the id of the record that the row went to.
func (m *model) upsert(source string, row map[string]any, policy fettle.WritePolicy, blank bool) int64 {
	get := func(f string) any { return row[f] }
	keys := identity.Keys(fettle.People, source, get, identity.Options{})
	if len(keys) == 0 {
		keys = append(keys, identity.FingerprintKey(source, get, slices.Sorted(slices.Values(modelFields))))
	}
	var d identity.Decision
	for {
		candidates := map[int64]identity.Candidate{}
		for _, k := range keys {
			if id := m.holder[k]; id != 0 {
				candidates[id] = identity.Candidate{Record: id, Keys: m.keysOf(id)}
			}
		}
		d = identity.Decide(keys, m.holder, candidates)
		if !m.mergeOne(d) {
			break
		}
	}
	seen := map[int64]bool{}
	for _, c := range d.Conflicts {
		seen[c.Record] = true
	}
	m.clashes += int64(len(seen))
	id := d.Record
	if id == 0 {
		m.lastID++
		id = m.lastID
	}
	r := m.recs[id]
	if r == nil {
		r = &modelRecord{values: map[string]any{}, hand: map[string]bool{}}
		m.recs[id] = r
		maps.Copy(r.values, row)
	}
	for _, f := range modelFields {
		m.write(r, f, row[f], policy, blank, false)
	}
	for _, k := range keys {
		if m.holder[k] == 0 {
			m.holder[k] = id
		}
	}
	return id
}

func (m *model) write(r *modelRecord, f string, v any, policy fettle.WritePolicy, blank, hand bool) {
	old := r.values[f]
	switch {
	case v == nil && !blank, v == old:
		return
	case !hand && v != nil && old != nil && (f == "external_id" || f == "email" && identity.SameAddress(fettle.Email, v.(string), old.(string))):
		return // the first list's id stays, and a form of the address
	case old != nil && !hand && (policy == fettle.FillBlanks || policy == fettle.Overwrite && r.hand[f]):
		return
	}
	r.values[f] = v
	r.hand[f] = hand
}

func (m *model) mergeOne(d identity.Decision) bool {
	for _, other := range d.Merge {
		a, b := d.Record, other
		if m.recs[a] == nil && m.recs[b] == nil {
			continue
		}
		if m.recs[a] == nil || (m.recs[b] != nil && b < a) {
			a, b = b, a
		}
		m.merge(a, b)
		return true
	}
	return false
}

func (m *model) merge(survivor, loser int64) {
	m.merges++
	if l := m.recs[loser]; l != nil {
		s := m.recs[survivor]
		for f, v := range l.values {
			if s.values[f] == nil && v != nil {
				s.values[f], s.hand[f] = v, l.hand[f]
			}
		}
		delete(m.recs, loser)
	}
	for k, holder := range m.holder {
		if holder == loser {
			m.holder[k] = survivor
		}
	}
	for id, into := range m.alias {
		if into == loser {
			m.alias[id] = survivor
		}
	}
	m.alias[loser] = survivor
}

// op is one step of a run.
type op struct {
	kind   string
	source string
	rows   []map[string]any
	policy fettle.WritePolicy
	blank  bool
	record int64
	value  any
}

func drawRow(t *rapid.T) map[string]any {
	pick := func(name string, values ...string) any {
		s := rapid.SampledFrom(append(values, "", "")).Draw(t, name)
		if s == "" {
			return nil
		}
		return s
	}
	row := map[string]any{
		"external_id":  pick("id", "1", "2", "3", "4"),
		"name":         pick("name", "Ann", "Bob"),
		"email":        pick("email", "a@x.com", "b@x.com", "c@x.com", "d@x.com", "A@X.com"),
		"title":        pick("title", "CEO", "CTO", "CFO"),
		"linkedin_url": pick("linkedin", "linkedin.com/in/a1", "https://www.linkedin.com/in/b2/", "linkedin.com/in/c3", "linkedin.com/in/d4"),
	}
	if identity.Blank(func(f string) any { return row[f] }, modelFields) {
		row["name"] = "Nobody"
	}
	return row
}

func drawOp(t *rapid.T) op {
	o := op{kind: rapid.SampledFrom([]string{"upsert", "upsert", "upsert", "upsert", "hand", "delete"}).Draw(t, "op")}
	switch o.kind {
	case "upsert":
		o.source = rapid.SampledFrom([]string{"crm", "csv"}).Draw(t, "source")
		for range rapid.IntRange(1, 12).Draw(t, "rows") {
			o.rows = append(o.rows, drawRow(t))
		}
		o.policy = rapid.SampledFrom([]fettle.WritePolicy{fettle.Overwrite, fettle.Overwrite, fettle.FillBlanks}).Draw(t, "policy")
		o.blank = rapid.Bool().Draw(t, "blank")
	case "hand":
		o.record, o.value = rapid.Int64Range(1, 12).Draw(t, "record"), rapid.SampledFrom([]string{"Boss", "CEO"}).Draw(t, "value")
	case "delete":
		o.record = rapid.Int64Range(1, 12).Draw(t, "record")
	}
	return o
}

// TestUpsertIsLikeTheModel runs the same steps through the door and the model.
func TestUpsertIsLikeTheModel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		origins := [3]int64{origin(t, db, store.OriginImport, "file"), origin(t, db, store.OriginPerson, "ann"), origin(t, db, store.OriginUndo, "x")}
		most := 25
		if db.Postgres() {
			most = 8
		}
		runs := 0
		rapid.Check(t, func(rt *rapid.T) {
			ops := rapid.SliceOfN(rapid.Custom(drawOp), 1, most).Draw(rt, "ops")
			if runs++; db.Postgres() && runs > 25 {
				return // each run is slower there
			}
			run := &doorRun{t: rt, m: newModel(), origins: origins}
			err := db.Update(context.Background(), func(tx *store.Tx) error {
				if err := run.begin(tx); err != nil {
					return err
				}
				for _, o := range ops {
					if err := run.step(tx, o); err != nil {
						return err
					}
				}
				return errRollback
			})
			if !errors.Is(err, errRollback) {
				rt.Fatal(err)
			}
		})
	})
}

var errRollback = errors.New("roll back")

type doorRun struct {
	ended   bool // records share a key: the model knows nothing of that
	t       *rapid.T
	m       *model
	origins [3]int64
	base    int64 // the id before the first record of this run
}

func (d *doorRun) begin(tx *store.Tx) error {
	next, err := tx.NextID(context.Background(), store.SeqRecord)
	d.base = next - 1
	return err
}

func (d *doorRun) step(tx *store.Tx, o op) error {
	ctx := context.Background()
	if d.ended {
		return nil
	}
	switch o.kind {
	case "upsert":
		return d.upsert(ctx, tx, o)
	case "hand":
		id := o.record
		if into, ok := d.m.alias[id]; ok {
			id = into
		}
		if r := d.m.recs[id]; r != nil {
			d.m.write(r, "title", o.value, "", false, true)
		}
		_, err := ingest.Values(ctx, tx, ingest.ValuesInput{
			Entity: fettle.People, Origin: d.origins[1], Hand: true, Actor: "ann", Now: now,
			Writes: []ingest.Write{{Record: d.base + o.record, Field: "title", Value: o.value, Valid: true}},
		})
		return err
	case "delete":
		delete(d.m.recs, o.record)
		_, err := ingest.Delete(ctx, tx, ingest.DeleteInput{Entity: fettle.People, IDs: []int64{d.base + o.record}, Origin: d.origins[2], Actor: "ann", Now: now})
		return err
	}
	return nil
}

func (d *doorRun) upsert(ctx context.Context, tx *store.Tx, o op) error {
	in := ingest.UpsertInput{
		Entity: fettle.People, Source: o.source, Origin: d.origins[0], Actor: "ann", Now: now, Fields: modelFields, Policy: o.policy, Blank: o.blank,
	}
	var want []int64
	there, clashes, merges := len(d.m.recs), d.m.clashes, d.m.merges
	for i, row := range o.rows {
		r := ingest.Row{Line: i + 2}
		for _, f := range modelFields {
			r.Values = append(r.Values, row[f])
		}
		in.Rows = append(in.Rows, r)
		want = append(want, d.m.upsert(o.source, row, o.policy, o.blank))
	}
	dry := in
	dry.DryRun = &ingest.Overlay{}
	would, err := ingest.Upsert(ctx, tx, dry)
	if err != nil {
		return err
	}
	got, err := ingest.Upsert(ctx, tx, in)
	if err != nil {
		return err
	}
	// A row that another row of the batch takes back may count as unchanged or
	// updated when records are merged between the two.
	if would.Created != got.Created || would.Updated+would.Unchanged != got.Updated+got.Unchanged || would.Merged != got.Merged || would.Conflicts != got.Conflicts {
		d.t.Fatalf("a dry run said %v, the run did %v", would.Outcomes, got.Outcomes)
	}
	sharing, err := tx.FirstSharing(ctx, modelKeys)
	if err != nil {
		return err
	}
	if d.ended = len(sharing) > 0 || got.Shares(); d.ended {
		return nil
	}
	for i := range want {
		for d.m.alias[want[i]] != 0 {
			want[i] = d.m.alias[want[i]]
		}
		got.Records[i] -= d.base
	}
	if !slices.Equal(want, got.Records) {
		d.t.Fatalf("rows went to %v, want %v", got.Records, want)
	}
	if more := int64(len(d.m.recs) - there); got.Created-got.Joined != more || got.Conflicts != d.m.clashes-clashes {
		d.t.Fatalf("created %d less %d, conflicts %d; want %d, %d", got.Created, got.Joined, got.Conflicts, more, d.m.clashes-clashes)
	}
	if sum := got.Created + got.Updated + got.Unchanged + got.Merged; sum != int64(len(o.rows)) || got.Merged != int64(len(got.Merges)) {
		d.t.Fatalf("%d rows count as %d; %d merged, %d listed", len(o.rows), sum, got.Merged, len(got.Merges))
	}
	if d.m.merges > merges && got.Merged == 0 {
		d.t.Fatalf("no row is merged, %d records were", d.m.merges-merges)
	}
	return d.compare(ctx, tx)
}

// compare compares every record.
func (d *doorRun) compare(ctx context.Context, tx *store.Tx) error {
	var ids []int64
	for id := range d.m.lastID {
		ids = append(ids, d.base+id+1)
	}
	found, err := tx.Records(ctx, fettle.People, ids, modelFields, nil)
	if err != nil {
		return err
	}
	if len(found) != len(d.m.recs) {
		d.t.Fatalf("%d records, want %d", len(found), len(d.m.recs))
	}
	for _, r := range found {
		want := d.m.recs[r.ID-d.base]
		if want == nil {
			d.t.Fatalf("record %d is there", r.ID-d.base)
		}
		for _, f := range modelFields {
			if r.Value(f) != want.values[f] {
				d.t.Fatalf("record %d: %s is %v, want %v", r.ID-d.base, f, r.Value(f), want.values[f])
			}
		}
	}
	aliases, err := tx.Aliases(ctx, ids)
	if err != nil {
		return err
	}
	if len(aliases) != len(d.m.alias) {
		d.t.Fatalf("aliases %v, want %v", aliases, d.m.alias)
	}
	for id, into := range d.m.alias {
		if aliases[d.base+id]-d.base != into {
			d.t.Fatalf("%d leads to %d, want %d", id, aliases[d.base+id]-d.base, into)
		}
	}
	return nil
}
