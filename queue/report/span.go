package report

import (
	"time"

	"halld/queue"
)

// Span is a stretch of time during which a window was open or paused under one clerk. Closed windows have none.
type Span struct {
	Seq    uint64            `json:"seq"` // the event that began it
	Day    queue.DayID       `json:"day"`
	Window queue.WindowID    `json:"window"`
	Clerk  string            `json:"clerk,omitempty"` // staff number, or a name in a hall without people
	Name   string            `json:"name,omitempty"`
	State  queue.WindowState `json:"state"`
	Reason queue.PauseReason `json:"reason,omitempty"` // of a pause
	From   time.Time         `json:"from"`
	To     time.Time         `json:"to,omitzero"` // zero while it lasts
}

// Spans follows the windows of a day. The zero value is ready.
type Spans struct {
	day     queue.DayID
	running map[queue.WindowID]Span
	ended   []Span // of the day, for a clock that is put right
}

// See takes the next event and tells which spans began, ended or were dated anew by it, as they are now. A span that is taken over by the same clerk, such
// as by another session, goes on.
func (s *Spans) See(e queue.Event) []Span {
	switch f := e.Fact.(type) {
	case queue.DayOpened:
		*s = Spans{day: f.Day, running: map[queue.WindowID]Span{}}
	case queue.WindowOpened:
		return s.turn(Span{Seq: e.Seq, Day: s.day, Window: f.Window, Clerk: f.Clerk, Name: f.Name, State: queue.WindowOpen, From: e.At})
	case queue.WindowPausedFact:
		was := s.running[f.Window]
		return s.turn(Span{Seq: e.Seq, Day: s.day, Window: f.Window, Clerk: was.Clerk, Name: was.Name, State: queue.WindowPaused, Reason: f.Reason, From: e.At})
	case queue.WindowClosedFact:
		return s.end(f.Window, e.At)
	case queue.DayClosed:
		var out []Span
		for w := range s.running {
			out = append(out, s.end(w, e.At)...)
		}
		s.day = ""
		return out
	case queue.ClockConfirmed:
		return s.redate(f)
	}
	return nil
}

// turn ends what lasts at a window and begins another span.
func (s *Spans) turn(next Span) []Span {
	if s.day == "" {
		return nil
	}
	if was, ok := s.running[next.Window]; ok && was.Clerk == next.Clerk && was.State == next.State && was.Reason == next.Reason {
		return nil
	}
	out := s.end(next.Window, next.From)
	s.running[next.Window] = next
	return append(out, next)
}

func (s *Spans) end(w queue.WindowID, at time.Time) []Span {
	was, ok := s.running[w]
	if !ok {
		return nil
	}
	was.To = at
	delete(s.running, w)
	s.ended = append(s.ended, was)
	return []Span{was}
}

func (s *Spans) redate(f queue.ClockConfirmed) []Span {
	if f.Since.IsZero() || s.day == "" {
		return nil
	}
	var out []Span
	for i := range s.ended {
		later(&s.ended[i].From, f.Since, f.By)
		later(&s.ended[i].To, f.Since, f.By)
		out = append(out, s.ended[i])
	}
	for w, was := range s.running {
		later(&was.From, f.Since, f.By)
		s.running[w] = was
		out = append(out, was)
	}
	return out
}
