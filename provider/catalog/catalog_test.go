package catalog

import (
	"slices"
	"testing"
)

func TestFixtures(t *testing.T) {
	defs, err := Definitions()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, d := range defs {
		ids = append(ids, d.ID)
		if err := d.Test(t.Context()); err != nil {
			t.Error(err)
		}
		tested := map[string]bool{}
		for _, f := range d.Fixtures {
			tested[f.Op] = true
		}
		for _, op := range d.Operations {
			if !tested[op.ID] {
				t.Errorf("%s/%s has no fixture", d.ID, op.ID)
			}
		}
		if d.DefinitionVersion == "" || d.Operations[0].Cost.Unit == "" {
			t.Errorf("%s lacks its version or unit", d.ID)
		}
	}
	if want := []string{"apollo", "dropcontact", "exa", "findymail", "firecrawl", "gleif", "hunter", "icypeas", "leadmagic", "lusha", "neverbounce", "peopledatalabs", "prospeo", "sandbox", "serper", "zerobounce"}; !slices.Equal(ids, want) {
		t.Errorf("definitions %v, want %v", ids, want)
	}
}
