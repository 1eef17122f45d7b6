package queue_test

import (
	"fmt"
	"testing"
	"time"

	"halld/queue"
	"halld/queue/catalogue"
)

// ruled is a hall whose time is given, and which does what is due by itself.
type ruled struct {
	t *testing.T
	h *queue.Hall
}

func newRuled(t *testing.T, cfg queue.Config, now time.Time) ruled {
	r := ruled{t, queue.New()}
	r.do(now, queue.Actor{Role: queue.Manager, Name: "m"}, queue.Configure{Config: cfg})
	return r
}

func (r ruled) do(now time.Time, by queue.Actor, cmd queue.Command) []queue.Event {
	r.t.Helper()
	events, err := r.h.Decide(cmd, queue.When{Now: now, By: by, Clock: queue.Trusted})
	if err != nil {
		r.t.Fatalf("%v: %T: %v", now, cmd, err)
	}
	for _, e := range events {
		r.h.Apply(e)
	}
	return events
}

// due does what time asks for until there is nothing more, and returns the kinds of what came of it.
func (r ruled) due(now time.Time) (kinds []string) {
	r.t.Helper()
	for range 9 {
		all := r.h.Due(now, queue.Trusted)
		if len(all) == 0 {
			return kinds
		}
		for _, d := range all {
			for _, e := range r.do(now, d.By, d.Cmd) {
				kinds = append(kinds, e.Fact.Kind())
			}
		}
	}
	r.t.Fatalf("%v: the hall does not come to rest: %v", now, kinds)
	return nil
}

// One ticket a minute for two days and nights, while the clocks go forward, and while they go back: every day begins at its midnight with the first number,
// and within it every number follows the one before.
//
// Hard case: summer_time_changes_nothing.
func TestNumbersAcrossSummerTime(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]time.Time{"forward": time.Date(2026, 3, 28, 12, 0, 0, 0, zone), "back": time.Date(2026, 10, 24, 12, 0, 0, 0, zone)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := smallHall()
			cfg.Calendar.Zone = "Europe/Warsaw"
			cfg.Queues[0].Last = 999
			r := newRuled(t, cfg, from)
			clerk := queue.Actor{Role: queue.Clerk, Name: "c"}
			seat := queue.Seat{Window: "1"}
			perDay := map[queue.DayID]int{}
			for m := range 48 * 60 {
				now := from.Add(time.Duration(m) * time.Minute)
				r.due(now)
				var issued *queue.TicketIssued
				for _, e := range r.do(now, clerk, queue.Issue{Queue: "A"}) {
					if f, ok := e.Fact.(queue.TicketIssued); ok {
						issued = &f
					}
				}
				day := r.h.View().Day
				if want := queue.DayID(now.Format(time.DateOnly)); day != want {
					t.Fatalf("at %v the day is %s", now, day)
				}
				perDay[day]++
				if want := fmt.Sprintf("A%03d", perDay[day]); issued == nil || issued.Number != want {
					t.Fatalf("at %v the number is %+v, want %s", now, issued, want)
				}
				if w := r.h.View().Window("1"); w.State != queue.WindowOpen {
					r.do(now, clerk, queue.OpenWindow{Seat: seat, Clerk: "c"})
				}
				r.do(now, clerk, queue.CallNext{Seat: seat})
				r.do(now, clerk, queue.Finish{Seat: seat, Outcome: queue.DoneAtOnce})
			}
			middle := map[string]int{"forward": 23 * 60, "back": 25 * 60}[name]
			if got := perDay[queue.DayID(from.AddDate(0, 0, 1).Format(time.DateOnly))]; len(perDay) != 3 || got != middle {
				t.Errorf("%v numbers were given, want %d on the day of the change", perDay, middle)
			}
		})
	}
}

// A hall in Shanghai closes at five in the afternoon there. Its zone is corrected to Ürümqi's, two hours behind, while it is open: it closes at five there.
//
// Hard case: zone_is_a_setting.
func TestClosingFollowsTheZone(t *testing.T) {
	t.Parallel()
	cfg := smallHall()
	cfg.Calendar = catalogue.Calendar{Zone: "Asia/Shanghai", Hours: catalogue.Hours{Mon: []catalogue.Span{{From: 9 * 60, To: 17 * 60}}, Tue: []catalogue.Span{{From: 9 * 60, To: 17 * 60}}}}
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, time.UTC) }
	opened := func(r ruled, now time.Time) bool { r.due(now); return r.h.View().Day != "" }
	r := newRuled(t, cfg, at(2, 0, 0))
	if opened(r, at(2, 0, 59)) || !opened(r, at(2, 1, 0)) || !r.h.View().Closing.Equal(at(2, 9, 0)) {
		t.Fatalf("in Shanghai the day is %+v", r.h.View())
	}
	moved := cfg
	moved.Calendar.Zone = "Asia/Urumqi"
	r.do(at(2, 5, 0), queue.Actor{Role: queue.Admin, Name: "a"}, queue.Configure{Config: moved})
	if v := r.h.View(); !v.Closing.Equal(at(2, 11, 0)) || v.Zone.String() != "Asia/Urumqi" || v.Day != "2026-03-02" {
		t.Errorf("in Ürümqi day %s closes at %v of %v", v.Day, v.Closing, v.Zone)
	}
	if !opened(r, at(2, 10, 59)) || opened(r, at(2, 11, 0)) {
		t.Error("it did not close at five of the new zone")
	}
	if opened(r, at(3, 2, 59)) || !opened(r, at(3, 3, 0)) {
		t.Error("it did not open at nine of the new zone")
	}
}

// Each rule that time asks for acts once: when it is due, when the clock jumps 90 s ahead, when it then shows an hour earlier, and after a long sleep.
//
// Hard case: timed_rule_fires_once.
func TestTimedRulesActOnce(t *testing.T) {
	t.Parallel()
	cfg := smallHall()
	hours := []catalogue.Span{{From: 9 * 60, To: 17 * 60}}
	cfg.Calendar = catalogue.Calendar{Zone: "UTC", Hours: catalogue.Hours{Mon: hours, Tue: hours}}
	start := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	r := newRuled(t, cfg, start)
	kiosk := queue.Actor{Role: queue.Kiosk, Name: "k"}
	seen := map[string]int{}
	look := func(now time.Time) {
		t.Helper()
		for _, at := range []time.Time{now, now.Add(-time.Hour), now, now.Add(time.Millisecond)} { // whoever asks again, with whatever clock, gets nothing twice
			for _, k := range r.due(at) {
				seen[k]++
			}
		}
	}
	look(start.Add(time.Hour))
	now := start.Add(2 * time.Hour)
	for i, result := range []queue.PrintState{queue.PrintUnknown, queue.PrintFailed} {
		var job queue.JobID
		for _, e := range r.do(now, kiosk, queue.Issue{Queue: "A", Printer: "p"}) {
			if f, ok := e.Fact.(queue.PrintQueued); ok {
				job = f.Job
			}
		}
		r.do(now, kiosk, queue.StartPrint{Job: job})
		r.do(now, kiosk, queue.EndPrint{Job: job, Result: result, Problem: "x"})
		look(now)
		if seen["ticket.queued"]+seen["ticket.ended"] != i {
			t.Fatalf("print %d: a grace of a minute ended at once: %v", i, seen)
		}
		now = now.Add(90 * time.Second) // the jump passes the end of the grace
		look(now)
	}
	if seen["ticket.queued"] != 1 || seen["ticket.ended"] != 1 {
		t.Errorf("the graces: %v", seen)
	}
	look(time.Date(2026, 3, 2, 22, 0, 0, 0, time.UTC)) // it slept over closing time and its overtime
	look(time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)) // and over the next opening
	if seen["day.opened"] != 2 || seen["day.closed"] != 1 || seen["issue.paused"] > 1 || seen["ticket.ended"] != 2 {
		t.Errorf("the day: %v", seen)
	}
}
