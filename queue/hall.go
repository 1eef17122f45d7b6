package queue

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Hall is the state of one hall: what its events add up to. What lasts stands here, what begins anew with every service day in Day. The zero value is not
// ready; New makes one. It is not safe for concurrent use.
type Hall struct {
	seq      uint64
	at       time.Time
	cfg      *Config
	setupSeq uint64 // the event that set the hall up as it is
	book     book
	jobs     []PrintJob // prints under way; one may outlast its day
	day      *day

	// What follows is derived from the above and not part of the state.
	agenda agenda
	loc    *time.Location   // of cfg.Zone
	dirty  map[*Ticket]bool // changed since the last take; see edit
}

// book is what the hall remembers of its days for ever.
type book struct {
	days    map[DayID]bool     // that were ever opened
	ordinal uint64             // of the last ticket; it never starts again
	pass    int                // numbers passed over after a log was accepted that had lost its end,
	passOn  string             // and the date on which a day opened later passes over as many
	skipped map[string]skip    // dates on which the hall stays closed; those to come and the latest
	locked  map[KioskID]string // kiosks that give no numbers, with the reason
}

// New makes an empty hall, before it is configured.
func New() *Hall {
	h := &Hall{book: book{days: map[DayID]bool{}, skipped: map[string]skip{}, locked: map[KioskID]string{}}, day: newDay(), loc: time.UTC, dirty: map[*Ticket]bool{}}
	h.agenda = newAgenda()
	return h
}

// Seq is the number of the last event applied.
func (h *Hall) Seq() uint64 { return h.seq }

// LastAt is the hall time of the last event applied.
func (h *Hall) LastAt() time.Time { return h.at }

// Size is how many tickets the hall holds in memory.
func (h *Hall) Size() int { return len(h.day.tickets) }

// Decide says what a command leads to at a moment, or refuses it with a *Refusal. It changes nothing. A moment before the last event counts as
// that event's moment: hall time never goes back.
func (h *Hall) Decide(cmd Command, w When) ([]Event, error) {
	if w.Now.Before(h.at) {
		w.Now = h.at
	}
	switch w.Clock {
	case "":
		w.Clock = Trusted
	case Unset:
		w.Clock = Suspect
	default: // as it was told
	}
	switch cmd.(type) {
	case Configure, AcceptLog:
	default:
		if h.cfg == nil {
			return nil, Refuse(NotConfigured, "the hall is not set up yet: apply a hall file")
		}
	}
	if err := checkTexts(cmd); err != nil {
		return nil, err
	}
	facts, err := cmd.decide(h, w)
	if err == nil {
		err = h.frozen(facts)
	}
	if err != nil || len(facts) == 0 {
		return nil, err
	}
	events := make([]Event, len(facts))
	for i, f := range facts {
		events[i] = Event{Seq: h.seq + 1 + uint64(i), At: w.Now, By: w.By, Clock: w.Clock, Form: Form, Fact: f}
	}
	return events, nil
}

// Apply makes an event part of the hall. It cannot fail: an event that was stored happened. An event that no hall decides, from a log that was written by
// somebody else, panics; Replay makes an error of it.
func (h *Hall) Apply(e Event) {
	h.seq = e.Seq
	if e.At.After(h.at) {
		h.at = e.At
	}
	e.Fact.apply(h, e)
	h.planDay()
}

// Replay applies an event that was read from a log. An event that does not fit is an error that names it; the hall is then of no use.
func (h *Hall) Replay(e Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("event %d (%s) does not fit the hall as the events before it left it: %v", e.Seq, e.Fact.Kind(), p)
		}
	}()
	h.Apply(e)
	clear(h.dirty) // what was read is stored already
	return nil
}

// edit returns a ticket to be changed. Whoever changes a ticket gets it here, so that its stored form is rewritten.
func (h *Hall) edit(id TicketID) *Ticket {
	t := h.day.tickets[id]
	if t == nil {
		panic(fmt.Sprintf("there is no ticket %s", id))
	}
	h.touch(t)
	return t
}

func (h *Hall) touch(t *Ticket) { h.dirty[t] = true }

// takeDirty returns the tickets that changed since it was last called, in order of arrival.
func (h *Hall) takeDirty() []*Ticket {
	if len(h.dirty) == 0 {
		return nil
	}
	all := slices.AppendSeq(make([]*Ticket, 0, len(h.dirty)), maps.Keys(h.dirty))
	clear(h.dirty)
	slices.SortFunc(all, byArrival)
	return all
}

// byArrival orders tickets by their ordinal, and the legs of a visit one after the other.
func byArrival(a, b *Ticket) int {
	return cmp.Or(cmp.Compare(a.Ordinal, b.Ordinal), cmp.Compare(a.Leg, b.Leg))
}

// window returns a window to be changed.
func (h *Hall) window(id WindowID) *Window {
	w := h.day.windows[id]
	if w == nil {
		panic(fmt.Sprintf("there is no window %s", id))
	}
	return w
}

// become moves a ticket to a state and keeps the lines in step. It is the only place that sets a state.
func (h *Hall) become(t *Ticket, s State, at time.Time) {
	if t.State != "" && !CanMove(t.State, s) {
		panic(fmt.Sprintf("ticket %s is %s and cannot become %s", t.ID, t.State, s))
	}
	h.touch(t)
	h.count(t, -1)
	h.unline(t)
	if t.State == Issued {
		h.agenda.clear(graceOf, string(t.ID))
	}
	if t.State.present() {
		h.day.present--
	}
	t.State = s
	if s.present() {
		h.day.present++
	}
	switch s {
	case Waiting, Issued:
		h.day.pool.Add(t.candidate())
	case Done, Transferred, Void, Cancelled, Expired, Missed:
		t.Ended = at
	case Called, Serving, Held: // at a window
	}
	h.count(t, 1)
}

// Ticket returns a ticket of the present service day, or of the last one until the next is opened.
func (h *Hall) Ticket(id TicketID) (Ticket, bool) {
	t, ok := h.day.tickets[id]
	if !ok {
		return Ticket{}, false
	}
	return *t, true
}

// Find returns a ticket by its ID, or the present leg of a visit by its number while its day is open.
func (h *Hall) Find(idOrNumber TicketID) (Ticket, bool) {
	t, err := h.ticket(idOrNumber)
	if err != nil {
		return Ticket{}, false
	}
	return *t, true
}

// ticket finds what a command names: an ID, or a number of today.
func (h *Hall) ticket(ref TicketID) (*Ticket, error) {
	if h.day.id == "" {
		return nil, errDayNotOpen()
	}
	id := ref
	if byNumber, ok := h.day.numbers[string(ref)]; ok {
		id = byNumber
	}
	t := h.day.tickets[id]
	if t == nil {
		return nil, Refuse(UnknownTicket, "there is no ticket %q today", ref)
	}
	return t, nil
}

// Answer is what a command that led to these events, or to none because nothing had to change, is answered with.
func (h *Hall) Answer(cmd Command, events []Event) Answer {
	a := Answer{Seq: h.seq}
	seat := cmd.seat()
	for _, e := range events {
		if ids := e.Fact.Tickets(); len(ids) > 0 && a.Ticket == nil {
			h.answerTicket(&a, ids[0])
		}
		if seat.Window == "" {
			seat.Window = e.Fact.Where()
		}
	}
	if a.Ticket == nil && len(events) == 0 {
		if c, ok := cmd.(interface{ about() TicketID }); ok { // nothing was to be done, and this is how it is
			if t, err := h.ticket(c.about()); err == nil {
				h.answerTicket(&a, t.ID)
			}
		}
	}
	if h.cfg == nil || cmd.seat().Window == "" {
		if a.Ticket == nil {
			a.Day = h.day.id
		}
		return a
	}
	w := h.day.windows[seat.Window]
	for i := range h.cfg.WindowSetup {
		if h.cfg.WindowSetup[i].ID == seat.Window && w != nil {
			v := h.windowView(&h.cfg.WindowSetup[i])
			a.Window = &v
			if a.Ticket == nil {
				h.answerTicket(&a, w.Ticket)
			}
		}
	}
	return a
}

func (h *Hall) answerTicket(a *Answer, id TicketID) {
	if t := h.day.tickets[id]; t != nil {
		c := *t
		c.Overtaken = h.Overtaken(id)
		a.Ticket, a.Ahead = &c, h.Ahead(id)
	}
}
