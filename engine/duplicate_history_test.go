package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestMergesBuyNothingTwice merges people, takes them apart, imports, deletes and
// edits them in any order while enrichments follow: by the sandbox's books nothing
// is bought twice, and the accounts are sound after each step.
func TestMergesBuyNothingTwice(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				r := newReviewed(t, rt, kind)
				defer r.stop()
				rt.Repeat(map[string]func(*rapid.T){
					"import": r.arrive, "merge": r.mergeAny, "merge more": r.mergeAny, "unmerge": r.unmergeAny, "apart": r.apart,
					"delete": r.deleteAny, "edit": r.editAny, "": r.check,
				})
			})
		})
	}
}

// reviewed is a workspace in which people review duplicates.
type reviewed struct {
	*world
	rt   *rapid.T
	stop func()
}

func newReviewed(t *testing.T, rt *rapid.T, kind string) *reviewed {
	r := &reviewed{rt: rt}
	r.world = newWorld(t, opened(t, storetest.DSN(t, kind)), sandbox.Config{HitRate: 0.7, BillMiss: rapid.Bool().Draw(rt, "bill miss"), Seed: 5})
	r.field("answer", fettle.Text)
	r.arrive(rt)
	r.save("emails", findEmail(fettle.AllPeople, 10_000))
	r.save("titles", answer("answer", 10_000, byTitle))
	r.stop = r.work(r.e)
	r.start("emails")
	r.start("titles")
	return r
}

// arrive brings people of either of two lists, each with ids of its own, some of
// whom share a mailbox.
func (r *reviewed) arrive(rt *rapid.T) {
	list := rapid.SampledFrom([]string{"crm", "hub"}).Draw(rt, "list")
	var rows []map[string]any
	for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(1, 8), 1, 6, rapid.ID[int]).Draw(rt, "people") {
		row := map[string]any{"external_id": fmt.Sprintf("%s%d", list, n), "name": fmt.Sprintf("Person Number%d", n), "company_domain": fmt.Sprintf("company%d.com", n)}
		if rapid.Bool().Draw(rt, "with an email") {
			row["email"] = fmt.Sprintf("desk%d@company.com", n/3)
		}
		rows = append(rows, row)
	}
	in := engine.UpsertInput{Entity: fettle.People, Source: list, Rows: rows, Confirm: true}
	if _, err := r.e.UpsertRecords(r.t.Context(), admin, in); err != nil {
		rt.Fatal(err)
	}
}

func (r *reviewed) any(rt *rapid.T, what string) int64 {
	ids := r.ids(fettle.AllPeople)
	if len(ids) == 0 {
		rt.Skip("nobody is there")
	}
	return rapid.SampledFrom(ids).Draw(rt, what)
}

func (r *reviewed) mergeAny(rt *rapid.T) {
	a, b := r.any(rt, "survivor"), r.any(rt, "loser")
	if a == b {
		rt.Skip("one record")
	}
	take := rapid.SampledFrom([][]string{nil, {"name"}, {"company_domain", "email"}}).Draw(rt, "take")
	v, err := r.e.MergeRecords(r.t.Context(), admin, a, b, take)
	if err != nil {
		rt.Fatal(err)
	}
	if d, err := r.e.Record(r.t.Context(), admin, b); err != nil || (d.ID != a && !v.Waiting) {
		rt.Fatalf("record %d leads to %d, %v", b, d.ID, err)
	}
}

func (r *reviewed) unmergeAny(rt *rapid.T) {
	all, err := r.e.Merges(r.t.Context(), admin, 0, 0, 0)
	if err != nil {
		rt.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(m fettle.MergeView) bool { return m.UndoneAt != nil })
	if len(all) == 0 {
		rt.Skip("nothing is merged")
	}
	m := rapid.SampledFrom(all).Draw(rt, "merge")
	if _, err := r.e.UnmergeRecords(r.t.Context(), admin, m.ID, true, false); err != nil && fettle.CodeOf(err) != fettle.Refused {
		rt.Fatal(err)
	}
}

func (r *reviewed) apart(rt *rapid.T) {
	a, b := r.any(rt, "one"), r.any(rt, "other")
	if a == b {
		rt.Skip("one record")
	}
	if _, err := r.e.DecideDuplicate(r.t.Context(), admin, a, b, fettle.DuplicateApart); err != nil {
		rt.Fatal(err)
	}
}

func (r *reviewed) deleteAny(rt *rapid.T) {
	if _, err := r.e.DeleteRecords(r.t.Context(), admin, []int64{r.any(rt, "gone")}, "", false); err != nil {
		rt.Fatal(err)
	}
}

func (r *reviewed) editAny(rt *rapid.T) {
	r.edit(r.any(rt, "edited"), "location", rapid.SampledFrom([]string{"Rome", "Oslo"}).Draw(rt, "place"))
}

// check holds what is promised once all is quiet.
func (r *reviewed) check(rt *rapid.T) {
	r.rt = rt
	for end := time.Now().Add(patience); !r.caught(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			rt.Fatalf("never quiet: %+v, %+v", r.show("emails"), r.show("titles"))
		}
	}
	r.sound()
	r.agree()
	if b := r.sb.Books(); b.Repeats != 0 {
		rt.Fatalf("bought again: %+v", b)
	}
}

// caught reports whether all that changed was followed, and nothing waits or runs.
func (r *reviewed) caught() bool {
	behind := false
	err := r.db.View(r.t.Context(), func(tx *store.Tx) error {
		newest, err := tx.NewestChange(r.t.Context())
		if err != nil {
			return err
		}
		due, err := tx.DueMerges(r.t.Context(), store.DueInput{Limit: 1})
		if err != nil {
			return err
		}
		list, err := tx.Enrichments(r.t.Context())
		behind = len(due) > 0
		for _, e := range list {
			behind = behind || (e.State == fettle.Live && (e.FollowCursor < newest || e.PlanState != store.Planned))
		}
		return err
	})
	if err != nil {
		r.rt.Fatal(err)
	}
	for _, name := range []string{"emails", "titles"} {
		v := r.show(name)
		behind = behind || (v.State == fettle.Live && (v.RemainingRows != v.WaitAlone() || v.InFlight != 0 || v.Planning))
	}
	return !behind
}
