package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/store"
)

// GoneView says how a record went that is no longer there. It is the detail
// "gone" of the answer that there is no such record.
type GoneView struct {
	RecordID int64         `json:"record_id"`
	Entity   fettle.Entity `json:"entity"`
	At       time.Time     `json:"at"`
	By       string        `json:"by"`
	What     string        `json:"what"`                // what took it away: "deletion of 3 records"
	ChangeID string        `json:"change_id,omitempty"` // the change set, such as delete-3
	TakeBack string        `json:"take_back,omitempty"` // the change set that is to be taken back for it to come again
	Bought   []string      `json:"bought"`              // the fields that were bought and come back with it
	Into     int64         `json:"merged_id,omitempty"` // it had become part of this record, which went
	Erased   bool          `json:"erased,omitempty"`
}

// noRecord says that there is no record, and of one that was there how it went.
// asked is the id that was asked for, which may have become part of id.
func noRecord(ctx context.Context, tx *store.Tx, asked, id int64) error {
	none := fettle.Errorf(fettle.NotFound, "there is no record %d", asked).
		WithHint("The number of a record is in its panel (fettle records --entity people).")
	logs, err := tx.NewestLog(ctx, []int64{id}, maxHistory)
	if err != nil {
		return err
	}
	for _, c := range slices.Backward(logs[id]) {
		if c.Kind != store.ChangeDelete {
			continue
		}
		gone, err := goneBy(ctx, tx, c)
		if err != nil {
			return err
		}
		if gone.RecordID = asked; asked != id {
			gone.Into = id
		}
		return gone.refusal()
	}
	return none
}

// refusal says it in words.
func (g GoneView) refusal() error {
	what := fmt.Sprintf("record %d", g.RecordID)
	if g.Into != 0 {
		what += fmt.Sprintf(" became part of record %d, which", g.Into)
	}
	bought := ""
	if len(g.Bought) > 0 {
		bought = ", with what was bought for it: " + strings.Join(g.Bought, ", ")
	}
	hint := "Imported again, it is the same record again" + bought + "."
	switch {
	case g.Erased:
		hint = "What was erased cannot come back. Imported again, it is a new record."
	case g.TakeBack != "":
		hint = fmt.Sprintf("Take %s back under Undo (fettle undo take %s), or import it again: it comes back under its number%s.", g.TakeBack, g.TakeBack, bought)
	}
	return fettle.Errorf(fettle.NotFound, "%s is gone: taken away by %s at %s (%s)", what, g.By, g.At.Format("2006-01-02 15:04 MST"), g.What).
		WithHint("%s", hint).With("gone", g)
}

// goneBy reads who took a record away, by which change, and what was bought for it.
func goneBy(ctx context.Context, tx *store.Tx, c store.ChangeEvent) (GoneView, error) {
	g := GoneView{Entity: c.Entity, At: time.UnixMicro(c.AtUS).UTC(), By: c.Actor, What: "a deletion", Bought: []string{}}
	cells, err := tx.Cells(ctx, []int64{c.Record})
	if err != nil {
		return g, err
	}
	for k, cell := range cells {
		if cell.Paid() && cell.TakenBack == 0 {
			g.Bought = append(g.Bought, k.Field)
		}
	}
	slices.Sort(g.Bought)
	kind := store.SetDelete
	if c.From.Kind == store.OriginUndo {
		kind, g.What = store.SetUndo, c.From.Name
	}
	if c.From.RefID == 0 {
		return g, nil // from before deletions and undos were kept
	}
	s, err := findSet(ctx, tx, store.SetID(kind, c.From.RefID))
	if err != nil {
		if fettle.CodeOf(err) == fettle.NotFound {
			return g, nil
		}
		return g, err
	}
	v, err := viewSet(ctx, tx, s)
	g.ChangeID, g.What, g.Erased = v.ID, v.What, kind == store.SetDelete && s.Detail == erasedSet
	if v.CannotBe == "" {
		g.TakeBack = v.ID
	}
	if g.Erased {
		g.Bought = []string{}
	}
	return g, err
}
