package client

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// InProcess is the address of a server that is reached through Handler.
const InProcess = "http://localhost"

// Handler is a transport that calls an http.Handler in this process. Answers
// stream: the body can be read while the handler still writes it, and closing
// it early ends the request's context.
func Handler(h http.Handler) http.RoundTripper { return inProcess{h} }

type inProcess struct{ handler http.Handler }

// RoundTrip serves the request and returns when the handler has begun its
// answer.
func (t inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	in := req.Clone(ctx)
	in.RemoteAddr = "in-process"
	in.RequestURI = in.URL.RequestURI()
	if in.Host == "" {
		in.Host = in.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	reader, writer := io.Pipe()
	w := &answer{header: http.Header{}, pipe: writer, begun: make(chan struct{})}
	go func() {
		defer cancel()
		defer func() { _ = in.Body.Close() }()
		defer func() {
			if p := recover(); p != nil {
				w.WriteHeader(http.StatusInternalServerError)
				_ = writer.CloseWithError(io.ErrUnexpectedEOF)
				return
			}
			w.WriteHeader(http.StatusOK)
			_ = writer.Close()
		}()
		t.handler.ServeHTTP(w, in)
	}()
	select {
	case <-w.begun:
	case <-req.Context().Done():
	}
	if err := req.Context().Err(); err != nil {
		_ = reader.CloseWithError(err)
		cancel()
		return nil, err
	}
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: &body{PipeReader: reader, cancel: cancel}, ContentLength: -1, Request: req,
	}, nil
}

// answer is the handler's side of an answer.
type answer struct {
	header http.Header
	pipe   *io.PipeWriter
	once   sync.Once
	status int
	sent   http.Header // as it was when the answer began
	begun  chan struct{}
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	a.once.Do(func() {
		a.status, a.sent = status, a.header.Clone()
		close(a.begun)
	})
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.pipe.Write(b)
}

// Flush has nothing to do: every write goes straight to the reader.
func (a *answer) Flush() { a.WriteHeader(http.StatusOK) }

// body is the client's side of an answer.
type body struct {
	*io.PipeReader
	cancel context.CancelFunc
}

// Close ends the request: the handler's next write fails.
func (b *body) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}
