package queue_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"halld/queue"
)

// The hall names its days by the calendar of its zone over the end of every year, and keeps moments that say the same anywhere: 2020-12-30 has been seen for
// 2019-12-30. Between midnight in Shanghai and midnight in UTC the date is another one.
//
// Hard case: year_end_dates_12_28_to_01_03.
func TestYearEndDays(t *testing.T) {
	t.Parallel()
	for _, days := range [][]queue.DayID{
		{"2019-12-28", "2019-12-29", "2019-12-30", "2019-12-31", "2020-01-01", "2020-01-02", "2020-01-03"},
		{"2020-12-28", "2020-12-29", "2020-12-30", "2020-12-31", "2021-01-01", "2021-01-02", "2021-01-03"},
		{"2024-12-28", "2024-12-29", "2024-12-30", "2024-12-31", "2025-01-01", "2025-01-02", "2025-01-03"},
		{"2026-12-28", "2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02", "2027-01-03"},
	} {
		h := queue.New()
		at, err := time.Parse("2006-01-02", string(days[0]))
		if err != nil {
			t.Fatal(err)
		}
		at = at.Add(-8*time.Hour - time.Second) // a second before that day begins in Shanghai
		do := func(by queue.Actor, cmd queue.Command) (events []queue.Event) {
			t.Helper()
			events, err := h.Decide(cmd, queue.When{Now: at, By: by})
			if err != nil {
				t.Fatalf("%s: %v", at, err)
			}
			for _, e := range events {
				h.Apply(e)
			}
			return events
		}
		due := func() {
			t.Helper()
			for range 2 { // the old day ends, the new one begins
				for _, d := range h.Due(at, queue.Trusted) {
					do(d.By, d.Cmd)
				}
			}
		}
		cfg := smallHall()
		cfg.Calendar.Zone = "Asia/Shanghai"
		do(queue.Actor{Role: queue.Manager, Name: "m"}, queue.Configure{Config: cfg})
		due()
		for i, want := range days {
			before := h.View().Day
			at = at.Add(time.Second) // midnight in Shanghai, four in the afternoon in UTC
			due()
			if v := h.View(); v.Day != want || v.Date != string(want) || before == want {
				t.Errorf("at %s the day is %s of %s, a second before %s; want %s", at, v.Day, v.Date, before, want)
			}
			issued := do(queue.Actor{Role: queue.Kiosk, Name: "k"}, queue.Issue{Queue: "A"})
			id := issued[0].Fact.(queue.TicketIssued).Ticket
			if !strings.HasPrefix(string(id), strings.ReplaceAll(string(want), "-", "")+"-") {
				t.Errorf("ticket %s begins with another day than %s", id, want)
			}
			stored, err := json.Marshal(h)
			if err != nil {
				t.Fatal(err)
			}
			again := queue.New()
			if err := json.Unmarshal(stored, again); err != nil {
				t.Fatal(err)
			}
			got, _ := again.Ticket(id)
			if local := got.Issued.In(again.View().Zone).Format("2006-01-02T15:04:05Z07:00"); local != string(want)+"T00:00:00+08:00" || !got.Issued.Equal(at) {
				t.Errorf("day %d: ticket %s is kept as of %s", i, id, local)
			}
			do(queue.Actor{Role: queue.Manager, Name: "m"}, queue.Cancel{Ticket: id, Reason: "test"})
			at = at.Add(24*time.Hour - time.Second)
			due()
			if v := h.View(); v.Day != want {
				t.Errorf("a second before midnight the day is %s, want %s", v.Day, want)
			}
		}
	}
}
