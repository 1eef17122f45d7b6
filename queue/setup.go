package queue

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Configure sets the hall up, or sets it up anew while it runs. A change that would strand tickets is refused, and says which and what can be done.
type Configure struct {
	hallwide
	Config Config
	Move   map[QueueID]QueueID // where the tickets of a queue that goes, or that no window would serve any more, wait from now on; they keep their arrival
}

// Configured sets the hall up.
type Configured struct {
	ofHall
	Config Config `json:"config"`
}

// TicketMoved says that a ticket belongs to another queue from now on, with its arrival and number kept.
type TicketMoved struct {
	Ticket TicketID `json:"ticket"`
	Queue  QueueID  `json:"queue"`
	Reason string   `json:"reason,omitempty"`
}

// Kind names the command.
func (Configure) Kind() string { return "hall.configure" }

func (c Configure) decide(h *Hall, _ When) ([]Fact, error) {
	next := c.Config
	if err := next.Check(); err != nil {
		return nil, Refuse(BadConfig, "%v", err)
	}
	var closing, moving []Fact
	for _, id := range slices.Sorted(maps.Keys(h.day.windows)) {
		w := h.day.windows[id]
		if slices.ContainsFunc(next.WindowSetup, func(s WindowSetup) bool { return s.ID == id }) {
			continue
		}
		if w.Ticket != "" || len(w.Held) > 0 {
			return nil, Refuse(StrandsTickets, "window %s still has tickets: finish them first, or make the change after closing time", id)
		}
		if w.State != WindowClosed {
			closing = append(closing, WindowClosedFact{Window: id})
		}
	}
	moving, err := h.moved(c)
	if err != nil {
		return nil, err
	}
	if err := h.prefixesFree(&next); err != nil {
		return nil, err
	}
	return append(append(closing, Configured{Config: next}), moving...), nil
}

// moved moves every live ticket that the new set-up would strand, or refuses it. Each live ticket can be called by some window: this is what holds after
// every command.
func (h *Hall) moved(c Configure) ([]Fact, error) {
	if h.day.id == "" {
		return nil, nil
	}
	stranded := map[QueueID]int{}
	var facts []Fact
	for _, t := range slices.SortedFunc(maps.Values(h.day.tickets), byArrival) {
		if t.State.Final() || c.Config.Serves(t.Queue) {
			continue
		}
		to, ok := c.Move[t.Queue]
		if !ok || !c.Config.Serves(to) || !slices.ContainsFunc(c.Config.Queues, func(q Queue) bool { return q.ID == to }) {
			stranded[t.Queue]++
			continue
		}
		facts = append(facts, TicketMoved{Ticket: t.ID, Queue: to, Reason: "set-up changed"})
	}
	if len(stranded) == 0 {
		return facts, nil
	}
	var parts []string
	for _, q := range slices.Sorted(maps.Keys(stranded)) {
		parts = append(parts, fmt.Sprintf("%d of queue %s", stranded[q], q))
	}
	return nil, Refuse(StrandsTickets, "%s could not be called by any window any more: move them to another queue, call or cancel them first, or make the change after "+
		"closing time", strings.Join(parts, ", "))
}

// prefixesFree refuses a set-up under which a number of today could be given again.
func (h *Hall) prefixesFree(next *Config) error {
	if h.cfg == nil || h.day.id == "" {
		return nil
	}
	for _, q := range next.Queues {
		for _, old := range h.cfg.Queues {
			if s := h.day.series[q.ID]; old.ID == q.ID && s != nil && s.Issued > 0 && (old.Prefix != q.Prefix || old.First != q.First) {
				return Refuse(BadConfig, "queue %s has issued numbers today: its prefix and first number change only between service days", q.ID)
			}
		}
		for _, id := range slices.Sorted(maps.Keys(h.day.series)) {
			s := h.day.series[id]
			if id == q.ID || s.Issued == 0 {
				continue
			}
			for _, p := range append(slices.Clone(s.Used), s.Prefix) {
				if p == q.Prefix || p == q.Reserve {
					return Refuse(BadConfig, "prefix %s has numbers of queue %s today: give queue %s another one", p, id, q.ID)
				}
			}
		}
	}
	return nil
}

func (f Configured) apply(h *Hall, e Event) {
	c := f.Config
	if e.Form < 2 {
		c = c.fromForm1()
	}
	h.cfg, h.setupSeq = &c, e.Seq
	h.locate()
	h.countAll()
	for _, s := range c.WindowSetup {
		if h.day.windows[s.ID] == nil {
			h.day.windows[s.ID] = &Window{ID: s.ID, State: WindowClosed}
		}
	}
	for id := range h.day.windows {
		if !slices.ContainsFunc(c.WindowSetup, func(s WindowSetup) bool { return s.ID == id }) {
			delete(h.day.windows, id)
		}
	}
	for i := range c.Queues {
		q := &c.Queues[i]
		s := h.day.series[q.ID]
		switch {
		case s == nil || s.Issued == 0:
			h.day.series[q.ID] = q.series()
		case !s.Beyond:
			s.Last, s.Width = q.Last, max(s.Width, q.Width) // numbers already given stay given
		}
	}
	h.planAll()
}

// locate finds the hall's time zone. A zone that this machine does not know was refused when it was set.
func (h *Hall) locate() {
	h.loc = time.UTC
	if h.cfg == nil {
		return
	}
	if loc, err := h.cfg.Calendar.Location(); err == nil {
		h.loc = loc
	}
}

// fromForm1 is a set-up as it was stored before 0 meant 0: what did not exist then is as it was done then.
func (c Config) fromForm1() Config {
	c.Calendar.Zone = cmp.Or(c.Calendar.Zone, "Asia/Shanghai")
	c.Policy.FailedGrace = cmp.Or(c.Policy.FailedGrace, time.Minute)
	c.Policy.RateWithin = cmp.Or(c.Policy.RateWithin, 3*time.Minute)
	c.Policy.Overtime = cmp.Or(c.Policy.Overtime, 4*time.Hour)
	c.Policy.DayEnd = cmp.Or(c.Policy.DayEnd, WhenEmpty)
	c.Policy.OnePerPerson = true
	c.Zones = slices.Clone(c.Zones)
	for i, z := range c.Zones {
		if len(z.Languages) == 0 {
			z.Languages = []string{"zh"}
		}
		z.Repeat, z.Gap, z.MaxAge = cmp.Or(z.Repeat, 2), cmp.Or(z.Gap, 500*time.Millisecond), cmp.Or(z.MaxAge, 45*time.Second)
		c.Zones[i] = z
	}
	return c
}

func (f TicketMoved) apply(h *Hall, _ Event) {
	h.requeue(h.edit(f.Ticket), func(t *Ticket) { t.Queue = f.Queue })
}

// Kind names the fact where it is stored and sent.
func (Configured) Kind() string { return "hall.configured" }

// Public is nothing: ports and devices are nobody's business; screens ask for the catalogue.
func (Configured) Public() Fact { return nil }

// Kind names the fact where it is stored and sent.
func (TicketMoved) Kind() string { return "ticket.moved" }

// Tickets lists the ticket.
func (f TicketMoved) Tickets() []TicketID { return []TicketID{f.Ticket} }

// Where is no window.
func (TicketMoved) Where() WindowID { return "" }

// Public leaves out the reason in words.
func (f TicketMoved) Public() Fact { f.Reason = ""; return f }
