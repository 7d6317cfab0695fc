package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/internal/safehttp"
	"fettle/provider"
	"fettle/store"
)

// The bounds of an answer that is read, and of the patience that it may ask for.
const (
	answerMost   = 64 << 10
	patienceMost = 8 * time.Hour
)

// body is what a webhook gets.
type body struct {
	Type      fettle.EventType `json:"type"`
	Timestamp time.Time        `json:"timestamp"`
	Data      json.RawMessage  `json:"data"`
}

func bodyOf(e store.Event) ([]byte, error) {
	return json.Marshal(body{e.Type, time.UnixMicro(e.AtUS).UTC(), json.RawMessage(e.Data)})
}

// sendWebhook posts an event as the Standard Webhooks specification says.
func (c *Channels) sendWebhook(ctx context.Context, m taken) result {
	if len(m.events) != 1 {
		return result{failed: true, gone: true, said: "its event is gone"}
	}
	e := m.events[0]
	payload, err := bodyOf(e)
	if err != nil {
		return result{failed: true, gone: true, said: err.Error()}
	}
	now := time.Now()
	signature, err := sign(m.secrets.Secret, e.UID, now, payload)
	if err != nil {
		return result{failed: true, said: err.Error()}
	}
	return c.post(ctx, m.secrets.URL, payload, map[string]string{
		"webhook-id": e.UID, "webhook-timestamp": strconv.FormatInt(now.Unix(), 10), "webhook-signature": signature,
	})
}

// secretPrefix begins a signing secret; what follows is base64.
const secretPrefix = "whsec_"

// NewSecret makes a signing secret.
func NewSecret() string {
	key := make([]byte, 24)
	_, _ = rand.Read(key) // never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

func signingKey(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil || len(key) < 24 || len(key) > 64 {
		return nil, fettle.Errorf(fettle.Invalid, "the signing secret is not whsec_ and the base64 of 24 to 64 bytes").WithHint("Leave it out, and one is made.")
	}
	return key, nil
}

// sign gives the signature of a message at a time.
func sign(secret, id string, at time.Time, payload []byte) (string, error) {
	key, err := signingKey(secret)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
	_, _ = mac.Write(payload)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// post posts JSON and reads what became of it.
func (c *Channels) post(ctx context.Context, address string, payload []byte, headers map[string]string) result {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(payload))
	if err != nil {
		return result{failed: true, said: "its address cannot be read"}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Fettle")
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return result{failed: true, said: unreached(err)}
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, answerMost)) // so that the connection is used again
	r := result{status: int64(resp.StatusCode)}
	switch {
	case resp.StatusCode/100 == 2:
		return r
	case resp.StatusCode/100 == 3:
		r.said = fmt.Sprintf("it answers %d and points elsewhere: set the address that it points at", resp.StatusCode)
	case resp.StatusCode == http.StatusGone:
		r.said, r.gone = "it answers 410: nobody is there any more", true
	default:
		r.said = fmt.Sprintf("it answers %d", resp.StatusCode)
	}
	r.failed = true
	if wait, ok := provider.Wait(resp.Header.Get("Retry-After"), time.Now()); ok {
		r.after = min(wait, patienceMost)
	}
	return r
}

// unreached says why a receiver was not reached, without its address, whose path
// is often a secret.
func unreached(err error) string {
	if b, ok := errors.AsType[*safehttp.BlockedError](err); ok {
		return b.Error()
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if d, ok := errors.AsType[*net.DNSError](err); ok {
		return "there is no host " + d.Name
	}
	if o, ok := errors.AsType[*net.OpError](err); ok && o.Op == "dial" {
		return "no connection: " + o.Err.Error()
	}
	return "no answer: " + err.Error()
}
