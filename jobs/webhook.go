package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"fettle"
)

// Poster gives the handler that posts notifications to address as
// {"text": …}, the form that Slack and its likes understand. The client
// decides which addresses may be reached.
func Poster(client *http.Client, address string) (func(ctx context.Context, text string) error, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return nil, fettle.Errorf(fettle.Invalid, "the webhook is not an address").WithHint("Write https://… as your chat program gives it for incoming webhooks.")
	}
	return func(ctx context.Context, text string) error {
		body, err := json.Marshal(map[string]string{"text": text})
		if err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		return post(client, req)
	}, nil
}

func post(client *http.Client, req *http.Request) error {
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("webhook at %s: %w", req.URL.Host, hideURL(err))
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection is used again
	if resp.StatusCode/100 != 2 {
		return fettle.Errorf(fettle.Unavailable, "the webhook at %s answers %d", req.URL.Host, resp.StatusCode).WithHint("Check the webhook's address.")
	}
	return nil
}

// hideURL leaves the address out of an error: its path is a secret.
func hideURL(err error) error {
	if u, ok := err.(*url.Error); ok { //nolint:errorlint // the outermost error is the one that names the address
		return u.Err
	}
	return err
}
