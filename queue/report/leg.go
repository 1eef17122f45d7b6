package report

import (
	"time"

	"halld/queue"
)

// leg is one stay of a ticket in a queue, as far as figures need it.
type leg struct {
	visit      queue.VisitID
	several    bool          // legs of that visit
	given      queue.QueueID // where its number was given out; empty for a later leg
	queue      queue.QueueID
	item       queue.ItemID
	department queue.DepartmentID
	joined     time.Time     // the line
	still      time.Duration // of its wait the hall was evacuated: that is no part of what was promised
	promise    queue.Target  // in force when it joined
	state      queue.State
	outcome    queue.Outcome
	returned   int
	calls      []call
	rating     int
	rated      int // which of the calls the rating belongs to
}

// call is one call of a leg at a window and what became of it.
type call struct {
	window     queue.WindowID
	clerk      string
	department queue.DepartmentID // of the window
	at         time.Time
	why        queue.Reason
	overtook   int
	back       bool      // it was given back
	missed     bool      // nobody came
	serving    time.Time // since when the citizen is being served; zero: not now
	held       time.Time // since when it is laid aside; zero: not now
	served     time.Duration
	aside      time.Duration
	ended      bool // by an outcome, here
}

// last is the call that is or was under way.
func (l *leg) last() *call {
	if len(l.calls) == 0 {
		return nil
	}
	return &l.calls[len(l.calls)-1]
}

// counts reports whether a call stands: one that was given back is none.
func (c *call) counts() bool { return !c.back }

// pause ends what is being measured at a call.
func (c *call) pause(at time.Time) {
	if !c.serving.IsZero() {
		c.served += at.Sub(c.serving)
	}
	if !c.held.IsZero() {
		c.aside += at.Sub(c.held)
	}
	c.serving, c.held = time.Time{}, time.Time{}
}

// wait is how long a leg waited, and which call ended that: from joining the line to the first call that was not given back.
func (l *leg) wait() (d time.Duration, first *call, ok bool) {
	if l.joined.IsZero() {
		return 0, nil, false
	}
	for i := range l.calls {
		if c := &l.calls[i]; c.counts() {
			return c.at.Sub(l.joined), c, true
		}
	}
	return 0, nil, false
}

// servedAt is the call whose service ended with a citizen there; nil: none did.
func (l *leg) servedAt() *call {
	if c := l.last(); c != nil && c.ended && l.outcome.Attended() {
		return c
	}
	return nil
}

// service is how long the citizen was served at the window where the service ended, and how long laid aside meanwhile.
func (l *leg) service() (served, aside time.Duration, at *call, ok bool) {
	c := l.servedAt()
	if c == nil {
		return 0, 0, nil, false
	}
	return c.served, c.aside, c, true
}

// missed is whether nobody came to a call: that was declared, or said by the outcome.
func (l *leg) missed(c *call) bool {
	return c.missed || c.ended && l.outcome == queue.NotThere
}

// waitingLonger reports whether a leg waits now for longer than it was promised.
func (l *leg) waitingLonger(now time.Time) bool {
	return l.state == queue.Waiting && l.promise.Wait > 0 && now.Sub(l.joined)-l.still > l.promise.Wait
}

// shift moves what was dated without a clock to its true time; durations stay what they were.
func (l *leg) shift(since time.Time, by time.Duration) {
	later(&l.joined, since, by)
	for i := range l.calls {
		c := &l.calls[i]
		later(&c.at, since, by)
		later(&c.serving, since, by)
		later(&c.held, since, by)
	}
}

func later(t *time.Time, since time.Time, by time.Duration) {
	if !t.IsZero() && !t.Before(since) {
		*t = t.Add(by)
	}
}
