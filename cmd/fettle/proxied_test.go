package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// proxied puts a server behind a proxy that does what deploy/nginx.conf says: TLS,
// the Host, X-Forwarded-For with the caller at the end, X-Forwarded-Proto. As nginx
// does, it keeps an answer until it is whole, unless the answer asks it not to.
func proxied(t *testing.T) (*httptest.Server, *http.Client) {
	t.Helper()
	var back *url.URL
	proxy := httptest.NewUnstartedServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(back)
			r.Out.Host = r.In.Host
			r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
			r.SetXForwarded()
		},
		ModifyResponse: func(resp *http.Response) error {
			if resp.Header.Get("X-Accel-Buffering") == "no" {
				return nil
			}
			whole, err := io.ReadAll(resp.Body)
			resp.Body = io.NopCloser(bytes.NewReader(whole))
			return err
		},
	})
	proxy.StartTLS()
	t.Cleanup(proxy.Close)
	p := newProgram(t)
	p.env["FETTLE_ADMIN_EMAIL"], p.env["FETTLE_ADMIN_PASSWORD"] = "ann@acme.example", "engine no. one here"
	at, stop := p.serve("--addr", "127.0.0.1:0", "--public-url", proxy.URL)
	t.Cleanup(func() { stop() })
	var err error
	if back, err = url.Parse(at); err != nil {
		t.Fatal(err)
	}
	client := proxy.Client()
	if client.Jar, err = cookiejar.New(nil); err != nil {
		t.Fatal(err)
	}
	return proxy, client
}

// TestBehindAProxy signs in through a proxy and follows what happens.
func TestBehindAProxy(t *testing.T) {
	t.Parallel()
	proxy, client := proxied(t)
	ctx, cancel := context.WithTimeout(t.Context(), hangs)
	defer cancel()
	post := func(origin, path, body string, header ...string) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, proxy.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Origin", origin)
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = resp.Body.Close() })
		return resp
	}

	// A name in X-Forwarded-For that the caller made up makes no new caller of them.
	slowed := false
	for _, forged := range []string{"9.9.9.1", "9.9.9.2", "9.9.9.3", "9.9.9.4", "9.9.9.5", "9.9.9.6", "9.9.9.7", "9.9.9.8"} {
		resp := post(proxy.URL, "/api/v1/sign-in", `{"email": "bob@acme.example", "password": "wrong wrong wrong"}`, "X-Forwarded-For", forged)
		slowed = slowed || resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("Retry-After") != ""
	}
	if !slowed {
		t.Error("whoever forges addresses guesses on")
	}

	resp := post(proxy.URL, "/api/v1/sign-in", `{"email": "ann@acme.example", "password": "engine no. one here"}`)
	if resp.StatusCode != http.StatusOK || len(resp.Cookies()) == 0 {
		t.Fatalf("signing in: %s, %d cookies", resp.Status, len(resp.Cookies()))
	}
	for _, c := range resp.Cookies() {
		if !c.Secure || !c.HttpOnly {
			t.Errorf("the cookie %s is not for TLS alone, or is open to scripts", c.Name)
		}
	}
	if resp := post("https://elsewhere.example", "/api/v1/people", `{"records": []}`); resp.StatusCode != http.StatusForbidden {
		t.Errorf("a page of another site writes: %s", resp.Status)
	}

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, proxy.URL+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	held := time.AfterFunc(time.Minute, cancel) // the stream never ends by itself
	defer held.Stop()
	events, err := client.Do(req)
	if err != nil {
		t.Fatalf("the proxy holds the events back: %v", err)
	}
	defer func() { _ = events.Body.Close() }()
	lines := bufio.NewReader(events.Body)
	if _, err := lines.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if resp := post(proxy.URL, "/api/v1/people", `{"records": [{"name": "Ada Lovelace", "email": "ada@acme.com"}]}`); resp.StatusCode != http.StatusOK {
		t.Fatalf("a write: %s", resp.Status)
	}
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("no event of the write came through: %v", err)
		}
		if strings.HasPrefix(line, "event: records") {
			return
		}
	}
}

// TestProxyExamples holds that nginx is told what the proxy above does, and that Caddy
// reads its example: without Caddy that is skipped, and fails where CI=true.
func TestProxyExamples(t *testing.T) {
	t.Parallel()
	conf, err := os.ReadFile(filepath.Join("..", "..", "deploy", "nginx.conf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"listen 443 ssl http2;", "proxy_http_version 1.1;", "proxy_set_header Host $host;", "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
		"proxy_set_header X-Forwarded-Proto $scheme;", "client_max_body_size 2g;", "proxy_read_timeout 1h;",
	} {
		if !strings.Contains(string(conf), want) {
			t.Errorf("deploy/nginx.conf does not say %q", want)
		}
	}
	caddy, err := exec.LookPath("caddy")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("deploy/Caddyfile was not read: there is no caddy")
	} else if err != nil {
		t.Skip("SKIPPED: deploy/Caddyfile was not read: there is no caddy")
	}
	cmd := exec.CommandContext(t.Context(), caddy, "validate", "--adapter", "caddyfile", "--config", filepath.Join("..", "..", "deploy", "Caddyfile"))
	cmd.Env = []string{"HOME=" + t.TempDir()}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("caddy: %v\n%s", err, out)
	}
}
