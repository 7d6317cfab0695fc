package engine

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"fettle"
	"fettle/declare"
	"fettle/internal/text"
	"fettle/signal"
	"fettle/store"
)

// source applies how records are read that others send.
func (a *applier) source(ctx context.Context, d *declare.Document) (Change, error) {
	check := func() (err error) { _, err = signal.RecordsOf(*d.Source); return err }
	if d.Source.File != nil {
		check = func() error { return checkSourceFile(d.Name, *d.Source) }
	}
	if err := check(); err != nil {
		return Change{}, err
	}
	all, err := a.tx.Fields(ctx, d.Source.Entity)
	if err != nil {
		return Change{}, err
	}
	known := map[string]bool{}
	for _, f := range all {
		known[f.Key] = true
	}
	for key := range d.Source.Fields {
		if !known[key] {
			return Change{}, noField(d.Source.Entity, key, all).With("key", "fields."+key)
		}
	}
	if _, err := a.tx.SignalRule(ctx, d.Name); err == nil {
		return Change{}, fettle.Errorf(fettle.Refused, "a signal rule is named %s, and both would have the same address", d.Name).WithHint("Choose another name.").With("key", "name")
	}
	old, err := a.tx.LockSource(ctx, d.Name)
	if err != nil && fettle.CodeOf(err) != fettle.NotFound {
		return Change{}, err
	}
	c, err := changeOf(old.ID != 0, old.Source, *d.Source)
	if err != nil {
		return c, err
	}
	if old.ID != 0 {
		c.relabel(old.Label, d.Label)
	} else {
		old.Name, old.CreatedUS = d.Name, time.Now().UnixMicro()
		if c.Message = "Nobody can send there until an admin makes its token."; d.Source.File != nil {
			c.Message = readsWhen(*d.Source.File)
		}
	}
	if c.Action == actionUnchanged {
		return c, nil
	}
	was := old.Source
	if old.Source = *d.Source; d.Source.File != nil {
		old.TokenHash = ""
	}
	if old.ID, err = a.tx.PutSource(ctx, old); err != nil {
		return c, err
	}
	if err := keepSourceFile(ctx, a.tx, old.ID, was, *d.Source); err != nil {
		return c, err
	}
	if d.Label != "" {
		if err := a.tx.PutLabel(ctx, store.LabelledSource, d.Name, d.Label); err != nil {
			return c, err
		}
	}
	return c, a.tx.Act(ctx, a.actor, "source.define", d.Name, "")
}

func sourceView(s store.Source, f store.SourceFile, reading bool) fettle.SourceView {
	v := fettle.SourceView{Source: s.Source, Name: s.Name, Label: s.Label, Path: "/api/v1/hooks/" + s.Name, HasToken: s.TokenHash != "", Bodies: s.Bodies, Records: s.Records, Detail: s.Detail}
	if s.File != nil {
		v.Path, v.Read = "", fileState(s, f, reading)
	}
	if s.LastUS != 0 {
		at := time.UnixMicro(s.LastUS).UTC()
		v.LastAt = &at
	}
	return v
}

// Sources lists the addresses to which others send records.
func (e *Engine) Sources(ctx context.Context, actor fettle.Actor) ([]fettle.SourceView, error) {
	if err := actor.Require(fettle.Viewer, "see sources"); err != nil {
		return nil, err
	}
	out := []fettle.SourceView{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		out = out[:0]
		all, err := tx.Sources(ctx)
		if err != nil {
			return err
		}
		files, err := tx.SourceFiles(ctx)
		if err != nil {
			return err
		}
		for _, s := range all {
			reading, err := tx.WorkerLives(ctx, files[s.ID].Worker)
			if err != nil {
				return err
			}
			out = append(out, sourceView(s, files[s.ID], reading))
		}
		return nil
	})
	return out, err
}

// MakeSourceToken gives a source's address a token, which is shown once. One that
// there was ends. end: there is none from then on.
func (e *Engine) MakeSourceToken(ctx context.Context, actor fettle.Actor, name string, end bool) (HookToken, error) {
	out := HookToken{Path: "/api/v1/hooks/" + name}
	if err := actor.Require(fettle.Admin, "make tokens of sources"); err != nil {
		return out, err
	}
	secret := make([]byte, 24)
	if _, err := rand.Read(secret); err != nil {
		return out, err
	}
	if !end {
		out.Token = hookPrefix + hex.EncodeToString(secret)
	}
	return out, e.db.Update(ctx, func(tx *store.Tx) error {
		s, err := tx.LockSource(ctx, name)
		if err != nil {
			return err
		}
		if s.File != nil {
			return fettle.Errorf(fettle.Refused, "%s reads a file: nobody sends there", s.Label).WithHint("A source that others send to says fields, not file.")
		}
		if s.TokenHash = ""; !end {
			s.TokenHash = hashHook(out.Token)
		}
		if _, err := tx.PutSource(ctx, s); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "source.token", name, "")
	})
}

// DeleteSource takes a source away, with what was sent there. The records stay.
func (e *Engine) DeleteSource(ctx context.Context, actor fettle.Actor, name string) error {
	return e.db.Update(ctx, func(tx *store.Tx) error { return deleteSource(ctx, tx, actor, name) })
}

func deleteSource(ctx context.Context, tx *store.Tx, actor fettle.Actor, name string) error {
	if err := actor.Require(fettle.Editor, "delete sources"); err != nil {
		return err
	}
	s, err := tx.LockSource(ctx, name)
	if err != nil {
		return err
	}
	if err := tx.DeleteSource(ctx, s.ID); err != nil {
		return err
	}
	return tx.Act(ctx, actor, "source.delete", name, "")
}

// ReceiveRecords takes a body that was sent to a source's address, and keeps it as
// it was sent. is tells whether there is such a source, and the token opens it:
// else it may be meant for a signal rule.
func (e *Engine) ReceiveRecords(ctx context.Context, name, token string, sent io.Reader) (view fettle.UpsertView, is bool, err error) {
	var s store.Source
	var before int64
	now := time.Now()
	if err := e.db.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Sources(ctx)
		for _, x := range all {
			if x.Name == name && x.TokenHash != "" && subtle.ConstantTimeCompare([]byte(x.TokenHash), []byte(hashHook(token))) == 1 {
				s, is = x, true
			}
		}
		if err != nil || !is {
			return err
		}
		before, err = tx.SourcePostsSince(ctx, s.ID, now.Add(-time.Minute).UnixMicro())
		if err == nil && before >= hookPerMinute {
			err = tooFast("Send several records in one body (each: …), or more slowly.")
		}
		return err
	}); err != nil || !is {
		return view, is, err
	}
	body, err := io.ReadAll(io.LimitReader(sent, MaxHookBody+1)) // nothing is read of who may not
	if err != nil || len(body) > MaxHookBody {
		return view, true, fettle.Errorf(fettle.Invalid, "the body has more than %d KB, or broke off", MaxHookBody>>10).WithHint("Send fewer records at once.").With("key", "body")
	}
	if !json.Valid(body) || !utf8.Valid(body) || strings.ContainsRune(string(body), 0) {
		return view, true, fettle.Errorf(fettle.Invalid, "the body is not JSON in UTF-8").WithHint("Send one JSON document.").With("key", "body")
	}
	view, err = e.takeRecords(ctx, s, store.SourcePost{Source: s.ID, AtUS: now.UnixMicro(), Body: string(body)})
	view.Quota = quotaAfter(before)
	return view, true, err
}

// takeRecords writes the records of a body, and keeps it with what became of it.
func (e *Engine) takeRecords(ctx context.Context, s store.Source, post store.SourcePost) (fettle.UpsertView, error) {
	view, why := e.writeRecords(ctx, s, []byte(post.Body))
	if code := fettle.CodeOf(why); why != nil && code != fettle.Invalid && code != fettle.Refused {
		return view, why
	}
	detail := ""
	if why != nil { // who corrects the source wants to see it
		e := fettle.AsError(why)
		detail = text.Clip(text.Storable(e.Message), 300)
		view = fettle.UpsertView{Records: []fettle.UpsertedRecord{{Outcome: fettle.UpsertInvalid, Invalid: []fettle.InvalidValue{{Reason: detail}}}}}
	}
	var records []int64
	bad := 0
	for _, r := range view.Records {
		if r.ID != 0 {
			records = append(records, r.ID)
		}
		if r.Outcome == fettle.UpsertInvalid {
			if bad++; detail == "" && len(r.Invalid) > 0 {
				detail = text.Clip(text.Storable(strings.TrimPrefix(r.Invalid[0].Field+": "+r.Invalid[0].Reason, ": ")), 300)
			}
		}
	}
	answer, err := json.Marshal(view)
	if err != nil {
		return view, err
	}
	post.Answer = text.Storable(string(answer))
	fresh := post.ID == 0
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		cur, err := tx.LockSource(ctx, s.Name)
		if err != nil {
			return err
		}
		cur.Records, cur.Detail = cur.Records+int64(len(records)), detail
		if fresh {
			cur.Bodies, cur.LastUS = cur.Bodies+1, post.AtUS
		}
		if _, err := tx.PutSource(ctx, cur); err != nil {
			return err
		}
		return tx.PutSourcePost(ctx, post, records)
	})
	if err == nil {
		e.events.Publish("source", s.Name)
		err = why
	}
	return view, err
}

// writeRecords writes the records of a body through the one door. What they open is
// nobody's answer: it is followed as what is written by somebody who may not spend.
func (e *Engine) writeRecords(ctx context.Context, s store.Source, body json.RawMessage) (fettle.UpsertView, error) {
	h, err := signal.RecordsOf(s.Source)
	if err != nil {
		return fettle.UpsertView{}, err
	}
	all, err := h.Read(body, time.Now())
	if err != nil {
		return fettle.UpsertView{}, err
	}
	in := UpsertInput{Entity: s.Entity, Source: listOfIDs(s), Unstorable: map[int]fettle.InvalidValue{}, Unasked: true}
	for i, r := range all {
		in.Rows = append(in.Rows, r.Values)
		if r.Bad != nil {
			in.Unstorable[i] = *r.Bad
		}
	}
	view, err := e.UpsertRecords(ctx, fettle.Actor{Name: "hook:" + s.Name, Role: fettle.Editor}, in)
	for i := range view.Records {
		if i < len(all) {
			view.Records[i].Index = all[i].Place
		}
	}
	return view, err
}

// SourceBody is a body as it was sent to a source, and what became of it.
type SourceBody struct {
	ID     int64             `json:"id"`
	At     time.Time         `json:"at"`
	Body   json.RawMessage   `json:"body"`
	Answer fettle.UpsertView `json:"answer"` // what became of its records
}

// SourceBodies gives what was sent to a source, newest first. before is the id of
// the one to go on from, or 0.
func (e *Engine) SourceBodies(ctx context.Context, actor fettle.Actor, name string, before int64, limit int) ([]SourceBody, error) {
	if err := actor.Require(fettle.Editor, "see what sources were sent"); err != nil {
		return nil, err
	}
	out := []SourceBody{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		s, err := sourceNamed(ctx, tx, name)
		if err != nil {
			return err
		}
		all, err := tx.SourcePosts(ctx, s.ID, before, 0, limit)
		for _, p := range all {
			b := SourceBody{ID: p.ID, At: time.UnixMicro(p.AtUS).UTC(), Body: json.RawMessage(p.Body)}
			if err := json.Unmarshal([]byte(p.Answer), &b.Answer); err != nil {
				return err
			}
			out = append(out, b)
		}
		return err
	})
	return out, err
}

func sourceNamed(ctx context.Context, tx *store.Tx, name string) (store.Source, error) {
	all, err := tx.Sources(ctx)
	for _, s := range all {
		if s.Name == name {
			return s, err
		}
	}
	if err != nil {
		return store.Source{}, err
	}
	return store.Source{}, fettle.Errorf(fettle.NotFound, "there is no source %q", name).WithHint("The page of sources and destinations lists them (fettle source list).")
}

// ReplayBody reads a body again that is kept, by what the source says now.
func (e *Engine) ReplayBody(ctx context.Context, actor fettle.Actor, name string, id int64) (fettle.UpsertView, error) {
	if err := actor.Require(fettle.Editor, "read what a source was sent again"); err != nil {
		return fettle.UpsertView{}, err
	}
	var s store.Source
	var found []store.SourcePost
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		if s, err = sourceNamed(ctx, tx, name); err != nil {
			return err
		}
		found, err = tx.SourcePosts(ctx, s.ID, 0, id, 1)
		return err
	})
	if err == nil && (len(found) == 0 || id == 0) {
		err = fettle.Errorf(fettle.NotFound, "the body %d of %s is not kept", id, name).WithHint("The last 1,000 are (fettle source posts %s).", name)
	}
	if err != nil {
		return fettle.UpsertView{}, err
	}
	return e.takeRecords(ctx, s, found[0])
}
