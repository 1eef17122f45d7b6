package report

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"halld/queue"
)

// tally adds up the figures of the hall or of a part of it.
type tally struct {
	Figures
	waits, services, asides []time.Duration
	visits                  map[queue.VisitID]bool // of several legs
}

// count adds a leg. here chooses the calls that belong to a window or clerk; nil: the leg belongs to the part as a whole.
func (y *tally) count(l *leg, now time.Time, here func(*call) bool) {
	whole := here == nil
	if whole {
		here = func(*call) bool { return true }
		y.countLine(l, now)
	}
	if y.Outcomes == nil {
		y.Outcomes, y.Overtaken, y.visits = map[queue.Outcome]int{}, map[queue.Reason]int{}, map[queue.VisitID]bool{}
	}
	if l.several {
		y.visits[l.visit] = true
	} else {
		y.Visits++
	}
	called := false
	for i := range l.calls {
		c := &l.calls[i]
		if !here(c) {
			continue
		}
		if c.counts() {
			called = true
			if c.overtook > 0 {
				y.Overtaken[c.why] += c.overtook
			}
		} else {
			y.GivenBack++
		}
		if l.missed(c) {
			y.Missed++
		}
		if c.ended {
			y.Outcomes[l.outcome]++
			if l.state == queue.Transferred {
				y.Moved++
			}
		}
	}
	if called {
		y.Called++
	}
	y.countWait(l, here)
	y.countService(l, here)
}

// countLine adds what happens to a leg before and besides its calls.
func (y *tally) countLine(l *leg, now time.Time) {
	y.Returned += l.returned
	switch l.state {
	case queue.Cancelled:
		y.Cancelled++
	case queue.Void:
		y.Void++
	case queue.Expired:
		y.Expired++
	case queue.Waiting:
		y.Waiting++
		if y.Since.IsZero() || l.joined.Before(y.Since) {
			y.Since = l.joined
		}
		if l.waitingLonger(now) {
			y.Over++
		}
	case queue.Issued, queue.Called, queue.Serving, queue.Held, queue.Missed, queue.Done, queue.Transferred: // counted by their calls
	}
}

func (y *tally) countWait(l *leg, here func(*call) bool) {
	d, first, ok := l.wait()
	if !ok || !here(first) {
		return
	}
	y.waits = append(y.waits, d)
	if l.promise.Wait > 0 {
		y.Promised++
		if d-l.still <= l.promise.Wait {
			y.Within++
		}
	}
}

func (y *tally) countService(l *leg, here func(*call) bool) {
	served, aside, at, ok := l.service()
	if ok && here(at) {
		y.Served++
		y.services = append(y.services, served)
		if aside > 0 {
			y.asides = append(y.asides, aside)
		}
		if l.rating == 0 {
			y.Ratings[0]++
		}
	}
	if l.rating > 0 && l.rated < len(l.calls) && here(&l.calls[l.rated]) {
		y.Ratings[min(l.rating, queue.HighestLevel)]++
	}
}

func (y *tally) figures() Figures {
	f := y.Figures
	f.Visits += len(y.visits)
	f.Wait, f.Service, f.Held = SpreadOf(y.waits), SpreadOf(y.services), SpreadOf(y.asides)
	if f.Outcomes == nil {
		f.Outcomes, f.Overtaken = map[queue.Outcome]int{}, map[queue.Reason]int{}
	}
	return f
}

// tallies are those of one kind of part.
type tallies map[string]*tally

func (m tallies) of(id string) *tally {
	y := m[id]
	if y == nil {
		y = &tally{}
		m[id] = y
	}
	return y
}

// parts lists them under their names, in order: short identifiers first, so that window 10 stands behind window 9.
func (m tallies) parts(names map[string]name) []Part {
	ids := slices.SortedFunc(maps.Keys(m), func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	out := make([]Part, len(ids))
	for i, id := range ids {
		out[i] = Part{ID: id, Name: names[id].zh, NameEn: names[id].en, Figures: m[id].figures()}
	}
	return out
}

type name struct{ zh, en string }

// Figures is the day as counted so far, with those who wait at a moment. ok is false before any day was opened.
func (c *Counter) Figures(now time.Time) (out Day, ok bool) {
	if c.day == "" {
		return Day{}, false
	}
	out = Day{Day: c.day, Opened: c.opened, OpenedBy: c.openedBy, Closed: c.closed, ClosedBy: c.closedBy, Seq: c.seq}
	if !c.evacuated.IsZero() && c.Open() && now.After(c.evacuated) {
		now = c.evacuated // nobody is promised to be called meanwhile
	}
	all := &tally{}
	queues, departments, windows, items, clerks := tallies{}, tallies{}, tallies{}, tallies{}, tallies{}
	for id := range c.names.queues {
		queues.of(id)
	}
	for id := range c.names.departments {
		departments.of(id)
	}
	for id := range c.names.windows {
		windows.of(id)
	}
	for _, l := range c.order {
		all.count(l, now, nil)
		queues.of(string(l.queue)).count(l, now, nil)
		if l.given != "" {
			all.Issued++
			queues.of(string(l.given)).Issued++
		}
		if l.item != "" {
			y := items.of(string(l.item))
			y.count(l, now, nil)
			y.issued(l)
		}
		if d := l.departmentOf(); d != "" {
			y := departments.of(string(d))
			y.count(l, now, nil)
			y.issued(l)
		}
		l.eachPlace(func(w queue.WindowID) {
			windows.of(string(w)).count(l, now, func(c *call) bool { return c.window == w })
		}, func(p string) {
			clerks.of(p).count(l, now, func(c *call) bool { return c.clerk == p })
		})
	}
	out.All = all.figures()
	out.Queues, out.Departments, out.Windows = queues.parts(c.names.queues), departments.parts(c.names.departments), windows.parts(c.names.windows)
	out.Items, out.Clerks = items.parts(c.names.items), clerks.parts(c.names.clerks)
	out.All.Target = c.targets[""]
	for i := range out.Queues {
		out.Queues[i].Target = c.targets[queue.QueueID(out.Queues[i].ID)]
	}
	return out, true
}

func (y *tally) issued(l *leg) {
	if l.given != "" {
		y.Issued++
	}
}

// departmentOf is whose business a leg is: of the item or the queue, else of the window that called it last.
func (l *leg) departmentOf() queue.DepartmentID {
	if c := l.last(); l.department == "" && c != nil {
		return c.department
	}
	return l.department
}

// eachPlace names each window and each clerk that called the leg, once.
func (l *leg) eachPlace(window func(queue.WindowID), clerk func(string)) {
	for i := range l.calls {
		c := &l.calls[i]
		before := l.calls[:i]
		if !slices.ContainsFunc(before, func(o call) bool { return o.window == c.window }) {
			window(c.window)
		}
		if c.clerk != "" && !slices.ContainsFunc(before, func(o call) bool { return o.clerk == c.clerk }) {
			clerk(c.clerk)
		}
	}
}
