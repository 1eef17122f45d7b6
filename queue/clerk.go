package queue

import "slices"

// OpenWindow staffs a window, or ends its pause. Another holder's window is refused unless TakeOver.
type OpenWindow struct {
	Seat
	Clerk    string // staff number; empty: who staffs it, or who asks. In a hall without people: any name
	TakeOver bool
}

// PauseWindow stops calls to a window for a stated reason; a ticket being served is finished all the same.
type PauseWindow struct {
	Seat
	Reason PauseReason
}

// CloseWindow ends the staffing of a window. Refused while a ticket is called, served or held there.
type CloseWindow struct{ Seat }

// WindowOpened staffs a window or ends its pause.
type WindowOpened struct {
	Window WindowID `json:"window"`
	Clerk  string   `json:"clerk,omitempty"` // staff number, or a name in a hall without people
	Name   string   `json:"name,omitempty"`  // as the person was called then
	Holder string   `json:"holder,omitempty"`
}

// WindowPausedFact stops calls to a window.
type WindowPausedFact struct {
	Window WindowID    `json:"window"`
	Reason PauseReason `json:"reason"`
}

// WindowClosedFact ends its staffing.
type WindowClosedFact struct {
	Window WindowID `json:"window"`
}

// Kind names the command.
func (OpenWindow) Kind() string { return "window.open" }

// Kind names the command.
func (PauseWindow) Kind() string { return "window.pause" }

// Kind names the command.
func (CloseWindow) Kind() string { return "window.close" }

// seated finds the window of a seat and checks its lease. Only a device at the window, a manager and a script may act for whoever holds it.
func (h *Hall) seated(s Seat, when When) (*Window, *WindowSetup, error) {
	w := h.day.windows[s.Window]
	for i := range h.cfg.WindowSetup {
		setup := &h.cfg.WindowSetup[i]
		if setup.ID != s.Window || w == nil {
			continue
		}
		other := s.Holder != w.Holder
		if s.Holder == "" && when.By.Role != Clerk {
			other = false
		}
		if w.Holder != "" && other {
			return nil, nil, Refuse(WindowStaffed, "window %s is held by another session of %s: take it over first", w.ID, w.shown())
		}
		return w, setup, nil
	}
	return nil, nil, Refuse(UnknownWindow, "there is no window %q in this hall", s.Window)
}

// staffed finds the window of a seat where tickets are called and served.
func (h *Hall) staffed(s Seat, when When) (*Window, *WindowSetup, error) {
	w, setup, err := h.seated(s, when)
	if h.day.id == "" {
		return nil, nil, errDayNotOpen()
	}
	if err != nil {
		return nil, nil, err
	}
	if w.State == WindowClosed {
		return nil, nil, Refuse(WindowNotOpen, "window %s is closed: open it first", w.ID)
	}
	return w, setup, nil
}

// occupied finds the ticket that is called or served at the window of a seat.
func (h *Hall) occupied(s Seat, when When) (*Window, *Ticket, error) {
	w, _, err := h.staffed(s, when)
	if err != nil {
		return nil, nil, err
	}
	t := h.day.tickets[w.Ticket]
	if t == nil {
		return nil, nil, Refuse(WindowIdle, "no ticket is at window %s: call one first", w.ID)
	}
	return w, t, nil
}

func (c OpenWindow) decide(h *Hall, when When) ([]Fact, error) {
	seat := c.Seat
	if c.TakeOver {
		seat.Holder, when.By.Role = "", Script
	}
	w, _, err := h.seated(seat, when)
	if err != nil {
		return nil, err
	}
	if h.day.id == "" {
		return nil, errDayNotOpen()
	}
	f := WindowOpened{Window: w.ID, Holder: c.Holder}
	if f.Holder == "" && !c.TakeOver {
		f.Holder = w.Holder
	}
	if f.Clerk, f.Name, err = h.staff(c.Clerk, w, when.By, c.TakeOver); err != nil {
		return nil, err
	}
	if w.State == WindowOpen && w.Clerk == f.Clerk && w.Holder == f.Holder {
		return nil, nil
	}
	return []Fact{f}, nil
}

// staff finds who is to sit at a window: the person named, or the one who sits there unless somebody takes it over, or the one who asks, or the only one whose
// place it is.
func (h *Hall) staff(named string, w *Window, by Actor, takeOver bool) (clerk, name string, err error) {
	sits := w.Clerk
	if takeOver {
		sits = ""
	}
	if len(h.cfg.People) == 0 {
		for _, n := range []string{named, sits, by.Name, w.Clerk} {
			if !blank(n) {
				return n, "", nil
			}
		}
		return "", "", nil
	}
	if named == "" {
		named = sits
	}
	if p, ok := h.cfg.Person(PersonID(by.Name)); named == "" && ok {
		named = string(p.ID)
	}
	if named == "" {
		var here []PersonID
		for i := range h.cfg.People {
			if slices.Contains(h.cfg.People[i].Windows, w.ID) {
				here = append(here, h.cfg.People[i].ID)
			}
		}
		if len(here) != 1 {
			return "", "", Refuse(PersonNeeded, "say who works at window %s: %d people are set up for it", w.ID, len(here))
		}
		named = string(here[0])
	}
	p, ok := h.cfg.Person(PersonID(named))
	if !ok { // a name is as good as a number, where it is one person's only
		at := slices.IndexFunc(h.cfg.People, func(p Person) bool { return p.Name == named })
		if at < 0 || slices.ContainsFunc(h.cfg.People[at+1:], func(p Person) bool { return p.Name == named }) {
			return "", "", Refuse(UnknownPerson, "nobody here has the staff number %q: choose a person of this hall", named)
		}
		p = &h.cfg.People[at]
	}
	if !p.mayOpen(w.ID) {
		return "", "", Refuse(NotYourWindow, "%s works at %v, not at window %s", p.Name, p.Windows, w.ID)
	}
	return string(p.ID), p.Name, nil
}

// reopen ends a pause without changing who sits there.
func (h *Hall) reopen(w *Window, s Seat) []Fact {
	holder := w.Holder
	if s.Holder != "" {
		holder = s.Holder
	}
	return []Fact{WindowOpened{Window: w.ID, Clerk: w.Clerk, Name: w.Name, Holder: holder}}
}

func (f WindowOpened) apply(h *Hall, e Event) {
	w := h.window(f.Window)
	w.State, w.Pause, w.Clerk, w.Name, w.Holder, w.Since = WindowOpen, "", f.Clerk, f.Name, f.Holder, e.At
}

func (c PauseWindow) decide(h *Hall, when When) ([]Fact, error) {
	w, _, err := h.seated(c.Seat, when)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(PauseReasons(), c.Reason) {
		return nil, Refuse(ReasonNeeded, "a pause needs its reason: one of %v", PauseReasons())
	}
	if w.State == WindowClosed {
		return nil, Refuse(WindowNotOpen, "window %s is closed: open it first", w.ID)
	}
	if w.State == WindowPaused && w.Pause == c.Reason {
		return nil, nil
	}
	return []Fact{WindowPausedFact{Window: w.ID, Reason: c.Reason}}, nil
}

func (f WindowPausedFact) apply(h *Hall, e Event) {
	w := h.window(f.Window)
	w.State, w.Pause, w.Since = WindowPaused, f.Reason, e.At
}

func (c CloseWindow) decide(h *Hall, when When) ([]Fact, error) {
	w, _, err := h.seated(c.Seat, when)
	if err != nil {
		return nil, err
	}
	if w.Ticket != "" {
		return nil, Refuse(WindowBusy, "ticket %s is still at window %s: finish it or give it back first", h.day.tickets[w.Ticket].Number, w.ID)
	}
	if len(w.Held) > 0 {
		return nil, Refuse(HoldsTickets, "window %s holds %d tickets: resume and finish them first", w.ID, len(w.Held))
	}
	if w.State == WindowClosed {
		return nil, nil
	}
	return []Fact{WindowClosedFact{Window: w.ID}}, nil
}

func (f WindowClosedFact) apply(h *Hall, e Event) {
	w := h.window(f.Window)
	*w = Window{ID: w.ID, State: WindowClosed, Since: e.At, Last: w.Last, LastEnded: w.LastEnded}
}

// shown is who sits at the window, as people read it.
func (w *Window) shown() string {
	if w.Name != "" {
		return w.Name
	}
	return w.Clerk
}

// Kind names the fact where it is stored and sent.
func (WindowOpened) Kind() string { return "window.opened" }

// Tickets lists none.
func (WindowOpened) Tickets() []TicketID { return nil }

// Where is the window.
func (f WindowOpened) Where() WindowID { return f.Window }

// Public leaves out the session that holds the window.
func (f WindowOpened) Public() Fact { f.Holder = ""; return f }

// Kind names the fact where it is stored and sent.
func (WindowPausedFact) Kind() string { return "window.paused" }

// Tickets lists none.
func (WindowPausedFact) Tickets() []TicketID { return nil }

// Where is the window.
func (f WindowPausedFact) Where() WindowID { return f.Window }

// Public is the whole fact.
func (f WindowPausedFact) Public() Fact { return f }

// Kind names the fact where it is stored and sent.
func (WindowClosedFact) Kind() string { return "window.closed" }

// Tickets lists none.
func (WindowClosedFact) Tickets() []TicketID { return nil }

// Where is the window.
func (f WindowClosedFact) Where() WindowID { return f.Window }

// Public is the whole fact.
func (f WindowClosedFact) Public() Fact { return f }
