package hall

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"rig/pace"
	"rig/vm"
)

// byPath does what udev does on a host: a name for every place where an adapter can be plugged in.
const byPath = `#!/bin/sh
mkdir -p /dev/serial/by-path
while :; do
	for n in 1 2 3; do
		tty=
		for t in /sys/bus/usb/devices/1-$n/1-$n:1.0/ttyUSB*; do [ ! -e "$t" ] || tty=${t##*/}; done
		eval "was=\$was$n"
		[ "$tty" != "$was" ] || continue
		eval "was$n=$tty"
		if [ -n "$tty" ]; then ln -sfn "../../$tty" /dev/serial/by-path/usb-$n; else rm -f /dev/serial/by-path/usb-$n; fi
	done
	usleep 50000
done
`

const usbDevices = `
[[device]]
id = "printer-1"
kind = "printer"
profile = "epson-tm"
port = "/dev/serial/by-path/usb-1"
[[device]]
id = "board-1"
kind = "board"
profile = "pinganlihe"
port = "/dev/serial/by-path/usb-2"
window = "1"
address = 1
`

var (
	printerLine = pace.Line{Baud: 38400, DataBits: 8, Parity: 'N', StopBits: 1}
	boardLine   = pace.Line{Baud: 9600, DataBits: 8, Parity: 'N', StopBits: 1}
)

// TestUnplugged tears the adapter of a printer out in the middle of tickets, and that of a board in the middle of a frame, and plugs them in again under
// other names. No number comes out twice, none is lost, what is away is named, and what returns is brought to the present state.
func TestUnplugged(t *testing.T) {
	vm.Need(t)
	guest := vm.Boot(t, vm.Config{Memory: 384, Files: map[string]string{"/app/halld": program(t)}, Ports: []int{8080}, USBSerial: 3, Trace: []string{"usb_serial_set_*"}})
	guest.Must(t, "cat >/tmp/by-path <<'END'\n"+byPath+"END\n")
	guest.Spawn(t, "udev", "sh /tmp/by-path")
	printer, board := simulate(t, "epson-tm"), simulate(t, "pinganlihe", "--address", "1")
	toPrinter := printer.join(guest.Plug(t, 0), printerLine)
	guest.WaitFor(t, 10*time.Second, "test -e /dev/serial/by-path/usb-1")
	toBoard := board.join(guest.Plug(t, 1), boardLine)
	h := open(t, guest, usbDevices)
	well := func(id string) func() bool { return func() bool { return h.device(id).State == "ok" } }
	away := func(id string) func() bool { return func() bool { return h.has(id, "unplugged") } }
	proved := func(id string) func() bool { return func() bool { return h.ticket(id).Print == "printed" } }
	name := func(n int) string { return guest.Must(t, fmt.Sprintf("readlink /dev/serial/by-path/usb-%d", n)) }
	within(t, 20*time.Second, "the devices are not well", func() bool { return well("printer-1")() && well("board-1")() })

	given := []ticket{h.issue("printer-1")}
	within(t, 20*time.Second, "the first ticket is not proved", proved(given[0].ID))
	size := toPrinter.carried()
	t.Logf("a ticket is some %d bytes", size)
	if settings := guest.Trace(); !strings.Contains(settings, "baud rate 38400") || !strings.Contains(settings, "baud rate 9600") {
		t.Errorf("the adapters were not set to their devices' speed:\n%s", settings)
	}

	// The printer's cable is torn out early, in the middle, and about at the cut. The second time its name is taken meanwhile.
	const asked = 40 // the questions before a ticket; torn out there, it is not begun and waits
	for i, at := range []int{asked + rand.IntN(size/4), size/4 + rand.IntN(size/2), size - 20} {
		toPrinter.cutAfter(at)
		torn := h.issue("printer-1")
		given = append(given, torn)
		<-toPrinter.cut
		cut := time.Now()
		took := within(t, 5*time.Second, "nobody says that the printer is unplugged", away("printer-1"))
		toPrinter.unplug()
		within(t, 20*time.Second, "the print is not unknown", func() bool { return h.ticket(torn.ID).Print == "unknown" })
		got := h.ticket(torn.ID)
		t.Logf("torn out after %d bytes: named after %v, print %s (%s) after %v, ticket %s", at, took.Round(time.Millisecond), got.Print, got.Problem,
			time.Since(cut).Round(time.Millisecond), got.State)
		if got.State != "issued" {
			t.Errorf("a ticket that nobody may hold is %s", got.State)
		}
		waiting := h.issue("printer-1") // while the printer is away
		given = append(given, waiting)
		if i == 0 {
			if used := h.load(3 * time.Second); used > 25 {
				t.Errorf("without its printer the program takes %d %% of a processor", used)
			} else {
				t.Logf("without the printer: %d %% of an emulated processor", used)
			}
		}
		was := name(2)
		if i == 1 {
			old := "/dev/" + strings.TrimPrefix(h.guest.Must(t, "ls /dev | grep ttyUSB | head -1"), "/dev/")
			thief := guest.Plug(t, 2)
			guest.WaitFor(t, 10*time.Second, "test -e /dev/serial/by-path/usb-3")
			t.Logf("before: %s; a third adapter has taken %s", old, name(3))
			defer thief.Close()
		}
		toPrinter = printer.join(guest.Plug(t, 0), printerLine)
		guest.WaitFor(t, 10*time.Second, "test -e /dev/serial/by-path/usb-1")
		took = within(t, 5*time.Second, "the printer is not well again", well("printer-1"))
		t.Logf("plugged in as %s: well after %v", name(1), took.Round(time.Millisecond))
		if i == 1 && name(1) == "../../ttyUSB0" || name(2) != was {
			t.Errorf("it came back as %s: the test wants another name", name(1))
		}
		within(t, 30*time.Second, "the ticket that waited for the printer did not come out", func() bool {
			p := h.ticket(waiting.ID).Print
			return p == "printed" || p == "failed"
		})
		next := h.issue("printer-1")
		given = append(given, next)
		within(t, 30*time.Second, "the next ticket is not proved", proved(next.ID))
	}
	last := given[len(given)-1].Number
	within(t, 5*time.Second, "the last ticket is not out", func() bool { return strings.Contains(strings.Join(printer.paper(), ""), last) })
	for _, g := range given {
		now, times := h.ticket(g.ID), 0
		for _, p := range printer.paper() {
			times += min(1, strings.Count(p, g.Number))
		}
		t.Logf("%s %s: print %s, on %d papers", now.Number, now.State, now.Print, times)
		switch {
		case times > 1:
			t.Errorf("%s came out %d times", g.Number, times)
		case now.Print == "printed" && times != 1:
			t.Errorf("%s is said to be printed, and is on %d papers", g.Number, times)
		case now.Print == "failed" && times != 0:
			t.Errorf("%s is said not to be printed, and it is", g.Number)
		}
	}

	// The board's cable is torn out in the middle of the frame that calls.
	h.window("open")
	within(t, 5*time.Second, "the board does not show that the window is open", func() bool { return board.text() != "" })
	toBoard.cutAfter(9)
	h.window("call")
	<-toBoard.cut
	took := within(t, 5*time.Second, "nobody says that the board is unplugged", away("board-1"))
	toBoard.unplug()
	t.Logf("board torn out: named after %v", took.Round(time.Millisecond))
	if strings.Contains(board.text(), given[0].Number) {
		t.Fatal("the board understood half a frame")
	}
	board.join(guest.Plug(t, 1), boardLine)
	guest.WaitFor(t, 10*time.Second, "test -e /dev/serial/by-path/usb-2")
	took = within(t, 5*time.Second, "the board does not show the number that is called", func() bool { return strings.Contains(board.text(), given[0].Number) })
	t.Logf("board plugged in as %s: shows %q after %v", name(2), board.text(), took.Round(time.Millisecond))
	within(t, 5*time.Second, "the board is not well again", well("board-1"))
}
