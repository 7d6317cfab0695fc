package safehttp

import "net/http"

// Target is where a redirect points, for people: without user, query and
// fragment, which may hold secrets. It is "" if the response is no redirect, or
// does not say where to.
func Target(resp *http.Response) string {
	if resp.StatusCode < 300 || resp.StatusCode >= 400 || resp.Header.Get("Location") == "" {
		return ""
	}
	u, err := resp.Location()
	if err != nil || u.Host == "" {
		return ""
	}
	bare := *u
	bare.User, bare.RawQuery, bare.Fragment, bare.RawFragment, bare.ForceQuery = nil, "", "", "", false
	return bare.String()
}
