package queue

import "time"

// WindowState is whether a window takes people.
type WindowState string

// The states of a window.
const (
	WindowClosed WindowState = "closed"
	WindowOpen   WindowState = "open"
	WindowPaused WindowState = "paused"
)

// PauseReason says why a window is paused. It is mandatory: the board and the manager show it.
type PauseReason string

// The reasons of a pause.
const (
	Meeting  PauseReason = "meeting"  // 会议
	Restroom PauseReason = "restroom" // 如厕
	Fault    PauseReason = "fault"    // 系统故障
	Lunch    PauseReason = "lunch"    // 午休
	TidyUp   PauseReason = "tidy-up"  // 整理
)

// PauseReasons lists the reasons of a pause in the order in which a clerk is offered them.
func PauseReasons() []PauseReason { return []PauseReason{Restroom, Meeting, Lunch, TidyUp, Fault} }

// Window is one place where citizens are served.
type Window struct {
	ID     WindowID    `json:"id"`
	State  WindowState `json:"state"`
	Pause  PauseReason `json:"pause,omitempty"`
	Clerk  string      `json:"clerk,omitempty"`  // who staffs it, by staff number; by name in a hall without people
	Name   string      `json:"name,omitempty"`   // as that person is called
	Holder string      `json:"holder,omitempty"` // the lease: the session that may act here; empty: nobody does
	Since  time.Time   `json:"since,omitzero"`

	Ticket    TicketID   `json:"ticket,omitempty"`    // called or serving here
	Held      []TicketID `json:"held,omitempty"`      // laid aside here, oldest first
	Last      TicketID   `json:"last,omitempty"`      // the ticket that left last: a late rating belongs to it until the next call
	LastEnded time.Time  `json:"last_ended,omitzero"` // when that was
	Missed    TicketID   `json:"missed,omitempty"`    // the last ticket, if it left by a miss that can still be undone
}
