package queue

import (
	"slices"
	"time"

	"halld/queue/order"
)

// State is where a ticket stands. The words are stored and sent: never rename one.
type State string

// The states of a ticket. The legal moves between them stand in one table below.
const (
	Issued      State = "issued"      // has a number; the print is not proved yet, so it is not called
	Waiting     State = "waiting"     // in line
	Called      State = "called"      // a window asks for it
	Serving     State = "serving"     // the citizen is at the window
	Held        State = "held"        // laid aside at its window, to be resumed there
	Missed      State = "missed"      // called often enough and nobody came
	Done        State = "done"        // finished with an outcome
	Transferred State = "transferred" // this leg ended; the next leg is a ticket of its own under the same number
	Void        State = "void"        // issued, never printed, and given up
	Cancelled   State = "cancelled"   // the citizen gave the place up
	Expired     State = "expired"     // the service day ended first
)

// move is one legal change of a ticket's state: from where, to where, and what it is called in a refusal. Every command that moves a ticket names its
// move, and nobody else compares states.
type move struct {
	name string // "ticket A001 is done: it cannot be " + name
	from []State
	to   State
}

// The moves of a ticket: the whole table.
var (
	moveProve    = move{"put in line", []State{Issued}, Waiting} // its print was proved
	moveKeep     = move{"kept without paper", []State{Issued}, Waiting}
	moveVoid     = move{"voided", []State{Issued}, Void}
	moveCancel   = move{"cancelled", []State{Waiting, Missed}, Cancelled}
	moveCall     = move{"called", []State{Waiting}, Called}
	moveDirect   = move{"called", []State{Waiting, Missed}, Called}
	moveRecall   = move{"called again", []State{Called}, Called}
	moveServe    = move{"served again", []State{Called}, Serving}
	moveGiveBack = move{"given back", []State{Called}, Waiting}
	moveMiss     = move{"missed", []State{Called}, Missed}
	moveUndoMiss = move{"called again", []State{Missed}, Called}
	moveReturn   = move{"put back in line", []State{Missed}, Waiting}
	moveHold     = move{"held", []State{Serving}, Held}
	moveResume   = move{"resumed", []State{Held}, Serving}
	moveFinish   = move{"finished", []State{Called, Serving}, Done} // from called: finished without "serve"
	moveTransfer = move{"transferred", []State{Serving}, Transferred}
	moveExpire   = move{"expired", []State{Issued, Waiting, Held, Missed}, Expired}
)

var moves = []move{moveProve, moveKeep, moveVoid, moveCancel, moveCall, moveDirect, moveRecall, moveServe, moveGiveBack, moveMiss, moveUndoMiss,
	moveReturn, moveHold, moveResume, moveFinish, moveTransfer, moveExpire}

// of refuses the move where the ticket's state does not allow it.
func (m move) of(t *Ticket) error {
	if slices.Contains(m.from, t.State) {
		return nil
	}
	return Refuse(IllegalMove, "ticket %s is %s: it cannot be %s", t.Number, t.State, m.name)
}

// CanMove reports whether any move leads from one state to the other.
func CanMove(from, to State) bool {
	return slices.ContainsFunc(moves, func(m move) bool { return m.to == to && slices.Contains(m.from, from) })
}

// Final reports whether no move leads out of the state.
func (s State) Final() bool {
	return !slices.ContainsFunc(moves, func(m move) bool { return slices.Contains(m.from, s) })
}

// present reports whether somebody with a ticket in this state is taken to be in the hall.
func (s State) present() bool {
	switch s {
	case Issued, Waiting, Called, Serving, Held:
		return true
	default:
		return false
	}
}

// Ticket is one place in one queue: one leg of a visit.
type Ticket struct {
	ID         TicketID  `json:"id"`
	Number     string    `json:"number"` // what the citizen reads: ^[A-Z]{1,2}[0-9]{3,4}$
	Visit      VisitID   `json:"visit"`
	Leg        int       `json:"leg"` // 1 for the first queue of the visit
	Queue      QueueID   `json:"queue"`
	Item       ItemID    `json:"item,omitempty"`
	ItemName   string    `json:"item_name,omitempty"` // as the item was called when it was issued: history is never renamed
	ItemNameEn string    `json:"item_name_en,omitempty"`
	Setup      uint64    `json:"setup,omitempty"`  // the event that set the hall up as it was when the ticket was issued
	Person     PersonKey `json:"person,omitempty"` // who took it, by a pseudonym of the day; empty: not known
	Class      Class     `json:"class"`
	Claim      Class     `json:"claim,omitempty"` // claimed at a kiosk, until staff have seen the evidence: it waits by Class meanwhile
	State      State     `json:"state"`
	Ordinal    uint64    `json:"ordinal"` // order of arrival in the whole hall: places are decided by it, never by a clock; a later leg keeps it
	Issued     time.Time `json:"issued_at"`
	Queued     time.Time `json:"queued_at,omitzero"` // when this leg entered its line

	Window      WindowID  `json:"window,omitempty"`         // the window that called it last
	Clerk       PersonID  `json:"clerk,omitempty"`          // who called it last, by staff number
	Calls       int       `json:"calls,omitempty"`          // times called at that window, 1 for the first
	FirstCalled time.Time `json:"first_called_at,omitzero"` // its first call at any window: a wait ends here
	CalledAt    time.Time `json:"called_at,omitzero"`
	Served      time.Time `json:"served_at,omitzero"`
	Ended       time.Time `json:"ended_at,omitzero"` // when the state became final, or missed

	Why        Reason     `json:"why,omitempty"`       // why it was this ticket that was called
	Overtook   int        `json:"overtook,omitempty"`  // tickets with an earlier place in the same queue that were passed over by that call
	Rule       string     `json:"rule,omitempty"`      // the discipline that chose it
	Told       *Told      `json:"told,omitempty"`      // why, in numbers; never changed in place
	Overtaken  int        `json:"overtaken,omitempty"` // how many who came later were called before it, as of when it left its line; see Hall.Overtaken
	After      int        `json:"after,omitempty"`     // returned after a miss: others of its queue still to be called first
	Returns    int        `json:"returns,omitempty"`   // times it came back after a miss
	Misses     int        `json:"misses,omitempty"`    // times it was missed and that was not undone
	Outcome    Outcome    `json:"outcome,omitempty"`
	Note       string     `json:"note,omitempty"` // the stated reason that an outcome, a cancel or a direct call asks for
	Rating     int        `json:"rating,omitempty"`
	Print      PrintState `json:"print,omitempty"` // of its latest print job; empty: paperless
	Printer    DeviceID   `json:"printer,omitempty"`
	Prints     int        `json:"prints,omitempty"`        // print jobs so far; the second and later carry the mark 补打
	Problem    string     `json:"problem,omitempty"`       // code of what went wrong with the latest print
	PrintEnded time.Time  `json:"print_ended_at,omitzero"` // when the print ended without proof, while the ticket waits for one

	Quantity int       `json:"quantity,omitempty"` // cases it stands for, where they are several
	Past     time.Time `json:"past,omitzero"`      // when it was given it was not expected to be served before this closing time
	Resumes  time.Time `json:"resumes,omitzero"`   // and calls were to go on then; zero: not that day
	Unserved bool      `json:"unserved,omitempty"` // when it was given no window was staffed or expected, and it said so
}

// Cases is what the ticket stands for, at least one.
func (t *Ticket) Cases() int { return max(t.Quantity, 1) }

// PrintState is how far the latest print of a ticket came.
type PrintState string

// A print is pending until its first byte is about to be sent; printing until the printer answered; then proved printed,
// proved failed, or unknown: paper may or may not have come out, and nothing is sent again without being asked for.
const (
	PrintPending  PrintState = "pending"
	PrintPrinting PrintState = "printing"
	PrintPrinted  PrintState = "printed"
	PrintFailed   PrintState = "failed"
	PrintUnknown  PrintState = "unknown"
)

// PrintJob is one print that is not ended: what the outbox holds.
type PrintJob struct {
	ID      JobID      `json:"id"`
	Ticket  TicketID   `json:"ticket"`
	Printer DeviceID   `json:"printer"`
	Copy    int        `json:"copy"`  // 1 for the first print; higher ones are marked 补打
	State   PrintState `json:"state"` // pending or printing
}

var zero time.Time

// Reason says why a ticket was called before the others.
type Reason string

// The reasons of a call.
const (
	LongestWait   Reason = Reason(order.LongestWait)   // waited longest of all the window serves
	PriorityFirst Reason = Reason(order.PriorityClass) // its class has a head start
	BookedTime    Reason = Reason(order.Appointment)   // its class has the appointment's head start
	RuleTurn      Reason = Reason(order.ByRule)        // its turn by the ratio, or by how the queues of the window compare
	ReturnDue     Reason = Reason(order.ReturnDue)     // missed once, came back, and the agreed number of others has been called
	NoOtherClass  Reason = Reason(order.OnlyQueue)     // nothing else waits for this window
	Direct        Reason = "direct"                    // called by its number, with a stated reason
	Undone        Reason = "miss-undone"               // a mistaken miss was taken back
)

// Outcome is what came of a service: the code the clerk ends it with.
type Outcome string

// The outcome codes of a service, in the order in which a clerk is offered them.
const (
	DoneAtOnce  Outcome = "done"         // 当场办结
	Accepted    Outcome = "accepted"     // 受理(转后台)
	Supplement  Outcome = "supplement"   // 一次性告知补正
	Advice      Outcome = "advice"       // 咨询/答复
	OtherWindow Outcome = "other-window" // 转窗(本厅)
	OtherOffice Outcome = "other-office" // 转部门(厅外)
	Refused     Outcome = "refused"      // 不予受理, needs a reason
	Collected   Outcome = "collected"    // 领证/取件
	Paid        Outcome = "paid"         // 缴费
	CouldNot    Outcome = "could-not"    // 无法办理(办不成事)
	NotThere    Outcome = "not-there"    // 未到(过号)
	WrongTicket Outcome = "wrong-ticket" // 误取号
	NotStated   Outcome = "not-stated"   // 未说明: ended at a keypad that has no codes, or by the end of the day
)

// Outcomes lists every outcome code in the order in which a clerk is offered them.
func Outcomes() []Outcome {
	return []Outcome{DoneAtOnce, Accepted, Supplement, Advice, OtherWindow, OtherOffice, Refused, Collected, Paid, CouldNot, NotThere, WrongTicket, NotStated}
}

// Attended reports whether a service that ended so had a citizen: who was not there cannot rate it.
func (o Outcome) Attended() bool { return o != NotThere && o != WrongTicket }

// NeedsNote reports whether the outcome must be given with a reason in words.
func (o Outcome) NeedsNote() bool { return o == Refused || o == CouldNot || o == OtherOffice }
