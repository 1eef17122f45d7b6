package order

import "time"

// Arrival calls the longest wait first and knows no classes.
type Arrival struct{}

// Name implements Discipline.
func (Arrival) Name() string { return "longest-wait" }

// Compare implements Discipline.
func (Arrival) Compare(_ time.Time, a, b Claim) int { return a.Arrived.Compare(b.Arrived) }
