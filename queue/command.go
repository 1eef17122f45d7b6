package queue

// Command is something that can be asked of the hall. The set is closed: every command is in this file.
type Command interface{ command() }

// Configure sets the hall up, or sets it up anew. A change that would strand waiting tickets is refused.
type Configure struct{ Config Config }

// OpenDay opens a service day. Day is a business date, 2006-01-02, with "-2" and so on for a second opening on one date.
type OpenDay struct{ Day string }

// CloseDay ends the service day: what still waits expires, windows close. Refused while a ticket is called or being served, unless Force.
type CloseDay struct{ Force bool }

// Issue gives a citizen a number. With a printer the ticket is printed and waits once that is proved; without, it waits at once.
type Issue struct {
	Queue   QueueID
	Item    ItemID // optional; it must belong to Queue
	Class   Class  // empty: ordinary
	Printer DeviceID
}

// StartPrint records that the first byte of a job is about to be sent.
type StartPrint struct{ Job JobID }

// EndPrint records how a print ended: PrintPrinted, PrintFailed or PrintUnknown. The latest print of a ticket that ended unknown may be recorded once more
// as printed, when the printer's proof of this very print comes late.
type EndPrint struct {
	Job     JobID
	Result  PrintState
	Method  string // how it was proved: process-id, gs-r, poll; empty if it was not
	Problem string // code of what went wrong
}

// Reprint prints a ticket again: same number, same place, marked 补打. Refused while a print of it is under way.
type Reprint struct {
	Ticket  TicketID
	Printer DeviceID // empty: the printer of the last print
}

// KeepWithoutPaper puts an issued ticket in line although no print is proved: the citizen has its number.
// The engine sends it by itself after Policy.UnprovedGrace.
type KeepWithoutPaper struct{ Ticket TicketID }

// Cancel gives up a place: a waiting or missed ticket becomes cancelled, an issued one void.
type Cancel struct {
	Ticket TicketID
	Reason string
}

// Seat names the window a command acts at and who acts. Holder empty means a device at the window or a script, which act for
// whoever holds the window; otherwise it must be the window's holder.
type Seat struct {
	Window WindowID
	Holder string
}

// OpenWindow staffs a window, or ends its pause. Another holder's window is refused unless TakeOver.
type OpenWindow struct {
	Seat
	Clerk    string
	TakeOver bool
}

// PauseWindow stops calls to a window for a stated reason; a ticket being served is finished all the same.
type PauseWindow struct {
	Seat
	Reason PauseReason
}

// CloseWindow ends the staffing of a window. Refused while a ticket is called, served or held there.
type CloseWindow struct{ Seat }

// CallNext calls the next ticket by the hall's policy. Refused while a ticket is called or served at the window.
type CallNext struct{ Seat }

// CallTicket calls one ticket out of turn, for a stated reason; it counts as overtaking. A missed ticket can be called so too.
type CallTicket struct {
	Seat
	Ticket TicketID
	Reason string
}

// Recall calls the window's ticket once more, up to Policy.RecallLimit calls in all.
type Recall struct{ Seat }

// Serve records that the citizen is at the window.
type Serve struct{ Seat }

// Finish ends the service with an outcome. A called ticket is taken to have been served from the call on.
type Finish struct {
	Seat
	Outcome Outcome
	Note    string
}

// NoShow declares the called ticket missed. Refused before Policy.MissAfter calls, unless Force (the clerk confirmed it).
type NoShow struct {
	Seat
	Force bool
}

// UndoMiss takes back the window's last miss while it has no other ticket: the same ticket is called here again, its place as before.
type UndoMiss struct{ Seat }

// Return puts a missed ticket back in line: after the next Policy.ReturnAfter others of its queue, at most Policy.ReturnLimit times.
type Return struct{ Ticket TicketID }

// Hold lays the ticket being served aside at its window.
type Hold struct {
	Seat
	Reason string
}

// Resume goes on serving a held ticket of the window; empty Ticket: the one held longest. The window must have no other.
type Resume struct {
	Seat
	Ticket TicketID
}

// Transfer ends this leg and lets the visit wait in another queue under the same number, with its arrival time kept as credit.
type Transfer struct {
	Seat
	Queue  QueueID
	Item   ItemID
	Reason string
}

// GiveBack puts a called ticket back to its exact place: its window closed or lost its clerk before anybody came.
type GiveBack struct {
	Seat
	Reason string
}

// Rate stores one rating for a ticket that is served or done; a second one is refused.
type Rate struct {
	Ticket TicketID
	Level  int
	Source Source
}

// RateWindow stores a rating pressed at a window's pad: it belongs to the ticket served there or, until the next call, to the one that
// left last.
type RateWindow struct {
	Window WindowID
	Level  int
}

func (Configure) command()        {}
func (OpenDay) command()          {}
func (CloseDay) command()         {}
func (Issue) command()            {}
func (StartPrint) command()       {}
func (EndPrint) command()         {}
func (Reprint) command()          {}
func (KeepWithoutPaper) command() {}
func (Cancel) command()           {}
func (OpenWindow) command()       {}
func (PauseWindow) command()      {}
func (CloseWindow) command()      {}
func (CallNext) command()         {}
func (CallTicket) command()       {}
func (Recall) command()           {}
func (Serve) command()            {}
func (Finish) command()           {}
func (NoShow) command()           {}
func (UndoMiss) command()         {}
func (Return) command()           {}
func (Hold) command()             {}
func (Resume) command()           {}
func (Transfer) command()         {}
func (GiveBack) command()         {}
func (Rate) command()             {}
func (RateWindow) command()       {}
