package queue

import "slices"

// StartPrint records that the first byte of a job is about to be sent.
type StartPrint struct {
	hallwide
	Job JobID
}

// EndPrint records how a print ended: PrintPrinted, PrintFailed or PrintUnknown. The latest print of a ticket that ended unknown may be recorded once more
// as printed, when the printer's proof of this very print comes late.
type EndPrint struct {
	hallwide
	Job     JobID
	Result  PrintState
	Method  string // how it was proved: process-id, gs-r, poll; empty if it was not
	Problem string // code of what went wrong
}

// Reprint prints a ticket again: same number, same place, marked 补打. Refused while a print of it is under way.
type Reprint struct {
	hallwide
	Ticket  TicketID
	Printer DeviceID // empty: the printer of the last print
}

// KeepWithoutPaper puts an issued ticket in line although no print is proved: the citizen has its number.
// The hall asks for it by itself after Policy.UnprovedGrace where the print is unknown.
type KeepWithoutPaper struct {
	hallwide
	Ticket TicketID
}

// VoidUnprinted gives up a ticket whose print failed and whom nobody kept: no paper came out, so nobody holds the number. The hall asks for it by itself
// after Policy.FailedGrace.
type VoidUnprinted struct {
	hallwide
	Ticket TicketID
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

// Kind names the command.
func (StartPrint) Kind() string { return "print.start" }

// Kind names the command.
func (EndPrint) Kind() string { return "print.end" }

// Kind names the command.
func (Reprint) Kind() string { return "ticket.reprint" }

// Kind names the command.
func (KeepWithoutPaper) Kind() string { return "ticket.keep" }

// Kind names the command.
func (VoidUnprinted) Kind() string { return "ticket.void" }

func (h *Hall) job(id JobID) (*PrintJob, error) {
	if i := h.jobAt(id); i >= 0 {
		return &h.jobs[i], nil
	}
	return nil, Refuse(UnknownJob, "there is no print job %q under way", id)
}

func (h *Hall) jobAt(id JobID) int {
	return slices.IndexFunc(h.jobs, func(j PrintJob) bool { return j.ID == id })
}

func (c StartPrint) decide(h *Hall, _ When) ([]Fact, error) {
	j, err := h.job(c.Job)
	if err != nil {
		return nil, err
	}
	if j.State != PrintPending {
		return nil, Refuse(PrintUnderWay, "print job %s was started before: it is not sent twice", c.Job)
	}
	return []Fact{PrintStarted{Job: j.ID, Ticket: j.Ticket}}, nil
}

func (c EndPrint) decide(h *Hall, _ When) ([]Fact, error) {
	j, err := h.job(c.Job)
	if late := h.unproved(c.Job); err != nil && late != nil && c.Result == PrintPrinted {
		j, err = &PrintJob{ID: c.Job, Ticket: late.ID}, nil
	}
	if err != nil {
		return nil, err
	}
	if c.Result != PrintPrinted && c.Result != PrintFailed && c.Result != PrintUnknown {
		return nil, Refuse(BadPrintResult, "%q is no end of a print: printed, failed or unknown", c.Result)
	}
	facts := []Fact{PrintEnded{Job: j.ID, Ticket: j.Ticket, Result: c.Result, Method: c.Method, Problem: c.Problem}}
	if t := h.day.tickets[j.Ticket]; t != nil && c.Result == PrintPrinted && moveProve.of(t) == nil {
		facts = append(facts, TicketQueued{Ticket: t.ID, Cause: Printed})
	}
	return facts, nil
}

// unproved is the ticket whose latest print is this one and ended unknown: of it a proof may still come. Of an earlier print it may not, since the later
// one says how the ticket stands, and of a ticket that is done with nobody asks.
func (h *Hall) unproved(id JobID) *Ticket {
	t := h.day.tickets[id.Ticket()]
	if t == nil || t.State.Final() || t.Print != PrintUnknown || jobID(t.ID, t.Prints) != id {
		return nil
	}
	return t
}

func (c Reprint) decide(h *Hall, _ When) ([]Fact, error) {
	t, err := h.ticket(c.Ticket)
	if err != nil {
		return nil, err
	}
	if t.State.Final() {
		return nil, move{name: "printed again"}.of(t)
	}
	for _, j := range h.jobs {
		if j.Ticket == t.ID {
			return nil, Refuse(PrintUnderWay, "ticket %s is being printed: wait for that print to end", t.Number)
		}
	}
	p := c.Printer
	if p == "" {
		p = t.Printer
	}
	if err := h.printer(p); err != nil {
		return nil, err
	}
	n := t.Prints + 1
	return []Fact{PrintQueued{Job: jobID(t.ID, n), Ticket: t.ID, Printer: p, Copy: n}}, nil
}

func (c KeepWithoutPaper) decide(h *Hall, _ When) ([]Fact, error) {
	t, err := h.ticket(c.Ticket)
	if err != nil {
		return nil, err
	}
	if err := moveKeep.of(t); err != nil {
		return nil, err
	}
	return []Fact{TicketQueued{Ticket: t.ID, Cause: Unproved}}, nil
}

func (c VoidUnprinted) decide(h *Hall, _ When) ([]Fact, error) {
	t, err := h.ticket(c.Ticket)
	if err != nil {
		return nil, err
	}
	if err := moveVoid.of(t); err != nil {
		return nil, err
	}
	if t.Print != PrintFailed {
		return nil, Refuse(PrintUnderWay, "the print of ticket %s did not fail: its number may be on paper", t.Number)
	}
	return []Fact{TicketEnded{Ticket: t.ID, State: Void, Reason: "not printed"}}, nil
}

func (f PrintQueued) apply(h *Hall, _ Event) {
	h.jobs = append(h.jobs, PrintJob{ID: f.Job, Ticket: f.Ticket, Printer: f.Printer, Copy: f.Copy, State: PrintPending})
	t := h.edit(f.Ticket)
	t.Print, t.Printer, t.Prints, t.Problem = PrintPending, f.Printer, f.Copy, ""
	h.agenda.clear(graceOf, string(t.ID))
}

func (f PrintStarted) apply(h *Hall, _ Event) {
	if i := h.jobAt(f.Job); i >= 0 {
		h.jobs = slices.Clone(h.jobs)
		h.jobs[i].State = PrintPrinting
	}
	if h.day.tickets[f.Ticket] != nil { // a print may outlast its day
		h.edit(f.Ticket).Print = PrintPrinting
	}
}

func (f PrintEnded) apply(h *Hall, e Event) {
	if i := h.jobAt(f.Job); i >= 0 {
		h.jobs = slices.Delete(slices.Clone(h.jobs), i, i+1)
	}
	if h.day.tickets[f.Ticket] == nil {
		return
	}
	t := h.edit(f.Ticket)
	t.Print, t.Problem = f.Result, f.Problem
	if t.State == Issued {
		t.PrintEnded = e.At
		h.planGrace(t)
	}
}

func (f TicketQueued) apply(h *Hall, e Event) {
	t := h.edit(f.Ticket)
	h.leave(t)
	if f.Cause == GivenBack {
		h.turnBack(t)
	}
	if f.Cause == Returned {
		t.After, t.Ended = f.After, zero
		t.Returns++
	}
	if t.Queued.IsZero() {
		t.Queued = e.At
	}
	t.Calls = 0
	h.become(t, Waiting, e.At)
}

// Kind names the fact where it is stored and sent.
func (PrintQueued) Kind() string { return "print.queued" }

// Tickets lists the ticket.
func (f PrintQueued) Tickets() []TicketID { return []TicketID{f.Ticket} }

// Where is no window.
func (PrintQueued) Where() WindowID { return "" }

// Public is the whole fact.
func (f PrintQueued) Public() Fact { return f }

// Kind names the fact where it is stored and sent.
func (PrintStarted) Kind() string { return "print.started" }

// Tickets lists the ticket.
func (f PrintStarted) Tickets() []TicketID { return []TicketID{f.Ticket} }

// Where is no window.
func (PrintStarted) Where() WindowID { return "" }

// Public is the whole fact.
func (f PrintStarted) Public() Fact { return f }

// Kind names the fact where it is stored and sent.
func (PrintEnded) Kind() string { return "print.ended" }

// Tickets lists the ticket.
func (f PrintEnded) Tickets() []TicketID { return []TicketID{f.Ticket} }

// Where is no window.
func (PrintEnded) Where() WindowID { return "" }

// Public is the whole fact.
func (f PrintEnded) Public() Fact { return f }

// Kind names the fact where it is stored and sent.
func (TicketQueued) Kind() string { return "ticket.queued" }

// Tickets lists the ticket.
func (f TicketQueued) Tickets() []TicketID { return []TicketID{f.Ticket} }

// Where is no window.
func (TicketQueued) Where() WindowID { return "" }

// Public leaves out the reason in words.
func (f TicketQueued) Public() Fact { f.Reason = ""; return f }
