package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/store"
)

// Bounds of what is looked at to say why an enrichment spends.
const (
	mostCharges = 5000 // of more every nth stands for all
	logLooked   = 12   // entries of a record: what made it be bought is among the newest
	mostThings  = 12
)

// WhyEnrichment names what an enrichment's spend of a time went back to: the import,
// filter edit, signal source, loop partner, version or person, each with its share.
// It is worked out from the calls and the change log. Without times it is the last day.
func (e *Engine) WhyEnrichment(ctx context.Context, actor fettle.Actor, name string, from, to time.Time) (fettle.EnrichmentWhy, error) {
	v := fettle.EnrichmentWhy{Enrichment: name, Things: []fettle.SpendThing{}}
	if err := actor.Require(fettle.Viewer, "see spend"); err != nil {
		return v, err
	}
	if to.IsZero() {
		to = time.Now()
	}
	if from.IsZero() {
		from = to.AddDate(0, 0, -1)
	}
	v.From, v.To = from.UTC().Truncate(time.Microsecond), to.UTC().Truncate(time.Microsecond)
	if length := v.To.Sub(v.From); length <= 0 || length > maxWindow {
		return v, fettle.Errorf(fettle.Invalid, "spend cannot be explained from %s to %s", v.From.Format(time.RFC3339), v.To.Format(time.RFC3339)).
			WithHint("Choose a time that begins before it ends, a year long at the most.")
	}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		cur, err := tx.Enrichment(ctx, name)
		if err != nil {
			return err
		}
		var charges []store.Charge
		charges, v.Calls, v.SettledCredits, err = tx.ChargesOf(ctx, cur.ID, v.From.UnixMicro(), v.To.UnixMicro(), mostCharges)
		if err != nil || len(charges) == 0 {
			return err
		}
		v.Looked = int64(len(charges))
		x := &tracing{e: e, tx: tx, cur: cur, sums: map[thing]*fettle.SpendThing{}}
		if err := x.read(ctx, charges); err != nil {
			return err
		}
		v.Things, err = x.things(ctx, charges, v.SettledCredits)
		return err
	})
	return v, err
}

// thing is what spend goes back to, as it is told apart from others.
type thing struct {
	kind   string
	name   string
	number int64
	source string // of a signal: who told it
}

// tracing finds what charges of an enrichment go back to.
type tracing struct {
	e   *Engine
	tx  *store.Tx
	cur store.Enrichment
	p   *judge.Program // nil where its definition cannot be read now

	runs       []store.Run
	versions   []store.Version
	edits      []filterEdit               // of its audiences, oldest first
	reads      map[fettle.Entity][]string // fields that it and its audiences read; nil where that cannot be said
	log        map[int64][]store.ChangeEvent
	company    map[int64]int64
	calls      map[int64]int64 // call → signal
	signals    map[int64]store.Signal
	told       map[int64][]store.Witness
	ruleNames  map[int64]string
	ruleLabels map[string]string // by their names

	sums map[thing]*fettle.SpendThing
}

type filterEdit struct {
	atUS     int64
	audience string
	actor    string
}

// read reads what the charges are traced in.
func (x *tracing) read(ctx context.Context, charges []store.Charge) (err error) {
	x.p, _ = x.e.judge.Compile(ctx, x.tx, x.cur.ID, x.cur.Name, x.cur.Version, x.cur.Definition)
	if x.runs, err = x.tx.RunsOf(ctx, x.cur.ID); err != nil {
		return err
	}
	if x.versions, err = x.tx.Versions(ctx, x.cur.ID); err != nil {
		return err
	}
	if err := x.readEdits(ctx); err != nil {
		return err
	}
	if err := x.readReads(ctx); err != nil {
		return err
	}
	var records, attempts []int64
	for _, c := range charges {
		records, attempts = append(records, c.Record), append(attempts, c.Attempt)
	}
	slices.Sort(records)
	records = slices.Compact(records)
	if x.log, err = x.tx.NewestLog(ctx, records, logLooked); err != nil {
		return err
	}
	if err := x.readCompanies(ctx, records); err != nil {
		return err
	}
	if x.calls, err = x.tx.CallSignals(ctx, attempts); err != nil {
		return err
	}
	return x.readSignals(ctx)
}

func (x *tracing) readEdits(ctx context.Context) error {
	for _, name := range x.cur.Definition.Audience {
		a, err := x.tx.Audience(ctx, name)
		if err != nil {
			if fettle.CodeOf(err) == fettle.NotFound {
				continue
			}
			return err
		}
		edits, err := x.tx.AudienceEdits(ctx, a.ID)
		if err != nil {
			return err
		}
		actions, err := x.tx.Actions(ctx, name, 0, 100)
		if err != nil {
			return err
		}
		for i, at := range edits {
			if i == 0 {
				continue // as it was made
			}
			who := ""
			for _, act := range actions { // newest first
				if act.Action == "audience.change" && act.AtUS >= at && act.AtUS-at < time.Minute.Microseconds() {
					who = act.Actor
				}
			}
			x.edits = append(x.edits, filterEdit{at, name, who})
		}
	}
	slices.SortFunc(x.edits, func(a, b filterEdit) int { return cmp.Compare(a.atUS, b.atUS) })
	return nil
}

// readCompanies reads the log of people's companies, where they are read.
func (x *tracing) readCompanies(ctx context.Context, records []int64) error {
	x.company = map[int64]int64{}
	if x.cur.Entity != fettle.People || x.p == nil || len(x.p.Company) == 0 {
		return nil
	}
	people, err := x.tx.Records(ctx, fettle.People, records, []string{"name"}, []string{"name"})
	if err != nil {
		return err
	}
	var ids []int64
	for _, r := range people {
		if r.CompanyID != 0 {
			x.company[r.ID] = r.CompanyID
			ids = append(ids, r.CompanyID)
		}
	}
	slices.Sort(ids)
	theirs, err := x.tx.NewestLog(ctx, slices.Compact(ids), logLooked)
	maps.Copy(x.log, theirs)
	return err
}

func (x *tracing) readSignals(ctx context.Context) error {
	ids := []int64{}
	for _, id := range x.calls {
		ids = append(ids, id)
	}
	for _, entries := range x.log {
		for _, c := range entries {
			if id := c.Signal(); id != 0 {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	all, err := x.tx.SignalsByID(ctx, ids)
	if err != nil {
		return err
	}
	x.signals = map[int64]store.Signal{}
	for _, s := range all {
		x.signals[s.ID] = s
	}
	if x.told, err = x.tx.Witnesses(ctx, ids); err != nil {
		return err
	}
	rules, err := x.tx.SignalRules(ctx)
	x.ruleNames, x.ruleLabels = map[int64]string{}, map[string]string{}
	for _, r := range rules {
		x.ruleNames[r.ID], x.ruleLabels[r.Name] = r.Name, r.Label
	}
	return err
}

// things sums the charges by what they go back to.
func (x *tracing) things(ctx context.Context, charges []store.Charge, total fettle.Credits) ([]fettle.SpendThing, error) {
	var looked fettle.Credits
	for _, c := range charges {
		looked += c.Credits
	}
	for _, c := range charges {
		t, fields := x.of(c)
		s := x.sums[t]
		if s == nil {
			s = &fettle.SpendThing{Kind: t.kind, Name: t.name, Number: t.number, Fields: []string{}}
			x.sums[t] = s
		}
		s.Credits += c.Credits
		s.Calls++
		if at := time.UnixMicro(c.ReservedUS).UTC(); at.After(s.Last) {
			s.Last = at
		}
		for _, f := range fields {
			if !slices.Contains(s.Fields, f) {
				s.Fields = append(s.Fields, f)
			}
		}
	}
	var out []fettle.SpendThing
	for t, s := range x.sums {
		if err := x.name(ctx, t, s); err != nil {
			return nil, err
		}
		slices.Sort(s.Fields)
		s.Share = int64(float64(s.Credits)/float64(max(looked, 1))*100 + 0.5)
		if looked != total && looked > 0 {
			s.Credits = fettle.Credits(float64(total) / float64(looked) * float64(s.Credits))
		}
		s.Text = fmt.Sprintf("%s (%d%%) %s", s.Credits.Words(), s.Share, s.Text)
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b fettle.SpendThing) int {
		return cmp.Or(cmp.Compare(b.Credits, a.Credits), strings.Compare(a.Text, b.Text))
	})
	return out[:min(len(out), mostThings)], nil
}

// of says what a charge goes back to, and which fields it came through.
func (x *tracing) of(c store.Charge) (t thing, fields []string) {
	run, before := x.run(c.Run)
	who := cmp.Or(c.Opener, run.Actor, c.Actor)
	switch c.Cause {
	case fettle.CausePilot, fettle.CauseRerun, fettle.CauseRetry:
		return thing{kind: "person", name: who, source: string(c.Cause)}, nil
	case fettle.CauseRefresh:
		return thing{kind: "refresh", name: x.cur.Definition.Refresh.String()}, nil
	case fettle.CausePoll:
		return thing{kind: "poll", name: x.cur.Definition.Poll}, nil
	case fettle.CauseSignal:
		if id := x.calls[c.Attempt]; id != 0 {
			return x.signal(id), nil
		}
	case fettle.CauseStart:
		return x.started(c, who, run, before)
	case fettle.CauseEntered, fettle.CauseInputChanged: // what was written says it
	}
	entry, fields, ok := x.written(c, c.Cause == fettle.CauseInputChanged)
	if edit := x.edited(c.ReservedUS); c.Cause != fettle.CauseInputChanged && edit != nil && (!ok || edit.atUS > entry.AtUS) {
		return thing{kind: "filter", name: edit.audience, source: edit.actor}, nil
	}
	if !ok {
		return thing{kind: "other", name: string(c.Cause)}, nil
	}
	return x.origin(entry), fields
}

// started says what a charge of a start or resume goes back to: what was written
// since the run before, or since this one was started, a version that is new, or
// who started it.
func (x *tracing) started(c store.Charge, who string, run, before store.Run) (thing, []string) {
	entry, fields, ok := x.written(c, false)
	later := run.ID != 0 && entry.AtUS > run.StartedUS // the plan came to it after it was written
	if ok && (later || before.ID != 0 && entry.AtUS > max(before.StartedUS, before.EndedUS)) {
		return x.origin(entry), fields
	}
	if edit := x.edited(c.ReservedUS); edit != nil && before.ID != 0 && edit.atUS > before.StartedUS {
		return thing{kind: "filter", name: edit.audience, source: edit.actor}, nil
	}
	for _, v := range x.versions {
		if v.Version == c.Version && v.Version > 1 && before.ID != 0 && v.AtUS > before.StartedUS {
			return thing{kind: "version", name: v.Actor, number: v.Version}, nil
		}
	}
	return thing{kind: "person", name: who, source: string(fettle.CauseStart)}, nil
}

// run gives the run of a charge and the one before it.
func (x *tracing) run(id int64) (run, before store.Run) {
	for i, r := range x.runs {
		if r.ID == id {
			if i > 0 {
				before = x.runs[i-1]
			}
			return r, before
		}
	}
	return run, before
}

// edited is the newest edit of a filter before a time.
func (x *tracing) edited(atUS int64) *filterEdit {
	for i := range slices.Backward(x.edits) {
		if x.edits[i].atUS <= atUS {
			return &x.edits[i]
		}
	}
	return nil
}

// inputsOf are the fields of an entry that the enrichment reads.
func (x *tracing) inputsOf(c store.ChangeEvent) (out []string) {
	if x.p == nil {
		return nil
	}
	if c.Entity == x.cur.Entity {
		for f := range x.p.Inputs {
			if c.Names(f) {
				out = append(out, f)
			}
		}
		return out
	}
	for _, f := range x.p.Company {
		if c.Names(f) {
			out = append(out, "company."+f)
		}
	}
	return out
}

// origin is the thing that wrote an entry.
func (x *tracing) origin(c store.ChangeEvent) thing {
	if id := c.Signal(); id != 0 {
		return x.signal(id)
	}
	switch c.From.Kind {
	case store.OriginImport:
		return thing{kind: "import", name: c.From.Name, number: c.From.RefID}
	case store.OriginAPI:
		return thing{kind: "source", name: c.From.Name}
	case store.OriginPerson:
		return thing{kind: "edit", name: cmp.Or(c.Actor, c.From.Name)}
	case store.OriginUndo:
		return thing{kind: "undo", name: c.Actor, number: c.From.RefID}
	case store.OriginEnrichment:
		return thing{kind: "enrichment", name: c.From.Name, number: c.From.RefID}
	}
	return thing{kind: "other", name: c.Kind}
}

func (x *tracing) signal(id int64) thing {
	s := x.signals[id]
	t := thing{kind: "signal", name: cmp.Or(x.ruleNames[s.Rule], s.Type)}
	for _, w := range x.told[id] {
		if w.GoneUS == 0 {
			t.source = w.Source
			break
		}
	}
	return t
}

// name says in words what a thing is, and what takes it back or stops it.
func (x *tracing) name(ctx context.Context, t thing, s *fettle.SpendThing) error {
	by := func(who string) string {
		if who == "" {
			return ""
		}
		return " by " + who
	}
	pause := "fettle enrichment pause " + x.cur.Name
	fields := ""
	if len(s.Fields) > 0 {
		fields = " (" + strings.Join(s.Fields, ", ") + ")"
	}
	switch t.kind {
	case "import":
		i, err := x.tx.Import(ctx, t.number)
		if err != nil && fettle.CodeOf(err) != fettle.NotFound {
			return err
		}
		s.Name = cmp.Or(i.File, t.name)
		s.Text, s.Command = fmt.Sprintf("for what the import of %s (%d)%s wrote%s.", s.Name, t.number, by(i.Actor), fields), fmt.Sprintf("fettle import undo %d", t.number)
	case "source":
		s.Text, s.Command = fmt.Sprintf("for what %s sent by the API%s.", t.name, fields), pause
	case "edit":
		s.Text, s.Command = fmt.Sprintf("for what %s edited by hand%s.", t.name, fields), "fettle undo list"
	case "undo":
		s.Text, s.Command = fmt.Sprintf("for what undo %d%s brought back%s.", t.number, by(t.name), fields), "fettle undo list"
	case "filter":
		s.Text, s.Command = fmt.Sprintf("for records that the edit of the filter of %s%s let in.", t.name, by(t.source)), "fettle audience show "+t.name
	case "signal":
		s.Text, s.Command = fmt.Sprintf("for signals of %s, told by %s.", cmp.Or(x.ruleLabels[t.name], t.name), cmp.Or(t.source, "others")), "fettle signal show "+t.name
		for _, name := range x.ruleNames {
			if name == t.name {
				s.Command = "fettle signal pause " + t.name
			}
		}
	case "enrichment":
		return x.partner(ctx, t, s, fields)
	case "version":
		s.Text, s.Command = fmt.Sprintf("for version %d, made%s.", t.number, by(t.name)), fmt.Sprintf("fettle enrichment rollback %s %d", x.cur.Name, t.number-1)
	case "person":
		s.Text, s.Command = fmt.Sprintf("since %s asked for it (%s).", cmp.Or(t.name, "somebody"), t.source), pause
	case "refresh":
		s.Text, s.Command = fmt.Sprintf("for values that are asked again every %s.", t.name), pause
	case "poll":
		s.Text, s.Command = fmt.Sprintf("for checks that the signal %s asks for.", cmp.Or(x.ruleLabels[t.name], t.name)), "fettle enrichment pause "+t.name
	default:
		s.Text, s.Command = fmt.Sprintf("for what the log does not tell any more (%s).", t.name), pause
	}
	return nil
}

// partner names another enrichment whose values the enrichment reads; a loop, where
// that reads this one's as well.
func (x *tracing) partner(ctx context.Context, t thing, s *fettle.SpendThing, fields string) error {
	s.Number, s.Command = 0, "fettle enrichment pause "+t.name
	s.Text = fmt.Sprintf("for what the enrichment %s wrote%s.", t.name, fields)
	other, err := x.tx.EnrichmentByID(ctx, t.number)
	if fettle.CodeOf(err) == fettle.NotFound {
		s.Command = ""
		return nil
	}
	if err != nil {
		return err
	}
	s.Name, s.Command = other.Name, "fettle enrichment pause "+other.Name
	s.Text = fmt.Sprintf("for what the enrichment %s wrote%s.", other.Label, fields)
	p, err := x.e.judge.Compile(ctx, x.tx, other.ID, other.Name, other.Version, other.Definition)
	if err != nil {
		return nil //nolint:nilerr // it cannot be read, and so cannot run
	}
	for _, o := range x.cur.Definition.Outputs {
		if p.Reads(x.cur.Entity, o.Field) {
			s.Kind = "loop"
			s.Text = fmt.Sprintf("since %s and %s feed each other: %s wrote%s, and reads %s.", other.Label, x.cur.Label, other.Label, fields, o.Field)
		}
	}
	return nil
}
