package engine

import (
	"testing"
	"time"
)

func TestHallTimeNeverGoesBack(t *testing.T) {
	base := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	wall := base
	var jumps []time.Duration
	c := newClock(func() time.Time { return wall }, base.Add(-time.Hour), func(j *ClockJump) { jumps = append(jumps, j.By) })
	step := func(by time.Duration, want time.Duration, reported int) {
		t.Helper()
		wall = wall.Add(by)
		if got := c.now().Sub(base); got != want {
			t.Errorf("after %v more: hall time %v, want %v", by, got, want)
		}
		if len(jumps) != reported {
			t.Errorf("after %v more: jumps %v, want %d", by, jumps, reported)
		}
	}
	step(time.Second, time.Second, 0)
	step(-500*time.Millisecond, time.Second, 0)     // a small step back is ignored in silence
	step(time.Second, 2*time.Second, 0)             // elapsed time counts on
	step(-time.Hour, 2*time.Second, 1)              // reported once
	step(time.Minute, time.Minute+2*time.Second, 1) // the pace is kept
	step(30*time.Minute, 31*time.Minute+2*time.Second, 1)
	step(3*time.Hour, 3*time.Hour+31*time.Minute+2*time.Second, 1) // catches up: what the reading itself shows as elapsed is no jump
}

func TestClockJumpsForward(t *testing.T) {
	// Readings with a monotonic part: the wall jumps while little time passes.
	now := time.Now()
	wall := now
	var jumps []time.Duration
	c := newClock(func() time.Time { return wall }, time.Time{}, func(j *ClockJump) { jumps = append(jumps, j.By) })
	c.last = now.Add(2 * time.Hour) // the monotonic part did not move, the wall part will be ahead
	c.hall = now.Round(0).Add(-2 * time.Hour)
	got := c.now()
	if len(jumps) != 1 || jumps[0] < time.Hour {
		t.Errorf("jumps %v, want one of two hours", jumps)
	}
	if d := got.Sub(now.Round(0)); d > time.Millisecond || d < -time.Millisecond {
		t.Errorf("hall time is off by %v after a jump forward: it follows the wall", d)
	}
}

func TestClockStartsAtTheLastEvent(t *testing.T) {
	base := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	var jumps []*ClockJump
	c := newClock(func() time.Time { return base.AddDate(-14, 0, 0) }, base, func(j *ClockJump) { jumps = append(jumps, j) })
	if got := c.now(); !got.Equal(base) {
		t.Errorf("with a dead clock battery the hall starts at %v, want %v", got, base)
	}
	if len(jumps) != 1 || jumps[0].By > -13*365*24*time.Hour {
		t.Errorf("jumps %v", jumps)
	}
	if c.offset() != base.Sub(base.AddDate(-14, 0, 0)) {
		t.Errorf("offset %v", c.offset())
	}
}
