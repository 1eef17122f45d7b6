package queue

import (
	"time"

	"halld/queue/catalogue"
)

// The rules by which the hall opens and closes by itself, as they stand in the log.
const (
	ruleHours    = "hours"    // it is opening time
	ruleNewDate  = "new-date" // a hall without hours: a new date has begun
	ruleNoClock  = "no-clock" // the machine does not know the time; the hall opens all the same
	ruleClosing  = "closing-time"
	ruleOvertime = "overtime" // closing time is long past, or the next day begins
)

// looksAgain is the longest that the hall waits before it looks at its hours again.
const looksAgain = 6 * time.Hour

// dayStepAt is what the hours ask for at a moment, and by which rule; nil: nothing.
func (h *Hall) dayStepAt(now time.Time, clock Clock) (Command, string) {
	if h.cfg == nil {
		return nil, ""
	}
	if h.day.id == "" {
		return h.openingAt(now, clock)
	}
	if clock != Trusted || now.Before(h.day.closing) {
		return nil, "" // a day is not ended on the word of a clock that may be wrong
	}
	switch {
	case h.day.present == 0:
		return CloseDay{}, ruleClosing
	case !now.Before(h.latest()):
		return CloseDay{Force: true}, ruleOvertime
	case h.cfg.hasHours() && h.day.paused == nil && !h.day.late:
		return PauseIssue{Reason: ruleClosing}, ruleClosing
	}
	return nil, ""
}

func (h *Hall) openingAt(now time.Time, clock Clock) (Command, string) {
	if clock == Unset {
		return OpenDay{}, ruleNoClock
	}
	date := h.dateOf(now)
	if _, skipped := h.book.skipped[date]; skipped || h.hadDay(date) {
		return nil, ""
	}
	if !h.cfg.hasHours() {
		return OpenDay{}, ruleNewDate
	}
	from, to, open := h.hoursOn(date)
	if !open || now.Before(from) || !now.Before(to) {
		return nil, ""
	}
	return OpenDay{}, ruleHours
}

// hadDay reports whether a date had its day. Who closed it may open it again; the hours do not. One that was opened without a clock has another name than its
// date.
func (h *Hall) hadDay(date string) bool { return h.book.days[DayID(date)] || h.day.date == date }

// closingOf is when the present day should end: its last closing time; the end of its date in a hall without hours, or where it was opened outside of them.
func (h *Hall) closingOf() time.Time {
	midnight := h.midnight(h.day.date, 1)
	if !h.cfg.hasHours() {
		return midnight
	}
	if _, to, open := h.hoursOn(h.day.date); open && h.day.opened.Before(to) {
		return to
	}
	return midnight
}

// openingsOf are the stretches of the present day, in order; none in a hall without hours.
func (h *Hall) openingsOf() []catalogue.Opening {
	if !h.cfg.hasHours() {
		return nil
	}
	return h.cfg.Calendar.Openings(catalogue.Date(h.day.date))
}

// latest is when the present day ends although people are in the hall.
func (h *Hall) latest() time.Time {
	if h.cfg.Policy.DayEnd == AtClosing {
		return h.day.closing
	}
	at := h.day.closing.Add(h.cfg.Policy.Overtime)
	if next, ok := h.nextOpening(h.day.closing); ok && next.Before(at) {
		return next
	}
	return at
}

// nextOpening is the first opening time after a moment, within the next weeks.
func (h *Hall) nextOpening(after time.Time) (time.Time, bool) {
	if !h.cfg.hasHours() {
		return time.Time{}, false
	}
	date := h.dateOf(after)
	for n := range 60 {
		d := h.dateOf(h.midnight(date, n).Add(12 * time.Hour))
		if _, skipped := h.book.skipped[d]; skipped {
			continue
		}
		if from, _, open := h.hoursOn(d); open && from.After(after) {
			return from, true
		}
	}
	return time.Time{}, false
}

// nextDayStep is when the hours have to be looked at again, after they asked for nothing.
func (h *Hall) nextDayStep(now time.Time) time.Time {
	at := now.Add(looksAgain)
	sooner := func(t time.Time) {
		if t.After(now) && t.Before(at) {
			at = t
		}
	}
	sooner(h.midnight(h.dateOf(now), 1))
	if h.day.id == "" {
		if next, ok := h.nextOpening(now); ok {
			sooner(next)
		}
		return at
	}
	sooner(h.day.closing)
	sooner(h.latest())
	if !now.Before(h.day.closing) {
		sooner(now.Add(time.Minute)) // the clock may become trusted
	}
	return at
}

// planDay has the hours looked at when the last one has left after closing time.
func (h *Hall) planDay() {
	if h.day.id != "" && h.day.present == 0 && !h.at.Before(h.day.closing) {
		h.agenda.set(dayStep, "", h.at)
	}
}

// midnight is the beginning of the date n days after a date.
func (h *Hall) midnight(date string, n int) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, date, h.loc)
	if err != nil {
		return h.at // dates are parsed before they are stored
	}
	return time.Date(t.Year(), t.Month(), t.Day()+n, 0, 0, 0, 0, h.loc)
}

// hasHours reports whether the hall opens and closes by hours; without, it is open whenever it runs.
func (c *Config) hasHours() bool { return c.Calendar.HasHours() }

// hoursOn is the first opening and the last closing time of a date; open is false on a day off.
func (h *Hall) hoursOn(date string) (from, to time.Time, open bool) {
	return h.cfg.Calendar.Hold(catalogue.Date(date))
}
