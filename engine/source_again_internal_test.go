package engine

import (
	"testing"
	"time"

	"fettle"
)

// TestAFailedFileIsLookedAtAgain walks a day of failures: 5 minutes after the first,
// later each time, and never beyond the next time of the schedule.
func TestAFailedFileIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	f := fettle.SourceFile{Schedule: &fettle.Schedule{Every: fettle.Interval(24 * time.Hour), At: "06:00", Zone: "UTC"}}
	now := time.Date(2026, 11, 30, 6, 0, 1, 0, time.UTC)
	due := time.Date(2026, 12, 1, 6, 0, 0, 0, time.UTC)
	var waits []time.Duration
	for n := int64(1); ; n++ {
		us, again, err := lookAgain(f, n, now)
		if err != nil || n > 50 {
			t.Fatalf("after %v: %v", waits, err)
		}
		at := time.UnixMicro(us)
		if !again {
			if !at.Equal(due) {
				t.Errorf("after %v it is read at %s", waits, at.UTC())
			}
			break
		}
		waits, now = append(waits, at.Sub(now)), at
	}
	want := []int{5, 10, 20, 40, 80, 160, 240, 240, 240, 240}
	for i := range min(len(want), len(waits)) {
		if int(waits[i]/time.Minute) != want[i] {
			t.Errorf("wait %d is %s", i+1, waits[i])
		}
	}
	if len(waits) != len(want) {
		t.Errorf("%d tries: %v", len(waits), waits)
	}
	f.Schedule.Every, f.Schedule.At = fettle.Interval(time.Hour), ""
	for range 20 {
		if us, again, err := lookAgain(f, 6, due); err != nil || again || !time.UnixMicro(us).Equal(due.Add(time.Hour)) {
			t.Fatalf("hourly: %s %v %v", time.UnixMicro(us).UTC(), again, err)
		}
	}
	f.Schedule = nil
	if us, again, err := lookAgain(f, 1, now); us != 0 || again || err != nil {
		t.Errorf("without a schedule: %d %v %v", us, again, err)
	}
}
