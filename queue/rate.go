package queue

// Source is where a rating came from.
type Source string

// The sources of a rating.
const (
	FromPad    Source = "pad"    // the rating pad at a window
	FromScreen Source = "screen" // a screen or phone page
)

// The levels of a rating: 5 非常满意, 4 满意, 3 基本满意, 2 不满意, 1 非常不满意 (国办发〔2019〕51号). No rating is 未评价, stored as 0 and never
// made up.
const (
	LowestLevel  = 1
	HighestLevel = 5
)

// Rate stores one rating for a ticket that is served or done; a second one is refused.
type Rate struct {
	hallwide
	Ticket TicketID
	Level  int
	Source Source
}

// RateWindow stores a rating pressed at a window's pad: it belongs to the ticket served there or, until the next call and for Policy.RateWithin at most,
// to the one that left last.
type RateWindow struct {
	Window WindowID
	Level  int
}

func (c RateWindow) seat() Seat { return Seat{Window: c.Window} }

// TicketRated is the one rating of a leg.
type TicketRated struct {
	Ticket TicketID `json:"ticket"`
	Window WindowID `json:"window,omitempty"`
	Level  int      `json:"level,omitempty"`
	Source Source   `json:"source"`
}

// Kind names the command.
func (Rate) Kind() string { return "ticket.rate" }

// Kind names the command.
func (RateWindow) Kind() string { return "window.rate" }

func (c Rate) decide(h *Hall, _ When) ([]Fact, error) {
	if c.Level < LowestLevel || c.Level > HighestLevel {
		return nil, Refuse(BadLevel, "level %d: a rating is 1 to 5", c.Level)
	}
	t, err := h.ticket(c.Ticket)
	if err != nil {
		return nil, err
	}
	if t.Rating != 0 {
		return nil, Refuse(AlreadyRated, "ticket %s is rated already", t.Number)
	}
	if !t.ratable() {
		return nil, Refuse(NotRatable, "ticket %s is %s: there is no service to rate", t.Number, t.State)
	}
	return []Fact{TicketRated{Ticket: t.ID, Window: t.Window, Level: c.Level, Source: c.Source}}, nil
}

// ratable reports whether there is a service with a citizen to rate.
func (t *Ticket) ratable() bool {
	switch t.State {
	case Serving, Transferred:
		return true
	case Done:
		return t.Outcome.Attended()
	default:
		return false
	}
}

func (c RateWindow) decide(h *Hall, when When) ([]Fact, error) {
	w := h.day.windows[c.Window]
	if w == nil {
		return nil, Refuse(UnknownWindow, "there is no window %q in this hall", c.Window)
	}
	if h.day.id == "" {
		return nil, errDayNotOpen()
	}
	id := h.ratable(w)
	if id == "" {
		return nil, Refuse(NotRatable, "nobody was served at window %s to whom this rating belongs", w.ID)
	}
	if w.Ticket == "" && h.day.elapsed(w.LastEnded, when.Now) > h.cfg.Policy.RateWithin {
		return nil, Refuse(NotRatable, "the last service at window %s ended more than %v ago: this press is nobody's", w.ID, h.cfg.Policy.RateWithin)
	}
	return Rate{Ticket: id, Level: c.Level, Source: FromPad}.decide(h, when)
}

// ratable is the ticket a press on the window's pad belongs to now.
func (h *Hall) ratable(w *Window) TicketID {
	id := w.Last
	if w.Ticket != "" {
		id = w.Ticket // called, not here yet: a late press is not credited to it
	}
	if t := h.day.tickets[id]; t != nil && t.ratable() {
		return id
	}
	return ""
}

func (f TicketRated) apply(h *Hall, _ Event) { h.edit(f.Ticket).Rating = f.Level }

// Kind names the fact where it is stored and sent.
func (TicketRated) Kind() string { return "ticket.rated" }

// Tickets lists the ticket.
func (f TicketRated) Tickets() []TicketID { return []TicketID{f.Ticket} }

// Where is the window that served.
func (f TicketRated) Where() WindowID { return f.Window }

// Public leaves out the level: clerks do not see how they were rated.
func (f TicketRated) Public() Fact { f.Level = 0; return f }
