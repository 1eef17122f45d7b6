package report_test

import (
	"testing"
	"time"

	"halld/queue"
	"halld/queue/report"
)

// A wait is the time that passed, to the second: past the hour, past two, and past midnight.
//
// Hard cases: waits_reported_exactly, long_wait_average_keeps_hours.
func TestLongWaitsAreExact(t *testing.T) {
	t.Parallel()
	min := func(n int) time.Duration { return time.Duration(n) * time.Minute }
	for _, wait := range []time.Duration{min(59), min(60), min(61), min(65), min(75), min(125), min(75) + 59*time.Second} {
		for name, begin := range map[string]time.Time{"by day": morning, "across midnight": time.Date(2026, 3, 2, 23, 30, 0, 0, time.UTC)} {
			r := newRun(t)
			r.now = begin
			r.must(queue.OpenWindow{Seat: w1, Clerk: "zhang"})
			r.must(queue.Issue{Queue: "A", Item: "i1"})
			r.after(wait).must(queue.CallNext{Seat: w1})
			r.must(queue.Finish{Seat: w1, Outcome: queue.DoneAtOnce})
			d := r.figures()
			want := report.Spread{N: 1, Sum: wait, Median: wait, P90: wait, Max: wait}
			for part, got := range map[string]report.Spread{"hall": d.All.Wait, "queue": part(t, d.Queues, "A").Wait, "item": part(t, d.Items, "i1").Wait, "window": part(t, d.Windows, "1").Wait,
				"clerk": part(t, d.Clerks, "zhang").Wait} {
				if got != want {
					t.Errorf("%v %s is reported of the %s as %+v", wait, name, part, got)
				}
			}
		}
	}
	r := newRun(t) // and their mean is the mean: (59+60+61+65+75+125)/6
	r.must(queue.OpenWindow{Seat: w1, Clerk: "zhang"})
	waits := []int{59, 60, 61, 65, 75, 125}
	begin := r.now
	for i := len(waits) - 1; i >= 0; i-- {
		r.now = begin.Add(min(125 - waits[i]))
		r.must(queue.Issue{Queue: "A"})
	}
	r.now = begin.Add(min(125))
	for range waits {
		r.must(queue.CallNext{Seat: w1})
		r.must(queue.Finish{Seat: w1, Outcome: queue.DoneAtOnce})
	}
	if got, want := r.figures().All.Wait, (report.Spread{N: 6, Sum: min(445), Median: min(61), P90: min(125), Max: min(125)}); got != want {
		t.Errorf("six waits: %+v, want %+v", got, want)
	}
}
