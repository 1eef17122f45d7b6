package sqlite

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"halld/queue"
)

// DayFigures are the figures of one service day, counted from the tickets as they are stored.
type DayFigures struct {
	Day     string                      `json:"day"`
	All     Figures                     `json:"all"`
	Queues  map[queue.QueueID]*Figures  `json:"queues"`
	Windows map[queue.WindowID]*Figures `json:"windows"` // tickets by the window that called them last
	Items   map[queue.ItemID]*Figures   `json:"items"`   // tickets whose item is known
}

// Figures count tickets: legs of visits.
type Figures struct {
	Issued   int                   `json:"issued"` // all of them, later legs included
	Visits   int                   `json:"visits"` // first legs
	States   map[queue.State]int   `json:"states"`
	Outcomes map[queue.Outcome]int `json:"outcomes"`
	Ratings  [6]int                `json:"ratings"` // by level 1 to 5; at 0 the done ones without a rating (未评价)
	Wait     Span                  `json:"wait"`    // from entering the line to the last call
	Service  Span                  `json:"service"` // from the beginning of service to its end, holds included

	waits, services []time.Duration
}

// Span summarises durations. Median and P90 are the smallest value that at least half, nine tenths of them do not exceed.
type Span struct {
	N      int           `json:"n"`
	Sum    time.Duration `json:"sum"`
	Median time.Duration `json:"median"`
	P90    time.Duration `json:"p90"`
	Max    time.Duration `json:"max"`
}

// DayFigures counts a service day.
func (r *Reader) DayFigures(ctx context.Context, day string) (DayFigures, error) {
	tickets, err := r.Tickets(ctx, Filter{Day: day})
	if err != nil {
		return DayFigures{}, fmt.Errorf("figures of %s: %w", day, err)
	}
	f := DayFigures{
		Day: day, Queues: make(map[queue.QueueID]*Figures), Windows: make(map[queue.WindowID]*Figures), Items: make(map[queue.ItemID]*Figures),
	}
	for i := range tickets {
		t := &tickets[i]
		f.All.count(t)
		of(f.Queues, t.Queue).count(t)
		if t.Window != "" {
			of(f.Windows, t.Window).count(t)
		}
		if t.Item != "" {
			of(f.Items, t.Item).count(t)
		}
	}
	f.All.finish()
	for _, all := range [][]*Figures{
		slices.Collect(maps.Values(f.Queues)), slices.Collect(maps.Values(f.Windows)), slices.Collect(maps.Values(f.Items)),
	} {
		for _, g := range all {
			g.finish()
		}
	}
	return f, nil
}

func of[K comparable](m map[K]*Figures, k K) *Figures {
	f, ok := m[k]
	if !ok {
		f = new(Figures)
		m[k] = f
	}
	return f
}

func (f *Figures) count(t *queue.Ticket) {
	if f.States == nil {
		f.States, f.Outcomes = make(map[queue.State]int), make(map[queue.Outcome]int)
	}
	f.Issued++
	if t.Leg <= 1 {
		f.Visits++
	}
	f.States[t.State]++
	if t.Outcome != "" {
		f.Outcomes[t.Outcome]++
	}
	if t.Rating > 0 || t.State == queue.Done {
		f.Ratings[min(max(t.Rating, 0), queue.HighestLevel)]++
	}
	if !t.Queued.IsZero() && !t.CalledAt.IsZero() {
		f.waits = append(f.waits, t.CalledAt.Sub(t.Queued))
	}
	if !t.Served.IsZero() && !t.Ended.IsZero() {
		f.services = append(f.services, t.Ended.Sub(t.Served))
	}
}

func (f *Figures) finish() {
	if f.States == nil {
		f.States, f.Outcomes = make(map[queue.State]int), make(map[queue.Outcome]int)
	}
	f.Wait, f.Service = span(f.waits), span(f.services)
	f.waits, f.services = nil, nil
}

func span(d []time.Duration) Span {
	if len(d) == 0 {
		return Span{}
	}
	slices.Sort(d)
	s := Span{N: len(d), Median: d[(len(d)-1)/2], P90: d[(len(d)*9+9)/10-1], Max: d[len(d)-1]}
	for _, v := range d {
		s.Sum += v
	}
	return s
}
