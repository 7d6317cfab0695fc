package engine_test

import (
	"slices"
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

// TestVersionsSayWhatChanged compares versions, and goes back to an older one:
// that is a new version, its limit stays, and nothing is bought for it.
func TestVersionsSayWhatChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.people(0, 5, "x")
	first := findEmail(fettle.AllPeople, 100)
	w.save("emails", first)
	second := findEmail(fettle.AllPeople, 200)
	second.When = `title == "x"`
	w.save("emails", second)
	back := first
	back.Limit = nil
	w.save("emails", back)
	all, err := w.e.Versions(t.Context(), admin, "emails")
	if err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	if !slices.Equal(all[1].Diff, []string{"limit.credits: 100 → 200", `+ when: title == "x"`}) || !slices.Equal(all[0].Diff, []string{`- when: title == "x"`}) || len(all[2].Diff) != 0 {
		t.Errorf("%q", [][]string{all[0].Diff, all[1].Diff, all[2].Diff})
	}
	if v := w.show("emails"); v.Definition.When != "" || *v.Limit.Credits != 200*fettle.Credit || w.sb.Books().Calls != 0 {
		t.Errorf("%+v", v)
	}
}
