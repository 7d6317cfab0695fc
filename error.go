package fettle

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Code says what kind of failure an Error is. The API's status and the CLI's
// exit code follow from it.
type Code string

// The codes, each with the CLI's exit code (Exit) and HTTP status (Status).
const (
	Internal    Code = "internal"     // a defect or an unexpected failure
	Invalid     Code = "invalid"      // bad input: nothing was written
	NotAllowed  Code = "not_allowed"  // the actor's role does not permit it
	Refused     Code = "refused"      // a limit or a state stands against it
	Confirm     Code = "confirm"      // refused until the price is confirmed
	Unavailable Code = "unavailable"  // a dependency does not answer
	NotFound    Code = "not_found"    // no such thing
	Unsigned    Code = "unauthorized" // no valid token or session
)

var codes = map[Code]struct{ exit, status int }{
	Internal:    {1, 500},
	Invalid:     {2, 422},
	NotAllowed:  {3, 403},
	Unsigned:    {3, 401},
	Refused:     {4, 409},
	Confirm:     {4, 409},
	Unavailable: {5, 503},
	NotFound:    {6, 404},
}

// Codes lists the codes.
func Codes() []Code { return slices.Sorted(maps.Keys(codes)) }

// Exit is the CLI's exit code for c.
func (c Code) Exit() int {
	if v, ok := codes[c]; ok {
		return v.exit
	}
	return 1
}

// Status is the HTTP status for c.
func (c Code) Status() int {
	if v, ok := codes[c]; ok {
		return v.status
	}
	return 500
}

// Error is the product's error: what went wrong and what to do next, both
// written for the person who reads it.
type Error struct {
	Code    Code           `json:"code"`
	Message string         `json:"message"`
	Hint    string         `json:"hint,omitempty"`
	Details map[string]any `json:"details,omitempty"` // such as line, field, rows, price
	cause   error
}

// Errorf makes an Error with a formatted message. %w keeps the cause for
// errors.Is and errors.As; its text becomes part of the message.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), cause: errors.Unwrap(err)}
}

// WithHint returns e with a hint that says what to do next.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// With returns e with a detail for programs, such as the line or the field.
func (e *Error) With(key string, value any) *Error {
	c := *e
	c.Details = make(map[string]any, len(e.Details)+1)
	maps.Copy(c.Details, e.Details)
	c.Details[key] = value
	return &c
}

func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause named with %w, if any.
func (e *Error) Unwrap() error { return e.cause }

// AsError finds the product's error in err. Anything else becomes an Internal
// error whose message hides the cause, which stays for the log.
func AsError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: Internal, Message: "Internal error.", Hint: "The server's log has the details.", cause: err}
}

// CodeOf gives the code of err: Internal for any error that is not an Error.
func CodeOf(err error) Code { return AsError(err).Code }
