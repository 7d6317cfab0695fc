package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"fettle"
	"fettle/client"
)

// removal is something that is taken away, on a person's word.
type removal struct {
	name   string
	asks   string // what is asked before
	there  func(ctx context.Context, api *client.Client) error
	remove func(ctx context.Context, api *client.Client) error
	says   string // what is said when it is done
}

// take looks first whether the thing is there, and fails where it is not: nobody
// is asked about nothing.
func (r removal) take(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	if !s.Yes {
		if err := r.there(ctx, api); err != nil {
			return err
		}
	}
	if err := s.confirm(r.asks); err != nil {
		return err
	}
	if err := r.remove(ctx, api); err != nil {
		return err
	}
	return s.print(map[string]string{"deleted": r.name}, func(w io.Writer) { _, _ = fmt.Fprintln(w, r.says) })
}

// among fails with an error where no one of a list is meant.
func among[T any](list []T, err error, meant func(T) bool, missing *fettle.Error) error {
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, meant) {
		return missing
	}
	return nil
}
