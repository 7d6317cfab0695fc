package connect

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"

	"fettle"
	"fettle/internal/safehttp"
	"fettle/internal/secret"
)

// sourceKey is what a secret of a source is sealed with, beside the key of the
// workspace.
func sourceKey(name string) string { return "source:" + name }

// SealSource closes the secret of a source, so that it can be stored.
func (cs *Connections) SealSource(name, secret string) ([]byte, error) {
	return cs.Seal(sourceKey(name), secret)
}

// FileAsk says which file is fetched, and what of it is there already.
type FileAsk struct {
	Source         string // whose secret it is
	URL, Header    string
	Sealed         []byte // the secret
	ETag, Modified string // of what is there; "": it is fetched whatever it is called
	Most           int64  // bytes
}

// FileAnswer is what the server called a file.
type FileAnswer struct {
	Unchanged      bool // it is what is there; nothing was fetched
	ETag, Modified string
}

// FetchFile fetches a file into a writer. It follows no redirect: the secret is for
// one server.
func (cs *Connections) FetchFile(ctx context.Context, ask FileAsk, into io.Writer) (a FileAnswer, err error) {
	req, err := cs.fileRequest(ctx, ask)
	if err != nil {
		return a, err
	}
	cs.mu.RLock()
	client := cs.client
	cs.mu.RUnlock()
	resp, _, err := safehttp.Do(client, req)
	if err != nil {
		return a, unreached(ctx, req.URL.Host, err)
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	if resp.StatusCode == http.StatusNotModified && ask.ETag+ask.Modified != "" {
		return FileAnswer{Unchanged: true, ETag: ask.ETag, Modified: ask.Modified}, nil
	}
	if to := safehttp.Target(resp); to != "" {
		return a, fettle.Errorf(fettle.Unavailable, "%s says that the file is at %s now", req.URL.Host, to).WithHint("Look whether that is right, and write that address into the source.").With("again", false)
	}
	if resp.StatusCode != http.StatusOK {
		return a, fettle.Errorf(fettle.Unavailable, "%s answered %d, not the file", req.URL.Host, resp.StatusCode).WithHint("Look at the address and the secret of the source.").With("again", mayPass(resp.StatusCode))
	}
	n, err := io.Copy(into, io.LimitReader(resp.Body, ask.Most+1))
	if err != nil {
		return a, unreached(ctx, req.URL.Host, err)
	}
	if n > ask.Most {
		return a, fettle.Errorf(fettle.Invalid, "the file has more than %d bytes", ask.Most).WithHint("Split it into several files, each a source of its own.")
	}
	return FileAnswer{ETag: resp.Header.Get("ETag"), Modified: resp.Header.Get("Last-Modified")}, nil
}

// mayPass reports whether a server that answers so may answer with the file soon.
func mayPass(status int) bool {
	return status >= 500 || slices.Contains([]int{http.StatusNotFound, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests}, status)
}

func (cs *Connections) fileRequest(ctx context.Context, ask FileAsk) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, ask.URL, nil)
	if err != nil {
		return nil, fettle.Errorf(fettle.Invalid, "the url of %s is not an address", ask.Source).WithHint("Correct it in the source.")
	}
	if req.URL.Scheme != "https" && !cs.allowed(req.URL) {
		return nil, fettle.Errorf(fettle.Invalid, "%s is not asked over http: the file could be read and changed on its way", req.URL.Host).
			WithHint("Write https://, or have whoever runs the server allow the host (--allow-host %s).", req.URL.Host)
	}
	if len(ask.Sealed) > 0 {
		key, err := secret.Open(cs.cfg.SecretKey, sourceKey(ask.Source), ask.Sealed)
		if err != nil {
			return nil, fettle.Errorf(fettle.Refused, "the secret of %s cannot be opened", ask.Source).WithHint("Enter it again (fettle source set %s --secret -).", ask.Source)
		}
		req.Header.Set(cmp.Or(ask.Header, "Authorization"), key.Reveal())
	}
	if ask.ETag != "" {
		req.Header.Set("If-None-Match", ask.ETag)
	}
	if ask.Modified != "" {
		req.Header.Set("If-Modified-Since", ask.Modified)
	}
	return req, nil
}

// allowed reports whether the operator listed a host by its name.
func (cs *Connections) allowed(u *url.URL) bool {
	return slices.Contains(cs.cfg.AllowHosts, u.Host) || slices.Contains(cs.cfg.AllowHosts, u.Hostname())
}

// unreached says why a file did not come.
func unreached(ctx context.Context, host string, err error) error {
	if ctx.Err() != nil {
		return fettle.Errorf(fettle.Unavailable, "%s did not send the file in time", host).WithHint("Where it is read on a schedule, it is asked again in some minutes.")
	}
	return fettle.Errorf(fettle.Unavailable, "%s could not be reached: %w", host, err).WithHint("Look at the address. Where it is read on a schedule, it is asked again in some minutes.")
}
