package queue

import (
	"errors"
	"fmt"
	"time"
)

// Code names a refusal for programs. The words are part of the API: never rename one.
type Code string

// The refusals of the hall.
const (
	UnknownQueue   Code = "unknown-queue"
	UnknownWindow  Code = "unknown-window"
	UnknownTicket  Code = "unknown-ticket"
	UnknownItem    Code = "unknown-item"
	UnknownPrinter Code = "unknown-printer"
	UnknownJob     Code = "unknown-job"
	BadClass       Code = "bad-class"
	BadOutcome     Code = "bad-outcome"
	BadLevel       Code = "bad-level"
	BadPrintResult Code = "bad-print-result"
	BadDay         Code = "bad-day"
	BadConfig      Code = "bad-config"
	ReasonNeeded   Code = "reason-needed"
	DayNotOpen     Code = "day-not-open"
	DayIsOpen      Code = "day-is-open"
	DayUsed        Code = "day-used"    // that service day was opened before: its numbers are taken
	DayBusy        Code = "day-busy"    // tickets are still called or served
	NotSkipped     Code = "not-skipped" // the hall does not stay closed on that date
	NotConfigured  Code = "not-configured"
	NumbersUsedUp  Code = "numbers-used-up"
	IllegalMove    Code = "illegal-move" // the ticket's state does not allow it
	NobodyWaiting  Code = "nobody-waiting"
	WindowNotOpen  Code = "window-not-open"
	WindowStaffed  Code = "window-staffed" // another session holds it
	WindowBusy     Code = "window-busy"    // a ticket is called or served there
	WindowIdle     Code = "window-idle"    // no ticket is called or served there
	HoldsTickets   Code = "window-holds-tickets"
	NotYetMissed   Code = "not-yet-missed" // not called often enough
	RecallLimit    Code = "recall-limit"
	ReturnLimit    Code = "return-limit"
	HoldLimit      Code = "hold-limit"
	LegLimit       Code = "leg-limit"
	NothingToUndo  Code = "nothing-to-undo"
	NotServedHere  Code = "not-served-here" // the window does not serve the ticket's queue
	PrintUnderWay  Code = "print-under-way"
	AlreadyRated   Code = "already-rated"
	NotRatable     Code = "not-ratable"
	NobodyServes   Code = "nobody-serves" // no window serves the queue
	HasNumber      Code = "has-number"    // the person has a live number of this queue
	IssueStopped   Code = "issue-stopped" // no numbers are given now
	TextRefused    Code = "bad-text"      // a text with characters that must not get onto screens and into the log
	PersonNeeded   Code = "person-needed" // nobody said who works at the window
	UnknownPerson  Code = "unknown-person"
	NotYourWindow  Code = "not-your-window" // the person works elsewhere
	ClockBehind    Code = "clock-behind"    // the machine's clock is behind hall time, which never goes back
	DiskFull       Code = "disk-full"       // what space is left is kept for calling those who wait
	Evacuated      Code = "evacuated"       // the hall is evacuated: nobody is called
	StrandsTickets Code = "strands-tickets" // a changed set-up would leave waiting tickets without a queue or window
	ClassNotGiven  Code = "class-not-given" // not by whoever asked for it
	NoClaim        Code = "no-claim"        // the ticket claims no class
)

// The refusals of whoever asks for a number.
const (
	UnknownKiosk    Code = "unknown-kiosk"
	QueueStopped    Code = "queue-stopped"        // no numbers of this queue are given now
	KioskLocked     Code = "kiosk-locked"         // this kiosk gives no numbers now
	NotAtKiosk      Code = "not-at-this-kiosk"    // this kiosk does not offer it
	QuotaUsed       Code = "quota-used"           // what the queue takes now is taken
	TooLate         Code = "too-late"             // who came now would not be served before closing time
	NobodyThere     Code = "nobody-there"         // no window that serves the queue is staffed or expected
	SetupPassed     Code = "catalogue-changed"    // what was chosen is not offered any more as it was shown
	BatchTooLarge   Code = "batch-too-large"      // one ticket may not stand for so many cases
	OverrideRefused Code = "override-not-allowed" // a kiosk may not pass over a rule
)

// Refusal is the hall saying no: nothing changed. Text is for logs and developers, in English; screens translate Code.
type Refusal struct {
	Code    Code
	Text    string
	Instead *Instead `json:",omitempty"` // what can be done instead, where the hall knows
}

// Instead is what can be done instead of what was refused.
type Instead struct {
	From   time.Time `json:"from,omitzero"`    // come again then
	Ticket TicketID  `json:"ticket,omitempty"` // the number that the person has already: it can be printed again
	Number string    `json:"number,omitempty"`
}

func (r *Refusal) Error() string { return r.Text }

// Refuse makes a refusal.
func Refuse(code Code, format string, args ...any) error {
	return &Refusal{Code: code, Text: fmt.Sprintf(format, args...)}
}

// CodeOf returns the code of a refusal, or "" if the error is none.
func CodeOf(err error) Code {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}
