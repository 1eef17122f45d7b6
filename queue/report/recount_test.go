package report_test

import (
	"sort"
	"time"

	"halld/queue"
	"halld/queue/report"
)

// What follows counts a day in another way than the package does: for each leg it lists what happened to it, and reads every figure off that list.

type legView struct {
	queue  queue.QueueID
	item   queue.ItemID
	first  bool
	visit  string
	target time.Duration
	story  []queue.Event
}

type callView struct {
	window queue.WindowID
	clerk  string
	at     time.Time
	over   int
	why    queue.Reason
	back   bool
}

type recounted struct {
	legs  []*legView
	staff []queue.Event
}

func recount(events []queue.Event) *recounted {
	o := &recounted{}
	legs := map[queue.TicketID]*legView{}
	var cfg queue.Config
	promised := func(q queue.QueueID) time.Duration {
		for _, s := range cfg.Queues {
			if s.ID == q && s.Target.Wait > 0 {
				return s.Target.Wait
			}
		}
		return cfg.Policy.Target.Wait
	}
	for _, e := range events {
		switch f := e.Fact.(type) {
		case queue.Configured:
			cfg = f.Config
		case queue.WindowOpened:
			o.staff = append(o.staff, e)
		case queue.TicketIssued:
			legs[f.Ticket] = &legView{queue: f.Queue, item: f.Item, first: true, visit: string(f.Ticket), target: promised(f.Queue)}
			o.legs = append(o.legs, legs[f.Ticket])
		case queue.TicketTransferred:
			legs[f.Next] = &legView{queue: f.Queue, item: f.Item, visit: legs[f.Ticket].visit, target: promised(f.Queue)}
			o.legs = append(o.legs, legs[f.Next])
		case queue.TicketMoved:
			legs[f.Ticket].queue = f.Queue
		case queue.TicketDone:
			if f.Item != "" {
				legs[f.Ticket].item = f.Item
			}
		}
		for _, id := range e.Fact.Tickets() {
			legs[id].story = append(legs[id].story, e)
		}
	}
	return o
}

func (o *recounted) calls(l *legView) []callView {
	var out []callView
	for _, e := range l.story {
		switch f := e.Fact.(type) {
		case queue.TicketCalled:
			if f.Why == queue.Undone {
				continue
			}
			c := callView{window: f.Window, clerk: f.Clerk, at: e.At, over: f.Overtook, why: f.Why}
			for _, s := range o.staff {
				if s.Seq < e.Seq && s.Fact.Where() == f.Window && f.Clerk == "" {
					c.clerk = s.Fact.(queue.WindowOpened).Clerk
				}
			}
			out = append(out, c)
		case queue.TicketQueued:
			if f.Cause == queue.GivenBack {
				out[len(out)-1].back = true
			}
		}
	}
	return out
}

func (l *legView) joined() (at time.Time) {
	for i := len(l.story) - 1; i >= 0; i-- {
		switch f := l.story[i].Fact.(type) {
		case queue.TicketIssued:
			if f.State == queue.Waiting {
				at = l.story[i].At
			}
		case queue.TicketTransferred:
			if i == 0 {
				at = l.story[i].At
			}
		case queue.TicketQueued:
			at = l.story[i].At
		}
	}
	return at
}

// times adds up how long the citizen was served and laid aside since the last call.
func (l *legView) times() (served, aside time.Duration) {
	var from time.Time
	var held bool
	for i, e := range l.story {
		switch f := e.Fact.(type) {
		case queue.TicketCalled:
			if f.Why != queue.Undone {
				served, aside, held, from = 0, 0, false, e.At
			}
		case queue.TicketServing:
			if held {
				aside += e.At.Sub(from)
			}
			from, held = e.At, false
		case queue.TicketHeld:
			served += e.At.Sub(from)
			from, held = e.At, true
		case queue.TicketDone:
			served += e.At.Sub(from)
		case queue.TicketTransferred:
			if i > 0 {
				served += e.At.Sub(from)
			}
		}
	}
	return served, aside
}

func (l *legView) outcome() (queue.Outcome, bool) {
	for i, e := range l.story {
		switch f := e.Fact.(type) {
		case queue.TicketDone:
			return f.Outcome, false
		case queue.TicketTransferred:
			if i > 0 {
				return queue.OtherWindow, true
			}
		}
	}
	return "", false
}

func (o *recounted) figures(now time.Time, whole bool, mine func(*legView) bool, here func(callView) bool) report.Figures {
	f := report.Figures{Outcomes: map[queue.Outcome]int{}, Overtaken: map[queue.Reason]int{}}
	var waits, services, asides []time.Duration
	visits := map[string]bool{}
	for _, l := range o.legs {
		if !mine(l) {
			continue
		}
		calls := o.calls(l)
		any, stands := whole, false
		var first, last *callView
		for i := range calls {
			c := &calls[i]
			last = c
			if !c.back && first == nil {
				first = c
			}
			if !here(*c) {
				continue
			}
			any = true
			if c.back {
				f.GivenBack++
				continue
			}
			stands = true
			if c.over > 0 {
				f.Overtaken[c.why] += c.over
			}
		}
		if !any {
			continue
		}
		visits[l.visit] = true
		if stands {
			f.Called++
		}
		if first != nil && here(*first) {
			d := first.at.Sub(l.joined())
			waits = append(waits, d)
			if l.target > 0 {
				f.Promised++
				if d <= l.target {
					f.Within++
				}
			}
		}
		// misses, each at the window of the latest call before it
		n, rating := 0, 0
		var nowAt callView
		state := queue.Issued
		for i, e := range l.story {
			switch g := e.Fact.(type) {
			case queue.TicketIssued:
				state = g.State
			case queue.TicketQueued:
				state = queue.Waiting
				if g.Cause == queue.Returned && whole {
					f.Returned++
				}
			case queue.TicketCalled:
				state = queue.Called
				if g.Why == queue.Undone {
					if here(nowAt) {
						f.Missed--
					}
				} else {
					nowAt = calls[n]
					n++
				}
			case queue.TicketMissed:
				state = queue.Missed
				if here(nowAt) {
					f.Missed++
				}
			case queue.TicketServing:
				state = queue.Serving
			case queue.TicketHeld:
				state = queue.Held
			case queue.TicketDone:
				state = queue.Done
			case queue.TicketTransferred:
				state = queue.Transferred
				if i == 0 {
					state = queue.Waiting
				}
			case queue.TicketEnded:
				state = g.State
			case queue.TicketRated:
				rating = g.Level
				if here(nowAt) {
					f.Ratings[g.Level]++
				}
			}
		}
		if whole {
			if l.first {
				f.Issued++
			}
			switch state {
			case queue.Cancelled:
				f.Cancelled++
			case queue.Void:
				f.Void++
			case queue.Expired:
				f.Expired++
			case queue.Waiting:
				f.Waiting++
				if l.target > 0 && now.Sub(l.joined()) > l.target {
					f.Over++
				}
			default: // counted by what became of its visits
			}
		}
		outcome, moved := l.outcome()
		if outcome == "" || !here(*last) {
			continue
		}
		f.Outcomes[outcome]++
		if moved {
			f.Moved++
		}
		if outcome == queue.NotThere {
			f.Missed++
		}
		if outcome == queue.NotThere || outcome == queue.WrongTicket {
			continue
		}
		f.Served++
		served, aside := l.times()
		services = append(services, served)
		if aside > 0 {
			asides = append(asides, aside)
		}
		if rating == 0 {
			f.Ratings[0]++
		}
	}
	f.Visits = len(visits)
	f.Wait, f.Service, f.Held = spread(waits), spread(services), spread(asides)
	return f
}

func spread(d []time.Duration) report.Spread {
	sort.Slice(d, func(i, j int) bool { return d[i] < d[j] })
	s := report.Spread{N: len(d)}
	at := func(share float64) time.Duration {
		for i := range d {
			if float64(i+1) >= share*float64(len(d))-1e-9 {
				return d[i]
			}
		}
		return 0
	}
	for _, v := range d {
		s.Sum += v
		s.Max = max(s.Max, v)
	}
	s.Median, s.P90 = at(.5), at(.9)
	return s
}
