package limits

import (
	"math"
	"testing"

	"fettle"
	"fettle/ledger"
	"fettle/store"
)

// TestTheTightestIsNamed has several limits leave no room for a row: the one that
// leaves least is named, unless what is in flight under it may make room.
func TestTheTightestIsNamed(t *testing.T) {
	of := func(scope store.Scope, left, reserved int64) Bound {
		return Bound{
			Key: store.BalanceKey{Scope: scope}, Room: ledger.Room{Credits: fettle.Credits(left), Records: math.MaxInt64},
			Balance: ledger.Balance{Reserved: fettle.Credits(reserved)},
		}
	}
	all := []Bound{of(store.ScopeEnrichment, 4, 0), of(store.ScopeWorkspace, 3, 0), of(store.ScopeBudget, 1, 0), of(store.ScopePerson, 0, 5)}
	if b, full := Full(all, 5, false); !full || b.Key.Scope != store.ScopeBudget {
		t.Errorf("%v, %v", b.Key, full)
	}
	if b, _ := Tightest(all, 5); b.Key.Scope != store.ScopePerson {
		t.Errorf("%v", b.Key)
	}
	if b, full := Full(all, 1, false); full {
		t.Errorf("%v is full for a row of 1", b.Key)
	}
}
