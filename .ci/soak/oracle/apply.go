package oracle

import (
	"fmt"
	"slices"
	"time"
)

// Apply takes an event into the model and says what is wrong with it: a move that no table has, a number that was given before, a ticket at
// two windows. Whether anybody asked for it is not looked at here.
func (m *Model) Apply(e Event) error {
	if e.Seq != m.Seq+1 {
		return fmt.Errorf("event %d follows event %d", e.Seq, m.Seq)
	}
	if e.At.Before(m.At) {
		return fmt.Errorf("hall time went back: event %d is of %s, the one before of %s", e.Seq, e.At, m.At)
	}
	m.Seq, m.At = e.Seq, e.At
	s := m.Seats[e.Str("window")]
	switch e.Kind {
	case "day.opened":
		return m.dayOpened(e)
	case "day.closed":
		return m.dayClosed(e)
	case "ticket.issued":
		return m.issued(e)
	case "queue.paused":
		m.Stopped[e.Str("queue")] = e.Str("reason")
		return nil
	case "queue.resumed":
		delete(m.Stopped, e.Str("queue"))
		return nil
	case "band.extended":
		if b := m.Bands[e.Str("queue")]; b != nil {
			b.Prefix, b.Width, b.Next, b.Last, b.Used, b.Extended, b.Warned = e.Str("prefix"), e.Num("width"), e.Num("next"), e.Num("last"), 0, true, false
		}
		return nil
	case "band.warned":
		if b := m.Bands[e.Str("queue")]; b != nil {
			b.Warned = true
		}
		return nil
	case "window.opened":
		if s == nil {
			return fmt.Errorf("a window that the hall does not have: %s", e)
		}
		s.State, s.Since, s.Pause = "open", e.At, ""
		s.Clerk = e.Str("clerk")
		return nil
	case "window.paused":
		s.State, s.Since, s.Pause = "paused", e.At, e.Str("reason")
		return nil
	case "window.closed":
		if s.Ticket != nil {
			return fmt.Errorf("window %s closes with ticket %s at it", s.ID, s.Ticket.Number)
		}
		*s = Seat{Window: s.Window, State: "closed", Since: e.At, Done: s.Done, Rate: s.Rate, Miss: s.Miss, MissAt: s.MissAt, MissOld: true, Held: s.Held}
		return nil
	}
	t := m.byID[e.Str("ticket")]
	if t == nil {
		if _, ours := e.Data["ticket"]; ours {
			return fmt.Errorf("a ticket that was never issued: %s", e)
		}
		m.Strange[e.Kind]++
		return nil
	}
	return m.ticketEvent(e, t, s)
}

func (m *Model) dayOpened(e Event) error {
	day := e.Str("day")
	switch {
	case m.Day != "":
		return fmt.Errorf("day %s opens while %s is open", day, m.Day)
	case m.Days[day]:
		return fmt.Errorf("day %s opens a second time: its numbers are taken", day)
	case !dayForm.MatchString(day):
		return fmt.Errorf("%q is no name of a service day", day)
	}
	m.Day, m.Days[day] = day, true
	m.startDay()
	return nil
}

func (m *Model) dayClosed(e Event) error {
	for _, t := range m.Today() {
		if t.Live() {
			return fmt.Errorf("day %s closes and ticket %s is still %s", m.Day, t.Number, t.State)
		}
	}
	for _, s := range m.Seats {
		if s.State != "closed" {
			return fmt.Errorf("day %s closes and window %s is still %s", m.Day, s.ID, s.State)
		}
	}
	m.Day = ""
	m.startDay()
	return nil
}

func (m *Model) issued(e Event) error {
	id, num, q := e.Str("ticket"), e.Str("number"), e.Str("queue")
	if id == "" || m.byID[id] != nil {
		return fmt.Errorf("ticket id %q was given before", id)
	}
	if m.Day == "" {
		return fmt.Errorf("number %s is given while no day is open", num)
	}
	if was, ok := m.numbers[m.Day+" "+num]; ok {
		return fmt.Errorf("number %s is given twice on %s: to %s and to %s", num, m.Day, was, id)
	}
	m.numbers[m.Day+" "+num] = id
	t := &Ticket{ID: id, Number: num, Visit: id, Leg: 1, Queue: q, Class: e.Str("class"), State: e.Str("state"), Day: m.Day, Ordinal: len(m.Tickets) + 1,
		Arrived: e.At, IssuedAt: e.At, Since: e.At, Item: e.Str("item"), Claim: e.Str("claim")}
	if t.State == Waiting {
		t.QueuedAt = e.At
	}
	b := m.Bands[q]
	if b == nil {
		return fmt.Errorf("a queue that the hall does not have: %s", e)
	}
	b.Next++
	b.Used++
	b.Given++
	m.Tickets = append(m.Tickets, t)
	m.byID[id] = t
	return nil
}

// move takes a ticket to a state, if the table of legal moves has that step.
func (m *Model) move(t *Ticket, to string, e Event) error {
	if !slices.Contains(moves[t.State], to) {
		return fmt.Errorf("ticket %s goes from %s to %s, which no hall allows: %s", t.Number, t.State, to, e)
	}
	t.State, t.Since = to, e.At
	return nil
}

func (m *Model) ticketEvent(e Event, t *Ticket, s *Seat) error {
	at := e.At
	switch e.Kind {
	case "print.queued":
		t.Printer, t.Print, t.Job = e.Str("printer"), "pending", e.Str("job")
		t.Prints++
		m.jobs[t.Job] = t
		return nil
	case "print.started":
		return m.printStarted(e, t)
	case "print.ended":
		if e.Str("job") == t.Job {
			t.Print, t.PrintEnded = e.Str("result"), at
		}
		return nil
	case "ticket.queued":
		return m.queued(e, t)
	case "ticket.claim-answered":
		if t.Claim == "" || t.Claim != e.Str("class") {
			return fmt.Errorf("ticket %s claims %q: %s", t.Number, t.Claim, e)
		}
		if t.Claim = ""; e.Data["granted"] == true {
			t.Class = e.Str("class")
		}
		return nil
	case "ticket.called":
		return m.called(e, t, s)
	case "ticket.recalled":
		t.Calls = e.Num("calls")
		m.said(t)
		return nil
	case "ticket.serving":
		if t.State == Held {
			i := slices.Index(s.Held, t)
			if i < 0 || s.Ticket != nil {
				return fmt.Errorf("window %s takes up ticket %s, which it does not hold or has no room for", s.ID, t.Number)
			}
			s.Held = slices.Delete(s.Held, i, i+1)
			s.Ticket = t
		} else if t.ServedAt.IsZero() {
			t.ServedAt = at
		}
		if s.Ticket != t {
			return fmt.Errorf("ticket %s is served at window %s and is not there", t.Number, s.ID)
		}
		s.Rate = t
		return m.move(t, Serving, e)
	case "ticket.held":
		if err := m.leave(t, s); err != nil {
			return err
		}
		s.Held = append(s.Held, t)
		return m.move(t, Held, e)
	case "ticket.missed":
		if err := m.leave(t, s); err != nil {
			return err
		}
		t.EndedAt = at
		s.Miss, s.MissAt, s.MissOld = t, at, false
		m.Missed++
		return m.move(t, Missed, e)
	case "ticket.done":
		if err := m.leave(t, s); err != nil {
			return err
		}
		t.EndedAt, t.Outcome, t.Note = at, e.Str("outcome"), e.Str("note")
		t.Unmet = t.State == Called
		if t.Outcome == "not-there" { // nobody came
			m.Missed++
		}
		s.Done++
		s.Rate = t
		return m.move(t, Done, e)
	case "ticket.transferred":
		return m.transferred(e, t, s)
	case "ticket.ended":
		return m.ended(e, t)
	case "ticket.rated":
		if t.Rating != 0 {
			return fmt.Errorf("ticket %s is rated twice", t.Number)
		}
		t.Rating = e.Num("level")
		return nil
	}
	m.Strange[e.Kind]++
	return nil
}

func (m *Model) printStarted(e Event, t *Ticket) error {
	job := e.Str("job")
	if m.started[job] == nil {
		m.started[job] = map[string]int{}
	}
	if m.started[job]["started"]++; m.started[job]["started"] > 1 {
		return fmt.Errorf("print job %s of ticket %s is sent twice", job, t.Number)
	}
	if job == t.Job {
		t.Print = "printing"
	}
	return nil
}

func (m *Model) queued(e Event, t *Ticket) error {
	switch e.Str("cause") {
	case "given-back":
		for _, s := range m.Seats {
			if s.Ticket == t {
				s.Ticket = nil
			}
		}
		t.Calls = 0
		t.Stood--
	case "returned":
		t.Returns++
		t.Returned, t.After = true, e.Num("after")
		t.Calls = 0
	}
	if t.EndedAt = (time.Time{}); t.QueuedAt.IsZero() {
		t.QueuedAt = e.At // when it first joined the line
	}
	return m.move(t, Waiting, e)
}

func (m *Model) called(e Event, t *Ticket, s *Seat) error {
	if s == nil || s.Ticket != nil || s.State != "open" {
		return fmt.Errorf("ticket %s is called to a window that is not free for it: %s", t.Number, e)
	}
	for _, o := range m.Seats {
		if o.Ticket == t || slices.Contains(o.Held, t) {
			return fmt.Errorf("ticket %s is at window %s and called to %s", t.Number, o.ID, s.ID)
		}
	}
	if !slices.Contains(s.Queues, t.Queue) {
		return fmt.Errorf("window %s does not serve queue %s of ticket %s", s.ID, t.Queue, t.Number)
	}
	if err := m.pass(e, t, s); err != nil {
		return err
	}
	if err := m.move(t, Called, e); err != nil {
		return err
	}
	s.Ticket, s.Miss = t, nil
	t.After = 0 // should it be given back, it has waited for the others
	t.Window, t.Why, t.Overtook, t.Calls = s.ID, e.Str("why"), e.Num("overtook"), max(1, e.Num("calls"))
	if e.Str("why") == "miss-undone" {
		m.Missed--
	}
	t.CalledAt = e.At
	m.said(t)
	if e.Str("why") != "miss-undone" { // an undone miss goes on with the call of before; else whoever came back has let one more pass
		t.Stood++
		for _, o := range m.Tickets {
			if o.State == Waiting && o.Returned && o.Queue == t.Queue && o.After > 0 && o.Day == t.Day {
				o.After--
			}
		}
	}
	return nil
}

// pass counts a call at everybody whom it passes over. What it says in numbers is what it says besides.
func (m *Model) pass(e Event, t *Ticket, s *Seat) error {
	if e.Str("why") == "miss-undone" {
		return nil
	}
	for _, o := range m.waiting(s.Queues...) {
		if o.Ticket != t && o.left() == 0 && o.Ordinal < t.Ordinal {
			o.Overtaken++
		}
	}
	told, ok := e.Data["told"].(map[string]any)
	if !ok {
		return nil
	}
	n := 0.0
	passed, _ := told["passed"].([]any)
	for _, p := range passed {
		of, _ := p.(map[string]any)
		count, _ := of["count"].(float64)
		n += count
	}
	if int(n) != e.Num("overtook") {
		return fmt.Errorf("the call of ticket %s passed over %d, and by queue %v: %s", t.Number, e.Num("overtook"), n, e)
	}
	return nil
}

// said puts a ticket at the end of the list of calls.
func (m *Model) said(t *Ticket) {
	m.calls = append(slices.DeleteFunc(m.calls, func(o *Ticket) bool { return o == t }), t)
}

// leave takes a ticket away from its window.
func (m *Model) leave(t *Ticket, s *Seat) error {
	if s == nil || s.Ticket != t {
		return fmt.Errorf("ticket %s leaves a window where it is not", t.Number)
	}
	s.Ticket = nil
	return nil
}

func (m *Model) transferred(e Event, t *Ticket, s *Seat) error {
	id := e.Str("next")
	if id == "" || m.byID[id] != nil {
		return fmt.Errorf("the next leg's id %q was given before", id)
	}
	if err := m.leave(t, s); err != nil {
		return err
	}
	t.EndedAt, t.Outcome = e.At, "other-window"
	s.Done++
	s.Rate = t
	n := &Ticket{ID: id, Number: t.Number, Visit: t.Visit, Leg: t.Leg + 1, Queue: e.Str("queue"), Class: t.Class, Claim: t.Claim, State: Waiting, Day: t.Day, Ordinal: t.Ordinal,
		Arrived: t.Arrived, IssuedAt: t.IssuedAt, QueuedAt: e.At, Since: e.At, Item: e.Str("item")}
	m.Tickets = append(m.Tickets, n)
	m.byID[id] = n
	return m.move(t, Transferred, e)
}

func (m *Model) ended(e Event, t *Ticket) error {
	for _, s := range m.Seats {
		if s.Ticket == t {
			s.Ticket = nil
		}
		s.Held = slices.DeleteFunc(s.Held, func(o *Ticket) bool { return o == t })
	}
	t.EndedAt = e.At
	return m.move(t, e.Str("state"), e)
}

// Alone says whether an event may happen without anybody asking for it: paper, time, the day.
func (m *Model) Alone(e Event) error {
	t := m.byID[e.Str("ticket")]
	switch e.Kind {
	case "print.started", "print.ended":
		if t != nil && m.jobs[e.Str("job")] == t {
			return nil
		}
	case "ticket.queued":
		if t != nil && t.State == Issued && (e.Str("cause") == "printed" && t.Print == "printed" || e.Str("cause") == "unproved" && m.graceOver(t, e)) {
			return nil
		}
	case "ticket.ended": // the paper of a number that nobody holds has failed for good
		if t != nil && t.State == Issued && t.Print == "failed" && e.Str("state") == Void || m.midnight(e) {
			return nil
		}
	case "day.opened":
		if m.Day == "" {
			return nil
		}
	case "day.closed", "window.closed":
		if m.midnight(e) {
			return nil
		}
	case "ticket.issued", "ticket.called", "ticket.recalled", "ticket.serving", "ticket.held", "ticket.missed", "ticket.done", "ticket.transferred", "ticket.rated",
		"window.opened", "window.paused", "print.queued", "band.warned", "band.extended", "queue.paused", "queue.resumed":
	default:
		return nil
	}
	return fmt.Errorf("nobody asked for it: %s", e)
}

// graceOver: a print that is not proved keeps its ticket out of the line for a time that the policy says.
func (m *Model) graceOver(t *Ticket, e Event) bool {
	return (t.Print == "unknown" || t.Print == "failed") && e.At.Sub(t.PrintEnded) > m.Setup.Policy.UnprovedGrace-slack
}

// midnight: the open day's date is over, in one of the two zones that a hall of this test may live in.
func (m *Model) midnight(e Event) bool {
	if len(m.Day) < 10 {
		return false
	}
	for _, zone := range []time.Duration{0, 8 * time.Hour} {
		at := e.At.UTC().Add(zone)
		if at.Format("2006-01-02") > m.Day[:10] && at.Hour() == 0 && at.Minute() < 10 {
			return true
		}
	}
	return false
}

// Did notes what of a command that was done stands in no event, as everybody may hear it: who holds the window.
func (m *Model) Did(c Command, events []Event) {
	opened := slices.ContainsFunc(events, func(e Event) bool { return e.Kind == "window.opened" })
	// Without a holder it is done for whoever holds the window.
	if s := m.Seats[c.Args["window"]]; c.Verb == "open" && c.Args["take_over"] == "true" || (c.Verb == "open" || opened) && c.Args["holder"] != "" {
		s.Holder = c.Args["holder"]
	}
}
