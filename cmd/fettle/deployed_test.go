//go:build unix

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

// unit is what systemd takes from a unit file to start a process.
type unit struct {
	exec []string
	env  map[string]string
}

// unitOf reads a unit of deploy/ as systemd does; %i is the instance.
func unitOf(t *testing.T, file, instance string) unit {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", file))
	if err != nil {
		t.Fatal(err)
	}
	u := unit{env: map[string]string{}}
	for line := range strings.Lines(strings.ReplaceAll(string(text), "%i", instance)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch key {
		case "ExecStart":
			u.exec = strings.Fields(value)
		case "Environment":
			name, v, _ := strings.Cut(value, "=")
			u.env[name] = v
		}
	}
	if len(u.exec) == 0 || u.exec[0] != "/usr/local/bin/fettle" {
		t.Fatalf("%s starts %q", file, u.exec)
	}
	return u
}

// deployed is a process that a unit has started.
type deployed struct {
	addr    string // of a server
	metrics string
	log     *lockedBuffer
	ended   chan struct{}
}

// start starts the unit's command. Only what belongs to this machine is another: where
// the files are, and the addresses. secrets is what stands in secrets.env.
func (u unit) start(t *testing.T, secrets map[string]string) deployed {
	t.Helper()
	d := deployed{addr: freeAddress(t), metrics: freeAddress(t), log: &lockedBuffer{}, ended: make(chan struct{})}
	args := slices.Clone(u.exec[1:])
	for i, a := range args {
		if a == "/etc/fettle/fettle.yaml" {
			args[i] = filepath.Join("..", "..", "deploy", "fettle.yaml")
		}
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(selfAs(t, "fettle"), "fettle"), args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Stdout, cmd.Stderr = io.Discard, d.log
	env := map[string]string{"FETTLE_ADDR": d.addr}
	for _, more := range []map[string]string{u.env, secrets, {"FETTLE_METRICS_ADDR": d.metrics, "XDG_DATA_HOME": t.TempDir()}} {
		maps.Copy(env, more)
	}
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait() // its code is looked at below
		close(d.ended)
	}()
	t.Cleanup(func() { // it was asked to end when the test's context did: asked twice it would not wait for what is in flight
		<-d.ended
		if code := cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("%v ends with %d:\n%s", args, code, d.log.String())
		}
	})
	return d
}

// scrape is what a process says of itself.
func (d deployed) scrape(t *testing.T) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+d.metrics+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return ""
	}
	defer func() { _ = resp.Body.Close() }()
	text, _ := io.ReadAll(resp.Body)
	return string(text)
}

// TestDeployed runs two servers and two workers on one PostgreSQL as the units start
// them. A provider goes away while they buy: metrics that the alerts go by, the log and
// a channel say so within a minute; it comes back, and they go on by themselves.
func TestDeployed(t *testing.T) {
	t.Parallel()
	provider := sandbox.New(sandbox.Config{HitRate: 1, Latency: 20 * time.Millisecond, Rate: 60, Seed: 1})
	var away atomic.Bool
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if away.Load() {
			http.Error(w, "we are down", http.StatusServiceUnavailable)
			return
		}
		provider.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	told := make(chan string, 100)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		told <- string(body)
	}))
	t.Cleanup(hook.Close)

	p := newProgram(t)
	p.env["FETTLE_DB"], p.env["FETTLE_KEY"] = storetest.DSN(t, storetest.PostgreSQL), base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	secrets := map[string]string{
		"FETTLE_DB": p.env["FETTLE_DB"], "FETTLE_KEY": p.env["FETTLE_KEY"], "FETTLE_SANDBOX": web.URL, "FETTLE_ALLOW_HOST": "127.0.0.1",
		"FETTLE_ADMIN_EMAIL": "ops@acme.example", "FETTLE_ADMIN_PASSWORD": "a long word of nobody else 17",
	}
	p.env["FETTLE_SANDBOX"], p.env["FETTLE_ALLOW_HOST"] = web.URL, "127.0.0.1"
	all := []deployed{
		unitOf(t, "fettle.service", "").start(t, secrets), unitOf(t, "fettle.service", "").start(t, secrets),
		unitOf(t, "fettle-worker@.service", "1").start(t, secrets), unitOf(t, "fettle-worker@.service", "2").start(t, secrets),
	}
	for _, d := range all {
		until(t, "a process is ready", func() bool {
			select {
			case <-d.ended:
				t.Fatalf("a process has ended:\n%s", d.log.String())
			default:
			}
			return status(t, "http://"+d.metrics+"/readyz") == http.StatusOK
		})
	}
	csv, def := filepath.Join(p.env["HOME"], "people.csv"), filepath.Join(p.env["HOME"], "work-email.yaml")
	writeManyPeople(t, csv, 150)
	writeFile(t, def, "apiVersion: fettle/v1\nkind: Enrichment\nname: work-email\naudience: all-people\nsteps:\n"+
		"  - provider: sandbox/find_email\n    inputs: {full_name: name, company_domain: company_domain}\noutputs: {email: email}\nlimit: {credits: 1000}\n")
	p.must("import", csv, "--entity", "people")
	p.must("apply", "-f", def)
	p.must("channel", "add", "ops", "--webhook", hook.URL, "--on", "provider.down")
	p.must("enrichment", "start", "work-email")
	until(t, "fifty calls", func() bool { return provider.Books().BilledCalls >= 50 })

	gone := time.Now()
	away.Store(true)
	until(t, "a channel is told", func() bool {
		select {
		case body := <-told:
			return strings.Contains(body, `"provider.down"`) && strings.Contains(body, "sandbox")
		default:
			return false
		}
	})
	t.Logf("told after %s", time.Since(gone).Round(time.Second))
	if took := time.Since(gone); took > time.Minute {
		t.Errorf("whoever is on call is told after %s", took)
	}
	outageIsSeen(t, all)
	var notices []struct{ Kind, Message string }
	if err := json.Unmarshal([]byte(p.must("notifications", "--json")), &notices); err != nil || len(notices) == 0 || notices[0].Kind != "provider" {
		t.Errorf("the notifications: %v, %v", notices, err)
	}

	before := provider.Books().BilledCalls
	away.Store(false)
	until(t, "it is asked again", func() bool {
		var v struct{ State string }
		if err := json.Unmarshal([]byte(p.must("enrichment", "show", "work-email", "--json")), &v); err != nil {
			t.Fatal(err)
		}
		if v.State == "paused" { // many calls were in flight when it went
			p.must("enrichment", "resume", "work-email")
		}
		return provider.Books().BilledCalls > before
	})
	p.must("enrichment", "pause", "work-email")
	if b := provider.Books(); b.Repeats != 0 || b.BilledCalls > 150 {
		t.Errorf("the provider's books: %+v", b)
	}
	p.must("audit")
}

// outageIsSeen holds that what the alerts for providers ask of the metrics has values,
// that each metric of the dashboard is there, and that the log names the provider.
func outageIsSeen(t *testing.T, all []deployed) {
	t.Helper()
	if code := status(t, "http://"+all[0].addr+"/healthz"); code != http.StatusOK { // counted, too
		t.Errorf("a server answers %d", code)
	}
	var text, log strings.Builder
	for _, d := range all {
		text.WriteString(d.scrape(t))
		log.WriteString(d.log.String())
	}
	seen := text.String()
	for _, sample := range []string{
		`(?m)^fettle_provider_breaker_open\{provider="sandbox"\} 1$`,
		`(?m)^fettle_provider_calls_total\{operation="sandbox/find_email",outcome="(?:transient|failed|unknown|not_sent)",provider="sandbox"\} [1-9]`,
	} {
		if !regexp.MustCompile(sample).MatchString(seen) {
			t.Errorf("no process says %s", sample)
		}
	}
	for _, file := range []string{"prometheus-alerts.yml", "grafana-dashboard.json"} {
		queries, err := os.ReadFile(filepath.Join("..", "..", "deploy", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\bfettle_[a-z_]+`).FindAllString(string(queries), -1) {
			if !strings.Contains(seen, "\n"+name) && name != "fettle_provider_balance_units" { // the simulated provider has no balance
				t.Errorf("%s asks for %s, which nobody has", file, name)
			}
		}
	}
	if !regexp.MustCompile(`(?m)^\{.*"level":"WARN","msg":"a provider does not answer.*"provider":"sandbox"`).MatchString(log.String()) {
		t.Errorf("no log says that the provider does not answer:\n%s", log.String())
	}
}
