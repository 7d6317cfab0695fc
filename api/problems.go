package api

import (
	"net/http"
	"strconv"
	"strings"

	"fettle"
)

// named is an answer of an error, as the document names it.
type named struct {
	says    string
	example Problem
}

// problems are the answers of errors by the names that the document gives them.
func problems() map[string]named {
	of := func(code fettle.Code, detail, hint, says string) named {
		status := code.Status()
		return named{says, Problem{
			Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail, Hint: hint, RequestID: "7F3QK2ZC5LAVN4XB",
		}}
	}
	out := map[string]named{
		"Problem":     of(fettle.Internal, "Internal error.", "The server's log has the details under request 7F3QK2ZC5LAVN4XB.", "Any other problem."),
		"Invalid":     of(fettle.Invalid, "people have no field utm", "Add it (fettle field add), or leave the key out.", "What was sent is not right: nothing was written."),
		"Unsigned":    of(fettle.Unsigned, "sign in first", "Send a token: Authorization: Bearer TOKEN.", "Nobody is signed in, and no valid token was sent."),
		"NotAllowed":  of(fettle.NotAllowed, "starting an enrichment needs the right to spend", "Ask an admin to start it, or to let you spend.", "The role of whoever asks does not permit it."),
		"NotFound":    of(fettle.NotFound, "there is no audience leaders", "Look at the list of audiences (fettle audience list).", "There is no such thing."),
		"Refused":     of(fettle.Refused, "the enrichment is live", "Pause it first.", "A limit or a state stands against it; with the code confirm, the price has to be confirmed first."),
		"Unavailable": of(fettle.Unavailable, "the database does not answer", "Try again in a moment.", "Something that it needs does not answer. Retry-After says when to try again."),
	}
	many := of(fettle.Refused, "too many attempts to sign in", "Try again in a minute.", "Too many attempts. Retry-After says when to try again.")
	many.example.Status, many.example.Title = http.StatusTooManyRequests, http.StatusText(http.StatusTooManyRequests)
	out["TooMany"] = many
	fast := of(fettle.Unavailable, "more than 600 bodies in a minute", "Send several records in one body (each: …), or more slowly.", "The address takes no more within the minute: nothing was read. Retry-After says when to try again.")
	fast.example.Status, fast.example.Title = http.StatusTooManyRequests, http.StatusText(http.StatusTooManyRequests)
	out["TooFast"] = fast
	changed := of(fettle.Refused, "leaders was changed by someone else since it was read here", "Load it again, look at what is different, and make your change once more.", "Somebody has changed it since it was read: If-Match does not hold.")
	changed.example.Status, changed.example.Title = http.StatusPreconditionFailed, http.StatusText(http.StatusPreconditionFailed)
	out["Changed"] = changed
	return out
}

// headersOf are the headers by which a problem says when to try again.
func headersOf(name string) object {
	text := func(says, example string) object {
		return object{"description": says, "schema": object{"type": "string"}, "example": example}
	}
	out := object{}
	switch name {
	case "TooFast":
		out["RateLimit-Policy"], out["RateLimit"] = text(policySays, policyExample), text(quotaSays, `"hook";r=0;t=60`)
		fallthrough
	case "TooMany", "Unavailable":
		out["Retry-After"] = text("The seconds after which to try again.", "60")
	}
	return out
}

// What the headers of a quota say.
const (
	policySays    = "The quota: how many bodies (q) the address takes within how many seconds (w)."
	policyExample = `"hook";q=600;w=60`
	quotaSays     = "How many of them are left (r), and after how many seconds there is room for all again (t)."
)

// problemsOf says which of them an operation may answer, by status.
func problemsOf(method, path string, op object) map[string]string {
	out := map[string]string{}
	add := func(code fettle.Code, name string) { out[strconv.Itoa(code.Status())] = name }
	parameters, _ := op["parameters"].([]any)
	if op["requestBody"] != nil || len(parameters) > 0 {
		add(fettle.Invalid, "Invalid")
	}
	if strings.Contains(path, "{") {
		add(fettle.NotFound, "NotFound")
	}
	if method != "get" {
		add(fettle.Refused, "Refused")
	}
	if isOpen(path) {
		out[strconv.Itoa(http.StatusTooManyRequests)] = "TooMany"
	} else {
		add(fettle.Unsigned, "Unsigned")
		add(fettle.NotAllowed, "NotAllowed")
	}
	if strings.HasPrefix(path, prefix+"/hooks/") { // it is open, and has a bound of its own
		out[strconv.Itoa(http.StatusTooManyRequests)] = "TooFast"
	}
	add(fettle.Unavailable, "Unavailable")
	return out
}

// tags are the groups of operations, each with what it is for.
func tags() map[string]string {
	return map[string]string{
		"audiences":    "Live filters over people or companies.",
		"channels":     "Where events are told: webhooks, Slack, email.",
		"credits":      "The workspace's money: balance, journal, where it went, when limits are reached.",
		"destinations": "Services that get what is known here, such as a CRM.",
		"duplicates":   "Records that may be one, and merges.",
		"strangers":    "Answers that were paid for and are about somebody else.",
		"enrichments":  "Bulk enrichments: inputs, steps and outputs, pointed at an audience, under a limit.",
		"events":       "What changes, as it changes.",
		"fields":       "The columns of people and companies.",
		"hub":          "How well each field is filled, and what filling the rest would cost.",
		"imports":      "Files that become records.",
		"limits":       "What may be spent at most.",
		"providers":    "Where data and text are bought: keys, addresses, prices, definitions.",
		"records":      "People and companies: reading, writing, following changes.",
		"sign-in":      "Who asks, in a browser.",
		"requests":     "Asking for more than a limit leaves, and what admins decide.",
		"signals":      "What happened to records, and the rules that find it.",
		"sources":      "Addresses to which others send records, each with a token of its own, and what was sent there.",
		"tokens":       "Keys for programs.",
		"undo":         "Taking back what was changed.",
		"unknown":      "Calls that may have been billed.",
		"users":        "Who may sign in, and what they did.",
		"views":        "Saved views of the grid.",
		"workspace":    "The workspace as a whole: status, notifications, documents.",
	}
}
