package floor

import (
	"context"
	"testing"
	"time"

	"halld/queue"
)

// Every paper of a ticket has the same number, time and code, and says how many are ahead now; only the copies are marked as such. The paper says what the hall
// does with a missed number, and a copy that is printed after a return where the citizen stands then.
//
// Hard cases: reprint_keeps_number_and_place, missed_person_returns.
func TestCopiesTellThePlace(t *testing.T) {
	t.Parallel()
	ticket := queue.Ticket{ID: "20260302-7", Number: "A007", Queue: "A", State: queue.Issued, Issued: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)}
	ahead := 4
	f := New(Options{Devices: &outbox{},
		Ticket: func(context.Context, queue.TicketID) (queue.Ticket, error) { return ticket, nil },
		Ahead:  func(context.Context, queue.TicketID) (int, error) { return ahead, nil }})
	t.Cleanup(f.Close)
	v := &queue.View{Config: &queue.Config{Name: "清溪", Address: "http://192.0.2.10", Queues: []queue.Queue{{ID: "A", Name: "社保"}},
		Policy: queue.Policy{ReturnAfter: 2, ReturnLimit: 1}}}
	first, err := f.slip(t.Context(), v, queue.PrintJob{ID: "20260302-7#1", Ticket: ticket.ID, Copy: 1})
	if err != nil {
		t.Fatal(err)
	}
	if first.Copy != 1 || first.Ahead != 4 || first.URL != "http://192.0.2.10/t/20260302-7" || first.Missed != "过号后请到窗口或导办台报号，再叫 2 位后为您办理（限一次）。" {
		t.Errorf("%+v", first)
	}
	ticket.State, ticket.Misses, ticket.Returns, ticket.After, ahead = queue.Waiting, 1, 1, 2, 2 // missed, and back
	again, err := f.slip(t.Context(), v, queue.PrintJob{ID: "20260302-7#3", Ticket: ticket.ID, Copy: 3})
	if err != nil {
		t.Fatal(err)
	}
	if again.Copy != 3 || again.Ahead != 2 || again.Number != first.Number || again.URL != first.URL || !again.Issued.Equal(first.Issued) {
		t.Errorf("the copy %+v\nof        %+v", again, first)
	}
}

// On a machine that started without a clock numbers are given and printed without a time; a copy that is printed once the clock has come has the true one.
//
// Hard case: boot_with_unknown_time.
func TestPaperWithoutAClock(t *testing.T) {
	t.Parallel()
	clock := queue.Unset
	ticket := queue.Ticket{ID: "20260302-7", Number: "A007", Queue: "A", State: queue.Issued, Issued: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)}
	f := New(Options{Devices: &outbox{}, Clock: func() queue.Clock { return clock },
		Ticket: func(context.Context, queue.TicketID) (queue.Ticket, error) { return ticket, nil },
		Ahead:  func(context.Context, queue.TicketID) (int, error) { return 0, nil }})
	t.Cleanup(f.Close)
	v := &queue.View{Config: &queue.Config{Name: "清溪"}}
	for _, c := range []struct {
		clock queue.Clock
		known bool
	}{{queue.Unset, false}, {queue.Suspect, true}, {queue.Trusted, true}} { // a clock that jumps leaves hall time as it was
		clock = c.clock
		s, err := f.slip(t.Context(), v, queue.PrintJob{ID: "20260302-7#1", Ticket: ticket.ID, Copy: 1})
		if err != nil || s.Number != "A007" || s.Issued.IsZero() == c.known {
			t.Errorf("%s: %+v, %v", c.clock, s, err)
		}
	}
}
