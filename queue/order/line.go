package order

import (
	"cmp"
	"slices"
)

// line is the candidates of one queue.
type line struct {
	calls   uint64   // calls of this queue that counted; it only means something against entry.due
	unready group    // have their place, are not called yet
	due     group    // called by their place
	later   []*group // came back and let others go first; the nearest to its turn first
}

// group is those of a line who become due at the same call, by class.
type group struct {
	due     uint64
	n       int
	classes []classLine
}

type classLine struct {
	class string
	tree  *tree
}

func (g *group) add(e *entry) {
	g.n++
	i := slices.IndexFunc(g.classes, func(c classLine) bool { return c.class == e.Class })
	if i < 0 {
		i = len(g.classes)
		g.classes = append(g.classes, classLine{e.Class, &tree{}})
	}
	g.classes[i].tree.insert(e)
}

func (g *group) remove(e *entry) {
	for i, c := range g.classes {
		if c.class != e.Class {
			continue
		}
		c.tree.remove(e)
		g.n--
		if c.tree.len() == 0 { // a class that left the configuration leaves no trace here
			g.classes = slices.Delete(g.classes, i, i+1)
		}
		return
	}
}

// settle lets an entry know everybody who was called before it.
func (g *group) settle(e *entry) {
	for _, c := range g.classes {
		if c.class == e.Class {
			c.tree.settle(e)
		}
	}
}

// count says for how many the answer is yes; in each class it must be yes up to some entry and no from there on.
func (g *group) count(yes func(*entry) bool) int {
	n := 0
	for _, c := range g.classes {
		n += c.tree.count(yes)
	}
	return n
}

// of returns the group to which an entry belongs; nil if there is none yet.
func (l *line) of(e *entry) *group {
	switch {
	case e.Unready:
		return &l.unready
	case e.due <= l.calls:
		return &l.due
	}
	if i, ok := l.find(e.due); ok {
		return l.later[i]
	}
	return nil
}

func (l *line) find(due uint64) (int, bool) {
	return slices.BinarySearchFunc(l.later, due, func(g *group, due uint64) int { return cmp.Compare(g.due, due) })
}

func (l *line) add(e *entry) {
	e.due = l.calls + uint64(max(e.After, 0))
	g := l.of(e)
	if g == nil {
		g = &group{due: e.due}
		i, _ := l.find(e.due)
		l.later = slices.Insert(l.later, i, g)
	}
	g.add(e)
}

// remove may leave an empty group behind, which goes when its call comes.
func (l *line) remove(e *entry) { l.of(e).remove(e) }

// called counts a call of this queue: those who came back are one nearer, and some are due.
func (l *line) called() {
	l.calls++
	for len(l.later) > 0 && l.later[0].due <= l.calls {
		for _, c := range l.later[0].classes {
			c.tree.each(l.due.add)
		}
		l.later = slices.Delete(l.later, 0, 1)
	}
}

// candidate is the entry as it stands now.
func (l *line) candidate(e *entry) Candidate {
	l.of(e).settle(e)
	c := e.Candidate
	c.After = 0
	if e.due > l.calls {
		c.After = int(e.due - l.calls)
	}
	return c
}
