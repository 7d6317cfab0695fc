package signal

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/internal/text"
	"fettle/notify"
	"fettle/store"
)

// Bounds of one telling.
const (
	MaxValues   = 40   // texts by name, of from, to or details
	maxValue    = 4096 // characters of one text
	maxSenderID = 200  // bytes: an index holds no long text
)

// Telling is one telling of a signal.
type Telling struct {
	Record   int64 // of whom it is told; what it became part of gets the signal
	Type     string
	Kind     string
	From     map[string]string
	To       map[string]string
	Details  map[string]string
	AtUS     int64
	SinceUS  int64 // 0: not known
	Source   string
	Rule     int64
	SenderID string
	Evidence string
	OriginID int64 // of the write that told it
	ChangeID int64 // the entry of the change log that told it
	Actor    string
	Version  int64 // of the origin of a new signal: whether somebody was asked about what it opens
	NoRun    bool  // live enrichments do not follow it
	Sample   bool
}

// The outcomes of a telling.
const (
	Added    = "signal"   // it is a new signal
	Witness  = "witness"  // of one that there was
	Repeated = "repeated" // the sender had said it already
	Gone     = "gone"     // there is no such record
)

// Told is what became of a telling.
type Told struct {
	Outcome string
	Signal  int64
	Record  int64 // whose signal it is
}

// clipped makes a text storable.
func clipped(s string) string {
	return text.Clip(strings.TrimSpace(text.Storable(s)), maxValue)
}

// SenderID is a sender's own id of what it tells, as it is kept: the rest of a long
// one as its digest, so that no two ids become one.
func SenderID(s string) string {
	s = strings.TrimSpace(text.Storable(s))
	if len(s) <= maxSenderID {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return text.Clip(s, maxSenderID/8) + hex.EncodeToString(sum[:])
}

// sinceOf reads when something happened: a date, a time, or text such as 2025-02
// and 2025.
func sinceOf(v any) int64 {
	switch v := v.(type) {
	case fettle.Day:
		if t := v.Time(); !t.IsZero() {
			return t.UnixMicro()
		}
	case time.Time:
		return v.UnixMicro()
	case string:
		us, _ := ParseSince(v)
		return us
	}
	return 0
}

// ParseSince reads when something happened, in microseconds; a month is its
// first day.
func ParseSince(s string) (us int64, ok bool) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano, "2006-01", "2006-1", "2006/01", "01/2006", "January 2006", "Jan 2006", "2006"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 1900 && t.Year() < 2200 {
			return t.UnixMicro(), true
		}
	}
	return 0, false
}

// sourceName is who told a change, as the Data Hub names it.
func sourceName(s *set) string {
	if s.from.Kind == store.OriginPerson {
		return "by hand"
	}
	return cmp.Or(s.from.Name, s.from.Kind)
}

// teller takes tellings of the records of one entity.
type teller struct {
	tx       *store.Tx
	channels *notify.Channels
	entity   fettle.Entity
	now      time.Time
	known    map[int64][]*store.Signal // by record; of a new one the id is 0
	changed  map[*store.Signal]bool    // of those that there were
	events   []note                    // what stands from now on, and its first telling
	notes    []note
}

// note is a witness of a signal that may have no id yet.
type note struct {
	signal  *store.Signal
	telling Telling
}

// Tell takes tellings, in their order: each is a new signal or another witness
// of one that there is. It writes what changes, what channels are told of it, and
// the entries of the change log, which come last in a transaction.
func Tell(ctx context.Context, tx *store.Tx, channels *notify.Channels, entity fettle.Entity, all []Telling, now time.Time) ([]Told, error) {
	t := &teller{tx: tx, channels: channels, entity: entity, now: now}
	out, err := t.tell(ctx, all)
	if err == nil && len(t.events) > 0 {
		if err = t.raise(ctx); err == nil {
			err = t.log(ctx)
		}
	}
	return out, err
}

// Rehearse is Tell in a transaction that is rolled back, to see what would come of
// it: channels and the change log learn nothing.
func Rehearse(ctx context.Context, tx *store.Tx, entity fettle.Entity, all []Telling, now time.Time) ([]Told, error) {
	t := &teller{tx: tx, entity: entity, now: now}
	return t.tell(ctx, all)
}

// tell makes signals and witnesses of tellings, and writes them.
func (t *teller) tell(ctx context.Context, all []Telling) ([]Told, error) {
	tx := t.tx
	out := make([]Told, len(all))
	if len(all) == 0 {
		return out, nil
	}
	ids, err := people(ctx, tx, t.entity, all)
	if err != nil {
		return nil, err
	}
	sent, err := sentBefore(ctx, tx, all)
	if err != nil {
		return nil, err
	}
	records := slices.DeleteFunc(slices.Sorted(maps.Values(ids)), func(id int64) bool { return id == 0 })
	t.changed, t.known = map[*store.Signal]bool{}, map[int64][]*store.Signal{}
	known, err := tx.SignalsOf(ctx, slices.Compact(records))
	if err != nil {
		return nil, err
	}
	for id, all := range known {
		for i := range all {
			t.known[id] = append(t.known[id], &all[i])
		}
	}
	places := make([]*store.Signal, len(all))
	for i, x := range all {
		record := ids[x.Record]
		out[i] = Told{Outcome: Gone, Record: record}
		if record == 0 {
			continue
		}
		if x.SenderID != "" {
			name := x.Source + "\x00" + x.SenderID
			if w, ok := sent[name]; ok {
				out[i].Outcome, out[i].Signal, places[i] = Repeated, w.id, w.signal
				continue
			}
			out[i].Outcome, places[i] = t.take(record, x)
			sent[name] = sentAs{signal: places[i]}
			continue
		}
		out[i].Outcome, places[i] = t.take(record, x)
	}
	if err := t.write(ctx); err != nil {
		return nil, err
	}
	for i, s := range places {
		if s != nil {
			out[i].Signal = s.ID
		}
	}
	return out, nil
}

// people gives the record that each is now, by the id that it was told of; 0 for
// one that is gone. They stay locked.
func people(ctx context.Context, tx *store.Tx, entity fettle.Entity, all []Telling) (map[int64]int64, error) {
	ids := make([]int64, len(all))
	for i, x := range all {
		ids[i] = x.Record
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	into, err := tx.Aliases(ctx, ids)
	if err != nil {
		return nil, err
	}
	out, now := make(map[int64]int64, len(ids)), make([]int64, 0, len(ids))
	for _, id := range ids {
		out[id] = cmp.Or(into[id], id)
		now = append(now, out[id])
	}
	slices.Sort(now)
	there, err := tx.LockRecords(ctx, entity, slices.Compact(now), nil)
	if err != nil {
		return nil, err
	}
	found := make(map[int64]bool, len(there))
	for _, r := range there {
		found[r.ID] = true
	}
	var gone []int64
	for id, is := range out {
		if !found[is] {
			gone = append(gone, is)
			out[id] = 0
		}
	}
	if into, err = tx.Aliases(ctx, gone); err == nil && len(into) > 0 {
		err = fmt.Errorf("%w: a record was merged", store.ErrMoved)
	}
	return out, err
}

type sentAs struct {
	id     int64
	signal *store.Signal
}

// sentBefore finds what senders have said already, by source and their own id.
func sentBefore(ctx context.Context, tx *store.Tx, all []Telling) (map[string]sentAs, error) {
	bySource := map[string][]string{}
	for _, x := range all {
		if x.SenderID != "" {
			bySource[x.Source] = append(bySource[x.Source], x.SenderID)
		}
	}
	out := map[string]sentAs{}
	for _, source := range slices.Sorted(maps.Keys(bySource)) {
		found, err := tx.SentBefore(ctx, source, bySource[source])
		if err != nil {
			return nil, err
		}
		for id, w := range found {
			out[source+"\x00"+id] = sentAs{id: w.Signal}
		}
	}
	return out, nil
}

// take makes one telling a signal or a witness.
func (t *teller) take(record int64, x Telling) (string, *store.Signal) {
	var typed []*store.Signal
	for _, s := range t.known[record] {
		if s.Type == x.Type && s.Sample == x.Sample {
			typed = append(typed, s)
		}
	}
	from, to := Folded(x.From), Folded(x.To)
	if i := match(typed, told{from: from, to: to, at: x.AtUS, since: x.SinceUS}); i >= 0 {
		s := typed[i]
		t.fill(s, x, from)
		t.notes = append(t.notes, note{s, x})
		return Witness, s
	}
	s := &store.Signal{
		Entity: t.entity, Record: record, Home: x.Record, Type: x.Type, Kind: x.Kind, AtUS: x.AtUS, SinceUS: x.SinceUS, From: x.From, To: x.To, Details: x.Details,
		FromKey: from, ToKey: to, Rule: x.Rule, Sample: x.Sample,
	}
	t.known[record] = append(t.known[record], s)
	t.notes, t.events = append(t.notes, note{s, x}), append(t.events, note{s, x})
	return Added, s
}

// fill gives a signal what a witness knows beside it, and has it stand.
func (t *teller) fill(s *store.Signal, x Telling, from map[string]string) {
	if s.ID != 0 {
		t.changed[s] = true
	}
	s.Kind = cmp.Or(s.Kind, x.Kind)
	s.SinceUS = cmp.Or(s.SinceUS, x.SinceUS)
	if len(s.From) == 0 {
		s.From, s.FromKey = x.From, from
	}
	details := maps.Clone(x.Details)
	if details == nil {
		details = map[string]string{}
	}
	maps.Copy(details, s.Details)
	if len(details) <= MaxValues {
		s.Details = details
	}
	if s.RetractedUS != 0 {
		s.RetractedUS = 0
		t.events = append(t.events, note{s, x})
	}
}

// write writes signals and witnesses.
func (t *teller) write(ctx context.Context) error {
	var fresh, changed []store.Signal
	var news []*store.Signal
	for _, n := range t.events {
		if n.signal.ID == 0 {
			news, fresh = append(news, n.signal), append(fresh, *n.signal)
		}
	}
	if err := t.tx.AddSignals(ctx, fresh); err != nil {
		return err
	}
	for i, s := range news {
		s.ID = fresh[i].ID
	}
	for s := range t.changed {
		changed = append(changed, *s)
	}
	slices.SortFunc(changed, func(a, b store.Signal) int { return cmp.Compare(a.ID, b.ID) })
	if err := t.tx.PutSignals(ctx, changed); err != nil {
		return err
	}
	told := make([]store.Witness, len(t.notes))
	for i, n := range t.notes {
		x := n.telling
		told[i] = store.Witness{
			Signal: n.signal.ID, Record: x.Record, Source: x.Source, Rule: x.Rule, SenderID: x.SenderID, Origin: x.OriginID, Change: x.ChangeID,
			AtUS: x.AtUS, SinceUS: x.SinceUS, Evidence: x.Evidence,
		}
	}
	return t.tx.AddWitnesses(ctx, told)
}

// raise tells channels of what stands from now on.
func (t *teller) raise(ctx context.Context) error {
	stands := make([]store.Signal, len(t.events))
	for i, n := range t.events {
		stands[i] = *n.signal
	}
	return raise(ctx, t.tx, t.channels, t.entity, stands)
}

// log writes that records got signals.
func (t *teller) log(ctx context.Context) error {
	entries := make([]store.LoggedChange, len(t.events))
	for i, n := range t.events {
		x := n.telling
		origin, err := t.tx.OriginID(ctx, store.Origin{Kind: store.OriginSignal, Name: x.Source, Version: x.Version, Day: fettle.DayOf(t.now), NoRun: x.NoRun})
		if err != nil {
			return err
		}
		entries[i] = store.LoggedChange{
			Record: n.signal.Record, Kind: store.ChangeSignal, Origin: origin, Actor: x.Actor, AtUS: t.now.UnixMicro(), Changes: store.SignalChanges(n.signal.ID),
		}
	}
	return t.tx.LogChanges(ctx, t.entity, entries)
}

// Texts makes texts by name of what somebody posts. What is no text is written
// as JSON. An error is of the key that it gives.
func Texts(said map[string]any) (out map[string]string, key string, err error) {
	if len(said) > MaxValues {
		return nil, "", fettle.Errorf(fettle.Invalid, "%d values", len(said)).WithHint("Send at most %d.", MaxValues)
	}
	out = make(map[string]string, len(said))
	for _, name := range slices.Sorted(maps.Keys(said)) {
		if !fettle.IsFieldKey(name) {
			return nil, name, fettle.Errorf(fettle.Invalid, "%.80q is no name", name).WithHint("Use lower-case letters, digits and underscores, starting with a letter.")
		}
		v := said[name]
		switch v.(type) {
		case nil:
			continue
		case string, float64, bool:
		default:
			doc, err := json.Marshal(v)
			if err != nil {
				return nil, name, err
			}
			v = json.RawMessage(doc)
		}
		if s := clipped(fettle.FormatValue(v)); s != "" {
			out[name] = s
		}
	}
	return out, "", nil
}

// KindOf is the kind of a telling, or the one that its values tell.
func KindOf(t Telling) string { return kindUnless(t.Kind, t) }
