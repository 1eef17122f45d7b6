package report

import (
	"time"

	"halld/queue"
)

// Counter counts a service day as its events arrive. It wants every event from the day's opening on, in order, and before that the set-up in force. After
// the day's close it keeps the day until the next one opens. The zero value is ready.
type Counter struct {
	seq   uint64
	setup *queue.Config // the latest

	day                queue.DayID
	opened, closed     time.Time
	evacuated          time.Time // since when; zero: not now
	openedBy, closedBy queue.Actor
	legs               map[queue.TicketID]*leg
	order              []*leg // as they began
	staff              map[queue.WindowID]string
	windows            map[queue.WindowID]queue.DepartmentID
	targets            map[queue.QueueID]queue.Target // "": the hall's
	names              names
}

// names are what parts were called on the day: as last set up while it was open.
type names struct{ queues, departments, windows, items, clerks map[string]name }

// Seq is the last event seen.
func (c *Counter) Seq() uint64 { return c.seq }

// Open reports whether the day counted is open.
func (c *Counter) Open() bool { return c.day != "" && c.closed.IsZero() }

// Day is the day counted; empty: none yet.
func (c *Counter) Day() queue.DayID { return c.day }

// See takes the next event. An event that does not fit what was seen before is counted as far as it goes.
func (c *Counter) See(e queue.Event) {
	c.seq = e.Seq
	switch f := e.Fact.(type) {
	case queue.Configured:
		c.setup = &f.Config
		if c.Open() {
			c.learn()
		}
	case queue.DayOpened:
		*c = Counter{seq: e.Seq, setup: c.setup, day: f.Day, opened: e.At, openedBy: e.By, legs: map[queue.TicketID]*leg{}, staff: map[queue.WindowID]string{},
			windows: map[queue.WindowID]queue.DepartmentID{}, targets: map[queue.QueueID]queue.Target{},
			names: names{map[string]name{}, map[string]name{}, map[string]name{}, map[string]name{}, map[string]name{}}}
		c.learn()
	}
	if !c.Open() { // a print that ends after its day changes no figure
		return
	}
	switch f := e.Fact.(type) {
	case queue.DayClosed:
		c.closed, c.closedBy = e.At, e.By
	case queue.ClockConfirmed:
		c.redate(f)
	case queue.WindowOpened:
		c.staffed(f)
	case queue.HallEvacuated:
		c.evacuated = e.At
	case queue.HallResumed:
		c.resumed(e.At)
	case queue.TicketIssued:
		l := &leg{visit: queue.VisitID(f.Ticket), given: f.Queue, queue: f.Queue}
		c.about(l, f.Item, f.ItemName, f.ItemNameEn)
		c.begin(f.Ticket, l)
		if f.State == queue.Waiting {
			c.join(l, e.At)
		} else {
			l.state = f.State
		}
	case queue.TicketTransferred:
		c.transferred(f, e.At)
	default:
		for _, id := range f.Tickets() {
			if l := c.legs[id]; l != nil {
				c.step(l, e)
			}
		}
	}
}

// resumed ends an evacuation: whoever waited through it was not promised that. How long they waited in all stays what they felt.
func (c *Counter) resumed(at time.Time) {
	for _, l := range c.order {
		if _, _, called := l.wait(); called || l.state != queue.Waiting {
			continue
		}
		from := c.evacuated
		if l.joined.After(from) {
			from = l.joined
		}
		l.still += at.Sub(from)
	}
	c.evacuated = time.Time{}
}

// step takes an event about a leg that is known.
func (c *Counter) step(l *leg, e queue.Event) {
	at := l.last()
	switch f := e.Fact.(type) {
	case queue.TicketQueued:
		c.queued(l, f, e.At)
	case queue.TicketMoved:
		l.queue = f.Queue
		if l.item == "" {
			l.department = c.only(f.Queue)
		}
	case queue.TicketEnded:
		l.state = f.State
		if at != nil {
			at.pause(e.At)
		}
	case queue.TicketCalled:
		c.called(l, f, e.At)
	case queue.TicketRated:
		l.rating, l.rated = f.Level, max(len(l.calls)-1, 0)
	}
	if at == nil {
		return
	}
	switch f := e.Fact.(type) {
	case queue.TicketServing:
		at.pause(e.At)
		l.state, at.serving = queue.Serving, e.At
	case queue.TicketHeld:
		at.pause(e.At)
		l.state, at.held = queue.Held, e.At
	case queue.TicketMissed:
		l.state, at.missed = queue.Missed, true
	case queue.TicketDone:
		if f.Item != "" {
			c.about(l, f.Item, f.ItemName, f.ItemNameEn)
		}
		l.end(queue.Done, f.Outcome, e.At)
	}
}

// end closes the service at the leg's last call. A citizen who was never said to be there was served from the call on.
func (l *leg) end(s queue.State, o queue.Outcome, at time.Time) {
	l.state, l.outcome = s, o
	if c := l.last(); c != nil {
		if c.serving.IsZero() && c.held.IsZero() && c.served == 0 {
			c.serving = c.at
		}
		c.pause(at)
		c.ended = true
	}
}

func (c *Counter) begin(id queue.TicketID, l *leg) {
	c.legs[id] = l
	c.order = append(c.order, l)
}

// join puts a leg in line; what is promised then holds.
func (c *Counter) join(l *leg, at time.Time) {
	l.state, l.joined, l.promise = queue.Waiting, at, TargetOf(c.setup, l.queue, l.item)
}

func (c *Counter) queued(l *leg, f queue.TicketQueued, at time.Time) {
	switch last := l.last(); {
	case f.Cause == queue.Returned:
		l.returned++
	case f.Cause == queue.GivenBack && last != nil:
		last.back = true
	}
	if l.joined.IsZero() {
		c.join(l, at)
	}
	l.state = queue.Waiting
}

func (c *Counter) called(l *leg, f queue.TicketCalled, at time.Time) {
	l.state = queue.Called
	if last := l.last(); f.Why == queue.Undone && last != nil { // the call of before goes on
		last.missed = false
		return
	}
	clerk := f.Clerk
	if clerk == "" {
		clerk = c.staff[f.Window]
	}
	if _, known := c.names.clerks[clerk]; !known && clerk != "" {
		c.names.clerks[clerk] = c.person(clerk, "")
	}
	l.calls = append(l.calls, call{window: f.Window, clerk: clerk, department: c.windows[f.Window], at: at, why: f.Why, overtook: f.Overtook})
}

func (c *Counter) transferred(f queue.TicketTransferred, at time.Time) {
	l := c.legs[f.Ticket]
	if l == nil {
		return
	}
	l.end(queue.Transferred, queue.OtherWindow, at)
	l.several = true
	next := &leg{visit: l.visit, several: true, queue: f.Queue}
	c.about(next, f.Item, f.ItemName, f.ItemNameEn)
	c.begin(f.Next, next)
	c.join(next, at)
}

// about says what a leg is about: its item, and whose business that is.
func (c *Counter) about(l *leg, item queue.ItemID, zh, en string) {
	l.item, l.department = item, ""
	if item == "" {
		l.department = c.only(l.queue)
		return
	}
	if c.setup != nil {
		for i := range c.setup.Items {
			if it := &c.setup.Items[i]; it.ID == item {
				l.department = it.Department
				if zh == "" { // logs of before names were recorded
					zh, en = it.Name, it.NameEn
				}
			}
		}
	}
	if _, known := c.names.items[string(item)]; !known {
		c.names.items[string(item)] = name{zh, en}
	}
}

// only is the department of a queue whose items are all of one.
func (c *Counter) only(q queue.QueueID) (d queue.DepartmentID) {
	if c.setup == nil {
		return ""
	}
	for i := range c.setup.Items {
		it := &c.setup.Items[i]
		if it.Queue != q {
			continue
		}
		if d != "" && d != it.Department {
			return ""
		}
		d = it.Department
	}
	return d
}

func (c *Counter) staffed(f queue.WindowOpened) {
	c.staff[f.Window] = f.Clerk
	if f.Clerk != "" {
		c.names.clerks[f.Clerk] = c.person(f.Clerk, f.Name)
	}
}

// person is what somebody is called: as it was recorded, else as set up, else by the identifier itself, which is the name in a hall without people.
func (c *Counter) person(id, recorded string) name {
	n := name{zh: recorded}
	if c.setup != nil {
		if p, ok := c.setup.Person(queue.PersonID(id)); ok {
			n.en = p.NameEn
			if n.zh == "" {
				n.zh = p.Name
			}
		}
	}
	if n.zh == "" {
		n.zh = id
	}
	return n
}

// learn takes names, targets and places from the set-up in force.
func (c *Counter) learn() {
	s := c.setup
	if s == nil {
		return
	}
	c.targets[""] = s.Policy.Target
	for i := range s.Queues {
		q := &s.Queues[i]
		c.names.queues[string(q.ID)] = name{q.Name, q.NameEn}
		c.targets[q.ID] = TargetOf(s, q.ID, "")
	}
	for _, d := range s.Departments {
		c.names.departments[string(d.ID)] = name{d.Name, d.NameEn}
	}
	for _, w := range s.WindowSetup {
		c.names.windows[string(w.ID)] = name{zh: w.Name}
		c.windows[w.ID] = w.Department
	}
}

// redate moves what happened without a clock to its true time, as the hall does.
func (c *Counter) redate(f queue.ClockConfirmed) {
	if f.Since.IsZero() {
		return
	}
	later(&c.opened, f.Since, f.By)
	later(&c.evacuated, f.Since, f.By)
	for _, l := range c.order {
		l.shift(f.Since, f.By)
	}
}
