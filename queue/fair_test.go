package queue_test

import (
	"testing"
	"time"

	"halld/queue"
)

// Somebody with priority comes every minute, all day: nobody without it waits longer than the head start and one service.
//
// Hard case: green_channel_does_not_starve_ordinary.
func TestPriorityStarvesNobody(t *testing.T) {
	t.Parallel()
	cfg := smallHall()
	cfg.Queues[0].Last = 999
	start := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	r := newRuled(t, cfg, start)
	r.due(start)
	by := queue.Actor{Role: queue.Clerk, Name: "c"}
	seat := queue.Seat{Window: "1"}
	const service = 50 * time.Second
	since := map[queue.TicketID]time.Time{} // the ordinary ones
	var longest time.Duration
	ordinary, priority := 0, 0
	r.do(start, by, queue.OpenWindow{Seat: seat, Clerk: "c"})
	for n := range 12 { // a full line of priority before anybody else comes
		r.do(start.Add(time.Duration(n)*time.Millisecond), by, queue.Issue{Queue: "A", Class: queue.Priority})
	}
	for s := range 8 * 60 * 60 {
		now := start.Add(time.Minute + time.Duration(s)*time.Second)
		if s%60 == 0 {
			r.do(now, by, queue.Issue{Queue: "A", Class: queue.Priority})
		}
		if s%600 == 0 {
			for _, e := range r.do(now, by, queue.Issue{Queue: "A"}) {
				if f, ok := e.Fact.(queue.TicketIssued); ok {
					since[f.Ticket] = now
				}
			}
		}
		if s%int(service.Seconds()) != 0 {
			continue
		}
		if r.h.View().Window("1").Ticket != nil {
			r.do(now, by, queue.Finish{Seat: seat, Outcome: queue.DoneAtOnce})
		}
		if r.h.Waiting("A") == 0 {
			continue
		}
		for _, e := range r.do(now, by, queue.CallNext{Seat: seat}) {
			f, ok := e.Fact.(queue.TicketCalled)
			if !ok {
				continue
			}
			if at, is := since[f.Ticket]; is {
				longest = max(longest, now.Sub(at))
				delete(since, f.Ticket)
				ordinary++
			} else {
				priority++
			}
		}
	}
	if len(since) > 2 || ordinary < 46 || priority < 460 {
		t.Errorf("%d ordinary and %d priority tickets were called, %d ordinary ones wait", ordinary, priority, len(since))
	}
	if most := cfg.Policy.PriorityHead + service + 12*service; longest > most { // the line that was there when it came, too
		t.Errorf("an ordinary ticket waited %v, more than %v", longest, most)
	}
}
