package order

import "time"

// HeadStart calls the longest wait first, where a class counts as having come its head start earlier. Somebody is passed only by those who
// came within the difference of the head starts after them, however many there are: so nobody starves, and the rule fits on the wall.
type HeadStart struct{}

// Name implements Discipline.
func (HeadStart) Name() string { return "head-start" }

// Compare implements Discipline.
func (HeadStart) Compare(_ time.Time, a, b Claim) int {
	return a.Arrived.Add(-a.Class.Head).Compare(b.Arrived.Add(-b.Class.Head))
}
