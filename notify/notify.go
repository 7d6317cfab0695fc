// Package notify tells people and programs what happens: events are written in
// the transaction of what they tell, with a delivery for each channel that
// waits for them, and whichever process works sends them: signed webhooks,
// Slack, e-mail. The README has the rules.
package notify

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"fettle/internal/events"
	"fettle/internal/outbox"
	"fettle/internal/safehttp"
	"fettle/store"
)

// Config is what channels are made of.
type Config struct {
	DB         *store.DB
	Log        *slog.Logger
	Events     *events.Feed
	SecretKey  []byte   // seals addresses and secrets; 32 bytes
	AllowHosts []string // private addresses that may be reached
	SMTP       string   // the mail server of channels that name none; "" for none
}

// Channels are the channels of a workspace. It is safe for concurrent use.
type Channels struct {
	cfg    Config
	client *http.Client
	dial   dialFunc // to mail servers that a channel names
	own    dialFunc // to the mail server that the operator named
	smtp   *mailServer
	box    *outbox.Outbox
}

type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// sendFor is how long a receiver may take.
const sendFor = 15 * time.Second

// New makes channels that send nothing before Run.
func New(cfg Config) (*Channels, error) {
	c := &Channels{cfg: cfg}
	c.box = outbox.New(outbox.Work{Log: cfg.Log, Of: "channels", Due: c.due, Drain: c.drain, Prune: c.prune})
	var err error
	if c.client, err = safehttp.NewClient(safehttp.Options{Allow: cfg.AllowHosts}); err != nil {
		return nil, err
	}
	if c.dial, err = safehttp.NewDialer(safehttp.Options{Allow: cfg.AllowHosts}); err != nil || cfg.SMTP == "" {
		return c, err
	}
	if c.smtp, err = parseSMTP(cfg.SMTP); err != nil {
		return nil, err
	}
	c.own, err = safehttp.NewDialer(safehttp.Options{Allow: append([]string{c.smtp.address()}, cfg.AllowHosts...)})
	return c, err
}

// Look has what is due sent now.
func (c *Channels) Look() { c.box.Look() }
