package sqlite

import "halld/queue"

// rules checks on the events alone, without the code that made them, what may never happen.
type rules struct {
	rep     *Report
	days    int
	day     queue.DayID
	numbers map[string]queue.TicketID         // of the service day
	issued  map[queue.TicketID]bool           // of all days
	at      map[queue.TicketID]queue.WindowID // tickets called or served, and where
	busy    map[queue.WindowID]queue.TicketID // the same, the other way round
}

func newRules(rep *Report) *rules {
	return &rules{
		rep: rep, numbers: make(map[string]queue.TicketID), issued: make(map[queue.TicketID]bool),
		at: make(map[queue.TicketID]queue.WindowID), busy: make(map[queue.WindowID]queue.TicketID),
	}
}

func (r *rules) see(e queue.Event) {
	switch f := e.Fact.(type) {
	case queue.DayOpened:
		r.days++
		r.day = f.Day
		clear(r.numbers)
	case queue.TicketIssued:
		if first, ok := r.numbers[f.Number]; ok {
			r.rep.fault("event %d: number %s was given twice on %s: tickets %s and %s", e.Seq, f.Number, r.day, first, f.Ticket)
		}
		if r.issued[f.Ticket] {
			r.rep.fault("event %d: ticket %s was issued twice", e.Seq, f.Ticket)
		}
		r.numbers[f.Number], r.issued[f.Ticket] = f.Ticket, true
	case queue.TicketCalled:
		r.enter(e.Seq, f.Ticket, f.Window)
	case queue.TicketRecalled:
		r.enter(e.Seq, f.Ticket, f.Window)
	case queue.TicketServing:
		r.enter(e.Seq, f.Ticket, f.Window)
	case queue.TicketDone:
		r.leave(f.Ticket)
	case queue.TicketMissed:
		r.leave(f.Ticket)
	case queue.TicketHeld:
		r.leave(f.Ticket)
	case queue.TicketTransferred:
		r.leave(f.Ticket)
	case queue.TicketQueued:
		r.leave(f.Ticket)
	case queue.TicketEnded:
		r.leave(f.Ticket)
	}
}

// enter notes a ticket called or served at a window.
func (r *rules) enter(seq uint64, t queue.TicketID, w queue.WindowID) {
	if at, ok := r.at[t]; ok && at != w {
		r.rep.fault("event %d: ticket %s is at windows %s and %s at a time", seq, t, at, w)
	}
	if other, ok := r.busy[w]; ok && other != t {
		r.rep.fault("event %d: window %s has tickets %s and %s at a time", seq, w, other, t)
	}
	r.at[t], r.busy[w] = w, t
}

func (r *rules) leave(t queue.TicketID) {
	w, ok := r.at[t]
	if !ok {
		return
	}
	delete(r.at, t)
	if r.busy[w] == t {
		delete(r.busy, w)
	}
}
