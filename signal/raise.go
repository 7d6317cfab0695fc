package signal

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/notify"
	"fettle/store"
)

// raise tells channels of signals that stand from now on, or that were taken
// back, by the transaction that writes so. Samples are told to nobody.
func raise(ctx context.Context, tx *store.Tx, channels *notify.Channels, entity fettle.Entity, all []store.Signal) error {
	type of struct {
		event fettle.EventType
		typ   string
	}
	told := map[of][]notify.About{}
	for _, s := range all {
		if s.Sample || s.Record == 0 {
			continue
		}
		k := of{fettle.EventSignal, s.Type}
		if s.RetractedUS != 0 {
			k.event = fettle.EventSignalGone
		}
		told[k] = append(told[k], notify.About{ID: s.Record, Text: inWords(s), Data: map[string]any{"signal": asData(s)}})
	}
	// In one order, since what gathers for people is locked one by one.
	for _, k := range slices.SortedFunc(maps.Keys(told), func(a, b of) int { return cmp.Or(cmp.Compare(a.event, b.event), cmp.Compare(a.typ, b.typ)) }) {
		err := channels.Raise(ctx, tx, notify.Event{
			Type: k.event, Subject: "signal:" + string(entity) + ":" + k.typ, Entity: entity, Records: told[k], Data: map[string]any{"type": k.typ},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// asData is a signal as programs are told of it.
func asData(s store.Signal) map[string]any {
	out := map[string]any{"id": s.ID, "type": s.Type, "kind": s.Kind, "at": time.UnixMicro(s.AtUS).UTC(), "from": texts(s.From), "to": texts(s.To), "details": texts(s.Details)}
	if s.SinceUS != 0 {
		out["since"] = fettle.DayOf(time.UnixMicro(s.SinceUS))
	}
	if s.RetractedUS != 0 {
		out["retracted_at"] = time.UnixMicro(s.RetractedUS).UTC()
	}
	return out
}

func texts(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

// inWords is a signal in a line: job change (moved): VP at acme.example → CTO at
// contoso.example, since 2025-02-01.
func inWords(s store.Signal) string {
	var out strings.Builder
	out.WriteString(strings.ReplaceAll(s.Type, "_", " "))
	if s.Kind != "" {
		out.WriteString(" (" + strings.ReplaceAll(s.Kind, "_", " ") + ")")
	}
	sides := slices.DeleteFunc([]string{side(s.From), side(s.To)}, func(x string) bool { return x == "" })
	if len(sides) == 0 {
		sides = slices.DeleteFunc([]string{side(s.Details)}, func(x string) bool { return x == "" })
	}
	if len(sides) > 0 {
		out.WriteString(": " + strings.Join(sides, " → "))
	}
	if s.SinceUS != 0 {
		out.WriteString(", since " + string(fettle.DayOf(time.UnixMicro(s.SinceUS))))
	}
	return out.String()
}

// sideMost is how many texts of a side are in a line.
const sideMost = 4

// side is what was, or what is, in words.
func side(values map[string]string) string {
	job := slices.DeleteFunc([]string{values["title"], cmp.Or(values["company_name"], values["company"])}, func(x string) bool { return x == "" })
	var out []string
	if len(job) > 0 {
		out = append(out, strings.Join(job, " at "))
	}
	for _, k := range slices.Sorted(maps.Keys(values)) {
		if k != "title" && k != "company" && k != "company_name" && len(out) < sideMost {
			out = append(out, strings.ReplaceAll(k, "_", " ")+" "+values[k])
		}
	}
	return strings.Join(out, ", ")
}
