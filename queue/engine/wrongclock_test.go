package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"halld/queue"
	"halld/queue/catalogue"
	"halld/queue/engine"
	"halld/queue/sqlite"
)

// wrongHall is a hall by hours in its folder, on a machine with such a clock.
type wrongHall struct {
	t   *testing.T
	dir string
	hand
	s *sqlite.Store
	e *engine.Engine
}

// newWrongHall is open on Monday at ten; somebody sits at window 1.
func newWrongHall(t *testing.T) *wrongHall {
	h := &wrongHall{t: t, dir: t.TempDir(), hand: hand{wall: time.Date(2026, 11, 30, 10, 0, 0, 0, shanghai), boot: time.Minute}}
	h.start()
	cfg := hallConfig(1, 1)
	cfg.Calendar = catalogue.Calendar{Zone: "Asia/Shanghai"}
	for _, w := range catalogue.Weekdays()[:5] {
		cfg.Calendar.Hours.Set(w, []catalogue.Span{{From: 9 * 60, To: 17 * 60}})
	}
	do(t, h.e, queue.Configure{Config: cfg})
	h.look()
	do(t, h.e, queue.OpenWindow{Seat: seat(1), Clerk: "clerk 1"})
	t.Cleanup(func() {
		verified(t, h.s)
		h.stop()
	})
	return h
}

func (h *wrongHall) start() {
	h.s = openStore(h.t, h.dir)
	h.e = openEngine(h.t, h.s, engine.Options{Now: h.now, Boot: h.on})
}

func (h *wrongHall) stop() {
	if err := errors.Join(h.e.Close(), h.s.Close()); err != nil {
		h.t.Fatal(err)
	}
}

// look has the hall do what is due: that comes before whatever is asked.
func (h *wrongHall) look() {
	h.t.Helper()
	for range 3 {
		if _, err := h.e.Do(context.Background(), "", somebody, queue.StartPrint{Job: "none"}); queue.CodeOf(err) == "" {
			h.t.Fatal(err)
		}
	}
}

// issue gives the next number, which has to be this one, at this hall time.
func (h *wrongHall) issue(number string, at time.Time) queue.TicketID {
	h.t.Helper()
	got := do(h.t, h.e, queue.Issue{Queue: "A"}).Ticket
	if got.Number != number || !got.Issued.Equal(at) {
		h.t.Errorf("number %s was given at %v, want %s at %v", got.Number, got.Issued.In(shanghai), number, at)
	}
	return got.ID
}

// qualities is what the log says of the clock, for each number given.
func (h *wrongHall) qualities() string {
	h.t.Helper()
	events, err := h.s.Events(h.t.Context(), 0, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	var out []string
	last := time.Time{}
	for _, e := range events {
		if e.At.Before(last) {
			h.t.Errorf("event %d is of %v, and the one before of %v", e.Seq, e.At, last)
		}
		last = e.At
		if f, ok := e.Fact.(queue.TicketIssued); ok {
			out = append(out, f.Number+" "+string(e.Clock))
		}
	}
	return strings.Join(out, ", ")
}

// The clock of a running hall goes back, by hours and to another year, and the machine starts again with it: numbers and waits go on as if nothing had been,
// and every event says that its time is doubtful.
//
// Hard case: clock_jumps_back.
func TestClockJumpsBack(t *testing.T) {
	noLeaks(t)
	h := newWrongHall(t)
	ten := h.now()
	first := h.issue("A0000", ten)
	h.pass(time.Minute, -14*365*24*time.Hour)
	h.issue("A0001", ten.Add(time.Minute))
	if c := h.e.Clock(); c.Quality != queue.Suspect || h.e.Stats().ClockJumps != 1 || !strings.Contains(c.String(), "behind the hall's") {
		t.Errorf("nobody is told of the jump: %s, %+v", c, h.e.Stats())
	}
	h.pass(4*time.Minute, 0)
	called := do(t, h.e, queue.CallNext{Seat: seat(1)}).Ticket
	if called.ID != first || called.CalledAt.Sub(called.Issued) != 5*time.Minute {
		t.Errorf("%s waited %v, want %s and five minutes", called.Number, called.CalledAt.Sub(called.Issued), first)
	}
	// The machine starts again, with the wrong year: the last event is the floor.
	h.stop()
	h.start()
	h.look()
	if v := h.e.View(); v.Day != "2026-11-30" {
		t.Errorf("day %q is open", v.Day)
	}
	h.pass(time.Minute, 0)
	h.issue("A0002", ten.Add(6*time.Minute))
	// It is set right: hall time never left it.
	h.pass(time.Minute, 14*365*24*time.Hour)
	h.look()
	h.issue("A0003", ten.Add(7*time.Minute))
	if c := h.e.Clock(); c.Quality != queue.Trusted {
		t.Errorf("the clock is right again: %s", c)
	}
	if got, want := h.qualities(), "A0000 trusted, A0001 suspect, A0002 suspect, A0003 trusted"; got != want {
		t.Errorf("the log says %s, want %s", got, want)
	}
}

// The clock of a running hall goes a day ahead, or a year: nobody's ticket expires, no day is closed or opened, until a person says that the clock is right.
//
// Hard case: clock_jumps_forward_a_day.
func TestClockJumpsForward(t *testing.T) {
	noLeaks(t)
	for name, step := range map[string]time.Duration{"a day": 24 * time.Hour, "a year": 365 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			h := newWrongHall(t)
			ten := h.now()
			waits := h.issue("A0000", ten)
			h.pass(time.Minute, step)
			for range 3 {
				h.look()
				if v := h.e.View(); v.Day != "2026-11-30" || v.Queues[0].Waiting != 1 {
					t.Fatalf("day %q is open, and %d wait", v.Day, v.Queues[0].Waiting)
				}
				h.pass(time.Hour, 0)
			}
			if c := h.e.Clock(); c.Quality != queue.Suspect || h.e.Stats().ClockJumps != 1 || !strings.Contains(c.String(), "ahead of the hall's") {
				t.Errorf("nobody is told of the jump: %s, %+v", c, h.e.Stats())
			}
			h.issue("A0001", ten.Add(time.Minute+3*time.Hour))
			if a, err := h.e.Ticket(t.Context(), waits); err != nil || a.Ticket.State != queue.Waiting || a.Ahead != 0 {
				t.Errorf("%+v, %v", a, err)
			}
			// Hall time passes the closing time: a day is not ended on the word of a clock that may be wrong.
			h.pass(8*time.Hour, 0)
			h.look()
			if v := h.e.View(); v.Day != "2026-11-30" || v.Queues[0].Waiting != 2 {
				t.Errorf("in the evening day %q is open, and %d wait", v.Day, v.Queues[0].Waiting)
			}
			// A person says that the clock is right after all: then the day is over.
			do(t, h.e, queue.ConfirmClock{})
			h.look()
			if a, err := h.e.Ticket(t.Context(), waits); err == nil && a.Ticket.State != queue.Expired {
				t.Errorf("%+v, %v", a.Ticket, err)
			}
			if c, v := h.e.Clock(), h.e.View(); c.Quality != queue.Trusted || v.Day == "2026-11-30" {
				t.Errorf("day %q is open, %s", v.Day, c)
			}
			if got, want := h.qualities(), "A0000 trusted, A0001 suspect"; got != want {
				t.Errorf("the log says %s, want %s", got, want)
			}
		})
	}
}
