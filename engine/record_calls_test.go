package engine_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

func (w *world) calls(id int64, field string) []engine.CallDetail {
	w.t.Helper()
	out, err := w.e.Calls(w.t.Context(), admin, id, field)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// TestAnswersThatGaveNothingAreKept holds that what a provider answered can be
// read where it gave no value, bounded and as valid text; that a found answer
// is not kept twice; and that erasing a record erases it.
func TestAnswersThatGaveNothingAreKept(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		huge := `{"error":{"code":"bad_input","message":"no such name"},"pad":"` + strings.Repeat("é", store.MaxAnswer) + `"}`
		w := between(t, db, sandbox.Defaults(), func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return
				}
				r.Body = io.NopCloser(strings.NewReader(string(body)))
				switch {
				case strings.Contains(string(body), "Number0"):
					rw.Header().Set("Content-Type", "application/json")
					rw.WriteHeader(http.StatusBadRequest)
					_, _ = io.WriteString(rw, huge)
				case strings.Contains(string(body), "Number1"):
					rw.WriteHeader(http.StatusTeapot)
					_, _ = io.WriteString(rw, "<html>\x00\xff short and stout</html>")
				default:
					next.ServeHTTP(rw, r)
				}
			})
		})
		w.people(0, 3, "x")
		w.save("emails", findEmail(fettle.AllPeople, 10))
		w.work(w.e)
		w.start("emails")
		v := w.settle("emails")
		wantRows(t, v, fettle.RowCounts{Found: 1, Failed: 1, Unknown: 1})
		ids := w.ids(fettle.AllPeople)

		bad := w.calls(ids[0], "email")
		if len(bad) != 1 || bad[0].Outcome != "bad_input" || bad[0].Answer == nil || bad[0].Answer.Status != http.StatusBadRequest {
			t.Fatalf("%+v", bad)
		}
		a := bad[0].Answer
		if !a.Truncated || a.Bytes != int64(len(huge)) || len(a.Body) > store.MaxAnswer || !strings.HasPrefix(huge, a.Body) || len(a.Body) < store.MaxAnswer-3 {
			t.Errorf("%d of %d bytes, truncated %v", len(a.Body), a.Bytes, a.Truncated)
		}
		lost := w.calls(ids[1], "")
		if len(lost) != 1 || lost[0].State != "unknown" || lost[0].Held != fettle.Credit || lost[0].Answer == nil ||
			!strings.Contains(lost[0].Answer.Body, "short and stout") || !strings.Contains(lost[0].Hint, "fettle unknown resolve") {
			t.Errorf("%+v", lost)
		}
		found := w.calls(ids[2], "email")
		if len(found) != 1 || found[0].Answer != nil || found[0].Outputs["email"] == nil || found[0].Charged != fettle.Credit {
			t.Errorf("%+v", found)
		}
		if other := w.calls(ids[2], "title"); len(other) != 0 {
			t.Errorf("calls for another field: %+v", other)
		}

		for i, want := range []string{"bad_input", "unknown", ""} {
			d, err := w.e.Record(t.Context(), admin, ids[i])
			if err != nil {
				t.Fatal(err)
			}
			for _, value := range d.Values {
				got := ""
				if value.Trouble != nil {
					got = value.Trouble.Outcome
				}
				if value.Field == "email" && got != want {
					t.Errorf("record %d: the trouble is %q, want %q", i, got, want)
				}
			}
		}

		if _, err := w.e.DeleteRecords(t.Context(), admin, ids[:1], "", true); err != nil {
			t.Fatal(err)
		}
		if left := w.calls(ids[0], ""); len(left) != 1 || left[0].Answer != nil {
			t.Errorf("erased, and still kept: %+v", left)
		}
		w.sound()
	})
}
