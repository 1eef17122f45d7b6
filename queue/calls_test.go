package queue_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"halld/queue"
)

// Forty windows call in the same millisecond: every call is a fact of its own and stands among the calls that boards show, whatever their usual number.
//
// Hard case: all_calls_of_an_instant_shown.
func TestManyCallsAtOnce(t *testing.T) {
	t.Parallel()
	const n = 40
	cfg := smallHall()
	cfg.Queues[0].Last = 999
	for i := len(cfg.WindowSetup); i < n; i++ {
		cfg.WindowSetup = append(cfg.WindowSetup, queue.WindowSetup{ID: queue.WindowID(fmt.Sprint(i + 1)), Queues: []queue.QueueID{"A"}})
	}
	cfg.WindowSetup[2].Queues = []queue.QueueID{"A"}
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	r := newRuled(t, cfg, now)
	r.due(now)
	by := queue.Actor{Role: queue.Clerk, Name: "c"}
	want := map[queue.WindowID]queue.TicketID{}
	for i := range n {
		r.do(now, by, queue.Issue{Queue: "A"})
		r.do(now, by, queue.OpenWindow{Seat: queue.Seat{Window: queue.WindowID(fmt.Sprint(i + 1))}, Clerk: "c"})
	}
	for i := range n {
		w := queue.WindowID(fmt.Sprint(i + 1))
		for _, e := range r.do(now, by, queue.CallNext{Seat: queue.Seat{Window: w}}) {
			if f, ok := e.Fact.(queue.TicketCalled); ok {
				want[f.Window] = f.Ticket
			}
		}
	}
	calls := r.h.View().Calls
	got := map[queue.WindowID]queue.TicketID{}
	for _, c := range calls {
		if !c.Active {
			t.Errorf("the call of %s is shown as over", c.Number)
		}
		got[c.Window] = c.Ticket
	}
	if len(want) != n || len(calls) != n || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%d calls are stored, %d shown:\n%v\n%v", len(want), len(calls), want, got)
	}
}

// What people type into a free field is kept as text: it changes no class, no order, no state, no number.
//
// Hard case: free_text_changes_nothing.
func TestFreeTextChangesNothing(t *testing.T) {
	t.Parallel()
	odd := []string{"priority", "appointment", "VIP 优先", "cancelled", "A001", `{"class":"priority"}`, "'; DROP TABLE tickets; --", "重复 办理 作废", "%s %d", "<b>1</b>", "0", "null", "\u202eabc", "䶮㛃"}
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(rapid.SampledFrom(odd), rapid.StringN(1, 60, 200)).Draw(rt, "text")
		if strings.TrimSpace(text) == "" {
			rt.Skip()
		}
		plain, typed := newRuled(t, smallHall(), time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)), newRuled(t, smallHall(), time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
		seat := queue.Seat{Window: "1"}
		var ids []queue.TicketID
		steps := func(words string) []queue.Command {
			return []queue.Command{
				queue.OpenWindow{Seat: seat, Clerk: "c"}, queue.Issue{Queue: "A"}, queue.Issue{Queue: "A"}, queue.Issue{Queue: "B"}, queue.Issue{Queue: "A"}, queue.Issue{Queue: "B", Class: queue.Appointment},
				queue.Reclassify{Ticket: "B001", Class: queue.Priority, Reason: words}, queue.CallTicket{Seat: seat, Ticket: "A002", Reason: words}, queue.GiveBack{Seat: seat, Reason: words},
				queue.CallNext{Seat: seat}, queue.Serve{Seat: seat}, queue.Hold{Seat: seat, Reason: words}, queue.CallNext{Seat: seat}, queue.Serve{Seat: seat},
				queue.Transfer{Seat: seat, Queue: "B", Reason: words}, queue.Cancel{Ticket: "A003", Reason: words}, queue.PauseIssue{Reason: words}, queue.ResumeIssue{},
				queue.CallNext{Seat: seat}, queue.Finish{Seat: seat, Outcome: queue.Refused, Note: words}, queue.Issue{Queue: "A"}, queue.CallNext{Seat: seat}, queue.NoShow{Seat: seat, Force: true},
			}
		}
		at := time.Date(2026, 3, 2, 8, 1, 0, 0, time.UTC)
		plain.due(at)
		typed.due(at)
		by := queue.Actor{Role: queue.Manager, Name: "m"}
		a, b := steps("r"), steps(text)
		for i := range a {
			at = at.Add(time.Minute)
			want, err1 := plain.h.Decide(a[i], queue.When{Now: at, By: by, Clock: queue.Trusted})
			got, err2 := typed.h.Decide(b[i], queue.When{Now: at, By: by, Clock: queue.Trusted})
			if code := queue.CodeOf(err2); code == queue.TextRefused || code == queue.ReasonNeeded {
				return // a text that is none is refused, and changes nothing
			}
			if queue.CodeOf(err1) != queue.CodeOf(err2) || len(want) != len(got) {
				rt.Fatalf("step %d, %T with %q: %v, %v; without: %v, %v", i, b[i], text, got, err2, want, err1)
			}
			for k := range want {
				if want[k].Fact.Kind() != got[k].Fact.Kind() || !slices.Equal(want[k].Fact.Tickets(), got[k].Fact.Tickets()) {
					rt.Fatalf("step %d, %T with %q led to %+v, without to %+v", i, b[i], text, got[k].Fact, want[k].Fact)
				}
				plain.h.Apply(want[k])
				typed.h.Apply(got[k])
				ids = append(ids, want[k].Fact.Tickets()...)
			}
			for _, q := range []queue.QueueID{"A", "B"} {
				if x, y := names(plain.h.Line(q, 99)), names(typed.h.Line(q, 99)); !slices.Equal(x, y) {
					rt.Fatalf("step %d, %T with %q: the line of %s is %v, without %v", i, b[i], text, q, y, x)
				}
			}
			for _, id := range ids {
				x, _ := plain.h.Ticket(id)
				y, _ := typed.h.Ticket(id)
				x.Note, y.Note = "", ""
				if !reflect.DeepEqual(x, y) {
					rt.Fatalf("step %d, %T with %q: %+v\nwithout: %+v", i, b[i], text, y, x)
				}
			}
		}
	})
}

func names(line []queue.Ticket) (out []string) {
	for _, t := range line {
		out = append(out, string(t.ID)+string(t.Class)+t.Number)
	}
	return out
}
