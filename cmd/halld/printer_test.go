package main

import (
	"strings"
	"testing"
	"time"

	"halld/devices/sim"
	"halld/display"
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
	t.Parallel()
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
	t.Parallel()
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

// A technician empties the printer while a ticket is stuck in it. It has to be meant, the number is unknown and stays with its citizen, printing it again
// gives the one whole paper there is, and what is no printer has nothing to empty.
func TestPrinterIsEmptiedAtTheBench(t *testing.T) {
	t.Parallel()
	h := newBenchHall(t)
	printer := h.sims.devices["printer-1"].(*sim.Printer)
	within(t, 5*time.Second, "the printer is not there", func() bool { _, there := h.rack.Get("printer-1"); return there })
	given := h.do(queue.Issue{Queue: "A", Printer: "printer-1"}).Ticket
	next := h.do(queue.Issue{Queue: "A", Printer: "printer-1"}).Ticket
	within(t, 5*time.Second, "no paper moves", func() bool { return printer.Printed() > 0 })
	h.fault("printer-1", "paper-out", true)
	within(t, 10*time.Second, "nobody says that the paper is out", func() bool { return h.problem("printer-1", "paper-out") })
	var r display.BenchResult
	if code := h.ask("POST", "/api/bench/devices/printer-1/clear", nil, &r); code != display.ConfirmNeeded {
		t.Fatalf("unconfirmed: %q", code)
	}
	if _, p := h.print(given.ID); p != queue.PrintPrinting {
		t.Fatalf("the print is %s", p)
	}
	if code := h.ask("POST", "/api/bench/devices/board-1/clear", map[string]bool{"confirmed": true}, &r); code != display.DeviceCannot {
		t.Errorf("a board: %q", code)
	}
	var out, bad strings.Builder
	cli := []string{"device", "clear", "printer-1", "--url", h.url(), "--token=" + h.token}
	if code := run(t.Context(), cli, &out, &bad); code != 1 || !strings.Contains(bad.String(), "--yes") {
		t.Fatalf("without --yes: exit %d, %s", code, &bad)
	}
	if code := run(t.Context(), append(cli, "--yes"), &out, &bad); code != 0 || !strings.Contains(out.String(), "10 14 08") || !strings.Contains(out.String(), "empty") ||
		!strings.Contains(out.String(), "paper-out") {
		t.Fatalf("exit %d\n%s%s", code, &out, &bad)
	}
	within(t, 5*time.Second, "the print is not unknown", func() bool { _, p := h.print(given.ID); return p == queue.PrintUnknown })
	h.fault("printer-1", "paper-out", false)
	within(t, 20*time.Second, "the ticket that waited does not end", func() bool { _, p := h.print(next.ID); return p == queue.PrintPrinted || p == queue.PrintFailed })
	h.do(queue.Reprint{Ticket: given.ID, Printer: "printer-1"})
	within(t, 20*time.Second, "it is not printed again", func() bool { _, p := h.print(given.ID); return p == queue.PrintPrinted })
	time.Sleep(500 * time.Millisecond) // whatever is still to come out
	whole := map[string]int{}
	for _, r := range printer.Receipts() {
		for _, number := range []string{given.Number, next.Number} {
			if strings.Contains(r.Text, number) && strings.Contains(r.Text, "过号") { // down to the last words of a ticket
				whole[number]++
			}
		}
	}
	if _, p := h.print(next.ID); whole[given.Number] != 1 || whole[next.Number] > 1 || (p == queue.PrintPrinted) != (whole[next.Number] == 1) {
		t.Errorf("whole papers: %v; the second ticket is %s", whole, p)
	}
	if !strings.Contains(printer.Receipts()[len(printer.Receipts())-1].Text, "补打") {
		t.Error("the paper does not say that it was printed again")
	}
}

// A hall file whose printer is set to what its model cannot do is refused, at that setting.
func TestPrinterSettingsOfAHallFile(t *testing.T) {
	t.Parallel()
	const hall = "[hall]\nname = \"清溪\"\n[[queue]]\nid = \"A\"\nname = \"户籍\"\n[[window]]\nid = \"1\"\nqueues = [\"A\"]\n[[device]]\nid = \"p\"\nkind = \"printer\"\nprofile = \"custom-kpm\"\nport = \"/dev/ttyS0\"\n"
	for set, want := range map[string]string{
		`{ density = "4", present_mm = "60", take_within = "20", retract_after = "90", fault_wait = "30", mode = "raster" }`: "",
		`{ density = "5" }`: "write one of -4", `{ beep = "yes" }`: "printer.beep", `{ presents = "60" }`: "it has beep, charset", `{ mode = "drawn" }`: "it is one of text, raster",
	} {
		_, err := parseHall("HALL.toml", []byte(hall+"set = "+set+"\n"))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "HALL.toml:14:9: ")) {
			t.Errorf("%s: %v; want %q", set, err, want)
		}
	}
}
