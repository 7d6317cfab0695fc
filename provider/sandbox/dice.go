package sandbox

import (
	"hash/fnv"
	"math/bits"
)

// dice turns (seed, what) into numbers that look random and never change:
// the whole simulated world is a function of its seed.
type dice uint64

// roll starts a row of numbers for a purpose.
func roll(seed uint64, what ...string) dice {
	h := fnv.New64a()
	for _, s := range what {
		_, _ = h.Write([]byte(s)) // a hash never fails to write
		_, _ = h.Write([]byte{0})
	}
	return dice(mix(h.Sum64() ^ mix(seed)))
}

// and gives the dice of a more particular thing, such as the nth arrival.
func (d dice) and(n uint64) dice { return dice(mix(uint64(d) ^ mix(n+1))) }

// next moves on to the next number of the row.
func (d *dice) next() uint64 {
	*d = dice(uint64(*d) + 0x9e3779b97f4a7c15)
	return mix(uint64(*d))
}

// share gives a number in [0, 1).
func (d *dice) share() float64 { return float64(d.next()>>11) / (1 << 53) }

// below gives a number in [0, n), n > 0.
func (d *dice) below(n int) int {
	hi, _ := bits.Mul64(d.next(), uint64(n))
	return int(hi)
}

func pick[T any](d *dice, from []T) T { return from[d.below(len(from))] }

// mix is the finaliser of splitmix64: every input bit reaches every output bit.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
