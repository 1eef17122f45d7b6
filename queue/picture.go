package queue

import (
	"maps"
	"slices"
	"time"
)

// View makes a picture of the hall as it is. It costs as much as the hall has queues and windows, however many tickets wait.
func (h *Hall) View() *View {
	v := &View{Seq: h.seq, Day: h.day.id, Date: h.day.date, Opened: h.day.opened, Closing: h.day.closing, Openings: h.day.openings, At: h.at, Config: h.cfg, Setup: h.setupSeq, Calls: h.day.calls,
		Jobs: slices.Clone(h.jobs), Zone: h.loc}
	if h.day.id == "" {
		v.Closing = zero
	}
	v.Late = h.day.late
	v.Locked = maps.Clone(h.book.locked)
	if p := h.day.paused; p != nil && h.day.id != "" {
		v.Paused = &IssuePaused{Reason: p.Reason, Rule: p.Rule}
	}
	if e := h.day.evacuation; e != nil {
		v.Evacuated, v.EvacuatedAt = &HallEvacuated{Reason: e.Reason}, e.Since
	}
	if h.cfg != nil {
		v.NextOpening, _ = h.nextOpening(h.at)
		v.Skips = h.skips()
	}
	if h.cfg == nil {
		return v
	}
	v.Queues = make([]QueueView, 0, len(h.cfg.Queues))
	unstaffed := h.unstaffed()
	for i := range h.cfg.Queues {
		q := &h.cfg.Queues[i]
		v.Queues = append(v.Queues, h.queueView(q, unstaffed[q.ID]))
	}
	v.Windows = make([]WindowView, 0, len(h.cfg.WindowSetup))
	for i := range h.cfg.WindowSetup {
		v.Windows = append(v.Windows, h.windowView(&h.cfg.WindowSetup[i]))
	}
	return v
}

// issuing is as much of a picture as the rules of issue look at.
func (h *Hall) issuing() *View {
	v := &View{Day: h.day.id, Date: h.day.date, Closing: h.day.closing, Openings: h.day.openings, Late: h.day.late, Config: h.cfg, Zone: h.loc}
	v.NextOpening, _ = h.nextOpening(h.at)
	return v
}

// queueView shows a queue; unstaffed is since when nobody sits at a window of it.
func (h *Hall) queueView(q *Queue, unstaffed time.Time) QueueView {
	out := QueueView{ID: q.ID, Name: q.Name, NameEn: q.NameEn}
	out.Waiting, out.Printing = h.day.pool.Len(string(q.ID))
	if first, ok := h.day.pool.Oldest(string(q.ID)); ok {
		out.Oldest = first.Arrived
	}
	s := h.day.series[q.ID]
	if s == nil || h.day.id == "" {
		return out
	}
	out.Issued = s.Issued
	out.More, out.Stopped, out.Quotas, out.Unstaffed = h.day.more[q.ID], h.day.stopped[q.ID], h.quotas(q), unstaffed
	if q.LastNumber != "" && q.LastNumber != LastOff { // only then anybody asks
		h.predict(&out)
	}
	at := *s
	if at.Next > at.Last {
		ext, ok := extend(q, at)
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
	w := h.day.windows[s.ID]
	out := WindowView{ID: w.ID, Name: s.Name, State: w.State, Pause: w.Pause, Clerk: w.shown(), ClerkID: PersonID(w.Clerk), Since: w.Since, Queues: s.Queues, Done: h.day.done[w.ID],
		Rate: h.ratable(w), Holder: w.Holder}
	if t := h.day.tickets[w.Ticket]; t != nil {
		tv := ticketView(t)
		out.Ticket = &tv
	}
	for _, id := range w.Held {
		out.Held = append(out.Held, ticketView(h.day.tickets[id]))
	}
	if t := h.day.tickets[w.Missed]; t != nil && t.State == Missed && t.Window == w.ID && w.Ticket == "" {
		out.Undo = t.Number
	}
	return out
}

func ticketView(t *Ticket) TicketView {
	v := TicketView{ID: t.ID, Number: t.Number, Queue: t.Queue, Item: t.Item, ItemName: t.ItemName, ItemNameEn: t.ItemNameEn, State: t.State, Class: t.Class, Calls: t.Calls, Since: t.CalledAt, Why: t.Why}
	if t.State == Serving || t.State == Held {
		v.Since = t.Served
	}
	return v
}
