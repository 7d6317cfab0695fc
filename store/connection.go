package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"

	"fettle"
)

// Connection is one way in which this workspace reaches a provider.
type Connection struct {
	Provider    string
	Name        string // of this one of the provider's; "" is the default one
	KeySealed   []byte // the encrypted key; nil: none
	BaseURL     string
	UnitPrice   *fettle.Credits // what one of the provider's units costs; nil: not stated
	Server      string          // the host of which what is bought is remembered apart; "": it is remembered of the provider
	UpdatedAtUS int64
}

// FullName is the connection as steps and commands name it.
func (c Connection) FullName() string { return fettle.ConnectionName(c.Provider, c.Name) }

const connectionColumns = "provider, name, key_sealed, base_url, unit_uc, server, updated_at_us"

func scanConnection(c *Connection) []any {
	return []any{&c.Provider, &c.Name, &c.KeySealed, &c.BaseURL, &c.UnitPrice, &c.Server, &c.UpdatedAtUS}
}

// Connections lists the connections by provider and name.
func (tx *Tx) Connections(ctx context.Context) ([]Connection, error) {
	var out []Connection
	err := tx.query(ctx, func(r *sql.Rows) error {
		var c Connection
		err := r.Scan(scanConnection(&c)...)
		out = append(out, c)
		return err
	}, "SELECT "+connectionColumns+" FROM connections ORDER BY provider, name")
	return out, err
}

// Connection finds a connection of a provider; ok is false if nothing is stored
// of it.
func (tx *Tx) Connection(ctx context.Context, provider, name string) (c Connection, ok bool, err error) {
	err = tx.get(ctx, scanConnection(&c), "SELECT "+connectionColumns+" FROM connections WHERE provider = $1 AND name = $2", provider, cmp.Or(name, fettle.DefaultConnection))
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	return c, err == nil, err
}

// PutConnection writes a connection.
func (tx *Tx) PutConnection(ctx context.Context, c Connection) error {
	var unit, key any
	if c.UnitPrice != nil {
		unit = *c.UnitPrice
	}
	if len(c.KeySealed) > 0 {
		key = c.KeySealed
	}
	_, err := tx.exec(ctx, "INSERT INTO connections ("+connectionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (provider, name) DO UPDATE SET key_sealed = excluded.key_sealed, base_url = excluded.base_url,
			unit_uc = excluded.unit_uc, server = excluded.server, updated_at_us = excluded.updated_at_us`,
		c.Provider, cmp.Or(c.Name, fettle.DefaultConnection), key, c.BaseURL, unit, c.Server, c.UpdatedAtUS)
	return tx.connectionsChanged(ctx, err)
}

// DropConnection takes a connection away.
func (tx *Tx) DropConnection(ctx context.Context, provider, name string) error {
	_, err := tx.exec(ctx, "DELETE FROM connections WHERE provider = $1 AND name = $2", provider, name)
	return tx.connectionsChanged(ctx, err)
}

// OpenThrough counts the calls through a connection that have not ended: those
// under way, and those of which nobody knows whether they were billed.
func (tx *Tx) OpenThrough(ctx context.Context, provider, name string) (n int64, err error) {
	err = tx.get(ctx, []any{&n}, `SELECT COUNT(*) FROM attempts WHERE state IN ('reserved', 'accepted', 'unknown') AND provider = $1 AND connection = $2`, provider, name)
	return n, err
}

// settingConnections holds the control number of the newest change to how
// providers are reached, what they are and what they cost.
const settingConnections = "connections_changed"

// ConnectionsChanged is the control number of the newest change to connections,
// definitions and prices; 0 if there was none. Whoever holds what an earlier
// one left has to read it again.
func (tx *Tx) ConnectionsChanged(ctx context.Context) (int64, error) {
	text, ok, err := tx.Setting(ctx, settingConnections)
	if err != nil || !ok {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// connectionsChanged tells every process that connections, definitions or
// prices are not what they were. Each write of them calls it, so that none can
// be forgotten.
func (tx *Tx) connectionsChanged(ctx context.Context, err error) error {
	if err != nil {
		return err
	}
	seq, err := tx.NextIDs(ctx, SeqControl, 1)
	if err != nil {
		return err
	}
	return tx.PutSetting(ctx, settingConnections, strconv.FormatInt(seq, 10))
}

// settingSimulated is "on" while the simulated provider is switched on.
const settingSimulated = "simulated_provider"

// Simulated reports whether the simulated provider is switched on.
func (tx *Tx) Simulated(ctx context.Context) (bool, error) {
	text, _, err := tx.Setting(ctx, settingSimulated)
	return text == "on", err
}

// PutSimulated switches the simulated provider on or off.
func (tx *Tx) PutSimulated(ctx context.Context, on bool) error {
	text := "off"
	if on {
		text = "on"
	}
	return tx.connectionsChanged(ctx, tx.PutSetting(ctx, settingSimulated, text))
}

// ProviderDefinition is a provider's definition that the workspace added.
type ProviderDefinition struct {
	Provider    string
	YAML        string
	UpdatedAtUS int64
}

// ProviderDefinitions lists the definitions that the workspace added.
func (tx *Tx) ProviderDefinitions(ctx context.Context) ([]ProviderDefinition, error) {
	var out []ProviderDefinition
	err := tx.query(ctx, func(r *sql.Rows) error {
		var d ProviderDefinition
		err := r.Scan(&d.Provider, &d.YAML, &d.UpdatedAtUS)
		out = append(out, d)
		return err
	}, "SELECT provider, yaml, updated_at_us FROM definitions ORDER BY provider")
	return out, err
}

// PutProviderDefinition writes a provider's definition.
func (tx *Tx) PutProviderDefinition(ctx context.Context, d ProviderDefinition) error {
	_, err := tx.exec(ctx, `INSERT INTO definitions (provider, yaml, updated_at_us) VALUES ($1, $2, $3)
		ON CONFLICT (provider) DO UPDATE SET yaml = excluded.yaml, updated_at_us = excluded.updated_at_us`, d.Provider, d.YAML, d.UpdatedAtUS)
	return tx.connectionsChanged(ctx, err)
}

// DropProviderDefinition takes a provider's definition away.
func (tx *Tx) DropProviderDefinition(ctx context.Context, provider string) error {
	_, err := tx.exec(ctx, "DELETE FROM definitions WHERE provider = $1", provider)
	return tx.connectionsChanged(ctx, err)
}

// ModelPrice is what a model costs from a day on.
type ModelPrice struct {
	Provider      string
	Model         string
	EffectiveFrom fettle.Day
	Price         json.RawMessage
}

// ModelPrices lists the prices that the workspace set, the newest first for
// each model.
func (tx *Tx) ModelPrices(ctx context.Context) ([]ModelPrice, error) {
	var out []ModelPrice
	err := tx.query(ctx, func(r *sql.Rows) error {
		var p ModelPrice
		var price string
		err := r.Scan(&p.Provider, &p.Model, &p.EffectiveFrom, &price)
		p.Price = json.RawMessage(price)
		out = append(out, p)
		return err
	}, "SELECT provider, model, effective_from, price FROM model_prices ORDER BY provider, model, effective_from DESC")
	return out, err
}

// PutModelPrice writes a model's price from a day on.
func (tx *Tx) PutModelPrice(ctx context.Context, p ModelPrice) error {
	_, err := tx.exec(ctx, `INSERT INTO model_prices (provider, model, effective_from, price) VALUES ($1, $2, $3, $4)
		ON CONFLICT (provider, model, effective_from) DO UPDATE SET price = excluded.price`, p.Provider, p.Model, p.EffectiveFrom, p.Price)
	return tx.connectionsChanged(ctx, err)
}
