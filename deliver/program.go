package deliver

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/internal/nearest"
	"fettle/store"
)

// program is a destination made ready to be worked out for records.
type program struct {
	def      fettle.Destination
	entity   fettle.Entity
	audience fettle.Audience
	where    expr.Fragment
	id       *expr.Value
	fields   []field
	own      []string // fields of the record that are read
	company  []string // and of its company
	texts    bool     // the service takes all values as text
}

// field is one thing that is set there.
type field struct {
	property string
	value    *expr.Value
}

func noService(name string, names []string) error {
	err := fettle.Errorf(fettle.Invalid, "there is no service %q", name).With("key", "to")
	if near := nearest.Of(name, names); near != "" {
		return err.WithHint("Did you mean %s?", near)
	}
	return err.WithHint("These come with the product: %s. Another is described under http.", strings.Join(names, ", "))
}

// compile checks a destination and makes it ready. The error's detail "key" names
// the key.
func (d *Destinations) compile(ctx context.Context, tx *store.Tx, def fettle.Destination) (*program, error) {
	if err := def.Check(); err != nil {
		return nil, err
	}
	service, err := d.definition(def)
	if err != nil {
		return nil, err
	}
	if def.Write == fettle.BlanksOnly && !service.Reads() {
		return nil, fettle.Errorf(fettle.Invalid, "nothing says what is there, so that what is blank cannot be known").
			WithHint("Describe http.read, or write: overwrite.").With("key", "write")
	}
	p := &program{def: def, texts: service.Texts()}
	if p.audience, err = tx.Audience(ctx, def.Audience); err != nil {
		return nil, fettle.AsError(err).With("key", "audience")
	}
	p.entity = p.audience.Entity
	m, err := d.cfg.Judge.Membership(ctx, tx, p.entity, []string{p.audience.Name})
	if err != nil {
		return nil, fettle.AsError(err).With("key", "audience")
	}
	p.where = m.Where
	env, err := d.cfg.Judge.Env(ctx, tx, p.entity)
	if err != nil {
		return nil, err
	}
	if p.id, err = p.value(env, "id", def.ID); err != nil {
		return nil, err
	}
	for _, property := range slices.Sorted(maps.Keys(def.Fields)) {
		v, err := p.value(env, "fields."+property, def.Fields[property])
		if err != nil {
			return nil, err
		}
		p.fields = append(p.fields, field{property, v})
	}
	slices.Sort(p.own)
	slices.Sort(p.company)
	p.own, p.company = slices.Compact(p.own), slices.Compact(p.company)
	return p, nil
}

func (p *program) value(env *expr.Env, key, text string) (*expr.Value, error) {
	v, err := env.Value(text)
	if err != nil {
		return nil, fettle.AsError(err).With("key", key)
	}
	p.own, p.company = append(p.own, v.Fields()...), append(p.company, v.CompanyFields()...)
	return v, nil
}

// item is a record as it would be sent.
type item struct {
	record  int64
	row     store.DestinationRow
	remote  string
	values  map[string]any // what is not blank
	hash    string
	outcome fettle.SendOutcome // "": what is there has to be asked
	message string
	what    *sent // what is written of it; nil: nothing is
}

// gone reports whether a record is not to be sent at all any more.
func (x item) gone() bool {
	return x.outcome == fettle.SendLeft || x.outcome == fettle.SendSuppressed
}

// look works out what would be sent of records, by what is in them now: those that
// are not sent have their outcome. holders are the records that have each id there
// already; it is kept up.
func (p *program) look(ctx context.Context, tx *store.Tx, dest int64, ids []int64, holders map[string]int64, now time.Time) ([]item, error) {
	in, err := tx.Members(ctx, p.entity, p.where, ids)
	if err != nil {
		return nil, err
	}
	records, err := tx.Records(ctx, p.entity, ids, p.own, p.company)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Sends(ctx, dest, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]*store.Record, len(records))
	for _, r := range records {
		byID[r.ID] = r
	}
	out := make([]item, len(ids))
	var remote []string
	for i, id := range ids {
		out[i] = item{record: id, row: rows[id]}
		_, member := slices.BinarySearch(in, id)
		p.work(&out[i], byID[id], member, now)
		if out[i].remote != "" {
			remote = append(remote, out[i].remote)
		}
	}
	held, err := tx.RemoteHolders(ctx, dest, p.entity, remote)
	if err != nil {
		return nil, err
	}
	for i := range out {
		x := &out[i]
		if x.outcome != "" || x.remote == "" {
			continue
		}
		first := cmp.Or(held[x.remote], holders[x.remote], x.record)
		if holders[x.remote] = first; first != x.record {
			x.outcome, x.message = fettle.SendSharedID, "record "+strconv.FormatInt(first, 10)+" has the same id there"
		}
	}
	return out, nil
}

// work works one record out.
func (p *program) work(x *item, r *store.Record, member bool, now time.Time) {
	switch {
	case r == nil || !member:
		x.outcome = fettle.SendLeft
		return
	case r.Suppressed:
		x.outcome = fettle.SendSuppressed
		return
	}
	id, err := p.id.Eval(r, now)
	if err != nil {
		x.outcome, x.message = fettle.SendNoID, "its id there cannot be worked out: "+err.Error()
		return
	}
	if x.remote = strings.TrimSpace(fettle.FormatValue(id)); x.remote == "" {
		x.outcome = fettle.SendNoID
		return
	}
	x.values = make(map[string]any, len(p.fields))
	for _, f := range p.fields {
		v, err := f.value.Eval(r, now)
		if err != nil {
			x.message = f.property + " cannot be worked out: " + err.Error()
			continue
		}
		if v = p.form(v); v != nil {
			x.values[f.property] = v
		}
	}
	if len(x.values) == 0 {
		x.outcome = fettle.SendBlank
		return
	}
	x.hash = hashOf(p.def.Write, x.remote, x.values)
	if x.hash == x.row.Hash {
		x.outcome = fettle.SendUnchanged
	}
}

// form is a value as it is sent: nil for a blank.
func (p *program) form(v any) any {
	switch t := v.(type) {
	case nil:
		return nil
	case string:
		if strings.TrimSpace(t) == "" {
			return nil
		}
		return t
	case float64:
		if math.IsNaN(t) || math.IsInf(t, 0) {
			return nil
		}
	case json.RawMessage:
		var out any
		if json.Unmarshal(t, &out) != nil || out == nil {
			return nil
		}
		if p.texts {
			return fettle.FormatValue(t)
		}
		return out
	}
	if p.texts {
		return fettle.FormatValue(v)
	}
	switch v.(type) {
	case float64, bool:
		return v
	}
	return fettle.FormatValue(v)
}

// decision is what is to be written of a record, and why not of the rest.
type decision struct {
	outcome fettle.SendOutcome
	message string
	set     map[string]any
	changes []fettle.SendChange
}

// decide compares what a record is to hold there with what it holds. tally is told
// of each thing that is set. known is false where nothing says what is there.
func (p *program) decide(x item, in there, known bool, tally func(property string, is verdict)) decision {
	d, held := decision{set: map[string]any{}, message: x.message}, in.held
	switch {
	case in.refused != nil:
		return decision{outcome: fettle.SendRefused, message: in.refused.Message}
	case known && held == nil:
		return decision{outcome: fettle.SendNotThere}
	}
	same, kept := 0, 0
	for _, f := range p.fields {
		v, has := x.values[f.property]
		is := verdictOf(v, has, held[f.property], known, p.def.Write)
		tally(f.property, is)
		switch is {
		case isBlank:
		case isSame:
			same++
		case isKept:
			kept++
		case isFill, isReplaced:
			d.set[f.property] = v
			d.changes = append(d.changes, fettle.SendChange{Property: f.property, Before: shown(held[f.property]), After: shown(v)})
		}
	}
	switch {
	case len(d.set) > 0:
		d.outcome = fettle.SendWritten
	case kept > 0:
		d.outcome = fettle.SendHasValue
	case same > 0:
		d.outcome = fettle.SendUnchanged
	default:
		d.outcome = fettle.SendBlank
	}
	return d
}

// verdict is what becomes of one thing that is set.
type verdict int

const (
	isBlank    verdict = iota // here
	isFill                    // it is blank there
	isSame                    // it is that there
	isKept                    // another value is there, and stays
	isReplaced                // another value is there
)

func verdictOf(v any, has bool, held any, known bool, write string) verdict {
	switch {
	case !has:
		return isBlank
	case !known:
		return isReplaced
	case blank(held):
		return isFill
	case sameValue(v, held):
		return isSame
	case write == fettle.WriteOver:
		return isReplaced
	}
	return isKept
}

func blank(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// sameValue compares what is sent with what is there, however each is written: as
// text, or as a number.
func sameValue(a, b any) bool {
	x, y := strings.TrimSpace(shown(a)), strings.TrimSpace(shown(b))
	if x == y {
		return true
	}
	f, err := strconv.ParseFloat(x, 64)
	g, err2 := strconv.ParseFloat(y, 64)
	return err == nil && err2 == nil && f == g && !zeros(x) && !zeros(y)
}

// zeros reports whether a number is written as a code: 007.
func zeros(s string) bool {
	return len(s) > 1 && s[0] == '0' && s[1] != '.' || strings.HasPrefix(s, "+")
}

// shown is a value as people read it.
func shown(v any) string {
	if v == nil {
		return ""
	}
	return fettle.FormatValue(v)
}
