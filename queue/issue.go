package queue

import (
	"fmt"
	"slices"
	"time"
)

// Issue gives a citizen a number. With a printer the ticket is printed and waits once that is proved; without, it waits at once.
type Issue struct {
	hallwide
	Queue   QueueID // may be empty if Item is given: then it is the item's
	Item    ItemID  // optional; it must belong to Queue
	Class   Class   // empty: ordinary
	Printer DeviceID
	Proved  bool      // a device has seen what the class asks for
	Person  PersonKey // who takes it, where a reader knows; with Policy.OnePerPerson nobody has two live tickets of one queue

	Quantity int    // cases that an agent (代办) brings; 0: one
	Setup    uint64 // the event that set up the hall as it was shown to who chooses; 0: whatever it is now
	Override string // why it is given although a rule of the queue speaks against it; for staff
}

// TicketIssued is a new number. State is issued, or waiting for a paperless ticket.
type TicketIssued struct {
	Ticket     TicketID  `json:"ticket"`
	Number     string    `json:"number"`
	Queue      QueueID   `json:"queue"`
	Item       ItemID    `json:"item,omitempty"`
	ItemName   string    `json:"item_name,omitempty"`
	ItemNameEn string    `json:"item_name_en,omitempty"`
	Setup      uint64    `json:"setup,omitempty"`
	Person     PersonKey `json:"person,omitempty"`
	Class      Class     `json:"class"`
	State      State     `json:"state"`
	Claim      Class     `json:"claim,omitempty"` // claimed, until staff have seen the evidence

	Quantity int       `json:"quantity,omitempty"` // cases, where they are several
	Past     time.Time `json:"past,omitzero"`      // it is not expected to be served before this closing time
	Resumes  time.Time `json:"resumes,omitzero"`   // and calls go on then; zero: not today
	Unserved bool      `json:"unserved,omitempty"` // no window is staffed or expected, and the ticket says so
	Reason   string    `json:"reason,omitempty"`   // why it was given although a rule spoke against it
}

// BandWarned says that a band is nearly used up.
type BandWarned struct {
	ofHall
	Queue QueueID `json:"queue"`
	Used  int     `json:"used"`
	Of    int     `json:"of"`
}

// BandExtended says how a queue's numbers go on after the last of its band.
type BandExtended struct {
	ofHall
	Queue  QueueID `json:"queue"`
	Prefix string  `json:"prefix"`
	Width  int     `json:"width"`
	Next   int     `json:"next"`
	Last   int     `json:"last"`
}

// Cancel gives up a place: a waiting or missed ticket becomes cancelled, an issued one void.
type Cancel struct {
	hallwide
	Ticket TicketID
	Reason string
}

// TicketEnded is a ticket that leaves without service: void, cancelled or expired.
type TicketEnded struct {
	Ticket TicketID `json:"ticket"`
	State  State    `json:"state"`
	Reason string   `json:"reason,omitempty"`
}

// Kind names the command.
func (Issue) Kind() string { return "ticket.issue" }

// Kind names the command.
func (Cancel) Kind() string { return "ticket.cancel" }

// queue finds a queue; nil: it is not set up.
func (c *Config) queue(id QueueID) *Queue {
	for i := range c.Queues {
		if c.Queues[i].ID == id {
			return &c.Queues[i]
		}
	}
	return nil
}

func (h *Hall) queue(id QueueID) (*Queue, error) {
	if q := h.cfg.queue(id); q != nil {
		return q, nil
	}
	return nil, Refuse(UnknownQueue, "there is no queue %q in this hall", id)
}

// served refuses a queue that no window serves: a ticket in it could never be called.
func (h *Hall) served(id QueueID) error {
	if !h.cfg.Serves(id) {
		return Refuse(NobodyServes, "no window serves queue %s: nobody could ever call this ticket", id)
	}
	return nil
}

// Serves reports whether any window serves a queue.
func (c *Config) Serves(id QueueID) bool {
	return slices.ContainsFunc(c.WindowSetup, func(s WindowSetup) bool { return slices.Contains(s.Queues, id) })
}

// business finds the queue and the item that a command names: either of them is enough. The item is nil where none is named.
func (h *Hall) business(q QueueID, i ItemID) (*Queue, *Item, error) {
	var item *Item
	if i != "" {
		at := slices.IndexFunc(h.cfg.Items, func(it Item) bool { return it.ID == i })
		if at < 0 || q != "" && h.cfg.Items[at].Queue != q {
			return nil, nil, Refuse(UnknownItem, "queue %s has no item %q", q, i)
		}
		item = &h.cfg.Items[at]
		q = item.Queue
	}
	queue, err := h.queue(q)
	if err != nil {
		return nil, nil, err
	}
	return queue, item, h.served(q)
}

func (h *Hall) printer(id DeviceID) error {
	for _, d := range h.cfg.Devices {
		if d.ID == id && d.Kind == "printer" {
			return nil
		}
	}
	return Refuse(UnknownPrinter, "there is no printer %q in this hall", id)
}

func (c Issue) decide(h *Hall, w When) ([]Fact, error) {
	if h.day.id == "" {
		return nil, errDayNotOpen()
	}
	if p := h.day.paused; p != nil {
		if p.Rule {
			return nil, Refuse(IssueStopped, "no numbers are given after closing time: come again when the hall is open")
		}
		return nil, Refuse(IssueStopped, "no numbers are given for now: %s", p.Reason)
	}
	q, item, err := h.chosen(c)
	if err != nil {
		return nil, err
	}
	class := c.Class
	if class == "" {
		class = Ordinary
	}
	class, claim, err := h.asked(class, w.By.Role, c.Proved)
	if err != nil {
		return nil, err
	}
	if c.Printer != "" {
		if err := h.printer(c.Printer); err != nil {
			return nil, err
		}
	}
	if err := h.batch(c.Quantity); err != nil {
		return nil, err
	}
	if t := h.liveOf(c.Person, q.ID); t != nil && h.cfg.Policy.OnePerPerson {
		return nil, &Refusal{Code: HasNumber, Text: fmt.Sprintf("this person has %s for this queue already: print it again", t.Number), Instead: &Instead{Ticket: t.ID, Number: t.Number}}
	}
	f := TicketIssued{Ticket: ticketID(h.day.id, h.book.ordinal+1), Queue: q.ID, Class: class, State: Waiting, Setup: h.setupSeq, Person: c.Person, Claim: claim}
	if c.Quantity > 1 {
		f.Quantity = c.Quantity
	}
	if err := h.permitted(c, q, item, w, &f); err != nil {
		return nil, err
	}
	var facts []Fact
	s := *h.day.series[q.ID]
	if s.Next > s.Last {
		ext, ok := extend(q, s)
		if !ok {
			return nil, Refuse(NumbersUsedUp, "queue %s has no numbers left today: its band ends at %s%0*d", q.ID, s.Prefix, s.Width, s.Last)
		}
		facts = append(facts, ext)
		s.Prefix, s.Width, s.Next, s.Last, s.Beyond = ext.Prefix, ext.Width, ext.Next, ext.Last, true
	}
	f.Number = numberOf(s.Prefix, s.Width, s.Next)
	if item != nil {
		f.Item, f.ItemName, f.ItemNameEn = item.ID, item.Name, item.NameEn
	}
	if c.Printer != "" {
		f.State = Issued
	}
	facts = append(facts, f)
	if c.Printer != "" {
		facts = append(facts, PrintQueued{Job: jobID(f.Ticket, 1), Ticket: f.Ticket, Printer: c.Printer, Copy: 1})
	}
	warn, of := h.cfg.Policy.WarnAt, s.Last-q.First+1
	if warn > 0 && !s.Warned && !s.Beyond && (s.Issued+1)*100 >= warn*of {
		facts = append(facts, BandWarned{Queue: q.ID, Used: s.Issued + 1, Of: of})
	}
	return facts, nil
}

// chosen finds what was chosen. Where it was shown by another set-up than today's and is not there as it was shown, that is said.
func (h *Hall) chosen(c Issue) (*Queue, *Item, error) {
	q, item, err := h.business(c.Queue, c.Item)
	if err != nil && c.Setup != 0 && c.Setup != h.setupSeq {
		return nil, nil, Refuse(SetupPassed, "what the hall offers was changed meanwhile, choose again: %v", err)
	}
	return q, item, err
}

// batch refuses more cases than one ticket may stand for.
func (h *Hall) batch(cases int) error {
	if most := max(h.cfg.Policy.BatchLimit, 1); cases < 0 || cases > most {
		return Refuse(BatchTooLarge, "one ticket stands for 1 to %d cases, not for %d: take several", most, cases)
	}
	return nil
}

// permitted refuses a number that the kiosk, or a rule of the queue, does not give now; staff may pass over the queue's with a reason. What the ticket has to say of
// such a rule is noted in the fact.
func (h *Hall) permitted(c Issue, q *Queue, item *Item, w When, f *TicketIssued) error {
	if c.Override != "" && w.By.Role == Kiosk {
		return Refuse(OverrideRefused, "a kiosk may not pass over a rule of the hall: ask at the desk")
	}
	if err := h.atKiosk(w.kioskOf(), q, item); err != nil {
		return err
	}
	if q.unruled() && h.day.stopped[q.ID] == "" {
		return nil
	}
	v := h.issuing()
	s := h.queueView(q, h.unstaffed()[q.ID])
	st := v.standing(q, &s, max(c.Quantity, 1), w.Now)
	if st.Code == "" {
		f.Past, f.Resumes, f.Unserved = st.Past.UTC(), st.Resumes.UTC(), st.Unserved && q.Unserved == UnservedWarn
		return nil
	}
	if !blank(c.Override) {
		f.Reason = c.Override
		return nil
	}
	r := &Refusal{Code: st.Code}
	switch st.Code {
	case QueueStopped:
		r.Text = fmt.Sprintf("no numbers of queue %s are given for now: %s", q.ID, st.Reason)
	case QuotaUsed:
		r.Text = fmt.Sprintf("queue %s takes no more for now", q.ID)
	case NobodyThere:
		r.Text = fmt.Sprintf("nobody is at a window that serves queue %s: ask at the desk", q.ID)
	default:
		r.Text = fmt.Sprintf("who takes a number of queue %s now would not be served before closing time", q.ID)
	}
	if !st.From.IsZero() {
		r.Text += ": come again at " + st.From.In(h.loc).Format("2006-01-02 15:04")
		r.Instead = &Instead{From: st.From}
	}
	return r
}

// liveOf is the live ticket of a person in a queue.
func (h *Hall) liveOf(p PersonKey, q QueueID) *Ticket {
	if p == "" {
		return nil
	}
	for _, id := range h.day.persons[p] {
		if t := h.day.tickets[id]; t != nil && t.Queue == q && !t.State.Final() {
			return t
		}
	}
	return nil
}

// HeldBy lists the live tickets of a person today.
func (h *Hall) HeldBy(p PersonKey) []Ticket {
	var out []Ticket
	for _, id := range h.day.persons[p] {
		if t := h.day.tickets[id]; t != nil && !t.State.Final() {
			out = append(out, *t)
		}
	}
	return out
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

func (f TicketIssued) apply(h *Hall, e Event) {
	if h.day.tickets[f.Ticket] != nil {
		panic(fmt.Sprintf("there is a ticket %s already", f.Ticket))
	}
	h.book.ordinal++
	s := h.day.series[f.Queue]
	s.Next++
	s.Issued++
	t := &Ticket{ID: f.Ticket, Number: f.Number, Visit: VisitID(f.Ticket), Leg: 1, Queue: f.Queue, Item: f.Item, ItemName: f.ItemName, ItemNameEn: f.ItemNameEn,
		Setup: f.Setup, Person: f.Person, Class: f.Class, Claim: f.Claim, Ordinal: h.book.ordinal, Issued: e.At, Quantity: f.Quantity, Past: f.Past, Resumes: f.Resumes, Unserved: f.Unserved}
	if f.State == Waiting {
		t.Queued = e.At
	}
	h.day.add(t)
	h.become(t, f.State, e.At)
}

// add makes a ticket known.
func (d *day) add(t *Ticket) {
	d.tickets[t.ID] = t
	d.numbers[t.Number] = t.ID
	if t.Person != "" {
		d.persons[t.Person] = append(d.persons[t.Person], t.ID)
	}
}

func (f BandWarned) apply(h *Hall, _ Event) { h.day.series[f.Queue].Warned = true }

func (f BandExtended) apply(h *Hall, _ Event) {
	s := h.day.series[f.Queue]
	if s.Prefix != f.Prefix {
		s.Used = append(slices.Clone(s.Used), s.Prefix)
	}
	s.Prefix, s.Width, s.Next, s.Last, s.Beyond = f.Prefix, f.Width, f.Next, f.Last, true
}

func (c Cancel) decide(h *Hall, _ When) ([]Fact, error) {
	t, err := h.ticket(c.Ticket)
	if err != nil {
		return nil, err
	}
	m := moveCancel
	if t.State == Issued {
		m = moveVoid
	}
	if err := m.of(t); err != nil {
		return nil, err
	}
	return append(h.dropPrints(t, "cancelled"), TicketEnded{Ticket: t.ID, State: m.to, Reason: c.Reason}), nil
}

// dropPrints ends the prints of a ticket that are not begun: nobody waits for this paper any more.
func (h *Hall) dropPrints(t *Ticket, problem string) []Fact {
	var facts []Fact
	for _, j := range h.jobs {
		if j.Ticket == t.ID && j.State == PrintPending {
			facts = append(facts, PrintEnded{Job: j.ID, Ticket: t.ID, Result: PrintFailed, Problem: problem})
		}
	}
	return facts
}

func (f TicketEnded) apply(h *Hall, e Event) {
	t := h.edit(f.Ticket)
	h.leave(t)
	t.Note = f.Reason
	h.become(t, f.State, e.At)
}

// Kind names the fact where it is stored and sent.
func (TicketIssued) Kind() string { return "ticket.issued" }

// Tickets lists the ticket.
func (f TicketIssued) Tickets() []TicketID { return []TicketID{f.Ticket} }

// Where is no window.
func (TicketIssued) Where() WindowID { return "" }

// Public leaves out who took it, what class they claim, and the reason in words.
func (f TicketIssued) Public() Fact { f.Person, f.Claim, f.Reason = "", "", ""; return f }

// Kind names the fact where it is stored and sent.
func (BandWarned) Kind() string { return "band.warned" }

// Public is nothing: it is for the manager.
func (BandWarned) Public() Fact { return nil }

// Kind names the fact where it is stored and sent.
func (BandExtended) Kind() string { return "band.extended" }

// Public is the whole fact.
func (f BandExtended) Public() Fact { return f }

// Kind names the fact where it is stored and sent.
func (TicketEnded) Kind() string { return "ticket.ended" }

// Tickets lists the ticket.
func (f TicketEnded) Tickets() []TicketID { return []TicketID{f.Ticket} }

// Where is no window.
func (TicketEnded) Where() WindowID { return "" }

// Public leaves out the reason in words.
func (f TicketEnded) Public() Fact { f.Reason = ""; return f }
