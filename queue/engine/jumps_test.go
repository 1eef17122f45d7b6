package engine_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"halld/queue"
	"halld/queue/engine"
)

// hand is a machine's clock that a test turns: what it shows, and how long the machine has been on.
type hand struct {
	mu   sync.Mutex
	wall time.Time
	boot time.Duration
}

func (h *hand) now() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.wall }

func (h *hand) on() time.Duration { h.mu.Lock(); defer h.mu.Unlock(); return h.boot }

// pass lets time pass, and the clock jump besides.
func (h *hand) pass(d, jump time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.boot += d
	h.wall = h.wall.Add(d + jump)
}

// A running hall whose clock jumps and whose machine sleeps does what is due once, numbers go on, and nobody who waits over midnight is lost; neither is
// anybody when it starts anew with a clock that shows yesterday.
//
// Hard cases: timed_rule_fires_once, midnight_and_clock_back_lose_no_ticket.
func TestClockJumpsInARunningHall(t *testing.T) {
	noLeaks(t)
	h := &hand{wall: time.Date(2026, 12, 2, 20, 0, 0, 0, time.UTC), boot: time.Hour}
	dir := t.TempDir()
	s := openStore(t, dir)
	e := openEngine(t, s, engine.Options{Now: h.now, Boot: h.on})
	setUp(t, e, 1, 1)
	var want []string // who has to be called, in this order
	issue := func() {
		t.Helper()
		want = append(want, do(t, e, queue.Issue{Queue: "A"}).Ticket.Number)
	}
	unproved := func() queue.TicketID {
		t.Helper()
		id := do(t, e, queue.Issue{Queue: "A", Printer: "printer-1"}).Ticket.ID
		job := queue.JobID(id + "#1")
		do(t, e, queue.StartPrint{Job: job})
		do(t, e, queue.EndPrint{Job: job, Result: queue.PrintUnknown, Problem: "no-answer"})
		return id
	}
	joined := func() (n int) { // how often a ticket without proof was let into the line
		t.Helper()
		events, err := s.Events(context.Background(), 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, ev := range events {
			if f, ok := ev.Fact.(queue.TicketQueued); ok && f.Cause == queue.Unproved {
				n++
			}
		}
		return n
	}
	issue()
	for i, jump := range []struct{ passes, jumps time.Duration }{{0, 90 * time.Second}, {61 * time.Second, -time.Hour}, {5 * time.Hour, 0}, {61 * time.Second, time.Hour}} {
		id := unproved()
		if got := joined(); got != i {
			t.Fatalf("before jump %d: %d tickets joined the line by their grace", i, got)
		}
		h.pass(jump.passes, jump.jumps)
		issue() // whoever comes next finds it done
		if a, err := e.Ticket(context.Background(), id); err != nil || a.Ticket.State != queue.Waiting {
			t.Errorf("after jump %d the ticket is %+v, %v", i, a.Ticket, err)
		}
		want = append(want[:len(want)-1], string(id), want[len(want)-1])
		if got := joined(); got != i+1 {
			t.Errorf("after jump %d: %d tickets joined the line, want %d", i, got, i+1)
		}
	}
	day := e.View().Day // five hours later it is past midnight, and people wait
	if now := e.Now(); day != "2026-12-02" || now.Format(time.DateOnly) != "2026-12-03" {
		t.Fatalf("at %v the day is %s", now, day)
	}
	if err := errors.Join(e.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	h.pass(time.Minute, -30*time.Hour) // the battery of the clock is weak
	s = openStore(t, dir)
	e = openEngine(t, s, engine.Options{Now: h.now, Boot: h.on})
	issue()
	if v := e.View(); v.Day != day || v.Queues[0].Issued != len(want) {
		t.Errorf("after the start: day %s, %d numbers; want %s, %d", v.Day, v.Queues[0].Issued, day, len(want))
	}
	var got []string
	for range want {
		tk := do(t, e, queue.CallNext{Seat: seat(1)}).Ticket
		if slices.Contains(want, string(tk.ID)) {
			got = append(got, string(tk.ID))
		} else {
			got = append(got, tk.Number)
		}
		do(t, e, queue.Finish{Seat: seat(1), Outcome: queue.DoneAtOnce})
	}
	if !slices.Equal(got, want) {
		t.Errorf("called %v, want %v", got, want)
	}
	verified(t, s)
	if err := errors.Join(e.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
}
