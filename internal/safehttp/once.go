package safehttp

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// NotSentError wraps the failure of a request that provably never left: the
// name did not resolve, the connection or its TLS failed, or time ran out
// before a connection was there.
type NotSentError struct {
	Err error
}

func (e *NotSentError) Error() string { return "not sent: " + e.Err.Error() }

// Unwrap gives the failure itself.
func (e *NotSentError) Unwrap() error { return e.Err }

// NotSent reports whether err says that the request provably never left.
func NotSent(err error) bool {
	var e *NotSentError
	return errors.As(err, &e)
}

// RoundTrip sends the request once. The standard transport repeats a request
// on a fresh connection when a kept one turns out to be dead, if it believes
// the request harmless: a GET, or anything with an Idempotency-Key. Here a
// purchase may hide behind either, so every request is given a body that
// cannot be rewound, and a failed one goes back to the caller.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	var left atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { left.Store(true) }}
	once := req.WithContext(httptrace.WithClientTrace(req.Context(), trace))
	once.GetBody = nil
	if once.Body == nil || once.Body == http.NoBody {
		once.Body, once.ContentLength = empty{}, -1
	}
	resp, err := t.base.RoundTrip(once)
	if err != nil {
		if !left.Load() {
			err = &NotSentError{Err: err}
		}
		return nil, err
	}
	resp.Request = req
	return resp, nil
}

// empty is a body of no bytes that the standard transport does not recognise
// as none. The transport probes it before sending, finds its end, and sends no
// body.
type empty struct{}

func (empty) Read([]byte) (int, error) { return 0, io.EOF }
func (empty) Close() error             { return nil }

// Do sends the request once, whatever transport the client has, and reports
// whether it can have left. The error's text has no URL, which may hold a
// secret.
func Do(client *http.Client, req *http.Request) (resp *http.Response, sent bool, err error) {
	if _, ok := client.Transport.(*Transport); !ok {
		base := client.Transport
		if base == nil {
			base = http.DefaultTransport
		}
		c := *client
		c.Transport, c.CheckRedirect = &Transport{base: base}, NoRedirect
		client = &c
	}
	resp, err = client.Do(req)
	if err == nil {
		return resp, true, nil
	}
	sent = !NotSent(err)
	var outer interface{ Unwrap() error }
	if errors.As(err, &outer) { // *url.Error: "Post \"https://…?key=…\": cause"
		if inner := outer.Unwrap(); inner != nil {
			err = inner
		}
	}
	return nil, sent, err
}

// BodyTooLargeError is a response body over the bound.
type BodyTooLargeError struct {
	Max int64 // bytes
}

func (e *BodyTooLargeError) Error() string {
	return fmt.Sprintf("the answer is larger than %d bytes", e.Max)
}

// ReadBody reads the whole body and closes it. A body over max bytes is a
// BodyTooLargeError; no more than max+1 bytes of it are ever held.
func ReadBody(resp *http.Response, limit int64) (body []byte, err error) {
	defer func() {
		if cerr := resp.Body.Close(); err == nil && cerr != nil {
			err = cerr
		}
	}()
	if resp.ContentLength > limit {
		return nil, &BodyTooLargeError{Max: limit}
	}
	if n := resp.ContentLength; n >= 0 {
		body = make([]byte, n)
		if _, err = io.ReadFull(resp.Body, body); err != nil {
			return nil, err
		}
		return body, nil
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > limit {
		return nil, &BodyTooLargeError{Max: limit}
	}
	return body, nil
}
