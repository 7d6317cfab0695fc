package api

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"fettle"
	"fettle/internal/text"
)

// readable refuses text that cannot be stored in what names a request: its
// path, its parameters, its key. Bodies are looked at where they are read.
func (s *server) readable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if place := unreadable(r); place != "" {
			s.write(w, r, fettle.Errorf(fettle.Invalid, "%s holds a NUL character or is not UTF-8", place).WithHint("Leave the character out, and send UTF-8.").With("field", place))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// unreadable names the part of a request's head that is no text.
func unreadable(r *http.Request) string {
	if !text.OK(r.URL.Path) {
		return "the address"
	}
	if strings.Contains(r.URL.RawQuery, "%") || !text.OK(r.URL.RawQuery) {
		for name, values := range r.URL.Query() {
			if !text.OK(name) {
				return "the name of a parameter"
			}
			for _, v := range values {
				if !text.OK(v) {
					return "the parameter " + name
				}
			}
		}
	}
	if !text.OK(r.Header.Get("Idempotency-Key")) {
		return "the header Idempotency-Key"
	}
	return ""
}

// formats reads JSON bodies, and refuses what encoding/json would replace
// without a word, or let through though it cannot be stored.
func formats() map[string]huma.Format {
	out := maps.Clone(huma.DefaultFormats)
	for name, f := range out {
		read := f.Unmarshal
		f.Unmarshal = func(data []byte, v any) error {
			if place, what := text.BadJSON(data); what != "" {
				return errors.New(strings.TrimSpace(place + " holds " + what + ", which cannot be stored; leave it out"))
			}
			return read(data, v)
		}
		out[name] = f
	}
	return out
}

// textApart takes the objects of a list in the body out that hold text which cannot
// be stored: they do not keep the others out. The handler finds them in the request.
func textApart(list string) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		body, err := io.ReadAll(io.LimitReader(ctx.BodyReader(), maxBody+1))
		if err == nil && len(body) <= maxBody {
			body, requestOf(ctx.Context()).apart = text.Apart(body, list)
		}
		next(reread{ctx, io.MultiReader(bytes.NewReader(body), broken{err}, ctx.BodyReader())})
	}
}

type humaContext = huma.Context // its own method is called Context

// reread is a request whose body was read, and is there again.
type reread struct {
	humaContext
	body io.Reader
}

func (r reread) BodyReader() io.Reader { return r.body }

// broken is where a body broke off; it ends if it did not.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, cmp.Or(b.err, io.EOF) }
