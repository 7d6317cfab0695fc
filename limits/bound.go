package limits

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"fettle"
	"fettle/store"
)

// UsedPercent is how much of a limit is used, of credits or records whichever
// is more.
func UsedPercent(b Bound) int64 {
	used := int64(0)
	if b.Cap.Credits != nil && *b.Cap.Credits > 0 {
		used = int64(float64(b.Balance.Used())/float64(*b.Cap.Credits)*100 + 1e-9)
	}
	if b.Cap.Records != nil && *b.Cap.Records > 0 {
		used = max(used, b.Balance.UsedRecords()*100 / *b.Cap.Records)
	}
	return used
}

// OnceKey makes a notification about a limit be sent once for each period and
// each amount of the limit.
func OnceKey(kind string, id int64, b Bound) string {
	amount := "-"
	if b.Cap.Credits != nil {
		amount = b.Cap.Credits.String()
	}
	if b.Cap.Records != nil {
		amount += "/" + strconv.FormatInt(*b.Cap.Records, 10)
	}
	return fmt.Sprintf("%s:%d:%s:%s:%s:%d:%s", kind, id, b.Key.Scope, b.Key.Key, b.Key.Per, b.Key.Start, amount)
}

// Tightest is the bound with the least room for a row of the price.
func Tightest(bounds []Bound, price fettle.Credits) (Bound, bool) {
	var out Bound
	found := false
	for _, b := range bounds {
		binds := b.Room.Credits < price || b.Room.Records < 1
		if binds && (!found || b.Room.Credits < out.Room.Credits) {
			out, found = b, true
		}
	}
	if !found && len(bounds) > 0 {
		out, found = bounds[0], true
		for _, b := range bounds {
			if b.Room.Credits < out.Room.Credits {
				out = b
			}
		}
	}
	return out, found
}

// PausedText says that an enrichment paused for a limit, and what to do: label in
// the words, the name in the command.
func PausedText(b Bound, enrichment, label string) string {
	then := " and resume to continue from the same row."
	if !b.Grant && b.Key.Scope != store.ScopePilot {
		then = " and resume to continue from the same row, or ask for more (fettle request new " + enrichment + " --reason TEXT)."
	}
	return label + " paused: " + Reached(b, label) + ". " + Raise(b, enrichment) + then
}

// Raise says how to make room under a limit: the act, and the command after it.
func Raise(b Bound, enrichment string) string {
	if b.Grant {
		return "Grant credits (fettle credits grant N)"
	}
	in := "--credits N"
	if b.Room.Records < 1 && b.Cap.Records != nil {
		in = "--records N"
	}
	if b.Key.Per != fettle.Lifetime && b.Key.Per != "" {
		in += " --per " + string(b.Key.Per)
	}
	switch b.Key.Scope {
	case store.ScopeWorkspace:
		return "Raise the limit of the workspace (fettle limit set workspace " + in + ")"
	case store.ScopeProvider:
		return "Raise the limit of the provider (fettle limit set provider " + b.Key.Key + " " + in + ")"
	case store.ScopeBudget:
		return "Raise the budget " + b.Key.Key + " (fettle limit set budget " + b.Key.Key + " " + in + ")"
	case store.ScopePerson:
		return "Raise the limit of " + b.Key.Key + " (fettle limit set person " + b.Key.Key + " " + in + ")"
	case store.ScopeEnrichment, store.ScopePilot:
	}
	return "Raise it (fettle enrichment limit " + enrichment + " " + in + ")"
}

// Reached says which limit is reached.
func Reached(b Bound, enrichment string) string {
	whose := map[store.Scope]string{
		store.ScopeEnrichment: enrichment, store.ScopeWorkspace: "the workspace",
		store.ScopeProvider: "the provider " + b.Key.Key, store.ScopePerson: b.Key.Key, store.ScopeBudget: "the budget " + b.Key.Key,
	}[b.Key.Scope]
	if b.Grant {
		return fmt.Sprintf("the workspace has %s left, less than the next row may cost", b.Room.Credits.Words())
	}
	if b.Key.Scope == store.ScopePilot {
		return PilotWords(b)
	}
	of := ""
	if b.Cap.Credits != nil {
		of = fmt.Sprintf("%s of %s credits", b.Balance.Used().Text(), b.Cap.Credits.Text())
	}
	if b.Cap.Records != nil {
		if of != "" {
			of += ", "
		}
		of += fettle.Thousands(b.Balance.UsedRecords()) + " of " + fettle.Thousands(*b.Cap.Records) + " records"
	}
	what := ""
	if b.Room.Records < 1 && b.Room.Credits > 0 && b.Cap.Credits != nil {
		what = " in records"
	}
	if b.Room.Credits > 0 && (b.Cap.Records == nil || b.Room.Records >= 1) {
		return fmt.Sprintf("the %s limit of %s leaves %s, less than the next row may cost (%s)", b.Key.Per, whose, b.Room.Credits.Words(), of)
	}
	return fmt.Sprintf("the %s limit of %s%s is reached (%s)", b.Key.Per, whose, what, of)
}

// RowBounds are the limits that every row of an enrichment counts in: its own,
// the workspace's, its budgets' and those of the person who pays: while it is live whoever its
// run is on the account of, else the actor, who would begin or resume it.
func RowBounds(ctx context.Context, tx *store.Tx, cur store.Enrichment, actor string) ([]Bound, error) {
	c, err := Read(ctx, tx)
	if err != nil {
		return nil, err
	}
	if cur.RunID != 0 && cur.State == fettle.Live {
		r, err := tx.Run(ctx, cur.RunID)
		if err != nil {
			return nil, err
		}
		actor = r.Actor
	}
	return c.Bounds(ctx, tx, c.Under(Payer{Enrichment: cur.ID, Run: cur.RunID, Person: actor, At: time.Now()}).RowKeys())
}

// Left is what the tightest limits leave in credits and in records; nil
// where none binds. Granted credits are not a limit.
func Left(bounds []Bound) (credits *fettle.Credits, records *int64) {
	for _, b := range bounds {
		if b.Cap.Credits != nil && !b.Grant && (credits == nil || b.Room.Credits < *credits) {
			credits = &b.Room.Credits
		}
		if b.Cap.Records != nil && (records == nil || b.Room.Records < *records) {
			records = &b.Room.Records
		}
	}
	return credits, records
}

// Full gives the tightest bound that leaves no room for a row of the price, where
// nothing that is in flight may still make room. counted says that the row
// needs no more records.
func Full(bounds []Bound, price fettle.Credits, counted bool) (out Bound, is bool) {
	for _, b := range bounds {
		flying := b.Balance.Reserved > 0 || b.Balance.ReservedRecords > 0
		full := !flying && (b.Room.Credits < price || (b.Room.Records < 1 && !counted))
		if full && (!is || b.Room.Credits < out.Room.Credits) {
			out, is = b, true
		}
	}
	return out, is
}

// RunKey is the balance of an enrichment's run.
func RunKey(cur store.Enrichment) store.BalanceKey {
	return store.BalanceKey{Scope: store.ScopeEnrichment, Key: strconv.FormatInt(cur.ID, 10), Per: fettle.PerRun, Start: cur.RunID}
}
