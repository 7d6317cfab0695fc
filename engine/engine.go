// Package engine is what the product can do: import, cut audiences, estimate,
// run enrichments under their limits, audit, show the Data Hub. Every
// transaction and every permission check starts here; what is above only
// translates to HTTP, to a terminal or to a page.
package engine

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"fettle/account"
	"fettle/connect"
	"fettle/deliver"
	"fettle/internal/events"
	"fettle/internal/kept"
	"fettle/internal/outbox"
	"fettle/jobs"
	"fettle/judge"
	"fettle/notify"
	"fettle/provider"
	"fettle/provider/declarative"
	"fettle/recall"
	"fettle/run"
	"fettle/signal"
	"fettle/store"
)

// Config is what an engine is made of.
type Config struct {
	DB         *store.DB
	Log        *slog.Logger
	Providers  []provider.Provider       // built in: data providers, AI models, formulas
	Services   []*declarative.Definition // built in: where records can go
	Sandbox    string                    // base URL of a sandbox; its host is allowed
	AllowHosts []string                  // private addresses that providers may have
	SecretKey  []byte                    // seals provider keys; 32 bytes
	// Env reads the environment, for the keys of providers that ship with the
	// program and of those that EnvKeys lists; nil for none.
	Env     func(name string) (string, bool)
	EnvKeys []connect.EnvKey
	SMTP    string        // the mail server of channels that name none; "" for none
	Inbox   string        // the folder whose files sources may read; "" for none
	Lease   time.Duration // how long a silent process is believed to live; 0: 30 seconds
	// Jobs has this process send what channels wait for and store the Data Hub's
	// counts of the day while it runs.
	Jobs bool
	// Watch is told of the calls that this process makes.
	Watch run.Watch
}

// Engine is one process's hold of a workspace. It is safe for concurrent use.
type Engine struct {
	Accounts     *account.Accounts     // who gets in
	Channels     *notify.Channels      // who is told
	Destinations *deliver.Destinations // where records go

	db  *store.DB
	log *slog.Logger
	cfg Config

	started time.Time

	orders   *recall.Orders
	hubs     *kept.Memory[hubName, keptHub]
	progress *kept.Memory[int64, keptProgress] // by enrichment
	values   *kept.Memory[valuesName, keptCount]
	unopened unopened
	prices   rowPrices
	presence presence
	probes   probes
	events   *events.Feed
	conns    *connect.Connections
	judge    *judge.Judge
	worker   *run.Worker
	signals  *signal.Reader
	files    *outbox.Outbox             // reads what sources read on a schedule
	queue    atomic.Pointer[jobs.Queue] // nil until it is needed
}

// New makes an engine. It reads definitions and connections, and makes no call.
func New(ctx context.Context, cfg Config) (*Engine, error) {
	e := &Engine{Accounts: account.New(cfg.DB, cfg.Log, cfg.SecretKey), db: cfg.DB, log: cfg.Log, cfg: cfg, started: time.Now(), orders: recall.NewOrders(), events: events.New()}
	e.hubs = kept.New[hubName, keptHub](keptHubs, keptTallies)
	e.progress = kept.New[int64, keptProgress](keptProgresses, keptProgresses)
	e.values = kept.New[valuesName, keptCount](keptFields, keptValues)
	e.unopened.counted = map[int64]memberCount{}
	e.prices.kept = map[int64]keptPrice{}
	e.conns = connect.New(cfg.DB, cfg.Log, connect.Config{
		Providers: cfg.Providers, Sandbox: cfg.Sandbox, AllowHosts: cfg.AllowHosts, SecretKey: cfg.SecretKey, Env: cfg.Env, EnvKeys: cfg.EnvKeys,
	})
	e.judge = judge.New(e.conns)
	e.Destinations = deliver.New(deliver.Config{DB: cfg.DB, Log: cfg.Log, Events: e.events, Conns: e.conns, Judge: e.judge, Services: cfg.Services})
	var err error
	e.Channels, err = notify.New(notify.Config{DB: cfg.DB, Log: cfg.Log, Events: e.events, SecretKey: cfg.SecretKey, AllowHosts: cfg.AllowHosts, SMTP: cfg.SMTP})
	if err != nil {
		return nil, err
	}
	e.files = e.fileReader()
	e.signals = signal.NewReader(cfg.DB, cfg.Log, e.Channels)
	var workspace string
	err = cfg.DB.View(ctx, func(tx *store.Tx) (err error) {
		workspace, _, err = tx.Setting(ctx, "workspace_id")
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := e.conns.Load(ctx); err != nil {
		return nil, err
	}
	e.worker = run.New(run.Config{
		DB: cfg.DB, Log: cfg.Log, Conns: e.conns, Judge: e.judge, Events: e.events, Workspace: workspace, Lease: cfg.Lease,
		Channels: e.Channels, Check: e.CheckNew, Beside: e.startJobs, Signals: e.lookForSignals, Estimate: e.tickEstimate, Watch: cfg.Watch,
	})
	return e, nil
}

// Subscribe gives the events from now on; cancel ends the subscription.
func (e *Engine) Subscribe() (ch <-chan events.Event, cancel func()) { return e.events.Subscribe() }

// publishDefinition says that an enrichment is defined otherwise than before,
// and so perhaps which audiences are used by what.
func (e *Engine) publishDefinition(name string) {
	e.events.Publish("enrichment", name)
	e.events.Publish("audience", "")
}
