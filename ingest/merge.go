package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"fettle"
	"fettle/signal"
	"fettle/store"
)

// merger merges records: the loser's values fill the survivor's blanks, and
// its keys, cells, calls and rows go over to the survivor.
type merger struct {
	tx     *store.Tx
	entity fettle.Entity
	origin int64
	actor  string
	now    int64
	book   *logbook
	person bool               // a person asked for it
	take   []string           // the fields in which the loser's value wins
	bare   bool               // the survivor gets no value
	ids    map[pair]int64     // of the merges that were made
	shared map[int64][]string // what the records shared with others before
}

// held is what hangs on the records of some merges.
type held struct {
	keys       map[int64][]string
	shared     map[int64][]string // keys that others have too
	others     map[int64][]string // of the loser's keys, those that rows fill blanks by
	cells      map[int64][]store.Cell
	attempts   map[int64][]int64
	rows       map[int64][]store.CarriedRow
	inputs     map[int64][]store.CarriedInputs
	aliases    map[int64][]int64
	suppressed map[int64]bool
}

// merge merges pairs of which no two share a record. Those with a call in
// flight, or with more people than one transaction moves, are put off: see
// DueMerges.
func (m *merger) merge(ctx context.Context, pairs []pair) (deferred map[pair]bool, err error) {
	deferred, err = m.putOff(ctx, pairs)
	if err != nil {
		return nil, err
	}
	pairs = slices.DeleteFunc(slices.Clone(pairs), func(p pair) bool { return deferred[p] })
	if len(pairs) == 0 {
		return deferred, nil
	}
	b, err := m.load(ctx, pairs)
	if err != nil {
		return nil, err
	}
	b.settles = m.person
	h, err := m.hold(ctx, pairs)
	if err != nil {
		return nil, err
	}
	merges := make([]store.Merge, len(pairs))
	for i, p := range pairs {
		s := h.snapshot(b, p)
		b.absorbs = append(b.absorbs, p)
		m.choose(b, p, &s)
		m.fill(b, p, &s)
		text, err := json.Marshal(s)
		if err != nil {
			return nil, err
		}
		merges[i] = store.Merge{Entity: m.entity, Survivor: p.survivor, Loser: p.loser, Snapshot: string(text), Actor: m.actor, AtUS: m.now, ByPerson: m.person}
	}
	b.book = m.book
	if err := b.flush(ctx); err != nil {
		return nil, err
	}
	if err := m.carry(ctx, pairs, h); err != nil {
		return nil, err
	}
	return deferred, m.record(ctx, merges, h)
}

func idsOf(pairs []pair) []int64 {
	ids := make([]int64, 0, 2*len(pairs))
	for _, p := range pairs {
		ids = append(ids, p.survivor, p.loser)
	}
	return ids
}

func losers(pairs []pair) []int64 {
	ids := make([]int64, len(pairs))
	for i, p := range pairs {
		ids[i] = p.loser
	}
	return ids
}

// putOff puts off the merges of records with a call in flight, and of companies
// whose people are too many for one transaction.
func (m *merger) putOff(ctx context.Context, pairs []pair) (map[pair]bool, error) {
	flying, err := m.tx.RecordsInFlight(ctx, idsOf(pairs))
	if err != nil {
		return nil, err
	}
	crowded, err := m.crowded(ctx, pairs)
	if err != nil || len(flying)+len(crowded) == 0 {
		return nil, err
	}
	deferred := map[pair]bool{}
	var pending []store.PendingMerge
	for _, p := range pairs {
		if flying[p.survivor] || flying[p.loser] || crowded[p.loser] {
			deferred[p] = true
			pending = append(pending, store.PendingMerge{Survivor: p.survivor, Loser: p.loser, Entity: m.entity, Origin: m.origin, Actor: m.actor, AtUS: m.now, ByPerson: m.person, Take: m.take})
		}
	}
	if m.person { // the last word counts, also about which of the two survives
		var turned [][2]int64
		for _, p := range pending {
			turned = append(turned, [2]int64{p.Loser, p.Survivor})
		}
		if err := m.tx.RemovePendingMerges(ctx, turned); err != nil {
			return nil, err
		}
	}
	return deferred, m.tx.AddPendingMerges(ctx, pending)
}

// crowded gives losing companies that have people where all of them together
// have more than one transaction moves.
func (m *merger) crowded(ctx context.Context, pairs []pair) (map[int64]bool, error) {
	if m.entity != fettle.Companies {
		return nil, nil //nolint:nilnil // none
	}
	links, err := m.tx.CompanyLinks(ctx, losers(pairs), maxLinks+1)
	if err != nil || len(links) <= maxLinks {
		return nil, err
	}
	return employing(ctx, m.tx, losers(pairs), nil)
}

// movePeople gives up to limit people of losing companies to their survivors,
// and gives how many.
func (m *merger) movePeople(ctx context.Context, pairs []pair, limit int) (int, error) {
	if m.entity != fettle.Companies {
		return 0, nil
	}
	to := make(map[int64]int64, len(pairs))
	for _, p := range pairs {
		to[p.loser] = p.survivor
	}
	links, err := m.tx.CompanyLinks(ctx, losers(pairs), limit)
	if err != nil || len(links) == 0 {
		return 0, err
	}
	for i := range links {
		from := links[i].Company
		links[i].Company = to[from]
		m.book.add(fettle.People, store.LoggedChange{
			Record: links[i].Person, Kind: store.ChangeUpdate, Origin: m.origin, Actor: m.actor, AtUS: m.now,
			Changes: closeChanges(appendChange(nil, "company_id", float64(from), float64(links[i].Company), 0, "")),
		})
	}
	return len(links), m.tx.SetCompanies(ctx, links)
}

// load reads both records of each pair with all their fields. A loser may have
// been deleted; then only what it left behind is merged.
func (m *merger) load(ctx context.Context, pairs []pair) (*batch, error) {
	fields, err := m.tx.Fields(ctx, m.entity)
	if err != nil {
		return nil, err
	}
	b, err := newBatch(ctx, m.tx, m.entity, m.origin, m.actor, time.UnixMicro(m.now), fieldKeys(fields))
	if err != nil {
		return nil, err
	}
	if err := b.load(ctx, idsOf(pairs)); err != nil {
		return nil, err
	}
	for _, p := range pairs {
		if b.recs[p.survivor] == nil {
			return nil, missing(m.entity, p.survivor)
		}
	}
	return b, nil
}

func fieldKeys(fields []fettle.Field) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.Key
	}
	return keys
}

func missing(entity fettle.Entity, id int64) error {
	return fettle.Errorf(fettle.NotFound, "there is no record %d among the %s", id, entity).With("record", id)
}

// hold reads what hangs on the records.
func (m *merger) hold(ctx context.Context, pairs []pair) (h held, err error) {
	ids, lost := idsOf(pairs), losers(pairs)
	rows, err := idleRows(ctx, m.tx, ids) // first: no call lands while the rest is read
	if err != nil {
		return h, err
	}
	h.rows = map[int64][]store.CarriedRow{}
	for _, r := range rows {
		h.rows[r.Record] = append(h.rows[r.Record], r)
	}
	if h.keys, err = m.tx.KeysOf(ctx, ids); err != nil {
		return h, err
	}
	if h.shared, err = m.tx.SharedBy(ctx, ids); err != nil {
		return h, err
	}
	h.others, m.shared = m.others(pairs, h.keys), h.shared
	cells, err := m.tx.Cells(ctx, ids)
	if err != nil {
		return h, err
	}
	h.cells = cellsByRecord(cells)
	if h.attempts, err = m.tx.AttemptsOf(ctx, lost); err != nil {
		return h, err
	}
	inputs, err := m.tx.InputsOf(ctx, ids)
	if err != nil {
		return h, err
	}
	h.inputs = map[int64][]store.CarriedInputs{}
	for _, c := range inputs {
		h.inputs[c.Record] = append(h.inputs[c.Record], c)
	}
	if h.aliases, err = m.tx.AliasesInto(ctx, lost); err != nil {
		return h, err
	}
	h.suppressed, err = m.tx.Suppressed(ctx, ids)
	return h, err
}

// idleRows reads and locks the places of records in enrichments, after a look for
// calls in flight. A row that was claimed since has the transaction look again.
func idleRows(ctx context.Context, tx *store.Tx, ids []int64) ([]store.CarriedRow, error) {
	rows, err := tx.CarriedRows(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if r.State == string(fettle.RowRunning) {
			return nil, fmt.Errorf("%w: record %d was claimed", store.ErrMoved, r.Record)
		}
	}
	return rows, nil
}

// cellsByRecord sorts cells by record and field.
func cellsByRecord(cells map[store.CellKey]store.Cell) map[int64][]store.Cell {
	out := map[int64][]store.Cell{}
	for _, c := range cells {
		out[c.Record] = append(out[c.Record], c)
	}
	for _, cs := range out {
		slices.SortFunc(cs, func(a, b store.Cell) int {
			if a.Field < b.Field {
				return -1
			}
			return 1
		})
	}
	return out
}

// fill gives the loser's values to the survivor's blanks, each with its origin.
func (m *merger) fill(b *batch, p pair, s *snapshot) {
	survivor, loser := b.recs[p.survivor], b.recs[p.loser]
	survivor.written = true
	if loser != nil {
		for i, f := range b.fields {
			if m.bare {
				break
			}
			b.hearOther(survivor, i, loser)
			derived := b.isDerived(survivor, f.Key) && !b.isDerived(loser, f.Key)
			if survivor.Values[i] != nil && !derived || loser.Values[i] == nil {
				continue
			}
			b.set(survivor, write{
				column: i, value: loser.Values[i], valid: !isInvalid(loser.Invalid, f.Key), status: store.StatusIn(loser.Statuses, f.Key),
				policy: fettle.FillBlanks, origin: loser.origins.of(f.Key),
			})
			s.Filled = append(s.Filled, f.Key)
		}
		delete(b.recs, p.loser)
	}
	text := b.changes(survivor)
	b.log(survivor, store.ChangeMerge, 0, text)
}

// carry moves what hangs on the losers to their survivors and removes the
// losers.
func (m *merger) carry(ctx context.Context, pairs []pair, h held) error {
	moves := make([][2]int64, len(pairs))
	for i, p := range pairs {
		moves[i] = [2]int64{p.loser, p.survivor}
	}
	if err := m.tx.MoveKeysOf(ctx, moves); err != nil {
		return err
	}
	if err := m.tx.MoveSharing(ctx, moves); err != nil {
		return err
	}
	if err := m.carryCells(ctx, pairs, h); err != nil {
		return err
	}
	if err := m.carryRows(ctx, pairs, h); err != nil {
		return err
	}
	var attempts, aliases [][2]int64
	var suppress []int64
	for _, p := range pairs {
		for _, id := range h.attempts[p.loser] {
			attempts = append(attempts, [2]int64{id, p.survivor})
		}
		for _, id := range h.aliases[p.loser] {
			aliases = append(aliases, [2]int64{id, p.survivor})
		}
		if h.suppressed[p.loser] && !h.suppressed[p.survivor] {
			suppress = append(suppress, p.survivor)
		}
	}
	if err := m.tx.MoveAttempts(ctx, attempts); err != nil {
		return err
	}
	if err := m.tx.MoveAliases(ctx, aliases); err != nil {
		return err
	}
	if err := signal.Merged(ctx, m.tx, moves); err != nil {
		return err
	}
	if err := m.tx.Suppress(ctx, m.entity, suppress, true, m.actor, m.now); err != nil {
		return err
	}
	if _, err := m.movePeople(ctx, pairs, maxLinks); err != nil {
		return err
	}
	_, err := m.tx.RemoveRecords(ctx, m.entity, losers(pairs))
	return err
}

// carryCells moves the losers' cells. The survivor keeps what it bought and
// what holds its cells; only what it lacks comes from the loser.
func (m *merger) carryCells(ctx context.Context, pairs []pair, h held) error {
	var put []store.Cell
	var gone []store.CellKey
	for _, p := range pairs {
		for _, lost := range h.cells[p.loser] {
			gone = append(gone, lost.CellKey)
			own := store.Cell{CellKey: store.CellKey{Record: p.survivor, Field: lost.Field}}
			if i := slices.IndexFunc(h.cells[p.survivor], func(c store.Cell) bool { return c.Field == lost.Field }); i >= 0 {
				own = h.cells[p.survivor][i]
			}
			put = append(put, joinCells(own, lost))
		}
	}
	if err := m.tx.PutCells(ctx, put); err != nil {
		return err
	}
	for _, p := range pairs {
		if len(h.cells[p.loser]) == 0 {
			continue
		}
		if err := m.tx.CopyServed(ctx, p.survivor, p.loser); err != nil {
			return err
		}
	}
	return m.tx.RemoveCells(ctx, gone)
}

// joinCells gives own what it lacks.
func joinCells(own, lost store.Cell) store.Cell {
	if lost.BoughtUS > 0 && (own.BoughtUS == 0 || own.TakenBack != 0 && lost.TakenBack == 0) {
		own.EnrichmentID, own.Version, own.AttemptID, own.InputsHash, own.BoughtUS = lost.EnrichmentID, lost.Version, lost.AttemptID, lost.InputsHash, lost.BoughtUS
		own.TakenBack = lost.TakenBack
	}
	if own.Hold == "" {
		own.Hold, own.HoldID = lost.Hold, lost.HoldID
	}
	return own
}

// carryRows moves the losers' rows to where the survivor has none; the others
// go.
func (m *merger) carryRows(ctx context.Context, pairs []pair, h held) error {
	var gone, moved []store.CarriedRow
	var goneInputs, movedInputs []store.CarriedInputs
	for _, p := range pairs {
		gone = append(gone, h.rows[p.loser]...)
		for _, r := range h.rowsToMove(p) {
			r.Record = p.survivor
			moved = append(moved, r)
		}
		for _, c := range h.inputs[p.loser] {
			goneInputs = append(goneInputs, c)
			c.Record = p.survivor
			movedInputs = append(movedInputs, c) // added only where the survivor has none
		}
	}
	if err := m.tx.RemoveCarriedRows(ctx, gone); err != nil {
		return err
	}
	if err := m.tx.AddCarriedRows(ctx, moved); err != nil {
		return err
	}
	if err := m.tx.RemoveInputs(ctx, goneInputs); err != nil {
		return err
	}
	return m.tx.AddInputs(ctx, movedInputs)
}

// rowsToMove are the loser's rows in enrichments that the survivor is not in.
func (h *held) rowsToMove(p pair) []store.CarriedRow {
	return slices.DeleteFunc(slices.Clone(h.rows[p.loser]), func(r store.CarriedRow) bool {
		return slices.ContainsFunc(h.rows[p.survivor], func(s store.CarriedRow) bool { return s.Enrichment == r.Enrichment })
	})
}

// record appends the losers' entries to the change log and keeps the snapshots.
func (m *merger) record(ctx context.Context, merges []store.Merge, h held) error {
	for _, mg := range merges {
		changes := closeChanges(appendChange(nil, "id", float64(mg.Loser), float64(mg.Survivor), 0, ""))
		m.book.add(m.entity, store.LoggedChange{Record: mg.Loser, Kind: store.ChangeMerge, Origin: m.origin, Actor: m.actor, AtUS: m.now, Changes: changes})
	}
	first, err := m.tx.NextIDs(ctx, store.SeqMerge, len(merges))
	if err != nil {
		return err
	}
	m.ids = make(map[pair]int64, len(merges))
	for i := range merges {
		merges[i].ID = first + int64(i)
		m.ids[pair{merges[i].Survivor, merges[i].Loser}] = merges[i].ID
	}
	if err := m.tx.AddMerges(ctx, merges); err != nil {
		return err
	}
	for _, mg := range merges {
		if err := m.tx.AddOtherKeys(ctx, h.others[mg.Loser], mg.ID); err != nil {
			return err
		}
	}
	return nil
}
