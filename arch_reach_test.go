package fettle_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// maySpeakHTTP are the only places that import net/http: those that serve, and
// those that ask.
var maySpeakHTTP = append([]string{"api/", "ui/", "docs/site.go", "mcp/server.go", "cmd/fettle/cmd_serve.go", "cmd/fettle/cmd_mcp.go", "provider/sandbox/", "internal/oidc/oidctest/"}, mayReach...)

// mayReach are the only places that use what sends a request or opens a
// connection. Who may ask a provider for what is billed is in mayCallOut.
var mayReach = []string{
	"internal/safehttp/",                    // the one client
	"internal/oidc/",                        // an issuer, by a client that it is given
	"internal/trace/",                       // the operator's collector, by a client that it is given
	"provider/",                             // providers, by a client that they are given
	"connect/connect.go",                    // gives it to them
	"connect/file.go",                       // the files of sources, by that client
	"notify/",                               // channels, by clients of safehttp's
	"client/",                               // our own API
	"store/storetest/", "store/postgres.go", // the database
	"cmd/fettle/bench_limit.go", // starts itself
	"cmd/notices/",              // asks the go tool what is linked
}

// mayMakeClients are the only places that take a client to give it to others; try.go
// asks a definition's free call before it is added, where an admin says so.
var mayMakeClients = []string{"connect/connect.go", "connect/try.go", "cmd/fettle/oidc.go", "cmd/fettle/tracing.go", "provider/", "notify/notify.go"}

// waysOut are the names of the standard library that reach others, by package;
// nil for all of a package.
var waysOut = map[string][]string{
	"net/http": {
		"Client", "DefaultClient", "DefaultTransport", "Get", "Head", "NewRequest", "NewRequestWithContext", "Post", "PostForm", "RoundTripper", "Transport",
	},
	"net":               {"Dial", "DialIP", "DialTCP", "DialTimeout", "DialUDP", "DialUnix", "Dialer"},
	"crypto/tls":        {"Client", "Dial", "DialWithDialer", "Dialer"},
	"net/http/httputil": nil, "net/rpc": nil, "net/smtp": nil, "os/exec": nil, "syscall": {"Connect", "Exec", "ForkExec", "Socket", "StartProcess"},
}

// TestWhoMayReachOthers holds who may send anything anywhere: what is billed, or
// tells others what is in the workspace, leaves by few doors.
func TestWhoMayReachOthers(t *testing.T) {
	for _, s := range sources(t) {
		if s.test() {
			continue
		}
		for _, problem := range s.reaches() {
			t.Error(problem)
		}
	}
}

// TestReachIsSeen holds what the rule finds.
func TestReachIsSeen(t *testing.T) {
	for name, c := range map[string]struct {
		path, imports, body string
		found               int
	}{
		"a plain Get":               {"engine/x.go", `"net/http"`, `http.Get("https://acme.example")`, 2},
		"under another name":        {"run/x.go", `web "net/http"`, `web.DefaultClient.Do(nil)`, 2},
		"without a name":            {"engine/x.go", `. "net/http"`, `Get("https://acme.example")`, 2},
		"a type of theirs":          {"judge/x.go", `"net/http"`, `var _ http.Header`, 1},
		"a client where one serves": {"api/x.go", `"net/http"`, `http.DefaultClient.Do(nil)`, 1},
		"a connection":              {"engine/x.go", `"net"`, `net.Dial("tcp", "acme.example:25")`, 1},
		"a program":                 {"engine/x.go", `"os/exec"`, `exec.Command("curl")`, 1},
		"our client":                {"engine/x.go", `"fettle/internal/safehttp"`, `safehttp.NewClient(safehttp.Options{})`, 1},
		"theirs from whoever has":   {"engine/x.go", ``, `conns.Outbound()`, 1},
		"serving":                   {"api/x.go", `"net/http"`, `http.NotFoundHandler()`, 0},
		"addresses":                 {"api/x.go", `"net"`, `net.SplitHostPort("")`, 0},
		"a provider":                {"provider/llm/x.go", `"net/http"`, `http.NewRequest("", "", nil)`, 0},
	} {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, c.path, fmt.Sprintf("package x\nimport (\n%s\n)\nfunc x() { %s }\n", c.imports, c.body), parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if got := (source{c.path, fset, f, 0}).reaches(); len(got) != c.found {
			t.Errorf("%s: found %q, want %d", name, got, c.found)
		}
	}
}

// reaches lists where a file reaches others and may not.
func (s source) reaches() (problems []string) {
	local := map[string]string{} // what a file calls a package → its path
	for _, imp := range s.file.Imports {
		of, err := strconv.Unquote(imp.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(of)
		if imp.Name != nil {
			name = imp.Name.Name
		}
		local[name] = of
		names, out := waysOut[of]
		switch {
		case of == "net/http" && !s.in(maySpeakHTTP):
			problems = append(problems, fmt.Sprintf("%s:%d imports net/http: see maySpeakHTTP", s.path, s.line(imp)))
		case out && names == nil && !s.in(mayReach):
			problems = append(problems, fmt.Sprintf("%s:%d imports %s: see mayReach", s.path, s.line(imp), of))
		}
		if out && name == "." && !s.in(mayReach) {
			problems = append(problems, fmt.Sprintf("%s:%d imports %s without its name", s.path, s.line(imp), of))
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		name := sel.Sel.Name
		x, _ := sel.X.(*ast.Ident)
		if x != nil && slices.Contains(waysOut[local[x.Name]], name) && !s.in(mayReach) {
			problems = append(problems, fmt.Sprintf("%s:%d reaches others with %s.%s: see mayReach", s.path, s.line(sel), local[x.Name], name))
		}
		ours := x != nil && name == "NewClient" && strings.HasSuffix(local[x.Name], "/safehttp")
		if (ours || name == "Outbound") && !s.in(mayMakeClients) {
			problems = append(problems, fmt.Sprintf("%s:%d takes a client: see mayMakeClients", s.path, s.line(sel)))
		}
		return true
	})
	return problems
}
