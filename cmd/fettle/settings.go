package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"fettle"
	"fettle/internal/nearest"
)

// settings are what flags with the tag "setting" are where the command line leaves
// them out: a variable FETTLE_<FLAG>, else a line of the file that --config or
// FETTLE_CONFIG names. They are those of the program, of serve and of worker; what
// the other commands take is wanted once, and has neither.
type settings struct {
	getenv func(string) string
	file   map[string]setting // by flag
	from   map[string]string  // flag to where its value came from
}

// setting is a line of the settings file.
type setting struct {
	text string
	line int
}

// variable is the environment variable of a flag; "" for one that is no setting.
// The tag says which are: a variable for --yes would answer every question.
func variable(flag *kong.Flag) string {
	if !flag.Tag.Has("setting") {
		return ""
	}
	if name := flag.Tag.Get("setting"); name != "" {
		return name
	}
	return "FETTLE_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
}

// Validate is part of a resolver: it refuses a file with a line that is no setting.
func (st *settings) Validate(app *kong.Application) error {
	var known []string
	for _, n := range append([]*kong.Node{app.Node}, app.Children...) {
		for _, f := range n.Flags {
			if variable(f) != "" {
				known = append(known, f.Name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(st.file)) {
		if !slices.Contains(known, name) {
			e := fettle.Errorf(fettle.Invalid, "%s, line %d: there is no setting %q", st.from["config"], st.file[name].line, name)
			if near := nearest.Of(name, known); near != "" {
				return e.WithHint("Did you mean %s?", near)
			}
			return e.WithHint("The settings are the flags of: fettle serve --help. Secrets are variables: FETTLE_KEY, or FETTLE_KEY_FILE with the path of a file.")
		}
	}
	return nil
}

// Resolve is part of a resolver.
func (st *settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	name := variable(flag)
	if name == "" {
		return nil, nil //nolint:nilnil // what kong takes for "not here"
	}
	text, err := secretIn(st.getenv, name)
	if err != nil {
		return nil, err
	}
	if text != "" {
		st.from[flag.Name] = name
		if flag.IsSlice() {
			text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }), ",")
		}
		return text, nil
	}
	if line, ok := st.file[flag.Name]; ok {
		st.from[flag.Name] = fmt.Sprintf("%s, line %d", st.from["config"], line.line)
		return line.text, nil
	}
	return nil, nil //nolint:nilnil // as above
}

// read reads the settings file, where one is named.
func (st *settings) read(args []string) error {
	path := configIn(args, st.getenv)
	if path == "" {
		return nil
	}
	st.from["config"] = path
	b, err := readSmall(path)
	if err != nil {
		return fettle.Errorf(fettle.Invalid, "the settings cannot be read: %w", err).WithHint("Name the file with --config or FETTLE_CONFIG.")
	}
	doc, err := parser.ParseBytes(b, 0)
	if err != nil {
		return fettle.Errorf(fettle.Invalid, "%s: %s", path, strings.SplitN(strings.TrimSpace(err.Error()), "\n", 2)[0]).WithHint("A line is NAME: VALUE, such as addr: 0.0.0.0:7070.")
	}
	for _, d := range doc.Docs {
		if err := st.readMapping(path, d.Body); err != nil {
			return err
		}
	}
	return nil
}

func (st *settings) readMapping(path string, body ast.Node) error {
	if body == nil || body.Type() == ast.NullType || body.Type() == ast.CommentType {
		return nil
	}
	m, ok := body.(ast.MapNode)
	if !ok {
		return fettle.Errorf(fettle.Invalid, "%s: it is not a list of settings", path).WithHint("A line is NAME: VALUE, such as addr: 0.0.0.0:7070.")
	}
	for it := m.MapRange(); it.Next(); {
		name, at := it.Key().String(), it.Key().GetToken().Position.Line
		text, ok := settingText(it.Value())
		if !ok {
			return fettle.Errorf(fettle.Invalid, "%s, line %d: %s is no text, number, yes or no, nor a list of these", path, at, name).WithHint("Write it as on a command line: %s: VALUE", name)
		}
		if text != "" {
			st.file[name] = setting{text, at}
		}
	}
	return nil
}

// settingText is a value of the file as it stands on a command line.
func settingText(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value), true
	case *ast.NullNode:
		return "", true
	case *ast.SequenceNode:
		var all []string
		for _, v := range n.Values {
			text, ok := settingText(v)
			if !ok {
				return "", false
			}
			all = append(all, text)
		}
		return strings.Join(all, ","), true
	case ast.MapNode:
		var all []string
		for it := n.MapRange(); it.Next(); {
			text, ok := settingText(it.Value())
			if !ok {
				return "", false
			}
			all = append(all, it.Key().String()+"="+text)
		}
		return strings.Join(all, ";"), true
	case ast.ScalarNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// configIn finds --config before the command line is parsed: parsing asks for it.
func configIn(args []string, getenv func(string) string) string {
	for i, a := range args {
		if a == "--" {
			break
		}
		if a == "--config" && i+1 < len(args) {
			return args[i+1]
		}
		if path, ok := strings.CutPrefix(a, "--config="); ok {
			return path
		}
	}
	return getenv("FETTLE_CONFIG")
}

// helpOf names the variable of a setting behind its text.
func helpOf(v *kong.Value) string {
	if v.Flag == nil || variable(v.Flag) == "" {
		return v.Help
	}
	return v.Help + " [" + variable(v.Flag) + "]"
}

// told names where a value came from that kong refuses: it knows flags only.
func (st *settings) told(err error) error {
	for flag, from := range st.from {
		if rest, ok := strings.CutPrefix(err.Error(), "--"+flag); ok && (rest[0] == ':' || rest[0] == ' ') {
			return errors.New(from + rest)
		}
	}
	return err
}

// secretIn is what a variable holds, or the file that NAME_FILE names: secrets
// that are mounted as files need not stand in the environment.
func secretIn(getenv func(string) string, name string) (string, error) {
	text, path := getenv(name), getenv(name+"_FILE")
	if path == "" {
		return text, nil
	}
	if text != "" {
		return "", fettle.Errorf(fettle.Invalid, "%s and %s_FILE are both set", name, name).WithHint("Keep one of them.")
	}
	b, err := readSmall(path)
	if err != nil {
		return "", fettle.Errorf(fettle.Invalid, "%s_FILE: %w", name, err).WithHint("Name a file that this process may read.")
	}
	text = strings.TrimRight(string(b), "\r\n")
	if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\r\n") || text == "" {
		return "", fettle.Errorf(fettle.Invalid, "%s_FILE: %s is not one line of text", name, path).WithHint("Write the value alone into the file.")
	}
	return text, nil
}

// readSmall reads a file of settings or a secret, of at most 64 KB.
func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	const most = 64 << 10
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && len(b) > most {
		err = errors.New(path + " is larger than 64 KB")
	}
	return b, err
}

// secret is a secret of the environment or its file.
func (s *session) secret(name string) (string, error) { return secretIn(s.getenv, name) }

// env is the environment as providers ask for keys. A key whose file cannot be
// read is not there, and the log says why.
func (s *session) env(name string) (string, bool) {
	v, err := s.secret(name)
	if err != nil {
		s.log.Error("a key cannot be read", "variable", name, "error", err)
	}
	return v, v != ""
}

// logger is the log of this process, on stderr.
func (s *session) logger() *slog.Logger {
	level := slog.LevelWarn
	if s.LogLevel != "" { // kong has checked it
		_ = level.UnmarshalText([]byte(s.LogLevel))
	}
	if s.Verbose {
		level = slog.LevelDebug
	}
	opts := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(s.stderr, opts))
	}
	return slog.New(slog.NewTextHandler(s.stderr, opts))
}
