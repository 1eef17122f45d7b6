package display

import (
	"context"
	"slices"
	"time"

	"halld/devices"
	"halld/queue"
)

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
	out := Overview{Seq: v.Seq, ServiceDay: v.Day, Day: s.dayFor(ctx, v, now), Now: now, Queues: s.queueViews(v, now), Windows: windowViews(v), Faults: []devices.Problem{}}
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
	if s.faults != nil {
		out.Faults = append(out.Faults, s.faults()...)
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
	if v.Day != "" && s.records != nil {
		d, ok, err := s.records.Figures(ctx, v.Day, now)
		if err != nil {
			return nil, notRead("read figures", err)
		}
		if ok {
			f := figures(&d)
			out.Figures = &f
		}
	}
	return &overviewOut{out}, nil
}
