package order

import "time"

// Cap sets a limit to a discipline: as soon as somebody has waited longer than Max, whoever came first of all is next, until nobody waits so
// long. Above the limit only the arrival counts, for every class alike. "Who waits too long goes first" would be another rule, and a wrong
// one: when the hall is overloaded everybody ordinary waits too long, and those with priority would never be called.
//
// It is one order at any moment: those over the limit came before those under it.
type Cap struct {
	Discipline
	Max time.Duration
}

// Compare implements Discipline.
func (c Cap) Compare(now time.Time, a, b Claim) int {
	if now.Sub(a.Arrived) > c.Max || now.Sub(b.Arrived) > c.Max {
		return a.Arrived.Compare(b.Arrived)
	}
	return c.Discipline.Compare(now, a, b)
}
