package queue

import (
	"slices"
	"time"

	"halld/queue/order"
)

// candidate is a ticket as the order of calling sees it.
func (t *Ticket) candidate() order.Candidate {
	return order.Candidate{Key: string(t.ID), Queue: string(t.Queue), Class: string(t.Class), Place: t.Ordinal, Arrived: t.Issued, Returned: t.Returns > 0, After: t.After,
		Overtaken: t.Overtaken, Unready: t.State == Issued}
}

// inLine reports whether a ticket in this state has a place in its queue.
func (s State) inLine() bool { return s == Waiting || s == Issued }

// requeue takes a ticket out of its line, changes by what it waits, and puts it in line again.
func (h *Hall) requeue(t *Ticket, change func(*Ticket)) {
	h.count(t, -1)
	h.unline(t)
	change(t)
	h.count(t, 1)
	if t.State.inLine() {
		h.day.pool.Add(t.candidate())
	}
}

// countDown takes a called ticket out of its line, and lets the returned tickets of the queue come one call nearer.
func (h *Hall) countDown(t *Ticket) {
	back := h.day.pool.Returning(string(t.Queue))
	t.Overtaken = h.Overtaken(t.ID)
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

// Line lists the tickets that wait in a queue in the order in which they would be called at the moment of the last event, at most limit.
func (h *Hall) Line(q QueueID, limit int) []Ticket { return h.LineAt(h.at, q, limit) }

// LineAt is the line at a later moment: under some rules who is before whom changes with time alone.
func (h *Hall) LineAt(now time.Time, q QueueID, limit int) []Ticket {
	if h.cfg == nil {
		return nil
	}
	line := h.day.pool.Order(later(now, h.at), h.rules(), string(q), limit)
	out := make([]Ticket, len(line))
	for i, c := range line {
		out[i] = *h.day.tickets[TicketID(c.Key)]
		out[i].Overtaken = c.Overtaken
	}
	return out
}

// Waiting is how many tickets wait in a queue.
func (h *Hall) Waiting(q QueueID) int {
	n, _ := h.day.pool.Len(string(q))
	return n
}

// Ahead counts the tickets of its queue that will be called before this one, those being printed included; 0 if it is not in line.
func (h *Hall) Ahead(id TicketID) int { return h.AheadAt(h.at, id) }

// AheadsAt answers AheadAt for those of one queue.
func (h *Hall) AheadsAt(now time.Time, q QueueID) func(TicketID) int {
	if h.cfg == nil {
		return func(TicketID) int { return 0 }
	}
	of := h.day.pool.Aheads(later(now, h.at), h.rules(), string(q))
	return func(id TicketID) int { return of(string(id)) }
}

// AheadAt is Ahead at a later moment.
func (h *Hall) AheadAt(now time.Time, id TicketID) int {
	if h.cfg == nil {
		return 0
	}
	n, _ := h.day.pool.Ahead(later(now, h.at), h.rules(), string(id))
	return n
}

// nextFor is the call that the hall's rules make at a window now.
func (h *Hall) nextFor(w *Window, setup *WindowSetup, when When) (TicketCalled, bool) {
	if h.day.evacuation != nil {
		return TicketCalled{}, false
	}
	rules := h.rules()
	p, ok := h.day.pool.Next(when.Now, rules, queueNames(setup.Queues))
	if !ok {
		return TicketCalled{}, false
	}
	return TicketCalled{Ticket: TicketID(p.Key), Window: w.ID, Clerk: w.Clerk, Why: Reason(p.Why), Rule: p.Rule, Overtook: p.Overtook,
		Told: h.told(h.day.tickets[TicketID(p.Key)], rules, p.Turn, p.Passed, when)}, true
}

// passing counts those who came before a ticket, are due and still wait for a window that calls it out of turn.
func (h *Hall) passing(t *Ticket, setup *WindowSetup) (int, []order.Passed) {
	queues := queueNames(setup.Queues)
	if !slices.Contains(queues, string(t.Queue)) {
		queues = append(queues, string(t.Queue))
	}
	return h.day.pool.Passing(t.candidate(), queues)
}
