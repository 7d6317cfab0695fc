package past

import (
	"context"
	"time"

	"fettle"
	"fettle/store"
)

// Moment is a time of the past, and the first entry of the change log after it.
type Moment struct {
	At    time.Time
	First int64
}

// At is the moment of a time.
func At(ctx context.Context, tx *store.Tx, at time.Time) (Moment, error) {
	first, err := tx.ChangeSince(ctx, at.UnixMicro()+1)
	return Moment{at, first}, err
}

// Parse reads a date, which stands for its end in UTC, or a time.
func Parse(text string, now time.Time) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		day, dayErr := time.Parse(time.DateOnly, text)
		if dayErr != nil {
			return at, fettle.Errorf(fettle.Invalid, "%.40q is no date", text).WithHint("Write 2026-02-28, which is the end of that day in UTC, or a time such as 2026-02-28T12:00:00Z.")
		}
		if at = day.Add(24*time.Hour - time.Microsecond); at.After(now) && !day.After(now) {
			at = now // today
		}
	}
	if at.After(now) {
		return at, fettle.Errorf(fettle.Invalid, "%s has not come yet", text)
	}
	return at.UTC(), nil
}

// Begins says from when on the past is known; zero where nothing was written yet.
func Begins(ctx context.Context, tx *store.Tx) (time.Time, error) {
	us, err := tx.FirstChangeAt(ctx)
	if err != nil || us == 0 {
		return time.Time{}, err
	}
	return time.UnixMicro(us).UTC(), nil
}

// Since says from when on the past is known, and refuses a time before.
func Since(ctx context.Context, tx *store.Tx, at time.Time) (time.Time, error) {
	since, err := Begins(ctx, tx)
	switch {
	case err != nil:
		return since, err
	case since.IsZero():
		return since, fettle.Errorf(fettle.Refused, "nothing is known of %s: nothing was written yet", at.Format(time.RFC3339))
	case at.Before(since):
		return since, fettle.Errorf(fettle.Refused, "nothing is known of %s: the history begins at %s", at.Format(time.RFC3339), since.Format(time.RFC3339)).
			WithHint("Take a time from %s on.", since.Format(time.RFC3339Nano)) // exactly: the whole second is before it
	}
	return since, nil
}
