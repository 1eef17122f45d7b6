package queue_test

import (
	"fmt"
	"testing"
	"time"

	"halld/queue"
	"halld/queue/catalogue"
)

// A picture of a large hall, sixty queues and forty windows, and how it stands with each queue: both are made with every batch of events.
func BenchmarkPicture(b *testing.B) {
	c := queue.Config{Name: "x", Policy: usual}
	for i := range 60 {
		c.Queues = append(c.Queues, queue.Queue{ID: queue.QueueID(fmt.Sprintf("q%d", i)), Name: "n", Prefix: string(rune(65+i%26)) + string(rune(65+i/26)), First: 1, Last: 999, Width: 3, BandEnd: queue.Widen})
	}
	for i := range 40 {
		w := queue.WindowSetup{ID: queue.WindowID(fmt.Sprint(i + 1))}
		for k := range 6 {
			w.Queues = append(w.Queues, c.Queues[(i*3+k)%60].ID)
		}
		c.WindowSetup = append(c.WindowSetup, w)
	}
	h := queue.New()
	at := time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)
	do := func(cmd queue.Command) {
		at = at.Add(time.Second)
		ev, err := h.Decide(cmd, queue.When{Now: at, By: queue.Actor{Role: queue.Script}, Clock: queue.Trusted})
		if err != nil {
			b.Fatal(err)
		}
		for _, e := range ev {
			h.Apply(e)
		}
	}
	c.Calendar = catalogue.Calendar{Zone: "Asia/Shanghai"}
	for _, w := range catalogue.Weekdays() {
		c.Calendar.Hours.Set(w, []catalogue.Span{{From: 9 * 60, To: 12 * 60}, {From: 13 * 60, To: 23 * 60}})
	}
	do(queue.Configure{Config: c})
	do(queue.OpenDay{})
	for i := range 300 {
		do(queue.Issue{Queue: c.Queues[i%60].ID})
	}
	b.Run("view", func(b *testing.B) {
		for b.Loop() {
			h.View()
		}
	})
	b.Run("standing", func(b *testing.B) {
		v := h.View()
		for b.Loop() {
			for i := range v.Queues {
				v.Standing(&v.Queues[i], at)
			}
		}
	})
}
