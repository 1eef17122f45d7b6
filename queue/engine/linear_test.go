package engine_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"halld/queue"
)

// The hall as its people see it: one queue of ordinary tickets is first come, first served, and a window has one ticket at most.
type simpleHall struct {
	issued, called int
	at             [8]int // number at the window, -1: none
}

type op struct {
	kind   string // issue, call, finish
	window int
}

type result struct {
	number int
	code   queue.Code
}

var simpleModel = porcupine.Model{
	Init: func() any { return simpleHall{at: [8]int{-1, -1, -1, -1, -1, -1, -1, -1}} },
	Step: func(state, input, output any) (bool, any) {
		h, in, out := state.(simpleHall), input.(op), output.(result)
		var want result
		switch {
		case in.kind == "issue":
			want.number = h.issued
			h.issued++
		case in.kind == "call" && h.at[in.window] >= 0:
			want.code = queue.WindowBusy
		case in.kind == "call" && h.called == h.issued:
			want.code = queue.NobodyWaiting
		case in.kind == "call":
			want.number = h.called
			h.at[in.window] = h.called
			h.called++
		case h.at[in.window] < 0:
			want.code = queue.WindowIdle
		default:
			want.number = h.at[in.window]
			h.at[in.window] = -1
		}
		return out == want, h
	},
	DescribeOperation: func(in, out any) string { return fmt.Sprintf("%v → %v", in, out) },
}

// TestLinearizable has eight kiosks issue, eight clerks call and finish, and two more disturb the clerks' windows, and asks whether all
// answers together can be explained by one order of the commands.
//
// Hard cases: two_clerks_call_at_once, many_clerks_one_ticket_each, loser_of_a_race_is_told, window_never_has_two_tickets.
func TestLinearizable(t *testing.T) {
	e, s := openHall(t, 1, 8)
	start := time.Now()
	var mu sync.Mutex
	var history []porcupine.Operation
	ask := func(client int, in op) {
		var cmd queue.Command
		switch in.kind {
		case "issue":
			cmd = queue.Issue{Queue: "A"}
		case "call":
			cmd = queue.CallNext{Seat: seat(in.window + 1)}
		case "finish":
			cmd = queue.Finish{Seat: seat(in.window + 1), Outcome: queue.DoneAtOnce}
		}
		call := time.Since(start).Nanoseconds()
		a, err := e.Do(context.Background(), "", somebody, cmd)
		ret := time.Since(start).Nanoseconds()
		out := result{code: queue.CodeOf(err)}
		if err == nil {
			if _, err := fmt.Sscanf(a.Ticket.Number, "A%d", &out.number); err != nil {
				t.Errorf("number %q: %v", a.Ticket.Number, err)
			}
		} else if out.code == "" {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		history = append(history, porcupine.Operation{ClientId: client, Input: in, Call: call, Output: out, Return: ret})
	}
	var wg sync.WaitGroup
	for c := range 18 {
		wg.Go(func() {
			for i := range 50 {
				switch {
				case c < 8:
					ask(c, op{kind: "issue"})
				case c < 16:
					ask(c, op{kind: []string{"call", "finish"}[i%2], window: c - 8})
				default:
					ask(c, op{kind: []string{"call", "finish", "finish"}[i%3], window: i % 8})
				}
			}
		})
	}
	wg.Wait()
	if res := porcupine.CheckOperationsTimeout(simpleModel, history, 20*time.Second); res != porcupine.Ok {
		t.Fatalf("%d answers: %s", len(history), res)
	}
	// The check itself must be able to fail: give one number twice.
	forged, done := append([]porcupine.Operation(nil), history...), 0
	for i, h := range forged {
		if h.Input.(op).kind == "issue" {
			forged[i].Output = result{number: 7}
			if done++; done == 2 {
				break
			}
		}
	}
	if res := porcupine.CheckOperationsTimeout(simpleModel, forged, 20*time.Second); res != porcupine.Illegal {
		t.Errorf("a forged history is found %s", res)
	}
	verified(t, s)
}
