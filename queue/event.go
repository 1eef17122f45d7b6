package queue

import (
	"encoding/json"
	"fmt"
	"time"
)

// Event is one thing that happened. Seq counts from 1 without gaps over the life of the store. At is hall time: it never goes back.
type Event struct {
	Seq  uint64
	At   time.Time
	Fact Fact
}

// Fact is what happened. The set is closed: every fact is in this file. Facts are stored: fields are added, never renamed.
type Fact interface{ Kind() string }

// Configured sets the hall up.
type Configured struct {
	Config Config `json:"config"`
}

// DayOpened starts a service day.
type DayOpened struct {
	Day string `json:"day"`
}

// DayClosed ends it. The tickets that expired have events of their own before this one.
type DayClosed struct {
	Day string `json:"day"`
}

// TicketIssued is a new number. State is issued, or waiting for a paperless ticket.
type TicketIssued struct {
	Ticket TicketID `json:"ticket"`
	Number string   `json:"number"`
	Queue  QueueID  `json:"queue"`
	Item   ItemID   `json:"item,omitempty"`
	Class  Class    `json:"class"`
	State  State    `json:"state"`
}

// BandWarned says that a band is nearly used up.
type BandWarned struct {
	Queue QueueID `json:"queue"`
	Used  int     `json:"used"`
	Of    int     `json:"of"`
}

// BandExtended says how a queue's numbers go on after the last of its band.
type BandExtended struct {
	Queue  QueueID `json:"queue"`
	Prefix string  `json:"prefix"`
	Width  int     `json:"width"`
	Next   int     `json:"next"`
	Last   int     `json:"last"`
}

// PrintQueued puts a print into the outbox.
type PrintQueued struct {
	Job     JobID    `json:"job"`
	Ticket  TicketID `json:"ticket"`
	Printer DeviceID `json:"printer"`
	Copy    int      `json:"copy"`
}

// PrintStarted says that the first byte is about to go out.
type PrintStarted struct {
	Job    JobID    `json:"job"`
	Ticket TicketID `json:"ticket"`
}

// PrintEnded takes the print out of the outbox.
type PrintEnded struct {
	Job     JobID      `json:"job"`
	Ticket  TicketID   `json:"ticket"`
	Result  PrintState `json:"result"`
	Method  string     `json:"method,omitempty"`
	Problem string     `json:"problem,omitempty"`
}

// Cause says why a ticket came to wait.
type Cause string

// The causes of waiting.
const (
	Printed   Cause = "printed"    // its print was proved
	Unproved  Cause = "unproved"   // kept without a proved print
	Returned  Cause = "returned"   // came back after a miss
	GivenBack Cause = "given-back" // called, then put back to its place
)

// TicketQueued says that a ticket is in line. After is how many others of its queue are called first (a return).
type TicketQueued struct {
	Ticket TicketID `json:"ticket"`
	Cause  Cause    `json:"cause"`
	After  int      `json:"after,omitempty"`
	Reason string   `json:"reason,omitempty"`
}

// TicketEnded is a ticket that leaves without service: void, cancelled or expired.
type TicketEnded struct {
	Ticket TicketID `json:"ticket"`
	State  State    `json:"state"`
	Reason string   `json:"reason,omitempty"`
}

// WindowOpened staffs a window or ends its pause.
type WindowOpened struct {
	Window WindowID `json:"window"`
	Clerk  string   `json:"clerk,omitempty"`
	Holder string   `json:"holder,omitempty"`
}

// WindowPausedFact stops calls to a window.
type WindowPausedFact struct {
	Window WindowID    `json:"window"`
	Reason PauseReason `json:"reason"`
}

// WindowClosedFact ends its staffing.
type WindowClosedFact struct {
	Window WindowID `json:"window"`
}

// TicketCalled is a first call at a window. Why says by which rule, Overtook how many with an earlier place in the same queue were passed over.
type TicketCalled struct {
	Ticket   TicketID `json:"ticket"`
	Window   WindowID `json:"window"`
	Clerk    string   `json:"clerk,omitempty"`
	Why      Reason   `json:"why"`
	Note     string   `json:"note,omitempty"`
	Overtook int      `json:"overtook,omitempty"`
}

// TicketRecalled is the n-th call at the same window.
type TicketRecalled struct {
	Ticket TicketID `json:"ticket"`
	Window WindowID `json:"window"`
	Calls  int      `json:"calls"`
}

// TicketServing says that the citizen is at the window, for the first time or again after a hold.
type TicketServing struct {
	Ticket TicketID `json:"ticket"`
	Window WindowID `json:"window"`
	Resume bool     `json:"resume,omitempty"`
}

// TicketDone ends a service.
type TicketDone struct {
	Ticket  TicketID `json:"ticket"`
	Window  WindowID `json:"window"`
	Outcome Outcome  `json:"outcome"`
	Note    string   `json:"note,omitempty"`
}

// TicketMissed says that nobody came.
type TicketMissed struct {
	Ticket TicketID `json:"ticket"`
	Window WindowID `json:"window"`
}

// TicketHeld lays a ticket aside.
type TicketHeld struct {
	Ticket TicketID `json:"ticket"`
	Window WindowID `json:"window"`
	Reason string   `json:"reason,omitempty"`
}

// TicketTransferred ends a leg and starts the next one: Next waits in Queue with the same number and ordinal.
type TicketTransferred struct {
	Ticket TicketID `json:"ticket"`
	Window WindowID `json:"window"`
	Next   TicketID `json:"next"`
	Queue  QueueID  `json:"queue"`
	Item   ItemID   `json:"item,omitempty"`
	Reason string   `json:"reason,omitempty"`
}

// TicketRated is the one rating of a leg.
type TicketRated struct {
	Ticket TicketID `json:"ticket"`
	Window WindowID `json:"window,omitempty"`
	Level  int      `json:"level"`
	Source Source   `json:"source"`
}

// Kind names the fact where it is stored and sent.
func (Configured) Kind() string        { return "hall.configured" }
func (DayOpened) Kind() string         { return "day.opened" }
func (DayClosed) Kind() string         { return "day.closed" }
func (TicketIssued) Kind() string      { return "ticket.issued" }
func (BandWarned) Kind() string        { return "band.warned" }
func (BandExtended) Kind() string      { return "band.extended" }
func (PrintQueued) Kind() string       { return "print.queued" }
func (PrintStarted) Kind() string      { return "print.started" }
func (PrintEnded) Kind() string        { return "print.ended" }
func (TicketQueued) Kind() string      { return "ticket.queued" }
func (TicketEnded) Kind() string       { return "ticket.ended" }
func (WindowOpened) Kind() string      { return "window.opened" }
func (WindowPausedFact) Kind() string  { return "window.paused" }
func (WindowClosedFact) Kind() string  { return "window.closed" }
func (TicketCalled) Kind() string      { return "ticket.called" }
func (TicketRecalled) Kind() string    { return "ticket.recalled" }
func (TicketServing) Kind() string     { return "ticket.serving" }
func (TicketDone) Kind() string        { return "ticket.done" }
func (TicketMissed) Kind() string      { return "ticket.missed" }
func (TicketHeld) Kind() string        { return "ticket.held" }
func (TicketTransferred) Kind() string { return "ticket.transferred" }
func (TicketRated) Kind() string       { return "ticket.rated" }

var facts = map[string]func([]byte) (Fact, error){
	"hall.configured":    read[Configured],
	"day.opened":         read[DayOpened],
	"day.closed":         read[DayClosed],
	"ticket.issued":      read[TicketIssued],
	"band.warned":        read[BandWarned],
	"band.extended":      read[BandExtended],
	"print.queued":       read[PrintQueued],
	"print.started":      read[PrintStarted],
	"print.ended":        read[PrintEnded],
	"ticket.queued":      read[TicketQueued],
	"ticket.ended":       read[TicketEnded],
	"window.opened":      read[WindowOpened],
	"window.paused":      read[WindowPausedFact],
	"window.closed":      read[WindowClosedFact],
	"ticket.called":      read[TicketCalled],
	"ticket.recalled":    read[TicketRecalled],
	"ticket.serving":     read[TicketServing],
	"ticket.done":        read[TicketDone],
	"ticket.missed":      read[TicketMissed],
	"ticket.held":        read[TicketHeld],
	"ticket.transferred": read[TicketTransferred],
	"ticket.rated":       read[TicketRated],
}

func read[F Fact](data []byte) (Fact, error) {
	var f F
	err := json.Unmarshal(data, &f)
	return f, err
}

// ReadFact reads a fact from its kind and its JSON form. It fails on a kind this version does not know.
func ReadFact(kind string, data []byte) (Fact, error) {
	r, ok := facts[kind]
	if !ok {
		return nil, fmt.Errorf("read fact: kind %q is not known to this version", kind)
	}
	f, err := r(data)
	if err != nil {
		return nil, fmt.Errorf("read fact %s: %w", kind, err)
	}
	return f, nil
}
