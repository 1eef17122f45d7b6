package report

import (
	"slices"
	"time"
)

// Quantile is the smallest of the values that at least percent of a hundred of all of them do not exceed (the nearest rank: it is always one that occurred).
// The values must be sorted; of none it is 0. This is the only quantile of the program's figures.
func Quantile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := (len(sorted)*percent + 99) / 100
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// SpreadOf says how durations lie. It sorts them.
func SpreadOf(d []time.Duration) Spread {
	if len(d) == 0 {
		return Spread{}
	}
	slices.Sort(d)
	s := Spread{N: len(d), Median: Quantile(d, 50), P90: Quantile(d, 90), Max: d[len(d)-1]}
	for _, v := range d {
		s.Sum += v
	}
	return s
}
