// Package schedule tells when a schedule ticks. It is pure: a schedule and a time
// in, the next time out. Ticks are counted on the clock of a zone; a time that the
// clock does not show is the first one after, one that it shows twice is the first.
package schedule

import _ "time/tzdata" // zones where the machine has none, as in a container of the binary alone
