package main

import (
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"halld/devices/sim"
	"halld/queue"
)

// hall is a started demo hall and shortcuts for acting in it.
type testHall struct {
	*system
	t    *testing.T
	sims *simulators
	data string
}

func newTestHall(t *testing.T, changes ...func(*queue.Config)) testHall {
	sys, sims, dir := visitHall(t, changes...)
	return testHall{sys, t, sims, dir}
}

func (h testHall) do(cmd queue.Command) queue.Answer {
	h.t.Helper()
	a, err := h.engine.Do(h.t.Context(), "", byScript, cmd)
	if err != nil {
		h.t.Fatalf("%T: %v", cmd, err)
	}
	return a
}

func (h testHall) fault(id queue.DeviceID, name string, on bool) {
	h.t.Helper()
	if err := h.sims.devices[id].SetFault(name, on); err != nil {
		h.t.Fatal(err)
	}
}

// problem is whether the health page names this problem of the device.
func (h testHall) problem(id, code string) bool {
	for _, d := range h.rack.Health() {
		for _, p := range d.Problems {
			if d.ID == id && p.Code == code && p.Text != "" && p.Hint != "" {
				return true
			}
		}
	}
	return false
}

func (h testHall) print(id queue.TicketID) (queue.Ticket, queue.PrintState) {
	h.t.Helper()
	ticket, err := h.store.Ticket(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return ticket, ticket.Print
}

// A board that was away shows the present state within two seconds of its return, and while it is away it has a name and a hint.
//
// Hard cases: led_power_returns_without_stale_number, silent_board_is_a_named_fault, power_cut_before_led_update.
func TestBoardReturns(t *testing.T) { // two seconds are the promise: it runs by itself
	h := newTestHall(t)
	seat := queue.Seat{Window: "1"}
	h.do(queue.OpenWindow{Seat: seat, Clerk: "clerk"})
	board := h.sims.devices["board-1"].(*sim.Board)
	first := h.do(queue.Issue{Queue: "A"}).Ticket.Number
	second := h.do(queue.Issue{Queue: "A"}).Ticket.Number
	h.do(queue.CallNext{Seat: seat})
	within(t, 2*time.Second, "the board does not show "+first, func() bool { return strings.Contains(board.Text(), first) })
	h.fault("board-1", "unplugged", true)
	within(t, 2*time.Second, "nobody says that the board is unplugged", func() bool { return h.problem("board-1", "unplugged") })
	h.do(queue.Serve{Seat: seat})
	h.do(queue.Finish{Seat: seat, Outcome: queue.DoneAtOnce})
	h.do(queue.CallNext{Seat: seat})
	h.fault("board-1", "unplugged", false)
	within(t, 2*time.Second, "the board came back and does not show "+second, func() bool { return strings.Contains(board.Text(), second) })
	within(t, 2*time.Second, "the problem is not over", func() bool { return !h.problem("board-1", "unplugged") })
}

// With every cable out the hall goes on, idles, and says what is missing.
func TestHallWithoutDevices(t *testing.T) { // it counts the processor time of the whole process: it runs by itself
	h := newTestHall(t)
	for id := range h.sims.devices {
		h.fault(id, "unplugged", true)
	}
	within(t, 3*time.Second, "not every missing device is named", func() bool {
		for id := range h.sims.devices {
			if !h.problem(string(id), "unplugged") {
				return false
			}
		}
		return true
	})
	seat := queue.Seat{Window: "1"}
	h.do(queue.OpenWindow{Seat: seat, Clerk: "clerk"})
	h.do(queue.Issue{Queue: "A"})
	h.do(queue.CallNext{Seat: seat})
	h.do(queue.Serve{Seat: seat})
	h.do(queue.Finish{Seat: seat, Outcome: queue.DoneAtOnce})
	before := processorTime(t)
	time.Sleep(2 * time.Second)
	if used := processorTime(t) - before; used > time.Second {
		t.Errorf("waiting for %d devices took %v of processor time in 2 s", len(h.sims.devices), used)
	}
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Paper runs out: the number stays, the fault has a name, and a second print of the same number says that it is one.
//
// Hard case: paper_out_after_number_committed.
func TestPaperOut(t *testing.T) {
	t.Parallel()
	h := newTestHall(t)
	printer := h.sims.devices["printer-1"].(*sim.Printer)
	h.fault("printer-1", "paper-out", true)
	id := h.do(queue.Issue{Queue: "A", Printer: "printer-1"}).Ticket.ID
	within(t, 5*time.Second, "the print did not fail", func() bool { _, p := h.print(id); return p == queue.PrintFailed })
	if !h.problem("printer-1", "paper-out") {
		t.Error("nobody says that the paper is out")
	}
	h.fault("printer-1", "paper-out", false)
	h.do(queue.Reprint{Ticket: id, Printer: "printer-1"})
	within(t, 5*time.Second, "the second print did not come", func() bool { _, p := h.print(id); return p == queue.PrintPrinted })
	got := printer.Receipts()
	ticket, _ := h.print(id)
	if len(got) != 1 || !strings.Contains(got[0].Text, ticket.Number) {
		t.Fatalf("%d pieces of paper came out", len(got))
	}
	if ticket.State != queue.Waiting {
		t.Errorf("the ticket is %s", ticket.State)
	}
	within(t, 5*time.Second, "the fault is not over", func() bool { return !h.problem("printer-1", "paper-out") })
}

// A printer that is torn off in the middle of a ticket leaves an unknown print, never a second paper by itself.
func TestPrinterTornOff(t *testing.T) {
	t.Parallel()
	h := newTestHall(t)
	printer := h.sims.devices["printer-1"].(*sim.Printer)
	id := h.do(queue.Issue{Queue: "A", Printer: "printer-1"}).Ticket.ID
	within(t, 5*time.Second, "no paper moves", func() bool { return printer.Printed() > 0 })
	h.fault("printer-1", "unplugged", true)
	within(t, 5*time.Second, "the print is not unknown", func() bool { _, p := h.print(id); return p == queue.PrintUnknown })
	within(t, time.Second, "nobody is told to look for the paper", func() bool { return h.problem("printer-1", "unproved") })
	h.fault("printer-1", "unplugged", false)
	next := h.do(queue.Issue{Queue: "A", Printer: "printer-1"}).Ticket
	within(t, 8*time.Second, "the printer did not come back", func() bool { _, p := h.print(next.ID); return p == queue.PrintPrinted })
	if _, p := h.print(id); p != queue.PrintUnknown {
		t.Errorf("the torn print became %s by itself", p)
	}
	papers := printer.Receipts()
	if n := len(papers); n != 2 {
		t.Errorf("%d pieces of paper were cut, want the torn half and the next ticket", n)
	}
	first, _ := h.print(id)
	for _, r := range papers {
		if strings.Contains(r.Text, first.Number) && strings.Contains(r.Text, next.Number) {
			t.Errorf("two numbers on one slip:\n%s", r.Text)
		}
	}
}

// The printer's cable is pulled at moments spread over the whole time of a print, from before its first byte until after its proof, and put back. No
// number comes out twice, no ticket is lost, and what the hall says of each print is what the paper says.
//
// Hard case: printer_fault_at_every_byte.
func TestPrinterUnpluggedAtAnyMoment(t *testing.T) {
	t.Parallel()
	const moments, halls = 14, 3
	var mu sync.Mutex
	seen := map[queue.PrintState]int{}
	t.Run("halls", func(t *testing.T) {
		for first := range halls {
			t.Run(strconv.Itoa(first), func(t *testing.T) {
				t.Parallel()
				h := newTestHall(t)
				var all []queue.TicketID
				for i := first; i < moments; i += halls {
					all = append(all, h.pullAfter(time.Duration(i)*60*time.Millisecond))
				}
				states := h.papers(all)
				mu.Lock()
				defer mu.Unlock()
				for state, n := range states {
					seen[state] += n
				}
			})
		}
	})
	if seen[queue.PrintPrinted] == 0 || seen[queue.PrintUnknown] == 0 {
		t.Errorf("the moments do not cover a print: %v", seen)
	}
}

// pullAfter takes a number, pulls the printer's cable a time after it, puts it back and waits until the print has an end.
func (h testHall) pullAfter(d time.Duration) queue.TicketID {
	t := h.t
	t.Helper()
	ticket := h.do(queue.Issue{Queue: "A", Printer: "printer-1"}).Ticket
	time.Sleep(d) // the moment is what is tried
	h.fault("printer-1", "unplugged", true)
	within(t, 2*time.Second, "nobody says that the printer is unplugged", func() bool { return h.problem("printer-1", "unplugged") })
	h.fault("printer-1", "unplugged", false)
	within(t, 2*time.Second, "the printer is not back", func() bool { return !h.problem("printer-1", "unplugged") })
	within(t, 15*time.Second, "the print of "+ticket.Number+" has no end", func() bool {
		_, p := h.print(ticket.ID)
		return p == queue.PrintPrinted || p == queue.PrintUnknown || p == queue.PrintFailed
	})
	return ticket.ID
}

// papers compares what the hall says of each print with the paper, and counts what it says.
func (h testHall) papers(all []queue.TicketID) map[queue.PrintState]int {
	t := h.t
	t.Helper()
	time.Sleep(500 * time.Millisecond) // what is still in the printer's buffer comes out
	seen := map[queue.PrintState]int{}
	receipts := h.sims.devices["printer-1"].(*sim.Printer).Receipts()
	for _, id := range all {
		ticket, state := h.print(id)
		seen[state]++
		n := 0
		for _, r := range receipts {
			if strings.Contains(r.Text, ticket.Number) {
				n++
			}
		}
		switch {
		case n > 1:
			t.Errorf("%s came out %d times", ticket.Number, n)
		case state == queue.PrintPrinted && n != 1:
			t.Errorf("%s is called printed, and %d papers came out", ticket.Number, n)
		case state == queue.PrintFailed && n != 0:
			t.Errorf("%s is called failed, and came out", ticket.Number)
		case ticket.State != queue.Waiting && ticket.State != queue.Issued:
			t.Errorf("%s is lost: it is %s", ticket.Number, ticket.State)
		}
	}
	return seen
}

// The keys of a caller unit do what the clerk's screen does.
func TestCallerKeys(t *testing.T) {
	t.Parallel()
	h := newTestHall(t)
	h.do(queue.OpenWindow{Seat: queue.Seat{Window: "1"}, Clerk: "clerk"})
	id := h.do(queue.Issue{Queue: "A"}).Ticket.ID
	caller := h.sims.devices["caller-1"].(*sim.CallerPad)
	within(t, 3*time.Second, "the caller shows nothing", func() bool { return caller.Shown() != "" })
	if err := caller.Press("call"); err != nil {
		t.Fatal(err)
	}
	within(t, 3*time.Second, "the key did not call", func() bool { ticket, _ := h.print(id); return ticket.State == queue.Called && ticket.Window == "1" })
}
