package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"fettle"
	"fettle/client"
	"fettle/provider/catalog"
	"fettle/provider/declarative"
)

type providerInitCmd struct {
	ID        string   `arg:"" help:"The provider's id, the name before the slash in steps: finder."`
	Output    string   `short:"o" placeholder:"FILE" help:"Where it is written; ID.yaml unless said, - for the standard output."`
	Force     bool     `help:"Write over a file that is there."`
	Name      string   `help:"What people call the vendor."`
	URL       string   `name:"url" placeholder:"URL" help:"The base URL of its API."`
	Docs      string   `placeholder:"URL" help:"Where its documentation is."`
	Auth      string   `placeholder:"HOW" help:"How the key goes along: \"header X-Api-Key\" (unless said), \"header Authorization Token\" with a word before the key, \"query NAME\", \"body NAME\", bearer, basic, none."`
	Operation string   `placeholder:"NAME" help:"What it is asked; find_email unless said."`
	Entity    string   `enum:"people,companies," default:"" placeholder:"people|companies" help:"Whom it is asked about."`
	Method    string   `placeholder:"POST" help:"GET, POST or PUT."`
	Path      string   `placeholder:"PATH" help:"The path after the base URL; /v1/find unless said."`
	Input     []string `sep:"none" placeholder:"NAME=TYPE" help:"What is sent; again for each."`
	Result    []string `sep:"none" placeholder:"NAME=TYPE=PATH" help:"What comes back and where in the answer, such as email=email=body.data.email; again for each. The first tells whether something was found."`
	Unit      string   `placeholder:"UNIT" help:"What it bills in; credit unless said."`
	Price     string   `placeholder:"N" help:"The most that a call costs, in its units; 1 unless said."`
	Charged   string   `name:"charged-in" placeholder:"PATH" help:"Where an answer tells what it cost, in its units, such as body.meta.credits."`
	Misses    bool     `help:"It bills when it finds nothing, too."`
}

// Run writes the definition; no server and no database is needed.
func (c *providerInitCmd) Run(s *session) error {
	text, err := declarative.Begin(declarative.Start{
		ID: c.ID, Name: c.Name, URL: c.URL, Docs: c.Docs, Auth: c.Auth, Operation: c.Operation, Entity: fettle.Entity(c.Entity),
		Method: c.Method, Path: c.Path, Inputs: c.Input, Outputs: c.Result, Unit: c.Unit, Price: c.Price, Charged: c.Charged, Misses: c.Misses,
	})
	if err != nil {
		return err
	}
	if c.Output == "-" {
		_, err := s.stdout.Write(text)
		return err
	}
	file := cmp.Or(c.Output, c.ID+".yaml")
	if _, err := os.Stat(file); err == nil && !c.Force {
		return fettle.Errorf(fettle.Refused, "%s is there already", file).WithHint("Name another file with -o, or write over it with --force.")
	}
	if err := s.download(file, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}); err != nil || s.JSON {
		return err
	}
	_, _ = fmt.Fprintf(s.stdout, "change it by the vendor's documentation, then\n  fettle provider check %s\n", file)
	return nil
}

type providerCheckCmd struct {
	File  string `arg:"" placeholder:"FILE" help:"The definition; - for the standard input."`
	Live  bool   `help:"Ask the vendor too, by the definition's free call (auth.test). The key is read from the definition's variable (key_env), or asked for."`
	Units string `placeholder:"N" help:"With --live: what that call costs at the vendor, in its units, by its documentation. It has to be said, and to be 0."`
}

// Run checks without a server and without a database, unless the vendor is asked.
func (c *providerCheckCmd) Run(ctx context.Context, s *session) error {
	text, err := s.readAsItIs(c.File)
	if err != nil {
		return err
	}
	r, def := declarative.Check(ctx, text)
	if def != nil && shipped(def.ID) {
		r.Taken(def)
	}
	out := reportOf(r)
	if c.Live && r.OK {
		out, err = c.ask(ctx, s, text, def)
		if err != nil {
			return err
		}
	}
	if err := s.print(out, func(w io.Writer) { showReport(w, c.File, out) }); err != nil || out.OK {
		return err
	}
	return quiet(fettle.Invalid.Exit())
}

// ask asks the vendor's free call, from where the vendor will be asked.
func (c *providerCheckCmd) ask(ctx context.Context, s *session, text []byte, def *declarative.Definition) (client.DefinitionReport, error) {
	var none client.DefinitionReport
	if def.FreeCall() == "" {
		return none, fettle.Errorf(fettle.Refused, "%s has no call that bills nothing", def.ID).
			WithHint("Write auth.test, if the vendor has one. Else add it, say what its unit costs, and pilot one record: a limit binds there.")
	}
	if c.Units == "" {
		return none, fettle.Errorf(fettle.Refused, "%s asks %s at %s for real", c.File, def.FreeCall(), def.Host()).
			WithHint("Say what that call costs by the vendor's documentation: --units 0, if it is free.")
	}
	units, err := fettle.ParseCredits(c.Units)
	if err != nil {
		return none, err
	}
	live := &client.LiveCheck{Units: units}
	if def.NeedsKey() && units == 0 {
		if live.Key = s.getenv(def.Auth.KeyEnv); live.Key == "" && c.File == "-" {
			return none, fettle.Errorf(fettle.Invalid, "no key was given").WithHint("The standard input is the definition: give the key in the variable that key_env names.")
		}
		if live.Key == "" {
			if live.Key, err = s.readSecret("Key of " + def.ID + ": "); err != nil {
				return none, err
			}
		}
	}
	api, err := s.client(ctx)
	if err != nil {
		return none, err
	}
	return api.CheckDefinition(ctx, text, live)
}

func shipped(id string) bool {
	all, err := catalog.Definitions()
	if err != nil {
		return false
	}
	for _, d := range all {
		if d.ID == id {
			return true
		}
	}
	return false
}

func reportOf(r declarative.Report) client.DefinitionReport {
	out := client.DefinitionReport{ID: r.ID, OK: r.OK, Operations: r.Operations, Warnings: r.Warnings, FreeCall: r.FreeCall, Faults: []client.DefinitionFault{}, Fixtures: []client.FixtureResult{}, Guesses: []client.Guess{}}
	for _, g := range r.Guesses {
		out.Guesses = append(out.Guesses, client.Guess(g))
	}
	for _, f := range r.Faults {
		out.Faults = append(out.Faults, client.DefinitionFault(f))
	}
	for _, f := range r.Fixtures {
		out.Fixtures = append(out.Fixtures, client.FixtureResult(f))
	}
	return out
}

func showReport(w io.Writer, file string, r client.DefinitionReport) {
	at := func(line int) string {
		if line == 0 {
			return file
		}
		return fmt.Sprintf("%s:%d", file, line)
	}
	for _, f := range r.Faults {
		_, _ = fmt.Fprintf(w, "%s: %s\n    %s\n", at(f.Line), printable(withoutLine(f.Message)), printable(f.Hint))
	}
	failed := 0
	for _, f := range r.Fixtures {
		if f.OK {
			_, _ = fmt.Fprintf(w, "ok      %s\n", printable(f.Name))
			continue
		}
		failed++
		_, _ = fmt.Fprintf(w, "FAILED  %s\n    %s: %s\n", printable(f.Name), at(f.Line), printable(f.Message))
	}
	for _, text := range r.Warnings {
		_, _ = fmt.Fprintf(w, "note    %s\n", printable(text))
	}
	for _, g := range r.Guesses {
		_, _ = fmt.Fprintf(w, "%s: a guess: look up %s\n", at(g.Line), printable(g.What))
	}
	switch {
	case r.OK && len(r.Guesses) > 0:
		_, _ = fmt.Fprintf(w, "%s holds together (%s), and %s. Correct them, and take their remarks away.\n", file,
			plural(int64(len(r.Fixtures)), "fixture holds", "fixtures hold"), plural(int64(len(r.Guesses)), "line is a guess still", "lines are guesses still"))
	case r.OK:
		_, _ = fmt.Fprintf(w, "%s is right: %s. Steps ask it as %s.\n", file, plural(int64(len(r.Fixtures)), "fixture holds", "fixtures hold"), strings.Join(r.Operations, ", "))
	case len(r.Faults) > 0:
		_, _ = fmt.Fprintf(w, "%s in %s\n", plural(int64(len(r.Faults)), "error", "errors"), file)
	default:
		_, _ = fmt.Fprintf(w, "%s of %d in %s\n", plural(int64(failed), "fixture does not hold", "fixtures do not hold"), len(r.Fixtures), file)
	}
	if r.Live != "" {
		_, _ = fmt.Fprintln(w, printable(r.Live))
	}
}

// withoutLine takes off a message the line that stands before it already.
func withoutLine(message string) string {
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		if _, text, ok := strings.Cut(rest, ": "); ok {
			return text
		}
	}
	return message
}

type providerExportCmd struct {
	Name   string `arg:"" help:"The provider: of the catalogue, or added here."`
	Output string `short:"o" placeholder:"FILE" help:"Where it is written; - for the standard output, as without it."`
}

func (c *providerExportCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	d, err := api.Definition(ctx, c.Name)
	if err != nil {
		return err
	}
	if c.Output != "" && c.Output != "-" {
		return s.download(c.Output, func(w io.Writer) error {
			_, err := io.WriteString(w, d.Definition)
			return err
		})
	}
	return s.print(d, func(w io.Writer) { _, _ = io.WriteString(w, strings.TrimRight(d.Definition, "\n")+"\n") })
}

type providerRemoveCmd struct {
	Name string `arg:"" help:"The provider that was added."`
}

func (c *providerRemoveCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	if err := api.RemoveDefinition(ctx, c.Name); err != nil {
		return err
	}
	return s.print(map[string]string{"removed": c.Name}, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s is gone, with its key and price; what it was asked stays known\n", c.Name)
	})
}

type providerAddCmd struct {
	Path string `arg:"" optional:"" placeholder:"FILE" help:"The definition; - for the standard input."`
	File string `short:"f" placeholder:"FILE" help:"The same, as a flag."`
}

func (c *providerAddCmd) Run(ctx context.Context, s *session) error {
	file := cmp.Or(c.File, c.Path)
	if file == "" {
		return fettle.Errorf(fettle.Invalid, "no definition is named").WithHint("Name a file: fettle provider add finder.yaml. Begin one with: fettle provider init finder.")
	}
	text, err := s.readAsItIs(file)
	if err != nil {
		return err
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	if err := api.SaveDefinition(ctx, text); err != nil {
		return inFile(err, []part{{name: file}})
	}
	return s.print(map[string]string{"added": file}, func(w io.Writer) { _, _ = fmt.Fprintf(w, "added %s\n", file) })
}

// readAsItIs reads a file, or the standard input for -, so that its lines can be
// told.
func (s *session) readAsItIs(path string) ([]byte, error) {
	if path != "-" {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fettle.Errorf(fettle.Invalid, "%w", err).WithHint("Name a file that can be read.")
		}
		return text, nil
	}
	var b bytes.Buffer
	_, err := b.ReadFrom(s.stdin)
	return b.Bytes(), err
}
