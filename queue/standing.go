package queue

import (
	"slices"
	"time"

	"halld/queue/catalogue"
)

// LastNumber 末号规则 is what becomes of a number whose holder is not expected to be served before the hall closes, or before a break.
type LastNumber string

// The rules of the last number. With warn and refuse a number that will have to wait for a break to end is given, and says so.
const (
	LastOff    LastNumber = "off"          // it is given like any other
	LastWarn   LastNumber = "warn"         // it is given, and says that it may not be served today
	LastRefuse LastNumber = "refuse"       // it is refused past the end of the day
	LastBreak  LastNumber = "refuse-break" // and past the beginning of a break too
)

// LastNumbers lists the rules of the last number.
func LastNumbers() []LastNumber { return []LastNumber{LastOff, LastWarn, LastRefuse, LastBreak} }

// Unserved 无窗可办 is what becomes of a number that no window staffed or expected could call.
type Unserved string

// The rules of a queue that nobody serves now.
const (
	UnservedIssue  Unserved = "issue"  // it is given
	UnservedWarn   Unserved = "warn"   // it is given, and says so
	UnservedRefuse Unserved = "refuse" // it is refused
)

// UnservedRules lists them.
func UnservedRules() []Unserved { return []Unserved{UnservedIssue, UnservedWarn, UnservedRefuse} }

// unruled reports whether no rule of its own speaks against a number of the queue.
func (q *Queue) unruled() bool {
	return len(q.Quotas) == 0 && (q.LastNumber == "" || q.LastNumber == LastOff) && (q.Unserved == "" || q.Unserved == UnservedIssue)
}

// Standing 取号情况 is how it stands with taking a number of a queue at a moment.
type Standing struct {
	Code     Code      // why none is given; empty: one is given
	Reason   string    // of a paused queue, in words
	From     time.Time // when to come again; zero: that is not known
	Past     time.Time // one is given, but not expected to be served before this closing time
	Resumes  time.Time // and calls go on then; zero: not today
	Unserved bool      // no window that serves the queue is staffed, or expected to be
	Long     bool      // the queue is long, by the hall's own measure
}

// Standing is how it stands with a queue of the view for who comes now with one case.
func (v *View) Standing(s *QueueView, now time.Time) (out Standing) {
	if v.Config == nil {
		return out
	}
	q := v.Config.queue(s.ID)
	if q == nil {
		return out
	}
	if v.Day != "" {
		out = v.standing(q, s, 1, now)
	}
	out.Long = q.LongAt > 0 && s.Waiting+s.Printing >= q.LongAt
	return out
}

// standing looks at the rules of issue one after the other. cases is what the number is to stand for.
func (v *View) standing(q *Queue, s *QueueView, cases int, now time.Time) Standing {
	out := Standing{Unserved: v.unserved(s, now)}
	if s.Stopped != "" {
		out.Code, out.Reason = QueueStopped, s.Stopped
		return out
	}
	if slices.ContainsFunc(s.Quotas, func(u QuotaView) bool { return u.holds(now) && u.Left < cases }) {
		out.Code, out.From = QuotaUsed, v.roomAt(s, cases, now)
		return out
	}
	if out.Unserved && q.Unserved == UnservedRefuse {
		out.Code = NobodyThere
		return out
	}
	if q.LastNumber == "" || q.LastNumber == LastOff || v.Late || !v.Config.hasHours() {
		return out
	}
	past, resumes := v.past(s.Work+time.Duration(cases-1)*s.Each+q.LastMargin, now)
	switch {
	case past.IsZero():
	case q.LastNumber == LastBreak, q.LastNumber == LastRefuse && resumes.IsZero():
		out.Code, out.From = TooLate, resumes
		if resumes.IsZero() {
			out.From = v.NextOpening
		}
	default:
		out.Past, out.Resumes = past, resumes
	}
	return out
}

// past is the closing time that so much work goes beyond, and when it would go on after a break; zero: it is done by then, or the break is over by its end.
func (v *View) past(work time.Duration, now time.Time) (closes, resumes time.Time) {
	to := slices.IndexFunc(v.Openings, func(o catalogue.Opening) bool { return o.Close.After(now) })
	if to < 0 {
		return v.Closing, time.Time{}
	}
	all := v.Openings[to:]
	for i, o := range all {
		from := o.Open
		if i == 0 && now.After(from) {
			from = now
		}
		room := o.Close.Sub(from)
		switch {
		case work <= room && i == 0:
			return time.Time{}, time.Time{}
		case work <= room:
			return all[0].Close, o.Open
		}
		work -= room
	}
	return all[len(all)-1].Close, time.Time{}
}

// unserved reports whether nobody sits at a window of the queue, and nobody is expected: so long after the last one left, after the day was opened, or after a
// break, somebody may still come.
func (v *View) unserved(s *QueueView, now time.Time) bool {
	since := s.Unstaffed
	if since.IsZero() {
		return false
	}
	for _, o := range v.Openings {
		if o.Close.After(now) {
			if o.Open.After(since) {
				since = o.Open
			}
			break
		}
	}
	return !now.Before(since.Add(v.Config.Policy.StaffedWithin))
}

// roomAt is when a queue next has room for so many cases: later today within the hours of the hall, or at its next opening.
func (v *View) roomAt(s *QueueView, cases int, now time.Time) time.Time {
	var at []time.Time
	for _, u := range s.Quotas {
		at = append(at, u.From, u.Until)
	}
	slices.SortFunc(at, time.Time.Compare)
	open := v.Openings
	for _, t := range at {
		if !t.After(now) || slices.ContainsFunc(s.Quotas, func(u QuotaView) bool { return u.holds(t) && u.Left < cases }) {
			continue
		}
		for _, o := range open {
			if start := t; o.Close.After(start) {
				if o.Open.After(start) {
					start = o.Open
				}
				if !slices.ContainsFunc(s.Quotas, func(u QuotaView) bool { return u.holds(start) && u.Left < cases }) {
					return start
				}
				break
			}
		}
		if len(open) == 0 && t.Before(v.Closing) {
			return t
		}
	}
	return v.NextOpening
}

// pace 办理速度 is what the services of a queue took today.
type pace struct {
	N   int // cases
	Sum time.Duration
}

// enoughServices are as many as make a mean.
const enoughServices = 3

// paced counts a service that ended.
func (h *Hall) paced(t *Ticket, by int) {
	if t.State != Done && t.State != Transferred || t.Served.IsZero() || t.Outcome != "" && !t.Outcome.Attended() {
		return
	}
	p := h.day.paces[t.Queue]
	h.day.paces[t.Queue] = pace{N: p.N + by*t.Cases(), Sum: p.Sum + time.Duration(by)*t.Ended.Sub(t.Served)}
}

// each is how long a case of a queue takes: the mean of today's, of all queues where this one has too few, else what its items usually take; 0: nobody knows.
func (h *Hall) each(q QueueID) time.Duration {
	p := h.day.paces[q]
	if p.N < enoughServices {
		var all pace
		for _, o := range h.day.paces {
			all.N, all.Sum = all.N+o.N, all.Sum+o.Sum
		}
		p = all
	}
	if p.N >= enoughServices {
		return p.Sum / time.Duration(p.N)
	}
	var usual, items time.Duration
	for i := range h.cfg.Items {
		if it := &h.cfg.Items[i]; it.Queue == q && it.Minutes > 0 {
			usual, items = usual+time.Duration(it.Minutes)*time.Minute, items+1
		}
	}
	if items == 0 {
		return 0
	}
	return usual / items
}

// shares is how many windows' worth of service a queue has: a window that serves others too, in which somebody waits, gives each its part. Counted are the windows
// that are open, else those that are staffed, else those that serve it at all.
func (h *Hall) shares(q QueueID) float64 {
	for _, counts := range []func(WindowState) bool{
		func(s WindowState) bool { return s == WindowOpen },
		func(s WindowState) bool { return s != WindowClosed },
		func(WindowState) bool { return true },
	} {
		sum := 0.0
		for i := range h.cfg.WindowSetup {
			s := &h.cfg.WindowSetup[i]
			if !slices.Contains(s.Queues, q) || !counts(h.day.windows[s.ID].State) {
				continue
			}
			asked := 1
			for _, o := range s.Queues {
				if waiting, printing := h.day.pool.Len(string(o)); o != q && waiting+printing > 0 {
					asked++
				}
			}
			sum += 1 / float64(asked)
		}
		if sum > 0 {
			return sum
		}
	}
	return 1
}

// predict says what is to be done until somebody who comes now with one case is served: who waits and is being printed, and this one.
func (h *Hall) predict(v *QueueView) {
	each := h.each(v.ID)
	if each <= 0 {
		return
	}
	v.Each = time.Duration(float64(each) / h.shares(v.ID))
	v.Work = time.Duration(v.Waiting+v.Printing+h.day.more[v.ID]+1) * v.Each
}

// unstaffed is since when nobody sits at a window of a queue, for each of which that is so.
func (h *Hall) unstaffed() map[QueueID]time.Time {
	since := make(map[QueueID]time.Time, len(h.cfg.Queues))
	for i := range h.cfg.Queues {
		since[h.cfg.Queues[i].ID] = h.day.opened
	}
	for i := range h.cfg.WindowSetup {
		s := &h.cfg.WindowSetup[i]
		w := h.day.windows[s.ID]
		for _, q := range s.Queues {
			if w.State != WindowClosed {
				delete(since, q)
			} else if at, ok := since[q]; ok && w.Since.After(at) {
				since[q] = w.Since
			}
		}
	}
	return since
}
