package identity

import (
	"net/url"
	"strings"
	"unicode"
)

// LinkedIn gives the match key of a LinkedIn address. The key begins with the
// sort of identifier, because one person has several that cannot be computed
// from each other, and they must not be compared:
//
//	in/ann-lee            a person's public address
//	in-id/ACoAAB…         a person's opaque id (case matters)
//	pub/ann-lee/1a/2/3b   a person's address of before 2015
//	lead/ACwAAB…          a person in Sales Navigator
//	talent/AEMAAB…        a person in Recruiter
//	member/123            a person's number
//	company/acme          a company's public address
//	company-id/123        a company's number
//	school/mit  showcase/acme-cloud
//
// Country subdomains, locale suffixes, query strings, tracking and sub-pages do
// not matter. It is not ok for other pages, other sites and bare names.
func LinkedIn(s string) (key string, ok bool) {
	s = trimKey(s)
	if len(s) > 2048 {
		return "", false
	}
	if len(s) > 7 && strings.EqualFold(s[:7], "urn:li:") {
		return linkedInURN(s[7:])
	}
	path, query, ok := linkedInPath(s)
	if !ok {
		return "", false
	}
	parts, ok := pathParts(path)
	if !ok {
		return "", false
	}
	return linkedInPage(parts, query)
}

// IsCompanyLinkedIn tells the keys of companies, schools and showcase pages
// from those of people.
func IsCompanyLinkedIn(key string) bool {
	switch class(LinkedInKey, key) {
	case "company", "company-id", "school", "showcase":
		return true
	}
	return false
}

// linkedInPath finds the path and query behind the host. Without a host the
// text must begin like a path of a profile.
func linkedInPath(s string) (path, query string, ok bool) {
	s, _, _ = strings.Cut(s, "#")
	s, query, _ = strings.Cut(s, "?")
	if i := strings.Index(s, "://"); i >= 0 {
		if scheme := s[:i]; !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
			return "", "", false
		}
		s = s[i+3:]
	} else {
		s = strings.TrimPrefix(s, "//")
	}
	host, path, _ := strings.Cut(s, "/")
	host, _, _ = strings.Cut(host, ":")
	host = strings.TrimSuffix(lower(host), ".")
	if host == "linkedin.com" || strings.HasSuffix(host, ".linkedin.com") {
		return path, query, !strings.ContainsAny(host, "@ ")
	}
	switch host {
	case "": // "/in/ann-lee"
		return path, query, true
	case "in", "pub", "company", "school", "showcase":
		return s, query, true
	}
	return "", "", false
}

// pathParts splits a path and decodes its parts, which some tools encode twice.
func pathParts(path string) ([]string, bool) {
	var parts []string
	for part := range strings.SplitSeq(path, "/") {
		for range 2 {
			if !strings.Contains(part, "%") {
				break
			}
			decoded, err := url.PathUnescape(part)
			if err != nil {
				return nil, false
			}
			part = decoded
		}
		if part = trimKey(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts, len(parts) > 0
}

func linkedInPage(parts []string, query string) (string, bool) {
	head := strings.ToLower(parts[0])
	switch head {
	case "mwlite", "m", "comm", "organization-guest":
		return linkedInInner(parts[1:])
	case "sales", "talent", "recruiter":
		return linkedInTool(head, parts[1:])
	case "profile":
		return linkedInProfileView(query)
	}
	return linkedInInner(parts)
}

func linkedInInner(parts []string) (string, bool) {
	if len(parts) < 2 {
		return "", false
	}
	switch kind, slug := strings.ToLower(parts[0]), parts[1]; kind {
	case "in":
		if opaqueID(slug, "ACoAA") {
			return "in-id/" + slug, true
		}
		return slugKey("in", slug)
	case "pub":
		return linkedInPub(parts[1:])
	case "company", "organization", "company-beta":
		if digits(slug) {
			return "company-id/" + slug, true
		}
		return slugKey("company", slug)
	case "school", "showcase":
		return slugKey(kind, slug)
	}
	return "", false
}

// linkedInPub reads /pub/ann-lee/1a/2b/3c; without the three numbers it is the
// directory's address of the same slug as /in/.
func linkedInPub(parts []string) (string, bool) {
	if strings.EqualFold(parts[0], "dir") {
		return "", false // a search for a name, not a person
	}
	if len(parts) < 4 {
		return slugKey("in", parts[0])
	}
	for _, p := range parts[1:4] {
		if len(p) > 4 || !asciiOnly(p) || hasSpace(p) {
			return slugKey("in", parts[0])
		}
	}
	key, ok := slugKey("pub", parts[0])
	return key + "/" + lower(strings.Join(parts[1:4], "/")), ok
}

// linkedInTool reads addresses of Sales Navigator and Recruiter.
func linkedInTool(tool string, parts []string) (string, bool) {
	if len(parts) < 2 {
		return "", false
	}
	id, _, _ := strings.Cut(parts[1], ",")
	switch kind := strings.ToLower(parts[0]); {
	case tool == "sales" && (kind == "lead" || kind == "people" || kind == "profile") && opaqueID(id, "AC"):
		return "lead/" + id, true
	case tool == "sales" && (kind == "lead" || kind == "people" || kind == "profile") && digits(id):
		return "member/" + id, true
	case tool == "sales" && (kind == "company" || kind == "accounts") && digits(id):
		return "company-id/" + id, true
	case tool != "sales" && kind == "profile" && opaqueID(id, "A"):
		return "talent/" + id, true
	case tool != "sales" && kind == "profile" && digits(id):
		return "member/" + id, true
	}
	return "", false
}

// linkedInProfileView reads /profile/view?id=…, the address of old exports.
func linkedInProfileView(query string) (string, bool) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", false
	}
	id := values.Get("id")
	switch {
	case digits(id):
		return "member/" + id, true
	case opaqueID(id, "A"):
		return "in-id/" + id, true
	}
	return "", false
}

func linkedInURN(s string) (string, bool) {
	kind, id, _ := strings.Cut(s, ":")
	id, _, _ = strings.Cut(strings.Trim(id, "()"), ",")
	switch strings.ToLower(kind) {
	case "member":
		return "member/" + id, digits(id)
	case "person", "fsd_profile", "fs_miniprofile", "fs_profile":
		if digits(id) {
			return "member/" + id, true
		}
		return "in-id/" + id, opaqueID(id, "A")
	case "fs_salesprofile":
		return "lead/" + id, opaqueID(id, "AC")
	case "organization", "company", "fsd_company", "fs_normalized_company", "fs_salescompany", "fs_minicompany":
		return "company-id/" + id, digits(id)
	}
	return "", false
}

// opaqueID reports whether s is an id that LinkedIn's tools use in place of the
// public address: a known beginning, long, base64.
func opaqueID(s, prefix string) bool {
	if len(s) < 20 || !strings.HasPrefix(s, prefix) {
		return false
	}
	upper := false
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'A' && c <= 'Z':
			upper = upper || i >= len(prefix)
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return upper
}

// slugKey folds case and composition of a slug. Letters of every script,
// digits and a few marks may stand in it.
func slugKey(kind, slug string) (string, bool) {
	slug = strings.TrimRight(lower(slug), ".,;")
	if slug == "" || len(slug) > 400 || slug == "unavailable" || slug == "me" && kind == "in" {
		return "", false
	}
	for _, r := range slug {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), unicode.IsSymbol(r) && r != '<' && r != '>' && r != unicode.ReplacementChar:
		case r == '\u200c', r == '\u200d': // joiners are spelling in some scripts
		case strings.ContainsRune("-_.'’&!·–—", r):
		default:
			return "", false
		}
	}
	return kind + "/" + slug, true
}
