package order

import "time"

// Rules are what the hall agreed on. The zero value is one class and the longest wait.
type Rules struct {
	Discipline Discipline // nil: HeadStart
	Classes    []Class
}

// Class is a way of waiting. Classes are data of the hall; a discipline uses what it needs of them.
type Class struct {
	ID   string
	Head time.Duration // counts as having come so much earlier (HeadStart)
	Tier int           // a higher tier is called first (Strict)
	Why  Reason        // what a call says that passes somebody who came earlier; empty: PriorityClass
}

// Claim is what a discipline sees of a candidate.
type Claim struct {
	Arrived time.Time
	Class   Class
}

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
func Disciplines() []Discipline { return []Discipline{HeadStart{}, Strict{}, Arrival{}} }

func (r *Rules) discipline() Discipline {
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
	return Class{ID: id}
}

// ordering is the one order of candidates at a moment.
type ordering struct {
	now   time.Time
	rules Rules
	by    Discipline
}

func orderingAt(now time.Time, rules Rules) ordering { return ordering{now, rules, rules.discipline()} }

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
