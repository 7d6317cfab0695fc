// Package client is the Go client of Fettle's API, used by the command line
// and by tests. It speaks to a server over the network, or, with Handler as
// its transport, to the same handler in its own process. A refusal comes back
// as the *fettle.Error that the server raised.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"fettle"
)

// Client speaks to one server. It is safe for concurrent use.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// New makes a client of the server at baseURL. token may be empty where the
// server asks for none; transport may be nil for the default one.
func New(baseURL, token string, transport http.RoundTripper) (*Client, error) {
	u, err := url.Parse(baseURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fettle.Errorf(fettle.Invalid, "%q is not the address of a server", baseURL).WithHint("Write it with its scheme, such as http://127.0.0.1:7070.")
	}
	return &Client{base: strings.TrimSuffix(baseURL, "/"), token: token, http: &http.Client{Transport: transport}}, nil
}

// request is one call of the API.
type request struct {
	method string
	path   string // below /api/v1
	query  url.Values
	body   any       // sent as JSON
	stream io.Reader // sent as it is, instead of body
	key    string    // Idempotency-Key
	accept string
}

// maxAnswer bounds an answer that is read whole.
const maxAnswer = 256 << 20

// do sends the request and decodes the answer into out, which may be nil.
func (c *Client) do(ctx context.Context, r request, out any) error {
	resp, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return unreachable(c.base, err)
	}
	if out == nil || len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%s %s answered with something that is not ours: %w", r.method, r.path, err)
	}
	return nil
}

// send sends the request. The caller closes the body of the answer, which has
// a status below 400.
func (c *Client) send(ctx context.Context, r request) (*http.Response, error) {
	body, err := r.reader()
	if err != nil {
		return nil, err
	}
	address := c.base + "/api/v1" + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	req.Header.Set("Accept", "application/json")
	if r.accept != "" {
		req.Header.Set("Accept", r.accept)
	}
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.stream != nil {
		req.Header.Set("Content-Type", "application/octet-stream")
	}
	if r.key != "" {
		req.Header.Set("Idempotency-Key", r.key)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, unreachable(c.base, err)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		defer func() { _ = resp.Body.Close() }()
		return nil, failure(resp)
	}
	return resp, nil
}

func (r request) reader() (io.Reader, error) {
	if r.stream != nil {
		return r.stream, nil
	}
	if r.body == nil {
		return http.NoBody, nil
	}
	b, err := json.Marshal(r.body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	return bytes.NewReader(b), nil
}

func unreachable(base string, err error) error {
	if ours, ok := errors.AsType[*fettle.Error](err); ok {
		return ours
	}
	return fettle.Errorf(fettle.Unavailable, "%s does not answer: %w", base, err).WithHint("Is `fettle serve` running there, and does --server name it?")
}

// failure turns a problem+json answer back into the error that it was.
func failure(resp *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return fettle.Errorf(fettle.Unavailable, "the server broke off its answer: %w", err)
	}
	var p struct {
		fettle.Error
		Detail string `json:"detail"`
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind != "application/problem+json" || json.Unmarshal(body, &p) != nil || p.Code == "" {
		return fettle.Errorf(codeOf(resp.StatusCode), "the server answered %s", resp.Status).WithHint("Is this a Fettle server?")
	}
	p.Message = p.Detail
	return &p.Error
}

func codeOf(status int) fettle.Code {
	switch {
	case status == http.StatusUnauthorized:
		return fettle.Unsigned
	case status == http.StatusForbidden:
		return fettle.NotAllowed
	case status == http.StatusNotFound:
		return fettle.NotFound
	case status < http.StatusInternalServerError:
		return fettle.Invalid
	case status == http.StatusInternalServerError:
		return fettle.Internal
	}
	return fettle.Unavailable
}

// get asks for one thing.
func get[T any](ctx context.Context, c *Client, path string, query url.Values) (T, error) {
	var out T
	err := c.do(ctx, request{method: http.MethodGet, path: path, query: query}, &out)
	return out, err
}

// post does something and gives what came of it.
func post[T any](ctx context.Context, c *Client, path string, body any) (T, error) {
	var out T
	err := c.do(ctx, request{method: http.MethodPost, path: path, body: body}, &out)
	return out, err
}

// put sets something and gives what it is now.
func put[T any](ctx context.Context, c *Client, path string, body any) (T, error) {
	var out T
	err := c.do(ctx, request{method: http.MethodPut, path: path, body: body}, &out)
	return out, err
}

func (c *Client) remove(ctx context.Context, path string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path}, nil)
}

// values makes a query of pairs, leaving out what is empty.
func values(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func flag(b bool) string {
	if b {
		return "true"
	}
	return ""
}

// Page is a part of a list. Next goes into the next request's After; it is
// empty on the last page.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}
