package queue

import (
	"cmp"
	"container/heap"
	"slices"
	"time"
)

// timer names one thing that time itself will ask for.
type timer struct {
	kind string
	id   string
}

// The kinds of timers.
const (
	graceOf = "grace" // a ticket whose print ended without proof
	dayStep = "day"   // the day opens, stops giving numbers, closes
)

// agenda holds every timer of the hall, soonest first. It is rebuilt from the state: nothing of it is stored.
type agenda struct {
	heap  []entry
	where map[timer]int
}

type entry struct {
	timer
	at time.Time
}

func newAgenda() agenda { return agenda{where: map[timer]int{}} }

// Len, Less, Swap, Push and Pop are container/heap's.
func (a *agenda) Len() int { return len(a.heap) }

func (a *agenda) Less(i, j int) bool { return a.heap[i].before(a.heap[j]) }

func (e entry) before(o entry) bool {
	return cmp.Or(e.at.Compare(o.at), cmp.Compare(e.kind, o.kind), cmp.Compare(e.id, o.id)) < 0
}

func (a *agenda) Swap(i, j int) {
	a.heap[i], a.heap[j] = a.heap[j], a.heap[i]
	a.where[a.heap[i].timer], a.where[a.heap[j].timer] = i, j
}

func (a *agenda) Push(x any) {
	e := x.(entry)
	a.where[e.timer] = len(a.heap)
	a.heap = append(a.heap, e)
}

func (a *agenda) Pop() any {
	e := a.heap[len(a.heap)-1]
	a.heap = a.heap[:len(a.heap)-1]
	delete(a.where, e.timer)
	return e
}

func (a *agenda) set(kind, id string, at time.Time) {
	t := timer{kind, id}
	if i, ok := a.where[t]; ok {
		a.heap[i].at = at
		heap.Fix(a, i)
		return
	}
	heap.Push(a, entry{t, at})
}

func (a *agenda) clear(kind, id string) {
	if i, ok := a.where[timer{kind, id}]; ok {
		heap.Remove(a, i)
	}
}

// due lists what is due at a moment, soonest first.
func (a *agenda) due(now time.Time) []entry {
	var out []entry
	for _, e := range a.heap {
		if !e.at.After(now) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(x, y entry) int {
		if x.before(y) {
			return -1
		}
		return 1
	})
	return out
}

// Timed is a command that time itself asks for, and by which rule.
type Timed struct {
	By  Actor
	Cmd Command
}

// Due lists what the hall asks for by itself at a moment. trusted is whether the clock is: without one the hall opens, and closes nothing.
func (h *Hall) Due(now time.Time, clock Clock) []Timed {
	if next, ok := h.NextDue(); !ok || next.After(now) {
		return nil
	}
	var out []Timed
	for _, e := range h.agenda.due(now) {
		switch e.kind {
		case graceOf:
			id := TicketID(e.id)
			if t := h.day.tickets[id]; t != nil && t.Print == PrintFailed {
				out = append(out, Timed{ByRule("failed-grace"), VoidUnprinted{Ticket: id}})
			} else {
				out = append(out, Timed{ByRule("unproved-grace"), KeepWithoutPaper{Ticket: id}})
			}
		case dayStep:
			cmd, rule := h.dayStepAt(now, clock)
			if cmd != nil {
				out = append(out, Timed{ByRule(rule), cmd})
			} else {
				h.agenda.set(dayStep, "", h.nextDayStep(now)) // the agenda is no part of the state
			}
		}
	}
	return out
}

// NextDue says when Due has something next; ok is false if nothing is in sight.
func (h *Hall) NextDue() (at time.Time, ok bool) {
	if len(h.agenda.heap) == 0 {
		return time.Time{}, false
	}
	return h.agenda.heap[0].at, true
}

// planGrace sets when a ticket whose print ended without proof is decided upon.
func (h *Hall) planGrace(t *Ticket) {
	switch {
	case h.day.evacuation != nil: // the limits stand still, and are planned anew when the hall goes on
		h.agenda.clear(graceOf, string(t.ID))
	case t.Print == PrintUnknown:
		h.agenda.set(graceOf, string(t.ID), h.day.after(t.PrintEnded, h.cfg.Policy.UnprovedGrace))
	case t.Print == PrintFailed:
		h.agenda.set(graceOf, string(t.ID), h.day.after(t.PrintEnded, h.cfg.Policy.FailedGrace))
	default:
		h.agenda.clear(graceOf, string(t.ID))
	}
}

// planAll makes the whole agenda from the state.
func (h *Hall) planAll() {
	h.agenda = newAgenda()
	if h.cfg == nil {
		return
	}
	if h.day.id != "" {
		h.day.closing, h.day.openings = h.closingOf(), h.openingsOf()
		for _, t := range h.day.tickets {
			if t.State == Issued {
				h.planGrace(t)
			}
		}
	}
	h.agenda.set(dayStep, "", h.at)
}
