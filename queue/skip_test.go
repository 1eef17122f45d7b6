package queue_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"halld/queue"
	"halld/queue/catalogue"
)

// hoursHall is a hall that is open on weekdays from 9 to 17; 2026-03-02 is a Monday.
type hoursHall struct {
	t *testing.T
	h *queue.Hall
}

func newHoursHall(t *testing.T) *hoursHall {
	cfg := smallHall()
	span := []catalogue.Span{{From: 9 * 60, To: 17 * 60}}
	week := &cfg.Calendar.Hours
	week.Mon, week.Tue, week.Wed, week.Thu, week.Fri = span, span, span, span, span
	hh := &hoursHall{t: t, h: queue.New()}
	hh.must("03-02 08:00", queue.Configure{Config: cfg})
	return hh
}

func (hh *hoursHall) at(text string) time.Time {
	hh.t.Helper()
	at, err := time.Parse("2006-01-02 15:04", "2026-"+text)
	if err != nil {
		hh.t.Fatal(err)
	}
	return at
}

func (hh *hoursHall) do(at string, cmd queue.Command) error {
	hh.t.Helper()
	events, err := hh.h.Decide(cmd, queue.When{Now: hh.at(at), By: queue.Actor{Role: queue.Manager, Name: "li"}})
	for _, e := range events {
		hh.h.Apply(e)
	}
	return err
}

func (hh *hoursHall) must(at string, cmd queue.Command) {
	hh.t.Helper()
	if err := hh.do(at, cmd); err != nil {
		hh.t.Fatalf("%s %T: %v", at, cmd, err)
	}
}

// due does what time asks for.
func (hh *hoursHall) due(at string) {
	hh.t.Helper()
	for _, d := range hh.h.Due(hh.at(at), queue.Trusted) {
		hh.must(at, d.Cmd)
	}
}

func (hh *hoursHall) open(want queue.DayID) {
	hh.t.Helper()
	if v := hh.h.View(); v.Day != want {
		hh.t.Errorf("day %q is open, want %q; closed on %v", v.Day, want, v.Skips)
	}
}

func (hh *hoursHall) skips(want ...string) {
	hh.t.Helper()
	var got []string
	for _, s := range hh.h.View().Skips {
		got = append(got, fmt.Sprintf("%s %s by %s %s", s.Date, s.Reason, s.By.Name, s.At.Format("01-02 15:04")))
	}
	if !slices.Equal(got, want) {
		hh.t.Errorf("the hall stays closed on %q, want %q", got, want)
	}
}

func (hh *hoursHall) refused(at string, cmd queue.Command, code queue.Code, words string) {
	hh.t.Helper()
	if err := hh.do(at, cmd); queue.CodeOf(err) != code || !strings.Contains(err.Error(), words) {
		hh.t.Errorf("%s %+v: %v, want %s with %q", at, cmd, err, code, words)
	}
}

// A date taken back is as if it had never been skipped: the hall opens on it by its hours, today within the minute that asks.
func TestSkipTakenBack(t *testing.T) {
	hh := newHoursHall(t)
	hh.must("03-02 08:10", queue.SkipDay{Reason: "no power"})
	hh.must("03-02 08:20", queue.SkipDay{Date: "2026-03-04", Reason: "a course"})
	hh.must("03-02 08:21", queue.SkipDay{Date: "2026-03-03", Reason: "painters"})
	hh.must("03-02 08:22", queue.SkipDay{Date: "2026-03-03", Reason: "the floor"})
	hh.skips("2026-03-02 no power by li 03-02 08:10", "2026-03-03 the floor by li 03-02 08:22", "2026-03-04 a course by li 03-02 08:20")
	if next := hh.h.View().NextOpening; !next.Equal(hh.at("03-05 09:00")) {
		t.Errorf("opens next at %v", next)
	}
	hh.due("03-02 09:30")
	hh.open("")
	hh.must("03-02 09:31", queue.UnskipDay{})
	hh.due("03-02 09:31")
	hh.open("2026-03-02")
	hh.must("03-02 09:32", queue.UnskipDay{Date: "2026-03-04"})
	hh.skips("2026-03-03 the floor by li 03-02 08:22")
	hh.due("03-02 17:00")
	hh.open("")
	if next := hh.h.View().NextOpening; !next.Equal(hh.at("03-04 09:00")) {
		t.Errorf("opens next at %v", next)
	}
	hh.due("03-03 09:00")
	hh.open("")
	hh.due("03-04 09:00")
	hh.open("2026-03-04")
	hh.skips()
}

func TestSkipIsNotTakenBack(t *testing.T) {
	hh := newHoursHall(t)
	hh.refused("03-02 08:01", queue.UnskipDay{}, queue.NotSkipped, "does not stay closed on 2026-03-02")
	hh.refused("03-02 08:01", queue.UnskipDay{Date: "2026-03-09"}, queue.NotSkipped, "does not stay closed on 2026-03-09")
	hh.refused("03-02 08:01", queue.UnskipDay{Date: "tomorrow"}, queue.BadDay, "is no date")
	hh.must("03-02 08:02", queue.SkipDay{Date: "2026-03-03", Reason: "x"})
	hh.due("03-02 09:00")
	hh.must("03-02 09:10", queue.SkipDay{Reason: "no power"})
	hh.refused("03-02 09:20", queue.UnskipDay{}, queue.DayUsed, "open it by hand") // it had been opened, and was closed by the skip
	hh.must("03-02 09:21", queue.OpenDay{})
	hh.open("2026-03-02-2")
	hh.must("03-02 09:22", queue.UnskipDay{}) // it is open: only what is said of it goes
	hh.skips("2026-03-03 x by li 03-02 08:02")
	hh.must("03-02 09:23", queue.CloseDay{})
	hh.due("03-02 09:24")
	hh.open("")
	hh.refused("03-04 08:00", queue.UnskipDay{Date: "2026-03-03"}, queue.NotSkipped, "does not stay closed on 2026-03-03") // it is over
}
