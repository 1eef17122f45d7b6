package order

import "time"

// Rules are what the hall agreed on. The zero value is one class and the longest wait.
type Rules struct {
	Discipline Discipline // of every queue without one of its own, and between the queues of a window; nil: HeadStart
	Classes    []Class
	Queues     map[string]Discipline // of queues that have one of their own
	Turns      map[string]int        // of queues under a Ratio: where in its cycle each is
}

// Class is a way of waiting. Classes are data of the hall; a discipline uses what it needs of them.
type Class struct {
	ID   string
	Head time.Duration // counts as having come so much earlier (HeadStart, Accumulating)
	Tier int           // a higher tier is called first (Strict); above 0 is the favoured side (Ratio)
	Why  Reason        // what a call says that passes somebody who came earlier; empty: PriorityClass

	// Slope is how fast a wait counts, in percent (Accumulating).
	Slope int
}

// Claim is what a discipline sees of a candidate.
type Claim struct {
	Arrived time.Time
	Class   Class
}

// plain reports whether the class has no advantage under any discipline.
func (c Class) plain() bool { return c.Tier <= 0 && c.Head <= 0 && c.Slope <= 100 }

// A Discipline orders claims of different classes or queues. It has no memory and no clock. Inside one class it must go by arrival: of two
// claims of a class, the later is never before anybody who is before the earlier. A line therefore offers the first of each class only, and
// Ahead counts a class in one descent. Where it returns 0, arrival decides.
//
// A new discipline is a file with a type and a line in Disciplines; the tests run over that list.
type Discipline interface {
	// Name is stored with every call as its rule. Never change one.
	Name() string
	// Compare is below 0 if a is called before b at this moment.
	Compare(now time.Time, a, b Claim) int
}

// Disciplines lists every discipline there is, the default first.
func Disciplines() []Discipline {
	return []Discipline{HeadStart{}, Strict{}, Arrival{}, Accumulating{}, Ratio{Ordinary: 2, Favoured: 1}}
}

// Of is the discipline of a queue, before its turn is looked at.
func (r *Rules) Of(queue string) Discipline {
	if by := r.Queues[queue]; by != nil {
		return by
	}
	if r.Discipline == nil {
		return HeadStart{}
	}
	return r.Discipline
}

func (r *Rules) class(id string) Class {
	for i := range r.Classes {
		if r.Classes[i].ID == id {
			return r.Classes[i]
		}
	}
	return Class{ID: id, Slope: 100} // its wait counts as it is
}

// ordering is the one order of candidates at a moment.
type ordering struct {
	now   time.Time
	rules Rules
	by    Discipline
}

// inside is the order of a queue whose Ratio, if it has one, is at this turn.
func inside(now time.Time, rules Rules, queue string, turn int) ordering {
	return ordering{now, rules, atTurn(rules.Of(queue), turn)}
}

// between is the order of those whom the queues of a window put first: by the hall's discipline, where that compares two people at all.
func between(now time.Time, rules Rules) ordering {
	by := rules.Discipline
	switch d := by.(type) {
	case nil:
		by = HeadStart{}
	case Ratio:
		by = Arrival{}
	case Cap:
		if _, ratio := d.Discipline.(Ratio); ratio {
			by = Arrival{}
		}
	}
	return ordering{now, rules, by}
}

func (o *ordering) compare(a, b *entry) int {
	if a.Class != b.Class {
		if c := o.by.Compare(o.now, Claim{a.Arrived, o.rules.class(a.Class)}, Claim{b.Arrived, o.rules.class(b.Class)}); c != 0 {
			return c
		}
	}
	if a.Queue != b.Queue {
		return came(&a.Candidate, &b.Candidate)
	}
	return inTree(a, b)
}
