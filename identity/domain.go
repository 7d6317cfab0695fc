package identity

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Domain gives the match key of a domain, host or web address: the registrable
// domain by the Public Suffix List, in ASCII. "https://www.Acme.co.uk/about" is
// acme.co.uk; a tenant of a shared suffix (acme.github.io) or of a site builder (acme.wordpress.com) is itself; so is a
// domain that is a suffix (github.io, nhs.uk). Not ok: a single label, an IP
// address, an e-mail address, and a page on a shared platform
// (facebook.com/acme), which says nothing of whose domain it is.
func Domain(s string) (key string, ok bool) {
	host, path, ok := splitURL(hostText(s))
	if !ok {
		return "", false
	}
	key, ok = registrable(host)
	if !ok || (path && (platforms[key] || platforms[host])) {
		return "", false
	}
	return key, true
}

// registrable reduces an ASCII host to its registrable domain.
func registrable(host string) (string, bool) {
	if !strings.Contains(host, ".") {
		return "", false
	}
	if site, ok := siteOf(host); ok {
		return site, true
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host, true // the host is itself a suffix
	}
	return domain, true
}

// bareDomain gives the domain that a web address names: its host without www.
// A text that is a host already stays as it is written. It is not valid for what
// names no domain, and for a page on a shared platform, which is not the domain
// of whose page it is; these stay as they are written.
func bareDomain(s string) (domain string, valid bool) {
	as := s
	s = hostText(s)
	host, path, ok := splitURL(s)
	if !ok || !strings.Contains(host, ".") {
		return as, false
	}
	if _, own := Domain(s); path && !own {
		return as, false
	}
	short := strings.TrimPrefix(host, "www.")
	if _, err := publicsuffix.EffectiveTLDPlusOne(short); err != nil {
		short = host // www.ck, www.com.au
	}
	if short == lower(s) || short == host && !strings.ContainsAny(s, "/:?#\\ ") {
		return s, true
	}
	if shown, err := idna.Lookup.ToUnicode(short); err == nil && !asciiOnly(s) {
		short = shown
	}
	return short, true
}

// splitURL takes a web address, with or without its scheme, apart. Path says
// whether anything but "/" follows the host. User names are only read in full
// URLs, so that an e-mail address is not taken for a host.
func splitURL(s string) (host string, path, ok bool) {
	s = trimKey(s)
	full := false
	if i := strings.Index(s, "://"); i >= 0 {
		scheme := s[:i]
		if !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
			return "", false, false
		}
		s, full = s[i+3:], true
	} else if strings.HasPrefix(s, "//") {
		s, full = s[2:], true
	}
	rest := ""
	if i := strings.IndexAny(s, "/?#\\"); i >= 0 {
		s, rest = s[:i], s[i:]
	}
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		if !full {
			return "", false, false
		}
		s = s[i+1:]
	}
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		if port := s[i+1:]; port != "" && (!digits(port) || len(port) > 5) {
			return "", false, false
		}
		s = s[:i]
	}
	host, ok = asciiHost(s)
	return host, strings.Trim(rest, "/?#\\") != "", ok
}

// asciiHost lower-cases a host name, maps it to ASCII (IDNA 2008 as browsers
// do), and refuses what is no host name. A trailing dot is dropped.
func asciiHost(s string) (string, bool) {
	s = lower(s)
	if !asciiOnly(s) || strings.Contains(s, "xn--") {
		mapped, err := idna.Lookup.ToASCII(s)
		if err != nil {
			return "", false
		}
		// Some mappings give labels that would be refused themselves.
		if again, err := idna.Lookup.ToASCII(mapped); err != nil || again != mapped {
			return "", false
		}
		s = mapped
	}
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > 253 {
		return "", false
	}
	last := s
	for label := range strings.SplitSeq(s, ".") {
		if !validLabel(label) {
			return "", false
		}
		last = label
	}
	return s, !digits(last) // an all-digit last label is an IP address
}

func validLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := range len(label) {
		c := label[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// platforms are sites on which many companies have a page: an address there is
// not the company's own.
var platforms = wordSet(`
	about.me amazon.com angel.co apps.apple.com behance.net bit.ly blogger.com bsky.app calendly.com clutch.co crunchbase.com
	docs.google.com drive.google.com dribbble.com ebay.com etsy.com eventbrite.com facebook.com fb.com fb.me flickr.com g2.com github.com
	gitlab.com glassdoor.com goo.gl google.com indeed.com instagram.com issuu.com kickstarter.com line.me linkedin.com linktr.ee
	lnkd.in maps.google.com medium.com meetup.com ok.ru patreon.com pinterest.com play.google.com producthunt.com quora.com
	reddit.com researchgate.net sites.google.com soundcloud.com spotify.com t.co t.me telegram.me threads.net tiktok.com tinyurl.com
	tripadvisor.com trustpilot.com tumblr.com twitch.tv twitter.com upwork.com vimeo.com vk.com wa.me wellfound.com weibo.com wikipedia.org
	x.com xing.com yelp.com youtu.be youtube.com
	substack.com ko-fi.com gumroad.com bio.link beacons.ai campsite.bio taplink.cc taplink.ws lnk.bio msha.ke mailchi.mp g.page maps.app.goo.gl
	indiamart.com tradeindia.com exportersindia.com justdial.com gelbeseiten.de pagesjaunes.fr paginegialle.it wlw.de houzz.com thumbtack.com
	opencorporates.com mastodon.social snapchat.com whatsapp.com chat.whatsapp.com discord.gg discord.com zalo.me naver.me
`)

// validIPURL accepts web addresses whose host is an IP address.
func validIPURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return false
	}
	_, err = netip.ParseAddr(u.Hostname())
	return err == nil
}
