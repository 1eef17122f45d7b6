package queue

// NoShow declares the called ticket missed. Refused before Policy.MissAfter calls, unless Force (the clerk confirmed it).
type NoShow struct {
	Seat
	Force bool
}

// UndoMiss takes back the window's last miss while it has no other ticket: the same ticket is called here once more, its place as before.
type UndoMiss struct{ Seat }

// Return puts a missed ticket back in line: after the next Policy.ReturnAfter others of its queue, at most Policy.ReturnLimit times.
type Return struct {
	hallwide
	Ticket TicketID
}

// TicketMissed says that nobody came.
type TicketMissed struct {
	Ticket TicketID `json:"ticket"`
	Window WindowID `json:"window"`
}

// Kind names the command.
func (NoShow) Kind() string { return "window.no-show" }

// Kind names the command.
func (UndoMiss) Kind() string { return "window.undo-miss" }

// Kind names the command.
func (Return) Kind() string { return "ticket.return" }

func (c NoShow) decide(h *Hall, when When) ([]Fact, error) {
	w, t, err := h.occupied(c.Seat, when)
	if err != nil {
		return nil, err
	}
	if err := moveMiss.of(t); err != nil {
		return nil, err
	}
	if t.Calls < h.cfg.Policy.MissAfter && !c.Force {
		return nil, Refuse(NotYetMissed, "ticket %s was called %d of %d times: call it again, or confirm that nobody came", t.Number, t.Calls, h.cfg.Policy.MissAfter)
	}
	return []Fact{TicketMissed{Ticket: t.ID, Window: w.ID}}, nil
}

func (f TicketMissed) apply(h *Hall, e Event) {
	t := h.edit(f.Ticket)
	h.leave(t)
	h.window(f.Window).Missed = t.ID
	t.Misses++
	h.become(t, Missed, e.At)
}

func (c UndoMiss) decide(h *Hall, when When) ([]Fact, error) {
	w, _, err := h.staffed(c.Seat, when)
	if err != nil {
		return nil, err
	}
	if err := h.free(w); err != nil { // a paused window calls nobody, not even by undoing
		return nil, err
	}
	t := h.day.tickets[w.Missed]
	if t == nil || moveUndoMiss.of(t) != nil || t.Window != w.ID || h.day.elapsed(t.Ended, when.Now) > h.cfg.Policy.UndoMissWithin {
		return nil, Refuse(NothingToUndo, "window %s has no miss that can still be undone", w.ID)
	}
	return []Fact{TicketCalled{Ticket: t.ID, Window: w.ID, Clerk: w.Clerk, Why: Undone, Calls: t.Calls + 1}}, nil
}

func (c Return) decide(h *Hall, _ When) ([]Fact, error) {
	t, err := h.ticket(c.Ticket)
	if err != nil {
		return nil, err
	}
	if err := moveReturn.of(t); err != nil {
		return nil, err
	}
	if t.Returns >= h.cfg.Policy.ReturnLimit {
		return nil, Refuse(ReturnLimit, "ticket %s came back %d times already: take a new number", t.Number, t.Returns)
	}
	if err := h.served(t.Queue); err != nil {
		return nil, err
	}
	return []Fact{TicketQueued{Ticket: t.ID, Cause: Returned, After: h.cfg.Policy.ReturnAfter}}, nil
}

// Kind names the fact where it is stored and sent.
func (TicketMissed) Kind() string { return "ticket.missed" }

// Tickets lists the ticket.
func (f TicketMissed) Tickets() []TicketID { return []TicketID{f.Ticket} }

// Where is the window.
func (f TicketMissed) Where() WindowID { return f.Window }

// Public is the whole fact.
func (f TicketMissed) Public() Fact { return f }
