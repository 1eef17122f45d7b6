package display

import (
	"context"
	"fmt"

	"halld/queue"
)

// DayAnswer is the service day after it was opened or closed.
type DayAnswer struct {
	Seq        uint64 `json:"seq"`
	ServiceDay string `json:"service_day" doc:"empty when it was closed"`
}

type dayOut struct{ Body DayAnswer }

// OpenDayRequest opens a service day.
type OpenDayRequest struct {
	Day string `json:"day,omitempty" maxLength:"16" doc:"2006-01-02; empty: today, with -2 and so on when today was opened before"`
}

type openDayIn struct {
	Keyed
	Body *OpenDayRequest
}

// mostDays is how often one date can be opened without naming the service day.
const mostDays = 9

func (s *Server) openDay(ctx context.Context, in *openDayIn) (*dayOut, error) {
	day := orZero(in.Body).Day
	if day != "" {
		a, err := s.do(ctx, in.Keyed, queue.OpenDay{Day: day})
		return dayAnswer(a, day, err)
	}
	today := s.now().Format("2006-01-02")
	day = today
	for n := 2; ; n++ {
		// Every try has a key of its own, made from the caller's: a repetition gets the stored answers in the same order.
		a, err := s.doAs(ctx, in.Keyed, "/"+day, queue.OpenDay{Day: day})
		if queue.CodeOf(err) != queue.DayUsed || n > mostDays {
			return dayAnswer(a, day, err)
		}
		day = fmt.Sprintf("%s-%d", today, n)
	}
}

func dayAnswer(a queue.Answer, day string, err error) (*dayOut, error) {
	if err != nil {
		return nil, err
	}
	return &dayOut{DayAnswer{Seq: a.Seq, ServiceDay: day}}, nil
}

// CloseDayRequest ends the service day.
type CloseDayRequest struct {
	Force bool `json:"force,omitempty" doc:"although tickets are still called or served"`
}

type closeDayIn struct {
	Keyed
	Body *CloseDayRequest
}

func (s *Server) closeDay(ctx context.Context, in *closeDayIn) (*dayOut, error) {
	a, err := s.do(ctx, in.Keyed, queue.CloseDay{Force: orZero(in.Body).Force})
	return dayAnswer(a, "", err)
}
