package api

import (
	"net/http"
	"net/url"
	"strings"

	"fettle"
	"fettle/internal/asread"
)

// packed ends the tag of an answer that was compressed: the bytes are others, the
// thing is the same.
const packed = "-gzip"

// editable is a thing that has a tag, and an address at which it is looked at.
type editable struct {
	path  string
	kind  asread.Kind
	alone bool // there is a GET of it
	acts  bool // a POST that does what somebody has looked at
}

// edited are the things that have a tag, by the addresses at which they are edited.
// What is read alone has it in the header; what is read in a list has it as etag.
var edited = []editable{
	{path: "/audiences/{name}", kind: asread.Audience, alone: true},
	{path: "/enrichments/{name}", kind: asread.Enrichment, alone: true},
	{path: "/signal-rules/{name}", kind: asread.SignalRule, alone: true},
	{path: "/destinations/{name}", kind: asread.Destination, alone: true},
	{path: "/destinations/{name}/on", kind: asread.Destination, acts: true},
	{path: "/channels/{name}", kind: asread.Channel},
	{path: "/providers/{name}/connection", kind: asread.Connection},
	{path: "/views/{id}", kind: asread.View},
	{path: "/fields/{entity}/{field}", kind: asread.Field},
}

// takes says whether an operation of the thing looks at If-Match.
func (e editable) takes(method string) bool {
	if e.acts {
		return method == http.MethodPost
	}
	return method == http.MethodPut || method == http.MethodPatch
}

// editedAt says which thing is edited at an address, by its escaped path.
func editedAt(path string) (of editable, name string) {
	path, ok := strings.CutPrefix(path, prefix)
	if !ok {
		return editable{}, ""
	}
	parts := strings.Split(path, "/")
	for _, e := range edited {
		if name, ok := filled(strings.Split(e.path, "/"), parts); ok {
			return e, name
		}
	}
	return editable{}, ""
}

// filled gives what stands in the places of a pattern, between slashes.
func filled(pattern, parts []string) (string, bool) {
	if len(pattern) != len(parts) {
		return "", false
	}
	var names []string
	for i, p := range pattern {
		if !strings.HasPrefix(p, "{") {
			if p != parts[i] {
				return "", false
			}
			continue
		}
		name, err := url.PathUnescape(parts[i])
		if err != nil {
			return "", false
		}
		names = append(names, name)
	}
	return strings.Join(names, "/"), true
}

// tagged gives what people edit an ETag when it is read, and has an edit that carries
// If-Match refused where somebody has changed it since. The tag is taken before the
// thing is read: should it change in between, the edit is refused once too often.
func (s *server) tagged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		of, name := editedAt(r.URL.EscapedPath())
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			if !of.alone {
				break
			}
			if tag, err := s.engine.Tag(r.Context(), requestOf(r.Context()).actor, of.kind, name); err == nil {
				w.Header().Set("ETag", tag)
			}
		default:
			match := strings.TrimSpace(r.Header.Get("If-Match"))
			switch {
			case match == "":
			case of.path == "" || !of.takes(r.Method):
				s.write(w, r, fettle.Errorf(fettle.Invalid, "If-Match is not looked at here").WithHint("Send it without: nothing was done."))
				return
			case len(match) < 2 || match[0] != '"' || match[len(match)-1] != '"':
				s.write(w, r, fettle.Errorf(fettle.Invalid, "If-Match takes one tag in quotes").WithHint("Send the ETag of the answer that was read, as it is."))
				return
			default:
				tag := strings.TrimSuffix(match, packed+`"`)
				r = r.WithContext(asread.Matching(r.Context(), of.kind, name, strings.TrimSuffix(tag, `"`)+`"`))
			}
		}
		next.ServeHTTP(w, r)
	})
}
