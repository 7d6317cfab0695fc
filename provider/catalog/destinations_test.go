package catalog

import "testing"

// TestDestinations runs the fixtures of the services to which records go.
func TestDestinations(t *testing.T) {
	defs, err := Destinations()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range defs {
		if err := d.Test(t.Context()); err != nil {
			t.Error(err)
		}
		if !d.Reads() {
			t.Errorf("%s: nothing says what is there: blanks alone cannot be written", d.ID)
		}
	}
}
