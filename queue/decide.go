package queue

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Decide says what a command leads to at a moment, or refuses it with a *Refusal. It changes nothing. A moment before the last event counts as
// that event's moment: hall time never goes back.
func (h *Hall) Decide(cmd Command, now time.Time) ([]Event, error) {
	if now.Before(h.at) {
		now = h.at
	}
	facts, err := h.decide(cmd, now)
	if err != nil || len(facts) == 0 {
		return nil, err
	}
	events := make([]Event, len(facts))
	for i, f := range facts {
		events[i] = Event{Seq: h.seq + 1 + uint64(i), At: now, Fact: f}
	}
	return events, nil
}

func (h *Hall) decide(cmd Command, now time.Time) ([]Fact, error) {
	if c, ok := cmd.(Configure); ok {
		return h.configure(c)
	}
	if h.cfg == nil {
		return nil, Refuse(NotConfigured, "the hall is not set up yet: apply a hall file")
	}
	switch c := cmd.(type) {
	case OpenDay:
		return h.openDay(c)
	case EndPrint:
		return h.endPrint(c)
	case StartPrint:
		return h.startPrint(c)
	case OpenWindow:
		return h.openWindow(c)
	case PauseWindow:
		return h.pauseWindow(c)
	case CloseWindow:
		return h.closeWindow(c)
	}
	if h.day == "" {
		return nil, Refuse(DayNotOpen, "no service day is open: open the day first")
	}
	switch c := cmd.(type) {
	case CloseDay:
		return h.closeDay(c)
	case Issue:
		return h.issue(c)
	case Reprint:
		return h.reprint(c)
	case KeepWithoutPaper:
		return h.keep(c)
	case Cancel:
		return h.cancel(c)
	case Return:
		return h.comeBack(c)
	case Rate:
		return h.rate(c.Ticket, c.Level, c.Source)
	case RateWindow:
		return h.rateWindow(c)
	default:
		return h.decideAtWindow(cmd, now)
	}
}

func (h *Hall) configure(c Configure) ([]Fact, error) {
	if err := c.Config.Check(); err != nil {
		return nil, Refuse(BadConfig, "%v", err)
	}
	next := c.Config
	next.Policy = next.Policy.Defaults()
	served := map[QueueID]bool{}
	for _, w := range next.WindowSetup {
		for _, q := range w.Queues {
			served[q] = true
		}
	}
	for id, l := range h.lines {
		if n := l.count() + len(l.pending); n > 0 && !served[id] {
			return nil, Refuse(StrandsTickets, "%d tickets wait in queue %s, which no window would serve: call or cancel them first", n, id)
		}
	}
	for id, w := range h.windows {
		if (w.Ticket != "" || len(w.Held) > 0) && !slices.ContainsFunc(next.WindowSetup, func(s WindowSetup) bool { return s.ID == id }) {
			return nil, Refuse(StrandsTickets, "window %s still has tickets: finish them first", id)
		}
	}
	if h.cfg != nil && h.day != "" {
		for _, q := range next.Queues {
			for _, old := range h.cfg.Queues {
				if old.ID == q.ID && (old.Prefix != q.Prefix || old.First != q.First) && h.series[q.ID] != nil && h.series[q.ID].Issued > 0 {
					return nil, Refuse(BadConfig, "queue %s has issued numbers today: its prefix and first number change only between service days", q.ID)
				}
			}
			for id, s := range h.series {
				if id != q.ID && s.Issued > 0 && (s.Prefix == q.Prefix || s.Prefix == q.Reserve) {
					return nil, Refuse(BadConfig, "prefix %s has numbers of queue %s today: give queue %s another one", s.Prefix, id, q.ID)
				}
			}
		}
	}
	return []Fact{Configured{Config: next}}, nil
}

func (h *Hall) openDay(c OpenDay) ([]Fact, error) {
	if _, err := time.Parse(time.DateOnly, c.Day[:min(10, len(c.Day))]); err != nil {
		return nil, Refuse(BadDay, "%q is no service day: write 2006-01-02, or 2006-01-02-2 for a second opening", c.Day)
	}
	if h.day != "" {
		return nil, Refuse(DayIsOpen, "service day %s is open: close it first", h.day)
	}
	if h.days[c.Day] {
		return nil, Refuse(DayUsed, "service day %s was opened before and its numbers are taken: open it as %s-2", c.Day, c.Day[:10])
	}
	return []Fact{DayOpened{Day: c.Day}}, nil
}

func (h *Hall) closeDay(c CloseDay) ([]Fact, error) {
	var left []*Ticket
	for _, w := range h.windows {
		if !c.Force && (w.Ticket != "" || len(w.Held) > 0) {
			return nil, Refuse(DayBusy, "window %s still serves: finish it, or close the day with force", w.ID)
		}
	}
	for _, t := range h.tickets {
		if !t.State.Final() {
			left = append(left, t)
		}
	}
	slices.SortFunc(left, func(a, b *Ticket) int {
		if a.Ordinal != b.Ordinal {
			return int(a.Ordinal) - int(b.Ordinal)
		}
		return a.Leg - b.Leg
	})
	var facts []Fact
	for _, t := range left {
		switch t.State {
		case Serving:
			facts = append(facts, TicketDone{Ticket: t.ID, Window: t.Window, Outcome: CouldNot, Note: "day closed"})
		case Called:
			facts = append(facts, TicketMissed{Ticket: t.ID, Window: t.Window}, TicketEnded{Ticket: t.ID, State: Expired, Reason: "day closed"})
		default:
			facts = append(facts, TicketEnded{Ticket: t.ID, State: Expired, Reason: "day closed"})
		}
	}
	for _, s := range h.cfg.WindowSetup {
		if w := h.windows[s.ID]; w != nil && w.State != WindowClosed {
			facts = append(facts, WindowClosedFact{Window: w.ID})
		}
	}
	return append(facts, DayClosed{Day: h.day}), nil
}

func (h *Hall) queue(id QueueID) (*Queue, error) {
	for i := range h.cfg.Queues {
		if h.cfg.Queues[i].ID == id {
			return &h.cfg.Queues[i], nil
		}
	}
	return nil, Refuse(UnknownQueue, "there is no queue %q in this hall", id)
}

func (h *Hall) item(id ItemID, q QueueID) error {
	if id == "" {
		return nil
	}
	for _, i := range h.cfg.Items {
		if i.ID == id && i.Queue == q {
			return nil
		}
	}
	return Refuse(UnknownItem, "queue %s has no item %q", q, id)
}

func (h *Hall) printer(id DeviceID) error {
	for _, d := range h.cfg.Devices {
		if d.ID == id && d.Kind == "printer" {
			return nil
		}
	}
	return Refuse(UnknownPrinter, "there is no printer %q in this hall", id)
}

func (h *Hall) ticket(id TicketID) (*Ticket, error) {
	t := h.tickets[id]
	if t == nil {
		return nil, Refuse(UnknownTicket, "there is no ticket %q today", id)
	}
	return t, nil
}

func (h *Hall) dayPrefix() string { return strings.ReplaceAll(h.day, "-", "") }

func (h *Hall) issue(c Issue) ([]Fact, error) {
	q, err := h.queue(c.Queue)
	if err != nil {
		return nil, err
	}
	if err := h.item(c.Item, c.Queue); err != nil {
		return nil, err
	}
	class := c.Class
	if class == "" {
		class = Ordinary
	}
	if class != Ordinary && class != Priority && class != Appointment {
		return nil, Refuse(BadClass, "%q is no class: ordinary, priority or appointment", c.Class)
	}
	if c.Printer != "" {
		if err := h.printer(c.Printer); err != nil {
			return nil, err
		}
	}
	var facts []Fact
	s := *h.series[q.ID]
	if s.Next > s.Last {
		ext, ok := extend(q, s)
		if !ok {
			return nil, Refuse(NumbersUsedUp, "queue %s has no numbers left today: its band ends at %s%0*d", q.ID, s.Prefix, s.Width, s.Last)
		}
		facts = append(facts, ext)
		s.Prefix, s.Width, s.Next, s.Last, s.Beyond = ext.Prefix, ext.Width, ext.Next, ext.Last, true
	}
	number := fmt.Sprintf("%s%0*d", s.Prefix, s.Width, s.Next)
	id := TicketID(h.dayPrefix() + "-" + number)
	state := Waiting
	if c.Printer != "" {
		state = Issued
	}
	facts = append(facts, TicketIssued{Ticket: id, Number: number, Queue: q.ID, Item: c.Item, Class: class, State: state})
	if c.Printer != "" {
		facts = append(facts, PrintQueued{Job: JobID(string(id) + "#1"), Ticket: id, Printer: c.Printer, Copy: 1})
	}
	if of := s.Last - q.First + 1; !s.Warned && !s.Beyond && (s.Issued+1)*100 >= h.cfg.Policy.WarnAt*of {
		facts = append(facts, BandWarned{Queue: q.ID, Used: s.Issued + 1, Of: of})
	}
	return facts, nil
}

// extend says how numbers go on after the last of a band, once.
func extend(q *Queue, s series) (BandExtended, bool) {
	if s.Beyond {
		return BandExtended{}, false
	}
	switch q.BandEnd {
	case Widen:
		if s.Width >= 4 {
			return BandExtended{}, false
		}
		return BandExtended{Queue: q.ID, Prefix: s.Prefix, Width: 4, Next: max(s.Last+1, 1000), Last: 9999}, true
	case Reserve:
		return BandExtended{Queue: q.ID, Prefix: q.Reserve, Width: s.Width, Next: q.First, Last: q.Last}, true
	default:
		return BandExtended{}, false
	}
}

func (h *Hall) job(id JobID) (*PrintJob, error) {
	for i := range h.jobs {
		if h.jobs[i].ID == id {
			return &h.jobs[i], nil
		}
	}
	return nil, Refuse(UnknownJob, "there is no print job %q under way", id)
}

func (h *Hall) startPrint(c StartPrint) ([]Fact, error) {
	j, err := h.job(c.Job)
	if err != nil {
		return nil, err
	}
	if j.State != PrintPending {
		return nil, Refuse(PrintUnderWay, "print job %s was started before: it is not sent twice", c.Job)
	}
	return []Fact{PrintStarted{Job: j.ID, Ticket: j.Ticket}}, nil
}

func (h *Hall) endPrint(c EndPrint) ([]Fact, error) {
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
	if t := h.tickets[j.Ticket]; t != nil && t.State == Issued && c.Result == PrintPrinted {
		facts = append(facts, TicketQueued{Ticket: t.ID, Cause: Printed})
	}
	return facts, nil
}

// unproved is the ticket whose latest print is this one and ended unknown: of it a proof may still come. Of an earlier print it may not, since the later
// one says how the ticket stands, and of a ticket that is done with nobody asks.
func (h *Hall) unproved(id JobID) *Ticket {
	of, _, _ := strings.Cut(string(id), "#")
	t := h.tickets[TicketID(of)]
	if t == nil || t.State.Final() || t.Print != PrintUnknown || JobID(fmt.Sprintf("%s#%d", t.ID, t.Prints)) != id {
		return nil
	}
	return t
}

func (h *Hall) reprint(c Reprint) ([]Fact, error) {
	t, err := h.ticket(c.Ticket)
	if err != nil {
		return nil, err
	}
	if t.State.Final() {
		return nil, illegal(t, "printed again")
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
	return []Fact{PrintQueued{Job: JobID(fmt.Sprintf("%s#%d", t.ID, n)), Ticket: t.ID, Printer: p, Copy: n}}, nil
}

func (h *Hall) keep(c KeepWithoutPaper) ([]Fact, error) {
	t, err := h.ticket(c.Ticket)
	if err != nil {
		return nil, err
	}
	if t.State != Issued {
		return nil, illegal(t, "kept without paper")
	}
	return []Fact{TicketQueued{Ticket: t.ID, Cause: Unproved}}, nil
}

func (h *Hall) cancel(c Cancel) ([]Fact, error) {
	t, err := h.ticket(c.Ticket)
	if err != nil {
		return nil, err
	}
	to := Cancelled
	if t.State == Issued {
		to = Void
	}
	if !CanMove(t.State, to) {
		return nil, illegal(t, "cancelled")
	}
	var facts []Fact
	for _, j := range h.jobs { // nobody waits for this paper any more
		if j.Ticket == t.ID && j.State == PrintPending {
			facts = append(facts, PrintEnded{Job: j.ID, Ticket: t.ID, Result: PrintFailed, Problem: "cancelled"})
		}
	}
	return append(facts, TicketEnded{Ticket: t.ID, State: to, Reason: c.Reason}), nil
}

func (h *Hall) comeBack(c Return) ([]Fact, error) {
	t, err := h.ticket(c.Ticket)
	if err != nil {
		return nil, err
	}
	if t.State != Missed {
		return nil, illegal(t, "put back in line")
	}
	if t.Returns >= h.cfg.Policy.ReturnLimit {
		return nil, Refuse(ReturnLimit, "ticket %s came back %d times already: take a new number", t.Number, t.Returns)
	}
	return []Fact{TicketQueued{Ticket: t.ID, Cause: Returned, After: h.cfg.Policy.ReturnAfter}}, nil
}

func illegal(t *Ticket, what string) error {
	return Refuse(IllegalMove, "ticket %s is %s: it cannot be %s", t.Number, t.State, what)
}

func (h *Hall) rate(id TicketID, level int, src Source) ([]Fact, error) {
	if level < LowestLevel || level > HighestLevel {
		return nil, Refuse(BadLevel, "level %d: a rating is 1 to 5", level)
	}
	t, err := h.ticket(id)
	if err != nil {
		return nil, err
	}
	if t.Rating != 0 {
		return nil, Refuse(AlreadyRated, "ticket %s is rated already", t.Number)
	}
	if t.State != Serving && t.State != Done && t.State != Transferred {
		return nil, Refuse(NotRatable, "ticket %s is %s: there is no service to rate", t.Number, t.State)
	}
	return []Fact{TicketRated{Ticket: t.ID, Window: t.Window, Level: level, Source: src}}, nil
}

func (h *Hall) rateWindow(c RateWindow) ([]Fact, error) {
	w := h.windows[c.Window]
	if w == nil {
		return nil, Refuse(UnknownWindow, "there is no window %q in this hall", c.Window)
	}
	id := h.ratable(w)
	if id == "" {
		return nil, Refuse(NotRatable, "nobody was served at window %s to whom this rating belongs", w.ID)
	}
	return h.rate(id, c.Level, FromPad)
}

// ratable is the ticket a press on the window's pad belongs to now.
func (h *Hall) ratable(w *Window) TicketID {
	if w.Ticket != "" {
		if t := h.tickets[w.Ticket]; t != nil && t.State == Serving {
			return t.ID
		}
		return "" // called, not here yet: a late press is not credited to it
	}
	if t := h.tickets[w.Last]; t != nil && (t.State == Done || t.State == Transferred) {
		return t.ID
	}
	return ""
}
