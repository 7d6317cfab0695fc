package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"fettle"
	"fettle/api"
	"fettle/client"
)

type providerCmd struct {
	List       providerListCmd       `cmd:"" default:"withargs" help:"List providers."`
	Key        providerKeyCmd        `cmd:"" help:"Set a provider's key, read from the standard input, or take it away."`
	Price      providerPriceCmd      `cmd:"" help:"Say what one of a provider's units costs in credits, or what a model costs."`
	URL        providerURLCmd        `cmd:"" name:"url" help:"Set a provider's address, such as that of an OpenAI-compatible server."`
	Test       providerTestCmd       `cmd:"" help:"Check a provider's key and address."`
	Connect    providerConnectCmd    `cmd:"" help:"Add a connection to a provider, under a name: another key, another server."`
	Disconnect providerDisconnectCmd `cmd:"" help:"Take a connection away that nothing uses."`
	Simulate   providerSimulateCmd   `cmd:"" help:"Switch the simulated provider on or off: its answers are made up, nobody is asked, nothing is billed."`
	Models     providerModelsCmd     `cmd:"" help:"List the models that an AI provider's server offers."`
	Init       providerInitCmd       `cmd:"" help:"Write a definition to begin with, for a vendor that is not in the catalogue."`
	Check      providerCheckCmd      `cmd:"" help:"Say all that is wrong with a definition, and run its fixtures; nobody is asked unless --live."`
	Add        providerAddCmd        `cmd:"" help:"Add or replace a provider/v1 definition."`
	Export     providerExportCmd     `cmd:"" help:"Print a provider's definition: of the catalogue, or added here."`
	Remove     providerRemoveCmd     `cmd:"" help:"Take a provider away that was added, where nothing uses it."`
}

type providerListCmd struct{}

func (c *providerListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Providers(ctx)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("name", "kind", "ready", "key from", "#credits a unit", "#left there", "#hit rate", "#per found", "operations")
		for _, p := range all {
			ops := make([]string, len(p.Operations))
			for i, op := range p.Operations {
				ops[i] = strings.TrimPrefix(op.ID, p.Provider+"/")
			}
			unit, left, rate, perHit, ready := "not stated", "", "", "", "yes"
			if p.UnitCredits != nil {
				unit = credits(*p.UnitCredits) + " / " + p.Unit
			}
			if p.Balance != nil {
				left = credits(*p.Balance) + " " + p.Unit
			}
			if p.Calls > 0 {
				rate, perHit = percent(float64(p.Found)/float64(p.Calls)), credits(p.CostPerHit)
			}
			if !p.Ready {
				ready = "no: " + p.Why
			}
			g.row(p.Name, p.Kind, ready, p.KeyFrom, unit, left, rate, perHit, strings.Join(ops, ", "))
		}
		g.render(w, "no providers")
	})
}

type providerKeyCmd struct {
	Name   string `arg:"" help:"The provider, or one of its connections: provider@connection."`
	Remove bool   `help:"Take the key away."`
}

// maxSecret bounds a key that is read, in bytes.
const maxSecret = 16 << 10

// Run reads the key from the standard input, or on a terminal without showing
// it: a secret on the command line would be in the shell's history.
func (c *providerKeyCmd) Run(ctx context.Context, s *session) error {
	key := ""
	if !c.Remove {
		var err error
		if key, err = s.readSecret("Key of " + c.Name + ": "); err != nil {
			return err
		}
		if key == "" {
			return fettle.Errorf(fettle.Invalid, "no key was given").WithHint("Pipe it in: fettle provider key %s < file. Take it away with --remove.", c.Name)
		}
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	p, err := api.SetConnection(ctx, c.Name, client.Connection{Key: &key})
	if err != nil {
		return err
	}
	return s.print(p, func(w io.Writer) {
		if c.Remove {
			_, _ = fmt.Fprintf(w, "the key of %s is gone\n", c.Name)
			return
		}
		_, _ = fmt.Fprintf(w, "the key of %s is stored, sealed\n", c.Name)
	})
}

func (s *session) readSecret(question string) (string, error) {
	if f, ok := s.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		_, _ = fmt.Fprint(s.stderr, question)
		b, err := term.ReadPassword(int(f.Fd()))
		_, _ = fmt.Fprintln(s.stderr)
		return strings.TrimSpace(string(b)), err
	}
	line, err := bufio.NewReader(io.LimitReader(s.stdin, maxSecret)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimSpace(line), nil
}

type providerURLCmd struct {
	Name string `arg:"" help:"The provider, or one of its connections: provider@connection."`
	URL  string `arg:"" help:"Its address; empty for its own."`
}

func (c *providerURLCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	p, err := api.SetConnection(ctx, c.Name, client.Connection{BaseURL: &c.URL})
	if err != nil {
		return err
	}
	return s.print(p, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s is at %s\n", p.Name, printable(p.BaseURL))
		if p.Note != "" {
			_, _ = fmt.Fprintln(w, printable(p.Note))
		}
		if !p.Ready {
			_, _ = fmt.Fprintln(w, printable("It is not ready: "+p.Why))
		}
	})
}

type providerTestCmd struct {
	Name string `arg:"" help:"The provider, or one of its connections: provider@connection."`
}

func (c *providerTestCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	m, err := api.TestConnection(ctx, c.Name)
	if err != nil {
		return err
	}
	return s.print(m, func(w io.Writer) { _, _ = fmt.Fprintln(w, printable(m.Message)) })
}

type providerPriceCmd struct {
	Name      string `arg:"" help:"The provider, or one of its connections: provider@connection."`
	Unit      string `placeholder:"N" help:"What one of its units costs, in credits."`
	Model     string `help:"A model, with its prices in US dollars per million tokens:"`
	Input     string `placeholder:"USD" help:"of the prompt,"`
	Output    string `placeholder:"USD" help:"of the answer,"`
	Context   int64  `placeholder:"TOKENS" help:"the largest prompt,"`
	MaxOutput int64  `placeholder:"TOKENS" help:"the largest answer."`
}

func (c *providerPriceCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	if c.Model != "" {
		return c.model(ctx, s, api)
	}
	if c.Unit == "" {
		return fettle.Errorf(fettle.Invalid, "no price was given").WithHint("Say --unit N, or --model NAME --input USD --output USD.")
	}
	n, err := fettle.ParseCredits(c.Unit)
	if err != nil {
		return err
	}
	p, err := api.SetConnection(ctx, c.Name, client.Connection{UnitCredits: &n})
	if err != nil {
		return err
	}
	return s.print(p, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "one %s of %s costs %s\n", p.Unit, p.Name, n.Words())
	})
}

func (c *providerPriceCmd) model(ctx context.Context, s *session, api *client.Client) error {
	if c.Input == "" || c.Output == "" {
		return fettle.Errorf(fettle.Invalid, "a model's price has --input and --output").WithHint("In US dollars per million tokens, such as --input 0.25 --output 2.")
	}
	p := client.Price{Provider: c.Name, Model: c.Model, Input: c.Input, Output: c.Output, Context: c.Context, MaxOutput: c.MaxOutput}
	if err := api.SetPrice(ctx, p); err != nil {
		return err
	}
	return s.print(p, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s/%s costs US$%s in, US$%s out per million tokens\n", c.Name, c.Model, c.Input, c.Output)
	})
}

type tokenCmd struct {
	List   tokenListCmd   `cmd:"" default:"withargs" help:"List tokens."`
	Create tokenCreateCmd `cmd:"" help:"Make a token; its secret is shown once."`
	Delete tokenDeleteCmd `cmd:"" help:"End a token."`
}

type tokenListCmd struct{}

func (c *tokenListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Tokens(ctx)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("name", "role", "may spend", "made", "at most")
		for _, t := range all {
			g.row(t.Name, string(t.Role), t.MaySpend || t.Role == fettle.Admin, t.CreatedAt, tokenLimit(t))
		}
		g.render(w, "no tokens")
	})
}

// tokenLimit shows a token's own limits.
func tokenLimit(t client.Token) string {
	var out []string
	for _, l := range t.Limits {
		if l.Credits != nil {
			out = append(out, fmt.Sprintf("%s of %s (%s)", l.UsedCredits, l.Credits, l.Per))
		}
	}
	return strings.Join(out, ", ")
}

type tokenCreateCmd struct {
	Name    string          `arg:"" help:"Whose it is."`
	Role    string          `enum:"viewer,editor,admin" default:"viewer" help:"viewer, editor or admin."`
	Spend   bool            `name:"may-spend" help:"Let an editor's token start, raise limits, grant, resolve, and edit prices and keys."`
	Credits *fettle.Credits `placeholder:"N" help:"The most that it may spend."`
	Per     string          `enum:"lifetime,day,month" default:"lifetime" help:"What --credits is counted over: lifetime, day or month."`
}

func (c *tokenCreateCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	in := client.TokenInput{Name: c.Name, Role: fettle.Role(c.Role), MaySpend: c.Spend, Credits: c.Credits}
	if c.Credits != nil {
		in.Per = fettle.Period(c.Per)
	}
	t, err := api.CreateToken(ctx, in)
	if err != nil {
		return err
	}
	return s.print(t, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s\n", t.Secret)
		_, _ = fmt.Fprintf(s.stderr, "This is the token of %s (%s). It is not shown again.\n", t.Name, standing(t.Role, t.MaySpend))
		if c.Credits != nil && t.Role != fettle.Admin && !t.MaySpend {
			_, _ = fmt.Fprintln(s.stderr, "Beside pilots it may spend nothing, whatever --credits says: that takes --role editor --may-spend.")
		}
	})
}

type tokenDeleteCmd struct {
	Name string `arg:"" help:"The token."`
}

func (c *tokenDeleteCmd) Run(ctx context.Context, s *session) error {
	return removal{
		name: c.Name, asks: "this ends the token of " + c.Name, says: "deleted " + c.Name,
		there: func(ctx context.Context, api *client.Client) error {
			all, err := api.Tokens(ctx)
			return among(all, err, func(t client.Token) bool { return t.Name == c.Name },
				fettle.Errorf(fettle.NotFound, "there is no token %s", c.Name).WithHint("fettle token list lists them."))
		},
		remove: func(ctx context.Context, api *client.Client) error { return api.DeleteToken(ctx, c.Name) },
	}.take(ctx, s)
}

type openapiCmd struct{}

func (c *openapiCmd) Run(s *session) error {
	doc, err := api.OpenAPI("v1")
	if err != nil {
		return err
	}
	_, err = s.stdout.Write(doc)
	return err
}

type versionCmd struct{}

func (c *versionCmd) Run(s *session) error {
	return s.print(built(), func(w io.Writer) { _, _ = fmt.Fprintln(w, built()) })
}

type migrateCmd struct{}

func (c *migrateCmd) Run(ctx context.Context, s *session) error {
	if err := s.onWorkspace("migrate"); err != nil {
		return err
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	version, err := s.db.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	return s.print(map[string]any{"ok": true, "schema": version}, func(w io.Writer) { _, _ = fmt.Fprintf(w, "the schema is up to date: %d\n", version) })
}
