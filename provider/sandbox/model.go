package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Words in a prompt that make the model misbehave, for tests of its clients.
const (
	sayRefuse  = "[[refuse]]"  // it declines, billed
	sayFilter  = "[[filter]]"  // its content filter stops it, billed
	sayLength  = "[[length]]"  // it runs out of tokens, billed
	sayBadJSON = "[[badjson]]" // it answers with text that is no JSON, billed
	sayBadOnce = "[[badonce]]" // the same, unless asked again in the conversation
	sayBlank   = "[[blank]]"   // every text is empty, billed
	say429     = "[[429]]"     // throttled
	say529     = "[[529]]"     // overloaded
	sayQuota   = "[[quota]]"   // the account has no money left
)

// chat is a request to the model, whichever vendor's shape it came in.
type chat struct {
	model     string
	prompt    string // the last thing the user said
	whole     string // everything said, by whom, for telling questions apart
	system    string
	again     bool // the model has answered before in this conversation
	schema    map[string]any
	maxTokens int64
	stream    bool
}

// answer is what the model says.
type answer struct {
	id      string
	content string
	finish  finish
	prompt  int64 // tokens
	output  int64 // what is not shown included
	hidden  int64 // of output: reasoning that is not shown
}

type finish int

const (
	stopped finish = iota
	outOfTokens
	declined
	filtered
)

// dialect is a vendor's way of asking and answering.
type dialect interface {
	read(body []byte) (chat, error)
	write(c chat, a answer) []byte
	fail(status int, code, message string) []byte
	headers(limit, remaining int, reset time.Duration) map[string]string
}

// model serves one vendor's chat endpoint.
func (s *Server) model(d dialect) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := question{operation: modelID, key: r.Header.Get("Idempotency-Key"), idempotent: s.cfg.Idempotent, alwaysHit: true}
		body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
		var c chat
		if err == nil {
			c, err = d.read(body)
		}
		q.input = clip(strings.ReplaceAll(c.prompt, "\x1f", " "), 300)
		if status, code := checkKey(r); status != 0 {
			s.ledger.reject(q, refused)
			send(w, status, d.fail(status, code, "the key is refused"))
			return
		}
		if problem := c.check(err); problem != "" {
			s.ledger.reject(q, badInput)
			send(w, http.StatusBadRequest, d.fail(http.StatusBadRequest, "bad_input", problem))
			return
		}
		if status, code := c.refusal(); status != 0 {
			s.ledger.reject(q, throttled)
			if status == http.StatusTooManyRequests && code == "throttled" {
				retryAfter(w, 0)
			}
			send(w, status, d.fail(status, code, "as the prompt asked"))
			return
		}
		q.id = roll(s.cfg.Seed, modelID, c.model, c.whole)
		a := c.answer(q.id, s.cfg)
		q.price = s.cfg.price(a)
		s.answer(w, r, q, func(verdict) reply {
			return reply{status: http.StatusOK, header: d.headers(s.ledger.room()), body: d.write(c, a)}
		}, func(status int, code, message string) reply {
			return reply{status: status, header: d.headers(s.ledger.room()), body: d.fail(status, code, message)}
		})
	}
}

func (c chat) check(err error) string {
	switch {
	case err != nil:
		return "the body is not a request: " + err.Error()
	case c.model == "":
		return "model is missing"
	case strings.TrimSpace(c.prompt) == "":
		return "messages hold nothing from the user"
	case c.stream:
		return "streaming is not served here"
	}
	return ""
}

// refusal is the failure that the prompt's words ask for, which is not billed.
func (c chat) refusal() (status int, code string) {
	switch {
	case strings.Contains(c.whole, say429):
		return http.StatusTooManyRequests, "throttled"
	case strings.Contains(c.whole, sayQuota):
		return http.StatusTooManyRequests, "insufficient_quota"
	case strings.Contains(c.whole, say529):
		return 529, "overloaded_error"
	}
	return 0, ""
}

// answer works out what the model says, the same every time it is asked.
func (c chat) answer(id dice, cfg Config) answer {
	d := id.and(1 << 41)
	size := cfg.length(id, c)
	a := answer{id: "sbx-" + strconv.FormatUint(uint64(id), 36), prompt: size.prompt}
	switch {
	case strings.Contains(c.whole, sayRefuse):
		a.content, a.finish = "I can't help with that.", declined
	case strings.Contains(c.whole, sayFilter):
		a.finish = filtered
	case strings.Contains(c.whole, sayBadJSON), strings.Contains(c.whole, sayBadOnce) && !c.again:
		a.content = "Certainly! Here is what you asked for: {"
	case c.schema == nil:
		a.content = pick(&d, lines)
	default:
		t := teller{d: d, blank: strings.Contains(c.whole, sayBlank), fill: size.shown, move: readMove(c.prompt)}
		a.content = string(mustJSON(t.value(c.schema, 0)))
	}
	shown := tokens(a.content)
	a.hidden = max(0, size.output-shown)
	a.output = shown + a.hidden
	if strings.Contains(c.whole, sayLength) || (c.maxTokens > 0 && a.output > c.maxTokens) {
		a.finish = outOfTokens
		a.content = clip(a.content, len(a.content)/2)
		a.output = tokens(a.content) + a.hidden
		if c.maxTokens > 0 {
			a.output = min(a.output, c.maxTokens)
		}
		a.hidden = min(a.hidden, a.output)
	}
	return a
}

// tokens counts four bytes as one, as English text roughly does.
func tokens(s string) int64 { return int64(len(s)+3) / 4 }

// clip cuts text to at most n bytes, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

// models answers GET /v1/models.
func (s *Server) models(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string]any{
		"object": "list",
		"data":   []any{map[string]any{"id": "sandbox-1", "object": "model", "created": 1767225600, "owned_by": "sandbox"}},
	})
}

// said reads the content of a message: text, or a list of parts with text.
func said(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(raw, &parts) != nil {
		return ""
	}
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
	}
	return b.String()
}

// message is one turn of a conversation, in either vendor's shape.
type message struct {
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"`
}

// hear adds the turns of a conversation to the chat.
func (c *chat) hear(messages []message) {
	var whole strings.Builder
	for _, m := range messages {
		text := said(m.Content)
		whole.WriteString(m.Role + "\x00" + text + "\x00")
		switch m.Role {
		case "user":
			c.prompt = text
		case "assistant":
			c.again = true
		case "system", "developer":
			c.system += text
		}
	}
	c.whole = whole.String()
}
