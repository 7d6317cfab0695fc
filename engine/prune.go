package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"fettle"
	"fettle/declare"
	"fettle/rights"
	"fettle/store"
)

// pruning removes what is in the workspace, of a kind that documents declare, and in
// none of them. What is there is what an export would write.
type pruning struct {
	removes []removed
	agreed  string    // the mark of what was agreed to
	said    []removed // what was said of it, before rows were cleared
}

// removed is something that goes.
type removed struct {
	exported
	Change
}

// maxNamed is how many things a question names.
const maxNamed = 20

// PlanPruned is Plan, with what pruning would remove.
func (e *Engine) PlanPruned(ctx context.Context, actor fettle.Actor, docs []byte) ([]Change, error) {
	return e.plan(ctx, actor, docs, &pruning{})
}

// ApplyPruned is Apply that also removes what is of a kind that documents declare and
// in none of them: nothing that is used, that holds values or that limits what is
// spent. It is refused with fettle.Confirm unless it is confirmed; seen is the mark
// that the refusal gave: where it is told, nothing else is removed.
func (e *Engine) ApplyPruned(ctx context.Context, actor fettle.Actor, docs []byte, seen string, confirm bool) ([]Change, error) {
	return e.apply(ctx, actor, docs, confirm, &pruning{agreed: seen})
}

// agree tries everything first, and refuses it unless it is confirmed. Then the rows
// of enrichments that go are cleared, a page in a transaction: what is left to remove
// is little, and goes with all the rest at once.
func (e *Engine) agree(ctx context.Context, a *applier, s rights.Standing, confirm bool) error {
	var spends error
	err := e.rolledBack(ctx, func(tx *store.Tx) error {
		if err := a.run(ctx, tx); err != nil {
			return err
		}
		_, spends = e.quietSpend(ctx, a.actor, s, a.entering, confirm, "")
		return nil
	})
	if err != nil || spends != nil && fettle.CodeOf(spends) != fettle.Confirm {
		return errors.Join(err, spends)
	}
	p := a.pruning
	mark := p.mark()
	if len(p.removes) > 0 && (!confirm || p.agreed != "" && p.agreed != mark) {
		return p.asks(spends)
	}
	if spends != nil {
		return spends
	}
	p.agreed, p.said = mark, p.removes
	var rows []string
	for _, r := range p.removes {
		if r.Enrichment != nil || r.Signal != nil && r.Signal.Detect == fettle.DetectPoll {
			rows = append(rows, r.Document.Name)
		}
	}
	return e.clearToDelete(ctx, a.actor, rows...)
}

// rolledBack tries something, and writes nothing.
func (e *Engine) rolledBack(ctx context.Context, try func(tx *store.Tx) error) error {
	tried := errors.New("tried")
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		if err := try(tx); err != nil {
			return err
		}
		return tried
	})
	if errors.Is(err, tried) {
		return nil
	}
	return err
}

// mark tells what goes from anything else that could.
func (p *pruning) mark() string {
	h := sha256.New()
	for _, r := range p.removes {
		for _, s := range []string{string(r.Document.Kind), r.Document.Name, r.text} {
			_, _ = h.Write([]byte(s + "\x00"))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// stillAgreed refuses to remove anything else than was agreed to.
func (p *pruning) stillAgreed() error {
	if p.mark() == p.agreed {
		return nil
	}
	return p.asks(nil)
}

// asks is the question whether to remove, and to spend where documents would.
func (p *pruning) asks(spends error) error {
	names := make([]string, 0, len(p.removes))
	list := make([]Change, 0, len(p.removes))
	for _, r := range p.removes {
		names = append(names, kindAndName(r.Document))
		list = append(list, r.Change)
	}
	if more := len(names) - maxNamed; more > 0 {
		names = append(names[:maxNamed], many(int64(more), "other", "others"))
	}
	text := "this removes " + many(int64(len(list)), "thing", "things") + " that no document declares: " + strings.Join(names, ", ")
	err := fettle.Errorf(fettle.Confirm, "%s", text)
	if spends != nil {
		also := fettle.AsError(spends).Message
		err = fettle.Errorf(fettle.Confirm, "%s; and %s", text, also).With("spends", also)
		for k, v := range fettle.AsError(spends).Details {
			err = err.With(k, v)
		}
	}
	return err.WithHint("Records, values and what was spent stay. Look at each, and confirm it (--yes).").With("removes", list).With("seen", p.mark())
}

// kindAndName names what a document declares, for people.
func kindAndName(d declare.Document) string { return strings.ToLower(string(d.Kind)) + " " + d.Name }

// prune removes what no document declares. What is used by something that goes too
// goes behind it; what is used by anything else is refused, all of it at once.
func (a *applier) prune(ctx context.Context) error {
	a.pruning.removes = nil
	surplus, err := a.surplus(ctx)
	if err != nil {
		return err
	}
	before, err := a.broken(ctx)
	if err != nil {
		return err
	}
	slices.SortStableFunc(surplus, func(x, y exported) int { return placeOf(y.Kind) - placeOf(x.Kind) })
	said := make([]string, len(surplus)) // before anything is gone
	for i, x := range surplus {
		if said[i], err = a.losing(ctx, x); err != nil {
			return err
		}
	}
	refused := make([]error, len(surplus))
	gone := make([]bool, len(surplus))
	for again := true; again; {
		again = false
		for i, x := range surplus {
			if gone[i] {
				continue
			}
			refused[i] = a.remove(ctx, x)
			switch {
			case refused[i] == nil:
				gone[i], again = true, true
			case fettle.CodeOf(refused[i]) != fettle.Refused:
				return refused[i]
			}
		}
	}
	if err := stay(surplus, refused); err != nil {
		return err
	}
	for i, x := range surplus {
		if i < len(a.pruning.said) {
			said[i] = a.pruning.said[i].Message
		}
		c := Change{Kind: string(x.Kind), Name: x.Name, Action: actionRemove, Message: said[i]}
		a.pruning.removes = append(a.pruning.removes, removed{x, c})
		a.changes = append(a.changes, c)
	}
	if err := a.stillWhole(ctx, before); err != nil {
		return err
	}
	return a.logPruned(ctx)
}

// stay tells all that cannot be removed, and why.
func stay(surplus []exported, refused []error) error {
	type stays struct {
		Kind    string `json:"kind"`
		Name    string `json:"name"`
		Message string `json:"message"`
		Hint    string `json:"hint,omitempty"`
	}
	var list []stays
	var texts []string
	for i, err := range refused {
		if err == nil {
			continue
		}
		e := fettle.AsError(err)
		list = append(list, stays{string(surplus[i].Kind), surplus[i].Name, e.Message, e.Hint})
		texts = append(texts, kindAndName(surplus[i].Document)+": "+e.Message)
	}
	if len(list) == 0 {
		return nil
	}
	hint := "Mend each, or declare it in a document."
	if len(list) == 1 {
		hint = strings.TrimSpace(list[0].Hint + " Or declare it in a document.")
	}
	return fettle.Errorf(fettle.Refused, "%s that no document declares cannot be removed, and nothing was done: %s", many(int64(len(list)), "thing", "things"), strings.Join(texts, "; ")).
		WithHint("%s", hint).With("stays", list)
}

// surplus is what may go: of a kind of which a document is there, and in none. What
// stays is told, where somebody may wonder.
func (a *applier) surplus(ctx context.Context) ([]exported, error) {
	x := &exporter{e: a.e}
	if err := x.all(ctx, a.tx); err != nil {
		return nil, err
	}
	declared, kinds, err := a.declares()
	if err != nil {
		return nil, err
	}
	made, err := a.madeByRules(ctx, declared, kinds)
	if err != nil {
		return nil, err
	}
	undefined := map[string]bool{} // providers whose definition goes
	for _, d := range x.docs {
		if d.Kind == declare.KindDataProvider && kinds[d.Kind] && !declared[kindAndKey(d.Document)] {
			undefined[d.Name] = true
		}
	}
	var out []exported
	others := map[declare.Kind]int64{}
	for _, d := range x.docs {
		key := kindAndKey(d.Document)
		switch {
		case declared[key] || made[key] || d.Field != nil && d.Field.Builtin:
		case d.Kind == declare.KindLimit:
			a.stays(d.Document, "Limits stay: more could be spent without. Write limit: none to take one away.")
		case !kinds[d.Kind]:
			others[d.Kind]++
		case d.Kind == declare.KindProvider && undefined[d.Name]: // goes with its definition
		case d.Kind == declare.KindProvider && a.isDefault(d.Name):
			a.stays(d.Document, "The default connection of a provider stays, with its key, address and price.")
		default:
			out = append(out, d)
		}
	}
	for _, kind := range declare.Kinds() {
		if n := others[kind]; n > 0 {
			a.stays(declare.Document{Kind: kind}, many(n, "stays", "stay")+": no document of this kind is there.")
		}
	}
	return out, nil
}

func kindAndKey(d declare.Document) string {
	if d.Kind == declare.KindLimit {
		return strings.Join([]string{string(d.Kind), d.Limit.Scope, d.Limit.Key, string(d.Limit.Limit.Per)}, " ")
	}
	return string(d.Kind) + " " + d.Name
}

// declares is what documents declare, and of which kinds.
func (a *applier) declares() (declared map[string]bool, kinds map[declare.Kind]bool, err error) {
	declared, kinds = map[string]bool{}, map[declare.Kind]bool{}
	for _, d := range a.docs {
		kinds[d.Kind] = true
		if d.Kind == declare.KindProvider { // whose default connection has two names
			c, err := a.e.conns.For(d.Name)
			if err != nil {
				return nil, nil, d.Wrap(err)
			}
			d.Name = c.Name
		}
		declared[kindAndKey(d)] = true
	}
	return declared, kinds, nil
}

// stays notes what no document declares, and is not removed.
func (a *applier) stays(d declare.Document, why string) {
	a.changes = append(a.changes, Change{Kind: string(d.Kind), Name: d.Name, Action: actionKeep, Message: why})
}

func (a *applier) isDefault(name string) bool {
	c, err := a.e.conns.For(name)
	return err == nil && c.IsDefault()
}

// madeByRules are the audiences and fields that signal rules made with themselves,
// of rules that stay: their documents say only what people changed of them.
func (a *applier) madeByRules(ctx context.Context, declared map[string]bool, kinds map[declare.Kind]bool) (map[string]bool, error) {
	rules, err := a.tx.SignalRules(ctx)
	if err != nil {
		return nil, err
	}
	audiences, err := a.tx.Audiences(ctx)
	made := map[string]bool{}
	for _, r := range rules {
		if kinds[declare.KindSignal] && !declared["Signal "+r.Name] {
			continue
		}
		for _, x := range audiences {
			if x.ID == r.AudienceID {
				made["Audience "+x.Name] = true
			}
		}
		if r.Detect == fettle.DetectPoll {
			made["Field "+string(r.Entity)+"."+pollFieldOf(r.Name)] = true
		}
	}
	return made, err
}

// logPruned keeps the documents of what went in the log of who did what: from there
// they can be applied again.
func (a *applier) logPruned(ctx context.Context) error {
	if len(a.pruning.removes) == 0 {
		return nil
	}
	texts := make([]string, len(a.pruning.removes))
	for i, r := range a.pruning.removes {
		texts[len(texts)-1-i] = r.text // what others need comes first again
	}
	return a.tx.Act(ctx, a.actor, "workspace.prune", "", strings.Join(texts, "---\n"))
}
