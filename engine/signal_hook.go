package engine

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"fettle"
	"fettle/internal/text"
	"fettle/signal"
	"fettle/store"
)

// Bounds of what is sent to hooks.
const (
	MaxHookBody   = 1 << 20
	hookPerMinute = 600
)

// hookPrefix begins the tokens of hooks, so that a leaked one is recognised.
const hookPrefix = "fth_"

// HookToken is the secret of a rule's address. It is shown once.
type HookToken struct {
	Path  string `json:"path"`  // where to send: POST, with the token
	Token string `json:"token"` // Authorization: Bearer TOKEN, or ?token=TOKEN where the sender can send no header
}

// MakeHookToken gives a posted rule's address a token. One that there was ends.
// What is sent with it is judged as that of an editor who may not spend.
func (e *Engine) MakeHookToken(ctx context.Context, actor fettle.Actor, name string) (HookToken, error) {
	out := HookToken{Path: "/api/v1/hooks/" + name}
	if err := actor.Require(fettle.Admin, "make tokens of hooks"); err != nil {
		return out, err
	}
	secret := make([]byte, 24)
	if _, err := rand.Read(secret); err != nil {
		return out, err
	}
	out.Token = hookPrefix + hex.EncodeToString(secret)
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		x, err := tx.SignalRule(ctx, name)
		if err != nil {
			return err
		}
		if _, err := signal.HookOf(x.SignalRule); err != nil {
			return err
		}
		if err := tx.PutSignalHook(ctx, store.SignalHook{Rule: x.ID, Hash: hashHook(out.Token), Actor: actor.Name, CreatedUS: time.Now().UnixMicro()}); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "signal.hook", name, "")
	})
	return out, err
}

// DeleteHookToken ends a rule's token: nobody sends there from then on.
func (e *Engine) DeleteHookToken(ctx context.Context, actor fettle.Actor, name string) error {
	if err := actor.Require(fettle.Admin, "end tokens of hooks"); err != nil {
		return err
	}
	return e.db.Update(ctx, func(tx *store.Tx) error {
		x, err := tx.SignalRule(ctx, name)
		if err != nil {
			return err
		}
		if err := tx.DeleteSignalHook(ctx, x.ID); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "signal.unhook", name, "")
	})
}

func hashHook(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// ReceiveHook takes a body that was sent to a rule's address, and keeps it as it
// was sent.
func (e *Engine) ReceiveHook(ctx context.Context, name, token string, sent io.Reader) (fettle.PostedView, error) {
	var view fettle.PostedView
	var x store.SignalRule
	var sentBefore int64
	now := time.Now()
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		x, sentBefore, err = mayHook(ctx, tx, name, token, now)
		return err
	})
	if err != nil {
		return view, err
	}
	body, err := io.ReadAll(io.LimitReader(sent, MaxHookBody+1)) // nothing is read of who may not
	if err != nil || len(body) > MaxHookBody {
		return view, fettle.Errorf(fettle.Invalid, "the body has more than %d KB, or broke off", MaxHookBody>>10).WithHint("Send fewer signals at once.").With("key", "body")
	}
	h, err := signal.HookOf(x.SignalRule)
	if err != nil {
		return view, err
	}
	// In a list each is looked at by itself: one text keeps no other out.
	if place, what := text.BadJSON(body); what != "" && (!h.Lists() || !utf8.Valid(body)) {
		return view, fettle.Errorf(fettle.Invalid, "the body holds %s at %s", what, place).WithHint("Send UTF-8 without NUL characters.").With("key", "body")
	}
	if !json.Valid(body) {
		return view, fettle.Errorf(fettle.Invalid, "the body is not JSON").WithHint("Send one JSON document.").With("key", "body")
	}
	kept := &store.SignalPost{Rule: x.ID, AtUS: now.UnixMicro(), Body: string(body)}
	posts, err := h.Read(body, "hook:"+name, now)
	if err != nil {
		if kept := e.keepUnread(ctx, kept, err); kept != nil {
			return view, kept
		}
		return view, err
	}
	// A hook says what happened; what that opens is nobody's answer. It is followed
	// as what is written by somebody who may not spend.
	actor := fettle.Actor{Name: "hook:" + name, Role: fettle.Editor}
	s, err := e.may(ctx, actor, "postSignals")
	if err != nil {
		return view, err
	}
	view, err = e.post(ctx, actor, unaskedBy(s), PostInput{Entity: x.Entity}, posts, &hooked{*kept, name, token})
	view.Quota = quotaAfter(sentBefore)
	return view, err
}

// hooked is a body with the hook that it was sent to.
type hooked struct {
	store.SignalPost

	name, token string
}

// keepUnread keeps a body that could not be read, with the reason: who corrects
// the rule wants to see it.
func (e *Engine) keepUnread(ctx context.Context, kept *store.SignalPost, why error) error {
	problem := fettle.AsError(why)
	key, _ := problem.Details["key"].(string)
	view := fettle.PostedView{Posted: 1, Invalid: 1, Signals: []fettle.PostedSignal{{Outcome: fettle.PostInvalid, Key: key, Reason: reasonOf(problem)}}}
	return e.db.Update(ctx, func(tx *store.Tx) error { return keepPost(ctx, tx, *kept, view, nil) })
}

// mayHook finds the rule of an address and whether the token opens it. Whoever
// does not know the token does not learn whether there is such a rule.
// It gives how many bodies were sent there within the last minute.
func mayHook(ctx context.Context, tx *store.Tx, name, token string, now time.Time) (x store.SignalRule, sent int64, err error) {
	refused := fettle.Errorf(fettle.Unsigned, "the token is not the one of this hook").
		WithHint("Send Authorization: Bearer TOKEN. An admin makes the token (fettle signal token NAME).")
	x, err = tx.SignalRule(ctx, name)
	if fettle.CodeOf(err) == fettle.NotFound {
		return x, 0, refused
	}
	if err != nil {
		return x, 0, err
	}
	h, ok, err := tx.SignalHook(ctx, x.ID)
	if err != nil {
		return x, 0, err
	}
	if !ok || subtle.ConstantTimeCompare([]byte(h.Hash), []byte(hashHook(token))) != 1 {
		return x, 0, refused
	}
	if x.State != fettle.RuleLive {
		return x, 0, fettle.Errorf(fettle.Unavailable, "the signal rule %s is paused", name).WithHint("Send it again when it is resumed.")
	}
	sent, err = tx.SignalPostsSince(ctx, x.ID, now.Add(-time.Minute).UnixMicro())
	if err == nil && sent >= hookPerMinute {
		err = tooFast("Send several signals in one body (hook: {each: …}), or more slowly.")
	}
	return x, sent, err
}

// hookQuota names what an address takes in a minute, as the header RateLimit-Policy
// does.
func hookQuota() string { return fmt.Sprintf(`"hook";q=%d;w=60`, hookPerMinute) }

// quotaAfter is what an address takes besides a body that was sent after others.
func quotaAfter(before int64) fettle.Quota {
	return fettle.Quota{Policy: hookQuota(), Left: max(0, hookPerMinute-before-1), Reset: 60}
}

// QuotaDetail is the detail of a refusal that names the quota which is used up, as the
// header RateLimit-Policy does.
const QuotaDetail = "quota"

// tooFast refuses a body beyond those of a minute. A minute later there is room for
// all of them again.
func tooFast(hint string) error {
	return fettle.Errorf(fettle.Unavailable, "more than %d bodies in a minute", hookPerMinute).WithHint("%s", hint).
		With("retry_after", 60).With(QuotaDetail, hookQuota())
}

// keepPost keeps the body that a hook was sent, with what became of it.
func keepPost(ctx context.Context, tx *store.Tx, p store.SignalPost, view fettle.PostedView, records []int64) error {
	answer, err := json.Marshal(view)
	if err != nil {
		return err
	}
	p.Answer = string(answer)
	return tx.AddSignalPost(ctx, p, records)
}

// HookBody is a body as it was sent to a rule's address, and what became of it.
type HookBody struct {
	ID     int64             `json:"id"`
	At     time.Time         `json:"at"`
	Body   json.RawMessage   `json:"body"`
	Answer fettle.PostedView `json:"answer"`
}

// HookBodies gives what was sent to a rule's address, newest first. before is the
// id of the one to go on from, or 0.
func (e *Engine) HookBodies(ctx context.Context, actor fettle.Actor, name string, before int64, limit int) ([]HookBody, error) {
	if err := actor.Require(fettle.Editor, "see what hooks were sent"); err != nil {
		return nil, err
	}
	out := []HookBody{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		x, err := tx.SignalRule(ctx, name)
		if err != nil {
			return err
		}
		found, err := tx.SignalPosts(ctx, x.ID, before, limit)
		for _, p := range found {
			b := HookBody{ID: p.ID, At: time.UnixMicro(p.AtUS).UTC(), Body: json.RawMessage(p.Body)}
			if err := json.Unmarshal([]byte(p.Answer), &b.Answer); err != nil {
				return err
			}
			out = append(out, b)
		}
		return err
	})
	return out, err
}
