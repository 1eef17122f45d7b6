package queue

import (
	"maps"
	"slices"
	"time"
)

// skip is that the hall stays closed on a date: why, and who said so.
type skip struct {
	Reason string    `json:"reason"`
	By     Actor     `json:"by,omitzero"`
	At     time.Time `json:"at,omitzero"`
}

// SkipView is a date on which the hall stays closed.
type SkipView struct {
	Date   string // 2006-01-02
	Reason string
	By     Actor
	At     time.Time // when it was said
}

// SkipDay keeps the hall closed on a date, for a stated reason; a day that is open then is closed first, which Force does although somebody is served.
type SkipDay struct {
	hallwide
	Date   string // 2006-01-02; empty: today
	Reason string
	Force  bool
}

// DaySkipped says that the hall does not open by itself on a date.
type DaySkipped struct {
	ofHall
	Date   string `json:"date"`
	Reason string `json:"reason"`
}

// UnskipDay takes a SkipDay back: on that date the hall opens by its hours, today at once where they have begun. A day that was opened and closed is not
// opened again by the hours, so that is refused: who wants it open opens it.
type UnskipDay struct {
	hallwide
	Date string // 2006-01-02; empty: today
}

// DayUnskipped says that the hall opens by its hours on a date that was to be skipped.
type DayUnskipped struct {
	ofHall
	Date string `json:"date"`
}

// Kind names the command.
func (SkipDay) Kind() string { return "day.skip" }

// Kind names the command.
func (UnskipDay) Kind() string { return "day.unskip" }

func (c SkipDay) decide(h *Hall, w When) ([]Fact, error) {
	if c.Date == "" {
		c.Date = h.dateOf(w.Now)
	}
	if date, err := time.Parse(time.DateOnly, c.Date); err != nil || c.Date < h.dateOf(w.Now) || date.Sub(w.Now) > furthestDay {
		return nil, Refuse(BadDay, "%q is no date of the year to come: write today's or a later one, 2006-01-02", c.Date)
	}
	if blank(c.Reason) {
		return nil, Refuse(ReasonNeeded, "staying closed needs its reason: it stands on every screen")
	}
	var facts []Fact
	if h.day.id != "" && h.day.date == c.Date {
		var err error
		if facts, err = h.closeDay(c.Force, c.Reason); err != nil {
			return nil, err
		}
	}
	return append(facts, DaySkipped{Date: c.Date, Reason: c.Reason}), nil
}

func (f DaySkipped) apply(h *Hall, e Event) {
	h.book.skipped[f.Date] = skip{Reason: f.Reason, By: e.By, At: e.At}
	h.agenda.set(dayStep, "", h.at)
}

func (c UnskipDay) decide(h *Hall, w When) ([]Fact, error) {
	today := h.dateOf(w.Now)
	if c.Date == "" {
		c.Date = today
	}
	if _, err := time.Parse(time.DateOnly, c.Date); err != nil {
		return nil, Refuse(BadDay, "%q is no date: write 2006-01-02", c.Date)
	}
	if _, skipped := h.book.skipped[c.Date]; !skipped || c.Date < today {
		return nil, Refuse(NotSkipped, "the hall does not stay closed on %s: there is nothing to take back; the dates on which it does are listed with the day", c.Date)
	}
	if h.hadDay(c.Date) && (h.day.id == "" || h.day.date != c.Date) {
		return nil, Refuse(DayUsed, "the day of %s was opened and closed already, and the hours do not open it a second time: open it by hand when it is wanted", c.Date)
	}
	return []Fact{DayUnskipped{Date: c.Date}}, nil
}

func (f DayUnskipped) apply(h *Hall, _ Event) {
	delete(h.book.skipped, f.Date)
	h.agenda.set(dayStep, "", h.at)
}

// skips lists the dates on which the hall stays closed from now on, soonest first.
func (h *Hall) skips() []SkipView {
	var out []SkipView
	today := h.dateOf(h.at)
	for _, date := range slices.Sorted(maps.Keys(h.book.skipped)) {
		if s := h.book.skipped[date]; date >= today {
			out = append(out, SkipView{Date: date, Reason: s.Reason, By: s.By, At: s.At})
		}
	}
	return out
}

// Kind names the fact where it is stored and sent.
func (DaySkipped) Kind() string { return "day.skipped" }

// Kind names the fact where it is stored and sent.
func (DayUnskipped) Kind() string { return "day.unskipped" }

// Public is the whole fact.
func (f DaySkipped) Public() Fact { return f }

// Public is the whole fact.
func (f DayUnskipped) Public() Fact { return f }
