package llm

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"fettle"
	"fettle/internal/safehttp"
	"fettle/provider"
)

// maxModels bounds a list of models, in bytes.
const maxModels = 4 << 20

// Check tells whether the server takes the key, by asking for its models, which
// is free.
func (p *Provider) Check(ctx context.Context, conn provider.Connection) error {
	_, err := p.Models(ctx, conn)
	return err
}

// Models lists the models that the server offers under the key, by name. It
// refuses a key that the server refuses.
func (p *Provider) Models(ctx context.Context, conn provider.Connection) ([]string, error) {
	base, err := p.baseURL(conn)
	if err != nil {
		return nil, err
	}
	// The list is beside the endpoint of questions: v1/models.
	beside := strings.TrimSuffix(strings.TrimSuffix(p.protocol.endpoint(), "chat/completions"), "messages")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+beside+"models", http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "fettle/1")
	p.protocol.authorize(req.Header, conn.Key)
	resp, _, err := safehttp.Do(conn.Client, req) //nolint:bodyclose // ReadBody closes it
	if err != nil {
		return nil, fettle.Errorf(fettle.Unavailable, "%s does not answer: %s", conn.Provider, keyless(err.Error(), conn.Key)).WithHint("Check the address of the connection and the network.")
	}
	body, err := safehttp.ReadBody(resp, maxModels)
	switch {
	case resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden:
		return nil, fettle.Errorf(fettle.Refused, "%s refuses the key", conn.Provider).WithHint("Enter it again under Providers (fettle provider key %s).", conn.Provider)
	case err != nil || resp.StatusCode != http.StatusOK:
		return nil, fettle.Errorf(fettle.Unavailable, "%s does not list its models: it answered with status %d", conn.Provider, resp.StatusCode).WithHint("Check the address of the connection; some servers have no such list.")
	}
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &list) != nil {
		return nil, fettle.Errorf(fettle.Unavailable, "%s does not list its models: what it answered is no list", conn.Provider).WithHint("Check the address of the connection.")
	}
	out := make([]string, 0, len(list.Data))
	for _, m := range list.Data {
		if m.ID != "" {
			out = append(out, m.ID)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Priced reports whether the price of a model is known: without one it is not
// asked.
func (p *Provider) Priced(model string, conn provider.Connection) bool {
	base, err := p.baseURL(conn)
	if err != nil {
		return false
	}
	_, err = p.price(model, base, conn, p.saidOfItself(base, conn))
	return err == nil
}

// keyless takes the key out of what an error says.
func keyless(s, key string) string {
	if key == "" {
		return s
	}
	return strings.ReplaceAll(s, key, "•••")
}
