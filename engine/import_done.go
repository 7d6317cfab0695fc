package engine

import (
	"context"
	"fmt"

	"fettle"
	"fettle/notify"
	"fettle/store"
)

// importDone tells that an import has ended.
func (e *Engine) importDone(ctx context.Context, tx *store.Tx, imp store.Import) error {
	c := imp.Counts
	how := "is done"
	if imp.State == store.ImportFailed {
		how = "broke off"
	}
	n := fettle.Thousands
	return e.Channels.Raise(ctx, tx, notify.Event{
		Type: fettle.EventImportDone, Subject: "import",
		Message: fmt.Sprintf("The import of %s by %s %s: %s, %s created, %s updated, %s merged, %s unchanged, %s rejected.",
			imp.File, imp.Actor, how, many(c.Read, "row", "rows"), n(c.Created), n(c.Updated), n(c.Merged), n(c.Unchanged), n(c.Rejected)),
		Data: map[string]any{
			"import": imp.ID, "entity": imp.Entity, "file": imp.File, "state": imp.State, "read": c.Read, "created": c.Created, "updated": c.Updated,
			"merged": c.Merged, "unchanged": c.Unchanged, "rejected": c.Rejected,
		},
	})
}
