package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"fettle"
	"fettle/account"
)

// route names one operation of the API.
type route struct {
	method  string
	path    string // below /api/v1
	id      string // the operation's id in the OpenAPI document
	summary string
	tag     string
}

// What bounds the body of a request, other than an import's, in bytes: of
// anyone who asks, and of those that nobody has been asked who they are.
const (
	maxBody     = 10 << 20
	maxOpenBody = 64 << 10
)

type output[T any] struct{ Body T }

// handle registers an operation that answers with a body. Every operation goes
// through here or through act: the actor becomes an argument, and an error
// becomes a problem that tells nothing it should not.
// Before it is read, the request passes what is in between.
func handle[I, O any](s *server, rt route, f func(ctx context.Context, actor fettle.Actor, in *I) (O, error), between ...func(huma.Context, func(huma.Context))) {
	op := s.operation(rt)
	op.Middlewares = between
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*output[O], error) {
		out, err := f(ctx, requestOf(ctx).actor, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return &output[O]{Body: out}, nil
	})
}

// act registers an operation that has nothing to answer.
func act[I any](s *server, rt route, f func(ctx context.Context, actor fettle.Actor, in *I) error) {
	op := s.operation(rt)
	op.DefaultStatus = http.StatusNoContent
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*struct{}, error) {
		if err := f(ctx, requestOf(ctx).actor, in); err != nil {
			return nil, s.problem(ctx, err)
		}
		return &struct{}{}, nil
	})
}

// stream registers an operation whose body is not JSON. doc completes what the
// OpenAPI document says of it.
func (s *server) stream(rt route, doc func(*huma.Operation), f http.HandlerFunc) {
	op := s.operation(rt)
	op.Responses["200"] = &huma.Response{Description: "OK"}
	doc(&op)
	s.api.OpenAPI().AddOperation(&op)
	s.mux.HandleFunc(rt.method+" "+prefix+rt.path, f)
}

func (s *server) operation(rt route) huma.Operation {
	problem := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "")
	most := int64(maxBody)
	if isOpen(prefix + rt.path) {
		most = maxOpenBody
	}
	return huma.Operation{
		Method: rt.method, Path: prefix + rt.path, OperationID: rt.id, Summary: rt.summary, Tags: []string{rt.tag},
		MaxBodyBytes: most + 1, // huma refuses from the bound on
		Responses: map[string]*huma.Response{"default": {
			Description: "A problem",
			Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: problem}},
		}},
		BodyReadTimeout: -1, // the server's own
	}
}

// list is a part of a list.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Goes into the next request's after; absent on the last page."`
}

func listOf[T any](items []T, err error) (list[T], error) {
	if items == nil {
		items = []T{}
	}
	return list[T]{Items: items}, err
}

// Named is the input of operations on one named thing.
type Named struct {
	Name string `path:"name"`
}

// Numbered is the input of operations on one numbered thing.
type Numbered struct {
	ID int64 `path:"id"`
}

type none struct{}

// count is how many records something was done to.
type count struct {
	Count int64 `json:"count"`
}

// enter registers an operation that signs the browser in.
func enter[I any](s *server, rt route, f func(ctx context.Context, b browser, in *I) (account.SignedIn, error)) {
	huma.Register(s.api, s.operation(rt), func(ctx context.Context, in *I) (*cookied[signedIn], error) {
		b := requestOf(ctx).browser
		got, err := f(ctx, b, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		s.endOld(ctx, b)
		return b.answer(got), nil
	})
}

// endOld ends the session that the browser had before it signed in anew. That
// it ended already, or could not be ended, keeps nobody out.
func (s *server) endOld(ctx context.Context, b browser) {
	if b.secret == "" {
		return
	}
	if err := s.engine.Accounts.SignOut(ctx, b.secret); err != nil {
		s.log.WarnContext(ctx, "end the session before", "request_id", requestOf(ctx).id, "error", err)
	}
}

// leave registers an operation that signs the browser out.
func leave[I any](s *server, rt route, f func(ctx context.Context, b browser, in *I) error) {
	op := s.operation(rt)
	op.DefaultStatus = http.StatusNoContent
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*cookieOnly, error) {
		b := requestOf(ctx).browser
		if err := f(ctx, b, in); err != nil {
			return nil, s.problem(ctx, err)
		}
		return &cookieOnly{SetCookie: b.leave()}, nil
	})
}
