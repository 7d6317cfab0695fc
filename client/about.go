package client

import (
	"context"
	"strconv"

	"fettle"
)

// About tells what a record has to do with.
func (c *Client) About(ctx context.Context, id int64) (fettle.AboutView, error) {
	return get[fettle.AboutView](ctx, c, "/records/"+strconv.FormatInt(id, 10)+"/about", nil)
}

// AddNote writes something down about a record.
func (c *Client) AddNote(ctx context.Context, id int64, text string) (fettle.NoteEntry, error) {
	return post[fettle.NoteEntry](ctx, c, "/records/"+strconv.FormatInt(id, 10)+"/notes", map[string]string{"text": text})
}
