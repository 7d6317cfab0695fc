package ledger_test

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"fettle"
	"fettle/ledger"
)

// money draws an amount, often a small or an extreme one.
func money(max fettle.Credits) *rapid.Generator[fettle.Credits] {
	return rapid.Custom(func(t *rapid.T) fettle.Credits {
		if rapid.Bool().Draw(t, "small") {
			return fettle.Credits(rapid.Int64Range(0, int64(min(max, 10))).Draw(t, "amount"))
		}
		return fettle.Credits(rapid.Int64Range(0, int64(max)).Draw(t, "amount"))
	})
}

func hold(t *rapid.T) ledger.Hold {
	held := money(1000*fettle.Credit).Draw(t, "held")
	return ledger.Hold{Held: held, Step: money(held).Draw(t, "step"), Record: rapid.Bool().Draw(t, "record"), StepRecord: rapid.Bool().Draw(t, "step record")}
}

// call is one call of the model: what is known of it, without any balance.
type call struct {
	hold    ledger.Hold
	state   string // reserved, unknown, ended
	charged fettle.Credits
	made    bool
}

// balance is the model: what the calls say, one by one.
func balance(calls []*call, side ledger.Side) ledger.Balance {
	var b ledger.Balance
	for _, c := range calls {
		n, held, record := int64(0), c.hold.Held, c.hold.Record
		if side == ledger.StepSide {
			held, record = c.hold.Step, c.hold.StepRecord
		}
		if record {
			n = 1
		}
		switch c.state {
		case "reserved":
			b.Reserved += held
			b.ReservedRecords += n
		case "unknown":
			b.Unknown += c.hold.Step
			b.UnknownRecords += n
		default:
			b.Settled += min(c.charged, c.hold.Step)
			b.Overrun += max(0, c.charged-c.hold.Step)
			if c.made {
				b.SettledRecords += n
			}
		}
	}
	return b
}

// TestBalancesAreWhatTheCallsSay walks calls through every transition on both
// sides: the sum of the deltas is what the calls themselves say, never
// negative, and a finished call holds nothing.
func TestBalancesAreWhatTheCallsSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var calls []*call
		sums := map[ledger.Side]ledger.Balance{}
		apply := func(delta func(ledger.Side) ledger.Balance) {
			for _, s := range []ledger.Side{ledger.RowSide, ledger.StepSide} {
				sums[s] = sums[s].Add(delta(s))
			}
		}
		pick := func(t *rapid.T, state string) *call {
			var in []*call
			for _, c := range calls {
				if c.state == state {
					in = append(in, c)
				}
			}
			if len(in) == 0 {
				t.Skip("none is " + state)
			}
			return rapid.SampledFrom(in).Draw(t, "call")
		}
		end := func(c *call, charged fettle.Credits, made bool) {
			c.state, c.charged, c.made = "ended", charged, made
		}
		t.Repeat(map[string]func(*rapid.T){
			"reserve": func(t *rapid.T) {
				c := &call{hold: hold(t), state: "reserved"}
				calls = append(calls, c)
				apply(c.hold.Reserve)
			},
			"settle": func(t *rapid.T) {
				c := pick(t, "reserved")
				charged := money(2*c.hold.Step+1).Draw(t, "charged")
				end(c, charged, true)
				apply(func(s ledger.Side) ledger.Balance { return c.hold.Settle(s, charged) })
			},
			"release": func(t *rapid.T) {
				c := pick(t, "reserved")
				end(c, 0, false)
				apply(c.hold.Release)
			},
			"lose": func(t *rapid.T) {
				c := pick(t, "reserved")
				c.state = "unknown"
				apply(c.hold.Lose)
			},
			"resolve": func(t *rapid.T) {
				c := pick(t, "unknown")
				charged, made := money(2*c.hold.Step+1).Draw(t, "charged"), rapid.Bool().Draw(t, "made")
				end(c, charged, made)
				apply(func(s ledger.Side) ledger.Balance { return c.hold.Resolve(s, charged, made) })
			},
			"": func(t *rapid.T) {
				for side, sum := range sums {
					if want := balance(calls, side); sum != want {
						t.Fatalf("side %d: the deltas add up to %+v, the calls say %+v", side, sum, want)
					}
					if min(sum.Reserved, sum.Settled, sum.Unknown, sum.Overrun) < 0 || min(sum.ReservedRecords, sum.SettledRecords, sum.UnknownRecords) < 0 {
						t.Fatalf("side %d: %+v", side, sum)
					}
				}
			},
		})
	})
}

// TestUsedNeverGrowsAfterTheReservation is the base of hard limits: what counts
// against a limit is at its most when the call is reserved; only an overrun
// adds to it.
func TestUsedNeverGrowsAfterTheReservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := hold(t)
		charged := money(2*h.Step+1).Draw(t, "charged")
		over := max(0, charged-h.Step)
		for _, s := range []ledger.Side{ledger.RowSide, ledger.StepSide} {
			for name, d := range map[string]ledger.Balance{
				"settle": h.Settle(s, charged), "release": h.Release(s), "lose": h.Lose(s),
				"lose and resolve": h.Lose(s).Add(h.Resolve(s, charged, true)),
			} {
				if d.Used()-over > 0 || d.UsedRecords() > 0 {
					t.Fatalf("%s takes more than was reserved: %+v", name, d)
				}
			}
		}
	})
}

// TestRoomNeverPassesTheCap takes from a room until nothing fits.
func TestRoomNeverPassesTheCap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		used := ledger.Balance{
			Settled: money(100).Draw(t, "settled"), Reserved: money(100).Draw(t, "reserved"), Unknown: money(100).Draw(t, "unknown"),
			Overrun: money(100).Draw(t, "overrun"), SettledRecords: rapid.Int64Range(0, 9).Draw(t, "records"),
		}
		var limit ledger.Cap
		if rapid.Bool().Draw(t, "in credits") {
			c := money(500).Draw(t, "credits")
			limit.Credits = &c
		}
		if rapid.Bool().Draw(t, "in records") {
			n := rapid.Int64Range(0, 20).Draw(t, "limit")
			limit.Records = &n
		}
		room, before := limit.Left(used), used
		if room.Credits < 0 || room.Records < 0 {
			t.Fatalf("negative room: %+v", room)
		}
		for range rapid.IntRange(0, 40).Draw(t, "takes") {
			amount, n := money(60).Draw(t, "amount"), rapid.Int64Range(0, 1).Draw(t, "n")
			fits := (limit.Credits == nil || amount <= max(0, *limit.Credits-used.Used())) && (limit.Records == nil || n <= max(0, *limit.Records-used.UsedRecords()))
			was := room
			if ok := room.Take(ledger.Hold{Held: amount, Record: n == 1}, ledger.RowSide); ok != fits {
				t.Fatalf("take %d, %d of %+v: %v", amount, n, was, ok)
			} else if !ok && room != was {
				t.Fatal("a refused take took something")
			} else if ok {
				used.Reserved += amount
				used.ReservedRecords += n
			}
		}
		if limit.Credits != nil && used.Used() > max(*limit.Credits, before.Used()) {
			t.Fatalf("%d used of %d", used.Used(), *limit.Credits)
		}
		if limit.Records != nil && used.UsedRecords() > max(*limit.Records, before.UsedRecords()) {
			t.Fatalf("%d records used of %d", used.UsedRecords(), *limit.Records)
		}
	})
}

// TestTheTighterRoomBinds checks Min and the room without limits.
func TestTheTighterRoomBinds(t *testing.T) {
	free := ledger.Unbounded()
	if !free.Take(ledger.Hold{Step: fettle.MaxCredits, StepRecord: true}, ledger.StepSide) || free != ledger.Unbounded() {
		t.Errorf("without a limit everything fits: %+v", free)
	}
	r := ledger.Room{Credits: 5, Records: 9}.Min(ledger.Room{Credits: 7, Records: 3})
	if r != (ledger.Room{Credits: 5, Records: 3}) || ledger.Unbounded().Min(r) != r {
		t.Errorf("%+v", r)
	}
}

// TestPriceRoundsUp compares with whole numbers of any size.
func TestPriceRoundsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units, unit := money(math.MaxInt64).Draw(t, "units"), money(math.MaxInt64).Draw(t, "unit")
		got, ok := ledger.Price(units, unit)
		product := new(big.Int).Mul(big.NewInt(int64(units)), big.NewInt(int64(unit)))
		want, rest := new(big.Int).QuoRem(product, big.NewInt(int64(fettle.Credit)), new(big.Int))
		if rest.Sign() > 0 {
			want.Add(want, big.NewInt(1))
		}
		if fits := want.Cmp(big.NewInt(int64(fettle.MaxCredits))) <= 0; ok != fits {
			t.Fatalf("%d units at %d: ok is %v", units, unit, ok)
		}
		if ok && want.Int64() != int64(got) {
			t.Fatalf("%d units at %d: %d, want %s", units, unit, got, want)
		}
	})
	for _, c := range [][2]fettle.Credits{{-1, 1}, {1, -1}, {math.MinInt64, math.MinInt64}} {
		if _, ok := ledger.Price(c[0], c[1]); ok {
			t.Errorf("%v has a price", c)
		}
	}
}

// TestRowMaxBoundsEveryPath walks every path through a waterfall: each step
// hits, hits and is turned down, or misses; a hit that is taken ends it unless
// all outputs are wanted.
func TestRowMaxBoundsEveryPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ledger.StepPrice {
			return ledger.StepPrice{Hit: money(100).Draw(t, "hit"), Miss: money(100).Draw(t, "miss"), TurnDown: rapid.Bool().Draw(t, "turn down")}
		}), 0, 6).Draw(t, "steps")
		all := rapid.Bool().Draw(t, "all")
		most, worst := ledger.RowMax(steps, all), fettle.Credits(0)
		var walk func(i int, cost fettle.Credits)
		walk = func(i int, cost fettle.Credits) {
			worst = max(worst, cost)
			if i == len(steps) {
				return
			}
			s := steps[i]
			walk(i+1, cost+s.Miss)
			if worst = max(worst, cost+s.Hit); all || s.TurnDown {
				walk(i+1, cost+s.Hit)
			}
		}
		walk(0, 0)
		if most != worst {
			t.Fatalf("%+v may cost %d, %d is reserved", steps, worst, most)
		}
		// After a miss, what is left of the row fits what it still holds.
		if len(steps) == 0 {
			return
		}
		rest := ledger.RowMax(steps[1:], all)
		if rest+steps[0].Miss > most {
			t.Fatalf("after a miss of %+v the rest does not fit %d", steps, most)
		}
		if steps[0].TurnDown && rest+steps[0].Hit > most {
			t.Fatalf("after a hit of %+v that was turned down the rest does not fit %d", steps, most)
		}
	})
}
