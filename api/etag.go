package api

import (
	"net/http"
	"strings"

	"fettle"
	"fettle/engine"
	"fettle/store"
)

// packed ends the tag of an answer that was compressed: the bytes are others, the
// thing is the same.
const packed = "-gzip"

// edited are the things that have a tag, by the place of their address.
var edited = map[string]store.Labelled{
	"audiences": store.LabelledAudience, "enrichments": store.LabelledEnrichment, "signal-rules": store.LabelledSignal,
}

// tagged gives what people edit an ETag when it is read, and has an edit that carries
// If-Match refused where somebody has changed it since. The tag is taken before the
// thing is read: should it change in between, the edit is refused once too often.
func (s *server) tagged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		group, name, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, prefix+"/"), "/")
		of := edited[group]
		if !ok || of == "" || strings.Contains(name, "/") {
			next.ServeHTTP(w, r)
			return
		}
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			if tag, err := s.engine.Tag(r.Context(), requestOf(r.Context()).actor, of, name); err == nil {
				w.Header().Set("ETag", `"`+tag+`"`)
			}
		case http.MethodPut, http.MethodPatch:
			match := strings.TrimSpace(r.Header.Get("If-Match"))
			switch {
			case match == "":
			case len(match) < 2 || match[0] != '"' || match[len(match)-1] != '"':
				s.write(w, r, fettle.Errorf(fettle.Invalid, "If-Match takes one tag in quotes").WithHint("Send the ETag of the answer that was read, as it is."))
				return
			default:
				r = r.WithContext(engine.Matching(r.Context(), of, name, strings.TrimSuffix(strings.Trim(match, `"`), packed)))
			}
		}
		next.ServeHTTP(w, r)
	})
}
