package display

import (
	"context"
	"time"

	"halld/queue"
)

// Day is how the hall stands to the day: what every screen says when it is closed, late, or not sure of the time.
type Day struct {
	ID           queue.DayID `json:"id,omitempty" doc:"the open service day; absent while none is open"`
	Date         string      `json:"date" doc:"today's date in the hall's time zone"`
	Zone         string      `json:"zone" doc:"the hall's time zone"`
	OpenedAt     time.Time   `json:"opened_at,omitzero"`
	ClosesAt     time.Time   `json:"closes_at,omitzero" doc:"when the open day should end"`
	Hours        []Hours     `json:"hours,omitempty" doc:"the hall's hours today, in order; absent in a hall without hours"`
	Stale        bool        `json:"stale,omitempty" doc:"the open day is not today: say so on every screen"`
	NextOpening  time.Time   `json:"next_opening_at,omitzero" doc:"by the hall's hours; absent where it has none"`
	Skipped      string      `json:"skipped,omitempty" doc:"the hall stays closed today, and why"`
	Skips        []Skip      `json:"skipped_dates,omitempty" doc:"the dates, from today on, on which the hall stays closed, soonest first"`
	IssuePaused  bool        `json:"issue_paused,omitempty" doc:"no numbers are given"`
	PauseReason  string      `json:"pause_reason,omitempty" doc:"why, in words; closing-time after hours"`
	Evacuated    string      `json:"evacuated,omitempty" doc:"the hall is evacuated, and why: nobody is called, every place is kept"`
	EvacuatedAt  time.Time   `json:"evacuated_at,omitzero"`
	Clock        queue.Clock `json:"clock" enum:"trusted,suspect"`
	ClockAhead   int         `json:"clock_ahead_seconds,omitempty" doc:"how far the machine's clock is ahead of hall time, negative: behind; only while hall time is suspect"`
	ClockProblem string      `json:"clock_problem,omitempty" doc:"what is wrong with the clock and what to do, in English"`
}

// Hours are a stretch of time in which the hall is open.
type Hours struct {
	Open  time.Time `json:"open"`
	Close time.Time `json:"close"`
}

// Skip is a date on which the hall stays closed although its hours may say otherwise.
type Skip struct {
	Date   string       `json:"date" doc:"2006-01-02"`
	Reason string       `json:"reason"`
	At     time.Time    `json:"at,omitzero" doc:"when it was said"`
	By     *queue.Actor `json:"by,omitempty" doc:"who said it; for manager and admin, in answers about the day and in the overview"`
}

func zoneOf(v *queue.View) *time.Location {
	if v.Zone == nil {
		return time.UTC
	}
	return v.Zone
}

func (s *Server) day(v *queue.View, now time.Time) Day {
	quality, ahead, why := s.engine.Clock()
	d := Day{ID: v.Day, Date: now.In(zoneOf(v)).Format(time.DateOnly), Zone: zoneOf(v).String(), NextOpening: v.NextOpening, Clock: queue.Trusted}
	if quality != queue.Trusted {
		d.Clock, d.ClockAhead, d.ClockProblem = queue.Suspect, int(ahead.Round(time.Second)/time.Second), why
	}
	for _, skip := range v.Skips {
		if skip.Date == d.Date {
			d.Skipped = skip.Reason
		}
		if skip.Date >= d.Date { // the picture may be of yesterday: a hall that stays closed has no event at midnight
			d.Skips = append(d.Skips, Skip{Date: skip.Date, Reason: skip.Reason, At: skip.At})
		}
	}
	if v.Config != nil && v.Config.Calendar.HasHours() {
		for _, o := range v.Config.Calendar.Openings(v.Config.Calendar.DayOf(now)) {
			d.Hours = append(d.Hours, Hours(o))
		}
	}
	if v.Day == "" {
		return d
	}
	d.OpenedAt, d.ClosesAt, d.Stale = v.Opened, v.Closing, v.Date != d.Date
	if v.Evacuated != nil {
		d.Evacuated, d.EvacuatedAt = v.Evacuated.Reason, v.EvacuatedAt
	}
	if v.Paused != nil {
		d.IssuePaused, d.PauseReason = true, v.Paused.Reason
	}
	return d
}

// dayFor shows the day to the caller of a request: whoever leads the hall also sees who said that it stays closed.
func (s *Server) dayFor(ctx context.Context, v *queue.View, now time.Time) Day {
	d := s.day(v, now)
	if !callerOf(ctx).private() {
		return d
	}
	for i := range d.Skips {
		for _, skip := range v.Skips {
			if skip.Date == d.Skips[i].Date {
				d.Skips[i].By = actorFor(skip.By, true)
			}
		}
	}
	return d
}

type dayShown struct{ Body Day }

func (s *Server) getDay(ctx context.Context, _ *struct{}) (*dayShown, error) {
	return &dayShown{s.dayFor(ctx, s.view(), s.now())}, nil
}

// DayAnswer is the service day after it was opened or closed.
type DayAnswer struct {
	Seq        uint64      `json:"seq"`
	ServiceDay queue.DayID `json:"service_day" doc:"empty when none is open"`
	Day        Day         `json:"day"`
}

type dayOut struct{ Body DayAnswer }

// dayAnswer does a command and shows the day.
func (s *Server) dayAnswer(ctx context.Context, k Keyed, cmd queue.Command) (*dayOut, error) {
	a, err := s.do(ctx, k, cmd)
	if err != nil {
		return nil, err
	}
	return &dayOut{DayAnswer{Seq: a.Seq, ServiceDay: a.Day, Day: s.dayFor(ctx, s.view(), s.now())}}, nil
}

// OpenDayRequest opens a service day.
type OpenDayRequest struct {
	Day   queue.DayID `json:"day,omitempty" maxLength:"16" doc:"2006-01-02, with -2 and so on for a second opening; empty: today"`
	Force bool        `json:"force,omitempty" doc:"although it is not today"`
}

type openDayIn struct {
	Keyed
	Body *OpenDayRequest
}

func (s *Server) openDay(ctx context.Context, in *openDayIn) (*dayOut, error) {
	b := orZero(in.Body)
	return s.dayAnswer(ctx, in.Keyed, queue.OpenDay{Day: b.Day, Force: b.Force})
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
	return s.dayAnswer(ctx, in.Keyed, queue.CloseDay{Force: orZero(in.Body).Force})
}

// SkipDayRequest keeps the hall closed on a date.
type SkipDayRequest struct {
	Date   string `json:"date,omitempty" maxLength:"10" doc:"2006-01-02; empty: today, and the open day is closed"`
	Reason string `json:"reason,omitempty" maxLength:"200" doc:"mandatory: it stands on every screen"`
	Force  bool   `json:"force,omitempty" doc:"although tickets are still called or served"`
}

type skipDayIn struct {
	Keyed
	Body *SkipDayRequest
}

func (s *Server) skipDay(ctx context.Context, in *skipDayIn) (*dayOut, error) {
	b := orZero(in.Body)
	return s.dayAnswer(ctx, in.Keyed, queue.SkipDay{Date: b.Date, Reason: b.Reason, Force: b.Force})
}

// UnskipDayRequest takes it back that the hall stays closed on a date.
type UnskipDayRequest struct {
	Date string `json:"date,omitempty" maxLength:"10" doc:"2006-01-02; empty: today"`
}

type unskipDayIn struct {
	Keyed
	Body *UnskipDayRequest
}

func (s *Server) unskipDay(ctx context.Context, in *unskipDayIn) (*dayOut, error) {
	return s.dayAnswer(ctx, in.Keyed, queue.UnskipDay{Date: orZero(in.Body).Date})
}

type reasonIn struct {
	Keyed
	Body *ReasonRequest
}

func (s *Server) pauseIssue(ctx context.Context, in *reasonIn) (*dayOut, error) {
	return s.dayAnswer(ctx, in.Keyed, queue.PauseIssue{Reason: orZero(in.Body).Reason})
}

type plainIn struct {
	Keyed
	Body *NoRequest
}

func (s *Server) resumeIssue(ctx context.Context, in *plainIn) (*dayOut, error) {
	return s.dayAnswer(ctx, in.Keyed, queue.ResumeIssue{})
}

func (s *Server) confirmClock(ctx context.Context, in *plainIn) (*dayOut, error) {
	return s.dayAnswer(ctx, in.Keyed, queue.ConfirmClock{})
}
