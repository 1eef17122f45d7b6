package queue

import (
	"slices"
	"time"
)

// Apply makes an event part of the hall. It cannot fail: an event that was stored happened.
func (h *Hall) Apply(e Event) {
	h.seq = e.Seq
	if e.At.After(h.at) {
		h.at = e.At
	}
	switch f := e.Fact.(type) {
	case Configured:
		h.setUp(f.Config)
	case DayOpened:
		h.startDay(f.Day)
	case DayClosed:
		h.day = ""
		h.jobs = slices.DeleteFunc(h.jobs, func(j PrintJob) bool { return j.State == PrintPending })
	case TicketIssued:
		h.issued(e, f)
	case BandWarned:
		h.series[f.Queue].Warned = true
	case BandExtended:
		s := h.series[f.Queue]
		s.Prefix, s.Width, s.Next, s.Last, s.Beyond = f.Prefix, f.Width, f.Next, f.Last, true
	case WindowOpened:
		w := h.windows[f.Window]
		w.State, w.Pause, w.Clerk, w.Holder, w.Since = WindowOpen, "", f.Clerk, f.Holder, e.At
	case WindowPausedFact:
		w := h.windows[f.Window]
		w.State, w.Pause, w.Since = WindowPaused, f.Reason, e.At
	case WindowClosedFact:
		w := h.windows[f.Window]
		*w = Window{ID: w.ID, State: WindowClosed, Since: e.At, Last: w.Last}
	case PrintQueued, PrintStarted, PrintEnded:
		h.applyPrint(e)
	default:
		h.applyTicket(e)
	}
}

func (h *Hall) setUp(c Config) {
	h.cfg = &c
	for _, s := range c.WindowSetup {
		if h.windows[s.ID] == nil {
			h.windows[s.ID] = &Window{ID: s.ID, State: WindowClosed}
		}
	}
	for id := range h.windows {
		if !slices.ContainsFunc(c.WindowSetup, func(s WindowSetup) bool { return s.ID == id }) {
			delete(h.windows, id)
		}
	}
	for _, q := range c.Queues {
		s := h.series[q.ID]
		switch {
		case s == nil || s.Issued == 0:
			h.series[q.ID] = &series{Prefix: q.Prefix, Width: q.Width, Next: q.First, Last: q.Last}
		case !s.Beyond:
			s.Last, s.Width = q.Last, max(s.Width, q.Width) // numbers already given stay given
		}
	}
}

// startDay drops what earlier days left in memory: their tickets are final and stand in the store.
func (h *Hall) startDay(day string) {
	h.day = day
	h.days[day] = true
	h.tickets = map[TicketID]*Ticket{}
	h.lines = map[QueueID]*line{}
	h.series = map[QueueID]*series{}
	h.done = map[WindowID]int{}
	h.calls = nil
	for _, q := range h.cfg.Queues {
		h.series[q.ID] = &series{Prefix: q.Prefix, Width: q.Width, Next: q.First, Last: q.Last}
	}
	for id := range h.windows {
		h.windows[id] = &Window{ID: id, State: WindowClosed}
	}
}

func (h *Hall) issued(e Event, f TicketIssued) {
	h.ordinal++
	s := h.series[f.Queue]
	s.Next++
	s.Issued++
	t := &Ticket{ID: f.Ticket, Number: f.Number, Visit: VisitID(f.Ticket), Leg: 1, Queue: f.Queue, Item: f.Item, Class: f.Class, Ordinal: h.ordinal, Issued: e.At}
	if f.State == Waiting {
		t.Queued = e.At
	}
	h.tickets[t.ID] = t
	h.become(t, f.State, e.At)
}

func (h *Hall) applyPrint(e Event) {
	switch f := e.Fact.(type) {
	case PrintQueued:
		h.jobs = append(h.jobs, PrintJob{ID: f.Job, Ticket: f.Ticket, Printer: f.Printer, Copy: f.Copy, State: PrintPending})
		if t := h.tickets[f.Ticket]; t != nil {
			t.Print, t.Printer, t.Prints, t.Problem = PrintPending, f.Printer, f.Copy, ""
			h.undue(t.ID)
		}
	case PrintStarted:
		if i := h.jobAt(f.Job); i >= 0 {
			h.jobs[i].State = PrintPrinting
		}
		if t := h.tickets[f.Ticket]; t != nil {
			t.Print = PrintPrinting
		}
	case PrintEnded:
		if i := h.jobAt(f.Job); i >= 0 {
			h.jobs = slices.Delete(slices.Clone(h.jobs), i, i+1)
		}
		t := h.tickets[f.Ticket]
		if t == nil {
			return
		}
		t.Print, t.Problem = f.Result, f.Problem
		if t.State == Issued && f.Result != PrintPrinted {
			h.undue(t.ID)
			h.due = append(h.due, t.ID)
			h.dueAt[t.ID] = e.At.Add(h.cfg.Policy.UnprovedGrace)
		}
	}
}

func (h *Hall) jobAt(id JobID) int {
	return slices.IndexFunc(h.jobs, func(j PrintJob) bool { return j.ID == id })
}

func (h *Hall) applyTicket(e Event) {
	switch f := e.Fact.(type) {
	case TicketQueued:
		t := h.tickets[f.Ticket]
		h.leave(t)
		if f.Cause == Returned {
			t.After, t.Ended = f.After, time.Time{}
			t.Returns++
			l := h.line(t.Queue)
			l.returning = append(l.returning, t)
		}
		if t.Queued.IsZero() {
			t.Queued = e.At
		}
		t.Calls = 0
		h.become(t, Waiting, e.At)
	case TicketEnded:
		t := h.tickets[f.Ticket]
		h.leave(t)
		t.Note = f.Reason
		h.become(t, f.State, e.At)
	case TicketCalled:
		h.called(e, f)
	case TicketRecalled:
		t := h.tickets[f.Ticket]
		t.Calls = f.Calls
		h.board(t, e)
	case TicketServing:
		t := h.tickets[f.Ticket]
		w := h.windows[f.Window]
		w.Held = slices.DeleteFunc(slices.Clone(w.Held), func(id TicketID) bool { return id == t.ID })
		w.Ticket = t.ID
		if t.Served.IsZero() {
			t.Served = e.At
		}
		h.become(t, Serving, e.At)
		h.arrived(t.ID)
	case TicketDone:
		t := h.tickets[f.Ticket]
		if t.Served.IsZero() {
			t.Served = t.CalledAt
		}
		t.Outcome, t.Note = f.Outcome, f.Note
		h.leave(t)
		h.windows[f.Window].Last = t.ID
		h.done[f.Window]++
		h.become(t, Done, e.At)
	case TicketMissed:
		t := h.tickets[f.Ticket]
		h.leave(t)
		h.windows[f.Window].Missed = t.ID
		h.become(t, Missed, e.At)
	case TicketHeld:
		t := h.tickets[f.Ticket]
		w := h.windows[f.Window]
		h.leave(t)
		w.Held = append(slices.Clone(w.Held), t.ID)
		h.become(t, Held, e.At)
	case TicketTransferred:
		h.transferred(e, f)
	case TicketRated:
		h.tickets[f.Ticket].Rating = f.Level
	}
}

// leave takes a ticket from its window, wherever it is there.
func (h *Hall) leave(t *Ticket) {
	w := h.windows[t.Window]
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

func (h *Hall) called(e Event, f TicketCalled) {
	t := h.tickets[f.Ticket]
	w := h.windows[f.Window]
	t.Window, t.Calls, t.CalledAt, t.Why, t.Overtook, t.After = f.Window, 1, e.At, f.Why, f.Overtook, 0
	t.Ended = t.Served // zero: it was missed before
	if f.Note != "" {
		t.Note = f.Note
	}
	w.Ticket, w.Missed, w.Last = t.ID, "", ""
	h.become(t, Called, e.At)
	if f.Why != Undone {
		h.countDown(t)
	}
	h.board(t, e)
}

// countDown lets the returned tickets of the queue come one call nearer.
func (h *Hall) countDown(t *Ticket) {
	l := h.line(t.Queue)
	l.returning = slices.DeleteFunc(l.returning, func(o *Ticket) bool {
		if o.State == Waiting && o.After > 0 {
			o.After--
		}
		return o.State != Waiting || o.After == 0
	})
}

// board puts a call on top of the hall board.
func (h *Hall) board(t *Ticket, e Event) {
	calls := make([]CallView, 0, CallsShown)
	calls = append(calls, CallView{Ticket: t.ID, Number: t.Number, Window: t.Window, Queue: t.Queue, Calls: t.Calls, At: e.At, Active: true})
	for _, c := range h.calls {
		if c.Ticket != t.ID && len(calls) < CallsShown {
			calls = append(calls, c)
		}
	}
	h.calls = calls
}

// arrived ends the asking of a call on the hall board.
func (h *Hall) arrived(id TicketID) {
	for i, c := range h.calls {
		if c.Ticket == id && c.Active {
			h.calls = slices.Clone(h.calls)
			h.calls[i].Active = false
			return
		}
	}
}

func (h *Hall) transferred(e Event, f TicketTransferred) {
	t := h.tickets[f.Ticket]
	h.leave(t)
	h.windows[f.Window].Last = t.ID
	h.done[f.Window]++
	t.Outcome = OtherWindow
	t.Note = f.Reason
	h.become(t, Transferred, e.At)
	n := &Ticket{ID: f.Next, Number: t.Number, Visit: t.Visit, Leg: t.Leg + 1, Queue: f.Queue, Item: f.Item, Class: t.Class, Ordinal: t.Ordinal, Issued: t.Issued, Queued: e.At}
	h.tickets[n.ID] = n
	h.become(n, Waiting, e.At)
}
