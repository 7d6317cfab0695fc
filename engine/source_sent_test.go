package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

const webForms = `
apiVersion: fettle/v1
kind: Source
name: web-forms
entity: people
source: hubspot
each: body.leads
ignore: body.kind == "test"
fields: {external_id: body.id, name: body.name, title: body.job.title, email: body.email}
`

// TestRecordsAreSentToAnAddress sends a list with a bad entry among good ones, again,
// and after the source was corrected what was kept: each is answered by itself, what
// was sent is kept as it was, and nobody gets in without the token.
func TestRecordsAreSentToAnAddress(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		if _, err := w.e.Apply(ctx, admin, []byte(webForms), true); err != nil {
			t.Fatal(err)
		}
		if _, is, _ := w.e.ReceiveRecords(ctx, "web-forms", "", strings.NewReader("{}")); is {
			t.Fatal("nobody made a token, and it opens")
		}
		token, err := w.e.MakeSourceToken(ctx, admin, "web-forms", false)
		if err != nil {
			t.Fatal(err)
		}
		if _, is, _ := w.e.ReceiveRecords(ctx, "web-forms", token.Token+"x", strings.NewReader("{}")); is {
			t.Fatal("another token opens it")
		}
		body := `{"leads": [{"id": "7", "name": "Ann Lee", "job": {"title": "VP"}, "email": "ann@acme.com"}, {"kind": "test", "id": "8"}, {"id": 9, "name": {"a": 1}},
			{"note": "nothing of ours"}, {"id": "10", "name": "Bob\u0000"}, {"id": "11", "name": "Cid Roe"}]}`
		v, is, err := w.e.ReceiveRecords(ctx, "web-forms", token.Token, strings.NewReader(body))
		if err != nil || !is {
			t.Fatal(err)
		}
		var got []string
		for _, r := range v.Records {
			got = append(got, fmt.Sprintf("%d %s", r.Index, r.Outcome))
		}
		if strings.Join(got, " ") != "0 created 2 created 3 invalid 4 invalid 5 created" {
			t.Errorf("they became %q", got)
		}
		again, _, err := w.e.ReceiveRecords(ctx, "web-forms", token.Token, strings.NewReader(body))
		if err != nil || again.Records[0].Outcome != fettle.UpsertUnchanged || again.Records[0].ID != v.Records[0].ID {
			t.Errorf("sent again: %+v, %v", again.Records[0], err)
		}
		if _, _, err := w.e.ReceiveRecords(ctx, "web-forms", token.Token, strings.NewReader(`{"persons": []}`)); fettle.CodeOf(err) != fettle.Invalid {
			t.Errorf("a body without the list is taken: %v", err)
		}
		bodies, err := w.e.SourceBodies(ctx, editor, "web-forms", 0, 10)
		if err != nil || len(bodies) != 3 || string(bodies[0].Body) != `{"persons": []}` || bodies[0].Answer.Records[0].Outcome != fettle.UpsertInvalid {
			t.Fatalf("kept: %+v, %v", bodies, err)
		}
		if _, err := w.e.Apply(ctx, admin, []byte(strings.Replace(webForms, "title: body.job.title", "title: body.job.title, location: body.job.title", 1)), true); err != nil {
			t.Fatal(err)
		}
		replayed, err := w.e.ReplayBody(ctx, editor, "web-forms", bodies[2].ID)
		if err != nil || replayed.Records[0].Outcome != fettle.UpsertUpdated {
			t.Errorf("replayed: %+v, %v", replayed.Records, err)
		}
		flows, err := w.e.Flows(ctx, admin)
		if err != nil || len(flows) != 1 || flows[0].Kind != fettle.FlowHook || !flows[0].In || flows[0].State != "on" || flows[0].LastAt == nil || flows[0].Rows == 0 {
			t.Errorf("the list says %+v, %v", flows, err)
		}
		// Who is erased is erased from what was sent.
		if _, err := w.e.DeleteRecords(context.Background(), admin, []int64{v.Records[0].ID}, "", true); err != nil {
			t.Fatal(err)
		}
		if left, err := w.e.SourceBodies(ctx, editor, "web-forms", 0, 10); err != nil || len(left) != 1 {
			t.Errorf("%d bodies are kept that tell of who was erased: %v", len(left)-1, err)
		}
	})
}
