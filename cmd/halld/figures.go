package main

import (
	"context"
	"maps"
	"slices"

	"halld/display"
	"halld/queue"
	"halld/queue/sqlite"
)

// figures counts a service day for the manager's page, from what is stored.
func (s *system) figures(ctx context.Context, day string) (display.Figures, error) {
	d, err := s.store.DayFigures(ctx, day)
	if err != nil {
		return display.Figures{}, err
	}
	f := display.Figures{
		Served: served(d.All), Missed: d.All.States[queue.Missed] + d.All.Outcomes[queue.NotThere], Cancelled: d.All.States[queue.Cancelled],
		Wait: spread(d.All.Wait), Service: spread(d.All.Service), Ratings: d.All.Ratings, ByQueue: parts(d.Queues), ByWindow: parts(d.Windows),
	}
	for _, code := range slices.Sorted(maps.Keys(d.All.Outcomes)) {
		f.Outcomes = append(f.Outcomes, display.OutcomeCount{Code: code, N: d.All.Outcomes[code]})
	}
	return f, nil
}

func parts[K ~string](figures map[K]*sqlite.Figures) []display.PartFigures {
	var out []display.PartFigures
	for _, id := range slices.Sorted(maps.Keys(figures)) {
		g := figures[id]
		p := display.PartFigures{ID: string(id), Served: served(*g), Missed: g.States[queue.Missed] + g.Outcomes[queue.NotThere],
			FinishedAtWindow: g.Outcomes[queue.DoneAtOnce], Wait: spread(g.Wait), Service: spread(g.Service)}
		for level := 1; level < len(g.Ratings); level++ {
			p.Rated += g.Ratings[level]
			p.RatingSum += level * g.Ratings[level]
		}
		out = append(out, p)
	}
	return out
}

// served counts the legs that ended at a window.
func served(f sqlite.Figures) int { return f.States[queue.Done] + f.States[queue.Transferred] }

func spread(s sqlite.Span) display.Spread {
	return display.Spread{N: s.N, MedianSeconds: s.Median.Seconds(), P90Seconds: s.P90.Seconds(), MaxSeconds: s.Max.Seconds()}
}
