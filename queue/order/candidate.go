package order

import (
	"cmp"
	"strings"
	"time"
)

// Candidate is somebody who waits in a queue.
type Candidate struct {
	Key     string // of the ticket; one key is in line once
	Queue   string
	Class   string    // looked up in Rules.Classes; one that is not there has no advantage
	Place   uint64    // order of arrival in the whole hall
	Arrived time.Time // the wait counts from here; it rises with Place unless somebody is given credit for a wait elsewhere

	// Returned says that the ticket was missed and came back. After is how many others of its queue are still to be called before it.
	Returned bool
	After    int

	// Overtaken is how many who came later were called before it while it was due, see Pass.
	Overtaken int

	// Unready has its place but is not called yet. After has no meaning for it.
	Unready bool
}

// entry is a candidate in line.
type entry struct {
	Candidate
	due uint64 // the count of calls of its line at which it is called by its place again
}

// came orders by arrival: 0 is as early.
func came(a, b *Candidate) int {
	if c := a.Arrived.Compare(b.Arrived); c != 0 {
		return c
	}
	return cmp.Compare(a.Place, b.Place)
}

// inTree orders by arrival those of one queue, none of whom are equal: where no rule says who is first, it is at least always the same one.
func inTree(a, b *entry) int {
	if c := came(&a.Candidate, &b.Candidate); c != 0 {
		return c
	}
	return strings.Compare(a.Key, b.Key)
}
