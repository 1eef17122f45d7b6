package queue

// Reclassify changes the class of a ticket that is not called yet, for a stated reason: staff saw the evidence, or a claim was not right. It keeps its arrival.
type Reclassify struct {
	hallwide
	Ticket TicketID `json:"-"`
	Class  Class    `json:"class"`
	Reason string   `json:"reason"`
}

// TicketReclassified says by which class a ticket waits from now on.
type TicketReclassified struct {
	Ticket TicketID `json:"ticket"`
	Class  Class    `json:"class"`
	Reason string   `json:"reason"`
}

func (c Reclassify) decide(h *Hall, when When) ([]Fact, error) {
	t, err := h.ticket(c.Ticket)
	if err != nil {
		return nil, err
	}
	class, err := h.class(c.Class)
	if err == nil {
		_, err = class.given(when.By.Role, false)
	}
	switch {
	case err != nil:
		return nil, err
	case blank(c.Reason):
		return nil, Refuse(ReasonNeeded, "another class for ticket %s needs its reason", t.Number)
	case t.State != Waiting && t.State != Issued:
		return nil, move{name: "given another class"}.of(t)
	case t.Class == c.Class && t.Claim == "":
		return nil, nil
	}
	return []Fact{TicketReclassified{Ticket: t.ID, Class: c.Class, Reason: c.Reason}}, nil
}

func (c Reclassify) about() TicketID { return c.Ticket }

func (f TicketReclassified) apply(h *Hall, _ Event) {
	h.requeue(h.edit(f.Ticket), func(t *Ticket) { t.Class, t.Claim = f.Class, "" })
}

// Kind names the command.
func (Reclassify) Kind() string { return "ticket.reclassify" }

// Kind names the fact where it is stored and sent.
func (TicketReclassified) Kind() string { return "ticket.reclassified" }

// Tickets lists the ticket.
func (f TicketReclassified) Tickets() []TicketID { return []TicketID{f.Ticket} }

// Where is no window.
func (TicketReclassified) Where() WindowID { return "" }

// Public leaves out the reason in words.
func (f TicketReclassified) Public() Fact { f.Reason = ""; return f }
