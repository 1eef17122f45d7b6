package display

import (
	"context"
	"slices"
	"time"

	"halld/devices"
	"halld/queue"
)

// Spread says how a duration lay over n tickets, in seconds; all zero when n is 0.
type Spread struct {
	N             int     `json:"n"`
	MedianSeconds float64 `json:"median_seconds"`
	P90Seconds    float64 `json:"p90_seconds"`
	MaxSeconds    float64 `json:"max_seconds"`
}

// OutcomeCount is how often services ended so.
type OutcomeCount struct {
	Code queue.Outcome `json:"code"`
	N    int           `json:"n"`
}

// PartFigures counts one queue, department or window.
type PartFigures struct {
	ID               string `json:"id"`
	Served           int    `json:"served" doc:"legs that ended at a window, by whatever outcome"`
	Missed           int    `json:"missed"`
	FinishedAtWindow int    `json:"finished_at_window" doc:"of served: finished on the spot, not merely received"`
	Wait             Spread `json:"wait"`
	Service          Spread `json:"service"`
	Rated            int    `json:"rated"`
	RatingSum        int    `json:"rating_sum" doc:"sum of the levels; the mean is rating_sum / rated"`
}

// Figures counts one service day. They are made from what is stored, so each can be recomputed.
type Figures struct {
	Served        int            `json:"served"`
	Missed        int            `json:"missed"`
	Cancelled     int            `json:"cancelled"`
	Wait          Spread         `json:"wait" doc:"from joining the line to the first call, of tickets that were called"`
	Service       Spread         `json:"service"`
	TargetSeconds int            `json:"target_seconds" doc:"the wait the hall promises; 0: none"`
	WithinTarget  int            `json:"within_target" doc:"of wait.n"`
	Ratings       [6]int         `json:"ratings" doc:"by level; the first is how many were not rated"`
	Outcomes      []OutcomeCount `json:"outcomes" nullable:"false"`
	ByQueue       []PartFigures  `json:"by_queue" nullable:"false"`
	ByDepartment  []PartFigures  `json:"by_department" nullable:"false"`
	ByWindow      []PartFigures  `json:"by_window" nullable:"false"`
}

// Overview is the manager's page: is the hall well, and if not, where.
type Overview struct {
	Seq               uint64            `json:"seq"`
	ServiceDay        queue.DayID       `json:"service_day"`
	Day               Day               `json:"day"`
	Now               time.Time         `json:"now"`
	Waiting           int               `json:"waiting"`
	OldestWaitSeconds int               `json:"oldest_wait_seconds"`
	OldestQueue       queue.QueueID     `json:"oldest_queue,omitempty"`
	WindowsOpen       int               `json:"windows_open"`
	WindowsPaused     int               `json:"windows_paused"`
	WindowsClosed     int               `json:"windows_closed"`
	Called            int               `json:"called"`
	Serving           int               `json:"serving"`
	Issued            int               `json:"issued"`
	Queues            []Queue           `json:"queues" nullable:"false"`
	Windows           []Window          `json:"windows" nullable:"false"`
	Faults            []devices.Problem `json:"faults" nullable:"false" doc:"failing ones first, then by age"`
	Figures           *Figures          `json:"figures" doc:"null while no day is open, or where none are counted"`
}

type overviewOut struct{ Body Overview }

func (s *Server) getOverview(ctx context.Context, _ *struct{}) (*overviewOut, error) {
	v, now := s.view(), s.now()
	out := Overview{Seq: v.Seq, ServiceDay: v.Day, Day: s.day(v, now), Now: now, Queues: s.queueViews(v, now), Windows: windowViews(v), Faults: []devices.Problem{}}
	for _, q := range out.Queues {
		out.Waiting += q.Waiting
		out.Issued += q.Issued
		if q.OldestWaitSeconds > out.OldestWaitSeconds {
			out.OldestWaitSeconds, out.OldestQueue = q.OldestWaitSeconds, q.ID
		}
	}
	for _, w := range out.Windows {
		switch w.State {
		case queue.WindowOpen:
			out.WindowsOpen++
		case queue.WindowPaused:
			out.WindowsPaused++
		case queue.WindowClosed:
			out.WindowsClosed++
		}
		if w.Ticket == nil {
			continue
		}
		if w.Ticket.State == queue.Called {
			out.Called++
		} else {
			out.Serving++
		}
	}
	for _, h := range s.healths() {
		out.Faults = append(out.Faults, h.Problems...)
	}
	slices.SortStableFunc(out.Faults, func(a, b devices.Problem) int {
		if a.Severity != b.Severity {
			if a.Severity == devices.Failing {
				return -1
			}
			return 1
		}
		return a.Since.Compare(b.Since)
	})
	if v.Day != "" && s.figures != nil {
		f, err := s.figures(ctx, string(v.Day))
		if err != nil {
			return nil, notRead("read figures", err)
		}
		f.Outcomes, f.ByQueue, f.ByDepartment, f.ByWindow = list(f.Outcomes), list(f.ByQueue), list(f.ByDepartment), list(f.ByWindow)
		out.Figures = &f
	}
	return &overviewOut{out}, nil
}
