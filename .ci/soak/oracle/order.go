package oracle

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// head is how much earlier a class counts as having come.
func (m *Model) head(t *Ticket) time.Duration {
	switch t.Class {
	case "priority":
		return m.Setup.Policy.PriorityHead
	case "appointment":
		return m.Setup.Policy.AppointmentHead
	}
	return 0
}

// tier is what a class is worth where the order is strict.
func tier(t *Ticket) int {
	switch t.Class {
	case "priority":
		return 2
	case "appointment":
		return 1
	}
	return 0
}

// place orders by the wait with the head start of the class, then by the ordinal: places are never decided by a clock alone.
func (m *Model) place(a, b *Ticket) int {
	if m.Setup.Strict {
		return cmp.Or(cmp.Compare(tier(b), tier(a)), cmp.Compare(a.Ordinal, b.Ordinal))
	}
	return cmp.Or(a.Arrived.Add(-m.head(a)).Compare(b.Arrived.Add(-m.head(b))), cmp.Compare(a.Ordinal, b.Ordinal))
}

// entry is a ticket in a line that is played through.
type entry struct {
	*Ticket
	after int
}

// next picks from a line: the longest wait of those who may be called; if there is none, the nearest to his turn of those who came back after a miss and should let
// others pass. Whoever has let them pass stands at the place of his arrival again.
func (m *Model) next(line []*entry) *entry {
	var best *entry
	for _, e := range line {
		if best == nil || cmp.Or(cmp.Compare(e.left(), best.left()), m.place(e.Ticket, best.Ticket)) < 0 {
			best = e
		}
	}
	return best
}

// left is how many others are still to be called before an entry may be.
func (e *entry) left() int {
	if e.Returned {
		return max(0, e.after)
	}
	return 0
}

func (m *Model) waiting(queues ...string) []*entry {
	var out []*entry
	for _, t := range m.Tickets {
		if t.State == Waiting && t.Day == m.Day && slices.Contains(queues, t.Queue) {
			out = append(out, &entry{Ticket: t, after: t.After})
		}
	}
	return out
}

// Next is whom a window calls; nil: nobody waits for it.
func (m *Model) Next(w string) *Ticket {
	line := m.waiting(m.Seats[w].Queues...)
	if e := m.next(line); e != nil {
		return e.Ticket
	}
	return nil
}

// Line is who waits in a queue, in calling order: the line played through to its end.
func (m *Model) Line(queue string) []*Ticket { return m.play(m.waiting(queue)) }

func (m *Model) play(line []*entry) []*Ticket {
	var out []*Ticket
	for len(line) > 0 {
		e := m.next(line)
		out = append(out, e.Ticket)
		line = slices.DeleteFunc(line, func(o *entry) bool { return o == e })
		for _, o := range line {
			if o.Returned && o.after > 0 {
				o.after--
			}
		}
	}
	return out
}

// Ahead is how many will be called before a ticket that is in line or printing. Those whose paper is still under way keep their places.
func (m *Model) Ahead(t *Ticket) int {
	if t.State != Waiting && t.State != Issued {
		return 0
	}
	line := m.waiting(t.Queue)
	for _, o := range m.Tickets {
		if o.State == Issued && o.Day == m.Day && o.Queue == t.Queue {
			line = append(line, &entry{Ticket: o})
		}
	}
	return slices.Index(m.play(line), t)
}

// Overtakes is how many with an earlier place a call of t passes over, of these queues. Who came back and has to wait for others is
// not passed over.
func (m *Model) Overtakes(t *Ticket, queues ...string) int {
	n := 0
	for _, e := range m.waiting(queues...) {
		if e.Ticket != t && e.left() == 0 && e.Ordinal < t.Ordinal {
			n++
		}
	}
	return n
}

// Why is the reason that a call of t must be given, as one of these queues; empty: the documents do not name it.
func (m *Model) Why(t *Ticket, c Command, queues ...string) string {
	switch {
	case c.Verb != "call":
		return ""
	case c.Args["ticket"] != "":
		return "direct"
	case t.Returned && t.After <= 0:
		return "return-due"
	case t.Returned:
		return ""
	case m.Overtakes(t, queues...) == 0:
		return "longest-wait"
	case t.Class == "priority":
		return "priority-class"
	}
	return ""
}

// Standing describes who waits in these queues, by arrival, as the model has it.
func (m *Model) Standing(queues ...string) string {
	out := ""
	for _, e := range m.waiting(queues...) {
		out += fmt.Sprintf(" %s(%s place %d", e.Number, e.Class, e.Ordinal)
		if e.Returned {
			out += fmt.Sprintf(", back after %d", e.after)
		}
		out += ")"
	}
	return out
}
