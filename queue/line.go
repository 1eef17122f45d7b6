package queue

import (
	"slices"

	"halld/queue/order"
)

// candidate is a ticket as the order of calling sees it.
func (t *Ticket) candidate() order.Candidate {
	return order.Candidate{Key: string(t.ID), Queue: string(t.Queue), Class: string(t.Class), Place: t.Ordinal, Arrived: t.Issued, Returned: t.Returns > 0, After: t.After,
		Unready: t.State == Issued}
}

// rules are the hall's as the order of calling sees them.
func (c *Config) rules() order.Rules {
	return order.Rules{Classes: []order.Class{
		{ID: string(Ordinary)},
		{ID: string(Appointment), Head: c.Policy.AppointmentHead, Tier: 1, Why: order.Appointment},
		{ID: string(Priority), Head: c.Policy.PriorityHead, Tier: 2, Why: order.PriorityClass},
	}}
}

// inLine reports whether a ticket in this state has a place in its queue.
func (s State) inLine() bool { return s == Waiting || s == Issued }

// requeue takes a ticket out of its line, changes by what it waits, and puts it in line again.
func (h *Hall) requeue(t *Ticket, change func(*Ticket)) {
	h.day.pool.Remove(string(t.ID))
	change(t)
	if t.State.inLine() {
		h.day.pool.Add(t.candidate())
	}
}

// countDown takes a called ticket out of its line, and lets the returned tickets of the queue come one call nearer.
func (h *Hall) countDown(t *Ticket) {
	back := h.day.pool.Returning(string(t.Queue))
	h.day.pool.Called(t.candidate())
	for _, c := range back {
		o := h.day.tickets[TicketID(c.Key)]
		if left, ok := h.day.pool.Get(c.Key); ok && left.After != o.After {
			h.touch(o)
			o.After = left.After
		}
	}
}

func queueNames(queues []QueueID) []string {
	out := make([]string, len(queues))
	for i, q := range queues {
		out[i] = string(q)
	}
	return out
}

// Line lists the tickets that wait in a queue in the order in which they will be called, at most limit.
func (h *Hall) Line(q QueueID, limit int) []Ticket {
	if h.cfg == nil {
		return nil
	}
	line := h.day.pool.Order(h.at, h.cfg.rules(), string(q), limit)
	out := make([]Ticket, len(line))
	for i, c := range line {
		out[i] = *h.day.tickets[TicketID(c.Key)]
	}
	return out
}

// Waiting is how many tickets wait in a queue.
func (h *Hall) Waiting(q QueueID) int {
	n, _ := h.day.pool.Len(string(q))
	return n
}

// Ahead counts the tickets of its queue that will be called before this one, those being printed included; 0 if it is not in line.
func (h *Hall) Ahead(id TicketID) int {
	if h.cfg == nil {
		return 0
	}
	n, _ := h.day.pool.Ahead(h.at, h.cfg.rules(), string(id))
	return n
}

// nextFor is the call that the hall's rules make at a window now.
func (h *Hall) nextFor(w *Window, setup *WindowSetup, when When) (TicketCalled, bool) {
	if h.day.evacuation != nil {
		return TicketCalled{}, false
	}
	p, ok := h.day.pool.Next(when.Now, h.cfg.rules(), queueNames(setup.Queues))
	if !ok {
		return TicketCalled{}, false
	}
	return TicketCalled{Ticket: TicketID(p.Key), Window: w.ID, Clerk: w.Clerk, Why: Reason(p.Why), Rule: p.Rule, Overtook: p.Overtook}, true
}

// passing counts those who came before a ticket, are due and still wait for a window that calls it out of turn.
func (h *Hall) passing(t *Ticket, setup *WindowSetup) int {
	queues := queueNames(setup.Queues)
	if !slices.Contains(queues, string(t.Queue)) {
		queues = append(queues, string(t.Queue))
	}
	n, _ := h.day.pool.Passing(t.candidate(), queues)
	return n
}
