package queue

import "slices"

// Serve records that the citizen is at the window.
type Serve struct{ Seat }

// Finish ends the service with an outcome. A called ticket is taken to have been served from the call on.
type Finish struct {
	Seat
	Outcome Outcome // empty: not stated
	Item    ItemID  // what it was about, where the ticket was issued for a queue only, or for another item
	Note    string
	Next    bool // and call the next ticket, if somebody waits and the window is not to pause
}

// Hold lays the ticket being served aside at its window.
type Hold struct {
	Seat
	Reason string
}

// Resume goes on serving a held ticket of the window. With an empty Ticket it ends the window's pause, or where there is none goes on with the ticket held
// longest. The window must have no other ticket.
type Resume struct {
	Seat
	Ticket TicketID
}

// TicketServing says that the citizen is at the window, for the first time or again after a hold.
type TicketServing struct {
	Ticket TicketID `json:"ticket"`
	Window WindowID `json:"window"`
	Resume bool     `json:"resume,omitempty"`
}

// TicketDone ends a service.
type TicketDone struct {
	Ticket     TicketID `json:"ticket"`
	Window     WindowID `json:"window"`
	Outcome    Outcome  `json:"outcome"`
	Item       ItemID   `json:"item,omitempty"` // what it was about, where the clerk said so
	ItemName   string   `json:"item_name,omitempty"`
	ItemNameEn string   `json:"item_name_en,omitempty"`
	Note       string   `json:"note,omitempty"`
}

// TicketHeld lays a ticket aside.
type TicketHeld struct {
	Ticket TicketID `json:"ticket"`
	Window WindowID `json:"window"`
	Reason string   `json:"reason,omitempty"`
}

// Kind names the command.
func (Serve) Kind() string { return "window.serve" }

// Kind names the command.
func (Finish) Kind() string { return "window.finish" }

// Kind names the command.
func (Hold) Kind() string { return "window.hold" }

// Kind names the command.
func (Resume) Kind() string { return "window.resume" }

func (c Serve) decide(h *Hall, when When) ([]Fact, error) {
	w, t, err := h.occupied(c.Seat, when)
	if err != nil {
		return nil, err
	}
	if err := moveServe.of(t); err != nil {
		return nil, err
	}
	return []Fact{TicketServing{Ticket: t.ID, Window: w.ID}}, nil
}

func (f TicketServing) apply(h *Hall, e Event) {
	t := h.edit(f.Ticket)
	w := h.window(f.Window)
	w.Held = slices.DeleteFunc(slices.Clone(w.Held), func(id TicketID) bool { return id == t.ID })
	w.Ticket = t.ID
	if t.Served.IsZero() {
		t.Served = e.At
	}
	h.become(t, Serving, e.At)
	h.arrived(t.ID)
}

func (c Finish) decide(h *Hall, when When) ([]Fact, error) {
	w, t, err := h.occupied(c.Seat, when)
	if err != nil {
		return nil, err
	}
	if c.Outcome == "" {
		c.Outcome = NotStated
	}
	if !slices.Contains(Outcomes(), c.Outcome) {
		return nil, Refuse(BadOutcome, "%q is no outcome: one of %v", c.Outcome, Outcomes())
	}
	if c.Outcome.NeedsNote() && blank(c.Note) {
		return nil, Refuse(ReasonNeeded, "outcome %s needs its reason in words", c.Outcome)
	}
	if err := moveFinish.of(t); err != nil {
		return nil, err
	}
	done := TicketDone{Ticket: t.ID, Window: w.ID, Outcome: c.Outcome, Note: c.Note}
	if c.Item != "" {
		at := slices.IndexFunc(h.cfg.Items, func(it Item) bool { return it.ID == c.Item })
		if at < 0 {
			return nil, Refuse(UnknownItem, "there is no item %q in this hall", c.Item)
		}
		done.Item, done.ItemName, done.ItemNameEn = c.Item, h.cfg.Items[at].Name, h.cfg.Items[at].NameEn
	}
	facts := []Fact{done}
	if c.Next && w.State == WindowOpen {
		if _, setup, err := h.staffed(c.Seat, when); err == nil {
			if f, ok := h.nextFor(w, setup, when); ok {
				facts = append(facts, f)
			}
		}
	}
	return facts, nil
}

func (f TicketDone) apply(h *Hall, e Event) {
	t := h.edit(f.Ticket)
	if t.Served.IsZero() {
		t.Served = t.CalledAt
	}
	t.Outcome, t.Note = f.Outcome, f.Note
	if f.Item != "" {
		t.Item, t.ItemName, t.ItemNameEn = f.Item, f.ItemName, f.ItemNameEn
	}
	h.leave(t)
	w := h.window(f.Window)
	w.Last, w.LastEnded = t.ID, e.At
	h.day.done[f.Window]++
	h.become(t, Done, e.At)
}

func (c Hold) decide(h *Hall, when When) ([]Fact, error) {
	w, t, err := h.occupied(c.Seat, when)
	if err != nil {
		return nil, err
	}
	if err := moveHold.of(t); err != nil {
		return nil, err
	}
	if len(w.Held) >= h.cfg.Policy.HoldLimit {
		return nil, Refuse(HoldLimit, "window %s holds %d tickets already: finish one of them first", w.ID, len(w.Held))
	}
	return []Fact{TicketHeld{Ticket: t.ID, Window: w.ID, Reason: c.Reason}}, nil
}

func (f TicketHeld) apply(h *Hall, e Event) {
	t := h.edit(f.Ticket)
	w := h.window(f.Window)
	h.leave(t)
	w.Held = append(slices.Clone(w.Held), t.ID)
	h.become(t, Held, e.At)
}

func (c Resume) decide(h *Hall, when When) ([]Fact, error) {
	w, _, err := h.staffed(c.Seat, when)
	if err != nil {
		return nil, err
	}
	if c.Ticket == "" && w.State == WindowPaused {
		return h.reopen(w, c.Seat), nil
	}
	if w.Ticket != "" {
		return nil, h.free(w)
	}
	id := c.Ticket
	if byNumber, ok := h.day.numbers[string(id)]; ok {
		id = byNumber
	}
	if id == "" && len(w.Held) > 0 {
		id = w.Held[0]
	}
	if !slices.Contains(w.Held, id) {
		return nil, Refuse(UnknownTicket, "window %s holds no such ticket", w.ID)
	}
	if err := moveResume.of(h.day.tickets[id]); err != nil {
		return nil, err
	}
	return []Fact{TicketServing{Ticket: id, Window: w.ID, Resume: true}}, nil
}

// Kind names the fact where it is stored and sent.
func (TicketServing) Kind() string { return "ticket.serving" }

// Tickets lists the ticket.
func (f TicketServing) Tickets() []TicketID { return []TicketID{f.Ticket} }

// Where is the window.
func (f TicketServing) Where() WindowID { return f.Window }

// Public is the whole fact.
func (f TicketServing) Public() Fact { return f }

// Kind names the fact where it is stored and sent.
func (TicketDone) Kind() string { return "ticket.done" }

// Tickets lists the ticket.
func (f TicketDone) Tickets() []TicketID { return []TicketID{f.Ticket} }

// Where is the window.
func (f TicketDone) Where() WindowID { return f.Window }

// Public leaves out the reason in words.
func (f TicketDone) Public() Fact { f.Note = ""; return f }

// Kind names the fact where it is stored and sent.
func (TicketHeld) Kind() string { return "ticket.held" }

// Tickets lists the ticket.
func (f TicketHeld) Tickets() []TicketID { return []TicketID{f.Ticket} }

// Where is the window.
func (f TicketHeld) Where() WindowID { return f.Window }

// Public leaves out the reason in words.
func (f TicketHeld) Public() Fact { f.Reason = ""; return f }
