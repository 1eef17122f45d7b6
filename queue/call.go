package queue

import "slices"

// CallNext calls the next ticket by the hall's policy. Refused while a ticket is called or served at the window.
type CallNext struct{ Seat }

// CallTicket calls one ticket out of turn, for a stated reason; it counts as overtaking. A missed ticket can be called so too.
type CallTicket struct {
	Seat
	Ticket TicketID
	Reason string
}

// Recall calls the window's ticket once more, up to Policy.RecallLimit calls in all.
type Recall struct{ Seat }

// GiveBack puts a called ticket back to its exact place: its window closed or lost its clerk before anybody came.
type GiveBack struct {
	Seat
	Reason string
}

// TicketCalled is a first call at a window, or with Calls the call that an undone miss goes on with. Why says by which rule, Overtook how many with an earlier
// place were passed over.
type TicketCalled struct {
	Ticket   TicketID `json:"ticket"`
	Window   WindowID `json:"window"`
	Clerk    string   `json:"clerk,omitempty"`
	Why      Reason   `json:"why"`
	Rule     string   `json:"rule,omitempty"` // the discipline by which the order was, as in queue/order
	Note     string   `json:"note,omitempty"`
	Overtook int      `json:"overtook,omitempty"`
	Calls    int      `json:"calls,omitempty"` // which call it is, where it is not the first
	Told     *Told    `json:"told,omitempty"`  // the same in numbers; absent in old logs, and where a call only undoes something
}

// TicketRecalled is the n-th call at the same window.
type TicketRecalled struct {
	Ticket TicketID `json:"ticket"`
	Window WindowID `json:"window"`
	Calls  int      `json:"calls"`
}

// Kind names the command.
func (CallNext) Kind() string { return "window.call" }

// Kind names the command.
func (CallTicket) Kind() string { return "window.call-ticket" }

// Kind names the command.
func (Recall) Kind() string { return "window.recall" }

// Kind names the command.
func (GiveBack) Kind() string { return "window.give-back" }

// free refuses a call while the window has a ticket or is paused.
func (h *Hall) free(w *Window) error {
	if h.day.evacuation != nil {
		return errEvacuated()
	}
	if w.Ticket != "" {
		t := h.day.tickets[w.Ticket]
		return Refuse(WindowBusy, "ticket %s is %s at window %s: finish it or declare it missed first", t.Number, t.State, w.ID)
	}
	if w.State != WindowOpen {
		return Refuse(WindowNotOpen, "window %s is paused: end the pause first", w.ID)
	}
	return nil
}

func (c CallNext) decide(h *Hall, when When) ([]Fact, error) {
	w, setup, err := h.staffed(c.Seat, when)
	if err != nil {
		return nil, err
	}
	if err := h.free(w); err != nil {
		return nil, err
	}
	f, ok := h.nextFor(w, setup, when)
	if !ok {
		return nil, Refuse(NobodyWaiting, "nobody is waiting for window %s", w.ID)
	}
	return []Fact{f}, nil
}

func (c CallTicket) decide(h *Hall, when When) ([]Fact, error) {
	w, setup, err := h.staffed(c.Seat, when)
	if err != nil {
		return nil, err
	}
	if err := h.free(w); err != nil {
		return nil, err
	}
	t, err := h.ticket(c.Ticket)
	if err != nil {
		return nil, err
	}
	if blank(c.Reason) {
		return nil, Refuse(ReasonNeeded, "calling ticket %s out of turn needs a reason", t.Number)
	}
	if err := moveDirect.of(t); err != nil {
		return nil, err
	}
	if !slices.Contains(setup.Queues, t.Queue) {
		return nil, Refuse(NotServedHere, "window %s does not serve queue %s of ticket %s", w.ID, t.Queue, t.Number)
	}
	over, passed := h.passing(t, setup)
	rules := h.rules()
	return []Fact{TicketCalled{Ticket: t.ID, Window: w.ID, Clerk: w.Clerk, Why: Direct, Note: c.Reason, Overtook: over,
		Told: h.told(t, rules, h.day.pool.Turn(rules, t.candidate()), passed, when).direct()}}, nil
}

func (f TicketCalled) apply(h *Hall, e Event) {
	t := h.edit(f.Ticket)
	w := h.window(f.Window)
	t.Window, t.Clerk, t.Calls, t.CalledAt, t.Why, t.Overtook = f.Window, PersonID(f.Clerk), max(1, f.Calls), e.At, f.Why, f.Overtook
	t.Rule, t.Told = "", f.Told
	if f.Told != nil { // an old log says too little
		t.Rule = f.Rule
	}
	h.turn(t, f.Told)
	if t.FirstCalled.IsZero() {
		t.FirstCalled = e.At
	}
	t.Ended = t.Served // zero: it was missed before
	if f.Note != "" {
		t.Note = f.Note
	}
	w.Ticket, w.Missed, w.Last, w.LastEnded = t.ID, "", "", zero
	if f.Why == Undone {
		t.Misses--
	} else {
		h.countDown(t)
	}
	t.After = 0
	h.become(t, Called, e.At)
	h.board(t, e)
}

func (c Recall) decide(h *Hall, when When) ([]Fact, error) {
	w, t, err := h.occupied(c.Seat, when)
	if err != nil {
		return nil, err
	}
	if err := moveRecall.of(t); err != nil {
		return nil, err
	}
	if t.Calls >= h.cfg.Policy.RecallLimit {
		return nil, Refuse(RecallLimit, "ticket %s was called %d times: serve it or declare it missed", t.Number, t.Calls)
	}
	return []Fact{TicketRecalled{Ticket: t.ID, Window: w.ID, Calls: t.Calls + 1}}, nil
}

func (f TicketRecalled) apply(h *Hall, e Event) {
	t := h.edit(f.Ticket)
	t.Calls = f.Calls
	h.board(t, e)
}

func (c GiveBack) decide(h *Hall, when When) ([]Fact, error) {
	_, t, err := h.occupied(c.Seat, when)
	if err != nil {
		return nil, err
	}
	if err := moveGiveBack.of(t); err != nil {
		return nil, err
	}
	return []Fact{TicketQueued{Ticket: t.ID, Cause: GivenBack, Reason: c.Reason}}, nil
}

// board puts a call on top of the hall board. Those who are still asked for stand before those who came, newest first; of the latter the oldest are
// forgotten, of the former none.
func (h *Hall) board(t *Ticket, e Event) {
	calls := []CallView{{Ticket: t.ID, Number: t.Number, Window: t.Window, Queue: t.Queue, Calls: t.Calls, At: e.At, Active: true}}
	for _, c := range h.day.calls {
		if c.Ticket != t.ID {
			calls = append(calls, c)
		}
	}
	h.day.calls = shown(calls)
}

// arrived ends the asking of a call on the hall board.
func (h *Hall) arrived(id TicketID) {
	i := slices.IndexFunc(h.day.calls, func(c CallView) bool { return c.Ticket == id && c.Active })
	if i < 0 {
		return
	}
	calls := slices.Clone(h.day.calls)
	calls[i].Active = false
	h.day.calls = shown(calls)
}

// shown orders calls as the board shows them and forgets those too many.
func shown(calls []CallView) []CallView {
	slices.SortStableFunc(calls, func(a, b CallView) int {
		if a.Active != b.Active {
			if a.Active {
				return -1
			}
			return 1
		}
		return b.At.Compare(a.At)
	})
	most := len(calls)
	for most > CallsShown && !calls[most-1].Active {
		most--
	}
	return calls[:most:most]
}

// leave takes a ticket from its window, wherever it is there.
func (h *Hall) leave(t *Ticket) {
	w := h.day.windows[t.Window]
	if w == nil {
		return
	}
	if w.Ticket == t.ID {
		w.Ticket = ""
	}
	if slices.Contains(w.Held, t.ID) {
		w.Held = slices.DeleteFunc(slices.Clone(w.Held), func(id TicketID) bool { return id == t.ID })
	}
	h.arrived(t.ID)
}

// Kind names the fact where it is stored and sent.
func (TicketCalled) Kind() string { return "ticket.called" }

// Tickets lists the ticket.
func (f TicketCalled) Tickets() []TicketID { return []TicketID{f.Ticket} }

// Where is the window.
func (f TicketCalled) Where() WindowID { return f.Window }

// Public leaves out the reason in words.
func (f TicketCalled) Public() Fact { f.Note = ""; return f }

// Kind names the fact where it is stored and sent.
func (TicketRecalled) Kind() string { return "ticket.recalled" }

// Tickets lists the ticket.
func (f TicketRecalled) Tickets() []TicketID { return []TicketID{f.Ticket} }

// Where is the window.
func (f TicketRecalled) Where() WindowID { return f.Window }

// Public is the whole fact.
func (f TicketRecalled) Public() Fact { return f }
