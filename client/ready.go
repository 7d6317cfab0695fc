package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"fettle"
)

// Ready fails unless the process can work on its database; else it gives what
// stands still and needs a person, a line each, after "ok". It needs no token.
func (c *Client) Ready(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/readyz", http.NoBody)
	if err != nil {
		return "", fmt.Errorf("readyz: %w", err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return "", unreachable(c.base, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode >= http.StatusBadRequest && strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem") {
		return "", failure(resp)
	}
	said, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	if err != nil {
		return "", unreachable(c.base, err)
	}
	if resp.StatusCode >= http.StatusBadRequest { // where operators ask, it is plain text
		return "", fettle.Errorf(fettle.Unavailable, "%s", strings.TrimSpace(string(said))).WithHint("Its log says more.")
	}
	return string(said), nil
}
