package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"fettle/store/storetest"
)

// program runs fettle in this process.
type program struct {
	t   *testing.T
	env map[string]string
}

func newProgram(t *testing.T) program {
	t.Helper()
	db := storetest.DSN(t, storetest.SQLite)
	return program{t: t, env: map[string]string{"HOME": filepath.Dir(db), "FETTLE_DB": db}}
}

func (p program) run(args ...string) (code int, stdout, stderr string) {
	p.t.Helper()
	var out, errs bytes.Buffer
	code = run(p.t.Context(), args, func(k string) string { return p.env[k] }, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

var address = regexp.MustCompile(`http://[0-9a-z.:\[\]]+`)

// serve starts `fettle serve` and gives its address; stop ends it and gives
// its exit code.
func (p program) serve(args ...string) (url string, stop func() int) {
	p.t.Helper()
	_, url, stop = p.welcomed(args...)
	return url, stop
}

// welcomed is serve, with what it says after its first line. Off this machine that
// is nothing.
func (p program) welcomed(args ...string) (rest *bufio.Reader, url string, stop func() int) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	out, in := io.Pipe()
	code := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		code <- run(ctx, append([]string{"serve"}, args...), func(k string) string { return p.env[k] }, strings.NewReader(""), in, &errs)
		_ = in.Close()
	}()
	rest = bufio.NewReader(out)
	line, err := rest.ReadString('\n')
	url = address.FindString(line)
	if err != nil || url == "" {
		cancel()
		p.t.Fatalf("serve says %q, %v: %s", line, err, errs.String())
	}
	return rest, url, func() int {
		cancel()
		select {
		case c := <-code:
			return c
		case <-time.After(30 * time.Second):
			p.t.Fatal("serve does not stop")
			return -1
		}
	}
}

func TestServeAndStop(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	url, stop := p.serve("--addr", "127.0.0.1:0")
	remote := program{t: t, env: map[string]string{"FETTLE_SERVER": url, "HOME": t.TempDir()}}
	if code, out, errs := remote.run("audience", "list", "--json"); code != 0 || !strings.Contains(out, "all-people") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	following(t, url)
	streams(t, url)

	// Once there is a token, one is needed, on this machine too.
	code, out, errs := remote.run("token", "create", "ci", "--role", "viewer", "--json")
	var made struct{ Secret string }
	if err := json.Unmarshal([]byte(out), &made); code != 0 || err != nil || made.Secret == "" {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	if code, _, errs := remote.run("credits"); code != 3 || !strings.Contains(errs, "token") {
		t.Errorf("without a token: exit %d: %s", code, errs)
	}
	remote.env["FETTLE_TOKEN"] = made.Secret
	if code, _, errs := remote.run("credits"); code != 0 {
		t.Errorf("with a token: exit %d: %s", code, errs)
	}
	if code, _, _ := remote.run("credits", "grant", "5"); code != 3 {
		t.Errorf("a viewer grants credits: exit %d", code)
	}
	if code := stop(); code != 0 {
		t.Errorf("serve exits with %d", code)
	}
}

// A link to sign in is printed where one is needed: whoever is in without it
// would doubt what it is for.
func TestHowToSignIn(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	rest, _, stop := p.welcomed("--addr", "127.0.0.1:0")
	if how, err := rest.ReadString('\n'); err != nil || !strings.Contains(how, "nobody has to sign in") {
		t.Errorf("without people: %q, %v", how, err)
	}
	stop()
	if code, _, errs := p.run("token", "create", "ci", "--role", "viewer"); code != 0 {
		t.Fatal(errs)
	}
	rest, _, stop = p.welcomed("--addr", "127.0.0.1:0")
	if how, err := rest.ReadString('\n'); err != nil || !strings.Contains(how, "Sign in, once within 15 minutes: http") {
		t.Errorf("with a token: %q, %v", how, err)
	}
	stop()
}

// following holds that the server says it follows live enrichments.
func following(t *testing.T, url string) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		var status struct {
			Following bool   `json:"following"`
			Actor     string `json:"actor"`
		}
		resp, err := http.Get(url + "/api/v1/status")
		if err != nil {
			t.Fatal(err)
		}
		err = json.NewDecoder(resp.Body).Decode(&status)
		_ = resp.Body.Close()
		if err == nil && status.Following && status.Actor == "local" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server does not say that it follows: %+v, %v", status, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// streams holds that a change is heard by who follows the events.
func streams(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("content type %q", got)
	}
	in := bufio.NewScanner(resp.Body)
	if !in.Scan() || in.Text() != ": hello" {
		t.Fatalf("the stream begins with %q", in.Text())
	}
	body := `{"records": [{"external_id": "e1", "name": "Ada"}]}`
	post, err := http.Post(url+"/api/v1/people", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	_ = post.Body.Close()
	if post.StatusCode != http.StatusOK {
		t.Fatalf("upsert: %s", post.Status)
	}
	for in.Scan() {
		if strings.HasPrefix(in.Text(), "event: ") {
			return
		}
	}
	t.Errorf("no event came: %v", in.Err())
}

func TestHelpIsForEveryCommand(t *testing.T) {
	p := newProgram(t)
	for _, args := range [][]string{{"--help"}, {"enrichment", "--help"}, {"enrichment", "run", "--help"}, {"import", "--help"}, {"sandbox", "--help"}} {
		if code, out, errs := p.run(args...); code != 0 || !strings.Contains(out, "Usage: fettle") || errs != "" {
			t.Errorf("%v: exit %d: %s%s", args, code, out, errs)
		}
	}
}
