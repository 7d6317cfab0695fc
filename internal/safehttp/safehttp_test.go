package safehttp

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestPublic(t *testing.T) {
	for addr, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "2606:4700::1111": true, "::ffff:8.8.8.8": true,
		"127.0.0.1": false, "127.9.9.9": false, "::1": false, "0.0.0.0": false, "::": false,
		"10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "fd00::1": false, "fd00:ec2::254": false,
		"169.254.169.254": false, "fe80::1": false, "fe80::1%eth0": false, "168.63.129.16": false, "100.100.100.200": false,
		"100.64.0.1": false, "224.0.0.1": false, "ff02::1": false, "255.255.255.255": false, "240.0.0.1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::127.0.0.1": false, "64:ff9b::7f00:1": false,
		"2002:7f00:1::": false, "2001:0:1::1": false, "198.18.0.1": false, "192.0.2.1": false, "fec0::1": false,
	} {
		if got := Public(netip.MustParseAddr(addr)); got != want {
			t.Errorf("Public(%s) = %v", addr, got)
		}
	}
}

func get(t *testing.T, c *http.Client, url string) (*http.Response, bool, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, sent, err := Do(c, req)
	if err == nil {
		t.Cleanup(func() { _ = resp.Body.Close() })
	}
	return resp, sent, err
}

func client(t *testing.T, allow ...string) *http.Client {
	t.Helper()
	c, err := NewClient(Options{Allow: allow})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func TestPrivateAddressesNeedTheAllowList(t *testing.T) {
	var calls atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer srv.Close()
	hostport := strings.TrimPrefix(srv.URL, "http://")
	_, port, _ := net.SplitHostPort(hostport)

	for _, url := range []string{srv.URL, "http://localhost:" + port, "http://[::ffff:127.0.0.1]:" + port, "http://0.0.0.0:" + port} {
		_, sent, err := get(t, client(t), url)
		var blocked *BlockedError
		if !errors.As(err, &blocked) || sent || !NotSent(&NotSentError{Err: err}) {
			t.Errorf("%s: err %v, sent %v; want a BlockedError that was not sent", url, err, sent)
		}
	}
	if calls.Load() != 0 {
		t.Fatalf("%d calls reached a private address", calls.Load())
	}
	for _, allow := range []string{"127.0.0.1", hostport, "127.0.0.0/8", " 127.0.0.1:" + port} {
		if _, _, err := get(t, client(t, allow), srv.URL); err != nil {
			t.Errorf("allowed by %q: %v", allow, err)
		}
	}
	if _, _, err := get(t, client(t, "127.0.0.1:1"), srv.URL); err == nil {
		t.Error("another port was allowed")
	}
	if _, _, err := get(t, client(t, "localhost"), "http://localhost:"+port); err != nil {
		t.Errorf("allowed by name: %v", err)
	}
	if _, err := NewClient(Options{Allow: []string{"http://x"}}); err == nil {
		t.Error("a URL passed as a host")
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var calls atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer srv.Close()
	resp, _, err := get(t, client(t, "127.0.0.1"), srv.URL)
	if err != nil || resp.StatusCode != http.StatusTemporaryRedirect || calls.Load() != 1 {
		t.Fatalf("status %v, calls %d, err %v", resp, calls.Load(), err)
	}
}

// rude serves one good answer on each connection and then, having read a
// second request in full, hangs up without a word.
func rude(t *testing.T, arrivals *atomic.Int64) string {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				r := bufio.NewReader(conn)
				for n := range 2 {
					req, err := http.ReadRequest(r)
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, req.Body)
					arrivals.Add(1)
					if n == 0 {
						_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
					}
				}
			}()
		}
	}()
	return "http://" + ln.Addr().String()
}

func TestARequestIsNeverSentTwice(t *testing.T) {
	for _, tt := range []struct{ name, method, body string }{
		{"GET", http.MethodGet, ""},
		{"POST", http.MethodPost, `{"a":1}`},
		{"POST without body", http.MethodPost, ""},
		{"DELETE", http.MethodDelete, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var arrivals atomic.Int64
			url := rude(t, &arrivals)
			c := client(t, "127.0.0.1")
			do := func() (*http.Response, bool, error) {
				var body io.Reader
				if tt.body != "" {
					body = strings.NewReader(tt.body)
				}
				req, err := http.NewRequestWithContext(t.Context(), tt.method, url, body)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Idempotency-Key", "k1") // the standard transport takes this for leave to repeat
				return Do(c, req)
			}
			resp, _, err := do()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ReadBody(resp, 10); err != nil {
				t.Fatal(err)
			}
			_, sent, err := do() // on the same connection, which is then closed
			if err == nil || !sent {
				t.Errorf("err %v, sent %v; want an error after sending", err, sent)
			}
			if n := arrivals.Load(); n != 2 {
				t.Errorf("%d requests arrived, want 2: one for each call", n)
			}
		})
	}
}

func TestBodylessRequestsHaveNoBody(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if len(b) != 0 || len(r.TransferEncoding) != 0 {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	defer srv.Close()
	resp, _, err := get(t, client(t, "127.0.0.1"), srv.URL)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%v %v", resp, err)
	}
}

func TestSentOrNot(t *testing.T) {
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + ln.Addr().String()
	_ = ln.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for name, url := range map[string]string{
		"refused":    closed,
		"no such":    "http://no-such-host.invalid",
		"not TLS":    strings.Replace(plain.URL, "http:", "https:", 1),
		"bad scheme": "ftp://127.0.0.1",
	} {
		if _, sent, err := get(t, client(t, "127.0.0.1"), url); err == nil || sent {
			t.Errorf("%s: sent %v, err %v; want not sent", name, sent, err)
		}
	}

	hang := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer slow.Close()
	defer close(hang)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, slow.URL+"/?key=hush", nil)
	_, sent, err := Do(client(t, "127.0.0.1"), req)
	if !sent || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("timed out after sending: sent %v, err %v", sent, err)
	}
	if strings.Contains(err.Error(), "hush") {
		t.Errorf("the error shows the URL: %v", err)
	}
	_, sent, err = Do(http.DefaultClient, req) // its time is up before it leaves
	if sent || err == nil {
		t.Errorf("dead context: sent %v, err %v", sent, err)
	}
}

type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) { e.read += int64(len(p)); return len(p), nil }
func (e *endless) Close() error               { return nil }

func TestReadBodyHoldsNoMoreThanTheBound(t *testing.T) {
	src := &endless{}
	_, err := ReadBody(&http.Response{ContentLength: -1, Body: src}, 1000)
	var large *BodyTooLargeError
	if !errors.As(err, &large) || large.Max != 1000 || src.read > 4096 {
		t.Errorf("err %v after reading %d bytes", err, src.read)
	}
	src = &endless{}
	if _, err = ReadBody(&http.Response{ContentLength: 50 << 20, Body: src}, 1000); !errors.As(err, &large) || src.read != 0 {
		t.Errorf("announced: err %v after reading %d bytes", err, src.read)
	}
	for _, n := range []int64{-1, 4} {
		b, err := ReadBody(&http.Response{ContentLength: n, Body: io.NopCloser(strings.NewReader("four"))}, 4)
		if err != nil || string(b) != "four" {
			t.Errorf("%q, %v", b, err)
		}
	}
	if _, err = ReadBody(&http.Response{ContentLength: 9, Body: io.NopCloser(strings.NewReader("cut"))}, 100); err == nil {
		t.Error("a cut body passed for whole")
	}
}
