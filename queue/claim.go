package queue

// AnswerClaim answers a class that was claimed at a kiosk, once somebody has seen the evidence, or has not: the ticket takes its place by that class, or
// keeps the one it has. The evidence is not stored.
type AnswerClaim struct {
	hallwide
	Ticket  TicketID `json:"-"`
	Granted bool     `json:"granted"`
}

// ClaimAnswered says what became of a claim. Class is the one that was claimed.
type ClaimAnswered struct {
	Ticket  TicketID `json:"ticket"`
	Class   Class    `json:"class"`
	Granted bool     `json:"granted"`
}

func (c AnswerClaim) decide(h *Hall, _ When) ([]Fact, error) {
	t, err := h.ticket(c.Ticket)
	switch {
	case err != nil:
		return nil, err
	case t.Claim == "":
		return nil, Refuse(NoClaim, "ticket %s waits by no claim that could be confirmed", t.Number)
	case t.State != Waiting && t.State != Issued && t.State != Missed:
		return nil, move{name: "given another class"}.of(t)
	}
	if c.Granted {
		if _, err := h.class(t.Claim); err != nil {
			return nil, err
		}
	}
	return []Fact{ClaimAnswered{Ticket: t.ID, Class: t.Claim, Granted: c.Granted}}, nil
}

func (f ClaimAnswered) apply(h *Hall, _ Event) {
	h.requeue(h.edit(f.Ticket), func(t *Ticket) {
		t.Claim = ""
		if f.Granted {
			t.Class = f.Class
		}
	})
}

// asked is the class by which a new ticket waits where this one is asked for, and the class that is claimed if it is pending.
func (h *Hall) asked(class Class, by Role, proved bool) (waits, claim Class, err error) {
	s, err := h.class(class)
	if err != nil {
		return "", "", err
	}
	pending, err := s.given(by, proved)
	if pending {
		return Ordinary, class, err
	}
	return class, "", err
}

// Kind names the command.
func (AnswerClaim) Kind() string { return "ticket.answer-claim" }

// Kind names the fact where it is stored and sent.
func (ClaimAnswered) Kind() string { return "ticket.claim-answered" }

// Tickets lists the ticket.
func (f ClaimAnswered) Tickets() []TicketID { return []TicketID{f.Ticket} }

// Where is no window.
func (ClaimAnswered) Where() WindowID { return "" }

// Public is nothing: what somebody claimed is between them and the staff.
func (ClaimAnswered) Public() Fact { return nil }
