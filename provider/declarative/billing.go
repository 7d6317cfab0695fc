package declarative

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/provider"
)

// What a request asks for, beside one record: several, whose results are in the
// answer, or in the results of a job.
const (
	modeBatch = "batch"
	modeJob   = "async_batch"
)

// What a price is for.
const (
	perCheck   = "check"   // each answer that is charged
	perChange  = "change"  // an answer whose verdict is a change
	perContact = "contact" // a contact, once in a period
)

// coverMargin is how long before the end of a contact's period a call is priced
// again: the vendor's clock decides, and the call is yet to arrive.
const coverMargin = time.Hour

var _ provider.ContactBilled = (*Operation)(nil)

// billing checks what the price is for.
func (c *compiler) billing(op *operation, out *compiled) error {
	p, in := &out.price, op.Cost
	if err := c.oneOf("cost.per", in.Per, "", perCheck, perChange, perContact); err != nil {
		return err
	}
	p.per = in.Per
	if in.Per == perChange && op.Employment == nil {
		return c.failf("cost.per", "Only an operation with employment tells a change.", "there is no change to bill")
	}
	if in.Per != perContact {
		if len(in.Contact) > 0 || in.Period != "" {
			return c.failf("cost.contact", "Write per: contact.", "contact and period say once for whom a contact is billed")
		}
		return c.say(op, out)
	}
	if len(in.Contact) == 0 {
		return c.failf("cost.contact", "Name the inputs that tell whom a call is about: contact: [linkedin_url].", "no contact")
	}
	for _, name := range in.Contact {
		if !slices.Contains(out.inputs, name) {
			return c.failf("cost.contact", "Inputs: "+strings.Join(out.inputs, ", ")+".", "%q is not an input", name)
		}
	}
	p.contact = in.Contact
	if in.Period != "month" {
		d, err := fettle.ParseInterval(in.Period)
		if err != nil {
			return c.fail("cost.period", err)
		}
		if p.period = time.Duration(d); p.period <= coverMargin {
			return c.failf("cost.period", "Say for how long a contact is paid: period: 30d, or month.", "%q is no period", in.Period)
		}
	}
	return c.say(op, out)
}

// usual says what a call costs at most, in the vendor's units, and when it is
// billed: "at most 3 credits, only when found".
func usual(in cost) string {
	if len(in.ChargedOn) == 0 {
		return "free"
	}
	text := ""
	if most, err := strconv.ParseFloat(in.Estimate, 64); err == nil { // else it is an expression over the inputs
		text = strconv.FormatFloat(most, 'f', -1, 64) + " " + in.Unit
		if most != 1 && in.Unit != strings.ToUpper(in.Unit) { // USD has no plural
			text += "s"
		}
		if in.Actual != "" || in.Low != "" {
			text = "at most " + text
		}
	}
	if slices.Equal(in.ChargedOn, []string{string(provider.Found)}) {
		text += ", only when found"
	}
	return strings.TrimPrefix(text, ", ")
}

// say puts into words what the price is for.
func (c *compiler) say(op *operation, out *compiled) error {
	var parts []string
	if u := usual(op.Cost); u != "" {
		parts = append(parts, u)
	}
	switch op.Cost.Per {
	case perChange:
		parts = append(parts, "per change in an answer")
	case perContact:
		period := op.Cost.Period
		if period != "month" {
			period = fettle.Interval(out.price.period).String()
		}
		parts = append(parts, "once per contact and "+period)
	case perCheck:
		parts = append(parts, "per check")
	}
	if op.Cost.Minimum != "" {
		parts = append(parts, fmt.Sprintf("at least %s a request", op.Cost.Minimum))
	}
	if op.batches() {
		parts = append(parts, fmt.Sprintf("up to %d records a request", out.maxBatch()))
	}
	out.info.Billing = strings.Join(parts, ", ")
	return nil
}

// billed is a quote by what the price is for.
func (o *Operation) billed(q provider.Quote, s *scope) (provider.Quote, bool) {
	for _, x := range []*provider.Units{&q.Low, &q.Expected, &q.HitMax, &q.MissMax} {
		if *x == 0 {
			continue
		}
		var err error
		if *x, err = o.atLeast(*x, s); err != nil {
			return q, false
		}
	}
	if o.c.price.per == perChange {
		q.Low = 0
	}
	if s.covered && o.c.price.per == perContact {
		return provider.Quote{}, true
	}
	return q, true
}

// atLeast is what a request is billed that is billed at all. The minimum of a
// batch is not that of each of its records: whoever asks for them shares it.
func (o *Operation) atLeast(units provider.Units, s *scope) (provider.Units, error) {
	if o.c.price.minimum == nil || o.c.items != nil {
		return units, nil
	}
	least, err := amount(o.c.price.minimum, s)
	return max(units, least), err
}

// free reports whether an answer that does not tell its price costs nothing.
func (o *Operation) free(s *scope) bool {
	switch o.c.price.per {
	case perChange:
		return s.unchanged
	case perContact:
		return s.covered
	}
	return false
}

// Contact identifies whom a call is about, without regard to case and white space.
func (o *Operation) Contact(call provider.Call) string {
	if o.c.price.per != perContact {
		return ""
	}
	h := sha256.New()
	for _, name := range o.c.price.contact {
		v, ok := call.Inputs[name]
		if !ok {
			return ""
		}
		_, _ = fmt.Fprintf(h, "%s\x00%s\x00", name, strings.Join(strings.Fields(strings.ToLower(fettle.FormatValue(v))), " "))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// Covers reports whether a contact that was billed is free for now.
func (o *Operation) Covers(billed, now time.Time) bool {
	end := now.Add(coverMargin)
	if o.c.price.period > 0 {
		return end.Before(billed.Add(o.c.price.period))
	}
	return fettle.PerMonth.Start(billed).Equal(fettle.PerMonth.Start(end))
}

// maxBatch is how many records one request may hold.
func (c *compiled) maxBatch() int { return max(1, c.def.Request.MaxItems) }
