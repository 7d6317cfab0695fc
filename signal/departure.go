package signal

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"fettle"
	"fettle/identity"
	"fettle/notify"
	"fettle/store"
)

// checkDepartures checks a rule that raises signals of companies whom people left.
func checkDepartures(def fettle.SignalRule) error {
	if def.Entity != fettle.Companies {
		return fettle.Errorf(fettle.Invalid, "departures are of companies").WithHint("Write entity: companies.").With("key", "entity")
	}
	for key, said := range map[string]bool{
		"when": def.When != "", "from": len(def.From) > 0, "to": len(def.To) > 0, "details": len(def.Details) > 0, "since": def.Since != "", "kind": def.Kind != "",
		"hook": def.Hook != nil, "settle": def.Settle != 0, "by": def.By != "",
	} {
		if said {
			return fettle.Errorf(fettle.Invalid, "a departure has no %s: the signal of who left says what happened", key).WithHint("Leave %s out.", key).With("key", key)
		}
	}
	return nil
}

// departs reports whether an entry may say that somebody left a company, or that
// this is no more so.
func departs(c store.ChangeEvent) bool {
	switch c.Kind {
	case store.ChangeSignal, store.ChangeRetract, store.ChangeMerge, store.ChangeUnmerge, store.ChangeDelete:
		return c.Entity == fettle.People
	}
	return false
}

// departing is a page of the log read for a rule over departures. What it raises
// stands for one signal of a person: it is taken back, stands again, becomes part
// of another and goes as that does.
type departing struct {
	tx       *store.Tx
	channels *notify.Channels
	kept     store.SignalRule
	now      time.Time

	said   map[int64]store.ChangeEvent // person's signal → the entry that told of it
	raised map[int64]store.Signal      // person's signal → what was raised for it

	added, changed []store.Signal
	told           []store.Witness
	ended          []store.Witness
	entries        []store.LoggedChange
	telling        []store.Signal // what channels are told of
}

// departures makes what is raised on companies agree with the signals of people
// that a page of the log names.
func (r *Reader) departures(ctx context.Context, tx *store.Tx, x store.SignalRule, entries []store.ChangeEvent, now time.Time) (int, error) {
	d := &departing{tx: tx, channels: r.channels, kept: x, now: now, said: map[int64]store.ChangeEvent{}, raised: map[int64]store.Signal{}}
	signals, err := d.read(ctx, slices.DeleteFunc(entries, func(c store.ChangeEvent) bool { return !departs(c) }))
	if err != nil || len(signals) == 0 {
		return 0, err
	}
	if err := d.raise(ctx, signals); err != nil {
		return 0, err
	}
	if err := d.follow(ctx, signals); err != nil {
		return 0, err
	}
	err = d.write(ctx)
	return len(d.entries), err
}

// read gives the signals that the entries are about: their own, and those of
// records that were merged, came apart or were deleted.
func (d *departing) read(ctx context.Context, entries []store.ChangeEvent) ([]store.Signal, error) {
	var ids, records []int64
	for _, c := range entries {
		if id := c.Signal(); id != 0 {
			ids = append(ids, id)
			d.said[id] = c
		} else {
			records = append(records, c.Record)
		}
	}
	own, err := d.tx.SignalsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	parts, err := d.tx.AliasesInto(ctx, records)
	if err != nil {
		return nil, err
	}
	for _, more := range parts {
		records = append(records, more...)
	}
	home, err := d.tx.SignalsAtHome(ctx, records)
	if err != nil {
		return nil, err
	}
	all := map[int64]store.Signal{}
	for _, s := range slices.Concat(own, home) {
		if s.Entity == fettle.People && !s.Sample {
			all[s.ID] = s
		}
	}
	ids = slices.Collect(maps.Keys(all))
	for _, s := range all {
		if s.Into != 0 {
			ids = append(ids, s.Into)
		}
	}
	raised, err := d.tx.SignalsCausedBy(ctx, ids)
	for _, s := range raised {
		if s.Rule == d.kept.ID {
			d.raised[s.Cause] = s
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b store.Signal) int { return cmp.Compare(a.ID, b.ID) }), err
}

// raise makes new signals for those of people that stand and have none.
func (d *departing) raise(ctx context.Context, signals []store.Signal) error {
	var left []store.Signal
	for _, s := range signals {
		_, has := d.raised[s.ID]
		if _, said := d.said[s.ID]; said && !has && stands(s) && (s.Kind == fettle.KindMoved || s.Kind == fettle.KindLeft) {
			left = append(left, s)
		}
	}
	if len(left) == 0 {
		return nil
	}
	companies, names, err := d.companies(ctx, left)
	if err != nil {
		return err
	}
	told, err := d.tx.Witnesses(ctx, idsOf(left))
	if err != nil {
		return err
	}
	for _, s := range left {
		company := companies[s.ID]
		if company == 0 {
			continue // it is no record
		}
		from := nonBlank(map[string]string{"person": names[s.Record], "title": s.From["title"]})
		v := store.Signal{
			Entity: fettle.Companies, Record: company, Home: company, Type: d.kept.Type, Kind: s.Kind, AtUS: s.AtUS, SinceUS: s.SinceUS, From: from, To: s.To,
			Details: map[string]string{"person_id": strconv.FormatInt(s.Record, 10)}, FromKey: Folded(from), ToKey: Folded(s.To), Rule: d.kept.ID, Cause: s.ID,
		}
		w := store.Witness{Record: company, Rule: d.kept.ID, AtUS: s.AtUS, SinceUS: s.SinceUS}
		for _, t := range told[s.ID] {
			if w.Source == "" && t.GoneUS == 0 {
				w.Source, w.Evidence = t.Source, t.Evidence
			}
		}
		d.added, d.told = append(d.added, v), append(d.told, w)
	}
	return nil
}

// companies finds the records of the companies that people left, by the person's
// signal, and the names of these people: by the company's domain, or the company
// of the person whose name it is.
func (d *departing) companies(ctx context.Context, left []store.Signal) (at map[int64]int64, names map[int64]string, err error) {
	var keys []string
	var people []int64
	domain := map[int64]string{}
	for _, s := range left {
		people = append(people, s.Record)
		for _, name := range []string{"company_domain", "domain", "company"} {
			if k, ok := identity.Domain(s.From[name]); ok && domain[s.ID] == "" {
				domain[s.ID] = identity.Key{Kind: identity.DomainKey, Value: k}.Stored(fettle.Companies)
				keys = append(keys, domain[s.ID])
			}
		}
	}
	found, err := d.tx.MatchKeys(ctx, keys)
	if err != nil {
		return nil, nil, err
	}
	slices.Sort(people)
	records, err := d.tx.Records(ctx, fettle.People, slices.Compact(people), []string{"name"}, []string{"name"})
	if err != nil {
		return nil, nil, err
	}
	at, names = map[int64]int64{}, map[int64]string{}
	theirs := map[int64]*store.Record{}
	for _, r := range records {
		names[r.ID], theirs[r.ID] = heldText(r.Value("name")), r
	}
	for _, s := range left {
		at[s.ID] = found[domain[s.ID]]
		if r := theirs[s.Record]; at[s.ID] == 0 && r != nil {
			is := company(heldText(r.CompanyValue("name")))
			if is != "" && (is == company(s.From["company"]) || is == company(s.From["company_name"])) {
				at[s.ID] = r.CompanyID
			}
		}
	}
	return at, names, d.lock(ctx, at)
}

// lock keeps companies from being merged or deleted meanwhile; of one that is gone
// nothing is raised.
func (d *departing) lock(ctx context.Context, at map[int64]int64) error {
	ids := slices.Sorted(maps.Values(at))
	ids = slices.DeleteFunc(slices.Compact(ids), func(id int64) bool { return id == 0 })
	locked, err := d.tx.LockRecords(ctx, fettle.Companies, ids, nil)
	there := map[int64]bool{}
	for _, r := range locked {
		there[r.ID] = true
	}
	maps.DeleteFunc(at, func(_, id int64) bool { return !there[id] })
	return err
}

// follow has what was raised become what became of the signals of people.
func (d *departing) follow(ctx context.Context, signals []store.Signal) error {
	told, err := d.tx.Witnesses(ctx, idsOf(slices.Collect(maps.Values(d.raised))))
	if err != nil {
		return err
	}
	for _, s := range signals {
		v, ok := d.raised[s.ID]
		if !ok {
			continue
		}
		was := v
		root, part := d.raised[s.Into]
		switch {
		case s.Into != 0:
			if part && root.ID != v.ID {
				v.Record, v.Into = 0, root.ID
			}
		case s.Record == 0:
			v.Record = 0 // the person was deleted
		default:
			if v.Record == 0 {
				v.Into = 0
				if v.Record, err = d.home(ctx, v); err != nil {
					return err
				}
			}
			v.RetractedUS = s.RetractedUS
		}
		if v.Record == was.Record && v.Into == was.Into && v.RetractedUS == was.RetractedUS {
			continue
		}
		d.changed = append(d.changed, v)
		for _, w := range told[v.ID] {
			if w.GoneUS != v.RetractedUS {
				w.GoneUS = v.RetractedUS
				d.ended = append(d.ended, w)
			}
		}
		if c, said := d.said[s.ID]; said && v.Record != 0 && v.RetractedUS != was.RetractedUS {
			d.log(v, c)
		}
	}
	return nil
}

// home is the company of which a signal was first told, as it is now; 0 where it
// was deleted.
func (d *departing) home(ctx context.Context, v store.Signal) (int64, error) {
	into, err := d.tx.Aliases(ctx, []int64{v.Home})
	if err != nil {
		return 0, err
	}
	at := map[int64]int64{v.ID: cmp.Or(into[v.Home], v.Home)}
	err = d.lock(ctx, at)
	return at[v.ID], err
}

func (d *departing) log(v store.Signal, c store.ChangeEvent) {
	d.telling = append(d.telling, nameless(v))
	kind := store.ChangeSignal
	if v.RetractedUS != 0 {
		kind = store.ChangeRetract
	}
	d.entries = append(d.entries, store.LoggedChange{Record: v.Record, Kind: kind, Origin: c.Origin, Actor: c.Actor, AtUS: d.now.UnixMicro(), Changes: store.SignalChanges(v.ID)})
}

// write writes signals, their tellings and the entries of the change log. An
// entry's origin is that of the person's: who wrote it, whether somebody was
// asked about what it opens, and whether live enrichments follow it.
func (d *departing) write(ctx context.Context) error {
	if err := d.tx.AddSignals(ctx, d.added); err != nil {
		return err
	}
	for i, v := range d.added {
		d.told[i].Signal = v.ID
		d.log(v, d.said[v.Cause])
	}
	if err := d.tx.AddWitnesses(ctx, d.told); err != nil {
		return err
	}
	if err := d.tx.PutSignals(ctx, d.changed); err != nil {
		return err
	}
	if err := d.tx.EndWitnesses(ctx, d.ended); err != nil {
		return err
	}
	if err := raise(ctx, d.tx, d.channels, fettle.Companies, d.telling); err != nil {
		return err
	}
	return d.tx.LogChanges(ctx, fettle.Companies, d.entries)
}

// nameless is a signal as channels are told of it: an event is of the company, so
// that erasing the person would not find it.
func nameless(v store.Signal) store.Signal {
	v.From = maps.Clone(v.From)
	delete(v.From, "person")
	v.Details = nil
	return v
}

// stands reports whether a signal is one of a record, and not taken back.
func stands(s store.Signal) bool { return s.Record != 0 && s.RetractedUS == 0 }

func idsOf(all []store.Signal) []int64 {
	ids := make([]int64, len(all))
	for i, s := range all {
		ids[i] = s.ID
	}
	return ids
}
