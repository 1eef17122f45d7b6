package queue

import (
	"time"
)

// head is how much earlier than it arrived a ticket of this class counts as having arrived. It is fixed per ticket, so nobody starves: an
// ordinary ticket is passed over only by those who came within the head start after it.
func (h *Hall) head(c Class) time.Duration {
	switch c {
	case Priority:
		return h.cfg.Policy.PriorityHead
	case Appointment:
		return h.cfg.Policy.AppointmentHead
	default:
		return 0
	}
}

// before orders two tickets: longest wait first, head starts counted, arrival order where that is equal.
func (h *Hall) before(a, b *Ticket) int {
	if a.Class != b.Class {
		x, y := a.Issued.Add(-h.head(a.Class)), b.Issued.Add(-h.head(b.Class))
		if c := x.Compare(y); c != 0 {
			return c
		}
	}
	switch {
	case a.Ordinal < b.Ordinal:
		return -1
	case a.Ordinal > b.Ordinal:
		return 1
	default:
		return 0
	}
}

// next picks the ticket for a window that serves these queues, and says why. Equal waits go by the window's order of queues.
func (h *Hall) next(queues []QueueID) (best *Ticket, why Reason) {
	var late *Ticket // came back after a miss and is not due yet: called when nobody else waits
	for _, q := range queues {
		l := h.day.lines[q]
		if l == nil {
			continue
		}
		for _, class := range []Class{Ordinary, Appointment, Priority} {
			for _, t := range l.waiting[class] {
				if t.After > 0 {
					if late == nil || h.before(t, late) < 0 {
						late = t
					}
					continue
				}
				if best == nil || h.before(t, best) < 0 {
					best = t
				}
				break
			}
		}
	}
	switch {
	case best == nil && late == nil:
		return nil, ""
	case best == nil:
		return late, NoOtherClass
	case best.Returns > 0:
		return best, ReturnDue
	case h.overtakes(best) > 0 && best.Class == Priority:
		return best, PriorityFirst
	case h.overtakes(best) > 0 && best.Class == Appointment:
		return best, BookedTime
	default:
		return best, LongestWait
	}
}

// overtakes counts the tickets of the same queue that came earlier and are due, but still wait.
func (h *Hall) overtakes(t *Ticket) int {
	n := 0
	for _, list := range h.day.line(t.Queue).waiting {
		for _, o := range list[:place(list, t.Ordinal)] {
			if o.After == 0 {
				n++
			}
		}
	}
	return n
}
