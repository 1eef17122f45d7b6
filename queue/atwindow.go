package queue

import (
	"fmt"
	"slices"
	"time"
)

// seated finds the window of a seat and checks its lease.
func (h *Hall) seated(s Seat) (*Window, *WindowSetup, error) {
	w := h.windows[s.Window]
	for i := range h.cfg.WindowSetup {
		if setup := &h.cfg.WindowSetup[i]; setup.ID == s.Window && w != nil {
			if s.Holder != "" && w.Holder != "" && s.Holder != w.Holder {
				return nil, nil, Refuse(WindowStaffed, "window %s is held by another session of %s: take it over first", w.ID, w.Clerk)
			}
			return w, setup, nil
		}
	}
	return nil, nil, Refuse(UnknownWindow, "there is no window %q in this hall", s.Window)
}

func (h *Hall) openWindow(c OpenWindow) ([]Fact, error) {
	seat := c.Seat
	if c.TakeOver {
		seat.Holder = ""
	}
	w, _, err := h.seated(seat)
	if err != nil {
		return nil, err
	}
	if h.day == "" {
		return nil, Refuse(DayNotOpen, "no service day is open: open the day first")
	}
	clerk, holder := c.Clerk, c.Holder
	if clerk == "" {
		clerk = w.Clerk
	}
	if holder == "" && !c.TakeOver {
		holder = w.Holder
	}
	if w.State == WindowOpen && w.Clerk == clerk && w.Holder == holder {
		return nil, nil
	}
	return []Fact{WindowOpened{Window: w.ID, Clerk: clerk, Holder: holder}}, nil
}

func (h *Hall) pauseWindow(c PauseWindow) ([]Fact, error) {
	w, _, err := h.seated(c.Seat)
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

func (h *Hall) closeWindow(c CloseWindow) ([]Fact, error) {
	w, _, err := h.seated(c.Seat)
	if err != nil {
		return nil, err
	}
	if w.Ticket != "" {
		return nil, Refuse(WindowBusy, "ticket %s is still at window %s: finish it or give it back first", h.tickets[w.Ticket].Number, w.ID)
	}
	if len(w.Held) > 0 {
		return nil, Refuse(HoldsTickets, "window %s holds %d tickets: resume and finish them first", w.ID, len(w.Held))
	}
	if w.State == WindowClosed {
		return nil, nil
	}
	return []Fact{WindowClosedFact{Window: w.ID}}, nil
}

// decideAtWindow decides what is done with tickets at a staffed window.
func (h *Hall) decideAtWindow(cmd Command, now time.Time) ([]Fact, error) {
	seat, ok := seatOf(cmd)
	if !ok {
		return nil, fmt.Errorf("decide: %T is no command of the hall", cmd)
	}
	w, setup, err := h.seated(seat)
	if err != nil {
		return nil, err
	}
	if w.State == WindowClosed {
		return nil, Refuse(WindowNotOpen, "window %s is closed: open it first", w.ID)
	}
	switch c := cmd.(type) {
	case CallNext:
		return h.callNext(w, setup)
	case CallTicket:
		return h.callTicket(w, setup, c)
	case UndoMiss:
		return h.undoMiss(w, now)
	case Resume:
		return h.resume(w, c)
	}
	t := h.tickets[w.Ticket]
	if t == nil {
		return nil, Refuse(WindowIdle, "no ticket is at window %s: call one first", w.ID)
	}
	switch c := cmd.(type) {
	case Recall:
		if t.State != Called {
			return nil, illegal(t, "called again")
		}
		if t.Calls >= h.cfg.Policy.RecallLimit {
			return nil, Refuse(RecallLimit, "ticket %s was called %d times: serve it or declare it missed", t.Number, t.Calls)
		}
		return []Fact{TicketRecalled{Ticket: t.ID, Window: w.ID, Calls: t.Calls + 1}}, nil
	case Serve:
		if t.State != Called {
			return nil, illegal(t, "served again")
		}
		return []Fact{TicketServing{Ticket: t.ID, Window: w.ID}}, nil
	case Finish:
		if !slices.Contains(Outcomes(), c.Outcome) {
			return nil, Refuse(BadOutcome, "%q is no outcome: one of %v", c.Outcome, Outcomes())
		}
		if c.Outcome.NeedsNote() && c.Note == "" {
			return nil, Refuse(ReasonNeeded, "outcome %s needs its reason in words", c.Outcome)
		}
		return []Fact{TicketDone{Ticket: t.ID, Window: w.ID, Outcome: c.Outcome, Note: c.Note}}, nil
	case NoShow:
		if t.State != Called {
			return nil, illegal(t, "missed")
		}
		if t.Calls < h.cfg.Policy.MissAfter && !c.Force {
			return nil, Refuse(NotYetMissed, "ticket %s was called %d of %d times: call it again, or confirm that nobody came", t.Number, t.Calls, h.cfg.Policy.MissAfter)
		}
		return []Fact{TicketMissed{Ticket: t.ID, Window: w.ID}}, nil
	case Hold:
		if t.State != Serving {
			return nil, illegal(t, "held")
		}
		if len(w.Held) >= h.cfg.Policy.HoldLimit {
			return nil, Refuse(HoldLimit, "window %s holds %d tickets already: finish one of them first", w.ID, len(w.Held))
		}
		return []Fact{TicketHeld{Ticket: t.ID, Window: w.ID, Reason: c.Reason}}, nil
	case Transfer:
		return h.transfer(w, t, c)
	case GiveBack:
		if t.State != Called {
			return nil, illegal(t, "given back")
		}
		return []Fact{TicketQueued{Ticket: t.ID, Cause: GivenBack, Reason: c.Reason}}, nil
	default:
		return nil, fmt.Errorf("decide: %T is no command of the hall", cmd)
	}
}

func seatOf(cmd Command) (Seat, bool) {
	switch c := cmd.(type) {
	case OpenWindow:
		return c.Seat, true
	case PauseWindow:
		return c.Seat, true
	case CloseWindow:
		return c.Seat, true
	case CallNext:
		return c.Seat, true
	case CallTicket:
		return c.Seat, true
	case Recall:
		return c.Seat, true
	case Serve:
		return c.Seat, true
	case Finish:
		return c.Seat, true
	case NoShow:
		return c.Seat, true
	case UndoMiss:
		return c.Seat, true
	case Hold:
		return c.Seat, true
	case Resume:
		return c.Seat, true
	case Transfer:
		return c.Seat, true
	case GiveBack:
		return c.Seat, true
	default:
		return Seat{}, false
	}
}

// free refuses a call while the window has a ticket or is paused.
func (h *Hall) free(w *Window) error {
	if w.Ticket != "" {
		t := h.tickets[w.Ticket]
		return Refuse(WindowBusy, "ticket %s is %s at window %s: finish it or declare it missed first", t.Number, t.State, w.ID)
	}
	if w.State != WindowOpen {
		return Refuse(WindowNotOpen, "window %s is paused: end the pause first", w.ID)
	}
	return nil
}

func (h *Hall) callNext(w *Window, setup *WindowSetup) ([]Fact, error) {
	if err := h.free(w); err != nil {
		return nil, err
	}
	t, why := h.next(setup.Queues)
	if t == nil {
		return nil, Refuse(NobodyWaiting, "nobody is waiting for window %s", w.ID)
	}
	return []Fact{TicketCalled{Ticket: t.ID, Window: w.ID, Clerk: w.Clerk, Why: why, Overtook: h.overtakes(t)}}, nil
}

func (h *Hall) callTicket(w *Window, setup *WindowSetup, c CallTicket) ([]Fact, error) {
	if err := h.free(w); err != nil {
		return nil, err
	}
	t, err := h.ticket(c.Ticket)
	if err != nil {
		return nil, err
	}
	if c.Reason == "" {
		return nil, Refuse(ReasonNeeded, "calling ticket %s out of turn needs a reason", t.Number)
	}
	if t.State != Waiting && t.State != Missed {
		return nil, illegal(t, "called")
	}
	if !slices.Contains(setup.Queues, t.Queue) {
		return nil, Refuse(NotServedHere, "window %s does not serve queue %s of ticket %s", w.ID, t.Queue, t.Number)
	}
	return []Fact{TicketCalled{Ticket: t.ID, Window: w.ID, Clerk: w.Clerk, Why: Direct, Note: c.Reason, Overtook: h.overtakes(t)}}, nil
}

func (h *Hall) undoMiss(w *Window, now time.Time) ([]Fact, error) {
	if w.Ticket != "" {
		return nil, h.free(w)
	}
	t := h.tickets[w.Missed]
	if t == nil || t.State != Missed || t.Window != w.ID || now.Sub(t.Ended) > h.cfg.Policy.UndoMissWithin {
		return nil, Refuse(NothingToUndo, "window %s has no miss that can still be undone", w.ID)
	}
	return []Fact{TicketCalled{Ticket: t.ID, Window: w.ID, Clerk: w.Clerk, Why: Undone}}, nil
}

func (h *Hall) resume(w *Window, c Resume) ([]Fact, error) {
	if w.Ticket != "" {
		return nil, h.free(w)
	}
	id := c.Ticket
	if id == "" && len(w.Held) > 0 {
		id = w.Held[0]
	}
	if !slices.Contains(w.Held, id) {
		return nil, Refuse(UnknownTicket, "window %s holds no such ticket", w.ID)
	}
	return []Fact{TicketServing{Ticket: id, Window: w.ID, Resume: true}}, nil
}

func (h *Hall) transfer(w *Window, t *Ticket, c Transfer) ([]Fact, error) {
	if t.State != Serving {
		return nil, illegal(t, "transferred")
	}
	if _, err := h.queue(c.Queue); err != nil {
		return nil, err
	}
	if err := h.item(c.Item, c.Queue); err != nil {
		return nil, err
	}
	if t.Leg >= h.cfg.Policy.LegLimit {
		return nil, Refuse(LegLimit, "ticket %s was sent on %d times: settle it here or call the chief representative", t.Number, t.Leg)
	}
	next := TicketID(fmt.Sprintf("%s.%d", t.Visit, t.Leg+1))
	return []Fact{TicketTransferred{Ticket: t.ID, Window: w.ID, Next: next, Queue: c.Queue, Item: c.Item, Reason: c.Reason}}, nil
}
