package wait

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"halld/queue"
)

var nine = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

func minute(m float64) time.Time { return nine.Add(time.Duration(m * float64(time.Minute))) }

// feed hands events over, each a minute of the day and a fact.
func feed(e *Estimator, pairs ...any) {
	for i := 0; i < len(pairs); i += 2 {
		var at float64
		switch m := pairs[i].(type) {
		case int:
			at = float64(m)
		case float64:
			at = m
		}
		e.See(queue.Event{Seq: uint64(i + 1), At: minute(at), Fact: pairs[i+1].(queue.Fact)})
	}
}

func issued(id string) queue.Fact {
	return queue.TicketIssued{Ticket: queue.TicketID(id), Queue: "A", State: queue.Waiting}
}

func called(id string) queue.Fact {
	return queue.TicketCalled{Ticket: queue.TicketID(id), Window: "1"}
}

var opened = queue.DayOpened{Day: "2026-03-02"}

func TestBasis(t *testing.T) {
	t.Parallel()
	e := New(0)
	feed(e, 0, opened, 0, issued("1"))
	is := func(what string, got Estimate, b Basis, n int, median time.Duration) {
		t.Helper()
		if got.Basis != b || got.N != n || got.Median != median || got.Low > got.Median || got.High < got.Median {
			t.Errorf("%s: %+v, want %s of %d, %v", what, got, b, n, median)
		}
	}
	is("nothing is known", e.Of("A", 3, minute(1), 1, false), None, 0, 0)
	is("set", New(3*time.Minute).Of("A", 3, minute(1), 1, false), Constant, 0, 12*time.Minute)
	is("set, three windows", New(3*time.Minute).Of("A", 3, minute(1), 3, false), Constant, 0, 4*time.Minute)
	feed(e, 4, called("1"))
	is("one wait", e.Of("A", 0, minute(5), 1, false), Constant, 1, 4*time.Minute)
	is("another queue: as the hall", e.Of("B", 2, minute(5), 1, false), Constant, 1, 12*time.Minute)
	is("no window is open", e.Of("A", 0, minute(5), 0, false), None, 0, 0)
	is("a window waits for him", e.Of("A", 0, minute(5), 1, true), Rate, 1, 0)
	feed(e, 5, issued("2"), 5, issued("3"), 5, issued("4"), 7, called("2"), 9, called("3"))
	// gaps of 4, 2 and 2 minutes; waits of 4, 2 and 4; one waits
	is("half and half", e.Of("A", 1, minute(9), 1, false), Rate, 3, (2*160*time.Second+200*time.Second)/2)
	is("half as far", e.Of("A", 0, minute(9), 1, false), Rate, 3, (160*time.Second+100*time.Second)/2)
	// the line stands still: four gaps now, the last of 20 minutes
	is("nobody is called", e.Of("A", 0, minute(29), 1, false), Rate, 3, (7*time.Minute+100*time.Second)/2)
	is("long ago", e.Of("A", 0, minute(200), 1, false), Constant, 3, 160*time.Second)
	feed(e, 210, queue.DayClosed{Day: "2026-03-02"}, 1440, queue.DayOpened{Day: "2026-03-03"})
	is("the next morning", e.Of("A", 1, minute(1440), 1, false), Constant, 3, 2*160*time.Second)
	first := New(0)
	feed(first, 0, opened, 0, issued("1"), 4, queue.WindowOpened{Window: "1"}, 4, called("1"))
	is("a first call is no pace", first.Of("A", 0, minute(5), 1, false), LastWaits, 1, 4*time.Minute)
}

// In the morning many come at once and the first are called at once: that is no promise to those behind them.
func TestOpeningRush(t *testing.T) {
	t.Parallel()
	e := New(5 * time.Minute)
	feed(e, 0, opened)
	for i := range 20 {
		feed(e, float64(i)/60, issued(fmt.Sprint(i)))
	}
	for i, w := range []queue.WindowID{"1", "2", "3", "4"} {
		feed(e, .5, queue.WindowOpened{Window: w}, .5, queue.TicketCalled{Ticket: queue.TicketID(fmt.Sprint(i)), Window: w})
	}
	if got := e.Of("A", 13, minute(1), 1, false); got.Basis != Constant || got.Median < 60*time.Minute {
		t.Errorf("behind thirteen, with nobody served yet: %+v", got)
	}
	feed(e, 5, called("4"), 6, called("5"), 7, called("6"), 8, called("7")) // four windows, four minutes each
	if got := e.Of("A", 9, minute(8), 1, false); got.Basis != Rate || got.Median < 13*time.Minute || got.Median > 25*time.Minute {
		t.Errorf("behind nine, four served: %+v", got)
	}
}

// A call that was given back ends no wait.
func TestGivenBack(t *testing.T) {
	t.Parallel()
	e := New(0)
	feed(e, 0, opened, 0, issued("1"), 2, called("1"), 3, queue.TicketQueued{Ticket: "1", Cause: queue.GivenBack})
	if e.Over("A", 90*time.Second, minute(3)) != 1 || e.Over("A", 4*time.Minute, minute(3)) != 0 {
		t.Error("it waits since it joined")
	}
	feed(e, 10, called("1"))
	if got := e.Of("A", 0, minute(10), 1, false); got.Basis != Constant || got.Median != 10*time.Minute || e.Over("A", time.Second, minute(10)) != 0 {
		t.Errorf("%+v", got)
	}
	feed(e, 11, queue.TicketMissed{Ticket: "1", Window: "1"}, 12, queue.TicketQueued{Ticket: "1", Cause: queue.Returned}, 13, called("1"))
	if n := len(e.queues["A"].waits); n != 1 {
		t.Errorf("a second call is no second wait: %d", n)
	}
}

func TestLinesAreKept(t *testing.T) {
	t.Parallel()
	e := New(0)
	feed(e, 0, opened, 0, issued("1"), 1, issued("2"), 2, issued("3"), 3, issued("4"), 3, queue.TicketIssued{Ticket: "5", Queue: "A", State: queue.Issued},
		4, queue.TicketEnded{Ticket: "1", State: queue.Cancelled}, 4, queue.TicketMoved{Ticket: "2", Queue: "B"}, 4, queue.TicketMoved{Ticket: "5", Queue: "B"},
		5, called("3"), 6, queue.TicketTransferred{Ticket: "3", Next: "3.2", Queue: "B"})
	for _, c := range []struct {
		q    queue.QueueID
		min  float64
		want int
	}{{"A", 0, 0}, {"A", 6, 1}, {"A", 7.5, 0}, {"B", 3.5, 2}, {"B", 8.5, 1}, {"B", 9.5, 0}, {"C", 1, 0}} {
		if got := e.Over(c.q, time.Duration(c.min*float64(time.Minute)), minute(10)); c.min > 0 && got != c.want {
			t.Errorf("in %s longer than %v min at ten past: %d, want %d", c.q, c.min, got, c.want)
		}
	}
	feed(e, 7, queue.ClockConfirmed{Since: minute(0), By: 24 * time.Hour, To: minute(7).Add(24 * time.Hour)})
	if n := e.Over("A", 6*time.Minute, minute(10).Add(24*time.Hour)); n != 1 {
		t.Errorf("dated anew: %d", n)
	}
	feed(e, 8, queue.DayClosed{})
	if e.Over("A", time.Second, minute(99)) != 0 {
		t.Error("nobody waits after closing")
	}
}

func TestMinutes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		low, median, high float64
		want              Minutes
	}{
		{0, 0, 0, Minutes{0, 0, 1, Rate, 7}}, {2.7, 4.4, 9.2, Minutes{4, 2, 10, Rate, 7}}, {8.1, 14.9, 21, Minutes{15, 8, 25, Rate, 7}},
		{16, 33, 41, Minutes{35, 15, 45, Rate, 7}}, {15, 15, 15, Minutes{15, 15, 16, Rate, 7}},
	} {
		d := func(m float64) time.Duration { return time.Duration(m * float64(time.Minute)) }
		got := Estimate{Low: d(c.low), Median: d(c.median), High: d(c.high), Basis: Rate, N: 7}.Minutes()
		if got != c.want {
			t.Errorf("%v to %v: %+v, want %+v", c.low, c.high, got, c.want)
		}
	}
	if m := (Estimate{Basis: None, High: time.Hour}).Minutes(); m.Known() || m.High != 0 {
		t.Errorf("nothing known: %+v", m)
	}
}

// On simulated days of a busy queue about eight of ten waits lie in the range that was told on joining, and on the whole it is not far off.
func TestRangeHolds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		windows int
		load    float64
	}{{1, .9}, {3, .95}, {4, 1.05}} {
		rng := rand.New(rand.NewPCG(7, uint64(c.windows)))
		var n, inside int
		var told, waited float64
		for range 20 {
			for _, r := range simulate(rng, c.windows, c.load) {
				n++
				told, waited = told+r.estimate.Median.Minutes(), waited+r.wait
				if w := time.Duration(r.wait * float64(time.Minute)); w >= r.estimate.Low && w <= r.estimate.High {
					inside++
				}
			}
		}
		share, bias := float64(inside)/float64(n), told/waited
		t.Logf("%d windows, load %v: %d people, %.0f%% inside, %.2f times the wait told", c.windows, c.load, n, 100*share, bias)
		if n < 500 || share < .7 || share > .92 || bias < .75 || bias > 1.3 {
			t.Errorf("%d windows, load %v: %d people, %.0f%% inside the range, %.2f times the wait was told", c.windows, c.load, n, 100*share, bias)
		}
	}
}

type told struct {
	estimate Estimate
	wait     float64
}

// simulate runs a day of eight hours with services of five minutes in the mean and tells what was estimated to those who had to wait, from the second hour on.
func simulate(rng *rand.Rand, windows int, load float64) (out []told) {
	e := New(0)
	feed(e, 0, opened)
	free := make([]float64, windows) // when each window is free
	var line []float64
	var index []int
	var promises []*told
	now, n := 0.0, 0
	serve := func(until float64) {
		for len(line) > 0 {
			w := 0
			for i := range free {
				if free[i] < free[w] {
					w = i
				}
			}
			at := max(free[w], line[0])
			if at > until {
				return
			}
			feed(e, at, called(fmt.Sprint(index[0])))
			free[w] = at + rng.ExpFloat64()*5
			if p := promises[0]; p != nil {
				p.wait = at - line[0]
				out = append(out, *p)
			}
			line, index, promises = line[1:], index[1:], promises[1:]
		}
	}
	for now < 480 {
		now += rng.ExpFloat64() * 5 / float64(windows) / load
		serve(now)
		busy := true
		for _, f := range free {
			busy = busy && f > now
		}
		var p *told
		if now > 60 && busy {
			p = &told{estimate: e.Of("A", len(line), minute(now), 1, false)}
		}
		n++
		feed(e, now, issued(fmt.Sprint(n)))
		line, index, promises = append(line, now), append(index, n), append(promises, p)
	}
	serve(1e9)
	return out
}

func TestLive(t *testing.T) {
	t.Parallel()
	l := NewLive(2 * time.Minute)
	v := &queue.View{Day: "2026-03-02", At: minute(4), Windows: []queue.WindowView{{ID: "1", State: queue.WindowOpen, Queues: []queue.QueueID{"A"}, Ticket: &queue.TicketView{}},
		{ID: "2", State: queue.WindowPaused, Queues: []queue.QueueID{"A", "B"}}}}
	l.See([]queue.Event{{At: nine, Fact: opened}, {At: nine, Fact: issued("1")}})
	if m := l.Estimate(v, "A", 1); m.Basis != Constant || m.Median != 4 || !m.Known() {
		t.Errorf("%+v", m)
	}
	if m := l.Estimate(v, "B", 1); m.Known() {
		t.Errorf("the only window is paused: %+v", m)
	}
	if l.Over("A", time.Minute, minute(4)) != 1 {
		t.Error("one waits for longer than a minute")
	}
	err := l.Anew(func(see func(queue.Event)) error {
		see(queue.Event{At: nine, Fact: opened})
		see(queue.Event{At: nine, Fact: issued("1")})
		see(queue.Event{At: minute(3), Fact: called("1")})
		return nil
	})
	if m := l.Estimate(v, "A", 0); err != nil || m.Basis != Constant || m.Median != 3 {
		t.Errorf("%+v, %v", m, err)
	}
	if m := l.Estimate(&queue.View{}, "A", 0); m.Known() {
		t.Errorf("no day is open: %+v", m)
	}
	if err := l.Anew(func(func(queue.Event)) error { return errors.New("x") }); err == nil || l.Over("A", 1, minute(9)) != 0 {
		t.Error("a failed start is said, and nothing is kept")
	}
}

func BenchmarkEstimate(b *testing.B) {
	e := New(0)
	feed(e, 0, opened)
	for i := range 500 {
		feed(e, i/4, issued(fmt.Sprint(i)))
		if i%2 == 0 {
			feed(e, i/4, called(fmt.Sprint(i/2)))
		}
	}
	for b.Loop() {
		e.Of("A", 100, minute(130), 1, false)
	}
}
