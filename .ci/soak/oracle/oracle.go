// Package oracle is a hall on paper: what halld's documents promise, written a second time and without a line of halld's own. It is given
// commands and the events that the hall told, and says which answers and which events were right.
//
// Where the documents leave something open, either answer is right; see Decision.
package oracle

import (
	"fmt"
	"slices"
	"time"
)

// Setup is the hall that is modelled, as its hall file says.
type Setup struct {
	Queues       []Queue
	Windows      []Window
	Items        map[string]string // item → queue
	Printers     []string
	Policy       Policy
	Outcomes     map[string]bool // code → it needs a note
	PauseReasons []string
	// Strict: the class of the higher tier goes first. Priority then has tier 2, is asked for at a kiosk, and counts once staff have seen a paper; an appointment
	// has tier 1 and is given by its check-in alone.
	Strict bool
}

// Queue is a [[queue]] of the hall file.
type Queue struct {
	ID, Name, Prefix, BandEnd, Reserve string
	First, Last, Width                 int
}

// Window is a [[window]] of the hall file.
type Window struct {
	ID, Name string
	Queues   []string
}

// Policy is the [policy] of the hall file.
type Policy struct {
	RecallLimit, MissAfter, ReturnAfter, ReturnLimit, HoldLimit, LegLimit, WarnAt int
	UndoMiss, PriorityHead, AppointmentHead, UnprovedGrace                        time.Duration
}

// The states of a ticket.
const (
	Issued      = "issued"
	Waiting     = "waiting"
	Called      = "called"
	Serving     = "serving"
	Held        = "held"
	Missed      = "missed"
	Done        = "done"
	Transferred = "transferred"
	Void        = "void"
	Cancelled   = "cancelled"
	Expired     = "expired"
)

// moves is the table of legal moves: design, "States of a ticket", and the walk of queue/testdata/moves.txt.
var moves = map[string][]string{
	Issued:  {Waiting, Void, Expired},
	Waiting: {Called, Cancelled, Expired},
	Called:  {Serving, Done, Missed, Waiting, Expired},
	Serving: {Done, Held, Transferred, Expired},
	Held:    {Serving, Expired},
	Missed:  {Called, Waiting, Cancelled, Expired},
}

// Ticket is one place in one queue: a leg of a visit.
type Ticket struct {
	ID, Number, Visit, Queue, Class, State, Day string
	Leg                                         int
	Ordinal                                     int       // its place by arrival; a later leg keeps its visit's
	Arrived                                     time.Time // when the visit's number was given
	IssuedAt, QueuedAt, CalledAt, ServedAt      time.Time
	EndedAt, Since                              time.Time
	Window, Why, Outcome, Note, Item            string
	Claim                                       string // the class that was asked for, until staff have answered
	Calls, Returns, Overtook                    int
	Overtaken                                   int  // calls that passed it over
	Stood                                       int  // calls that were not given back: the first of them ended the wait
	After                                       int  // others still to be called first
	Returned                                    bool // back in line after a miss
	Rating                                      int
	Printer, Print, Job                         string
	Prints                                      int
	PrintEnded                                  time.Time
	Unmet                                       bool // ended without anybody saying that the citizen had come
}

// Live says whether the ticket can still be called or is at a window.
func (t *Ticket) Live() bool { return len(moves[t.State]) > 0 }

// Seat is what a window is at the moment.
type Seat struct {
	Window
	State, Clerk, Holder, Pause string
	Since                       time.Time
	Ticket                      *Ticket
	Held                        []*Ticket // the one held longest first
	Done                        int
	Rate                        *Ticket
	Miss                        *Ticket // the last miss here
	MissAt                      time.Time
	MissOld                     bool // the window was closed since
}

// Band is where a queue's numbers are today.
type Band struct {
	Prefix      string
	Next, Last  int
	Width, Used int // Used: of this band
	Given       int // today
	Extended    bool
	Warned      bool
}

// Model is the hall.
type Model struct {
	Setup Setup
	Seq   uint64
	At    time.Time // of the last event
	Day   string    // empty: closed
	Days  map[string]bool

	Tickets []*Ticket // of all days, in the order of their events
	byID    map[string]*Ticket
	numbers map[string]string // "day number" → visit
	Seats   map[string]*Seat
	Bands   map[string]*Band
	Stopped map[string]string         // queues of which no numbers are given, and why
	Missed  int                       // how often nobody came today, undone misses left out
	Strange map[string]int            // kinds of events that the model does not know
	jobs    map[string]*Ticket        // print jobs under way or in doubt
	calls   []*Ticket                 // in the order of their last call
	started map[string]map[string]int // of a job: how often it was started and ended
}

// New returns an empty hall whose day is closed.
func New(s Setup) *Model {
	m := &Model{Setup: s, Days: map[string]bool{}, byID: map[string]*Ticket{}, numbers: map[string]string{}, Seats: map[string]*Seat{},
		Bands: map[string]*Band{}, Strange: map[string]int{}, jobs: map[string]*Ticket{}, started: map[string]map[string]int{}}
	for _, w := range s.Windows {
		m.Seats[w.ID] = &Seat{Window: w, State: "closed"}
	}
	m.startDay()
	return m
}

func (m *Model) startDay() {
	m.Missed = 0
	m.calls = nil
	m.Stopped = map[string]string{}
	for _, q := range m.Setup.Queues {
		m.Bands[q.ID] = &Band{Prefix: q.Prefix, Next: q.First, Last: q.Last, Width: q.Width}
	}
	for _, s := range m.Seats {
		*s = Seat{Window: s.Window, State: "closed"}
	}
}

// Command is something a client asks for: a verb and its arguments, as they are sent.
type Command struct {
	Verb string
	Role string // of the token; empty: none
	Name string // of the token
	Args map[string]string
}

func (c Command) arg(k string) string { return c.Args[k] }
func (c Command) is(k string) bool    { return c.Args[k] == "true" }

// Get returns an argument of a command.
func (c Command) Get(k string) string { return c.Args[k] }

// Fact is an event that must follow: its kind and the fields that the documents promise. More fields may stand beside them.
type Fact struct {
	Kind  string
	Data  map[string]string
	Maybe bool // it may be left out
}

func (f Fact) String() string {
	s := f.Kind
	keys := make([]string, 0, len(f.Data))
	for k := range f.Data {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		s += " " + k + "=" + f.Data[k]
	}
	return s
}

// Decision is what may become of a command. Without codes it must be done; with codes and without Done it must be refused with one of them;
// with both, either is right.
type Decision struct {
	Codes []string // the refusals that are true; which of several comes first is not promised
	Done  bool
	Facts []Fact
}

func (d Decision) String() string {
	switch {
	case !d.Done:
		return fmt.Sprintf("refused with one of %v", d.Codes)
	case len(d.Codes) > 0:
		return fmt.Sprintf("done as %v, or refused with one of %v", d.Facts, d.Codes)
	default:
		return fmt.Sprintf("done as %v", d.Facts)
	}
}

// Event is an event as the live push tells it.
type Event struct {
	Seq  uint64
	At   time.Time
	Kind string
	Data map[string]any
}

// Str returns a field as text.
func (e Event) Str(k string) string {
	switch v := e.Data[k].(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return fmt.Sprint(int64(v))
	default:
		return fmt.Sprint(v)
	}
}

// Num returns a field as a number; absent is 0.
func (e Event) Num(k string) int {
	v, _ := e.Data[k].(float64)
	return int(v)
}

func (e Event) String() string {
	f := Fact{Kind: e.Kind, Data: map[string]string{}}
	for k := range e.Data {
		f.Data[k] = e.Str(k)
	}
	return fmt.Sprintf("%d %s", e.Seq, f)
}

// Fits says whether an event is what a fact promised.
func (f Fact) Fits(e Event) bool {
	if f.Kind != e.Kind {
		return false
	}
	for k, want := range f.Data {
		if e.Str(k) != want {
			return false
		}
	}
	return true
}

// Match says how many of the events, from the first on, are what the facts promised, in any order; -1: they are not.
func Match(facts []Fact, events []Event) int {
	left := slices.Clone(facts)
	n := 0
	for ; n < len(events) && len(left) > 0; n++ {
		i := slices.IndexFunc(left, func(f Fact) bool { return f.Fits(events[n]) })
		if i < 0 {
			break
		}
		left = slices.Delete(left, i, i+1)
	}
	for _, f := range left {
		if !f.Maybe {
			return -1
		}
	}
	return n
}

// Find returns the ticket with this id, or today's last leg of this number; nil if there is none.
func (m *Model) Find(ref string) *Ticket {
	if t := m.byID[ref]; t != nil {
		return t
	}
	for _, t := range slices.Backward(m.Tickets) {
		if t.Number == ref && t.Day == m.Day && m.Day != "" {
			return t
		}
	}
	return nil
}

// Today lists the tickets of the open day.
func (m *Model) Today() []*Ticket {
	var out []*Ticket
	for _, t := range m.Tickets {
		if t.Day == m.Day && m.Day != "" {
			out = append(out, t)
		}
	}
	return out
}

func (m *Model) queue(id string) *Queue {
	for i := range m.Setup.Queues {
		if m.Setup.Queues[i].ID == id {
			return &m.Setup.Queues[i]
		}
	}
	return nil
}
