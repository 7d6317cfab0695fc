package declarative

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"fettle/internal/text"
	"fettle/provider"
)

// judge gives an answer its outcome: by the first rule that holds, else by
// what HTTP itself says, else unknown. A call whose answer cannot be
// understood may have been billed.
func (o *Operation) judge(a answer, s *scope, rules []ruleProgram) provider.Result {
	if a.failure != nil {
		return *a.failure
	}
	now := time.Now()
	res := provider.Result{HTTPStatus: a.status, Raw: o.conn.cleanRaw(a.raw), Signals: o.conn.signals(a.header, now), RequestID: requestID(a.header)}
	is, byRule := decide(a, s, rules)
	res.Outcome = is
	switch is {
	case provider.Throttled, provider.Transient:
		res.RetryAfter = o.conn.retryAfter(a.header, now)
		if res.RetryAfter == 0 && is == provider.Throttled {
			res.RetryAfter = time.Duration(o.p.def.Limits.RetryAfter.Fallback)
			res.Guessed = true
		}
	case provider.Found, provider.NotFound, provider.Accepted, provider.Pending:
		return res
	case provider.Unknown, provider.BadInput, provider.OutOfCredit, provider.AuthError, provider.Failed, provider.NotSent:
	}
	res.Message = o.conn.clean(o.message(a, s, byRule || is != provider.Unknown))
	return res
}

// requestHeaders are those in which vendors name a request of theirs.
var requestHeaders = []string{"X-Request-Id", "Request-Id", "X-Correlation-Id", "X-Amzn-Requestid", "X-Trace-Id"}

// requestID is the vendor's own name of a request; "" where it tells none.
func requestID(h http.Header) string {
	for _, name := range requestHeaders {
		if id := h.Get(name); id != "" {
			return shorten(id)
		}
	}
	return ""
}

// decide finds the outcome. byRule is false where no rule decided it.
func decide(a answer, s *scope, rules []ruleProgram) (is provider.Outcome, byRule bool) {
	standard := standardOutcome(a.status)
	if standard == "" && a.status == http.StatusOK && a.form == jsonBody {
		standard = errorOutcome(s.body)
	}
	for _, r := range rules {
		catchAll := r.when.fixed != nil
		if !r.when.holds(s) || a.form != jsonBody && !judgesStatus(r, a.form, catchAll) {
			continue
		}
		if catchAll && (standard != "" || a.status >= 500 || a.form != jsonBody && (a.status < 400 || r.is != provider.Failed)) {
			break // what is left over says nothing about these
		}
		return r.is, true
	}
	if standard != "" {
		return standard, false
	}
	return provider.Unknown, false
}

// judgesStatus reports whether a rule may judge an answer whose body is empty
// or not JSON: one that asks for the status only, and does not take such an
// answer for a result.
func judgesStatus(r ruleProgram, form bodyForm, catchAll bool) bool {
	if r.when.mentions("body", "item") {
		return false
	}
	if r.plain {
		return true
	}
	switch r.is {
	case provider.Found, provider.Accepted, provider.Pending:
		return false
	case provider.NotFound:
		return form == emptyBody && !catchAll
	case provider.Throttled, provider.Transient, provider.NotSent, provider.OutOfCredit, provider.AuthError, provider.BadInput,
		provider.Failed, provider.Unknown:
	}
	return true
}

// standardOutcome is what a status means by itself, whoever answers: nothing
// was done, and why.
func standardOutcome(status int) provider.Outcome {
	switch status {
	case http.StatusTooManyRequests:
		return provider.Throttled
	case http.StatusUnauthorized, http.StatusForbidden:
		return provider.AuthError
	case http.StatusPaymentRequired:
		return provider.OutOfCredit
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return provider.AuthError // another address than the connection's, which is not followed
	}
	return ""
}

// errorCodes are the words by which an error in a 200 names what a status would
// have said, without case, dashes and underscores.
var errorCodes = map[string]int{
	"ratelimit": 429, "ratelimited": 429, "ratelimitexceeded": 429, "ratelimiterror": 429, "toomanyrequests": 429, "throttled": 429, "resourceexhausted": 429,
	"paymentrequired": 402, "insufficientcredits": 402, "insufficientcredit": 402, "notenoughcredits": 402, "outofcredits": 402, "nocredits": 402,
	"insufficientfunds": 402, "insufficientbalance": 402, "insufficientquota": 402,
	"unauthorized": 401, "unauthenticated": 401, "invalidapikey": 401, "invalidkey": 401, "authenticationerror": 401, "forbidden": 403,
}

// errorOutcome is what the error of an answer means that came with the status
// 200 although nothing was done: only a code is believed, and no prose. The
// definition's rules are asked before.
func errorOutcome(body ref.Val) provider.Outcome {
	for _, key := range []string{"error", "errors"} {
		v := under(body, key)
		if list, ok := v.(traits.Lister); ok && list.Size() != types.IntZero {
			v = list.Get(types.IntZero)
		}
		if text, ok := v.(types.String); ok {
			if is := codeOutcome(text); is != "" {
				return is
			}
			if is := codeOutcome(under(body, "code")); is != "" && text != "" {
				return is
			}
		}
		for _, key := range []string{"code", "status", "type"} {
			if is := codeOutcome(under(v, key)); is != "" {
				return is
			}
		}
	}
	return ""
}

// under is a key of an object; nil if there is none.
func under(v ref.Val, key string) ref.Val {
	m, ok := v.(traits.Mapper)
	if !ok {
		return nil
	}
	found, _ := m.Find(types.String(key))
	return found
}

func codeOutcome(v ref.Val) provider.Outcome {
	if v == nil {
		return ""
	}
	if n, ok := number(v); ok {
		return failureOutcome(int(n))
	}
	text, ok := v.(types.String)
	if !ok {
		return ""
	}
	return failureOutcome(errorCodes[strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(string(text)))])
}

// failureOutcome is a status's meaning if it is that of a failure.
func failureOutcome(status int) provider.Outcome {
	if status < 400 {
		return ""
	}
	return standardOutcome(status)
}

// message says what the provider said of a failure. known: a rule or the status
// says what it means.
func (o *Operation) message(a answer, s *scope, known bool) string {
	status := fmt.Sprintf("HTTP %d", a.status)
	if text := http.StatusText(a.status); text != "" {
		status += " " + text
	}
	said := ""
	if o.c.message != nil {
		if v, err := o.c.message.value(s); err == nil && v != nil && !isNull(v) {
			said, _ = toText(v)
		}
	}
	if said == "" && a.form == jsonBody {
		said = commonMessage(s.body)
	}
	switch {
	case said != "":
		return status + ": " + shorten(said)
	case a.trouble != "":
		return status + ": " + a.trouble
	case a.status >= 300 && a.status < 400:
		return status + ": redirects are not followed" + pointing(a.target)
	case !known:
		return status + ": no rule of the definition knows this answer"
	}
	return status
}

// pointing says where a redirect points.
func pointing(target string) string {
	if target == "" {
		return "; check the provider's address"
	}
	return ". It points to " + target + ": if that is right, set it as the provider's address"
}

// commonMessage finds a message where APIs usually put it.
func commonMessage(body ref.Val) string {
	m, ok := body.(traits.Mapper)
	if !ok {
		return ""
	}
	for _, key := range []string{"error", "message", "reason", "detail", "error_code"} {
		v, found := m.Find(types.String(key))
		if !found {
			continue
		}
		if inner, ok := v.(traits.Mapper); ok {
			if text := commonMessage(inner); text != "" {
				return text
			}
		}
		if text, ok := v.(types.String); ok && text != "" {
			return string(text)
		}
	}
	return ""
}

// shorten keeps a message to one line of 200 characters.
func shorten(s string) string {
	return text.Clip(strings.Join(strings.Fields(s), " "), 200)
}
