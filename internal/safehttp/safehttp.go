// Package safehttp is the HTTP client for everything outside: providers,
// models, webhooks. It reaches no private address unless the operator lists
// it, follows no redirect, never sends a request twice by itself, and says
// whether a failed request can have left at all.
package safehttp

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// Options says what a client may do.
type Options struct {
	// Allow lists what may be reached although it is private: host, host:port,
	// an address, or a range such as 10.0.0.0/8.
	Allow []string
	// Timeout ends a whole exchange, body included. 0 leaves it to the
	// contexts of the requests.
	Timeout time.Duration
}

// The bounds of a connection's life. Servers close idle connections without a
// word, many after 5 s; a request that is written at that very moment has an
// unknown fate, so idle connections are dropped before that.
const (
	dialTimeout      = 10 * time.Second
	handshakeTimeout = 10 * time.Second
	headerTimeout    = 10 * time.Minute
	idleTimeout      = 4 * time.Second
	connsPerHost     = 1000
	maxHeaderBytes   = 256 << 10
)

// NewClient makes a client. It fails on an Allow entry that cannot be read.
func NewClient(opts Options) (*http.Client, error) {
	t, err := NewTransport(opts)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: t, CheckRedirect: NoRedirect, Timeout: opts.Timeout}, nil
}

// NoRedirect is an http.Client's CheckRedirect that hands back the redirect
// itself. A redirect would carry a secret, and a purchase, to another address.
func NoRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Transport is an http.RoundTripper that sends each request at most once. Its
// error is a NotSentError where the request provably never left.
type Transport struct {
	base http.RoundTripper
}

// NewTransport makes the transport of NewClient, for clients of other makes.
// It takes no proxy from the environment: a proxy would resolve names itself,
// past every check here. It speaks HTTP/1.1, so that the fate of one call
// never hangs on another call's connection.
func NewTransport(opts Options) (*Transport, error) {
	allow, err := parseAllow(opts.Allow)
	if err != nil {
		return nil, err
	}
	d := &dialer{allow: allow}
	base := &http.Transport{
		Proxy:                  nil,
		DialContext:            d.dial,
		TLSHandshakeTimeout:    handshakeTimeout,
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{},
		MaxIdleConns:           0,
		MaxIdleConnsPerHost:    connsPerHost,
		MaxConnsPerHost:        connsPerHost,
		IdleConnTimeout:        idleTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
	return &Transport{base: base}, nil
}

// CloseIdleConnections closes connections that no request uses.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// dialer resolves, checks and connects.
type dialer struct {
	allow allowList
}

// dial connects to addr. The check runs after the name is resolved, on the
// very address that is dialled, so that a name cannot point elsewhere in
// between.
func (d *dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	nd := net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}
	if !d.allow.host(host, port) {
		nd.ControlContext = d.allow.control(addr)
	}
	return nd.DialContext(ctx, network, addr)
}

// NewDialer gives what connects as the client does, for what speaks no HTTP.
func NewDialer(opts Options) (func(ctx context.Context, network, addr string) (net.Conn, error), error) {
	allow, err := parseAllow(opts.Allow)
	if err != nil {
		return nil, err
	}
	return (&dialer{allow: allow}).dial, nil
}
