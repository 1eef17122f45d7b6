package main

import (
	"math"
	"slices"
	"time"

	"halld/queue"
)

// happening is an arrival or a recorded call, in the order in which they came.
type happening struct {
	at    time.Time
	call  bool
	visit *visitRun
}

func happenings(visits []*visitRun, calls bool) []happening {
	var hs []happening
	for _, v := range visits {
		hs = append(hs, happening{v.rec.Arrival, false, v})
		if calls && !v.rec.Call.IsZero() {
			at := v.rec.Call
			if at.Before(v.rec.Arrival) {
				at = v.rec.Arrival // nobody is called before having a number
			}
			hs = append(hs, happening{at, true, v})
		}
	}
	slices.SortStableFunc(hs, func(a, b happening) int {
		if d := a.at.Compare(b.at); d != 0 {
			return d
		}
		if a.call != b.call {
			if a.call {
				return 1
			}
			return -1
		}
		return a.visit.rec.Ordinal - b.visit.rec.Ordinal
	})
	return hs
}

// recorded calls every visit at its recorded time. The window of a queue finishes its last ticket when it calls the next.
func (r runner) recorded(cfg queue.Config, visits []*visitRun) error {
	window := map[queue.QueueID]queue.WindowID{}
	for _, w := range cfg.WindowSetup {
		window[w.Queues[0]] = w.ID
	}
	at := map[queue.WindowID]*visitRun{}
	for _, h := range happenings(visits, true) {
		v := h.visit
		if !h.call {
			if err := r.issue(v); err != nil {
				return err
			}
			continue
		}
		seat := queue.Seat{Window: window[v.queue]}
		if prev := at[seat.Window]; prev != nil {
			if err := r.finish(seat, prev, h.at); err != nil {
				return err
			}
		}
		var cmd queue.Command = queue.CallTicket{Seat: seat, Ticket: v.ticket, Reason: "recorded order"}
		if line := r.hall.Line(v.queue, 1); len(line) == 1 && line[0].ID == v.ticket {
			cmd = queue.CallNext{Seat: seat}
		}
		a, err := r.do(cmd, h.at)
		if err != nil {
			return err
		}
		v.called = h.at
		v.overtook = a.Ticket.Overtook
		at[seat.Window] = v
	}
	for id, v := range at {
		if err := r.finish(queue.Seat{Window: id}, v, r.hall.LastAt()); err != nil {
			return err
		}
	}
	return nil
}

func (r runner) issue(v *visitRun) error {
	a, err := r.do(queue.Issue{Queue: v.queue}, v.rec.Arrival)
	if err != nil {
		return err
	}
	v.ticket = a.Ticket.ID
	return nil
}

func (r runner) finish(seat queue.Seat, v *visitRun, now time.Time) error {
	_, err := r.do(queue.Finish{Seat: seat, Outcome: queue.DoneAtOnce}, now)
	v.ended = err == nil
	return err
}

// served lets the windows call by the hall's policy. How long a service takes is inferred from the recorded calls of its queue.
func (r runner) served(cfg queue.Config, visits []*visitRun) error {
	inferService(visits)
	type desk struct {
		seat queue.Seat
		v    *visitRun
		free time.Time
	}
	desks := make([]*desk, len(cfg.WindowSetup))
	for i, w := range cfg.WindowSetup {
		desks[i] = &desk{seat: queue.Seat{Window: w.ID}}
	}
	byTicket := map[queue.TicketID]*visitRun{}
	call := func(d *desk, now time.Time) error {
		a, err := r.do(queue.CallNext{Seat: d.seat}, now)
		if queue.CodeOf(err) == queue.NobodyWaiting {
			return nil
		}
		if err != nil {
			return err
		}
		d.v = byTicket[a.Ticket.ID]
		d.v.called, d.v.overtook = now, a.Ticket.Overtook
		d.free = now.Add(d.v.service)
		return nil
	}
	next := happenings(visits, false)
	for {
		var soonest *desk
		for _, d := range desks {
			if d.v != nil && (soonest == nil || d.free.Before(soonest.free)) {
				soonest = d
			}
		}
		if soonest != nil && (len(next) == 0 || !next[0].at.Before(soonest.free)) {
			now := soonest.free
			if err := r.finish(soonest.seat, soonest.v, now); err != nil {
				return err
			}
			soonest.v = nil
			if err := call(soonest, now); err != nil {
				return err
			}
			continue
		}
		if len(next) == 0 {
			return nil
		}
		v, now := next[0].visit, next[0].at
		next = next[1:]
		if err := r.issue(v); err != nil {
			return err
		}
		byTicket[v.ticket] = v
		for _, d := range desks {
			if d.v == nil {
				if err := call(d, now); err != nil {
					return err
				}
				break
			}
		}
	}
}

// longestService bounds what is inferred: a longer gap between calls is a desk without customers, not a service.
const longestService = 45 * time.Minute

// inferService takes the time from a call to the k-th next call of its queue as the service time, k being the windows that were open then:
// with k busy windows that is how long one of them was taken. Gaps in which nobody waited say nothing and get the queue's median.
func inferService(visits []*visitRun) {
	byQueue := map[queue.QueueID][]*visitRun{}
	for _, v := range visits {
		if !v.rec.Call.IsZero() {
			byQueue[v.queue] = append(byQueue[v.queue], v)
		}
	}
	for _, v := range visits {
		v.service = 10 * time.Minute
	}
	for _, vs := range byQueue {
		slices.SortStableFunc(vs, func(a, b *visitRun) int { return a.rec.Call.Compare(b.rec.Call) })
		var known []time.Duration
		for i, v := range vs {
			v.service = 0
			j := i + max(1, v.rec.OpenWindows)
			if j >= len(vs) || vs[j].rec.Arrival.After(v.rec.Call) {
				continue
			}
			if d := vs[j].rec.Call.Sub(v.rec.Call); d > 0 && d <= longestService {
				v.service = d
				known = append(known, d)
			}
		}
		median := 10 * time.Minute
		if len(known) > 0 {
			slices.Sort(known)
			median = known[len(known)/2]
		}
		for _, v := range vs {
			if v.service == 0 {
				v.service = median
			}
		}
	}
}

func rowsOf(cfg queue.Config, visits []*visitRun) []replayRow {
	var rows []replayRow
	for _, q := range cfg.Queues {
		row := replayRow{Office: visits[0].rec.Office, Day: visits[0].rec.Day, Queue: q.Name}
		var waits, recorded []float64
		for _, v := range visits {
			if v.queue != q.ID {
				continue
			}
			row.Visits++
			if v.rec.Before {
				row.Before++
			} else if !v.rec.Call.IsZero() {
				recorded = append(recorded, v.rec.Call.Sub(v.rec.Arrival).Minutes())
			}
			if v.called.IsZero() {
				row.Uncalled++
				continue
			}
			row.Called++
			if v.ended {
				row.Finished++
			}
			if v.overtook > 0 {
				row.OutOfTurn++
			}
			if v.rec.Before {
				continue
			}
			w := v.called.Sub(v.rec.Arrival).Minutes()
			waits = append(waits, w)
			if !v.rec.Call.IsZero() && math.Floor(w) != math.Floor(v.rec.Call.Sub(v.rec.Arrival).Minutes()) {
				row.Differ++
			}
		}
		row.Mean, row.Recorded = mean(waits), mean(recorded)
		slices.Sort(waits)
		if n := len(waits); n > 0 {
			row.Median, row.P90, row.Max = waits[n/2], waits[n*9/10], waits[n-1]
		}
		row.Reordered = reordered(visits, q.ID)
		rows = append(rows, row)
	}
	return rows
}

// reordered counts calls that came before another that the record has earlier.
func reordered(visits []*visitRun, q queue.QueueID) int {
	var called []*visitRun
	for _, v := range visits {
		if v.queue == q && !v.called.IsZero() && !v.rec.Call.IsZero() {
			called = append(called, v)
		}
	}
	slices.SortStableFunc(called, func(a, b *visitRun) int { return a.called.Compare(b.called) })
	n := 0
	for i := 1; i < len(called); i++ {
		if called[i].rec.Call.Before(called[i-1].rec.Call) {
			n++
		}
	}
	return n
}

func mean(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s / float64(len(x))
}
