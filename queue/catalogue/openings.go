package catalogue

import "time"

// Opening is a stretch of time during which the hall is open, Close excluded.
type Opening struct{ Open, Close time.Time }

// Openings returns the stretches of a date, in order. A span that the beginning of summer time leaps over is none.
// A hall without hours has one: the whole date.
func (c Calendar) Openings(d Date) []Opening {
	if !d.Valid() {
		return nil
	}
	loc := c.loc()
	spans, _ := c.Spans(d)
	var all []Opening
	for _, s := range spans {
		o := Opening{Open: d.At(s.From, loc), Close: d.At(s.To, loc)}
		if o.Open.Before(o.Close) {
			all = append(all, o)
		}
	}
	return all
}

// Hold returns the first opening and the last closing of a date; false when the hall is closed all day. Between them may be a break at noon.
func (c Calendar) Hold(d Date) (first, last time.Time, ok bool) {
	all := c.Openings(d)
	if len(all) == 0 {
		return time.Time{}, time.Time{}, false
	}
	return all[0].Open, all[len(all)-1].Close, true
}

// openingAt returns the opening that is under way.
func (c Calendar) openingAt(t time.Time) (Opening, bool) {
	for _, o := range c.Openings(c.DayOf(t)) {
		if !t.Before(o.Open) && t.Before(o.Close) {
			return o, true
		}
	}
	return Opening{}, false
}

// OpenAt says whether the hall is open at an instant. A hall without hours always is.
func (c Calendar) OpenAt(t time.Time) bool {
	_, ok := c.openingAt(t)
	return ok
}

// Closing returns when the opening under way ends, be it for a break or for the day. It is false when the hall is not open,
// and in a hall without hours, which never closes by itself.
func (c Calendar) Closing(t time.Time) (time.Time, bool) {
	o, ok := c.openingAt(t)
	if !ok || !c.HasHours() {
		return time.Time{}, false
	}
	return o.Close, true
}

// NextOpening returns the first opening that begins at t or later. In a hall without hours that is the next date.
// It is false when there is none within three years.
func (c Calendar) NextOpening(t time.Time) (open, closing time.Time, ok bool) {
	d := c.DayOf(t)
	for range farthest {
		for _, o := range c.Openings(d) {
			if !o.Open.Before(t) {
				return o.Open, o.Close, true
			}
		}
		if d = d.AddDays(1); d == "" {
			break
		}
	}
	return time.Time{}, time.Time{}, false
}
