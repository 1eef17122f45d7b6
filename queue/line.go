package queue

import (
	"slices"
	"sort"
)

// line is one queue's tickets in order of place, per class.
type line struct {
	waiting   map[Class][]*Ticket
	pending   []*Ticket // issued
	returning []*Ticket // came back after a miss, others are called first
}

func (d *day) line(q QueueID) *line {
	l := d.lines[q]
	if l == nil {
		l = &line{waiting: map[Class][]*Ticket{}}
		d.lines[q] = l
	}
	return l
}

// requeue takes a ticket out of its line, changes by what it waits, and puts it in line again.
func (h *Hall) requeue(t *Ticket, change func(*Ticket)) {
	l := h.day.line(t.Queue)
	back := slices.Index(l.returning, t)
	switch t.State {
	case Waiting:
		l.waiting[t.Class] = remove(l.waiting[t.Class], t)
	case Issued:
		l.pending = remove(l.pending, t)
	default: // in no line
	}
	change(t)
	to := h.day.line(t.Queue)
	if back >= 0 && to != l {
		l.returning = slices.Delete(l.returning, back, back+1)
		to.returning = append(to.returning, t)
	}
	switch t.State {
	case Waiting:
		to.waiting[t.Class] = insert(to.waiting[t.Class], t)
	case Issued:
		to.pending = insert(to.pending, t)
	default:
	}
}

func (l *line) count() int {
	n := 0
	for _, w := range l.waiting {
		n += len(w)
	}
	return n
}

// Line lists the tickets that wait in a queue in the order in which they will be called, at most limit.
func (h *Hall) Line(q QueueID, limit int) []Ticket {
	l := h.day.lines[q]
	if l == nil {
		return nil
	}
	var all []*Ticket
	for _, w := range l.waiting {
		all = append(all, w[:min(len(w), limit+len(l.returning))]...)
	}
	slices.SortFunc(all, func(a, b *Ticket) int { return h.before(a, b) })
	out := make([]Ticket, 0, len(all))
	for _, t := range all {
		out = append(out, *t)
	}
	out = inTurn(out)
	return out[:min(limit, len(out))]
}

// Waiting is how many tickets wait in a queue.
func (h *Hall) Waiting(q QueueID) int {
	if l := h.day.lines[q]; l != nil {
		return l.count()
	}
	return 0
}

// inTurn puts those who came back after a miss behind the others who are called before them. It changes the slice it is given; the others
// stand in their order already.
func inTurn(line []Ticket) []Ticket {
	var back []Ticket
	line = slices.DeleteFunc(line, func(t Ticket) bool {
		if t.After > 0 {
			back = append(back, t)
		}
		return t.After > 0
	})
	slices.SortStableFunc(back, func(a, b Ticket) int { return a.After - b.After })
	for i, t := range back {
		line = slices.Insert(line, min(t.After+i, len(line)), t)
	}
	return line
}

// Ahead counts the tickets of its queue that will be called before this one, those being printed included; 0 if it is not in line.
func (h *Hall) Ahead(id TicketID) int {
	t := h.day.tickets[id]
	if t == nil || t.State != Waiting && t.State != Issued {
		return 0
	}
	l := h.day.line(t.Queue)
	back := slices.DeleteFunc(slices.Clone(l.returning), func(o *Ticket) bool { return o.After == 0 || o.State != Waiting })
	slices.SortStableFunc(back, func(a, b *Ticket) int { return a.After - b.After })
	if t.After > 0 {
		others := l.count() - len(back)
		return min(t.After, others) + slices.Index(back, t)
	}
	n := place(l.pending, t.Ordinal)
	for class, list := range l.waiting {
		if class == t.Class {
			n += place(list, t.Ordinal)
			continue
		}
		n += sort.Search(len(list), func(i int) bool { return h.before(list[i], t) >= 0 })
	}
	for _, o := range back { // they were counted by their place, and are called by their turn
		if h.before(o, t) < 0 {
			n--
		}
	}
	for i, o := range back {
		if o.After+i <= n {
			n++
		}
	}
	return n
}
