package engine

import (
	"testing"
	"time"

	"halld/queue"
)

var base = time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC)

// hands are a machine's clock that tests turn: wall is what it shows, boot what really passed.
type hands struct {
	wall time.Time
	boot time.Duration
}

func (h *hands) clock(floor time.Time) *clock {
	return newClock(func() time.Time { return h.wall }, func() time.Duration { return h.boot }, floor)
}

// pass lets time pass, and the wall clock jump besides.
func (h *hands) pass(d, jump time.Duration) {
	h.boot += d
	h.wall = h.wall.Add(d + jump)
}

func TestHallTime(t *testing.T) {
	h := &hands{wall: base, boot: time.Hour}
	c := h.clock(base.Add(-time.Hour))
	hall := base
	step := func(what string, d, jump, want time.Duration, quality queue.Clock) {
		t.Helper()
		h.pass(d, jump)
		got, q := c.now()
		if moved := got.Sub(hall); moved != want || q != quality {
			t.Errorf("%s: hall time moved by %v and is %s, want %v and %s", what, moved, q, want, quality)
		}
		hall = got
	}
	step("a second", time.Second, 0, time.Second, queue.Trusted)
	step("half a second back", time.Second, -1500*time.Millisecond, time.Second, queue.Trusted)
	step("a correction forward", time.Second, time.Minute, time.Minute-500*time.Millisecond, queue.Trusted)
	step("an hour back", time.Second, -time.Hour, time.Second, queue.Suspect)
	step("the pace is kept", time.Minute, 0, time.Minute, queue.Suspect)
	step("set right", time.Second, time.Hour, time.Second, queue.Trusted)
	step("a year ahead", time.Second, 365*24*time.Hour, time.Second, queue.Suspect)
	step("not believed for long", 8*time.Hour, 0, 8*time.Hour, queue.Suspect)
	step("set right again", time.Second, -365*24*time.Hour, time.Second, queue.Trusted)
	step("two days ahead", time.Second, 48*time.Hour, time.Second, queue.Suspect)
	confirmed := c.fill(queue.ConfirmClock{})
	c.confirm(confirmed.To)
	step("confirmed", time.Second, 0, 48*time.Hour+time.Second, queue.Trusted)
	h.wall = h.wall.Add(10 * time.Hour) // the machine slept: the wall and the time since boot agree
	h.boot += 10 * time.Hour
	step("slept", 0, 0, 10*time.Hour, queue.Trusted)
}

func TestStartWithoutAClock(t *testing.T) {
	h := &hands{wall: time.Date(1970, 1, 1, 0, 0, 5, 0, time.UTC), boot: time.Minute}
	c := h.clock(base)
	if got, q := c.now(); !got.Equal(base) || q != queue.Unset {
		t.Errorf("with a dead clock battery the hall starts at %v, %s; want %v, %s", got, q, base, queue.Unset)
	}
	h.pass(time.Hour, 0)
	if _, ok := c.came(); ok {
		t.Error("the clock was taken to be set")
	}
	h.wall = base.Add(15 * time.Hour) // the time server was heard
	c.now()
	cmd, ok := c.came()
	if !ok {
		t.Fatal("the clock was set and is not believed")
	}
	cmd = c.fill(cmd)
	if !cmd.Behind || !cmd.From.Equal(base) || !cmd.To.Equal(h.wall) {
		t.Errorf("confirmation %+v", cmd)
	}
	c.confirm(cmd.To)
	if got, q := c.now(); !got.Equal(h.wall) || q != queue.Trusted {
		t.Errorf("hall time is %v, %s; want %v", got, q, h.wall)
	}
}

func TestStartOfANewHallWithoutAClock(t *testing.T) {
	h := &hands{wall: time.Date(1970, 1, 1, 0, 0, 5, 0, time.UTC), boot: time.Minute}
	if got, q := h.clock(time.Time{}).now(); got.Before(released) || q != queue.Unset {
		t.Errorf("a new hall starts at %v, %s", got, q)
	}
}

func TestStartAfterALongTime(t *testing.T) {
	for _, c := range []struct {
		away time.Duration
		want queue.Clock
	}{{9 * 24 * time.Hour, queue.Trusted}, {366 * 24 * time.Hour, queue.Suspect}} {
		h := &hands{wall: base.Add(c.away)}
		k := h.clock(base)
		if _, q := k.now(); q != c.want {
			t.Errorf("after %v the clock is %s, want %s", c.away, q, c.want)
		}
	}
}
