package report_test

import (
	"testing"
	"time"

	"halld/queue"
	"halld/queue/report"
)

// evacuation_freezes_and_resumes: what people waited stays what they felt; whether the promise was kept is judged without the time in which the hall stood still.
func TestEvacuationIsNoPartOfThePromise(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 3, 2, 9, minute, 0, 0, time.UTC) }
	cfg := queue.Config{Queues: []queue.Queue{{ID: "A", Target: queue.Target{Wait: 10 * time.Minute, Share: 90}}}, WindowSetup: []queue.WindowSetup{{ID: "1", Queues: []queue.QueueID{"A"}}}}
	var c report.Counter
	seq := uint64(0)
	see := func(minute int, f queue.Fact) {
		seq++
		c.See(queue.Event{Seq: seq, At: at(minute), Form: 2, Fact: f})
	}
	see(0, queue.Configured{Config: cfg})
	see(0, queue.DayOpened{Day: "2026-03-02"})
	for n, id := range []queue.TicketID{"a", "b"} {
		see(n, queue.TicketIssued{Ticket: id, Number: string(id), Queue: "A", Class: queue.Ordinary, State: queue.Waiting})
	}
	see(5, queue.HallEvacuated{Reason: "fire"})
	if d, _ := c.Figures(at(40)); d.All.Over != 0 {
		t.Errorf("%d wait longer than promised while the hall is evacuated", d.All.Over)
	}
	see(45, queue.HallResumed{})
	if d, _ := c.Figures(at(49)); d.All.Over != 0 {
		t.Errorf("%d wait longer than promised after 9 minutes of the hall's own time", d.All.Over)
	}
	see(50, queue.TicketCalled{Ticket: "a", Window: "1", Why: queue.LongestWait})
	see(52, queue.TicketCalled{Ticket: "b", Window: "1", Why: queue.LongestWait})
	d, _ := c.Figures(at(53))
	if d.All.Promised != 2 || d.All.Within != 1 || d.All.Wait.Max != 51*time.Minute {
		t.Errorf("promised %d, within %d, longest wait %v; a waited 10 minutes of the hall's time, b 11, and both felt 50 and 51", d.All.Promised, d.All.Within, d.All.Wait.Max)
	}
}
