package engine

import (
	"fmt"
	"time"
)

// Jumps of the wall clock that are reported. A smaller step back is ignored like any other; a smaller one forward is followed.
const (
	reportBack    = 2 * time.Second
	reportForward = time.Hour
)

// ClockJump is a jump of the machine's clock. The hall goes on either way: order never depends on it.
type ClockJump struct {
	By   time.Duration // how far the wall clock moved against the hall's
	Hall time.Time     // hall time at that moment
}

func (j *ClockJump) Error() string {
	if j.By < 0 {
		return fmt.Sprintf("the machine's clock is %v behind the hall's: hall time goes on from %s; check the clock and the time server",
			-j.By, j.Hall.Format(time.DateTime))
	}
	return fmt.Sprintf("the machine's clock jumped forward by %v to %s: waits shown now include the jump; check the clock and the time server",
		j.By, j.Hall.Format(time.DateTime))
}

// clock makes hall time: it never goes back, follows the wall clock forward, and runs at the monotonic pace when the wall clock
// jumps back. It counts in milliseconds, in UTC: what the store keeps, so that a rebuilt hall equals the one in memory.
type clock struct {
	read   func() time.Time
	last   time.Time // the last reading, with its monotonic part
	hall   time.Time // hall time at that reading, not rounded
	behind bool      // the wall clock is behind hall time and that was reported
	jumped func(*ClockJump)
}

// newClock starts hall time at the wall clock, but not before floor: the moment of the last stored event.
func newClock(read func() time.Time, floor time.Time, jumped func(*ClockJump)) *clock {
	c := &clock{read: read, last: read(), jumped: jumped}
	c.hall = c.last.Round(0).UTC()
	if !floor.IsZero() && c.hall.Before(floor) {
		by := c.hall.Sub(floor)
		c.hall = floor.UTC()
		c.report(by)
	}
	return c
}

// now returns hall time.
func (c *clock) now() time.Time {
	t := c.read()
	elapsed := max(t.Sub(c.last), 0) // by the monotonic parts, if both have one
	c.last = t
	steady := c.hall.Add(elapsed)
	wall := t.Round(0).UTC()
	by := wall.Sub(steady)
	if by >= 0 {
		c.hall, c.behind = wall, false
		if by > reportForward {
			c.report(by)
		}
	} else {
		c.hall = steady
		c.report(by)
	}
	return c.hall.Truncate(time.Millisecond)
}

func (c *clock) report(by time.Duration) {
	if by < 0 {
		if c.behind || by > -reportBack {
			return
		}
		c.behind = true
	}
	c.jumped(&ClockJump{By: by, Hall: c.hall})
}

// offset is how far hall time is ahead of the wall clock; 0 in a hall whose clock never jumped back.
func (c *clock) offset() time.Duration { return c.hall.Sub(c.last.Round(0)) }

func (e *Engine) clockJumped(j *ClockJump) {
	e.stats.clockJumps.Add(1)
	e.log.Warn("the clock jumped", "by", j.By, "hall_time", j.Hall)
	e.onFault(j)
}
