package engine_test

import (
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestCaseAndWhiteSpaceBuyNothing changes how inputs are written, and then what
// they say.
func TestCaseAndWhiteSpaceBuyNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 10, "Head of  Sales")
		def := findEmail(fettle.AllPeople, 1000)
		def.RerunOn = "inputs"
		def.Steps[0].Inputs["full_name"] = `name + " " + title`
		w.save("emails", def)
		w.work(w.e)
		w.start("emails")
		w.settle("emails")
		calls := w.sb.Books().Calls
		w.people(0, 10, "HEAD of sales")
		w.looked()
		w.pause("emails")
		w.people(0, 10, "head  Of Sales ")
		if est := w.estimate("emails"); est.ToRun != 0 {
			t.Errorf("estimate: %+v", est)
		}
		w.resume("emails")
		w.looked()
		if n := w.sb.Books().Calls; n != calls {
			t.Errorf("%d calls for another way of writing", n-calls)
		}
		w.people(0, 1, "Head of Marketing")
		w.until("emails", func(fettle.EnrichmentView) bool { return w.sb.Books().Calls == calls+1 })
		w.looked()
		if b := w.sb.Books(); b.Calls != calls+1 || b.Repeats != 0 {
			t.Errorf("books: %+v", b)
		}
		w.sound()
	})
}

// TestAnAnswerToAnotherQuestionDoesNotCount has another enrichment ask the same
// operation with other inputs. Where a later step comes to its turn, on a row whose
// own inputs are those of its last purchase, that answer is none to its question.
func TestAnAnswerToAnotherQuestionDoesNotCount(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Config{HitRate: 1})
		w.field("role", fettle.Text)
		w.field("other_role", fettle.Text)
		title := func(input string) fettle.Step {
			return fettle.Step{Provider: "sandbox/job_title", Inputs: map[string]string{"email": input}, Outputs: map[string]string{"title": "role"}}
		}
		w.people(0, 1, "Boss")
		id := w.ids(fettle.AllPeople)[0]
		w.edit(id, "role", "as known")
		def := findEmail(fettle.AllPeople, 1000)
		def.RerunOn, def.Until, def.Follow = "inputs", "all", false
		def.Steps = append(def.Steps, title(`title + "@example.com"`))
		def.Steps[0].Outputs = map[string]string{"email": "email"}
		def.Outputs = append(def.Outputs, fettle.Output{Name: "role", Field: "role"})
		w.save("both", def)
		w.work(w.e)
		w.start("both")
		w.settle("both")
		ask := func(name, input string, calls int64) {
			t.Helper()
			w.save(name, fettle.Definition{
				Audience: []string{fettle.AllPeople}, Steps: []fettle.Step{title(input)}, Outputs: fettle.Outputs{{Name: "role", Field: "other_role"}},
				Limit: &fettle.Limit{Credits: credits(100)}, Write: fettle.OverwriteAll,
			})
			w.start(name)
			w.settle(name)
			if asked, _ := w.hits("job_title"); asked != calls {
				t.Fatalf("%s: %d asked for a title, want %d", name, asked, calls)
			}
			w.reset(name)
		}
		ask("other", `external_id + "@example.com"`, 1)
		other := w.value(id, "other_role")
		again := func(calls int64) {
			t.Helper()
			w.edit(id, "role", nil)
			w.reset("both")
			w.start("both")
			w.settle("both")
			if asked, _ := w.hits("job_title"); asked != calls {
				t.Errorf("%d asked for a title, want %d", asked, calls)
			}
		}
		again(2)
		if role := w.value(id, "role"); role == nil || role == other {
			t.Errorf("the role is %v, and another question's answer was %v", role, other)
		}
		w.sound()
	})
}
