package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"fettle"
)

// root is the command line: its fields are the commands and the flags that all
// of them take.
type root struct {
	DB        string   `name:"db" setting:"" placeholder:"FILE|URL" help:"The workspace: a SQLite file or a postgres:// URL. Default: fettle.db in the data folder."`
	Server    string   `setting:"" placeholder:"URL" help:"Speak to this server instead of opening the workspace; its token is FETTLE_TOKEN."`
	JSON      bool     `name:"json" help:"Print JSON."`
	Yes       bool     `short:"y" help:"Answer yes where a confirmation is needed."`
	Sandbox   string   `setting:"" placeholder:"URL" help:"Where the simulated provider is."`
	AllowHost []string `setting:"" placeholder:"HOST" help:"A private address that providers, models and webhooks may have."`
	EnvKey    []string `setting:"FETTLE_ENV_KEYS" placeholder:"NAME=PROVIDER@HOST" help:"An environment variable that is the key of a provider at this host."`
	Verbose   bool     `short:"v" setting:"" help:"Log what is done."`
	LogLevel  string   `setting:"" enum:"debug,info,warn,error" default:"warn" help:"What is logged: debug, info, warn or error."`
	LogFormat string   `setting:"" enum:"text,json" default:"text" help:"How it is logged, on stderr: text or json."`
	Config    string   `placeholder:"FILE" help:"Read settings from this file: YAML with the names of flags. [FETTLE_CONFIG]"`

	ShowVersion kong.VersionFlag `name:"version" help:"Print the version."`

	Demo    demoCmd    `cmd:"" help:"A sample workspace, a simulated provider and the server."`
	Serve   serveCmd   `cmd:"" help:"Serve the web app and the API, and run enrichments."`
	Worker  workerCmd  `cmd:"" help:"Run enrichments beside other processes on one PostgreSQL workspace."`
	Sim     sandboxCmd `cmd:"" name:"sandbox" help:"Serve simulated data providers and an AI model."`
	Health  healthCmd  `cmd:"" help:"Ask whether the server or worker on this machine is ready: for containers and monitors."`
	Migrate migrateCmd `cmd:"" help:"Bring the workspace's schema up to date and stop."`

	Backup  backupCmd  `cmd:"" help:"Write the workspace, as it is now, to a file. Everyone may go on working."`
	Restore restoreCmd `cmd:"" help:"Make a workspace of a backup. It comes up paused."`
	Copy    copyCmd    `cmd:"" help:"Move a workspace from SQLite to PostgreSQL."`

	Import     importCmd     `cmd:"" help:"Import a CSV or XLSX file, see what became of it, take it back."`
	Duplicates duplicatesCmd `cmd:"" help:"Records that may be one: review them, merge them, keep them apart."`
	Records    recordsCmd    `cmd:"" help:"List, delete or suppress records."`
	Changes    changesCmd    `cmd:"" help:"Follow what changes in records, in order."`
	Undo       undoCmd       `cmd:"" help:"What was changed as one: edits, imports, runs, merges, deletions. See it, take it back."`
	Field      fieldCmd      `cmd:"" help:"List, add or delete fields."`
	Audience   audienceCmd   `cmd:"" help:"List, count, explain, save or delete audiences."`
	Play       playCmd       `cmd:"" help:"What there is to begin with: sets of documents that do one job together."`
	Signal     signalCmd     `cmd:"" help:"What happened to records: list, post, and the rules that look for it."`
	Enrichment enrichmentCmd `cmd:"" help:"Estimate, run, pause and inspect enrichments."`
	Hub        hubCmd        `cmd:"" help:"The Data Hub: fill rates and health of every field."`
	Credits    creditsCmd    `cmd:"" help:"What was spent, on what, and what is left."`
	Limit      limitCmd      `cmd:"" help:"List or set limits of the workspace, providers and persons."`
	Unknown    unknownCmd    `cmd:"" help:"Calls that may have been billed: list and resolve."`
	Channel    channelCmd    `cmd:"" help:"Who is told what happens: webhooks, Slack, e-mail."`
	Notify     notifyCmd     `cmd:"" name:"notifications" help:"List notifications."`
	Audit      auditCmd      `cmd:"" help:"Recompute everything from the journal and compare."`
	Export     exportCmd     `cmd:"" help:"Write the records of an audience as CSV, or the workspace as documents."`
	Apply      applyCmd      `cmd:"" help:"Declare fields, audiences, enrichments, providers and limits."`
	Plan       planCmd       `cmd:"" help:"Say what apply would do, and its price."`
	Provider   providerCmd   `cmd:"" help:"Providers: list, connect, test, add."`
	Workspace  workspaceCmd  `cmd:"" help:"What this workspace is called, who you are in it, and whether anything makes calls."`
	User       userCmd       `cmd:"" help:"People who sign in: list, invite, change, disable."`
	Token      tokenCmd      `cmd:"" help:"Tokens of the API: list, create, delete."`
	MCP        mcpCmd        `cmd:"" name:"mcp" help:"Let AI agents work with a server, by the Model Context Protocol."`
	Bench      benchCmd      `cmd:"" help:"The product's own benchmark, on the real path."`
	OpenAPI    openapiCmd    `cmd:"" name:"openapi" help:"Print the OpenAPI document."`
	Notices    noticesCmd    `cmd:"" help:"Print the licences of the software of others that is in the program."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

// exited is panicked with where kong wants to end the program, after --help.
type exited int

// run is the whole program: everything it touches is an argument.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case exited:
			code = int(p)
		default:
			panic(p)
		}
	}()
	var r root
	st := &settings{getenv: getenv, file: map[string]setting{}, from: map[string]string{}}
	s := newSession(&r, getenv, stdin, stdout, stderr)
	if err := st.read(args); err != nil {
		r.JSON = wantsJSON(args)
		return s.fail(err)
	}
	parser, err := kong.New(&r, kong.Name("fettle"), kong.Resolvers(st), kong.ValueFormatter(helpOf), kong.Writers(stdout, stderr), kong.UsageOnError(), kong.Vars{"version": built().String()},
		kong.Description("People and companies, audiences, bulk enrichments under a hard credit spend limit, and the Data Hub."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Exit(func(code int) { panic(exited(code)) }))
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return fettle.Internal.Exit()
	}
	cmd, err := parser.Parse(args)
	if err != nil {
		r.JSON = r.JSON || wantsJSON(args)
		return s.fail(usage(st.told(err)))
	}
	s.log, s.webhook = s.logger(), getenv("FETTLE_WEBHOOK")
	s.finds = slices.Contains(finders, strings.Fields(cmd.Command())[0])
	cmd.BindTo(ctx, (*context.Context)(nil))
	err = errors.Join(cmd.Run(s), s.close())
	return s.fail(err)
}

// finders are the commands that make no sense in a workspace that is not there
// yet: for them a mistyped file is an error. The others make the workspace.
var finders = []string{"audit", "backup", "enrichment", "export", "unknown"}

// wantsJSON finds --json on a command line that could not be parsed.
func wantsJSON(args []string) bool {
	return slices.Contains(args, "--json")
}

// usage makes the product's error of kong's.
func usage(err error) error {
	if own, ok := errors.AsType[*fettle.Error](err); ok {
		return own
	}
	e := fettle.Errorf(fettle.Invalid, "%s", strings.TrimSpace(err.Error()))
	if flag, rest, ok := strings.Cut(e.Message, ": expected "); ok && strings.Contains(rest, "(short flag)") { // --credits -5
		return fettle.Errorf(fettle.Invalid, "%s: what follows begins with a dash, as a flag does", flag).WithHint("If it is meant as its value, write it as one word: %s=-5", flag)
	}
	if parse, ok := errors.AsType[*kong.ParseError](err); ok && parse.Context != nil && parse.Context.Selected() != nil {
		return e.WithHint("See: fettle %s --help", parse.Context.Selected().Path())
	}
	return e.WithHint("See: fettle --help")
}

// fail prints the error on stderr and gives the exit code.
func (s *session) fail(err error) int {
	if err == nil {
		return 0
	}
	if done, ok := errors.AsType[quiet](err); ok {
		return int(done)
	}
	if errors.Is(err, context.Canceled) {
		err = fettle.Errorf(fettle.Unavailable, "interrupted")
	}
	e := fettle.AsError(err)
	if e.Code == fettle.Internal {
		e = fettle.Errorf(fettle.Internal, "%s", err.Error()).WithHint("Run it again with --verbose, and report it if it stays.")
	}
	if s.JSON {
		_ = json.NewEncoder(s.stderr).Encode(e) // there is nowhere left to say so
		return e.Code.Exit()
	}
	_, _ = fmt.Fprintf(s.stderr, "fettle: %s\n", e.Message)
	if e.Hint != "" {
		_, _ = fmt.Fprintf(s.stderr, "  %s\n", e.Hint)
	}
	return e.Code.Exit()
}

// quiet ends a command with an exit code when everything has been said.
type quiet int

func (q quiet) Error() string { return fmt.Sprintf("exit %d", int(q)) }
