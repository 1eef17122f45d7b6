package hall

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"rig/vm"
)

// TestPorts runs the port package's own tests in the guest: GPIO lines through periph, and a UART of the 16550 kind set to 8E1.
func TestPorts(t *testing.T) {
	vm.Need(t)
	test := filepath.Join(t.TempDir(), "port.test")
	if err := build("0", "test", "-c", "-o", test, "./devices/port"); err != nil {
		t.Fatal(err)
	}
	guest := vm.Boot(t, vm.Config{Files: map[string]string{"/app/port.test": test}, UARTs: 1, Trace: []string{"serial_update_parameters"}})
	echo(t, guest.DialUART(t, 1))
	names := []string{"TestGuestGPIOInputs", "TestGuestGPIOOutputs", "TestGuestGPIOChipGoesAndComes", "TestGuestUART", "TestGuestUARTHeld", "TestGuestUSBPrinter"}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := guest.Exec(ctx, "GUEST_USBLP=1 GUEST_UART=/dev/ttyS1 /app/port.test -test.v -test.run TestGuest")
	if err != nil {
		t.Error(err)
	}
	t.Log(out)
	for _, name := range names {
		if !strings.Contains(out, "--- PASS: "+name) {
			t.Errorf("%s did not run", name)
		}
	}
	for _, want := range []string{"baudrate=9600 parity='N' data=8 stop=1", "baudrate=19200 parity='E' data=8 stop=1"} {
		if !strings.Contains(guest.Trace(), want) {
			t.Errorf("the UART was never set to %s:\n%s", want, guest.Trace())
		}
	}
}

func echo(t *testing.T, cable net.Conn) {
	t.Helper()
	go func() {
		for buf := make([]byte, 64); ; {
			n, err := cable.Read(buf)
			if err != nil {
				return // the test is over
			}
			if _, err := cable.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
}

const gpioDevices = `
[[device]]
id = "printer-1"
kind = "printer"
profile = "epson-tm"
port = "tcp:10.0.2.2:%s"
[[device]]
id = "button-1"
kind = "button"
profile = "gpio-button"
port = "gpio:CALL1"
window = "1"
set = { stuck_ms = "3000" }
[[device]]
id = "lamp-1"
kind = "lamp"
profile = "gpio-lamp"
port = "gpio:LAMP1"
window = "1"
[[device]]
id = "lamp-2"
kind = "lamp"
profile = "gpio-lamp"
port = "gpio:LAMP2"
window = "1"
set = { active_low = "lamp" }
[[device]]
id = "tag-1"
kind = "lamp"
profile = "gpio-tag"
port = "gpio:pinctrl-sim/3"
window = "1"
set = { pulse_ms = "200", every_ms = "2000" }
[[device]]
id = "keys-1"
kind = "button"
profile = "gpio-dispenser"
port = "gpio:KEY1"
set = { queue = "A", printer = "printer-1" }
[[device]]
id = "lamp-3"
kind = "lamp"
profile = "gpio-lamp"
port = "gpio:TAKEN"
window = "1"
`

// TestGPIO: a key gives a number on paper, a button calls it, lamp and tag tell; what is jammed, taken or torn out is named, and comes back.
func TestGPIO(t *testing.T) {
	vm.Need(t)
	guest := vm.Boot(t, vm.Config{Memory: 384, Files: map[string]string{"/app/halld": program(t)}, Ports: []int{8080}, HostLoopback: true})
	const call, lamp, lowLamp, tag, key, chip = 0, 1, 2, 3, 4, "gpiosim make CALL1 LAMP1 LAMP2 - KEY1 TAKEN!"
	guest.Must(t, chip)
	printer := simulate(t, "epson-tm")
	_, port, err := net.SplitHostPort(printer.addr)
	if err != nil {
		t.Fatal(err)
	}
	h := open(t, guest, fmt.Sprintf(gpioDevices, port))
	all := []string{"printer-1", "button-1", "lamp-1", "lamp-2", "tag-1", "keys-1"}
	well := func() bool {
		for _, id := range all {
			if h.device(id).State != "ok" {
				return false
			}
		}
		return true
	}
	t.Log("hall open")
	within(t, 20*time.Second, "not every device is well", well)
	within(t, 5*time.Second, "nobody says that the line of lamp-3 is taken", func() bool { return h.has("lamp-3", "port-busy") })
	level := func(line int) string { return guest.Must(t, "gpiosim level "+strconv.Itoa(line)) }
	drive := func(line, level int) { guest.Must(t, fmt.Sprintf("gpiosim drive %d %d", line, level)) }
	// contacts makes a contact move as fast as the shell can: about a millisecond each.
	contacts := func(line int, moves string) {
		guest.Must(t, fmt.Sprintf(`p=$(echo /sys/devices/platform/gpio-sim.*/gpiochip*/sim_gpio%d/pull)
			for l in %s; do echo pull-$l >$p; done`, line, moves))
	}
	const bounce = " down up down up down up down up"

	// A ticket key whose contact bounces gives one number.
	contacts(key, strings.Repeat(bounce, 4)+" down")
	time.Sleep(200 * time.Millisecond)
	contacts(key, strings.Repeat(bounce, 4))
	within(t, 20*time.Second, "no ticket came out", func() bool { return len(printer.paper()) == 1 })
	first := h.issue("none")
	if first.Number != "A002" || !strings.Contains(printer.paper()[0], "A001") {
		t.Fatalf("the key gave more than one number: the next is %s", first.Number)
	}

	// A spark calls nobody; a press calls once, and lamps and tag tell.
	h.window("open")
	guest.Must(t, "gpiosim clear")
	contacts(call, "down up")
	time.Sleep(500 * time.Millisecond)
	var hallNow struct {
		Windows []struct {
			Ticket *struct{ Number, State string }
		}
	}
	at := func() string {
		hallNow.Windows = nil
		h.must("manager", "GET", "/api/hall", nil, &hallNow)
		if w := hallNow.Windows[0]; w.Ticket != nil {
			return w.Ticket.Number + " " + w.Ticket.State
		}
		return ""
	}
	if got := at(); got != "" {
		t.Fatalf("a spark called %s", got)
	}
	contacts(call, strings.Repeat(bounce, 4)+" down")
	took := within(t, 5*time.Second, "the button did not call", func() bool { return at() == "A001 called" })
	within(t, 5*time.Second, "the lamps do not burn", func() bool { return level(lamp) == "1" && level(lowLamp) == "0" })
	t.Logf("pressed to called: %v", took.Round(time.Millisecond))
	contacts(call, strings.Repeat(bounce, 4))
	time.Sleep(2500 * time.Millisecond) // for a second pulse of the tag
	h.window("serve")
	within(t, 5*time.Second, "the lamps burn on", func() bool { return level(lamp) == "0" && level(lowLamp) == "1" })
	trace := guest.Must(t, "gpiosim trace")
	pulses := pulsesOf(t, trace, tag)
	if len(pulses) != 2 {
		t.Errorf("the tag buzzed %d times:\n%s", len(pulses), trace)
	}
	for _, p := range pulses {
		if p < 190*time.Millisecond || p > 1500*time.Millisecond {
			t.Errorf("the tag buzzed for %v, not for 200 ms", p)
		}
	}
	t.Logf("the tag buzzed for %v", pulses)
	if got := at(); got != "A001 serving" {
		t.Errorf("at the window is %q", got)
	}

	// A button that stays down is told of, and forgiven.
	drive(call, 0)
	within(t, 10*time.Second, "nobody says that the button is stuck", func() bool { return h.has("button-1", "stuck-button") })
	if got := at(); got != "A002 called" {
		t.Errorf("held down, the button called %q", got)
	}
	drive(call, 1)
	within(t, 5*time.Second, "the button is still said to be stuck", func() bool { return !h.has("button-1", "stuck-button") })

	// The chip is torn out while a number is called, and comes back as another.
	within(t, 5*time.Second, "the lamp is dark", func() bool { return level(lamp) == "1" })
	guest.Must(t, "gpiosim remove")
	took = within(t, 5*time.Second, "nobody says that the chip is gone", func() bool { return h.has("button-1", "unplugged") && h.has("lamp-1", "unplugged") })
	t.Logf("chip gone to named: %v", took.Round(time.Millisecond))
	if used := h.load(3 * time.Second); used > 25 {
		t.Errorf("without its chip the program takes %d %% of a processor", used)
	} else {
		t.Logf("without the chip: %d %% of an emulated processor", used)
	}
	guest.Must(t, chip)
	took = within(t, 10*time.Second, "not every device is well again", well)
	t.Logf("chip back to well: %v", took.Round(time.Millisecond))
	within(t, 5*time.Second, "the lamp stays dark although a number is called", func() bool { return level(lamp) == "1" && level(lowLamp) == "0" })
	h.issue("none")
	h.window("serve")
	contacts(call, bounce+" down")
	within(t, 5*time.Second, "the button does not call any more", func() bool { return at() == "A003 called" })
}

// pulsesOf reads how long a line was high each time, from what the kernel saw.
func pulsesOf(t *testing.T, trace string, line int) (pulses []time.Duration) {
	t.Helper()
	var up time.Duration
	for l := range strings.Lines(trace) {
		f := strings.Fields(l)
		if len(f) != 3 || f[1] != strconv.Itoa(line) {
			continue
		}
		seconds, err := strconv.ParseFloat(f[0], 64)
		if err != nil {
			t.Fatalf("read the trace: %v", err)
		}
		at := time.Duration(seconds * float64(time.Second))
		switch {
		case f[2] == "1" && up == 0:
			up = at
		case f[2] == "0" && up > 0:
			pulses = append(pulses, at-up)
			up = 0
		}
	}
	return pulses
}
