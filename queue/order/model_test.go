package order_test

import (
	"maps"
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
	return order.Class{Slope: 100}
}

// cameFirst: by arrival, equal arrivals by place.
func cameFirst(a, b order.Candidate) bool {
	return a.Arrived.Before(b.Arrived) || a.Arrived.Equal(b.Arrived) && a.Place < b.Place
}

// first: by the discipline, equal waits by arrival, then by the window's order of queues, then by key.
func first(now time.Time, rules order.Rules, by order.Discipline, turn int, queues []string, a, b order.Candidate) bool {
	x, y := classOf(rules, a.Class), classOf(rules, b.Class)
	if c, ok := by.(order.Cap); ok {
		by = c.Discipline
		if now.Sub(a.Arrived) > c.Max || now.Sub(b.Arrived) > c.Max {
			by = order.Arrival{}
		}
	}
	switch by := by.(type) {
	case nil, order.HeadStart:
		if s, t := a.Arrived.Add(-x.Head), b.Arrived.Add(-y.Head); !s.Equal(t) {
			return s.Before(t)
		}
	case order.Strict:
		if x.Tier != y.Tier {
			return x.Tier > y.Tier
		}
	case order.Accumulating:
		s := now.Sub(a.Arrived).Minutes()*float64(x.Slope)/100 + x.Head.Minutes()
		t := now.Sub(b.Arrived).Minutes()*float64(y.Slope)/100 + y.Head.Minutes()
		if a.Class != b.Class && s != t {
			return s > t
		}
	case order.Ratio:
		favoured := turn%(by.Ordinary+by.Favoured) >= by.Ordinary
		if s, t := x.Tier > 0 == favoured, y.Tier > 0 == favoured; s != t {
			return s
		}
	case order.Arrival:
	}
	if cameFirst(a, b) || cameFirst(b, a) {
		return cameFirst(a, b)
	}
	if a.Queue != b.Queue {
		return slices.Index(queues, a.Queue) < slices.Index(queues, b.Queue)
	}
	return a.Key < b.Key
}

// ratioOf is the ratio of a queue, if it has one.
func ratioOf(rules order.Rules, queue string) (order.Ratio, bool) {
	by := rules.Discipline
	if own := rules.Queues[queue]; own != nil {
		by = own
	}
	if c, ok := by.(order.Cap); ok {
		by = c.Discipline
	}
	r, ok := by.(order.Ratio)
	return r, ok
}

// next: of each queue whom its own rule puts first, and of these whom the hall's does.
func (m *model) next(now time.Time, rules order.Rules, queues []string) (order.Pick, bool) {
	hall := rules
	if _, ratio := ratioOf(order.Rules{Discipline: rules.Discipline}, ""); ratio {
		hall.Discipline = order.Arrival{}
	}
	var best order.Pick
	found := false
	for _, q := range queues {
		p, ok := m.nextOf(now, rules, q, queues)
		if !ok {
			continue
		}
		early, bestEarly := p.After > 0, best.After > 0
		if !found || early != bestEarly && !early || early == bestEarly && first(now, rules, hall.Discipline, 0, queues, p.Candidate, best.Candidate) {
			best, found = p, true
		}
	}
	if !found {
		return best, false
	}
	for _, q := range queues {
		n := 0
		for _, c := range m.line {
			if c.Queue == q && c.After == 0 && !c.Unready && cameFirst(c, best.Candidate) {
				n++
			}
		}
		if n > 0 {
			best.Overtook += n
			best.Passed = append(best.Passed, order.Passed{Queue: q, Count: n})
		}
	}
	c := classOf(rules, best.Class)
	_, ratio := ratioOf(rules, best.Queue)
	switch {
	case best.After > 0:
		best.Why = order.OnlyQueue
	case best.Returned:
		best.Why = order.ReturnDue
	case best.Overtook > 0 && (ratio || len(rules.Queues) > 0) && c.Tier <= 0 && c.Head <= 0 && c.Slope <= 100:
		best.Why = order.ByRule
	case best.Overtook > 0 && c.Why == "":
		best.Why = order.PriorityClass
	case best.Overtook > 0:
		best.Why = c.Why
	}
	return best, true
}

func (m *model) nextOf(now time.Time, rules order.Rules, queue string, queues []string) (order.Pick, bool) {
	by := rules.Discipline
	if own := rules.Queues[queue]; own != nil {
		by = own
	}
	var due, early []order.Candidate
	nearest := map[string]int{}
	for _, c := range m.line {
		switch {
		case c.Unready || c.Queue != queue:
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
		if first(now, rules, by, rules.Turns[queue], queues, c, best) {
			best = c
		}
	}
	p := order.Pick{Candidate: best, Rule: "head-start", Why: order.LongestWait}
	if by != nil {
		p.Rule = by.Name()
	}
	if r, ok := ratioOf(rules, queue); ok {
		cycle := r.Ordinary + r.Favoured
		p.Turn = rules.Turns[queue] % cycle
		if (p.Turn >= r.Ordinary) == (classOf(rules, best.Class).Tier > 0) {
			p.Turn = (p.Turn + 1) % cycle
		}
	}
	return p, true
}

// passed: a call is counted at everybody whom it passes over.
func (m *model) passed(c order.Candidate, queues []string) {
	for i := range m.line {
		o := &m.line[i]
		if slices.Contains(queues, o.Queue) && o.After == 0 && !o.Unready && cameFirst(*o, c) {
			o.Overtaken++
		}
	}
}

// order: the keys of repeated calls.
func (m *model) order(now time.Time, rules order.Rules, queue string) []string {
	m = m.copy()
	rules.Turns = maps.Clone(rules.Turns)
	var keys []string
	for {
		p, ok := m.next(now, rules, []string{queue})
		if !ok {
			return keys
		}
		keys = append(keys, p.Key)
		if rules.Turns != nil {
			rules.Turns[queue] = p.Turn
		}
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
		{ID: "ordinary", Slope: 100},
		{ID: "priority", Head: 20 * time.Minute, Tier: 2, Slope: 200},
		{ID: "appointment", Head: 10 * time.Minute, Tier: 1, Slope: 100, Why: order.Appointment},
		{ID: "late", Head: -5 * time.Minute, Tier: -1, Slope: 50},
	}
}

func say(p order.Pick) string {
	s := []string{p.Key, string(p.Why)}
	for _, q := range p.Passed {
		s = append(s, q.Queue+strings.Repeat("+", q.Count))
	}
	return strings.Join(s, " ")
}
