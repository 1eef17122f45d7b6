package engine

import (
	"fmt"
	"sync"
	"time"

	"halld/queue"
)

// How far the machine's clock may be from hall time and still be believed.
const (
	tooFarBack = 2 * time.Second     // behind: what a time server corrects
	bigStep    = 10 * time.Minute    // ahead, while the hall runs: more is no correction
	longAway   = 60 * 24 * time.Hour // ahead of the last event, at a start: a hall may be off over a long holiday
	longUnset  = 400 * 24 * time.Hour
)

// released is before any moment at which this program can run: a machine whose clock shows less has no clock.
var released = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// ClockState is how hall time stands to the machine's clock.
type ClockState struct {
	Quality queue.Clock
	Hall    time.Time     // hall time
	Ahead   time.Duration // how far the machine's clock is ahead of hall time; negative: behind
}

// String says what is wrong and what to do.
func (s ClockState) String() string {
	switch {
	case s.Quality == queue.Trusted:
		return "hall time follows the machine's clock"
	case s.Quality == queue.Unset:
		return fmt.Sprintf("the machine started without a clock: hall time counts on from %s until the clock is set", s.Hall.UTC().Format(time.DateTime+" MST"))
	case s.Ahead < 0:
		return fmt.Sprintf("the machine's clock is %v behind the hall's: hall time goes on from %s until the clock has caught up; check the clock and the time server",
			-s.Ahead, s.Hall.UTC().Format(time.DateTime+" MST"))
	default:
		return fmt.Sprintf("the machine's clock jumped %v ahead of the hall's: hall time goes on from %s until the clock is confirmed or set right; "+
			"check the clock and the time server", s.Ahead, s.Hall.UTC().Format(time.DateTime+" MST"))
	}
}

// clock makes hall time: it never goes back, follows the machine's clock where that moves as a clock does, and counts on by itself where it jumps, until
// the jump is confirmed. It counts in milliseconds, in UTC: what the store keeps, so that a rebuilt hall equals the one in memory.
type clock struct {
	read func() time.Time
	boot func() time.Duration // time since the machine was switched on, sleep included; nil: the monotonic part of read alone

	mu       sync.Mutex
	last     time.Time // the last reading, with its monotonic part
	lastBoot time.Duration
	hall     time.Time // hall time at that reading, not rounded
	ahead    time.Duration
	quality  queue.Clock
	since    time.Time // where counting without a clock began
	start    bool      // the first reading was too far ahead of the last event: only a person confirms it
}

// newClock starts hall time at the machine's clock, but not before floor: the moment of the last stored event.
func newClock(read func() time.Time, boot func() time.Duration, floor time.Time) *clock {
	c := &clock{read: read, boot: boot, last: read(), quality: queue.Trusted}
	if boot != nil {
		c.lastBoot = boot()
	}
	wall := c.last.Round(0).UTC()
	c.hall = wall
	base := floor.UTC()
	if floor.IsZero() {
		base = released
	}
	switch {
	case wall.Before(base.Add(-tooFarBack)):
		c.hall, c.quality, c.since = base, queue.Unset, base
	case wall.Before(base):
		c.hall = base
	case !floor.IsZero() && wall.Sub(base) > longAway:
		c.hall, c.quality, c.start = base, queue.Suspect, true
	}
	c.ahead = wall.Sub(c.hall)
	return c
}

// now returns hall time and how far it can be trusted.
func (c *clock) now() (time.Time, queue.Clock) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.read()
	elapsed := max(t.Sub(c.last), 0) // by the monotonic parts, if both have one
	if c.boot != nil {
		if b := c.boot(); b > 0 { // it counts on while the machine sleeps
			elapsed = max(b-c.lastBoot, 0)
			c.lastBoot = b
		}
	}
	c.last = t
	steady := c.hall.Add(elapsed)
	wall := t.Round(0).UTC()
	c.hall, c.ahead = steady, wall.Sub(steady)
	switch {
	case c.quality == queue.Unset: // until confirm
	case c.ahead > bigStep || c.ahead < -tooFarBack || c.start:
		c.quality = queue.Suspect
	default:
		c.quality = queue.Trusted
		if c.ahead > 0 {
			c.hall = wall
		}
		c.ahead = wall.Sub(c.hall)
	}
	return c.hall.Truncate(time.Millisecond), c.quality
}

// came is the confirmation that the hall gives by itself: the clock of a machine that started without one was set.
func (c *clock) came() (queue.ConfirmClock, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.quality != queue.Unset || c.ahead < 0 || c.ahead > longUnset {
		return queue.ConfirmClock{}, false
	}
	return queue.ConfirmClock{Behind: true}, true
}

// fill completes a confirmation with what the machine's clock shows.
func (c *clock) fill(cmd queue.ConfirmClock) queue.ConfirmClock {
	c.mu.Lock()
	defer c.mu.Unlock()
	cmd.To = c.hall.Add(c.ahead).Truncate(time.Millisecond)
	if c.quality == queue.Unset {
		cmd.Behind, cmd.From = true, c.since
	}
	return cmd
}

// confirm makes hall time follow the machine's clock again.
func (c *clock) confirm(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if to.After(c.hall) {
		c.hall = to
	}
	c.ahead = c.last.Round(0).UTC().Sub(c.hall)
	c.quality, c.start = queue.Trusted, false
}

func (c *clock) state() ClockState {
	hall, quality := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	return ClockState{Quality: quality, Hall: hall, Ahead: c.ahead.Round(time.Second)}
}

// Now returns hall time: what everything that is shown or counted goes by.
func (e *Engine) Now() time.Time {
	now, _ := e.clock.now()
	return now
}

// Clock tells how hall time stands to the machine's clock.
func (e *Engine) Clock() ClockState { return e.clock.state() }

// watchClock reports when the clock is no longer trusted, and when it is again; a clock that came late is confirmed.
func (e *Engine) watchClock() {
	s := e.clock.state()
	if s.Quality != e.clockWas {
		was := e.clockWas
		e.clockWas = s.Quality
		if s.Quality == queue.Trusted {
			e.log.Info("the clock is trusted again", "hall_time", s.Hall, "was", was)
		} else {
			e.stats.clockJumps.Add(1)
			e.log.Error("the clock is not trusted", "ahead", s.Ahead, "hall_time", s.Hall, "err", s.String())
		}
	}
	if cmd, ok := e.clock.came(); ok {
		e.serve([]*request{{cmd: cmd, by: queue.ByRule("clock-set")}})
	}
}
