package engine_test

import (
	"strings"
	"testing"

	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

// TestDestinationsGoAlong exports destinations, of each kind, and applies them to an
// empty workspace: exported again they are the same.
func TestDestinationsGoAlong(t *testing.T) {
	t.Parallel()
	text := func(w *crm) string {
		t.Helper()
		files, err := w.e.ExportWorkspace(t.Context(), admin)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		for _, f := range files {
			if strings.HasPrefix(f.Path, "destinations/") || strings.HasPrefix(f.Path, "sources/") || strings.HasPrefix(f.Path, "audiences/") {
				out.WriteString("---\n" + f.Text)
			}
		}
		return out.String()
	}
	w := newCRM(t, storetest.Open(t))
	w.apply(`
apiVersion: fettle/v1
kind: Destination
name: ours
label: Our own
audience: leaders
on: [entered]
id: 'external_id + "-x"'
fields: {title: title}
write: overwrite
http:
  server: {base_url: "https://in.acme.example", timeout: 10s}
  auth: {type: bearer}
  limits: {policies: [{id: second, requests: 10, per: 1s}]}
  write:
    mode: batch
    request: {method: POST, path: /people, items_at: people, max_items: 50, item: {id: "{{input.id}}", set: "{{input.fields}}"}}
    submit_outcomes: [{when: resp.status == 200, is: accepted}]
    results: {items: body.people}
    outcomes: [{when: item.ok, is: found}, {when: "!item.ok", is: bad_input}]
`)
	w.apply(webForms)
	first := text(w)
	if !strings.Contains(first, "kind: Destination\nname: hubspot\nto: hubspot-contacts\n") || strings.Contains(first, w.hub.Token) {
		t.Fatalf("exported:\n%s", first)
	}
	other := &crm{world: newWorld(t, storetest.Open(t), sandbox.Defaults()), hub: w.hub}
	other.e = other.another()
	other.apply(first)
	if again := text(other); again != first {
		t.Errorf("exported again:\n%s\nnot\n%s", again, first)
	}
}
