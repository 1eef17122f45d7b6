package port_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"halld/devices/port"
)

// These tests run in the guest of .ci/rig, against the kernel's own drivers:
//
//	CGO_ENABLED=0 go test -exec "$PWD/.ci/rig/vmexec.sh" -run TestGuest ./devices/port

// simulated makes a chip with these lines, as gpiosim of the guest has it.
func simulated(t *testing.T, lines ...string) {
	t.Helper()
	if _, err := os.Stat("/sys/kernel/config/gpio-sim"); err != nil {
		t.Skip("no GPIO simulator: make rig runs this test in its guest")
	}
	_ = exec.Command("gpiosim", "remove").Run() // of the test before; there may be none
	gpiosim(t, append([]string{"make"}, lines...)...)
	t.Cleanup(func() { _ = exec.Command("gpiosim", "remove").Run() })
}

func gpiosim(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("gpiosim", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("gpiosim %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// pull is the file that drives a line from outside; writing it takes a tenth of a millisecond, running gpiosim twenty.
func pull(t *testing.T, line int) *os.File {
	t.Helper()
	found, err := filepath.Glob("/sys/devices/platform/gpio-sim.*/gpiochip*/sim_gpio" + strconv.Itoa(line) + "/pull")
	if err != nil || len(found) != 1 {
		t.Fatalf("the simulated line %d is %v, %v", line, found, err)
	}
	f, err := os.OpenFile(found[0], os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func set(t *testing.T, f *os.File, high bool) {
	t.Helper()
	if _, err := f.WriteAt([]byte(map[bool]string{true: "pull-up", false: "pull-down"}[high]), 0); err != nil {
		t.Fatal(err)
	}
}

func openGPIO(t *testing.T, name string) port.Conn {
	t.Helper()
	c, err := port.Open(t.Context(), name, port.Line{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func write(t *testing.T, c port.Conn, s string) {
	t.Helper()
	if n, err := c.Write([]byte(s)); err != nil || n != len(s) {
		t.Fatalf("write %q: %d, %v", s, n, err)
	}
}

// read returns n bytes, or what came within two seconds.
func read(t *testing.T, c port.Conn, n int) string {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, n)
	got, err := io.ReadFull(c, b)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("read %q, then %v", b[:got], err)
	}
	return string(b[:got])
}

// last reads until nothing more comes for a while, and returns the last record.
func last(t *testing.T, c port.Conn) string {
	t.Helper()
	all := ""
	b := make([]byte, 64)
	for {
		if err := c.SetReadDeadline(time.Now().Add(500 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		n, err := c.Read(b)
		all += string(b[:n])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return all[max(0, len(all)-2):]
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestGuestGPIOInputs(t *testing.T) {
	simulated(t, "BUTTON", "-", "TAKEN!")
	for name, want := range map[string]error{"gpio:NOLINE": port.ErrNotThere, "gpio:gpiochip0/77": port.ErrNotThere, "gpio:BUTTON,BUTTON": port.ErrBusy} {
		if _, err := port.Open(t.Context(), name, port.Line{}); !errors.Is(err, want) {
			t.Errorf("open %s: %v, want %v", name, err, want)
		}
	}
	if _, err := port.Open(t.Context(), "gpio:NOLINE", port.Line{}); err == nil || !strings.Contains(err.Error(), "BUTTON") {
		t.Errorf("who mistypes a line is not told which there are: %v", err)
	}
	c := openGPIO(t, "gpio:BUTTON,pinctrl-sim/1")
	if _, err := port.Open(t.Context(), "gpio:BUTTON", port.Line{}); !errors.Is(err, port.ErrBusy) {
		t.Errorf("a line that another device has: %v", err)
	}
	write(t, c, "a^b_")
	if got := read(t, c, 4); got != "a1b0" {
		t.Fatalf("the first levels are %q", got)
	}
	button, other := pull(t, 0), pull(t, 1)
	set(t, button, false)
	if got := read(t, c, 2); got != "a0" {
		t.Errorf("pressed: %q", got)
	}
	set(t, other, true)
	if got := read(t, c, 2); got != "b1" {
		t.Errorf("the other line: %q", got)
	}
	for range 50 { // more edges than the kernel keeps: the level at the end is what counts
		set(t, button, true)
		set(t, button, false)
	}
	set(t, button, true)
	if got := last(t, c); got != "a1" {
		t.Errorf("after a flutter that ends high: %q", got)
	}
	for range 50 {
		set(t, button, false)
		set(t, button, true)
	}
	set(t, button, false)
	if got := last(t, c); got != "a0" {
		t.Errorf("after a flutter that ends low: %q", got)
	}
	start := time.Now()
	if err := c.SetReadDeadline(start.Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 2)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) > time.Second {
		t.Errorf("a quiet line: %v after %v", err, time.Since(start))
	}
	for _, bad := range []string{"z0", "1", "a?", "b0"} {
		if _, err := c.Write([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a command", bad)
		}
	}
}

func TestGuestGPIOOutputs(t *testing.T) {
	simulated(t, "LAMP", "TAKEN!", "RELAY")
	c := openGPIO(t, "gpio:LAMP,TAKEN,RELAY")
	write(t, c, "a0")
	for _, level := range []string{"1", "0", "1"} {
		write(t, c, "a"+level)
		if got := gpiosim(t, "level", "0"); got != level {
			t.Errorf("driven %s, the line is %s", level, got)
		}
	}
	for range 2 { // the second time, too, it is the line that refuses and not descriptor 0
		if _, err := c.Write([]byte("b1")); !errors.Is(err, port.ErrBusy) {
			t.Errorf("a line that the kernel holds: %v", err)
		}
	}
	gpiosim(t, "clear")
	write(t, c, "c1") // the first level of this line, and it is high
	var deeds []string
	for line := range strings.Lines(gpiosim(t, "trace")) {
		if f := strings.Fields(line); f[1] == "2" {
			deeds = append(deeds, f[2])
		}
	}
	if got := strings.Join(deeds, " "); got != "0 out 1" {
		t.Errorf("driven high for the first time the line saw %q; a comment in devices/gpio says \"0 out 1\"", got)
	}
	if got := gpiosim(t, "level", "0"); got != "1" {
		t.Errorf("the lamp went to %s by itself", got)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed twice: %v", err)
	}
	if got := gpiosim(t, "level", "0"); got != "0" {
		t.Errorf("nobody holds the lamp, it is %s", got)
	}
	again := openGPIO(t, "gpio:LAMP")
	write(t, again, "a1")
	if got := gpiosim(t, "level", "0"); got != "1" {
		t.Errorf("opened again and driven 1, it is %s", got)
	}
}

func TestGuestGPIOChipGoesAndComes(t *testing.T) {
	simulated(t, "BUTTON", "LAMP")
	for round := range 3 {
		c := openGPIO(t, "gpio:BUTTON,LAMP")
		write(t, c, "a_b1")
		if got := read(t, c, 2); got != "a0" {
			t.Fatalf("round %d: %q", round, got)
		}
		gone := make(chan error, 1)
		if err := c.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		go func() {
			_, err := c.Read(make([]byte, 2))
			gone <- err
		}()
		gpiosim(t, "remove")
		select {
		case err := <-gone:
			if !errors.Is(err, port.ErrHangup) {
				t.Errorf("round %d: the chip is gone: %v", round, err)
			}
		case <-time.After(2 * time.Second):
			t.Fatalf("round %d: nobody notices that the chip is gone", round)
		}
		if _, err := c.Write([]byte("b0")); !errors.Is(err, port.ErrHangup) {
			t.Errorf("round %d: write to a chip that is gone: %v", round, err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := port.Open(t.Context(), "gpio:BUTTON", port.Line{}); !errors.Is(err, port.ErrNotThere) {
			t.Errorf("round %d: open a chip that is gone: %v", round, err)
		}
		gpiosim(t, "make", "BUTTON", "LAMP")
	}
	if _, err := unix.FcntlInt(0, unix.F_GETFD, 0); err != nil {
		t.Errorf("descriptor 0 is not held: %v", err)
	}
}

// TestGuestUART talks 8E1 over a real UART driver; whoever starts it echoes, and reads what the driver programmed.
func TestGuestUART(t *testing.T) {
	name := os.Getenv("GUEST_UART")
	if name == "" {
		t.Skip("no UART with an echo: make rig runs this test in its guest")
	}
	for _, line := range []port.Line{{Baud: 9600, Format: "8N1"}, {Baud: 19200, Format: "8E1"}} {
		c, err := port.Open(context.Background(), name, line)
		if err != nil {
			t.Fatal(err)
		}
		var all []byte
		for b := range 256 {
			all = append(all, byte(b))
		}
		write(t, c, string(all))
		if got := read(t, c, len(all)); got != string(all) {
			t.Errorf("%v: came back as % X", line, got)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestGuestUARTHeld closes a line whose far end holds it: the kernel would wait half a minute for it to take what is still to be sent. What a line that is not
// held has still to send goes out all the same.
func TestGuestUARTHeld(t *testing.T) {
	name := os.Getenv("GUEST_UART")
	if name == "" {
		t.Skip("no UART with an echo: make rig runs this test in its guest")
	}
	open := func(flow string) port.Conn {
		t.Helper()
		c, err := port.Open(t.Context(), name, port.Line{Baud: 9600, Format: "8N1", Flow: flow})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	held := open("xonxoff")
	write(t, held, "\x13") // comes back, and stops the line
	time.Sleep(300 * time.Millisecond)
	write(t, held, strings.Repeat("0123456789", 20))
	begin := time.Now()
	if err := held.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("closing took %v", took)
	}
	raw, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0) // hears what comes back when the line is closed
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	free := open("")
	all := strings.Repeat("0123456789", 20)
	write(t, free, all)
	if err := free.Close(); err != nil {
		t.Error(err)
	}
	got := ""
	buf := make([]byte, 256)
	for end := time.Now().Add(5 * time.Second); len(got) < len(all) && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		n, _ := raw.Read(buf) // nothing yet is no error that matters
		got += string(buf[:max(n, 0)])
	}
	if !strings.HasSuffix(got, all) {
		t.Errorf("of %d bytes that were written before the line was closed, %d came back", len(all), len(got))
	}
}

// TestGuestUSBPrinter writes to a printer whose paper is out and that takes nothing more: the kernel's write would wait for ever.
func TestGuestUSBPrinter(t *testing.T) {
	if os.Getenv("GUEST_USBLP") == "" {
		t.Skip("no USB printer: make rig runs this test in its guest")
	}
	if out, err := exec.Command("usbgadget", "printer").CombinedOutput(); err != nil {
		t.Fatalf("usbgadget: %v\n%s", err, out)
	}
	var far *os.File
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		var err error
		if far, err = os.OpenFile("/dev/g_printer0", os.O_RDWR|unix.O_NONBLOCK, 0); err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	defer far.Close()
	c, err := port.Open(t.Context(), "/dev/usb/lp0", port.Line{})
	for end := time.Now().Add(10 * time.Second); err != nil && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		c, err = port.Open(t.Context(), "/dev/usb/lp0", port.Line{})
	}
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const setStatus, outOfPaper = 0xC0016722, 0x30 // GADGET_SET_PRINTER_STATUS; no paper, selected (USB Printer Class 1.1)
	raw, err := far.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var told error
	if err := raw.Control(func(fd uintptr) { told = unix.IoctlSetInt(int(fd), setStatus, outOfPaper) }); err != nil || told != nil {
		t.Fatal(err, told)
	}
	start := time.Now()
	n, err := c.Write(make([]byte, 1<<20)) // more than all buffers on the way hold
	if err == nil || n == 1<<20 || !strings.Contains(err.Error(), "paper") {
		t.Errorf("a printer without paper took %d bytes: %v", n, err)
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("the write took %v", took)
	}
	t.Logf("%d bytes, then after %v: %v", n, time.Since(start), err)
	start = time.Now()
	if err := c.SetReadDeadline(start.Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("nothing to read: %v after %v", err, time.Since(start))
	}
	gone := make(chan error, 1)
	if err := c.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := c.Read(make([]byte, 1))
		gone <- err
	}()
	time.Sleep(50 * time.Millisecond) // so that it is likely to wait already
	if out, err := exec.Command("usbgadget", "unplug").CombinedOutput(); err != nil {
		t.Fatalf("usbgadget: %v\n%s", err, out)
	}
	select {
	case err := <-gone:
		if !errors.Is(err, port.ErrHangup) {
			t.Errorf("torn out: %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("nobody notices that the printer was torn out")
	}
}
