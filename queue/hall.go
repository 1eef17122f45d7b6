package queue

import (
	"encoding/json"
	"slices"
	"sort"
	"time"
)

// Hall is the state of one hall: what its events add up to. The zero value is not ready; New makes one. It is not safe for concurrent use.
type Hall struct {
	seq     uint64
	at      time.Time
	cfg     *Config
	day     string
	days    map[string]bool // service days that were ever opened
	ordinal uint64
	tickets map[TicketID]*Ticket
	lines   map[QueueID]*line
	series  map[QueueID]*series
	windows map[WindowID]*Window
	done    map[WindowID]int
	calls   []CallView
	jobs    []PrintJob
	due     []TicketID // issued tickets whose print ended without proof, oldest first
	dueAt   map[TicketID]time.Time
}

// series is the numbers of one queue on one service day.
type series struct {
	Prefix string `json:"prefix"`
	Width  int    `json:"width"`
	Next   int    `json:"next"`
	Last   int    `json:"last"`
	Issued int    `json:"issued"`
	Warned bool   `json:"warned"`
	Beyond bool   `json:"beyond"` // the band was extended
}

// line is one queue's tickets in order of place, per class.
type line struct {
	waiting   map[Class][]*Ticket
	pending   []*Ticket // issued
	returning []*Ticket // came back after a miss, others are called first
}

// New makes an empty hall, before it is configured.
func New() *Hall {
	return &Hall{days: map[string]bool{}, tickets: map[TicketID]*Ticket{}, lines: map[QueueID]*line{}, series: map[QueueID]*series{},
		windows: map[WindowID]*Window{}, done: map[WindowID]int{}, dueAt: map[TicketID]time.Time{}}
}

// Seq is the number of the last event applied.
func (h *Hall) Seq() uint64 { return h.seq }

// LastAt is the hall time of the last event applied.
func (h *Hall) LastAt() time.Time { return h.at }

// Ticket returns a ticket of the present service day.
func (h *Hall) Ticket(id TicketID) (Ticket, bool) {
	t, ok := h.tickets[id]
	if !ok {
		return Ticket{}, false
	}
	return *t, true
}

func place(list []*Ticket, ordinal uint64) int {
	return sort.Search(len(list), func(i int) bool { return list[i].Ordinal >= ordinal })
}

func insert(list []*Ticket, t *Ticket) []*Ticket {
	if n := len(list); n == 0 || list[n-1].Ordinal < t.Ordinal {
		return append(list, t)
	}
	return slices.Insert(list, place(list, t.Ordinal), t)
}

func remove(list []*Ticket, t *Ticket) []*Ticket {
	i := place(list, t.Ordinal)
	if i >= len(list) || list[i] != t {
		return list
	}
	if i == 0 {
		list[0] = nil // let it go with the array's head
		return list[1:]
	}
	return slices.Delete(list, i, i+1)
}

func (h *Hall) line(q QueueID) *line {
	l := h.lines[q]
	if l == nil {
		l = &line{waiting: map[Class][]*Ticket{}}
		h.lines[q] = l
	}
	return l
}

func (l *line) count() int {
	n := 0
	for _, w := range l.waiting {
		n += len(w)
	}
	return n
}

// become moves a ticket to a state and keeps the lines in step. It is the only place that sets a state.
func (h *Hall) become(t *Ticket, s State, at time.Time) {
	l := h.line(t.Queue)
	switch t.State {
	case Waiting:
		l.waiting[t.Class] = remove(l.waiting[t.Class], t)
	case Issued:
		l.pending = remove(l.pending, t)
		h.undue(t.ID)
	}
	t.State = s
	switch s {
	case Waiting:
		l.waiting[t.Class] = insert(l.waiting[t.Class], t)
	case Issued:
		l.pending = insert(l.pending, t)
	case Done, Transferred, Void, Cancelled, Expired, Missed:
		t.Ended = at
	}
}

func (h *Hall) undue(id TicketID) {
	if _, ok := h.dueAt[id]; ok {
		delete(h.dueAt, id)
		h.due = slices.DeleteFunc(h.due, func(d TicketID) bool { return d == id })
	}
}

// Due lists what the hall asks for by itself at a moment: tickets whose print was never proved join the line after the policy's grace.
func (h *Hall) Due(now time.Time) []Command {
	var cmds []Command
	for _, id := range h.due {
		if h.dueAt[id].After(now) {
			break
		}
		cmds = append(cmds, KeepWithoutPaper{Ticket: id})
	}
	return cmds
}

// NextDue says when Due has something next; ok is false if nothing is in sight.
func (h *Hall) NextDue() (at time.Time, ok bool) {
	if len(h.due) == 0 {
		return time.Time{}, false
	}
	return h.dueAt[h.due[0]], true
}

// Size is how many tickets the hall holds in memory.
func (h *Hall) Size() int { return len(h.tickets) }

// Line lists the tickets that wait in a queue in the order in which they will be called, at most limit.
func (h *Hall) Line(q QueueID, limit int) []Ticket {
	l := h.lines[q]
	if l == nil {
		return nil
	}
	var all []*Ticket
	for _, w := range l.waiting {
		all = append(all, w[:min(len(w), limit+len(l.returning))]...)
	}
	slices.SortFunc(all, func(a, b *Ticket) int { return h.before(a, b) })
	out := make([]Ticket, 0, len(all))
	for _, t := range all {
		out = append(out, *t)
	}
	out = InTurn(out)
	return out[:min(limit, len(out))]
}

// InTurn puts those who came back after a miss behind the others who are called before them. It changes the slice it is given; the others
// stand in their order already.
func InTurn(line []Ticket) []Ticket {
	var back []Ticket
	line = slices.DeleteFunc(line, func(t Ticket) bool {
		if t.After > 0 {
			back = append(back, t)
		}
		return t.After > 0
	})
	slices.SortStableFunc(back, func(a, b Ticket) int { return a.After - b.After })
	for i, t := range back {
		line = slices.Insert(line, min(t.After+i, len(line)), t)
	}
	return line
}

// Ahead counts the tickets of its queue that will be called before this one, those being printed included; 0 if it is not in line.
func (h *Hall) Ahead(id TicketID) int {
	t := h.tickets[id]
	if t == nil || t.State != Waiting && t.State != Issued {
		return 0
	}
	l := h.line(t.Queue)
	back := slices.DeleteFunc(slices.Clone(l.returning), func(o *Ticket) bool { return o.After == 0 || o.State != Waiting })
	slices.SortStableFunc(back, func(a, b *Ticket) int { return a.After - b.After })
	if t.After > 0 {
		others := l.count() - len(back)
		return min(t.After, others) + slices.Index(back, t)
	}
	n := place(l.pending, t.Ordinal)
	for class, list := range l.waiting {
		if class == t.Class {
			n += place(list, t.Ordinal)
			continue
		}
		n += sort.Search(len(list), func(i int) bool { return h.before(list[i], t) >= 0 })
	}
	for _, o := range back { // they were counted by their place, and are called by their turn
		if h.before(o, t) < 0 {
			n--
		}
	}
	for i, o := range back {
		if o.After+i <= n {
			n++
		}
	}
	return n
}

// snapshot is the stored form of a hall.
type snapshot struct {
	Seq     uint64                 `json:"seq"`
	At      time.Time              `json:"at"`
	Config  *Config                `json:"config,omitempty"`
	Day     string                 `json:"day"`
	Days    []string               `json:"days"`
	Ordinal uint64                 `json:"ordinal"`
	Tickets []*Ticket              `json:"tickets"`
	Series  map[QueueID]*series    `json:"series"`
	Windows []*Window              `json:"windows"`
	Done    map[WindowID]int       `json:"done"`
	Calls   []CallView             `json:"calls"`
	Jobs    []PrintJob             `json:"jobs"`
	Due     []TicketID             `json:"due"`
	DueAt   map[TicketID]time.Time `json:"due_at"`
}

// MarshalJSON writes the whole hall, for a checkpoint.
func (h *Hall) MarshalJSON() ([]byte, error) {
	s := snapshot{Seq: h.seq, At: h.at, Config: h.cfg, Day: h.day, Ordinal: h.ordinal, Series: h.series, Done: h.done, Calls: h.calls, Jobs: h.jobs,
		Due: h.due, DueAt: h.dueAt}
	for d := range h.days {
		s.Days = append(s.Days, d)
	}
	slices.Sort(s.Days)
	for _, t := range h.tickets {
		s.Tickets = append(s.Tickets, t)
	}
	slices.SortFunc(s.Tickets, func(a, b *Ticket) int {
		if a.Ordinal != b.Ordinal {
			return int(a.Ordinal) - int(b.Ordinal)
		}
		return a.Leg - b.Leg
	})
	for _, w := range h.windows {
		s.Windows = append(s.Windows, w)
	}
	slices.SortFunc(s.Windows, func(a, b *Window) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return json.Marshal(s)
}

// UnmarshalJSON reads a checkpoint.
func (h *Hall) UnmarshalJSON(data []byte) error {
	var s snapshot
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	*h = *New()
	h.seq, h.at, h.cfg, h.day, h.ordinal, h.calls, h.jobs, h.due = s.Seq, s.At, s.Config, s.Day, s.Ordinal, s.Calls, s.Jobs, s.Due
	for _, d := range s.Days {
		h.days[d] = true
	}
	for k, v := range s.Series {
		h.series[k] = v
	}
	for k, v := range s.Done {
		h.done[k] = v
	}
	for k, v := range s.DueAt {
		h.dueAt[k] = v
	}
	for _, w := range s.Windows {
		h.windows[w.ID] = w
	}
	for _, t := range s.Tickets {
		h.tickets[t.ID] = t
		l := h.line(t.Queue)
		switch t.State {
		case Waiting:
			l.waiting[t.Class] = insert(l.waiting[t.Class], t)
			if t.After > 0 {
				l.returning = append(l.returning, t)
			}
		case Issued:
			l.pending = insert(l.pending, t)
		}
	}
	return nil
}
