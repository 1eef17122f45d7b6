package order

// Pool is everybody who waits in the hall, by queue. The zero value is an empty pool. Adding the same candidates in any order makes the same
// pool, so one is rebuilt from the tickets alone. It is not safe for concurrent use.
type Pool struct {
	lines   map[string]*line
	entries map[string]*entry
}

// Add puts a candidate in its line, at its place. One that is in line already is moved to what it is now.
func (p *Pool) Add(c Candidate) {
	if p.lines == nil {
		p.lines, p.entries = map[string]*line{}, map[string]*entry{}
	}
	p.Remove(c.Key)
	l := p.lines[c.Queue]
	if l == nil {
		l = &line{}
		p.lines[c.Queue] = l
	}
	e := &entry{Candidate: c}
	l.add(e)
	p.entries[c.Key] = e
}

// Remove takes a candidate out of line without a call, and reports whether it was there.
func (p *Pool) Remove(key string) bool {
	e, ok := p.entries[key]
	if ok {
		p.lines[e.Queue].remove(e)
		delete(p.entries, key)
	}
	return ok
}

// Called takes a candidate out of line because a window called it, and brings those of its queue who came back one call nearer. It counts for
// one that was called from outside the line too.
func (p *Pool) Called(c Candidate) {
	p.Remove(c.Key)
	if l := p.lines[c.Queue]; l != nil {
		l.called()
	}
}

// Get returns a candidate as it stands, with the After that is left of it.
func (p *Pool) Get(key string) (Candidate, bool) {
	e, ok := p.entries[key]
	if !ok {
		return Candidate{}, false
	}
	return p.lines[e.Queue].candidate(e), true
}

// Len counts a queue: those who can be called, and those who are not ready for it.
func (p *Pool) Len(queue string) (waiting, unready int) {
	l := p.lines[queue]
	if l == nil {
		return 0, 0
	}
	waiting = l.due.n
	for _, g := range l.later {
		waiting += g.n
	}
	return waiting, l.unready.n
}

// Oldest returns who came first of those in a queue who can be called, back after a miss or not.
func (p *Pool) Oldest(queue string) (Candidate, bool) {
	l := p.lines[queue]
	if l == nil {
		return Candidate{}, false
	}
	var first *entry
	look := func(g *group) {
		for _, c := range g.classes {
			if e := c.tree.at(0); first == nil || inTree(e, first) < 0 {
				first = e
			}
		}
	}
	look(&l.due)
	for _, g := range l.later {
		look(g)
	}
	if first == nil {
		return Candidate{}, false
	}
	return l.candidate(first), true
}

// Returning lists those of a queue who came back and still let others go first, the nearest to its turn first: whose After the next call of
// the queue will change.
func (p *Pool) Returning(queue string) []Candidate {
	l := p.lines[queue]
	if l == nil {
		return nil
	}
	var out []Candidate
	for _, g := range l.later {
		for _, c := range g.classes {
			c.tree.each(func(e *entry) { out = append(out, l.candidate(e)) })
		}
	}
	return out
}
