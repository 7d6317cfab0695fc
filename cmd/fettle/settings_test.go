package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestSettings gives settings by the command line, the environment, a file named
// there and a settings file: the first of them that speaks is taken, and what is
// wrong is named by where it stands.
func TestSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	db := func(name string) string { return filepath.Join(dir, name) }
	good := file("good.yaml", "# where\ndb: "+db("file.db")+"\nallow-host: [a.internal, b.internal]\noidc-role: {sales: editor}\nlease: 20s\n")
	for name, c := range map[string]struct {
		args  []string
		env   map[string]string
		makes string // the database that is made
		says  string // in what is printed on stderr
	}{
		"a file":                   {args: []string{"--config", good}, makes: "file.db"},
		"a file, =":                {args: []string{"--config=" + good}, makes: "file.db"},
		"a file by a variable":     {env: map[string]string{"FETTLE_CONFIG": good}, makes: "file.db"},
		"a variable wins":          {args: []string{"--config", good}, env: map[string]string{"FETTLE_DB": db("env.db")}, makes: "env.db"},
		"a variable of a file":     {env: map[string]string{"FETTLE_DB_FILE": file("dsn", db("secret.db")+"\n")}, makes: "secret.db"},
		"the command line wins":    {args: []string{"--config", good, "--db", db("flag.db")}, env: map[string]string{"FETTLE_DB": db("no.db")}, makes: "flag.db"},
		"both":                     {env: map[string]string{"FETTLE_DB": db("a.db"), "FETTLE_DB_FILE": good}, says: "FETTLE_DB and FETTLE_DB_FILE are both set"},
		"no such file of a secret": {env: map[string]string{"FETTLE_DB_FILE": db("none")}, says: "FETTLE_DB_FILE: open "},
		"a secret of two lines":    {env: map[string]string{"FETTLE_DB_FILE": file("two", "a\nb\n")}, says: "is not one line of text"},
		"a key that is a secret":   {env: map[string]string{"FETTLE_DB": db("k.db"), "FETTLE_KEY_FILE": file("key", "short")}, says: "FETTLE_KEY: "},
		"no such settings":         {env: map[string]string{"FETTLE_CONFIG": db("none.yaml")}, says: "the settings cannot be read"},
		"no setting of this name":  {args: []string{"--config", file("adr.yaml", "db: x\n\nadr: y\n")}, says: "line 3: there is no setting \"adr\"\n  Did you mean addr?"},
		"no setting at all":        {args: []string{"--config", file("yes.yaml", "yes: true\n")}, says: `there is no setting "yes"`},
		"no YAML":                  {args: []string{"--config", file("bad.yaml", "db: [\n")}, says: "bad.yaml: "},
		"no mapping":               {args: []string{"--config", file("list.yaml", "- db\n")}, says: "it is not a list of settings"},
		"a bad value of a file":    {args: []string{"--config", file("level.yaml", "log-level: loud\n")}, says: "level.yaml, line 1 must be one of"},
		"a bad value":              {env: map[string]string{"FETTLE_LOG_LEVEL": "loud", "FETTLE_DB": db("b.db")}, says: "FETTLE_LOG_LEVEL must be one of"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.env = mapsWith(c.env, "HOME", t.TempDir())
			var out, errs bytes.Buffer
			code := run(t.Context(), append(c.args, "field", "list"), func(k string) string { return c.env[k] }, strings.NewReader(""), &out, &errs)
			if c.makes != "" {
				if _, err := os.Stat(db(c.makes)); code != 0 || err != nil {
					t.Errorf("exit %d, %v: %s", code, err, errs.String())
				}
				return
			}
			if code != 2 || !strings.Contains(errs.String(), c.says) || strings.Contains(errs.String(), "\n\n") {
				t.Errorf("exit %d, not %q: %s", code, c.says, errs.String())
			}
		})
	}
}

func mapsWith(m map[string]string, k, v string) map[string]string {
	out := map[string]string{k: v}
	maps.Copy(out, m)
	return out
}

// TestEveryFlagOfAServerIsASetting finds a flag of the program, of serve or of
// worker that can be set by the command line only: a server in a container has none.
// The others belong to one call, and an answer that lies ready would be none.
func TestEveryFlagOfAServerIsASetting(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&root{}, kong.Vars{"version": ""})
	if err != nil {
		t.Fatal(err)
	}
	once := []string{"help", "json", "yes", "config", "version", "moved"}
	names := map[string]string{}
	for _, n := range append([]*kong.Node{parser.Model.Node}, parser.Model.Children...) {
		for _, f := range n.Flags {
			name := variable(f)
			if running := n == parser.Model.Node || n.Name == "serve" || n.Name == "worker"; f.Hidden || running && name == "" && slices.Contains(once, f.Name) || !running && name == "" {
				continue
			}
			if name == "" || (names[name] != "" && names[name] != f.Name) {
				t.Errorf("fettle %s --%s: variable %q, which is also that of %q", n.Name, f.Name, name, names[name])
			}
			names[name] = f.Name
		}
	}
}

// TestFirstAdmin names the first admin in the environment: by a password, and by a
// link that each start prints anew until it was used. Who can sign in is not touched.
func TestFirstAdmin(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.env["FETTLE_ADMIN_EMAIL"], p.env["FETTLE_ADMIN_PASSWORD"] = "ada@acme.com", "short"
	if code, _, errs := p.run("serve", "--addr", "0.0.0.0:0"); code != 2 || !strings.Contains(errs, "FETTLE_ADMIN_PASSWORD") {
		t.Fatalf("a password that is too short: exit %d: %s", code, errs)
	}
	delete(p.env, "FETTLE_ADMIN_PASSWORD")
	for range 2 {
		_, stop := p.serve("--addr", "127.0.0.1:0", "--public-url", "https://fettle.acme.com")
		if code := stop(); code != 0 {
			t.Fatalf("exit %d", code)
		}
		if out := p.must("user", "list"); !strings.Contains(out, "ada@acme.com") || !strings.Contains(out, "invited") {
			t.Fatalf("nobody is invited: %s", out)
		}
	}
	p.env["FETTLE_ADMIN_PASSWORD"] = "violet tram under nine anchors"
	_, stop := p.serve("--addr", "0.0.0.0:0")
	stop()
	p.env["FETTLE_ADMIN_EMAIL"] = "eve@evil.com"
	_, stop = p.serve("--addr", "0.0.0.0:0")
	stop()
	if out := p.must("user", "list"); !strings.Contains(out, "active") || strings.Contains(out, "eve@") {
		t.Errorf("the admin is not there, or another is: %s", out)
	}
}

// TestHealth asks a server that runs, and one that has gone.
func TestHealth(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	url, stop := p.serve("--addr", "127.0.0.1:0", "--metrics-addr", "127.0.0.1:0")
	at := strings.TrimPrefix(url, "http://")
	if out := p.must("health", "--addr", at); out != "ok\n" {
		t.Errorf("it says %q", out)
	}
	stop()
	if code, _, errs := p.run("health", "--addr", at); code != 5 || !strings.Contains(errs, "does not answer") {
		t.Errorf("gone: exit %d: %s", code, errs)
	}
}
