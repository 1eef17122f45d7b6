package queue

import (
	"time"

	"halld/queue/order"
)

// Told is why a ticket was called, in numbers: what the words of a call are made of. It stands in the fact beside its rule and reason.
type Told struct {
	Waited int      `json:"waited_seconds,omitempty"` // since it came
	Head   int      `json:"head_seconds,omitempty"`   // counted as having come so much earlier
	Slope  int      `json:"slope,omitempty"`          // its wait counted so many percent, where that is not 100
	Ratio  string   `json:"ratio,omitempty"`          // so many ordinary calls to so many favoured ones
	Tier   int      `json:"tier,omitempty"`           // of its class, where the order is strict
	Cap    int      `json:"cap_seconds,omitempty"`    // it waited longer than this, so only the arrival counted
	Passed []Passed `json:"passed,omitempty"`         // whom the call passed over
	Turn   int      `json:"turn,omitempty"`           // of a ratio: where the cycle of its queue is after this call
}

// Passed is how many of a queue a call passed over.
type Passed struct {
	Queue QueueID `json:"queue"`
	Count int     `json:"count"`
}

// told says what the rule of its queue had to do with a call of a ticket; turn is where the cycle of the queue is after it, 0 without one.
func (h *Hall) told(t *Ticket, rules order.Rules, turn int, passed []order.Passed, when When) *Told {
	waited := when.Now.Sub(t.Issued)
	out := &Told{Waited: seconds(waited), Turn: turn}
	by := rules.Of(string(t.Queue))
	over := false
	if c, ok := by.(order.Cap); ok {
		if by, over = c.Discipline, waited > c.Max; over {
			out.Cap = seconds(c.Max)
		}
	}
	class, _ := h.cfg.Class(t.Class)
	switch d := by.(type) {
	case order.HeadStart:
		out.Head = seconds(class.Head)
	case order.Accumulating:
		out.Head = seconds(class.Head)
		if class.Slope != usualSlope {
			out.Slope = class.Slope
		}
	case order.Strict:
		out.Tier = class.Tier
	case order.Ratio:
		out.Ratio = d.String()
	}
	if over {
		out.Head, out.Slope, out.Tier = 0, 0, 0
	}
	for _, p := range passed {
		out.Passed = append(out.Passed, Passed{QueueID(p.Queue), p.Count})
	}
	return out
}

// direct leaves out of a call by number what a rule would have made of it.
func (t *Told) direct() *Told {
	return &Told{Waited: t.Waited, Passed: t.Passed, Turn: t.Turn}
}

func seconds(d time.Duration) int { return int(d / time.Second) }

// turn keeps where the cycle of a queue is after a call, and what it takes to take that back. Passing is counted at those who were passed.
func (h *Hall) turn(t *Ticket, told *Told) {
	if told == nil { // an old log, or a call that only undoes something
		return
	}
	var queues []string
	for _, p := range told.Passed {
		queues = append(queues, string(p.Queue))
	}
	h.day.pool.Pass(t.candidate(), queues)
	s := h.day.series[t.Queue]
	if s == nil {
		return
	}
	s.Turn, s.Was, s.TurnBy = told.Turn, s.Turn, t.ID
	if s.Turn == 0 && s.Was == 0 {
		s.TurnBy = ""
	}
}

// turnBack takes a call back that was the last of its queue: the cycle is as if it had not been. After another call it stays, since it is then that
// call's.
func (h *Hall) turnBack(t *Ticket) {
	if s := h.day.series[t.Queue]; s != nil && s.TurnBy == t.ID {
		s.Turn, s.Was, s.TurnBy = s.Was, 0, ""
	}
}

// Overtaken is how many who came later were called before a ticket; while it waits it is counted in its line.
func (h *Hall) Overtaken(id TicketID) int {
	if c, ok := h.day.pool.Get(string(id)); ok {
		return c.Overtaken
	}
	if t := h.day.tickets[id]; t != nil {
		return t.Overtaken
	}
	return 0
}

// unline takes a ticket out of its line, with what was counted at it there.
func (h *Hall) unline(t *Ticket) {
	t.Overtaken = h.Overtaken(t.ID)
	h.day.pool.Remove(string(t.ID))
}
