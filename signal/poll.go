package signal

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/identity/employment"
	"fettle/past"
	"fettle/store"
)

// PollField is the field that holds what a poll found last of each record: its
// cell is what the poll pays for.
func PollField(name string) string { return expr.PollField(name) }

// pollRetry is when a record is asked about again of which nothing could be
// verified, unless the rule says so.
const pollRetry = fettle.Interval(7 * 24 * time.Hour)

// PollOutput is what a polled operation says in a sentence; it is what its field
// holds.
const PollOutput = "employment"

// checkPoll checks a rule that asks a provider.
func checkPoll(def fettle.SignalRule) (fettle.SignalRule, error) {
	for _, c := range []struct {
		key    string
		lacks  bool
		remedy string
	}{
		{"audience", def.Audience == "", "Say of whom it asks: audience: champions."},
		{"provider", def.Provider == "", "Say whom it asks: provider: sandbox/job_change."},
		{"inputs", len(def.Inputs) == 0, "Say what is sent: inputs: {linkedin_url: linkedin_url, title: title, company_domain: company_domain}."},
		{"every", def.Every <= 0, "Say how long an answer counts: every: 30d."},
	} {
		if c.lacks {
			return def, fettle.Errorf(fettle.Invalid, "%s is missing", c.key).WithHint("%s", c.remedy).With("key", c.key)
		}
	}
	for key, said := range map[string]bool{"when": def.When != "", "from": len(def.From) > 0, "to": len(def.To) > 0, "details": len(def.Details) > 0, "hook": def.Hook != nil, "settle": def.Settle != 0} {
		if said {
			return def, fettle.Errorf(fettle.Invalid, "a poll has no %s: the answer says what changed", key).WithHint("Leave %s out.", key).With("key", key)
		}
	}
	def.Write = cmp.Or(def.Write, fettle.Overwrite)
	if def.Retry == 0 {
		def.Retry = min(pollRetry, def.Every)
	}
	return def, nil
}

// PollDefinition is the enrichment by which a poll asks, under all the promises
// of one: its cell is (record, signal), fresh for as long as an answer counts.
func PollDefinition(name string, def fettle.SignalRule) fettle.Definition {
	outs := append(fettle.Outputs{{Name: PollOutput, Field: PollField(name)}}, def.Outputs...)
	return fettle.Definition{
		Audience: []string{def.Audience}, Steps: []fettle.Step{{Provider: def.Provider, Inputs: def.Inputs, Options: def.Options}}, Outputs: outs,
		Write: def.Write, Follow: true, Refresh: def.Every, NotFoundRetry: def.Every, UnsureRetry: def.Retry, Poll: name, Schedule: def.Schedule, Limit: def.Limit,
	}
}

// polled reports whether an entry is what a poll's enrichment found.
func polled(x store.SignalRule, c store.ChangeEvent) bool {
	return c.Kind == store.ChangeUpdate && c.From.Kind == store.OriginEnrichment && c.From.RefID == x.Enrichment && x.Enrichment != 0 &&
		c.Attempt != 0 && c.Names(PollField(x.Name))
}

// poll tells what a page of the log says a poll found.
func (r *Reader) poll(ctx context.Context, tx *store.Tx, x store.SignalRule, entries []store.ChangeEvent, now time.Time) (n int, err error) {
	entries = slices.DeleteFunc(entries, func(c store.ChangeEvent) bool { return !polled(x, c) })
	tellings, err := pollTellings(ctx, tx, x, entries)
	if err != nil {
		return 0, err
	}
	told, err := Tell(ctx, tx, r.channels, x.Entity, tellings, now)
	for _, t := range told {
		if t.Outcome == Added {
			n++
		}
	}
	return n, err
}

// pollTellings makes tellings of what a poll found. A first check of a record is
// a baseline: it is told only where the change began within the rule's look_back.
func pollTellings(ctx context.Context, tx *store.Tx, x store.SignalRule, entries []store.ChangeEvent) ([]Telling, error) {
	ids, records := make([]int64, len(entries)), make([]int64, len(entries))
	for i, c := range entries {
		ids[i], records[i] = c.Attempt, c.Record
	}
	attempts, err := tx.AttemptsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	calls := make(map[int64]store.Attempt, len(attempts))
	for _, a := range attempts {
		calls[a.ID] = a
	}
	last, newest, err := lastPolled(ctx, tx, x, records)
	if err != nil {
		return nil, err
	}
	known, err := knownJobs(ctx, tx, entries)
	if err != nil {
		return nil, err
	}
	var out []Telling
	for _, c := range entries {
		if t, ok := confirms(x, c, calls[c.Attempt], known[c.Record], newest[c.Record]); ok {
			out = append(out, t)
			continue
		}
		t, ok := pollTelling(x, c, calls[c.Attempt])
		if !ok {
			continue
		}
		if t.From = known[c.Record]; len(last[c.Record]) > 0 && !agree(Folded(last[c.Record]), Folded(t.To)) {
			t.From = last[c.Record] // it is compared with the last verdict, not with the record
		}
		last[c.Record] = t.To
		out = append(out, t)
	}
	return out, nil
}

// knownJobs is what records hold of people's jobs, but for what the entries
// themselves wrote of them.
func knownJobs(ctx context.Context, tx *store.Tx, entries []store.ChangeEvent) (map[int64]map[string]string, error) {
	out := map[int64]map[string]string{}
	ids := make([]int64, len(entries))
	for i, c := range entries {
		ids[i] = c.Record
	}
	into, err := tx.Aliases(ctx, ids)
	if err != nil {
		return nil, err
	}
	whole := make([]int64, len(ids))
	for i, id := range ids {
		whole[i] = cmp.Or(into[id], id)
	}
	slices.Sort(whole)
	held, err := tx.Records(ctx, fettle.People, slices.Compact(whole), []string{"title", "company_domain"}, []string{"name"})
	if err != nil {
		return nil, err
	}
	by := make(map[int64]*store.Record, len(held))
	for _, r := range held {
		by[r.ID] = r
	}
	for _, c := range entries {
		r := by[cmp.Or(into[c.Record], c.Record)]
		if r == nil {
			continue
		}
		job := map[string]string{"title": heldText(r.Value("title")), "company": heldText(r.Value("company_domain")), "company_name": heldText(r.CompanyValue("name"))}
		for name, field := range map[string]string{"title": "title", "company": "company_domain"} {
			if was, ok := before(c, field); ok {
				job[name] = was
			}
		}
		out[c.Record] = nonBlank(job)
	}
	return out, nil
}

// heldText is a value as a signal holds it; blank for none.
func heldText(v any) string {
	if v == nil {
		return ""
	}
	return clipped(fettle.FormatValue(v))
}

// before is what a field was before an entry, if that wrote it.
func before(c store.ChangeEvent, field string) (was string, ok bool) {
	if !c.Names(field) {
		return "", false
	}
	all, err := past.Changes(c.Changes)
	var held any
	if err != nil || json.Unmarshal(all[field].Old, &held) != nil {
		return "", false
	}
	return heldText(held), true
}

// lastPolled is what the poll told last of records, as it stands, and the newest
// signal of its type of each that it is no witness of.
func lastPolled(ctx context.Context, tx *store.Tx, x store.SignalRule, records []int64) (last map[int64]map[string]string, newest map[int64]*store.Signal, err error) {
	into, err := tx.Aliases(ctx, records)
	if err != nil {
		return nil, nil, err
	}
	now := make([]int64, len(records))
	for i, id := range records {
		now[i] = cmp.Or(into[id], id)
	}
	slices.Sort(now)
	known, err := tx.SignalsOf(ctx, slices.Compact(now))
	if err != nil {
		return nil, nil, err
	}
	last, newest = map[int64]map[string]string{}, map[int64]*store.Signal{}
	for _, id := range records {
		for _, s := range known[cmp.Or(into[id], id)] {
			if s.Type != x.Type || s.RetractedUS != 0 {
				continue
			}
			if newest[id] = &s; s.Rule == x.ID {
				last[id] = s.To
			}
		}
	}
	return last, newest, unwitnessed(ctx, tx, x, newest)
}

// unwitnessed leaves out the signals that the poll told, or is a witness of.
func unwitnessed(ctx context.Context, tx *store.Tx, x store.SignalRule, newest map[int64]*store.Signal) error {
	ids := make([]int64, 0, len(newest))
	for _, s := range newest {
		ids = append(ids, s.ID)
	}
	slices.Sort(ids)
	told, err := tx.Witnesses(ctx, slices.Compact(ids))
	maps.DeleteFunc(newest, func(_ int64, s *store.Signal) bool {
		return slices.ContainsFunc(told[s.ID], func(w store.Witness) bool { return w.Rule == x.ID && w.GoneUS == 0 })
	})
	return err
}

// confirms makes another witness of the newest change of a record of an answer by
// which the person is where that change led, and was elsewhere, or called otherwise,
// when the poll asked last. It never makes a signal: what the record holds may be a
// difference of two sources.
func confirms(x store.SignalRule, c store.ChangeEvent, a store.Attempt, job map[string]string, newest *store.Signal) (Telling, bool) {
	if employment.Verdict(heldText(a.Outputs["verdict"])) != employment.StillThere || newest == nil || first(x, c) {
		return Telling{}, false
	}
	is, led := Folded(job), newest.ToKey
	if !agree(is, led) || !share(is, led) || newest.AtUS > c.AtUS {
		return Telling{}, false
	}
	return Telling{
		Record: c.Record, Type: x.Type, To: newest.To, AtUS: c.AtUS, Source: a.Provider, Rule: x.ID, OriginID: c.Origin, ChangeID: c.ID, Actor: c.Actor,
		Evidence: heldText(a.Outputs["evidence"]), Details: map[string]string{},
	}, true
}

// pollTelling makes a telling of one answer; none where nothing changed.
func pollTelling(x store.SignalRule, c store.ChangeEvent, a store.Attempt) (Telling, bool) {
	said := func(name string) string { return heldText(a.Outputs[name]) }
	verdict := employment.Verdict(said("verdict"))
	if !verdict.Change() {
		return Telling{}, false
	}
	t := Telling{
		Record: c.Record, Type: x.Type, Kind: string(verdict), AtUS: c.AtUS, Source: a.Provider, Rule: x.ID, OriginID: c.Origin, ChangeID: c.ID, Actor: c.Actor,
		Evidence: said("evidence"), Details: map[string]string{},
	}
	t.SinceUS, _ = ParseSince(said("since"))
	t.To = nonBlank(map[string]string{"title": said("title"), "company": said("company_domain"), "company_name": said("company_name")})
	if first(x, c) && (x.LookBack == 0 || t.SinceUS == 0 || t.SinceUS < c.AtUS-time.Duration(x.LookBack).Microseconds()) {
		return Telling{}, false
	}
	return t, true
}

func nonBlank(values map[string]string) map[string]string {
	maps.DeleteFunc(values, func(_, v string) bool { return v == "" })
	return values
}

// first reports whether an entry is the first check of its record.
func first(x store.SignalRule, c store.ChangeEvent) bool {
	was, ok := before(c, PollField(x.Name))
	return !ok || was == "" // nothing is told of what cannot be read
}
