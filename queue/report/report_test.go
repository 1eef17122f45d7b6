package report_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"halld/queue"
	"halld/queue/report"
)

var morning = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

func config() queue.Config {
	return queue.Config{Name: "t",
		Departments: []queue.Department{{ID: "d1", Name: "人社局"}, {ID: "d2", Name: "公安局"}},
		Items: []queue.Item{{ID: "i1", Name: "社保", Department: "d1", Queue: "A"}, {ID: "i2", Name: "医保", Department: "d1", Queue: "A"},
			{ID: "i3", Name: "户口", Department: "d2", Queue: "B"}, {ID: "i4", Name: "养老", Department: "d1", Queue: "B"}},
		Queues: []queue.Queue{{ID: "A", Name: "甲", Prefix: "A", First: 1, Last: 999, Width: 3, BandEnd: queue.Widen, Target: queue.Target{Wait: 10 * time.Minute, Share: 90}},
			{ID: "B", Name: "乙", NameEn: "B", Prefix: "B", First: 1, Last: 999, Width: 3, BandEnd: queue.Widen}},
		WindowSetup: []queue.WindowSetup{{ID: "1", Name: "一号", Department: "d1", Queues: []queue.QueueID{"A", "B"}}, {ID: "2", Department: "d2", Queues: []queue.QueueID{"B", "A"}}},
		Devices:     []queue.Device{{ID: "p", Kind: "printer"}},
		Policy: queue.Policy{RecallLimit: 5, MissAfter: 1, ReturnAfter: 1, ReturnLimit: 3, UndoMissWithin: time.Hour, HoldLimit: 3, LegLimit: 4,
			PriorityHead: 15 * time.Minute, UnprovedGrace: time.Minute, FailedGrace: time.Minute, RateWithin: time.Hour, Target: queue.Target{Wait: 20 * time.Minute, Share: 80}}}
}

// run is a hall and everything that happened in it.
type run struct {
	t      testing.TB
	hall   *queue.Hall
	now    time.Time
	events []queue.Event
}

func newRun(t testing.TB) *run {
	r := &run{t: t, hall: queue.New(), now: morning}
	r.must(queue.Configure{Config: config()})
	r.must(queue.OpenDay{Day: "2026-03-02"})
	return r
}

func (r *run) try(cmd queue.Command) (queue.Answer, error) {
	events, err := r.hall.Decide(cmd, queue.When{Now: r.now, By: queue.Actor{Role: queue.Manager, Name: "m"}})
	for _, e := range events {
		r.hall.Apply(e)
	}
	r.events = append(r.events, events...)
	return r.hall.Answer(cmd, events), err
}

func (r *run) must(cmd queue.Command) queue.Answer {
	r.t.Helper()
	a, err := r.try(cmd)
	if err != nil {
		r.t.Fatalf("%T: %v", cmd, err)
	}
	return a
}

func (r *run) after(d time.Duration) *run { r.now = r.now.Add(d); return r }

func (r *run) figures() report.Day {
	r.t.Helper()
	d, ok := counted(r.events).Figures(r.now)
	if !ok {
		r.t.Fatal("no day was counted")
	}
	return d
}

func counted(events []queue.Event) *report.Counter {
	var c report.Counter
	for _, e := range events {
		c.See(e)
	}
	return &c
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func part(t testing.TB, parts []report.Part, id string) report.Part {
	t.Helper()
	for _, p := range parts {
		if p.ID == id {
			return p
		}
	}
	t.Fatalf("there is no part %q in %s", id, text(parts))
	return report.Part{}
}

var w1, w2 = queue.Seat{Window: "1"}, queue.Seat{Window: "2"}

// A return rewrites nothing: the miss stays counted, and the wait is the one to the first call.
func TestAReturnRewritesNothing(t *testing.T) {
	t.Parallel()
	r := newRun(t)
	r.must(queue.OpenWindow{Seat: w1, Clerk: "zhang"})
	r.must(queue.Issue{Queue: "A", Item: "i1"})
	r.after(3 * time.Minute).must(queue.CallNext{Seat: w1})
	r.must(queue.NoShow{Seat: w1})
	r.after(time.Minute).must(queue.Return{Ticket: "A001"})
	r.after(time.Hour).must(queue.CallNext{Seat: w1})
	r.after(2 * time.Minute).must(queue.Finish{Seat: w1, Outcome: queue.CouldNot, Note: "n"})
	f := r.figures().All
	if f.Missed != 1 || f.Returned != 1 || f.Wait.N != 1 || f.Wait.Max != 3*time.Minute || f.Served != 1 || f.Service.Max != 2*time.Minute {
		t.Errorf("%s", text(f))
	}
	if f.Outcomes[queue.CouldNot] != 1 || f.Outcomes[queue.DoneAtOnce] != 0 || f.Ratings[0] != 1 || f.Called != 1 {
		t.Errorf("%s", text(f))
	}
}

// A call that was given back ends no wait, an undone miss is none, and whoever the outcome says was not there was not served.
func TestWhatDoesNotCount(t *testing.T) {
	t.Parallel()
	r := newRun(t)
	r.must(queue.OpenWindow{Seat: w1, Clerk: "zhang"})
	r.must(queue.Issue{Queue: "A"})
	r.after(time.Minute).must(queue.CallNext{Seat: w1})
	r.must(queue.GiveBack{Seat: w1, Reason: "r"})
	if f := r.figures().All; f.Wait.N != 0 || f.Called != 0 || f.GivenBack != 1 || f.Waiting != 1 || !f.Since.Equal(morning) {
		t.Errorf("given back: %s", text(f))
	}
	r.after(11 * time.Minute)
	if f := r.figures(); f.All.Over != 1 || part(t, f.Queues, "A").Over != 1 || part(t, f.Queues, "B").Over != 0 {
		t.Errorf("twelve minutes, ten were promised: %s", text(f.All))
	}
	r.must(queue.CallNext{Seat: w1})
	r.must(queue.NoShow{Seat: w1})
	r.must(queue.UndoMiss{Seat: w1})
	r.after(time.Minute).must(queue.Finish{Seat: w1, Outcome: queue.NotThere})
	f := r.figures().All
	if f.Missed != 1 || f.Served != 0 || f.Ratings != [6]int{} || f.Wait.Max != 12*time.Minute || f.Promised != 1 || f.Within != 0 || f.Service.N != 0 {
		t.Errorf("%s", text(f))
	}
}

func TestHoldsAreApartAndTransfersBeginAgain(t *testing.T) {
	t.Parallel()
	r := newRun(t)
	r.must(queue.OpenWindow{Seat: w1, Clerk: "zhang"})
	r.must(queue.OpenWindow{Seat: w2, Clerk: "li"})
	id := r.must(queue.Issue{Queue: "A", Item: "i2"}).Ticket.ID
	r.must(queue.CallNext{Seat: w1})
	r.after(time.Minute).must(queue.Serve{Seat: w1})
	r.after(2 * time.Minute).must(queue.Hold{Seat: w1})
	r.after(30 * time.Minute).must(queue.Resume{Seat: w1})
	r.after(time.Minute).must(queue.Transfer{Seat: w1, Item: "i3"})
	r.must(queue.Rate{Ticket: id, Level: 4, Source: queue.FromScreen})
	r.after(25 * time.Minute).must(queue.CallNext{Seat: w2})
	r.after(5 * time.Minute).must(queue.Finish{Seat: w2, Outcome: queue.DoneAtOnce})
	d := r.figures()
	f := d.All
	if f.Issued != 1 || f.Visits != 1 || f.Called != 2 || f.Served != 2 || f.Moved != 1 || f.Held.Max != 30*time.Minute || f.Held.N != 1 {
		t.Errorf("%s", text(f))
	}
	if f.Service != (report.Spread{N: 2, Sum: 8 * time.Minute, Median: 3 * time.Minute, P90: 5 * time.Minute, Max: 5 * time.Minute}) {
		t.Errorf("services %+v", f.Service)
	}
	if f.Wait.Max != 25*time.Minute || f.Promised != 2 || f.Within != 1 || f.Ratings != [6]int{0: 1, 4: 1} {
		t.Errorf("%s", text(f))
	}
	if p := part(t, d.Departments, "d2"); p.Served != 1 || p.Wait.Max != 25*time.Minute || p.Name != "公安局" || p.Issued != 0 || p.Visits != 1 {
		t.Errorf("department d2: %s", text(p))
	}
	if p := part(t, d.Clerks, "zhang"); p.Served != 1 || p.Ratings != [6]int{4: 1} || p.Moved != 1 || p.Name != "zhang" {
		t.Errorf("zhang: %s", text(p))
	}
	if p := part(t, d.Windows, "2"); p.Served != 1 || p.Ratings[0] != 1 || p.Wait.N != 1 {
		t.Errorf("window 2: %s", text(p))
	}
	if p := part(t, d.Items, "i3"); p.Name != "户口" || p.Served != 1 {
		t.Errorf("i3: %s", text(p))
	}
}

// What is set up after the day changes nothing of it, and what is promised later was not promised before.
func TestTheDayStaysAsItWas(t *testing.T) {
	t.Parallel()
	r := newRun(t)
	r.must(queue.OpenWindow{Seat: w1, Clerk: "zhang"})
	r.must(queue.Issue{Queue: "B", Item: "i3"})
	next := config()
	next.Policy.Target = queue.Target{Wait: time.Minute, Share: 50}
	r.after(10 * time.Minute).must(queue.Configure{Config: next})
	r.must(queue.CallNext{Seat: w1})
	if f := r.figures(); f.All.Within != 1 || f.All.Target.Wait != time.Minute || part(t, f.Queues, "A").Target.Wait != 10*time.Minute {
		t.Errorf("twenty minutes were promised when it joined: %s", text(f.All))
	}
	r.must(queue.Finish{Seat: w1, Outcome: queue.DoneAtOnce})
	r.must(queue.CloseDay{})
	before := text(r.figures())
	other := config()
	other.Items = nil
	other.Queues[1].Name, other.Policy.Target = "别的", queue.Target{}
	other.WindowSetup[0].Name, other.Departments[0].Name = "别的", "别的"
	other.WindowSetup = other.WindowSetup[:1]
	r.after(time.Hour).must(queue.Configure{Config: other})
	r.after(time.Hour)
	var c report.Counter
	for _, e := range r.events {
		c.See(e)
	}
	d, _ := c.Figures(r.now)
	d.Seq--
	if after := text(d); after != before {
		t.Errorf("was %s\n is %s", before, after)
	}
}

// Without a clock the day is dated anew; waits stay what they were.
func TestADayDatedAnew(t *testing.T) {
	t.Parallel()
	c := queue.Config{Policy: queue.Policy{Target: queue.Target{Wait: time.Hour}}}
	at := func(m int) time.Time { return morning.Add(time.Duration(m) * time.Minute) }
	later := 1000 * time.Hour
	var k report.Counter
	var s report.Spans
	var spans []report.Span
	for i, e := range []queue.Event{
		{At: at(0), Fact: queue.Configured{Config: c}}, {At: at(0), Fact: queue.DayOpened{Day: "2026-03-02"}}, {At: at(0), Fact: queue.WindowOpened{Window: "1", Clerk: "z"}},
		{At: at(1), Fact: queue.TicketIssued{Ticket: "x-1", Queue: "A", State: queue.Waiting}},
		{At: at(2), Fact: queue.ClockConfirmed{Since: at(0), By: later, To: at(2).Add(later)}},
		{At: at(4).Add(later), Fact: queue.TicketCalled{Ticket: "x-1", Window: "1"}},
		{At: at(5).Add(later), Fact: queue.WindowClosedFact{Window: "1"}},
	} {
		e.Seq = uint64(i + 1)
		k.See(e)
		if got := s.See(e); len(got) > 0 {
			spans = got
		}
	}
	d, _ := k.Figures(at(5).Add(later))
	if d.All.Wait.Max != 3*time.Minute || !d.Opened.Equal(at(0).Add(later)) || part(t, d.Clerks, "z").Called != 1 {
		t.Errorf("%s", text(d))
	}
	if len(spans) != 1 || spans[0].To.Sub(spans[0].From) != 5*time.Minute {
		t.Errorf("spans %+v", spans)
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	var d []time.Duration
	for i := range 10 {
		d = append(d, time.Duration(10-i))
	}
	if got, want := report.SpreadOf(d), (report.Spread{N: 10, Sum: 55, Median: 5, P90: 9, Max: 10}); got != want {
		t.Errorf("of 1 to 10: %+v, want %+v", got, want)
	}
	if got, want := report.SpreadOf(d[:1]), (report.Spread{N: 1, Sum: 1, Median: 1, P90: 1, Max: 1}); got != want {
		t.Errorf("of 1: %+v", got)
	}
	if report.SpreadOf(nil) != (report.Spread{}) || report.Quantile(nil, 50) != 0 || report.Quantile(d, 0) != 1 || report.Quantile(d, 100) != 10 || report.Quantile(d, 91) != 10 {
		t.Error("at the ends")
	}
	rapid.Check(t, func(rt *rapid.T) { // the definition, said the other way round
		d := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Duration { return time.Duration(rapid.IntRange(0, 20).Draw(t, "d")) }), 1, 30).Draw(rt, "values")
		p := rapid.IntRange(1, 100).Draw(rt, "percent")
		report.SpreadOf(d)
		q := report.Quantile(d, p)
		upTo, below := 0, 0
		for _, v := range d {
			if v <= q {
				upTo++
			}
			if v < q {
				below++
			}
		}
		if upTo*100 < p*len(d) || below*100 >= p*len(d) {
			rt.Fatalf("quantile %d of %v is %v", p, d, q)
		}
	})
}

// Every fact is either counted or on this list: a new one must be decided upon.
func TestEveryFactIsDecidedUpon(t *testing.T) {
	t.Parallel()
	none := map[string]bool{"day.skipped": true, "day.unskipped": true, "issue.paused": true, "issue.resumed": true, "band.warned": true, "band.extended": true, "print.queued": true,
		"print.started": true, "print.ended": true, "window.paused": true, "window.closed": true, "ticket.recalled": true, "log.accepted": true, "ticket.reclassified": true, "ticket.claim-answered": true,
		"queue.paused": true, "queue.resumed": true, "kiosk.locked": true, "kiosk.unlocked": true}
	counts := map[string]bool{"hall.configured": true, "day.opened": true, "day.closed": true, "clock.confirmed": true, "window.opened": true, "ticket.issued": true,
		"ticket.queued": true, "ticket.ended": true, "ticket.moved": true, "ticket.called": true, "ticket.serving": true, "ticket.done": true, "ticket.missed": true,
		"ticket.held": true, "ticket.transferred": true, "ticket.rated": true, "hall.evacuated": true, "hall.resumed": true}
	for _, f := range queue.Facts() {
		if none[f.Kind()] == counts[f.Kind()] {
			t.Errorf("say in this test, and in Counter.See, whether %s changes a figure", f.Kind())
		}
	}
}

func anyCommand(t *rapid.T, ids []queue.TicketID) queue.Command {
	seat := queue.Seat{Window: queue.WindowID(rapid.SampledFrom([]string{"1", "2"}).Draw(t, "window"))}
	q := queue.QueueID(rapid.SampledFrom([]string{"A", "B"}).Draw(t, "queue"))
	item := queue.ItemID(rapid.SampledFrom([]string{"", "i1", "i3", "i4"}).Draw(t, "item"))
	id := queue.TicketID("none")
	if len(ids) > 0 {
		id = rapid.SampledFrom(ids).Draw(t, "ticket")
	}
	outcome := rapid.SampledFrom(queue.Outcomes()).Draw(t, "outcome")
	clerk := rapid.SampledFrom([]string{"zhang", "li"}).Draw(t, "clerk")
	issue := queue.Issue{Queue: q}
	if item != "" {
		issue = queue.Issue{Item: item}
	}
	paper, first := issue, issue
	paper.Printer, first.Class = "p", queue.Priority
	return rapid.SampledFrom([]queue.Command{
		issue, issue, issue, paper, first, queue.OpenWindow{Seat: seat, Clerk: clerk, TakeOver: true}, queue.OpenWindow{Seat: seat, Clerk: clerk, TakeOver: true},
		queue.PauseWindow{Seat: seat, Reason: queue.Lunch}, queue.CloseWindow{Seat: seat}, queue.CallNext{Seat: seat}, queue.CallNext{Seat: seat}, queue.CallNext{Seat: seat},
		queue.CallTicket{Seat: seat, Ticket: id, Reason: "r"}, queue.Recall{Seat: seat}, queue.Serve{Seat: seat}, queue.Finish{Seat: seat, Outcome: outcome, Note: "n", Item: item},
		queue.Finish{Seat: seat, Next: true}, queue.NoShow{Seat: seat, Force: true}, queue.UndoMiss{Seat: seat}, queue.Return{Ticket: id}, queue.Hold{Seat: seat},
		queue.Resume{Seat: seat}, queue.Transfer{Seat: seat, Queue: q}, queue.Transfer{Seat: seat, Item: "i3"}, queue.GiveBack{Seat: seat}, queue.Cancel{Ticket: id},
		queue.KeepWithoutPaper{Ticket: id}, queue.Rate{Ticket: id, Level: rapid.IntRange(1, 5).Draw(t, "level"), Source: queue.FromScreen},
		queue.EndPrint{Job: queue.JobID(id + "#1"), Result: queue.PrintPrinted},
	}).Draw(t, "command")
}

// TestAnyDay: on random days the figures after every event are those of whoever counts from the beginning, and those of somebody who counts otherwise.
func TestAnyDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := newRun(t)
		var ids []queue.TicketID
		var c report.Counter
		seen := 0
		check := func() {
			for ; seen < len(r.events); seen++ {
				c.See(r.events[seen])
				got, ok := c.Figures(r.now)
				want, _ := counted(r.events[:seen+1]).Figures(r.now)
				if ok && !reflect.DeepEqual(got, want) {
					rt.Fatalf("after event %d (%s)\n got %s\nwant %s", seen+1, r.events[seen].Fact.Kind(), text(got), text(want))
				}
			}
			got, _ := c.Figures(r.now)
			compare(rt, r.events, r.now, got)
		}
		for range rapid.IntRange(1, 80).Draw(rt, "steps") {
			r.after(time.Duration(rapid.IntRange(0, 600).Draw(rt, "seconds")) * time.Second)
			a, err := r.try(anyCommand(rt, ids))
			if err == nil && a.Ticket != nil {
				ids = append(ids, a.Ticket.ID)
			}
			check()
		}
		if _, err := r.try(queue.CloseDay{Force: true}); err != nil {
			rt.Fatal(err)
		}
		check()
		if got, _ := c.Figures(r.now); got.All.Waiting != 0 || got.Closed.IsZero() {
			rt.Fatalf("a closed day: %s", text(got))
		}
	})
}

// compare recomputes figures from the raw events.
func compare(rt *rapid.T, events []queue.Event, now time.Time, got report.Day) {
	o := recount(events)
	same := func(what string, got report.Figures, want report.Figures) {
		got.Target, got.Since, want.Since = queue.Target{}, time.Time{}, time.Time{}
		if text(got) != text(want) {
			rt.Fatalf("%s\n got %s\nwant %s\nevents %s", what, text(got), text(want), fmt.Sprint(events))
		}
	}
	same("the hall", got.All, o.figures(now, true, func(*legView) bool { return true }, func(callView) bool { return true }))
	for _, p := range got.Queues {
		same("queue "+p.ID, p.Figures, o.figures(now, true, func(l *legView) bool { return string(l.queue) == p.ID }, func(callView) bool { return true }))
	}
	for _, p := range got.Items {
		same("item "+p.ID, p.Figures, o.figures(now, true, func(l *legView) bool { return string(l.item) == p.ID }, func(callView) bool { return true }))
	}
	for _, p := range got.Windows {
		same("window "+p.ID, p.Figures, o.figures(now, false, func(*legView) bool { return true }, func(c callView) bool { return string(c.window) == p.ID }))
	}
	for _, p := range got.Clerks {
		same("clerk "+p.ID, p.Figures, o.figures(now, false, func(*legView) bool { return true }, func(c callView) bool { return c.clerk == p.ID }))
	}
}

func BenchmarkFigures(b *testing.B) {
	r := newRun(b)
	r.must(queue.OpenWindow{Seat: w1, Clerk: "zhang"})
	for range 900 {
		r.must(queue.Issue{Queue: "A", Item: "i1"})
		r.must(queue.Issue{Queue: "B", Item: "i3"})
		r.after(time.Minute).must(queue.CallNext{Seat: w1})
		r.must(queue.Finish{Seat: w1, Outcome: queue.DoneAtOnce})
	}
	c := counted(r.events)
	for b.Loop() {
		if _, ok := c.Figures(r.now); !ok {
			b.Fatal("no day")
		}
	}
}

// The nearest promise holds: an item's before its queue's, its queue's before the hall's.
func TestTargetOf(t *testing.T) {
	t.Parallel()
	minutes := func(n int) queue.Target { return queue.Target{Wait: time.Duration(n) * time.Minute, Share: 90} }
	c := &queue.Config{Policy: queue.Policy{Target: minutes(30)}, Queues: []queue.Queue{{ID: "A"}, {ID: "B", Target: minutes(20)}},
		Items: []queue.Item{{ID: "quick", Queue: "B", Target: minutes(5)}, {ID: "usual", Queue: "B"}, {ID: "other", Queue: "A"}}}
	for _, w := range []struct {
		q    queue.QueueID
		item queue.ItemID
		want int
	}{{"A", "", 30}, {"A", "other", 30}, {"B", "", 20}, {"B", "usual", 20}, {"B", "quick", 5}} {
		if got := report.TargetOf(c, w.q, w.item); got != minutes(w.want) {
			t.Errorf("queue %s, item %q: %v, want %d minutes", w.q, w.item, got, w.want)
		}
	}
}
