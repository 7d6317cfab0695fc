package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"fettle"
	"fettle/engine"
)

// maxKey is the longest Idempotency-Key, in bytes.
const maxKey = 200

// idempotent makes writes that carry an Idempotency-Key happen once: the same
// request again is answered as before, another request under the same key is
// refused, and so is a repeat while the first is under way. Keys belong to the
// actor and are kept for a day. An answer that says "try again" (5xx) is not
// kept. An upload is known by its address, its length and its key.
func (s *server) idempotent(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Idempotency-Key")
		if key == "" || r.Method == http.MethodGet || r.Method == http.MethodHead || !strings.HasPrefix(r.URL.Path, prefix) || isOpen(r.URL.Path) || secretive(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		if len(key) > maxKey {
			s.write(w, r, fettle.Errorf(fettle.Invalid, "the Idempotency-Key is longer than %d bytes", maxKey))
			return
		}
		hash, err := fingerprint(r)
		if err != nil {
			s.write(w, r, err)
			return
		}
		key = requestOf(r.Context()).actor.Name + ":" + key
		kept, first, err := s.engine.BeginRequest(r.Context(), key, hash)
		if err != nil {
			s.write(w, r, err)
			return
		}
		if !first {
			w.Header().Set("Idempotent-Replayed", "true")
			w.Header().Set("Content-Type", kept.ContentType)
			w.WriteHeader(kept.Status)
			_, _ = w.Write(kept.Body) // a client that has gone is no concern of ours
			return
		}
		s.keep(w, r, key, next)
	})
}

// secretive reports whether requests or answers hold secrets, which are not to
// be kept: passwords, links, tokens, addresses of channels. What is open to all is kept for nobody.
func secretive(path string) bool {
	if strings.HasPrefix(path, prefix+"/signal-rules/") && strings.HasSuffix(path, "/token") {
		return true
	}
	if strings.HasPrefix(path, prefix+"/sources/") && strings.HasSuffix(path, "/token") {
		return true
	}
	if name, is := strings.CutPrefix(path, prefix+"/destinations/"); is && !strings.Contains(name, "/") { // its key
		return true
	}
	for _, p := range []string{"/password", "/users", "/tokens", "/channels"} {
		if path == prefix+p || strings.HasPrefix(path, prefix+p+"/") {
			return true
		}
	}
	return false
}

// keep serves the request and keeps its answer.
func (s *server) keep(w http.ResponseWriter, r *http.Request, key string, next http.Handler) {
	rec := &keeper{ResponseWriter: w}
	ended := false
	defer func() {
		answer := engine.KeptAnswer{Status: rec.status, ContentType: w.Header().Get("Content-Type"), Body: rec.body.Bytes()}
		if !ended || rec.status >= http.StatusInternalServerError {
			answer = engine.KeptAnswer{} // forget the key: it may be tried again
		}
		if err := s.engine.EndRequest(r.Context(), key, answer); err != nil {
			s.log.ErrorContext(r.Context(), "keep an answer", "request_id", requestOf(r.Context()).id, "error", err)
		}
	}()
	next.ServeHTTP(rec, r)
	ended = true
}

// fingerprint identifies a request and leaves its body to be read again.
func fingerprint(r *http.Request) (string, error) {
	h := sha256.New()
	_, _ = io.WriteString(h, r.Method+" "+r.URL.RequestURI()+" "+strconv.FormatInt(r.ContentLength, 10)+"\n") // never fails
	if r.URL.Path == prefix+"/imports" {
		return hex.EncodeToString(h.Sum(nil)), nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return "", fettle.Errorf(fettle.Invalid, "the request broke off")
	}
	if len(body) > maxBody {
		return "", errTooLarge()
	}
	_, _ = h.Write(body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return hex.EncodeToString(h.Sum(nil)), nil
}

func errTooLarge() error {
	return fettle.Errorf(fettle.Invalid, "the request is larger than %d MB", maxBody>>20).WithHint("Send it in several requests.")
}

// keeper keeps a copy of an answer.
type keeper struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (w *keeper) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *keeper) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	_, kept := w.body.Write(b)
	return n, errors.Join(err, kept)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *keeper) Unwrap() http.ResponseWriter { return w.ResponseWriter }
