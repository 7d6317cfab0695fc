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
	DB        string   `group:"all" name:"db" setting:"" placeholder:"FILE|URL" help:"The workspace: a SQLite file or a postgres:// URL. Default: fettle.db in the data folder."`
	Server    string   `group:"all" setting:"" placeholder:"URL" help:"Speak to this server instead of opening the workspace; its token is FETTLE_TOKEN."`
	JSON      bool     `group:"all" name:"json" help:"Print JSON."`
	Yes       bool     `group:"all" short:"y" help:"Answer yes where a confirmation is needed."`
	Sandbox   string   `group:"all" setting:"" placeholder:"URL" help:"Where the simulated provider is."`
	AllowHost []string `group:"all" setting:"" placeholder:"HOST" help:"A private address that providers, models and webhooks may have."`
	Inbox     string   `group:"all" setting:"" placeholder:"DIR" help:"The folder whose files sources may read on a schedule; nothing outside it is read."`
	EnvKey    []string `group:"all" setting:"FETTLE_ENV_KEYS" placeholder:"NAME=PROVIDER@HOST" help:"An environment variable that is the key of a provider at this host."`
	Verbose   bool     `group:"all" short:"v" setting:"" help:"Log what is done."`
	LogLevel  string   `group:"all" setting:"" enum:"debug,info,warn,error" default:"warn" help:"What is logged: debug, info, warn or error."`
	LogFormat string   `group:"all" setting:"" enum:"text,json" default:"text" help:"How it is logged, on stderr: text or json."`
	Config    string   `group:"all" placeholder:"FILE" help:"Read settings from this file: YAML with the names of flags. [FETTLE_CONFIG]"`

	ShowVersion kong.VersionFlag `group:"all" name:"version" help:"Print the version."`

	Demo    demoCmd    `cmd:"" group:"run" help:"A sample workspace, a simulated provider and the server."`
	Serve   serveCmd   `cmd:"" group:"run" help:"Serve the web app and the API, and run enrichments."`
	Worker  workerCmd  `cmd:"" group:"run" help:"Run enrichments beside other processes on one PostgreSQL workspace."`
	Sim     sandboxCmd `cmd:"" group:"run" name:"sandbox" help:"Serve simulated data providers and an AI model."`
	Health  healthCmd  `cmd:"" group:"run" help:"Ask whether the server or worker on this machine is ready: for containers and monitors."`
	Migrate migrateCmd `cmd:"" group:"run" help:"Bring the workspace's schema up to date and stop."`

	Backup  backupCmd  `cmd:"" group:"run" help:"Write the workspace, as it is now, to a file. Everyone may go on working."`
	Restore restoreCmd `cmd:"" group:"run" help:"Make a workspace of a backup. It comes up paused."`
	Copy    copyCmd    `cmd:"" group:"run" help:"Move a workspace from SQLite to PostgreSQL."`

	Source      sourceCmd      `cmd:"" group:"data" help:"What comes in and what goes out: one list; addresses to which others send records, files that are read on a schedule."`
	Destination destinationCmd `cmd:"" group:"team" help:"Where records go: a CRM, or another service by HTTP."`

	Import     importCmd     `cmd:"" group:"data" help:"Import a CSV or XLSX file, see what became of it, take it back."`
	Duplicates duplicatesCmd `cmd:"" group:"data" help:"Records that may be one: review them, merge them, keep them apart."`
	Strangers  strangersCmd  `cmd:"" group:"data" help:"Answers that were paid for and are about somebody else: review them, claim them back."`
	Records    recordsCmd    `cmd:"" group:"data" help:"List, delete or suppress records."`
	Changes    changesCmd    `cmd:"" group:"data" help:"Follow what changes in records, in order."`
	Undo       undoCmd       `cmd:"" group:"data" help:"What was changed as one: edits, imports, runs, merges, deletions. See it, take it back."`
	Field      fieldCmd      `cmd:"" group:"data" help:"List, add or delete fields."`
	Audience   audienceCmd   `cmd:"" group:"buy" help:"List, count, explain, save or delete audiences."`
	Play       playCmd       `cmd:"" group:"buy" help:"What there is to begin with: sets of documents that do one job together."`
	Signal     signalCmd     `cmd:"" group:"buy" help:"What happened to records: list, post, and the rules that look for it."`
	Enrichment enrichmentCmd `cmd:"" group:"buy" help:"Estimate, run, pause and inspect enrichments."`
	Hub        hubCmd        `cmd:"" group:"data" help:"The Data Hub: fill rates and health of every field."`
	Credits    creditsCmd    `cmd:"" group:"money" help:"What was spent, on what, and what is left."`
	Limit      limitCmd      `cmd:"" group:"money" help:"List or set limits of the workspace, budgets, providers and persons."`
	Budget     budgetCmd     `cmd:"" group:"money" help:"Limits under a name: what counts in each."`
	Request    requestCmd    `cmd:"" group:"money" help:"Ask for more than a limit leaves; approve or refuse what was asked."`
	Unknown    unknownCmd    `cmd:"" group:"money" help:"Calls that may have been billed: list and resolve."`
	Channel    channelCmd    `cmd:"" group:"team" help:"Who is told what happens: webhooks, Slack, e-mail."`
	Notify     notifyCmd     `cmd:"" group:"team" name:"notifications" help:"List notifications."`
	Audit      auditCmd      `cmd:"" group:"money" help:"Recompute everything from the journal and compare."`
	Export     exportCmd     `cmd:"" group:"data" help:"Write the records of an audience as CSV, or the workspace as documents."`
	Apply      applyCmd      `cmd:"" group:"buy" help:"Declare fields, audiences, enrichments, providers and limits."`
	Plan       planCmd       `cmd:"" group:"buy" help:"Say what apply would do, and its price."`
	Provider   providerCmd   `cmd:"" group:"team" help:"Providers: list, connect, test, add."`
	Workspace  workspaceCmd  `cmd:"" group:"team" help:"What this workspace is called, who you are in it, and whether anything makes calls."`
	User       userCmd       `cmd:"" group:"team" help:"People who sign in: list, invite, change, disable."`
	Token      tokenCmd      `cmd:"" group:"team" help:"Tokens of the API: list, create, delete."`
	MCP        mcpCmd        `cmd:"" group:"team" name:"mcp" help:"Let AI agents work with a server, by the Model Context Protocol."`
	Bench      benchCmd      `cmd:"" group:"tools" help:"The product's own benchmark, on the real path."`
	Schema     schemaCmd     `cmd:"" group:"tools" help:"Print the JSON Schema of a kind of documents, for editors and checks."`
	OpenAPI    openapiCmd    `cmd:"" group:"tools" name:"openapi" help:"Print the OpenAPI document."`
	Docs       docsCmd       `cmd:"" group:"tools" help:"Write the documentation as a site; a server has it under /docs."`
	Completion completionCmd `cmd:"" group:"tools" help:"Print what a shell reads to complete commands and flags: bash, zsh or fish."`
	Notices    noticesCmd    `cmd:"" group:"tools" help:"Print the licences of the software of others that is in the program."`
	Version    versionCmd    `cmd:"" group:"tools" help:"Print the version."`
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
	parser, err := commandLine(&r, st, stdout, stderr)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return fettle.Internal.Exit()
	}
	if len(args) > 0 && args[0] == completionWord {
		_, _ = fmt.Fprintln(stdout, strings.Join(complete(parser.Model, args[1:]), "\n"))
		return 0
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

// groups are the headings under which the commands and flags are listed.
var groups = []kong.Group{
	{Key: "data", Title: "Records:"},
	{Key: "buy", Title: "Audiences and enrichments:"},
	{Key: "money", Title: "Money:"},
	{Key: "team", Title: "Providers, people, channels:"},
	{Key: "run", Title: "Run and keep it:"},
	{Key: "tools", Title: "More:"},
	{Key: "all", Title: "Flags of every command:"},
}

// commandLine is the parser of everything that can be typed.
func commandLine(r *root, st *settings, stdout, stderr io.Writer) (*kong.Kong, error) {
	parser, err := kong.New(r, kong.Name("fettle"), kong.Resolvers(st), kong.ValueFormatter(helpOf), kong.Writers(stdout, stderr), kong.UsageOnError(),
		kong.Vars{"version": built().String()}, kong.ExplicitGroups(groups),
		kong.Description("People and companies, audiences, bulk enrichments under a hard credit spend limit, and the Data Hub."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, FlagsLast: true}),
		kong.Exit(func(code int) { panic(exited(code)) }))
	if err == nil {
		dress(parser.Model)
	}
	return parser, err
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
