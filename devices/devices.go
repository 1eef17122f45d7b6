// Package devices says what stands in a hall: the roles a device plays, the port it hangs on, and the problems it can have. It knows no
// protocol, no queue and no cable.
package devices

import (
	"context"
	"io"
	"log/slog"
	"time"

	"halld/devices/profile"
)

// Port is an open cable. A Read that nothing ends returns os.ErrDeadlineExceeded at the deadline; a hang-up is an error at once; Close ends
// a Read or Write under way.
type Port interface {
	io.ReadWriteCloser
	SetReadDeadline(t time.Time) error
}

// Device is whatever a driver opened. It also implements the roles it plays: Printer, Board, Pad, Caller, Voice, Button, Lamp.
type Device interface {
	// Probe asks the device for a sign of life, or does nothing where the protocol has none. An error means that it does not answer.
	Probe(ctx context.Context) error
	// Halt brings the device into an inert state (a blank board, no lamp). The port is closed by whoever opened it.
	Halt(ctx context.Context) error
}

// Opener makes a device of an open port. The driver owns the port's reading from then on.
type Opener func(ctx context.Context, port Port, set Setting) (Device, error)

// Setting is what a driver is told about its device.
type Setting struct {
	ID      string
	Profile *profile.Profile
	Window  int               // the window it stands at, 0 for none
	Address int               // on its bus, 0 for the profile's default
	Set     map[string]string // parameters of the profile
	Log     *slog.Logger
	Turn    *Turn         // on a line that devices share; nil: the line is the device's own
	Report  func(Problem) // says that a problem began or (Cleared) ended; never blocks
	Input   func(Input)   // hands on what was pressed; never blocks
	Read    func(Reading) // hands on what a reader read; never blocks

	// Pseudonym turns a personal number into a word from which it cannot be found again, the same one for the same number until the hall changes its key.
	Pseudonym func(number []byte) string
	// Proved says that a print which ended unproved is proved after all, by its Slip.Job; never blocks; nil: nobody wants to know.
	Proved func(job string, proof Proof)
	Heard  func() // says, on a line that devices share, that something of this device arrived; nil: nobody wants to know
}

// Slip is a ticket to be printed: its fields, and the template that says how they stand on paper.
type Slip struct {
	Job        string
	Hall       string
	HallEn     string
	Number     string
	Business   string // queue or item, Chinese
	BusinessEn string
	Department string
	Ahead      int // -1: not known
	WaitLow    int // estimated minutes; both 0: no estimate
	WaitHigh   int
	Windows    []string
	Issued     time.Time // zero: the hall does not know the time
	Bring      []string
	Missed     string // the missed-number policy in words
	URL        string // contents of the QR code; empty: none
	Copy       int    // 1 for the first print; higher is marked 补打
	Torn       bool   // the print before it was broken off: what hangs in the printer is cut off first

	DepartmentEn string
	MissedEn     string
	Notice       string // what the hall said when it gave the number
	NoticeEn     string
	Template     string // how it looks: text in the language of devices/receipt, or the name of a template that comes with it; empty: the usual one
}

// Proof says how it is known that a slip came out.
type Proof string

// The proofs of print, strongest first.
const (
	ByProcessID Proof = "process-id" // the printer echoed the slip's own mark after printing it
	ByStatus    Proof = "gs-r"       // a status request behind the cut was answered, and no fault is reported
	ByPoll      Proof = "poll"       // the printer reported itself idle and clean afterwards
	NoProof     Proof = "none"       // the printer says nothing
)

// Printer prints slips. Started is called once, before the first byte goes out, and its error stops the print.
// A nil error means proved. An error is a *PrintError: it says whether paper can have come out.
type Printer interface {
	Device
	Print(ctx context.Context, slip Slip, started func() error) (Proof, error)
}

// PrintError is a print that is not proved.
type PrintError struct {
	Nothing bool // surely no ticket came out: safe to print again
	Torn    bool // it was broken off: part of it may hang in the printer, whatever opens its port next
	Problem Problem
	Err     error
}

func (e *PrintError) Error() string {
	if e.Err != nil {
		return e.Problem.Text + " " + e.Err.Error()
	}
	return e.Problem.Text
}

func (e *PrintError) Unwrap() error { return e.Err }

// Face is the present state of a window, as its board and caller show it: a state, not a message.
type Face struct {
	Window  int
	Number  string // empty: no ticket
	Mode    Mode
	Pause   string // the reason in words, when paused
	Waiting int    // people in line for this window
}

// Mode is what a window is doing, for a board.
type Mode string

// The modes of a window.
const (
	Idle     Mode = "idle"    // open, nobody called
	Calling  Mode = "calling" // Number is asked to come
	AtWindow Mode = "serving" // Number is being served
	Paused   Mode = "paused"  // 暂停服务
	Closed   Mode = "closed"  // nobody staffs it
)

// Board shows the face of one window.
type Board interface {
	Device
	Show(ctx context.Context, face Face) error
}

// Caller is a clerk's unit: it shows the window's face and sends Input.
type Caller interface {
	Device
	ShowFace(ctx context.Context, face Face) error
}

// Counter shows how many people are in line, beside a face or in place of a number. Count tells it a changed count of a face that it shows already, and sends
// nothing that would look the same.
type Counter interface {
	Device
	Count(ctx context.Context, face Face) error
}

// Pad takes a rating; Ask lights it up for the citizen at the window.
type Pad interface {
	Device
	Ask(ctx context.Context) error
}

// Voice speaks one sentence and returns when it is spoken.
type Voice interface {
	Device
	Say(ctx context.Context, text string) error
}

// Lamp is lit or not.
type Lamp interface {
	Device
	Light(ctx context.Context, on bool) error
}

// Key is what was pressed.
type Key string

// The keys of callers, pads and buttons.
const (
	KeyCall     Key = "call"
	KeyRecall   Key = "recall"
	KeyHere     Key = "here" // the citizen has come
	KeyFinish   Key = "finish"
	KeyMiss     Key = "miss" // given up by the clerk after calling
	KeyPause    Key = "pause"
	KeyTransfer Key = "transfer" // Digits names the queue or window, by the caller's numbering
	KeyAsk      Key = "ask-rating"
	KeyRate     Key = "rate"   // Level is set
	KeyTicket   Key = "ticket" // Digits names the queue; the printer is that of the device's set-up
)

// Input is one press.
type Input struct {
	Device string
	Window int
	Key    Key
	Level  int    // 1 to 5 for KeyRate
	Digits string // typed before the key
}

// Severity says how much a problem hurts.
type Severity string

// The severities of a problem.
const (
	Warning Severity = "warning" // goes on working; see to it today
	Failing Severity = "failing" // does not do its work now
)

// Problem is a fault in plain words, for the manager's page. Code is stable and also names the fault in the simulators.
type Problem struct {
	Device   string    `json:"device"`
	Code     string    `json:"code"` // paper-out, cover-open, unplugged …
	Severity Severity  `json:"severity"`
	Text     string    `json:"text"` // Chinese, what is wrong
	TextEn   string    `json:"text_en"`
	Hint     string    `json:"hint"` // Chinese, what to do next
	HintEn   string    `json:"hint_en"`
	Since    time.Time `json:"since"`
	Cleared  bool      `json:"-"` // the problem with this Device and Code is over
}

// Health is one device as the manager sees it.
type Health struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	Profile  string    `json:"profile"`
	Port     string    `json:"port"`
	Window   string    `json:"window,omitempty"`
	State    string    `json:"state"`               // ok, warning, failing, starting
	LastSeen time.Time `json:"last_seen,omitzero"`  // last bytes received; never for a device that is only sent to
	LastSent time.Time `json:"last_sent,omitzero"`  // last bytes sent
	SendOnly bool      `json:"send_only,omitempty"` // its protocol has no answer: whether it lives can only be seen by looking at it
	Problems []Problem `json:"problems"`

	Hearing Hearing  `json:"hearing"`           // a State of ok says that no problem is known; only this says whether it was ever heard
	Witness *Witness `json:"witness,omitempty"` // who last saw it working
}
