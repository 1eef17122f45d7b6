package queue

// Transfer ends this leg and lets the visit wait in another queue under the same number, with its arrival time kept as credit.
type Transfer struct {
	Seat
	Queue  QueueID // may be empty if Item is given: then it is the item's
	Item   ItemID
	Reason string
}

// TicketTransferred ends a leg and starts the next one: Next waits in Queue with the same number and ordinal.
type TicketTransferred struct {
	Ticket     TicketID `json:"ticket"`
	Window     WindowID `json:"window"`
	Next       TicketID `json:"next"`
	Queue      QueueID  `json:"queue"`
	Item       ItemID   `json:"item,omitempty"`
	ItemName   string   `json:"item_name,omitempty"`
	ItemNameEn string   `json:"item_name_en,omitempty"`
	Setup      uint64   `json:"setup,omitempty"`
	Reason     string   `json:"reason,omitempty"`
}

// Kind names the command.
func (Transfer) Kind() string { return "window.transfer" }

func (c Transfer) decide(h *Hall, when When) ([]Fact, error) {
	w, t, err := h.occupied(c.Seat, when)
	if err != nil {
		return nil, err
	}
	if err := moveTransfer.of(t); err != nil {
		return nil, err
	}
	q, item, err := h.business(c.Queue, c.Item)
	if err != nil {
		return nil, err
	}
	if t.Leg >= h.cfg.Policy.LegLimit {
		return nil, Refuse(LegLimit, "ticket %s was sent on %d times: settle it here or call the chief representative", t.Number, t.Leg)
	}
	f := TicketTransferred{Ticket: t.ID, Window: w.ID, Next: legID(t.Visit, t.Leg+1), Queue: q.ID, Setup: h.setupSeq, Reason: c.Reason}
	if item != nil {
		f.Item, f.ItemName, f.ItemNameEn = item.ID, item.Name, item.NameEn
	}
	return []Fact{f}, nil
}

func (f TicketTransferred) apply(h *Hall, e Event) {
	t := h.edit(f.Ticket)
	h.leave(t)
	w := h.window(f.Window)
	w.Last, w.LastEnded = t.ID, e.At
	h.day.done[f.Window]++
	t.Outcome = OtherWindow
	t.Note = f.Reason
	h.become(t, Transferred, e.At)
	n := &Ticket{ID: f.Next, Number: t.Number, Visit: t.Visit, Leg: t.Leg + 1, Queue: f.Queue, Item: f.Item, ItemName: f.ItemName, ItemNameEn: f.ItemNameEn,
		Setup: f.Setup, Person: t.Person, Class: t.Class, Claim: t.Claim, Quantity: t.Quantity, Ordinal: t.Ordinal, Issued: t.Issued, Queued: e.At}
	h.day.add(n)
	h.become(n, Waiting, e.At)
}

// Kind names the fact where it is stored and sent.
func (TicketTransferred) Kind() string { return "ticket.transferred" }

// Tickets lists the leg that ended and the one that begins.
func (f TicketTransferred) Tickets() []TicketID { return []TicketID{f.Ticket, f.Next} }

// Where is the window.
func (f TicketTransferred) Where() WindowID { return f.Window }

// Public leaves out the reason in words.
func (f TicketTransferred) Public() Fact { f.Reason = ""; return f }
