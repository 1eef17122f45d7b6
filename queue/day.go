package queue

import (
	"maps"
	"slices"
	"time"

	"halld/queue/catalogue"
	"halld/queue/order"
)

// day is what belongs to one service day: it is replaced whole when the next one opens. After its close it stays readable until then.
type day struct {
	id         DayID               // empty: no day is open
	date       string              // its business date; that of the calendar, where the day was opened without a clock
	opened     time.Time           // when
	late       bool                // a person wants numbers given after closing time
	closing    time.Time           // when it should end; see closingOf
	openings   []catalogue.Opening // its stretches by the hours, in order; see openingsOf
	paused     *pause              // no numbers are given
	evacuation *evacuation         // the hall stands still
	frozen     []stretch           // it stood still
	tickets    map[TicketID]*Ticket
	numbers    map[string]TicketID // the present leg under each number
	persons    map[PersonKey][]TicketID
	pool       order.Pool // who waits, and in which order
	series     map[QueueID]*series
	windows    map[WindowID]*Window
	done       map[WindowID]int
	calls      []CallView
	present    int                // tickets of people who are in the hall
	stopped    map[QueueID]string // queues of which no numbers are given, with the reason
	used       used               // of quotas; derived from the tickets
	more       map[QueueID]int    // cases in line beyond one a ticket; derived
	paces      map[QueueID]pace   // derived too
}

// pause is why no numbers are given.
type pause struct {
	Reason string `json:"reason,omitempty"`
	Rule   bool   `json:"rule,omitempty"` // by closing time, not by a person
}

func newDay() *day {
	return &day{tickets: map[TicketID]*Ticket{}, numbers: map[string]TicketID{}, persons: map[PersonKey][]TicketID{},
		series: map[QueueID]*series{}, windows: map[WindowID]*Window{}, done: map[WindowID]int{},
		stopped: map[QueueID]string{}, paces: map[QueueID]pace{}, used: used{}, more: map[QueueID]int{}}
}

// series is the numbers of one queue on one service day.
type series struct {
	Prefix string   `json:"prefix"`
	Width  int      `json:"width"`
	Next   int      `json:"next"`
	Last   int      `json:"last"`
	Issued int      `json:"issued"`
	Warned bool     `json:"warned"`
	Beyond bool     `json:"beyond"`         // the band was extended
	Used   []string `json:"used,omitempty"` // prefixes left behind

	// Where the cycle of a ratio is; where it was before the last call, and whose that was, so that the call can be taken back.
	Turn   int      `json:"turn,omitempty"`
	Was    int      `json:"turn_was,omitempty"`
	TurnBy TicketID `json:"turn_by,omitempty"`
}

func (q *Queue) series() *series {
	return &series{Prefix: q.Prefix, Width: q.Width, Next: q.First, Last: q.Last}
}

func errDayNotOpen() error { return Refuse(DayNotOpen, "no service day is open: open the day first") }

// OpenDay opens a service day. Day empty: today, or the next opening of today.
type OpenDay struct {
	hallwide
	Day   DayID
	Force bool // although Day is not near the hall's own date
}

// DayOpened starts a service day.
type DayOpened struct {
	ofHall
	Day DayID `json:"day"`
}

// CloseDay ends the service day: what still waits expires, windows close. Refused while a ticket is called or being served, unless Force.
type CloseDay struct {
	hallwide
	Force bool
}

// DayClosed ends it. The tickets that expired have events of their own before this one.
type DayClosed struct {
	ofHall
	Day DayID `json:"day"`
}

// PauseIssue stops giving numbers; calling goes on.
type PauseIssue struct {
	hallwide
	Reason string
}

// IssuePaused says that no numbers are given for now.
type IssuePaused struct {
	ofHall
	Reason string `json:"reason,omitempty"`
	Rule   bool   `json:"rule,omitempty"` // it is past closing time
}

// ResumeIssue gives numbers again, also after closing time.
type ResumeIssue struct{ hallwide }

// IssueResumed says that numbers are given again.
type IssueResumed struct{ ofHall }

// Kind names the command.
func (OpenDay) Kind() string { return "day.open" }

// Kind names the command.
func (CloseDay) Kind() string { return "day.close" }

// Kind names the command.
func (PauseIssue) Kind() string { return "issue.pause" }

// Kind names the command.
func (ResumeIssue) Kind() string { return "issue.resume" }

// furthestDay is how far from the hall's own date a day may be opened at all: what is further away is a slip of the hand or of a clock.
const furthestDay = 366 * 24 * time.Hour

func (c OpenDay) decide(h *Hall, w When) ([]Fact, error) {
	if h.day.id != "" {
		return nil, Refuse(DayIsOpen, "service day %s is open: close it first", h.day.id)
	}
	if c.Day == "" {
		id, err := h.freeDay(h.dateOf(w.Now))
		if err != nil {
			return nil, err
		}
		return []Fact{DayOpened{Day: id}}, nil
	}
	d, err := ParseDay(string(c.Day))
	if err != nil {
		return nil, Refuse(BadDay, "%v", err)
	}
	noon, err := time.ParseInLocation(time.DateOnly, d.Date(), h.loc)
	if err != nil {
		return nil, Refuse(BadDay, "%q is no service day: there is no such date", c.Day)
	}
	today := h.dateOf(w.Now)
	if away := w.Now.Sub(noon.Add(12 * time.Hour)).Abs(); away > furthestDay {
		return nil, Refuse(BadDay, "%s is more than a year from today, %s: set the clock right, or open a day that is near", d, today)
	}
	if d.Date() != today && !c.Force {
		return nil, Refuse(BadDay, "%s is not today: the hall's own date is %s; confirm that this day is meant", d, today)
	}
	if h.book.days[d] {
		return nil, Refuse(DayUsed, "service day %s was opened before and its numbers are taken: open it as %s-2 or later", d, d.Date())
	}
	return []Fact{DayOpened{Day: d}}, nil
}

// freeDay is the next opening of a date.
func (h *Hall) freeDay(date string) (DayID, error) {
	for n := 1; n <= mostOpenings; n++ {
		if id := dayOn(date, n); !h.book.days[id] {
			return id, nil
		}
	}
	return "", Refuse(DayUsed, "%s was opened %d times: open it tomorrow", date, mostOpenings)
}

// dateOf is the date in the hall's zone.
func (h *Hall) dateOf(t time.Time) string { return t.In(h.loc).Format(time.DateOnly) }

func (f DayOpened) apply(h *Hall, e Event) {
	d, today := newDay(), h.dateOf(e.At)
	d.id, d.date, d.opened = f.Day, f.Day.Date(), e.At
	for i := range h.cfg.Queues {
		d.series[h.cfg.Queues[i].ID] = h.cfg.Queues[i].series()
	}
	if h.book.passOn == d.date {
		for _, s := range d.series {
			s.Next += h.book.pass
		}
	}
	for _, s := range h.cfg.WindowSetup {
		d.windows[s.ID] = &Window{ID: s.ID, State: WindowClosed}
	}
	h.day = d // the tickets of earlier days are final and stand in the store
	h.book.days[f.Day] = true
	clear(h.dirty)
	h.planAll()
	maps.DeleteFunc(h.book.skipped, func(date string, _ skip) bool { return date < min(d.date, today) }) // a later day may be opened before them
}

func (c CloseDay) decide(h *Hall, _ When) ([]Fact, error) {
	if h.day.id == "" {
		return nil, errDayNotOpen()
	}
	return h.closeDay(c.Force, "day closed")
}

func (h *Hall) closeDay(force bool, reason string) ([]Fact, error) {
	for _, w := range h.day.windows {
		if !force && (w.Ticket != "" || len(w.Held) > 0) {
			return nil, Refuse(DayBusy, "window %s still serves: finish it, or close the day with force", w.ID)
		}
	}
	var left []*Ticket
	for _, t := range h.day.tickets {
		if !t.State.Final() {
			left = append(left, t)
		}
	}
	slices.SortFunc(left, byArrival)
	var facts []Fact
	for _, j := range h.jobs { // nobody waits for this paper any more; what is being printed comes to its own end
		if j.State == PrintPending {
			facts = append(facts, PrintEnded{Job: j.ID, Ticket: j.Ticket, Result: PrintFailed, Problem: "day-closed"})
		}
	}
	for _, t := range left {
		switch t.State {
		case Serving:
			facts = append(facts, TicketDone{Ticket: t.ID, Window: t.Window, Outcome: NotStated, Note: reason})
		case Called:
			facts = append(facts, TicketMissed{Ticket: t.ID, Window: t.Window}, TicketEnded{Ticket: t.ID, State: Expired, Reason: reason})
		default:
			facts = append(facts, TicketEnded{Ticket: t.ID, State: Expired, Reason: reason})
		}
	}
	for _, s := range h.cfg.WindowSetup {
		if w := h.day.windows[s.ID]; w != nil && w.State != WindowClosed {
			facts = append(facts, WindowClosedFact{Window: w.ID})
		}
	}
	return append(facts, DayClosed{Day: h.day.id}), nil
}

func (DayClosed) apply(h *Hall, e Event) {
	h.day.id = ""
	h.day.stoodStill(e.At)
	h.agenda.set(dayStep, "", h.at)
	if e.Form < 2 { // before, a close dropped what was not begun without saying so
		h.jobs = slices.DeleteFunc(h.jobs, func(j PrintJob) bool { return j.State == PrintPending })
	}
}

func (c PauseIssue) decide(h *Hall, w When) ([]Fact, error) {
	switch {
	case h.day.id == "":
		return nil, errDayNotOpen()
	case h.day.paused != nil:
		return nil, nil
	case blank(c.Reason):
		return nil, Refuse(ReasonNeeded, "giving no numbers needs its reason: it stands on the kiosks")
	}
	return []Fact{IssuePaused{Reason: c.Reason, Rule: w.By.Role == Rule}}, nil
}

func (f IssuePaused) apply(h *Hall, _ Event) {
	h.day.paused = &pause{Reason: f.Reason, Rule: f.Rule}
	h.agenda.set(dayStep, "", h.at)
}

func (ResumeIssue) decide(h *Hall, _ When) ([]Fact, error) {
	switch {
	case h.day.id == "":
		return nil, errDayNotOpen()
	case h.day.paused == nil:
		return nil, nil
	}
	return []Fact{IssueResumed{}}, nil
}

func (IssueResumed) apply(h *Hall, _ Event) {
	h.day.paused = nil
	h.day.late = true // a person wants numbers after closing time: the hours do not stop them again
	h.agenda.set(dayStep, "", h.at)
}

// Kind names the fact where it is stored and sent.
func (DayOpened) Kind() string { return "day.opened" }

// Kind names the fact where it is stored and sent.
func (DayClosed) Kind() string { return "day.closed" }

// Kind names the fact where it is stored and sent.
func (IssuePaused) Kind() string { return "issue.paused" }

// Kind names the fact where it is stored and sent.
func (IssueResumed) Kind() string { return "issue.resumed" }

// Public is the whole fact.
func (f DayOpened) Public() Fact { return f }

// Public is the whole fact.
func (f DayClosed) Public() Fact { return f }

// Public is the whole fact.
func (f IssuePaused) Public() Fact { return f }

// Public is the whole fact.
func (f IssueResumed) Public() Fact { return f }
