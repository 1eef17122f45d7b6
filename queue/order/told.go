package order

import "time"

// Order lists a queue in the order in which one window that serves it alone would call if nothing else happened, at most limit.
func (p *Pool) Order(now time.Time, rules Rules, queue string, limit int) []Candidate {
	l := p.lines[queue]
	if l == nil || limit <= 0 {
		return nil
	}
	waiting, _ := p.Len(queue)
	out := make([]Candidate, 0, min(limit, waiting))
	l.play(now, rules, queue, rules.Turns[queue], false, func(e *entry) bool {
		out = append(out, l.candidate(e))
		return len(out) < limit
	})
	return out
}

// play visits those of a line as one window would call them, until it is told to stop. all: as if everybody were ready.
func (l *line) play(now time.Time, rules Rules, queue string, turn int, all bool, visit func(*entry) bool) {
	w := walk{line: l, all: all, taken: map[*tree]int{}}
	for {
		c := choice{ordering: inside(now, rules, queue, turn)}
		c.offers(w)
		first, _ := c.chosen()
		if first.entry == nil || !visit(first.entry) {
			return
		}
		turn = turned(c.by, turn, rules.class(first.Class))
		w.taken[first.from]++
		w.called++
	}
}

// Aheads answers Ahead for many of one queue: where it has to be played, it is played once.
func (p *Pool) Aheads(now time.Time, rules Rules, queue string) func(key string) int {
	l := p.lines[queue]
	if l == nil || !hasTurns(rules.Of(queue)) {
		return func(key string) int {
			n, _ := p.Ahead(now, rules, key)
			return n
		}
	}
	places := map[string]int{}
	l.play(now, rules, queue, rules.Turns[queue], true, func(e *entry) bool {
		places[e.Key] = len(places)
		return true
	})
	return func(key string) int { return places[key] }
}

// Ahead counts those who are called before a candidate: its index in the Order of its queue, where those who are not ready yet count as if
// they were. ok is false if it is not in line.
//
// It plays the calls of Order in strides: from one group that becomes due to the next, all that matters is how many of those who are due go
// before the candidate and how many behind it.
func (p *Pool) Ahead(now time.Time, rules Rules, key string) (n int, ok bool) {
	t, ok := p.entries[key]
	if !ok {
		return 0, false
	}
	l := p.lines[t.Queue]
	o := inside(now, rules, t.Queue, rules.Turns[t.Queue])
	if hasTurns(o.by) { // whoever comes before whom changes with every call: it is played to its turn
		l.play(now, rules, t.Queue, rules.Turns[t.Queue], true, func(e *entry) bool {
			if e == t {
				return false
			}
			n++
			return true
		})
		return n, true
	}
	isBefore := func(e *entry) bool { return o.compare(e, t) < 0 }

	own := l.of(t)
	inLine := own == &l.unready || own == &l.due // due, so that those behind it are called after it
	before := l.unready.count(isBefore) + l.due.count(isBefore)
	behind := l.unready.n + l.due.n - before
	called := 0
	for _, g := range l.later {
		until := int(g.due-l.calls) - called // calls before they become due
		if inLine {
			if before < until {
				break // it is called before they come
			}
			before -= until
			called += until
		} else {
			calls := min(until, before+behind) // fewer: nobody else is left, and this group is called early
			called += calls
			first := min(calls, before)
			before -= first
			behind -= calls - first
		}
		n := g.count(isBefore)
		before += n
		behind += g.n - n
		inLine = inLine || g == own
	}
	return called + before, true
}
