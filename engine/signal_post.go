package engine

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/internal/nearest"
	"fettle/internal/text"
	"fettle/signal"
	"fettle/store"
)

// MaxPosts is the most signals of one PostSignals.
const MaxPosts = 1000

// PostInput is signals of a sender.
type PostInput struct {
	Entity  fettle.Entity // "": people
	Source  string        // "": api
	Signals []fettle.SignalPost
	NoRun   bool // live enrichments do not follow them
	Confirm bool // goes ahead although it spends in live enrichments

	Unstorable map[int]fettle.InvalidValue // why posts, by their place from 0, are not taken: they hold text that cannot be stored
}

// PostSignals takes what somebody says has happened to records, and says of each
// what became of it: a new signal, or another witness of one that there was. Where
// that would put much into live enrichments it is refused with fettle.Confirm,
// before anything is written, unless it is confirmed.
func (e *Engine) PostSignals(ctx context.Context, actor fettle.Actor, in PostInput) (fettle.PostedView, error) {
	view := fettle.PostedView{Signals: []fettle.PostedSignal{}}
	s, err := e.may(ctx, actor, "postSignals")
	if err != nil {
		return view, err
	}
	in.Entity, in.Source = cmp.Or(in.Entity, fettle.People), cmp.Or(in.Source, "api")
	if _, err := fettle.ParseEntity(string(in.Entity)); err != nil {
		return view, err
	}
	if n := len(in.Signals); n == 0 || n > MaxPosts {
		return view, fettle.Errorf(fettle.Invalid, "%d signals at once", n).WithHint("Send 1 to %d at once.", MaxPosts)
	}
	if err := ingest.CheckSource(in.Source); err != nil {
		return view, err
	}
	now := time.Now()
	posts := make([]signal.Posted, len(in.Signals))
	for i, p := range in.Signals {
		if why, is := in.Unstorable[i]; is {
			posts[i] = signal.Posted{Err: fettle.Errorf(fettle.Invalid, "%s", why.Reason).WithHint("Leave it out, and send UTF-8.").With("key", why.Field)}
		} else {
			posts[i] = readPost(p, in.Source, now)
		}
		posts[i].Place = i
	}
	version := unaskedBy(s)
	if unasked(s, in.Confirm) {
		version = store.Confirmed
	} else if !in.NoRun {
		answered, err := e.askPosts(ctx, actor, s, in, posts)
		if err != nil {
			return view, err
		}
		if answered {
			version = store.Answered
		}
	}
	return e.post(ctx, actor, version, in, posts, nil)
}

// post tells what was posted. hook is the body that a hook was sent, nil for none:
// it is looked at again whether its token opens it, for a body may come slowly.
// version says who was asked about what the signals open.
func (e *Engine) post(ctx context.Context, actor fettle.Actor, version int64, in PostInput, posts []signal.Posted, hook *hooked) (fettle.PostedView, error) {
	var view fettle.PostedView
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		if hook != nil {
			if _, _, err := mayHook(ctx, tx, hook.name, hook.token, time.UnixMicro(hook.AtUS)); err != nil {
				return err
			}
		}
		view = fettle.PostedView{Posted: int64(len(posts)), Signals: make([]fettle.PostedSignal, len(posts))}
		at, tellings, err := findPosted(ctx, tx, in.Entity, posts, view.Signals)
		if err != nil {
			return err
		}
		for i := range tellings {
			t := &tellings[i]
			t.Actor, t.NoRun, t.Version = actor.Name, in.NoRun, version
			if hook != nil {
				t.Rule = hook.Rule
			}
		}
		told, err := signal.Tell(ctx, tx, e.Channels, in.Entity, tellings, time.Now())
		if err != nil {
			return err
		}
		var records []int64
		for k, i := range at {
			v := &view.Signals[i]
			v.ID, v.RecordID, v.Outcome = told[k].Signal, told[k].Record, told[k].Outcome
			if v.Outcome == signal.Gone {
				v.Outcome, v.Key, v.Reason = fettle.PostInvalid, "record", "there is no such record"
				continue
			}
			records = append(records, told[k].Record)
		}
		view.Added, view.Witnesses, view.Repeated, view.Invalid = 0, 0, 0, 0
		for _, v := range view.Signals {
			switch v.Outcome {
			case fettle.PostAdded:
				view.Added++
			case fettle.PostWitness:
				view.Witnesses++
			case fettle.PostRepeated:
				view.Repeated++
			default:
				view.Invalid++
			}
		}
		if hook == nil {
			return nil
		}
		return keepPost(ctx, tx, hook.SignalPost, view, records)
	})
	if err != nil {
		return view, err
	}
	if view.Added > 0 {
		e.readSignals(ctx) // a company that somebody left has a vacant seat
		e.worker.Look()
		e.events.Publish("signal", "")
	}
	return view, nil
}

// readPost reads one post. What is wrong with it names its key.
func readPost(p fettle.SignalPost, source string, now time.Time) signal.Posted {
	out := signal.Posted{Match: p.Record}
	t := &out.Telling
	t.Record, t.Type, t.Kind, t.SenderID, t.Evidence = p.RecordID, p.Type, p.Kind, signal.SenderID(p.ID), clip(p.Evidence, 4096)
	t.Source, t.AtUS, t.Sample = source, now.UnixMicro(), p.Sample
	fail := func(key string, err error) signal.Posted {
		out.Err = fettle.AsError(err).With("key", key)
		return out
	}
	if err := fettle.CheckSignalType("type", p.Type); err != nil {
		return fail("type", err)
	}
	if p.Kind != "" {
		if err := fettle.CheckSignalType("kind", p.Kind); err != nil {
			return fail("kind", err)
		}
	}
	if p.Since != "" {
		us, ok := signal.ParseSince(p.Since)
		if !ok {
			return fail("since", fettle.Errorf(fettle.Invalid, "%.40q is no date", p.Since).WithHint("Write 2025-02-03, 2025-02 or a time by RFC 3339."))
		}
		t.SinceUS = us
	}
	for part, x := range map[string]struct {
		said map[string]any
		dest *map[string]string
	}{"from": {p.From, &t.From}, "to": {p.To, &t.To}, "details": {p.Details, &t.Details}} {
		values, key, err := signal.Texts(x.said)
		if err != nil {
			return fail(part+"."+key, err)
		}
		*x.dest = values
	}
	t.Kind = signal.KindOf(*t)
	if t.Record == 0 && len(p.Record) == 0 {
		return fail("record_id", fettle.Errorf(fettle.Invalid, "whose signal it is is not said").WithHint("Send record_id, or record with email, linkedin_url, external_id or domain."))
	}
	return out
}

func clip(s string, most int) string { return text.Clip(strings.TrimSpace(text.Storable(s)), most) }

// findPosted finds the records that posts are about. It gives those that are
// found, by their place among the posts, and says in views what is wrong with
// the others.
func findPosted(ctx context.Context, tx *store.Tx, entity fettle.Entity, posts []signal.Posted, views []fettle.PostedSignal) (at []int, out []signal.Telling, err error) {
	fields, err := tx.Fields(ctx, entity)
	if err != nil {
		return nil, nil, err
	}
	known := make([]string, len(fields))
	for i, f := range fields {
		known[i] = f.Key
	}
	var said []map[string]string
	var sources []string
	for i, p := range posts {
		views[i].Index = p.Place
		said, sources = append(said, p.Match), append(sources, p.Source)
		if p.Err == nil {
			for _, key := range slices.Sorted(maps.Keys(p.Match)) {
				if !slices.Contains(known, key) {
					posts[i].Err = fettle.Errorf(fettle.Invalid, "%s have no field %q", entity, key).With("key", "record."+key)
					if near := nearest.Of(key, known); near != "" {
						posts[i].Err = posts[i].Err.WithHint("Did you mean %s?", near)
					}
				}
			}
		}
	}
	ids, err := ingest.Find(ctx, tx, entity, sources, said)
	if err != nil {
		return nil, nil, err
	}
	for i, p := range posts {
		if p.Err == nil && p.Record == 0 && ids[i] == 0 {
			p.Err = fettle.Errorf(fettle.Invalid, "no record is found by what is said of it").With("key", "record")
		}
		if p.Err != nil {
			key, _ := p.Err.Details["key"].(string)
			views[i].Outcome, views[i].Key, views[i].Reason = fettle.PostInvalid, key, reasonOf(p.Err)
			continue
		}
		p.Record = cmp.Or(p.Record, ids[i])
		at, out = append(at, i), append(out, p.Telling)
	}
	return at, out, nil
}

func reasonOf(err *fettle.Error) string {
	if err.Hint == "" {
		return err.Message
	}
	return err.Message + ". " + err.Hint
}
