package order

import (
	"cmp"
	"time"
)

// Accumulating calls the highest score first: the wait, counted as fast as the class says, and its head start. An ordinary wait counts 100 percent.
// Nobody starves, because every wait grows, and the ratio of the classes' mean waits can be set anywhere between first come and strict.
type Accumulating struct{}

// Name implements Discipline.
func (Accumulating) Name() string { return "accumulating" }

// Compare implements Discipline.
func (Accumulating) Compare(now time.Time, a, b Claim) int {
	return cmp.Compare(b.score(now), a.score(now))
}

// score is in hundredths of a nanosecond, so that nothing is rounded.
func (c Claim) score(now time.Time) int64 {
	return int64(max(0, now.Sub(c.Arrived)))*int64(c.Class.Slope) + int64(c.Class.Head)*100
}
