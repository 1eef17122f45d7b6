// Package queue decides what happens in a hall. It has no clock, no store, no device and no HTTP.
//
//	hall := queue.New()
//	events, err := hall.Decide(queue.CallNext{Seat: queue.Seat{Window: "3"}}, now) // changes nothing; err is a *Refusal
//	for _, e := range events { hall.Apply(e) }                                     // cannot fail
//
// The same state and the same command give the same events, and applying stored events gives the identical state.
//
// The states of a ticket:
//
//	          ┌────────────► void                     ┌──► done
//	issued ───┤                                       │
//	          └► waiting ───► called ───► serving ────┼──► transferred ··· a new leg waits
//	               │  ▲ ▲       │ │ ▲       ▲         │
//	               │  │ └───────┘ │ │       └── held ◄┘
//	               │  │  given    │ │
//	               │  │  back     ▼ │ undone
//	               │  └─────── missed ───► expired
//	               └► cancelled, expired
package queue
