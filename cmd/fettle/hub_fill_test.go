package main

import (
	"strings"
	"testing"

	"fettle"
)

// TestARestIsNotFreeWhereALimitIsReached: what a used-up limit leaves is no price.
func TestARestIsNotFreeWhereALimitIsReached(t *testing.T) {
	r := fettle.HubFillRest{Enrichment: "opening-line", Rows: 1447, UnlimitedExpectedCredits: 1447 * fettle.Credit}
	if got := fillText([]fettle.HubFillRest{r}); !strings.Contains(got, "1,447 rows ≈ 1,447 credits, of which its limits and the balance leave 0") {
		t.Error(got)
	}
	r.ExpectedCredits = r.UnlimitedExpectedCredits
	if got := fillText([]fettle.HubFillRest{r}); got != "opening-line: 1,447 rows ≈ 1,447 credits" {
		t.Error(got)
	}
}
