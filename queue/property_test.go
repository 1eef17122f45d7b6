package queue_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"halld/queue"
)

// A failing case is printed whole; files of it in testdata would be read as scripts.
func init() {
	if err := flag.Set("rapid.nofailfile", "true"); err != nil {
		panic(err)
	}
}

func smallPolicy() queue.Policy {
	p := usual
	p.ReturnAfter = 2
	return p
}

func smallHall() queue.Config {
	return queue.Config{Name: "t", Policy: smallPolicy(), Queues: []queue.Queue{
		{ID: "A", Name: "a", Prefix: "A", First: 1, Last: 6, Width: 3, BandEnd: queue.Widen},
		{ID: "B", Name: "b", Prefix: "B", First: 1, Last: 5, Width: 3, BandEnd: queue.Reserve, Reserve: "X"},
		{ID: "C", Name: "c", Prefix: "C", First: 1, Last: 9, Width: 3, BandEnd: queue.StopAt},
	}, WindowSetup: []queue.WindowSetup{{ID: "1", Queues: []queue.QueueID{"A", "B"}}, {ID: "2", Queues: []queue.QueueID{"B", "C", "A"}}, {ID: "3", Queues: []queue.QueueID{"C"}}},
		Devices: []queue.Device{{ID: "p", Kind: "printer"}}}
}

// ruledHall is the small hall under any rule for who is next, with classes of its own.
func ruledHall(t *rapid.T) queue.Config {
	c := smallHall()
	c.Policy.Discipline, c.Policy.Ratio = rapid.SampledFrom(queue.Disciplines()).Draw(t, "rule"), "2:1"
	c.Policy.WaitCap = time.Duration(rapid.SampledFrom([]int{0, 0, 20}).Draw(t, "cap")) * time.Minute
	c.Queues[1].Discipline, c.Queues[1].Ratio = rapid.SampledFrom(append(queue.Disciplines(), "")).Draw(t, "rule of B"), "1:1"
	c.Classes = []queue.ClassSetup{{ID: queue.Ordinary, Name: "o", Slope: 100}, {ID: queue.Priority, Name: "p", Tier: 1, Slope: 200, Head: 10 * time.Minute},
		{ID: "p1", Name: "q", Tier: 2, Slope: 300, Evidence: "card", By: []queue.Giver{queue.GivenAtKiosk}}}
	return c
}

// anyCommand draws a command that may or may not make sense in the hall as it is.
func anyCommand(t *rapid.T, h *queue.Hall, tickets []queue.TicketID) queue.Command {
	seat := queue.Seat{Window: queue.WindowID(rapid.SampledFrom([]string{"1", "2", "3", "9"}).Draw(t, "window")), Holder: rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "holder")}
	q := queue.QueueID(rapid.SampledFrom([]string{"A", "B", "C", "Z"}).Draw(t, "queue"))
	id := queue.TicketID("none")
	if len(tickets) > 0 {
		id = rapid.SampledFrom(tickets).Draw(t, "ticket")
	}
	job := queue.JobID(fmt.Sprintf("%s#%d", id, rapid.IntRange(1, 2).Draw(t, "copy")))
	level := rapid.IntRange(0, 6).Draw(t, "level")
	return rapid.SampledFrom([]queue.Command{
		queue.Issue{Queue: q}, queue.Issue{Queue: q, Printer: "p"}, queue.Issue{Queue: q, Class: queue.Priority}, queue.Issue{Queue: q, Class: queue.Appointment},
		queue.OpenWindow{Seat: seat, Clerk: "c"}, queue.OpenWindow{Seat: seat, Clerk: "d", TakeOver: true}, queue.PauseWindow{Seat: seat, Reason: queue.Lunch},
		queue.CloseWindow{Seat: seat}, queue.CallNext{Seat: seat}, queue.CallNext{Seat: seat}, queue.CallNext{Seat: seat}, queue.CallTicket{Seat: seat, Ticket: id, Reason: "r"},
		queue.Recall{Seat: seat}, queue.Serve{Seat: seat}, queue.Finish{Seat: seat, Outcome: queue.DoneAtOnce}, queue.NoShow{Seat: seat, Force: true},
		queue.NoShow{Seat: seat}, queue.UndoMiss{Seat: seat}, queue.Return{Ticket: id}, queue.Hold{Seat: seat}, queue.Resume{Seat: seat},
		queue.Transfer{Seat: seat, Queue: q}, queue.GiveBack{Seat: seat}, queue.Cancel{Ticket: id}, queue.KeepWithoutPaper{Ticket: id},
		queue.Rate{Ticket: id, Level: level, Source: queue.FromScreen}, queue.RateWindow{Window: seat.Window, Level: level},
		queue.StartPrint{Job: job}, queue.EndPrint{Job: job, Result: queue.PrintPrinted}, queue.EndPrint{Job: job, Result: queue.PrintUnknown},
		queue.Reprint{Ticket: id}, queue.Configure{Config: smallHall()}, queue.Configure{Config: ruledHall(t)}, queue.AnswerClaim{Ticket: id, Granted: level > 2},
		queue.Issue{Queue: q, Class: "p1"}, queue.Reclassify{Ticket: id, Class: queue.Ordinary, Reason: "r"},
		queue.CloseDay{Force: true}, queue.CloseDay{},
		queue.OpenDay{Day: queue.DayID(fmt.Sprintf("2026-03-%02d", rapid.IntRange(1, 9).Draw(t, "day"))), Force: true}, queue.OpenDay{},
		queue.SkipDay{Reason: "r"}, queue.UnskipDay{}, queue.PauseIssue{Reason: "r"}, queue.ResumeIssue{}, queue.VoidUnprinted{Ticket: id}, queue.Finish{Seat: seat, Next: true},
	}).Draw(t, "command")
}

func image(t testing.TB, h *queue.Hall) string {
	b, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestAnyDay asks whatever comes to mind and holds the hall to what may never happen.
func TestAnyDay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h, again := queue.New(), queue.New()
		now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
		given := map[queue.TicketID]bool{}
		rows := map[queue.TicketID]string{} // what the store would hold
		states := map[queue.TicketID]queue.State{}
		var ids []queue.TicketID
		step := func(cmd queue.Command) {
			before := image(t, h)
			heads := map[queue.QueueID]queue.TicketID{}
			for _, q := range []queue.QueueID{"A", "B", "C"} {
				if line := h.LineAt(now, q, 1); len(line) == 1 {
					heads[q] = line[0].ID
				}
			}
			role := queue.Manager
			if issue, ok := cmd.(queue.Issue); ok && issue.Class == "p1" {
				role = queue.Kiosk
			}
			events, err := h.Decide(cmd, queue.When{Now: now, By: queue.Actor{Role: role, Name: "m"}})
			if after := image(t, h); after != before {
				rt.Fatalf("Decide(%T) changed the hall:\n%s\n%s", cmd, before, after)
			}
			if err != nil && queue.CodeOf(err) == "" {
				rt.Fatalf("%T: a fault, no refusal: %v", cmd, err)
			}
			for i, e := range events {
				if e.Seq != h.Seq()+1 || e.At.Before(h.LastAt()) {
					rt.Fatalf("event %d of %T has seq %d after %d, at %v after %v", i, cmd, e.Seq, h.Seq(), e.At, h.LastAt())
				}
				h.Apply(e)
				data, err := json.Marshal(e.Fact)
				if err != nil {
					rt.Fatal(err)
				}
				fact, err := queue.ReadFact(e.Fact.Kind(), data)
				if err != nil {
					rt.Fatal(err)
				}
				var stored queue.Batch
				stored.Add(h, e)
				for _, tk := range stored.Tickets {
					rows[tk.ID] = fmt.Sprintf("%+v", tk)
				}
				again.Apply(queue.Event{Seq: e.Seq, At: e.At, By: e.By, Form: e.Form, Fact: fact})
				for _, id := range e.Fact.Tickets() {
					tk, ok := h.Ticket(id)
					if !ok {
						continue
					}
					if was, known := states[id]; known && was != tk.State && !queue.CanMove(was, tk.State) {
						rt.Fatalf("%s went from %s to %s, which is no legal move (%T)", id, was, tk.State, cmd)
					}
					states[id] = tk.State
				}
				if _, next := cmd.(queue.CallNext); next {
					if f, ok := e.Fact.(queue.TicketCalled); ok {
						if tk, _ := h.Ticket(f.Ticket); heads[tk.Queue] != f.Ticket {
							rt.Fatalf("%s was called, %s stands at the head of its line", f.Ticket, heads[tk.Queue])
						}
					}
				}
				if f, ok := e.Fact.(queue.TicketIssued); ok {
					if given[f.Ticket] {
						rt.Fatalf("number %s was given twice", f.Ticket)
					}
					given[f.Ticket] = true
					ids = append(ids, f.Ticket)
				}
				if f, ok := e.Fact.(queue.TicketTransferred); ok {
					ids = append(ids, f.Next)
				}
			}
			if image(t, h) != image(t, again) {
				rt.Fatalf("replaying the stored events gives another hall after %T:\n%s\n%s", cmd, image(t, h), image(t, again))
			}
			for id, row := range rows {
				if tk, ok := h.Ticket(id); ok && fmt.Sprintf("%+v", tk) != row {
					rt.Fatalf("after %T the store has\n%s\nand the hall\n%+v", cmd, row, tk)
				}
			}
			canBeCalled(rt, h, rows)
			sameAfterReading(rt, h, now)
			inOnePlace(rt, h)
			aheadIsPlace(rt, h)
		}
		step(queue.Configure{Config: smallHall()})
		step(queue.OpenDay{Day: "2026-03-02"})
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(-600, 900).Draw(rt, "seconds")) * time.Second)
			step(anyCommand(rt, h, ids))
		}
		nextTwenty(rt, h, now)
	})
}

// canBeCalled: every live ticket waits in a queue that some window serves.
func canBeCalled(rt *rapid.T, h *queue.Hall, rows map[queue.TicketID]string) {
	cfg := h.View().Config
	for id := range rows {
		if tk, ok := h.Ticket(id); ok && !tk.State.Final() && !cfg.Serves(tk.Queue) {
			rt.Fatalf("%s is %s in queue %s, which no window serves", id, tk.State, tk.Queue)
		}
	}
}

func readBack(rt *rapid.T, h *queue.Hall) *queue.Hall {
	data, err := json.Marshal(h)
	if err != nil {
		rt.Fatal(err)
	}
	back := queue.New()
	if err := json.Unmarshal(data, back); err != nil {
		rt.Fatal(err)
	}
	return back
}

// sameAfterReading: a hall that was written and read back looks the same, has the same lines, and asks for the same things at the same time.
func sameAfterReading(rt *rapid.T, h *queue.Hall, now time.Time) {
	back := readBack(rt, h)
	if now.Before(h.LastAt()) {
		now = h.LastAt() // hall time never goes back
	}
	picture := func(h *queue.Hall) string {
		v, err := json.Marshal(h.View())
		if err != nil {
			rt.Fatal(err)
		}
		s := string(v)
		for _, q := range []queue.QueueID{"A", "B", "C"} {
			for _, tk := range h.Line(q, 99) {
				s += fmt.Sprintf(" %s:%d", tk.ID, h.Ahead(tk.ID))
			}
		}
		for _, after := range []time.Duration{0, time.Minute, time.Hour, 12 * time.Hour, 40 * time.Hour} {
			var due []string
			for _, d := range h.Due(now.Add(after), queue.Trusted) {
				due = append(due, fmt.Sprintf("%s %T %+v", d.By.Name, d.Cmd, d.Cmd))
			}
			slices.Sort(due)
			s += fmt.Sprint(" ", after, due)
		}
		return s
	}
	if a, b := picture(h), picture(back); a != b {
		rt.Fatalf("a hall that was read back differs:\n%s\n%s", a, b)
	}
}

// nextTwenty: two halls that are the same call the same twenty next.
func nextTwenty(rt *rapid.T, h *queue.Hall, now time.Time) {
	back := readBack(rt, h)
	call := func(h *queue.Hall) string {
		var out []string
		by := queue.Actor{Role: queue.Manager}
		for i := range 20 {
			seat := queue.Seat{Window: queue.WindowID(fmt.Sprint(i%3 + 1))}
			for _, cmd := range []queue.Command{queue.OpenWindow{Seat: seat, TakeOver: true}, queue.CallNext{Seat: seat}, queue.Finish{Seat: seat}} {
				events, err := h.Decide(cmd, queue.When{Now: now, By: by})
				for _, e := range events {
					h.Apply(e)
					data, err := json.Marshal(e.Fact)
					out = append(out, fmt.Sprintf("%s %s %v", e.Fact.Kind(), data, err))
				}
				out = append(out, string(queue.CodeOf(err)))
			}
		}
		return fmt.Sprint(out)
	}
	if a, b := call(h), call(back); a != b {
		rt.Fatalf("a hall that was read back calls otherwise:\n%s\n%s", a, b)
	}
}

// aheadIsPlace: who is told "three are ahead" stands fourth in line.
func aheadIsPlace(rt *rapid.T, h *queue.Hall) {
	for _, q := range h.View().Queues {
		if q.Printing > 0 {
			continue // they may join before or behind
		}
		for i, t := range h.Line(q.ID, 1000) {
			if n := h.Ahead(t.ID); n != i {
				rt.Fatalf("%s stands behind %d and is told %d", t.ID, i, n)
			}
		}
	}
}

// inOnePlace: no ticket at two windows, none waiting and at a window, FIFO inside a class.
func inOnePlace(rt *rapid.T, h *queue.Hall) {
	where := map[queue.TicketID]string{}
	put := func(id queue.TicketID, place string) {
		if was, ok := where[id]; ok {
			rt.Fatalf("ticket %s is at %s and at %s", id, was, place)
		}
		where[id] = place
	}
	v := h.View()
	for _, w := range v.Windows {
		if w.Ticket != nil {
			put(w.Ticket.ID, "window "+string(w.ID))
		}
		for _, t := range w.Held {
			put(t.ID, "held at "+string(w.ID))
		}
	}
	for _, q := range v.Queues {
		last := map[queue.Class]uint64{}
		line := h.Line(q.ID, 1000)
		if len(line) != q.Waiting {
			rt.Fatalf("queue %s shows %d waiting, its line has %d", q.ID, q.Waiting, len(line))
		}
		for _, t := range line {
			put(t.ID, "line "+string(q.ID))
			if t.State != queue.Waiting {
				rt.Fatalf("%s stands in line %s and is %s", t.ID, q.ID, t.State)
			}
			if t.After > 0 {
				continue // it let others go first when it came back
			}
			if t.Ordinal <= last[t.Class] {
				rt.Fatalf("line %s is out of order at %s", q.ID, t.ID)
			}
			last[t.Class] = t.Ordinal
		}
	}
}
