package signal

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/notify"
	"fettle/store"
)

// page is how many entries of the change log one transaction reads.
const page = 1000

// idlePage is how many entries are looked through at once while none concerns a
// rule.
const idlePage = 5000

// lookEvery is how often the rules are looked at although nothing was written.
const lookEvery = time.Minute

// Reader finds signals in the change log. It is safe for concurrent use.
type Reader struct {
	db       *store.DB
	log      *slog.Logger
	channels *notify.Channels // who is told of signals

	mu     sync.Mutex
	seen   int64     // the newest entry of the log at the last look
	again  time.Time // when to look although nothing was written
	failed map[int64]string
}

// NewReader makes a reader.
func NewReader(db *store.DB, log *slog.Logger, channels *notify.Channels) *Reader {
	return &Reader{db: db, log: log, channels: channels, failed: map[int64]string{}}
}

// Look is CatchUp for a loop: it does nothing while nothing was written and
// nothing is due.
func (r *Reader) Look(ctx context.Context) (int, error) {
	var newest, due int64
	err := r.db.View(ctx, func(tx *store.Tx) (err error) {
		if newest, err = tx.NewestChange(ctx); err == nil {
			due, err = tx.SettlesNext(ctx)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	now := time.Now()
	r.mu.Lock()
	idle := newest == r.seen && now.Before(r.again) && (due == 0 || due > now.UnixMicro())
	r.mu.Unlock()
	if idle {
		return 0, nil
	}
	n, err := r.CatchUp(ctx)
	if err != nil {
		return n, err
	}
	r.mu.Lock()
	r.seen, r.again = newest, now.Add(lookEvery)
	r.mu.Unlock()
	return n, nil
}

// complain says once that a rule cannot be read any more.
func (r *Reader) complain(ctx context.Context, x store.SignalRule, err error) {
	r.mu.Lock()
	said := r.failed[x.ID] == err.Error()
	r.failed[x.ID] = err.Error()
	r.mu.Unlock()
	if !said {
		r.log.WarnContext(ctx, "a signal rule finds nothing until it is corrected", "rule", x.Name, "error", err)
	}
}

// CatchUp reads what was written since: each live rule from where it left the
// log, and what undos took back. It gives how many signals came or were taken
// back. It stops before what an import writes that still runs, and goes on
// behind it when it has ended.
func (r *Reader) CatchUp(ctx context.Context) (int, error) {
	var rules []store.SignalRule
	err := r.db.View(ctx, func(tx *store.Tx) (err error) {
		rules, err = tx.SignalRules(ctx)
		return err
	})
	if err != nil {
		return 0, err
	}
	total := 0
	isDeparture := func(x store.SignalRule) bool { return x.Detect == fettle.DetectDepartures }
	n, err := r.rules(ctx, slices.DeleteFunc(slices.Clone(rules), isDeparture))
	if total += n; err != nil {
		return total, err
	}
	n, err = r.takeBack(ctx)
	if total += n; err != nil {
		return total, err
	}
	n, err = r.rules(ctx, slices.DeleteFunc(rules, func(x store.SignalRule) bool { return !isDeparture(x) })) // they read what the others tell
	return total + n, err
}

// rules reads on for rules, one after another.
func (r *Reader) rules(ctx context.Context, rules []store.SignalRule) (total int, err error) {
	for _, x := range rules {
		if x.State != fettle.RuleLive || x.Detect == fettle.DetectPosted {
			continue
		}
		n, err := r.rule(ctx, x)
		total += n
		if fettle.CodeOf(err) == fettle.Invalid { // a field that it reads is gone: the others go on
			r.complain(ctx, x, err)
			continue
		}
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// rule reads on for one rule until nothing is left.
func (r *Reader) rule(ctx context.Context, x store.SignalRule) (total int, err error) {
	for more := true; more; {
		var n int
		if more, err = r.idle(ctx, &x); err != nil || !more {
			break
		}
		err = r.db.Update(ctx, func(tx *store.Tx) (err error) {
			n, more, err = r.step(ctx, tx, x.ID, time.Now())
			return err
		})
		if err != nil {
			return total, err
		}
		total += n
		if err := r.db.View(ctx, func(tx *store.Tx) error {
			now, err := tx.SignalRule(ctx, x.Name)
			if err == nil {
				x = now
			} else if fettle.CodeOf(err) == fettle.NotFound {
				more, err = false, nil
			}
			return err
		}); err != nil {
			return total, err
		}
	}
	return total, err
}

// idle passes over entries that do not concern a rule, without a transaction that
// others wait for. It reports whether there is something to do.
func (r *Reader) idle(ctx context.Context, x *store.SignalRule) (work bool, err error) {
	cursor, newest := x.Cursor, int64(0)
	err = r.db.View(ctx, func(tx *store.Tx) error {
		work = false
		concerns, err := concerning(ctx, tx, *x)
		if err != nil {
			return err
		}
		if newest, err = tx.NewestChange(ctx); err != nil {
			return err
		}
		if due, err := tx.SettlesNext(ctx); err != nil || due != 0 && due <= time.Now().UnixMicro() {
			work = err == nil
			return err
		}
		running, err := tx.RunningImports(ctx, time.Now())
		if err != nil {
			return err
		}
		for !work && cursor < newest {
			entries, err := tx.ChangesAfter(ctx, cursor, idlePage)
			if err != nil || len(entries) == 0 {
				return err
			}
			for _, c := range entries {
				if barred(c, running) {
					return nil
				}
				if concerns(c) {
					work = true
					break
				}
				cursor = c.ID
			}
		}
		return nil
	})
	if err != nil || cursor == x.Cursor {
		return work, err
	}
	return work, r.db.Update(ctx, func(tx *store.Tx) error {
		all, err := tx.LockSignalRules(ctx, x.ID)
		if err != nil || len(all) == 0 || all[0].Cursor != x.Cursor || all[0].UpdatedUS != x.UpdatedUS {
			return err
		}
		all[0].Cursor = cursor
		return tx.PutSignalRule(ctx, all[0])
	})
}

// barred reports whether an entry is of an import that still writes.
func barred(c store.ChangeEvent, running map[int64]bool) bool {
	return c.From.Kind == store.OriginImport && running[c.From.RefID]
}

// concerning gives what tells the entries that may be of a rule.
func concerning(ctx context.Context, tx *store.Tx, x store.SignalRule) (func(store.ChangeEvent) bool, error) {
	if x.Detect == fettle.DetectPoll {
		return func(c store.ChangeEvent) bool { return polled(x, c) }, nil
	}
	if x.Detect == fettle.DetectDepartures {
		return departs, nil
	}
	rule, err := load(ctx, tx, x)
	if err != nil {
		return nil, err
	}
	return rule.concerns, nil
}

// load compiles a rule as it is kept.
func load(ctx context.Context, tx *store.Tx, x store.SignalRule) (*Rule, error) {
	env, fields, err := Env(ctx, tx, x.Entity)
	if err != nil {
		return nil, err
	}
	_, rule, err := Check(env, fields, x.SignalRule)
	return rule, err
}

// Env makes the environment of an entity's rules.
func Env(ctx context.Context, tx *store.Tx, entity fettle.Entity) (*expr.Env, []fettle.Field, error) {
	own, err := tx.Fields(ctx, entity)
	if err != nil {
		return nil, nil, err
	}
	var theirs []fettle.Field
	if entity == fettle.People {
		if theirs, err = tx.Fields(ctx, fettle.Companies); err != nil {
			return nil, nil, err
		}
	}
	env, err := expr.NewEnv(entity, own, theirs)
	return env, own, err
}

// concerns reports whether an entry may be a signal of the rule.
func (r *Rule) concerns(c store.ChangeEvent) bool {
	if c.Kind != store.ChangeUpdate || c.Entity != r.def.Entity || !speaks(c.From) || c.From.Kind == store.OriginEnrichment && r.def.By != "any" {
		return false
	}
	return slices.ContainsFunc(r.watched, c.Names)
}

// step reads one page of the log for a rule, and what has settled.
func (r *Reader) step(ctx context.Context, tx *store.Tx, id int64, now time.Time) (n int, more bool, err error) {
	all, err := tx.LockSignalRules(ctx, id)
	if err != nil || len(all) == 0 || all[0].State != fettle.RuleLive {
		return 0, false, err
	}
	x := all[0]
	entries, err := tx.ChangesAfter(ctx, x.Cursor, page)
	if err != nil {
		return 0, false, err
	}
	running, err := tx.RunningImports(ctx, now)
	if err != nil {
		return 0, false, err
	}
	if i := slices.IndexFunc(entries, func(c store.ChangeEvent) bool { return barred(c, running) }); i >= 0 {
		entries = entries[:i]
	}
	after := x.Cursor
	if len(entries) > 0 {
		x.Cursor = entries[len(entries)-1].ID
	}
	if err := tx.PutSignalRule(ctx, x); err != nil {
		return 0, false, err
	}
	if x.Detect == fettle.DetectPoll {
		n, err = r.poll(ctx, tx, x, entries, now)
		return n, len(entries) > 0, err
	}
	if x.Detect == fettle.DetectDepartures {
		n, err = r.departures(ctx, tx, x, entries, now)
		return n, len(entries) > 0, err
	}
	rule, err := load(ctx, tx, x)
	if err != nil {
		return 0, false, err
	}
	d := &detection{tx: tx, channels: r.channels, kept: x, rule: rule, after: after, upTo: x.Cursor, now: now}
	if err := d.read(ctx, entries); err != nil {
		return 0, false, err
	}
	n, err = d.write(ctx)
	return n, len(entries) > 0 || d.settled == page, err
}

// detection is one page of the log read for one rule.
type detection struct {
	tx       *store.Tx
	channels *notify.Channels
	kept     store.SignalRule
	rule     *Rule
	now      time.Time

	after, upTo int64 // the entries that are read now: behind after, up to upTo

	settled  int
	found    []found
	settling []store.Settling
	counts   map[[2]string]*store.Disagreement // by field and source
}

// found is a change of a record that the rule is asked about.
type found struct {
	record int64 // by the id of then
	set    *set
}

// read finds what the page changed.
func (d *detection) read(ctx context.Context, entries []store.ChangeEvent) error {
	var ids []int64
	for _, c := range entries {
		if d.rule.concerns(c) {
			ids = append(ids, c.Record)
		}
	}
	due, err := d.tx.Settled(ctx, d.kept.ID, d.now.UnixMicro(), page)
	if err != nil {
		return err
	}
	d.settled = len(due)
	for _, s := range due {
		ids = append(ids, s.Record)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	d.counts = map[[2]string]*store.Disagreement{}
	histories, err := d.histories(ctx, ids, false)
	if err != nil {
		return err
	}
	if err := d.readOn(ctx, histories, due); err != nil {
		return err
	}
	for _, s := range due {
		if h := histories[s.Record]; h != nil {
			d.settle(s, h)
		}
	}
	for _, id := range ids {
		if h := histories[id]; h != nil {
			d.page(id, h)
		}
	}
	return nil
}

// readOn reads the whole log of the records whose newest entries do not tell
// enough.
func (d *detection) readOn(ctx context.Context, histories map[int64]*history, due []store.Settling) error {
	var more []int64
	for id, h := range histories {
		short := slices.ContainsFunc(due, func(s store.Settling) bool { return s.Record == id })
		for _, s := range h.sets {
			short = short || s.last() > d.after && s.last() <= d.upTo && d.mayTell(s) && !h.whole(s)
		}
		if short && h.oldest != 0 {
			more = append(more, id)
		}
	}
	slices.Sort(more)
	again, err := d.histories(ctx, more, true)
	maps.Copy(histories, again)
	return err
}

// settle asks the rule about what changed within its time, as one.
func (d *detection) settle(s store.Settling, h *history) {
	var sets []*set
	for _, x := range h.sets {
		if x.last() >= s.First && x.last() <= s.Last && !x.undone && d.mayTell(x) {
			sets = append(sets, x)
		}
	}
	if len(sets) > 0 {
		d.found = append(d.found, found{s.Record, joined(sets, h.fields)})
	}
}

// mayTell reports whether a set's author may raise a signal of the rule.
func (d *detection) mayTell(s *set) bool {
	return speaks(s.from) && (s.from.Kind != store.OriginEnrichment || d.rule.def.By == "any")
}

// page looks at the sets of a record that end in this page.
func (d *detection) page(id int64, h *history) {
	for _, s := range h.sets {
		if s.last() <= d.after || s.last() > d.upTo || !d.mayTell(s) {
			continue
		}
		changed := false
		for _, f := range slices.Sorted(maps.Keys(s.deltas)) {
			x := s.deltas[f]
			if !slices.Contains(d.rule.watched, f) {
				continue
			}
			changed = changed || x.change
			if x.disagrees {
				d.count(id, f, s)
			}
		}
		switch {
		case !changed || s.undone:
		case d.kept.Settle > 0:
			due := s.atUS + time.Duration(d.kept.Settle).Microseconds()
			d.settling = append(d.settling, store.Settling{Record: id, First: s.last(), Last: s.last(), DueUS: due})
		default:
			d.found = append(d.found, found{id, s})
		}
	}
}

func (d *detection) count(id int64, field string, s *set) {
	name := [2]string{field, sourceName(s)}
	if d.counts[name] == nil {
		d.counts[name] = &store.Disagreement{Field: field, Source: name[1]}
	}
	c := d.counts[name]
	c.Times++
	c.LastUS, c.Record = s.atUS, id
}
