package order_test

import (
	"slices"
	"strings"
	"time"

	"halld/queue/order"
)

// model is the rules of the package comment, written down once more as slowly and plainly as they read.
type model struct{ line []order.Candidate }

func (m *model) find(key string) int {
	return slices.IndexFunc(m.line, func(c order.Candidate) bool { return c.Key == key })
}

func (m *model) remove(key string) bool {
	i := m.find(key)
	if i >= 0 {
		m.line = slices.Delete(m.line, i, i+1)
	}
	return i >= 0
}

func (m *model) add(c order.Candidate) {
	m.remove(c.Key)
	m.line = append(m.line, c)
}

func (m *model) called(c order.Candidate) {
	m.remove(c.Key)
	for i := range m.line {
		if m.line[i].Queue == c.Queue && m.line[i].After > 0 {
			m.line[i].After--
		}
	}
}

func (m *model) copy() *model { return &model{slices.Clone(m.line)} }

func classOf(rules order.Rules, id string) order.Class {
	for _, c := range rules.Classes {
		if c.ID == id {
			return c
		}
	}
	return order.Class{}
}

// cameFirst: by arrival, equal arrivals by place.
func cameFirst(a, b order.Candidate) bool {
	return a.Arrived.Before(b.Arrived) || a.Arrived.Equal(b.Arrived) && a.Place < b.Place
}

// first: by the discipline, equal waits by arrival, then by the window's order of queues, then by key.
func first(rules order.Rules, queues []string, a, b order.Candidate) bool {
	x, y := classOf(rules, a.Class), classOf(rules, b.Class)
	switch rules.Discipline {
	case nil, order.HeadStart{}:
		if s, t := a.Arrived.Add(-x.Head), b.Arrived.Add(-y.Head); !s.Equal(t) {
			return s.Before(t)
		}
	case order.Strict{}:
		if x.Tier != y.Tier {
			return x.Tier > y.Tier
		}
	case order.Arrival{}:
	}
	if cameFirst(a, b) || cameFirst(b, a) {
		return cameFirst(a, b)
	}
	if a.Queue != b.Queue {
		return slices.Index(queues, a.Queue) < slices.Index(queues, b.Queue)
	}
	return a.Key < b.Key
}

func (m *model) next(rules order.Rules, queues []string) (order.Pick, bool) {
	var due, early []order.Candidate
	nearest := map[string]int{}
	for _, c := range m.line {
		switch {
		case c.Unready || !slices.Contains(queues, c.Queue):
		case c.After == 0:
			due = append(due, c)
		default:
			early = append(early, c)
			if n, ok := nearest[c.Queue]; !ok || c.After < n {
				nearest[c.Queue] = c.After
			}
		}
	}
	early = slices.DeleteFunc(early, func(c order.Candidate) bool { return c.After > nearest[c.Queue] })
	from := due
	if len(due) == 0 {
		from = early
	}
	if len(from) == 0 {
		return order.Pick{}, false
	}
	best := from[0]
	for _, c := range from {
		if first(rules, queues, c, best) {
			best = c
		}
	}
	p := order.Pick{Candidate: best, Rule: "head-start", Why: order.LongestWait}
	if rules.Discipline != nil {
		p.Rule = rules.Discipline.Name()
	}
	for _, q := range queues {
		n := 0
		for _, c := range due {
			if c.Queue == q && cameFirst(c, best) {
				n++
			}
		}
		if n > 0 {
			p.Overtook += n
			p.Passed = append(p.Passed, order.Passed{Queue: q, Count: n})
		}
	}
	switch why := classOf(rules, best.Class).Why; {
	case len(due) == 0:
		p.Why = order.OnlyQueue
	case best.Returned:
		p.Why = order.ReturnDue
	case p.Overtook > 0 && why == "":
		p.Why = order.PriorityClass
	case p.Overtook > 0:
		p.Why = why
	}
	return p, true
}

// order: the keys of repeated calls.
func (m *model) order(rules order.Rules, queue string) []string {
	m = m.copy()
	var keys []string
	for {
		p, ok := m.next(rules, []string{queue})
		if !ok {
			return keys
		}
		keys = append(keys, p.Key)
		m.called(p.Candidate)
	}
}

// ready: as if nothing were left to be printed.
func (m *model) ready() *model {
	m = m.copy()
	for i := range m.line {
		m.line[i].Unready = false
	}
	return m
}

func keys(list []order.Candidate) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.Key)
	}
	return out
}

func classes() []order.Class {
	return []order.Class{
		{ID: "ordinary"},
		{ID: "priority", Head: 20 * time.Minute, Tier: 2},
		{ID: "appointment", Head: 10 * time.Minute, Tier: 1, Why: order.Appointment},
		{ID: "late", Head: -5 * time.Minute, Tier: -1},
	}
}

func say(p order.Pick) string {
	s := []string{p.Key, string(p.Why)}
	for _, q := range p.Passed {
		s = append(s, q.Queue+strings.Repeat("+", q.Count))
	}
	return strings.Join(s, " ")
}
