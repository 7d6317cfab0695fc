package api

import (
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

// compressed sends the answers of the API compressed to whoever takes it.
//
// How long a compressed answer is tells of what it repeats, so that somebody
// who can choose a part of it and sees its length can guess the rest (BREACH).
// Here nobody else can: the session's cookie is SameSite=Strict, so that a page
// of another site asks as nobody. Answers that hold secrets, or go to whoever
// has yet to sign in, are sent as they are all the same, and the others are
// padded by up to 32 bytes, by their content.
//
// An event stream is sent as it is: a compressor holds back what it has not
// filled a block with.
func compressed(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.EnableZstd(false), // an encoder of it keeps megabytes, and gains little on answers of some KB
		gzhttp.CompressionLevel(gzip.BestSpeed),
		gzhttp.ContentTypeFilter(compressible),
		gzhttp.RandomJitter(32, 0, false),
		gzhttp.SuffixETag(packed),
	)
	if err != nil {
		panic(err) // the options are constants
	}
	packing := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, prefix+"/") || isOpen(r.URL.Path) || secretive(r.URL.Path) || r.URL.Path == prefix+"/events" {
			next.ServeHTTP(w, r)
			return
		}
		packing.ServeHTTP(w, r)
	})
}

// compressible reports whether what is of a type gets smaller: text, other than
// a stream of events.
func compressible(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	switch kind = strings.ToLower(strings.TrimSpace(kind)); kind {
	case "text/event-stream":
		return false
	case "application/json", "application/problem+json", "application/yaml", "application/openapi+json", "application/vnd.oai.openapi+json":
		return true
	}
	return strings.HasPrefix(kind, "text/")
}
