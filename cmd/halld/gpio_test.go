package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"halld/devices/sim"
	"halld/queue"
)

// A ticket key gives one number a press, on paper; bounces, impatience and a printer that is away give none.
func TestTicketKeys(t *testing.T) {
	t.Parallel()
	h := newTestHall(t)
	keys := h.sims.devices["keys-1"].(*sim.Contacts)
	printer := h.sims.devices["printer-2"].(*sim.Printer)
	within(t, 3*time.Second, "the keys are not there", func() bool { _, ok := h.rack.Get("keys-1"); return ok })
	press := func(name string) {
		t.Helper()
		if err := keys.Press(name); err != nil {
			t.Fatal(err)
		}
	}
	issued := func() (n int) {
		for _, q := range h.engine.View().Queues {
			n += q.Issued
		}
		return n
	}
	time.Sleep(100 * time.Millisecond) // the first levels have come
	press("queue3")
	press("queue3")
	press("queue3") // nobody waits a second for paper in peace
	within(t, 10*time.Second, "no ticket came out", func() bool { return len(printer.Receipts()) == 1 })
	if got := printer.Receipts()[0].Text; !strings.Contains(got, "C001") {
		t.Errorf("the ticket reads %s", got)
	}
	within(t, 5*time.Second, "the print is not proved", func() bool { return len(h.engine.View().Jobs) == 0 })
	time.Sleep(time.Second) // as long as a repeated press is taken for the same
	if n := issued(); n != 1 {
		t.Fatalf("three presses at once gave %d numbers", n)
	}
	press("queue3")
	within(t, 10*time.Second, "the next citizen got no ticket", func() bool { return len(printer.Receipts()) == 2 })

	h.fault("printer-2", "unplugged", true)
	within(t, 3*time.Second, "nobody says that the printer is away", func() bool { return h.problem("printer-2", "unplugged") })
	press("queue1")
	time.Sleep(500 * time.Millisecond)
	if n := issued(); n != 2 {
		t.Errorf("%d numbers were given, one of them without paper", n)
	}
}

// A lit call button calls, its lamp burns while the number is called, and what is jammed is told.
func TestCallButton(t *testing.T) {
	t.Parallel()
	h := newTestHall(t)
	button := h.sims.devices["button-8"].(*sim.Contacts)
	seat := queue.Seat{Window: "8"}
	h.do(queue.OpenWindow{Seat: seat, Clerk: "clerk"})
	id := h.do(queue.Issue{Queue: "A"}).Ticket.ID
	within(t, 3*time.Second, "the button is not there", func() bool { _, ok := h.rack.Get("button-8"); return ok })
	time.Sleep(100 * time.Millisecond)
	if err := button.Press("call"); err != nil {
		t.Fatal(err)
	}
	within(t, 3*time.Second, "the button did not call", func() bool { ticket, _ := h.print(id); return ticket.State == queue.Called && ticket.Window == "8" })
	within(t, 3*time.Second, "the lamp is dark", func() bool { return button.Text() == "lamp" })
	h.fault("button-8", "unplugged", true)
	within(t, 3*time.Second, "nobody says that the button is away", func() bool { return h.problem("button-8", "unplugged") })
	h.fault("button-8", "unplugged", false)
	within(t, 3*time.Second, "the lamp stays dark after it was plugged in again", func() bool { return button.Text() == "lamp" })
	h.do(queue.Serve{Seat: seat})
	within(t, 3*time.Second, "the lamp burns on", func() bool { return button.Text() == "" })
}

func TestHallFileSharesGPIOLines(t *testing.T) {
	t.Parallel()
	const device = "[[device]]\nid = %q\nkind = \"lamp\"\nprofile = \"gpio-lamp\"\nwindow = \"1\"\nport = %q\n"
	for _, c := range []struct{ first, second, says string }{
		{"gpio:A,B", "gpio:B", "the GPIO line B belongs to lamp-1 (line 14)"}, {"gpio:A", "gpio:A", "the GPIO line A belongs to lamp-1"},
		{"gpio:A", "gpio:", "names no line"}, {"gpio:A", "gpio:B", ""}, {"gpio:A", "gpio:gpiochip0/3", ""},
	} {
		text := "[hall]\nname = \"x\"\n[[queue]]\nid = \"A\"\nname = \"a\"\n[[window]]\nid = \"1\"\nqueues = [\"A\"]\n" + fmt.Sprintf(device, "lamp-1", c.first) + fmt.Sprintf(device, "lamp-2", c.second)
		_, err := parseHall("hall.toml", []byte(text))
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s and %s: %v, want %q", c.first, c.second, err, c.says)
		}
	}
}
