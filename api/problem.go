package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"fettle"
	"fettle/engine"
	"fettle/internal/asread"
)

// Problem is every error that a client sees: RFC 9457, with a code for
// programs and a hint for people.
type Problem struct { //nolint:errname // RFC 9457 calls it so
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail" doc:"What went wrong."`
	Code      fettle.Code    `json:"code"`
	Hint      string         `json:"hint,omitempty" doc:"What to do next."`
	Details   map[string]any `json:"details,omitempty" doc:"For programs: the line, the field, the rows and the price."`
	RequestID string         `json:"request_id" doc:"Names the request in the server's log."`
}

// retryAfter is the detail that says in how many seconds to try again.
const retryAfter = "retry_after"

// GetHeaders has browsers and programs told when to try again.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if s, ok := p.Details[retryAfter].(int); ok {
		h.Set("Retry-After", strconv.Itoa(s))
	} else if p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "5") // a database that comes back is there within seconds
	}
	if policy, ok := p.Details[engine.QuotaDetail].(string); ok {
		h.Set("RateLimit-Policy", policy)
		name, _, _ := strings.Cut(policy, ";")
		h.Set("RateLimit", fmt.Sprintf("%s;r=0;t=%s", name, h.Get("Retry-After")))
	}
	return h
}

func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType names the media type of problems.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// problem makes of any error what a client may see. An error that is not the
// product's own is logged, and the client learns its number only.
func (s *server) problem(ctx context.Context, err error) *Problem {
	id := requestOf(ctx).id
	e := fettle.AsError(err)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		e = fettle.Errorf(fettle.Unavailable, "the request was given up")
	}
	if e.Code == fettle.Internal {
		s.log.ErrorContext(ctx, "request failed", "request_id", id, "error", err)
		e = fettle.Errorf(fettle.Internal, "Internal error.").WithHint("The server's log has the details under request %s.", id)
	}
	status := e.Code.Status()
	if e.Details[retryAfter] != nil {
		status = http.StatusTooManyRequests
	}
	if e.Details[asread.Changed] != nil {
		status = http.StatusPreconditionFailed
	}
	return &Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: e.Message, Code: e.Code, Hint: e.Hint, Details: e.Details, RequestID: id,
	}
}

// aboutBody makes of "not found" a body that is wrong: where the address names
// something that is to be made, only the body can name what is not there.
func aboutBody(err error) error {
	e, ok := errors.AsType[*fettle.Error](err)
	if !ok || e.Code != fettle.NotFound {
		return err
	}
	c := *e
	c.Code = fettle.Invalid
	return &c
}

// write sends the problem where no handler of huma's does.
func (s *server) write(w http.ResponseWriter, r *http.Request, err error) {
	p := s.problem(r.Context(), err)
	s.send(w, p.Status, p)
}

func (s *server) send(w http.ResponseWriter, status int, p *Problem) {
	body, err := json.Marshal(p)
	if err != nil {
		body = []byte(`{"code":"internal","detail":"Internal error."}`)
	}
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // a client that has gone is no concern of ours
}

// translate turns huma's own errors (a body that does not fit its schema, an
// unknown field) into problems.
func (s *server) translate(ctx huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	id := requestOf(ctx.Context()).id
	if e.Status >= http.StatusInternalServerError {
		s.log.ErrorContext(ctx.Context(), "request failed", "request_id", id, "error", e.Detail, "errors", fmt.Sprint(e.Errors))
		return &Problem{Type: "about:blank", Title: e.Title, Status: e.Status, Detail: "Internal error.", Code: fettle.Internal, RequestID: id}, nil
	}
	p := &Problem{
		Type: "about:blank", Title: e.Title, Status: e.Status, Detail: e.Detail, Code: fettle.Invalid, RequestID: id,
		Hint: "See /api/v1/openapi.json for what is taken here.",
	}
	if len(e.Errors) == 0 {
		return p, nil
	}
	lines, places := make([]string, len(e.Errors)), make([]map[string]string, len(e.Errors))
	for i, d := range e.Errors {
		lines[i] = strings.TrimPrefix(strings.TrimPrefix(d.Location+": "+d.Message, "body."), ": ")
		places[i] = map[string]string{"location": d.Location, "message": d.Message}
	}
	p.Detail = strings.Join(lines, "; ")
	p.Details = map[string]any{"errors": places}
	return p, nil
}
