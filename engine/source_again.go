package engine

import (
	"time"

	"fettle"
	"fettle/store"
)

// How long after a reading that failed a file is looked at again: as long as the first,
// and twice as long each time, up to the last.
const (
	againFirst = 5 * time.Minute
	againMost  = 4 * time.Hour
)

// failure is why a reading came to nothing, and so when it is tried again.
type failure int

const (
	failedForGood failure = iota // at the next time of the schedule: somebody has to do something
	failedForNow                 // in some minutes: it did not come
	failedAsItIs                 // when it has changed: what came cannot be imported
)

// failureOf says which failure a reading was; it had brought the file here where k has
// its digest.
func failureOf(err error, k known) failure {
	e := fettle.AsError(err)
	switch {
	case e.Code == fettle.Unavailable || e.Code == fettle.NotFound && k.digest == "":
		if again, said := e.Details["again"].(bool); said && !again {
			return failedForGood
		}
		return failedForNow
	case k.digest != "" && e.Code != fettle.Internal:
		return failedAsItIs
	}
	return failedForGood
}

// lookAgain says when a file is looked at again that could not be read for the n-th
// time since the schedule said so; again is false where the schedule says so first.
func lookAgain(f fettle.SourceFile, n int64, now time.Time) (us int64, again bool, err error) {
	us, err = nextReading(f, now)
	if err != nil || us == 0 {
		return us, false, err
	}
	wait := againMost
	if n <= 6 { // beyond, it is longer
		wait = min(againFirst<<max(0, n-1), againMost)
	}
	if at := now.Add(wait).UnixMicro(); at < us {
		return at, true, nil
	}
	return us, false, nil
}

// retries reports whether a reading is another try before the next time of the
// schedule.
func (r reading) retries() bool { return r.tick && r.file.Tries > 0 }

// schedule notes when a file is read next, after it was read.
func (r reading) schedule(s store.Source, f *store.SourceFile, k known, failed error, now time.Time) (err error) {
	how := failedForGood
	switch {
	case k.refused:
		how = failedForNow // as it was
	case failed != nil:
		how = failureOf(failed, k)
	}
	if how == failedForGood {
		f.Tries = 0
		f.NextUS, err = nextReading(*s.File, now)
		return err
	}
	if how == failedAsItIs {
		same, err := r.readSo(s)
		if err != nil {
			return err
		}
		if same {
			f.Refused, f.RefusedETag, f.RefusedModified = k.digest, k.etag, k.modified
		}
	}
	f.Tries++
	us, again, err := lookAgain(*s.File, f.Tries, now)
	if f.NextUS = us; !again {
		f.Tries = 0
	}
	return err
}

// saysAgain says to people when a file that failed is looked at again.
func saysAgain(f store.SourceFile, how failure, now time.Time) string {
	switch {
	case f.Tries == 0:
		return " It is read again at its next time."
	case how == failedForNow:
		return " It is tried again in " + fettle.Interval(time.UnixMicro(f.NextUS).Sub(now).Round(time.Minute)).String() + "."
	}
	return " It is read again when it has changed, or at its next time."
}
