package order

import "time"

// Reason says why a candidate was picked before the others. The words are stored with the call: never change one.
type Reason string

// The reasons of a pick.
const (
	LongestWait   Reason = "longest-wait"   // nobody who came earlier is due at this window
	PriorityClass Reason = "priority-class" // its class goes before somebody who came earlier
	Appointment   Reason = "appointment"    // the same, for the class of those who booked
	ReturnDue     Reason = "return-due"     // missed, came back, and the agreed number of others has been called
	OnlyQueue     Reason = "only-queue"     // came back and is not due yet, but nobody else waits for this window
	ByRule        Reason = "by-rule"        // without an advantage of its class, by its turn in a Ratio or by how the queues of the window compare
)

// Pick is the choice of a candidate, and why.
type Pick struct {
	Candidate
	Why      Reason
	Rule     string   // the name of the discipline that chose
	Turn     int      // of a Ratio: where the cycle of its queue is after this call
	Overtook int      // who came earlier, is due, and still waits in any queue of the window
	Passed   []Passed // the same by queue, in the window's order, none of them 0
}

// Passed is how many of a queue a call passed over.
type Passed struct {
	Queue string
	Count int
}

// Next picks who is called to a window that serves these queues, each named once, the preferred ones first. It changes nothing: Called does.
func (p *Pool) Next(now time.Time, rules Rules, queues []string) (Pick, bool) {
	all := choice{ordering: between(now, rules)}
	for _, q := range queues {
		if l := p.lines[q]; l != nil {
			own := choice{ordering: inside(now, rules, q, rules.Turns[q])}
			own.offers(walk{line: l})
			if first, early := own.chosen(); first.entry != nil {
				all.offer(first.entry, first.from, early)
			}
		}
	}
	first, early := all.chosen()
	if first.entry == nil {
		return Pick{}, false
	}
	by, class := rules.Of(first.Queue), rules.class(first.Class)
	pick := Pick{Candidate: p.lines[first.Queue].candidate(first.entry), Rule: by.Name(), Turn: turned(by, rules.Turns[first.Queue], class)}
	pick.Overtook, pick.Passed = p.Passing(pick.Candidate, queues)
	switch {
	case early:
		pick.Why = OnlyQueue
	case pick.Returned:
		pick.Why = ReturnDue
	case pick.Overtook == 0:
		pick.Why = LongestWait
	case class.plain() && (hasTurns(by) || len(rules.Queues) > 0):
		pick.Why = ByRule
	default:
		if pick.Why = class.Why; pick.Why == "" {
			pick.Why = PriorityClass
		}
	}
	return pick, true
}

// Turn is where the cycle of a queue is after a call of this candidate, whoever chose it.
func (p *Pool) Turn(rules Rules, c Candidate) int {
	return turned(rules.Of(c.Queue), rules.Turns[c.Queue], rules.class(c.Class))
}

// Pass counts a call at everybody whom it passes over: those of these queues who came earlier, are due and wait.
func (p *Pool) Pass(c Candidate, queues []string) {
	for _, q := range queues {
		if l := p.lines[q]; l != nil {
			for _, cl := range l.due.classes {
				cl.tree.pass(func(e *entry) bool { return came(&e.Candidate, &c) < 0 })
			}
		}
	}
}

// Passing counts whom a call of this candidate passes over at a window that serves these queues: those who came earlier, are due and wait. The
// candidate need not be in line.
func (p *Pool) Passing(c Candidate, queues []string) (total int, by []Passed) {
	for _, q := range queues {
		l := p.lines[q]
		if l == nil {
			continue
		}
		if n := l.due.count(func(e *entry) bool { return came(&e.Candidate, &c) < 0 }); n > 0 {
			total += n
			by = append(by, Passed{q, n})
		}
	}
	return total, by
}

// choice finds the first of those offered to it. Those who are not due stand back as long as anybody is.
type choice struct {
	ordering
	due, early offered
}

type offered struct {
	*entry
	from *tree
}

func (c *choice) offer(e *entry, from *tree, early bool) {
	best := &c.due
	if early {
		best = &c.early
	}
	if best.entry == nil || c.compare(e, best.entry) < 0 {
		*best = offered{e, from}
	}
}

// offers offers the first of each class of a line, as far as the walk has called it.
func (c *choice) offers(w walk) {
	anybody := w.offer(c, &w.line.due, false)
	if w.all {
		anybody = w.offer(c, &w.line.unready, false) || anybody
	}
	for _, g := range w.line.later {
		early := g.due > w.line.calls+w.called
		if early && anybody {
			return
		}
		anybody = w.offer(c, g, early) || anybody
	}
}

// chosen returns the first of all, with a nil entry if nobody was offered.
func (c *choice) chosen() (o offered, early bool) {
	if c.due.entry != nil {
		return c.due, false
	}
	return c.early, true
}

// walk is a line as it will be after some calls, while the line itself stays as it is.
type walk struct {
	line   *line
	called uint64
	all    bool          // those who are not ready count as if they were
	taken  map[*tree]int // called from the front of each
}

// offer offers the first of each class of a group, and reports whether there was anybody.
func (w *walk) offer(c *choice, g *group, early bool) bool {
	anybody := false
	for _, cl := range g.classes {
		if e := cl.tree.at(w.taken[cl.tree]); e != nil {
			anybody = true
			c.offer(e, cl.tree, early)
		}
	}
	return anybody
}
