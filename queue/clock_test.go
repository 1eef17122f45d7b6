package queue_test

import (
	"testing"
	"time"

	"halld/queue"
	"halld/queue/catalogue"
)

// A day that was opened without a clock and got its true date later is that date's day: a person who ends it is not overruled by the hours.
func TestDayWithoutAClockStaysClosed(t *testing.T) {
	t.Parallel()
	cfg := smallHall()
	cfg.Calendar.Hours.Mon, cfg.Calendar.Hours.Tue = []catalogue.Span{{From: 9 * 60, To: 17 * 60}}, []catalogue.Span{{From: 9 * 60, To: 17 * 60}}
	h := queue.New()
	do := func(now time.Time, clock queue.Clock, by queue.Actor, cmd queue.Command) {
		t.Helper()
		events, err := h.Decide(cmd, queue.When{Now: now, By: by, Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			h.Apply(e)
		}
	}
	due := func(now time.Time, clock queue.Clock) {
		t.Helper()
		for _, d := range h.Due(now, clock) {
			do(now, clock, d.By, d.Cmd)
		}
	}
	manager := queue.Actor{Role: queue.Manager, Name: "m"}
	monday := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	do(monday, queue.Trusted, manager, queue.Configure{Config: cfg})
	due(monday, queue.Trusted)
	do(monday.Add(8*time.Hour), queue.Trusted, manager, queue.CloseDay{})
	due(monday.Add(9*time.Hour), queue.Unset) // the machine was off, and starts without a clock
	tuesday := monday.Add(25 * time.Hour)
	do(monday.Add(10*time.Hour), queue.Suspect, manager, queue.ConfirmClock{To: tuesday, Behind: true, From: monday.Add(8 * time.Hour)})
	if v := h.View(); v.Day != "2026-03-02-2" || v.Date != "2026-03-03" {
		t.Fatalf("day %q of %q is open", v.Day, v.Date)
	}
	do(tuesday.Add(time.Hour), queue.Trusted, manager, queue.CloseDay{})
	due(tuesday.Add(2*time.Hour), queue.Trusted)
	if v := h.View(); v.Day != "" {
		t.Errorf("day %s was opened by the hours after a person had ended that day", v.Day)
	}
	due(tuesday.Add(24*time.Hour), queue.Trusted)
	if back := h.View(); back.Day != "" {
		t.Errorf("day %s was opened on a day off", back.Day)
	}
}
