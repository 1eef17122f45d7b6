package order

import (
	"cmp"
	"time"
)

// Strict calls the highest tier first, and the longest wait inside a tier. A lower tier waits for as long as the higher ones keep coming.
type Strict struct{}

// Name implements Discipline.
func (Strict) Name() string { return "strict" }

// Compare implements Discipline.
func (Strict) Compare(_ time.Time, a, b Claim) int { return cmp.Compare(b.Class.Tier, a.Class.Tier) }
