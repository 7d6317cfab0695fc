package engine

import (
	"log/slog"
	"testing"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

// TestStillWhole: if a check ever forgot who uses something, what stays and can no
// longer be read refuses it; what could not be read before does not.
func TestStillWhole(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	e, err := New(ctx, Config{DB: storetest.Open(t), Log: slog.New(slog.DiscardHandler), SecretKey: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	a, err := e.newApplier(ctx, fettle.System(), []byte(`apiVersion: fettle/v1
kind: Field
entity: people
field: stage
---
apiVersion: fettle/v1
kind: Audience
name: staged
entity: people
where: filled(stage)
`))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.rolledBack(ctx, func(tx *store.Tx) error {
		if err := a.run(ctx, tx); err != nil {
			return err
		}
		before, err := a.broken(ctx)
		if err != nil || len(before) > 0 {
			t.Errorf("broken before: %v %v", before, err)
		}
		if err := tx.DropField(ctx, fettle.People, "stage"); err != nil { // and nobody looked who reads it
			return err
		}
		if err := a.stillWhole(ctx, before); fettle.CodeOf(err) != fettle.Refused {
			t.Errorf("its audience cannot be read, and it is %v", err)
		}
		if before, err = a.broken(ctx); err != nil || before["audience staged"] == "" {
			t.Errorf("broken: %v %v", before, err)
		}
		if err := a.stillWhole(ctx, before); err != nil {
			t.Errorf("what was broken before refuses: %v", err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
