package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"fettle"
	"fettle/store"
)

// maxWindow is the longest window whose spend is explained.
const maxWindow = 366 * 24 * time.Hour

// WhySpend explains what drove the spend from one time to another, beside the
// time of equal length before it. Without times it is the last seven days.
func (e *Engine) WhySpend(ctx context.Context, actor fettle.Actor, from, to time.Time) (fettle.WhyView, error) {
	if err := actor.Require(fettle.Viewer, "see spend"); err != nil {
		return fettle.WhyView{}, err
	}
	if to.IsZero() {
		to = time.Now()
	}
	if from.IsZero() {
		from = to.AddDate(0, 0, -7)
	}
	from, to = from.UTC().Truncate(time.Microsecond), to.UTC().Truncate(time.Microsecond)
	length := to.Sub(from)
	if length <= 0 || length > maxWindow {
		return fettle.WhyView{}, fettle.Errorf(fettle.Invalid, "spend cannot be explained from %s to %s", from.Format(time.RFC3339), to.Format(time.RFC3339)).
			WithHint("Choose a time that begins before it ends, a year long at the most.")
	}
	v := fettle.WhyView{From: from, To: to, BeforeFrom: from.Add(-length)}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		parts, err := tx.SpendParts(ctx, v.BeforeFrom.UnixMicro(), from.UnixMicro(), to.UnixMicro())
		if err != nil {
			return err
		}
		all, err := tx.Enrichments(ctx)
		labels := make(map[string]string, len(all))
		for _, x := range all {
			labels[x.Name] = x.Label
		}
		titles := map[string]string{}
		for _, c := range e.conns.All() {
			titles[c.Name] = c.Title()
		}
		explainSpend(&v, parts, whyNames{labels, titles})
		return err
	})
	return v, err
}

// The bounds of an explanation.
const (
	maxDrivers  = 12
	priceCalls  = 10 // fewer charges on a side say nothing about a price
	driverShare = 50 // a driver below 1/50 of the spend is left out
	priceShare  = 10 // as is a price that changed by less than 1/10
)

// explainSpend says in sentences what the parts of the spend come to, what
// added most first, by what people call those who spent and billed. It is pure.
func explainSpend(v *fettle.WhyView, parts []store.SpendPart, names whyNames) {
	for i := range parts {
		parts[i].Enrichment = cmp.Or(parts[i].Enrichment, deletedName)
		v.SettledCredits += parts[i].Now
		v.BeforeCredits += parts[i].Before
		v.Calls += parts[i].Calls
		v.BeforeCalls += parts[i].CallsBefore
	}
	v.ChangeCredits = v.SettledCredits - v.BeforeCredits
	v.Summary = summary(v)
	x := explainer{v: v, parts: parts, names: names}
	x.enrichments()
	x.versions()
	x.causes()
	x.providers()
	x.prices()
	x.others()
	least := max(v.SettledCredits, v.BeforeCredits) / driverShare
	v.Drivers = slices.DeleteFunc(x.out, func(d fettle.SpendDriver) bool {
		return max(d.Credits, d.BeforeCredits) <= least && d.Kind != "overrun" && d.Kind != "resolved"
	})
	slices.SortStableFunc(v.Drivers, func(a, b fettle.SpendDriver) int { return cmp.Compare(b.ChangeCredits, a.ChangeCredits) })
	v.Drivers = append([]fettle.SpendDriver{}, v.Drivers[:min(len(v.Drivers), maxDrivers)]...)
}

// deletedName stands for the enrichments that are no more.
const deletedName = "deleted"

func summary(v *fettle.WhyView) string {
	length := span(v.To.Sub(v.From))
	switch {
	case v.SettledCredits == 0 && v.BeforeCredits == 0:
		return fmt.Sprintf("Nothing was spent in these %s, nor in the %s before.", length, length)
	case v.SettledCredits == 0:
		return fmt.Sprintf("Nothing was spent in these %s; it was %s in the %s before.", length, v.BeforeCredits.Words(), length)
	case v.BeforeCredits == 0:
		return fmt.Sprintf("%s spent in these %s in %s; nothing in the %s before.", v.SettledCredits.Words(), length, many(v.Calls, "charge", "charges"), length)
	}
	s := fmt.Sprintf("%s spent in these %s, %s than in the %s before (%s)", v.SettledCredits.Words(), length, moreOrLess(v.ChangeCredits), length, v.BeforeCredits.Text())
	if v.ChangeCredits > 0 {
		s += fmt.Sprintf(": %.1f times as much", float64(v.SettledCredits)/float64(v.BeforeCredits))
	}
	return s + "."
}

func moreOrLess(change fettle.Credits) string {
	switch {
	case change > 0:
		return change.Text() + " more"
	case change < 0:
		return (-change).Text() + " less"
	}
	return "no more"
}

// versus ends a sentence with what was before.
func versus(d fettle.SpendDriver) string {
	if d.BeforeCredits == 0 {
		return "nothing before"
	}
	return fmt.Sprintf("%s before", d.BeforeCredits.Text())
}

// explainer gathers drivers.
type explainer struct {
	v     *fettle.WhyView
	parts []store.SpendPart
	names whyNames
	out   []fettle.SpendDriver
}

// whyNames is what people call enrichments and providers, by their names.
type whyNames struct{ enrichments, providers map[string]string }

// called is what people call the enrichment of a driver.
func (x *explainer) called(d fettle.SpendDriver) string {
	return cmp.Or(x.names.enrichments[d.Journal.Enrichment], d.Journal.Enrichment)
}

// biller is what people call the provider of a driver.
func (x *explainer) biller(d fettle.SpendDriver) string {
	return cmp.Or(x.names.providers[d.Journal.Provider], d.Journal.Provider)
}

// grouped sums the parts of a kind of driver that have one key, in the order in
// which the keys come.
func (x *explainer) grouped(kind string, key func(store.SpendPart) (fettle.JournalFilter, bool)) []fettle.SpendDriver {
	var order []fettle.JournalFilter
	sums := map[fettle.JournalFilter]*fettle.SpendDriver{}
	for _, p := range x.parts {
		k, ok := key(p)
		if !ok {
			continue
		}
		d := sums[k]
		if d == nil {
			d = &fettle.SpendDriver{Kind: kind, Journal: k}
			sums[k] = d
			order = append(order, k)
		}
		d.Credits += p.Now
		d.BeforeCredits += p.Before
		d.Calls += p.Calls
		d.BeforeCalls += p.CallsBefore
	}
	out := make([]fettle.SpendDriver, len(order))
	for i, k := range order {
		out[i] = *sums[k]
		out[i].ChangeCredits = out[i].Credits - out[i].BeforeCredits
		out[i].Journal.From, out[i].Journal.To = x.v.From, x.v.To
	}
	return out
}

func named(p store.SpendPart) string {
	if p.Enrichment == deletedName {
		return ""
	}
	return p.Enrichment
}

func (x *explainer) share(c fettle.Credits) string {
	if x.v.SettledCredits == 0 {
		return "0 %"
	}
	return fmt.Sprintf("%d%%", c*100/x.v.SettledCredits)
}

func (x *explainer) enrichments() {
	for _, d := range x.grouped("enrichment", func(p store.SpendPart) (fettle.JournalFilter, bool) {
		return fettle.JournalFilter{Enrichment: named(p)}, true
	}) {
		d.Text = fmt.Sprintf("%s spent %s in %s, %s of all; %s.", cmp.Or(x.called(d), "Deleted enrichments"), d.Credits.Words(),
			many(d.Calls, "charge", "charges"), x.share(d.Credits), versus(d))
		x.out = append(x.out, d)
	}
}

// versions tells of versions that were new, where an older one had spent.
func (x *explainer) versions() {
	all := x.grouped("version", func(p store.SpendPart) (fettle.JournalFilter, bool) {
		return fettle.JournalFilter{Enrichment: named(p), Version: p.Version}, named(p) != ""
	})
	for _, d := range all {
		older := slices.ContainsFunc(all, func(o fettle.SpendDriver) bool {
			return o.Journal.Enrichment == d.Journal.Enrichment && o.Journal.Version < d.Journal.Version
		})
		if d.BeforeCredits > 0 || !older {
			continue
		}
		d.Text = fmt.Sprintf("Version %d of %s, which is new, spent %s in %s.", d.Journal.Version, x.called(d), d.Credits.Words(), many(d.Calls, "charge", "charges"))
		x.out = append(x.out, d)
	}
}

var causeWords = map[fettle.Cause]string{
	fettle.CauseStart:        "the records that were there when it was started or resumed",
	fettle.CauseEntered:      "new members of its audience",
	fettle.CauseInputChanged: "records whose inputs had changed",
	fettle.CausePoll:         "checks that a signal asked for",
	fettle.CauseRefresh:      "values that were due to be asked again",
	fettle.CauseRetry:        "retries",
	fettle.CauseRerun:        "reruns that someone asked for",
	fettle.CausePilot:        "pilots",
	fettle.CauseSignal:       "what happened to records (signals)",
}

func (x *explainer) causes() {
	for _, d := range x.grouped("cause", func(p store.SpendPart) (fettle.JournalFilter, bool) {
		return fettle.JournalFilter{Enrichment: named(p), Cause: p.Cause}, named(p) != ""
	}) {
		d.Text = fmt.Sprintf("%s: %s went to %s (%s); %s.", x.called(d), d.Credits.Words(),
			cmp.Or(causeWords[d.Journal.Cause], string(d.Journal.Cause)), many(d.Calls, "charge", "charges"), versus(d))
		x.out = append(x.out, d)
	}
}

// providers tells who billed, where there are several.
func (x *explainer) providers() {
	all := x.grouped("provider", func(p store.SpendPart) (fettle.JournalFilter, bool) {
		return fettle.JournalFilter{Provider: p.Provider, Model: p.Model}, true
	})
	if len(all) < 2 {
		return
	}
	for _, d := range all {
		if slices.ContainsFunc(x.out, func(o fettle.SpendDriver) bool {
			return o.Kind == "enrichment" && o.Credits == d.Credits && o.BeforeCredits == d.BeforeCredits && o.Calls == d.Calls
		}) {
			continue // said of the one enrichment that asks it
		}
		name := x.biller(d)
		if d.Journal.Model != "" {
			name += " " + d.Journal.Model
		}
		d.Text = fmt.Sprintf("%s billed %s in %s; %s.", name, d.Credits.Words(), many(d.Calls, "charge", "charges"), versus(d))
		x.out = append(x.out, d)
	}
}

// prices tells where one charge costs something else than before.
func (x *explainer) prices() {
	for _, d := range x.grouped("price", func(p store.SpendPart) (fettle.JournalFilter, bool) {
		return fettle.JournalFilter{Enrichment: named(p), Provider: p.Provider, Model: p.Model}, named(p) != "" && p.Kind == "settle"
	}) {
		if d.Calls < priceCalls || d.BeforeCalls < priceCalls {
			continue
		}
		was, is := d.BeforeCredits/fettle.Credits(d.BeforeCalls), d.Credits/fettle.Credits(d.Calls)
		if diff := is - was; max(diff, -diff)*priceShare < was {
			continue
		}
		d.ChangeCredits = (is - was) * fettle.Credits(d.Calls)
		d.Text = fmt.Sprintf("A charge of %s for %s was %s on average, %s before: that alone makes it %s.",
			x.biller(d), x.called(d), is.Words(), was.Text(), moreOrLess(d.ChangeCredits))
		x.out = append(x.out, d)
	}
}

// others tells of money that came neither with an answer nor within a stated
// maximum.
func (x *explainer) others() {
	for _, d := range x.grouped("resolved", func(p store.SpendPart) (fettle.JournalFilter, bool) {
		return fettle.JournalFilter{Kind: p.Kind}, p.Kind == "resolve" || p.Kind == "late"
	}) {
		what := "someone counted charges as spent that may have been billed"
		if d.Journal.Kind == "late" {
			what = "answers came late, when their calls already counted as unknown"
		}
		d.Text = fmt.Sprintf("%s, because %s; %s.", d.Credits.Words(), what, versus(d))
		x.out = append(x.out, d)
	}
	over := fettle.SpendDriver{Kind: "overrun", Journal: fettle.JournalFilter{From: x.v.From, To: x.v.To}}
	for _, p := range x.parts {
		if p.Overrun > 0 {
			over.Credits += p.Overrun
			over.Calls += p.Calls
			over.Journal.Provider = p.Provider
		}
	}
	if over.Credits > 0 {
		over.ChangeCredits = over.Credits
		over.Text = fmt.Sprintf("Billed above the highest price that the provider had stated: %s.", over.Credits.Words())
		x.out = append(x.out, over)
	}
}
