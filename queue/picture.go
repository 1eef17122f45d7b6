package queue

import "slices"

// View makes a picture of the hall as it is. It costs as much as the hall has queues and windows, however many tickets wait.
func (h *Hall) View() *View {
	v := &View{Seq: h.seq, Day: h.day, At: h.at, Config: h.cfg, Calls: h.calls, Jobs: slices.Clone(h.jobs)}
	if h.cfg == nil {
		return v
	}
	v.Queues = make([]QueueView, 0, len(h.cfg.Queues))
	for _, q := range h.cfg.Queues {
		v.Queues = append(v.Queues, h.queueView(q))
	}
	v.Windows = make([]WindowView, 0, len(h.cfg.WindowSetup))
	for i := range h.cfg.WindowSetup {
		v.Windows = append(v.Windows, h.windowView(&h.cfg.WindowSetup[i]))
	}
	return v
}

func (h *Hall) queueView(q Queue) QueueView {
	out := QueueView{ID: q.ID, Name: q.Name, NameEn: q.NameEn}
	if l := h.lines[q.ID]; l != nil {
		out.Waiting, out.Printing = l.count(), len(l.pending)
		var first *Ticket
		for _, list := range l.waiting {
			if len(list) > 0 && (first == nil || list[0].Ordinal < first.Ordinal) {
				first = list[0]
			}
		}
		if first != nil {
			out.Oldest = first.Issued
		}
	}
	s := h.series[q.ID]
	if s == nil || h.day == "" {
		return out
	}
	out.Issued = s.Issued
	at := *s
	if at.Next > at.Last {
		ext, ok := extend(&q, at)
		if !ok {
			return out
		}
		at.Prefix, at.Width, at.Next, at.Last = ext.Prefix, ext.Width, ext.Next, ext.Last
	}
	out.Left = at.Last - at.Next + 1
	out.Next = numberOf(at.Prefix, at.Width, at.Next)
	return out
}

func (h *Hall) windowView(s *WindowSetup) WindowView {
	w := h.windows[s.ID]
	out := WindowView{ID: w.ID, Name: s.Name, State: w.State, Pause: w.Pause, Clerk: w.Clerk, Since: w.Since, Queues: s.Queues, Done: h.done[w.ID],
		Rate: h.ratable(w), Holder: w.Holder}
	if t := h.tickets[w.Ticket]; t != nil {
		tv := ticketView(t)
		out.Ticket = &tv
	}
	for _, id := range w.Held {
		out.Held = append(out.Held, ticketView(h.tickets[id]))
	}
	if t := h.tickets[w.Missed]; t != nil && t.State == Missed && t.Window == w.ID && w.Ticket == "" {
		out.Undo = t.Number
	}
	return out
}

func ticketView(t *Ticket) TicketView {
	v := TicketView{ID: t.ID, Number: t.Number, Queue: t.Queue, State: t.State, Class: t.Class, Calls: t.Calls, Since: t.CalledAt, Why: t.Why}
	if t.State == Serving || t.State == Held {
		v.Since = t.Served
	}
	return v
}

// Answer is what a command that was just applied, or that changed nothing, leads to.
func (h *Hall) Answer(cmd Command) Answer {
	a := Answer{Seq: h.seq}
	ticket := func(id TicketID) {
		if t := h.tickets[id]; t != nil {
			c := *t
			a.Ticket, a.Ahead = &c, h.Ahead(id)
		}
	}
	window := func(id WindowID) *Window {
		w := h.windows[id]
		for i := range h.cfg.WindowSetup {
			if h.cfg.WindowSetup[i].ID == id && w != nil {
				v := h.windowView(&h.cfg.WindowSetup[i])
				a.Window = &v
			}
		}
		return w
	}
	switch c := cmd.(type) {
	case Issue:
		if s := h.series[c.Queue]; s != nil {
			ticket(TicketID(h.dayPrefix() + "-" + numberOf(s.Prefix, s.Width, s.Next-1)))
		}
	case Reprint:
		ticket(c.Ticket)
	case KeepWithoutPaper:
		ticket(c.Ticket)
	case Cancel:
		ticket(c.Ticket)
	case Return:
		ticket(c.Ticket)
	case Rate:
		ticket(c.Ticket)
	case RateWindow:
		if w := window(c.Window); w != nil {
			ticket(h.ratable(w))
		}
	default:
		seat, ok := seatOf(cmd)
		if !ok || h.cfg == nil {
			return a
		}
		w := window(seat.Window)
		if w == nil {
			return a
		}
		switch c := cmd.(type) {
		case NoShow:
			ticket(w.Missed)
		case Finish, Transfer:
			ticket(w.Last)
		case Hold:
			if n := len(w.Held); n > 0 {
				ticket(w.Held[n-1])
			}
		case CallTicket:
			ticket(c.Ticket)
		default:
			ticket(w.Ticket)
		}
	}
	return a
}
