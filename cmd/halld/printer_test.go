package main

import (
	"strings"
	"testing"
	"time"

	"halld/devices/sim"
	"halld/queue"
)

// patience sets how long a begun ticket waits for a person at the demo's printer.
func patience(seconds string) func(*queue.Config) {
	return func(c *queue.Config) {
		for i, d := range c.Devices {
			if d.ID == "printer-1" {
				c.Devices[i].Set = map[string]string{"fault_wait": seconds}
			}
		}
	}
}

// Paper runs out in mid-ticket and nobody comes in time: the print is unknown. When paper is loaded the printer prints what it kept and says that very
// print's mark: the ticket is printed and waits, nobody has to decide anything, and one paper came out.
func TestPrintIsProvedLate(t *testing.T) {
	h := newTestHall(t, patience("1"))
	printer := h.sims.devices["printer-1"].(*sim.Printer)
	within(t, 5*time.Second, "the printer is not there", func() bool { _, there := h.rack.Get("printer-1"); return there })
	given := h.do(queue.Issue{Queue: "A", Printer: "printer-1"}).Ticket
	within(t, 5*time.Second, "no paper moves", func() bool { return printer.Printed() > 0 })
	h.fault("printer-1", "paper-out", true)
	within(t, 20*time.Second, "the print is not unknown", func() bool { _, p := h.print(given.ID); return p == queue.PrintUnknown })
	if ticket, _ := h.print(given.ID); ticket.State != queue.Issued || ticket.Problem != "paper-out" || len(printer.Receipts()) != 0 {
		t.Fatalf("a ticket without paper is %s (%s)", ticket.State, ticket.Problem)
	}
	within(t, time.Second, "nobody is told to look for the paper", func() bool { return h.problem("printer-1", "unproved") })
	h.fault("printer-1", "paper-out", false)
	within(t, 20*time.Second, "the late proof is lost", func() bool { _, p := h.print(given.ID); return p == queue.PrintPrinted })
	if ticket, _ := h.print(given.ID); ticket.State != queue.Waiting || ticket.Problem != "" {
		t.Errorf("a printed ticket is %s (%s)", ticket.State, ticket.Problem)
	}
	within(t, 5*time.Second, "people are still sent to look for the paper", func() bool { return !h.problem("printer-1", "unproved") })
	if got := printer.Receipts(); len(got) != 1 || !strings.Contains(got[0].Text, given.Number) {
		t.Errorf("%d papers came out", len(got))
	}
}

// What is plugged in is named by the models that are known under its USB numbers.
func TestModelsByUSBNumbers(t *testing.T) {
	set, err := profiles()
	if err != nil {
		t.Fatal(err)
	}
	for usb, want := range map[string]string{"04b8:0e15": "epson-tm", "04B8:0202": "epson-tm", "0dd4:0175": "custom-kpm", "0dd4:0001": "", "": "", "1234:0175": ""} {
		if got := strings.Join(modelsOf(set, usb), " "); got != want {
			t.Errorf("%s: %q, want %q", usb, got, want)
		}
	}
}
