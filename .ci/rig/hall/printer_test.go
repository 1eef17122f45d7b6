package hall

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rig/vm"
)

// usbPrinter makes a printer at the guest's own USB, with a simulator on the host behind it.
func usbPrinter(t *testing.T) (*vm.VM, *sim) {
	t.Helper()
	vm.Need(t)
	gadget := filepath.Join(t.TempDir(), "gadget")
	if err := buildIn(".", "0", "build", "-o", gadget, "../gadget"); err != nil {
		t.Fatal(err)
	}
	guest := vm.Boot(t, vm.Config{Memory: 384, Files: map[string]string{"/app/halld": program(t), "/app/gadget": gadget}, Ports: []int{8080}, HostLoopback: true})
	printer := simulate(t, "epson-tm")
	guest.Must(t, "usbgadget printer")
	guest.WaitFor(t, 10*time.Second, "test -e /dev/usb/lp0 && test -e /dev/g_printer0")
	guest.Spawn(t, "gadget", "/app/gadget "+strings.Replace(printer.addr, "127.0.0.1", "10.0.2.2", 1)+" /tmp/off-line")
	return guest, printer
}

// TestUSBPrinter: a printer at /dev/usb/lp0 proves its tickets, says that its paper is out, does not hold the hall up when it takes nothing, and may be torn out.
func TestUSBPrinter(t *testing.T) {
	guest, printer := usbPrinter(t)
	h := open(t, guest, "[[device]]\nid = \"printer-1\"\nkind = \"printer\"\nprofile = \"epson-tm\"\nport = \"/dev/usb/lp0\"\n")
	well := func() bool { return h.device("printer-1").State == "ok" }
	print := func(id string) string { return h.ticket(id).Print }
	ended := func(id string) func() bool {
		return func() bool { p := print(id); return p != "pending" && p != "printing" }
	}
	within(t, 20*time.Second, "the printer is not well", well)
	first := h.issue("printer-1")
	took := within(t, 20*time.Second, "the ticket is not proved", func() bool { return print(first.ID) == "printed" })
	within(t, 5*time.Second, "the ticket is not on paper", func() bool { return len(printer.paper()) == 1 && strings.Contains(printer.paper()[0], first.Number) })
	t.Logf("issued to proved: %v", took.Round(time.Millisecond))

	// The paper is out: it is told, nothing hangs, and a new roll is all it takes.
	printer.fault("paper-out", true)
	within(t, 10*time.Second, "nobody says that the paper is out", func() bool { return h.has("printer-1", "paper-out") })
	second := h.issue("printer-1")
	within(t, 20*time.Second, "a print without paper does not end", ended(second.ID))
	printer.fault("paper-out", false)
	within(t, 10*time.Second, "with a new roll the printer is not well", well)
	if got := print(second.ID); got == "printed" {
		t.Errorf("without paper the print is %s", got)
	}

	// It takes nothing any more.
	guest.Must(t, "touch /tmp/off-line")
	third := h.issue("printer-1")
	took = within(t, 40*time.Second, "a print on a printer that takes nothing does not end", ended(third.ID))
	t.Logf("a printer that takes nothing: print %s (%s) after %v", print(third.ID), h.ticket(third.ID).Problem, took.Round(time.Millisecond))
	if got := print(third.ID); got == "printed" || well() {
		t.Errorf("it took nothing, and the print is %s, the printer %+v", got, h.device("printer-1"))
	}
	guest.Must(t, "rm /tmp/off-line")
	within(t, 20*time.Second, "on line again the printer is not well", well)

	// It takes nothing because its paper is out, and says so to the kernel alone.
	guest.Must(t, "touch /tmp/off-line.paper /tmp/off-line")
	empty := h.issue("printer-1")
	within(t, 40*time.Second, "a print on a printer without paper does not end", ended(empty.ID))
	if got := h.ticket(empty.ID); got.Print == "printed" || got.Problem != "paper-out" {
		t.Errorf("paper is out, and the print is %s (%s)", got.Print, got.Problem)
	}
	if !h.has("printer-1", "paper-out") {
		t.Errorf("nobody says that the paper is out: %+v", h.device("printer-1"))
	}
	guest.Must(t, "rm /tmp/off-line.paper /tmp/off-line")
	within(t, 20*time.Second, "with paper the printer is not well", well)

	// It is torn out and plugged in again.
	guest.Must(t, "usbgadget unplug")
	took = within(t, 5*time.Second, "nobody says that the printer is unplugged", func() bool { return h.has("printer-1", "unplugged") })
	t.Logf("torn out: named after %v", took.Round(time.Millisecond))
	if used := h.load(3 * time.Second); used > 25 {
		t.Errorf("without its printer the program takes %d %% of a processor", used)
	}
	guest.Must(t, "usbgadget plug")
	guest.WaitFor(t, 10*time.Second, "test -e /dev/usb/lp0")
	took = within(t, 10*time.Second, "plugged in again the printer is not well", well)
	t.Logf("plugged in: well after %v", took.Round(time.Millisecond))
	last := h.issue("printer-1")
	within(t, 20*time.Second, "the last ticket is not proved", func() bool { return print(last.ID) == "printed" })
	within(t, 5*time.Second, "the last ticket is not on paper", func() bool { return strings.Contains(strings.Join(printer.paper(), ""), last.Number) })
	for _, g := range []ticket{first, second, third, empty, last} {
		times := 0
		for _, p := range printer.paper() {
			times += min(1, strings.Count(p, g.Number))
		}
		t.Logf("%s: print %s, on %d papers", g.Number, print(g.ID), times)
		if times > 1 {
			t.Errorf("%s came out %d times", g.Number, times)
		}
	}
}
