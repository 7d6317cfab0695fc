package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"fettle"
)

// Destination is where records go.
type Destination struct {
	fettle.Destination

	ID          int64
	Name        string
	Label       string // what people call it; its name where nobody said
	State       fettle.DestinationState
	Reason      string
	KeySealed   []byte
	BaseURL     string
	FillAfter   int64 // of a look at all members that is under way: the last record of it; NoFill
	Worker      int64
	NotBeforeUS int64
	TriedUS     int64
	SentUS      int64
	Written     int64
	Detail      string
	MadeBy      string
	CreatedUS   int64
	UpdatedUS   int64
}

// NoFill says that no look at all members is under way.
const NoFill = -1

const (
	destinationWritten = "id, name, definition, state, reason, key_sealed, base_url, fill_after, worker_id, not_before_us, tried_us, sent_us, written, detail, made_by, created_us, updated_us"
	destinationColumns = destinationWritten + ", " + shownLabel
)

func (tx *Tx) destinations(ctx context.Context, where string, args ...any) ([]Destination, error) {
	var out []Destination
	err := tx.query(ctx, func(r *sql.Rows) error {
		var d Destination
		var def string
		if err := r.Scan(&d.ID, &d.Name, &def, &d.State, &d.Reason, &d.KeySealed, &d.BaseURL, &d.FillAfter, &d.Worker, &d.NotBeforeUS, &d.TriedUS, &d.SentUS, &d.Written, &d.Detail,
			&d.MadeBy, &d.CreatedUS, &d.UpdatedUS, &d.Label); err != nil {
			return err
		}
		out = append(out, d)
		return json.Unmarshal([]byte(def), &out[len(out)-1].Destination)
	}, "SELECT "+destinationColumns+" FROM destinations"+where, args...)
	return out, err
}

// Destinations lists the destinations by name.
func (tx *Tx) Destinations(ctx context.Context) ([]Destination, error) {
	return tx.destinations(ctx, " ORDER BY name")
}

func (tx *Tx) oneDestination(ctx context.Context, name, where string, arg any) (Destination, error) {
	all, err := tx.destinations(ctx, where, arg)
	if err != nil || len(all) > 0 {
		return append(all, Destination{})[0], err
	}
	return Destination{}, fettle.Errorf(fettle.NotFound, "there is no destination %q", name).WithHint("The page of sources and destinations lists them (fettle destination list).")
}

// Destination finds a destination by its name.
func (tx *Tx) Destination(ctx context.Context, name string) (Destination, error) {
	return tx.oneDestination(ctx, name, " WHERE name = $1", name)
}

// LockDestination finds a destination by its name and keeps others from changing
// it until the transaction ends.
func (tx *Tx) LockDestination(ctx context.Context, name string) (Destination, error) {
	return tx.oneDestination(ctx, name, " WHERE name = $1"+tx.db.d.forUpdate, name)
}

// LockDestinationByID is LockDestination by the id.
func (tx *Tx) LockDestinationByID(ctx context.Context, id int64) (Destination, error) {
	return tx.oneDestination(ctx, "", " WHERE id = $1"+tx.db.d.forUpdate, id)
}

// AddDestination writes a new destination under its id. It refuses a name that is
// taken.
func (tx *Tx) AddDestination(ctx context.Context, d Destination) error {
	def, err := json.Marshal(d.Destination)
	if err != nil {
		return err
	}
	n, err := tx.exec(ctx, "INSERT INTO destinations (label, "+destinationWritten+`) VALUES ('', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT (name) DO NOTHING`,
		d.ID, d.Name, string(def), string(d.State), d.Reason, d.KeySealed, d.BaseURL, d.FillAfter, d.Worker, d.NotBeforeUS, d.TriedUS, d.SentUS, d.Written, d.Detail, d.MadeBy, d.CreatedUS, d.UpdatedUS)
	if err == nil && n == 0 {
		err = fettle.Errorf(fettle.Refused, "there is a destination %s already", d.Name).WithHint("Choose another name, or change that one.")
	}
	return err
}

// PutDestination writes what can change of a destination.
func (tx *Tx) PutDestination(ctx context.Context, d Destination) error {
	def, err := json.Marshal(d.Destination)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `UPDATE destinations SET definition = $2, state = $3, reason = $4, key_sealed = $5, base_url = $6, fill_after = $7, worker_id = $8, not_before_us = $9, tried_us = $10,
		sent_us = $11, written = $12, detail = $13, updated_us = $14 WHERE id = $1`,
		d.ID, string(def), string(d.State), d.Reason, d.KeySealed, d.BaseURL, d.FillAfter, d.Worker, d.NotBeforeUS, d.TriedUS, d.SentUS, d.Written, d.Detail, d.UpdatedUS)
	return err
}

// DeleteDestination takes a destination away, with its log.
func (tx *Tx) DeleteDestination(ctx context.Context, id int64) error {
	for _, text := range []string{
		"DELETE FROM destination_log WHERE destination_id = $1", "DELETE FROM destination_rows WHERE destination_id = $1", "DELETE FROM destinations WHERE id = $1",
	} {
		if _, err := tx.exec(ctx, text, id); err != nil {
			return err
		}
	}
	return nil
}

// StopDestinations turns all destinations off, in a workspace that was restored or
// copied: the original may write there. What was on its way is held.
func (tx *Tx) StopDestinations(ctx context.Context, reason string) error {
	for _, text := range []string{
		"UPDATE destinations SET reason = $1, state = 'off', worker_id = 0, fill_after = -1 WHERE state = 'on' AND $1 <> ''",
		"UPDATE destination_rows SET state = 'unknown', outcome = 'unknown' WHERE state = 'sending' AND $1 <> ''",
	} {
		if _, err := tx.exec(ctx, text, reason); err != nil {
			return err
		}
	}
	return nil
}

// DueDestinations lists the destinations that have something to do and that no
// other living worker sends for.
func (tx *Tx) DueDestinations(ctx context.Context, worker, nowUS int64) ([]int64, error) {
	return tx.ids(ctx, `SELECT d.id FROM destinations d WHERE d.state = 'on' AND d.not_before_us <= $1
		AND d.worker_id NOT IN (SELECT id FROM workers WHERE state = 'live' AND id <> $2)
		AND (d.fill_after >= 0 OR EXISTS (SELECT 1 FROM destination_rows r WHERE r.destination_id = d.id AND r.state IN ('pending', 'sending') AND r.due_us <= $1)) ORDER BY d.id`, nowUS, worker)
}

// WorkerLives reports whether a worker is not declared gone.
func (tx *Tx) WorkerLives(ctx context.Context, worker int64) (bool, error) {
	var live bool
	err := tx.get(ctx, []any{&live}, `SELECT EXISTS (SELECT 1 FROM workers WHERE id = $1 AND state = 'live')`, worker)
	return live, err
}
