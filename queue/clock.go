package queue

import (
	"slices"
	"time"
)

// ConfirmClock says that the machine's clock is right, after it jumped or was not set: hall time follows it from now on. The engine alone knows what the clock
// shows and fills in To; a jump that is found right by itself is confirmed by the hall's rule.
type ConfirmClock struct {
	hallwide
	To     time.Time // what the machine's clock shows
	Behind bool      // the hall had no clock since From: what happened meanwhile is dated anew
	From   time.Time
}

// ClockConfirmed says that hall time goes on at To. Since, where it is not zero, is when the hall's own counting without a clock began: what lies after it
// is By later than it was written.
type ClockConfirmed struct {
	ofHall
	To    time.Time     `json:"to"`
	Since time.Time     `json:"since,omitzero"`
	By    time.Duration `json:"by,omitempty"`
	Date  string        `json:"date,omitempty"` // the true date of the service day that was opened meanwhile
}

// Kind names the command.
func (ConfirmClock) Kind() string { return "clock.confirm" }

func (c ConfirmClock) decide(h *Hall, w When) ([]Fact, error) {
	if c.To.Before(w.Now) {
		return nil, Refuse(ClockBehind, "the machine's clock shows %s, and the hall has counted to %s already: hall time never goes back; it goes on until the "+
			"clock has caught up", c.To.In(h.loc).Format(time.DateTime), w.Now.In(h.loc).Format(time.DateTime))
	}
	f := ClockConfirmed{To: c.To}
	if c.Behind {
		f.Since, f.By = c.From, c.To.Sub(w.Now)
		if h.day.id != "" && !h.day.opened.Before(c.From) {
			f.Date = h.dateOf(c.To)
		}
	}
	return []Fact{f}, nil
}

func (f ClockConfirmed) apply(h *Hall, _ Event) {
	if f.To.After(h.at) {
		h.at = f.To
	}
	if f.Since.IsZero() || h.day.id == "" {
		h.planAll()
		return
	}
	later := func(t *time.Time) {
		if !t.IsZero() && !t.Before(f.Since) {
			*t = t.Add(f.By)
		}
	}
	for _, t := range h.day.tickets { // waits stay what they were
		h.touch(t)
		h.requeue(t, func(t *Ticket) {
			for _, at := range []*time.Time{&t.Issued, &t.Queued, &t.CalledAt, &t.FirstCalled, &t.Served, &t.Ended, &t.PrintEnded} {
				later(at)
			}
		})
	}
	for _, w := range h.day.windows {
		later(&w.Since)
		later(&w.LastEnded)
	}
	calls := make([]CallView, len(h.day.calls))
	for i, c := range h.day.calls {
		later(&c.At)
		calls[i] = c
	}
	h.day.calls = calls
	later(&h.day.opened)
	if e := h.day.evacuation; e != nil {
		moved := *e
		later(&moved.Since)
		h.day.evacuation = &moved
	}
	h.day.frozen = slices.Clone(h.day.frozen)
	for i := range h.day.frozen {
		later(&h.day.frozen[i].From)
		later(&h.day.frozen[i].To)
	}
	if f.Date != "" {
		h.day.date = f.Date
	}
	h.countAll()
	h.planAll()
}

// Kind names the fact where it is stored and sent.
func (ClockConfirmed) Kind() string { return "clock.confirmed" }

// Public is the whole fact.
func (f ClockConfirmed) Public() Fact { return f }
