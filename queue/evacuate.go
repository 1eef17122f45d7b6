package queue

import "time"

// Evacuate empties the hall, for a stated reason: nobody is called and no number is given until it is ended. Whoever waits keeps the place, whoever was called
// the call, and no time limit runs out meanwhile.
type Evacuate struct {
	hallwide
	Reason string `json:"reason"` // fire alarm, drill …: it stands on every screen
}

// EndEvacuation lets the hall go on where it stopped.
type EndEvacuation struct{ hallwide }

// HallEvacuated says that everybody is to leave the hall.
type HallEvacuated struct {
	ofHall
	Reason string `json:"reason"`
}

// HallResumed says that the hall goes on.
type HallResumed struct{ ofHall }

// evacuation is one that lasts.
type evacuation struct {
	Since  time.Time `json:"since"`
	Reason string    `json:"reason"`
}

// stretch is a time in which the hall stood still.
type stretch struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Kind names the command.
func (Evacuate) Kind() string { return "hall.evacuate" }

// Kind names the command.
func (EndEvacuation) Kind() string { return "hall.resume" }

func errEvacuated() error {
	return Refuse(Evacuated, "the hall is evacuated: nobody is called and no number is given until the evacuation is ended")
}

func (c Evacuate) decide(h *Hall, _ When) ([]Fact, error) {
	switch {
	case h.day.id == "":
		return nil, errDayNotOpen()
	case h.day.evacuation != nil:
		return nil, nil
	case blank(c.Reason):
		return nil, Refuse(ReasonNeeded, "an evacuation needs its reason: it stands on every screen")
	}
	return []Fact{HallEvacuated{Reason: c.Reason}}, nil
}

func (f HallEvacuated) apply(h *Hall, e Event) {
	h.day.evacuation = &evacuation{Since: e.At, Reason: f.Reason}
	h.planAll()
}

func (EndEvacuation) decide(h *Hall, _ When) ([]Fact, error) {
	switch {
	case h.day.id == "":
		return nil, errDayNotOpen()
	case h.day.evacuation == nil:
		return nil, nil
	}
	return []Fact{HallResumed{}}, nil
}

func (HallResumed) apply(h *Hall, e Event) {
	h.day.stoodStill(e.At)
	h.planAll()
}

// stoodStill ends an evacuation.
func (d *day) stoodStill(until time.Time) {
	if d.evacuation == nil {
		return
	}
	d.frozen = append(d.frozen, stretch{From: d.evacuation.Since, To: until})
	d.evacuation = nil
}

// frozen refuses what must not come of any command while the hall is evacuated. It looks at facts, so that a new way to call somebody is not forgotten. A day
// may be closed all the same.
func (h *Hall) frozen(facts []Fact) error {
	if h.day.evacuation == nil {
		return nil
	}
	var err error
	for _, f := range facts {
		switch f.(type) {
		case DayClosed:
			return nil
		case TicketIssued, TicketCalled, TicketRecalled, TicketMissed:
			err = errEvacuated()
		}
	}
	return err
}

// elapsed is how much time of a limit has gone by: an evacuation does not count.
func (d *day) elapsed(from, to time.Time) time.Duration {
	out := to.Sub(from)
	each := func(s stretch) {
		if s.From.Before(from) {
			s.From = from
		}
		if s.To.After(to) {
			s.To = to
		}
		out -= max(s.To.Sub(s.From), 0)
	}
	for _, s := range d.frozen {
		each(s)
	}
	if d.evacuation != nil {
		each(stretch{d.evacuation.Since, to})
	}
	return out
}

// after is the moment at which a limit that began at from runs out, evacuations that are over not counted.
func (d *day) after(from time.Time, limit time.Duration) time.Time {
	at := from.Add(limit)
	for _, s := range d.frozen { // in the order of time
		if s.To.After(from) && s.From.Before(at) {
			at = at.Add(s.To.Sub(later(s.From, from)))
		}
	}
	return at
}

// later is the later of two moments.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Kind names the fact where it is stored and sent.
func (HallEvacuated) Kind() string { return "hall.evacuated" }

// Kind names the fact where it is stored and sent.
func (HallResumed) Kind() string { return "hall.resumed" }

// Public is the whole fact: it stands on every screen.
func (f HallEvacuated) Public() Fact { return f }

// Public is the whole fact.
func (f HallResumed) Public() Fact { return f }
