package ledger

import "fettle"

// Split divides an amount evenly among places, of which none takes more than its
// room; what does not divide goes to the first. The parts add up to the amount,
// or to all the room where that is less. It is how the calls of one request
// share what it is billed at the least.
func Split(amount fettle.Credits, room []fettle.Credits) []fettle.Credits {
	parts := make([]fettle.Credits, len(room))
	for {
		open := fettle.Credits(0)
		for i := range room {
			if parts[i] < room[i] {
				open++
			}
		}
		if open == 0 || amount <= 0 {
			return parts
		}
		even, rest := amount/open, amount%open
		filled := false
		for i := range room {
			if parts[i] < room[i] && room[i] <= even {
				parts[i], filled = room[i], true
				amount -= room[i]
			}
		}
		if filled {
			continue
		}
		for i := range room {
			if parts[i] < room[i] {
				parts[i] = even + min(1, rest)
				rest = max(0, rest-1)
			}
		}
		return parts
	}
}
