package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/ledger"
	"fettle/limits"
	"fettle/notify"
	"fettle/store"
)

// Audit recomputes every balance from the journal and the calls, and looks for
// what must not be: stuck holds, rows that run without a call, cells that were
// bought twice. A sound audit is the base of the next quick one.
func (e *Engine) Audit(ctx context.Context, actor fettle.Actor) (fettle.AuditView, error) {
	if err := actor.Require(fettle.Viewer, "audit"); err != nil {
		return fettle.AuditView{}, err
	}
	v := fettle.AuditView{OK: true, Checks: []fettle.AuditCheck{}}
	var base auditBase
	err := e.db.View(ctx, func(tx *store.Tx) error {
		for _, check := range []func(context.Context, *store.Tx) (fettle.AuditCheck, error){
			auditJournal, auditAttempts, auditProviders, auditGrants, auditLimits,
		} {
			c, err := check(ctx, tx)
			if err != nil {
				return err
			}
			v.Add(c)
		}
		for _, name := range []string{"paid_once", "held_cells", "running_rows", "bought_cells", "journal_attempts", "row_counts"} {
			n, err := tx.AuditCount(ctx, name)
			if err != nil {
				return err
			}
			v.Add(fettle.AuditCheck{Name: name, OK: n == 0, Detail: fmt.Sprintf("%d wrong", n)})
		}
		var err error
		base, err = readBase(ctx, tx)
		return err
	})
	if err != nil || !v.OK {
		return v, err
	}
	return v, e.db.Update(ctx, func(tx *store.Tx) error {
		if err := base.write(ctx, tx); err != nil {
			return err
		}
		return tx.PutSetting(ctx, limits.SettingSpendingPaused, "")
	})
}

// auditJournal compares every balance with the journal's sum.
func auditJournal(ctx context.Context, tx *store.Tx) (fettle.AuditCheck, error) {
	balances, err := tx.Balances(ctx)
	if err != nil {
		return fettle.AuditCheck{}, err
	}
	var wrong []string
	for _, scope := range []store.Scope{store.ScopeEnrichment, store.ScopePerson, store.ScopePilot, store.ScopeWorkspace, store.ScopeBudget} {
		pers := limits.Periods()
		if scope == store.ScopePilot {
			pers = []fettle.Period{fettle.PerDay}
		}
		if scope == store.ScopeEnrichment {
			pers = append(pers, fettle.PerRun)
		}
		for _, per := range pers {
			sums, err := tx.JournalSums(ctx, scope, per, 0)
			if err != nil {
				return fettle.AuditCheck{}, err
			}
			wrong = append(wrong, differ(balances, sums, scope, per)...)
		}
	}
	return checked("journal", wrong, "every balance is the sum of the journal"), nil
}

// auditProviders compares the providers' balances with the calls.
func auditProviders(ctx context.Context, tx *store.Tx) (fettle.AuditCheck, error) {
	balances, err := tx.Balances(ctx)
	if err != nil {
		return fettle.AuditCheck{}, err
	}
	var wrong []string
	for _, per := range limits.Periods() {
		sums, err := tx.StepSums(ctx, per)
		if err != nil {
			return fettle.AuditCheck{}, err
		}
		wrong = append(wrong, differ(balances, sums, store.ScopeProvider, per)...)
	}
	return checked("providers", wrong, "every provider's balance is the sum of its calls"), nil
}

// differ lists the balances of a scope and period that are not as summed.
func differ(balances, sums map[store.BalanceKey]ledger.Balance, scope store.Scope, per fettle.Period) []string {
	keys := map[store.BalanceKey]bool{}
	for k := range balances {
		if k.Scope == scope && k.Per == per {
			keys[k] = true
		}
	}
	for k := range sums {
		keys[k] = true
	}
	var out []string
	for k := range keys {
		b, s := balances[k], sums[k]
		if b.Reserved != s.Reserved || b.Settled != s.Settled || b.Unknown != s.Unknown || b.Overrun != s.Overrun {
			out = append(out, fmt.Sprintf("%s %s %s: stored %s/%s/%s/%s, journal %s/%s/%s/%s", k.Scope, k.Key, k.Per,
				b.Reserved, b.Settled, b.Unknown, b.Overrun, s.Reserved, s.Settled, s.Unknown, s.Overrun))
		}
	}
	slices.Sort(out)
	return out
}

// auditAttempts compares the workspace's balance with the calls themselves.
func auditAttempts(ctx context.Context, tx *store.Tx) (fettle.AuditCheck, error) {
	sum, err := tx.AttemptSums(ctx)
	if err != nil {
		return fettle.AuditCheck{}, err
	}
	b, err := tx.Balance(ctx, store.BalanceKey{Scope: store.ScopeWorkspace, Per: fettle.Lifetime})
	if err != nil {
		return fettle.AuditCheck{}, err
	}
	var wrong []string
	if b.Reserved != sum.Reserved || b.Settled != sum.Settled || b.Unknown != sum.Unknown || b.Overrun != sum.Overrun {
		wrong = append(wrong, fmt.Sprintf("stored %+v, calls %+v", b, sum))
	}
	return checked("calls", wrong, "what calls hold and cost is the workspace's balance"), nil
}

func auditGrants(ctx context.Context, tx *store.Tx) (fettle.AuditCheck, error) {
	_, sum, err := tx.LastJournal(ctx)
	if err != nil {
		return fettle.AuditCheck{}, err
	}
	g, err := limits.Granted(ctx, tx)
	if err != nil {
		return fettle.AuditCheck{}, err
	}
	var wrong []string
	if (g == nil && sum != 0) || (g != nil && int64(*g) != sum) {
		wrong = append(wrong, fmt.Sprintf("stored %v, journal %s", g, fettle.Credits(sum)))
	}
	return checked("grants", wrong, "the granted credits are the sum of the grants"), nil
}

// auditLimits looks for limits that are passed. A limit that was lowered below
// what was used before is not passed: nothing was reserved since.
func auditLimits(ctx context.Context, tx *store.Tx) (fettle.AuditCheck, error) {
	inForce, err := tx.Limits(ctx)
	if err != nil {
		return fettle.AuditCheck{}, err
	}
	balances, err := tx.Balances(ctx)
	if err != nil {
		return fettle.AuditCheck{}, err
	}
	var wrong []string
	for _, l := range inForce {
		if l.Limit.Credits == nil || l.Limit.None {
			continue
		}
		for k, b := range balances {
			if k.Scope != l.Scope || k.Key != l.Key || k.Per != l.Limit.Per || b.Used()-b.Overrun <= *l.Limit.Credits {
				continue
			}
			since, err := tx.ReservedSince(ctx, k, l.SetAtUS)
			if err != nil {
				return fettle.AuditCheck{}, err
			}
			if since > 0 {
				wrong = append(wrong, fmt.Sprintf("%s %s: %s used of %s", k.Scope, k.Key, b.Used(), *l.Limit.Credits))
			}
		}
	}
	return checked("limits", wrong, "no limit is passed"), nil
}

func checked(name string, wrong []string, fine string) fettle.AuditCheck {
	if len(wrong) == 0 {
		return fettle.AuditCheck{Name: name, OK: true, Detail: fine}
	}
	if len(wrong) > 20 {
		wrong = append(wrong[:20], fmt.Sprintf("and %d more", len(wrong)-20))
	}
	return fettle.AuditCheck{Name: name, Detail: strings.Join(wrong, "; ")}
}

// auditBase is what the last sound audit found: a quick audit adds the journal
// since then.
type auditBase struct {
	Journal int64          `json:"journal"`
	Touched int64          `json:"touched"` // how often records, and their rows, had been written about
	Balance ledger.Balance `json:"balance"`
	At      time.Time      `json:"at"`
}

// settingAudit holds the base.
const settingAudit = "audit_base"

func readBase(ctx context.Context, tx *store.Tx) (auditBase, error) {
	b := auditBase{At: time.Now().UTC()}
	last, _, err := tx.LastJournal(ctx)
	if err != nil {
		return b, err
	}
	b.Journal = last
	touched, err := tx.Touched(ctx)
	if err != nil {
		return b, err
	}
	b.Touched = touched.Anywhere()
	b.Balance, err = tx.Balance(ctx, store.BalanceKey{Scope: store.ScopeWorkspace, Per: fettle.Lifetime})
	return b, err
}

func (b auditBase) write(ctx context.Context, tx *store.Tx) error {
	text, err := json.Marshal(b)
	if err != nil {
		return err
	}
	return tx.PutSetting(ctx, settingAudit, string(text))
}

// CheckNew audits what is new since the last sound audit, quickly: the balance
// of the workspace, and the row counts of the enrichments that may have moved.
// If it fails, spending is paused for the whole workspace until a full audit is
// sound. Run begins with it.
func (e *Engine) CheckNew(ctx context.Context) error {
	var wrong []string
	var base, now auditBase
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		wrong = nil
		if base, err = lastBase(ctx, tx); err != nil {
			return err
		}
		if now, err = readBase(ctx, tx); err != nil {
			return err
		}
		if wrong, err = newJournal(ctx, tx, base, now); err != nil {
			return err
		}
		counts, err := newRowCounts(ctx, tx, base, now)
		wrong = append(wrong, counts...)
		return err
	})
	if err != nil {
		return err
	}
	return e.db.Update(ctx, func(tx *store.Tx) error {
		if len(wrong) == 0 {
			return now.write(ctx, tx)
		}
		why := strings.Join(wrong, "; ")
		e.log.ErrorContext(ctx, "the audit of what is new failed; spending is paused", "why", why)
		if err := e.Channels.Raise(ctx, tx, notify.Event{
			Type: fettle.EventAudit, Notice: "audit", Once: fmt.Sprintf("audit:%d:%s", base.Journal, why), Data: map[string]any{"reason": why},
			Message: "Spending is paused: " + why + ". Settings → Audit says more (fettle audit).",
		}); err != nil {
			return err
		}
		return tx.PutSetting(ctx, limits.SettingSpendingPaused, why)
	})
}

// lastBase is the base that the last sound audit left; the beginning if there
// was none.
func lastBase(ctx context.Context, tx *store.Tx) (base auditBase, err error) {
	text, ok, err := tx.Setting(ctx, settingAudit)
	if err != nil || !ok {
		return base, err
	}
	if err := json.Unmarshal([]byte(text), &base); err != nil {
		return base, fmt.Errorf("read the last audit: %w", err)
	}
	return base, nil
}

// newJournal adds what the journal says since the base to the base's balance,
// and compares it with the balance of now.
func newJournal(ctx context.Context, tx *store.Tx, base, now auditBase) ([]string, error) {
	sums, err := tx.JournalSums(ctx, store.ScopeWorkspace, fettle.Lifetime, base.Journal)
	if err != nil {
		return nil, err
	}
	want := base.Balance
	for _, s := range sums {
		want = want.Add(s)
	}
	b := now.Balance
	if b.Reserved == want.Reserved && b.Settled == want.Settled && b.Unknown == want.Unknown && b.Overrun == want.Overrun {
		return nil, nil
	}
	return []string{fmt.Sprintf("the balance is %s settled, %s reserved, %s unknown; the journal says %s, %s, %s",
		b.Settled, b.Reserved, b.Unknown, want.Settled, want.Reserved, want.Unknown)}, nil
}

// newRowCounts counts the rows of every enrichment, where anything was written
// about a record or its rows since the base; else of those alone that are live
// or were changed.
func newRowCounts(ctx context.Context, tx *store.Tx, base, now auditBase) ([]string, error) {
	list, err := tx.Enrichments(ctx)
	if err != nil {
		return nil, err
	}
	var wrong []string
	for _, x := range list {
		if now.Touched == base.Touched && x.State != fettle.Live && x.PilotRunID == 0 && x.UpdatedUS < base.At.UnixMicro() {
			continue
		}
		n, err := tx.WrongRowCounts(ctx, x.ID)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			wrong = append(wrong, fmt.Sprintf("%d counts of the rows of %s are wrong", n, x.Name))
		}
	}
	return wrong, nil
}
