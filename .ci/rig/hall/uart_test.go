package hall

import (
	"strings"
	"testing"
	"time"

	"rig/vm"
)

// TestBreak: a caller unit is pulled off a UART and put on again, which the line sees as a break, in the middle of a frame and before one. The key that is
// pressed afterwards calls.
func TestBreak(t *testing.T) {
	vm.Need(t)
	guest := vm.Boot(t, vm.Config{Memory: 384, Files: map[string]string{"/app/halld": program(t)}, Ports: []int{8080}, UARTs: 2, Trace: []string{"serial_update_parameters"}})
	brk := func(uart string) {
		if _, err := guest.QMP("chardev-send-break", map[string]string{"id": uart}); err != nil {
			t.Fatal(err)
		}
	}

	// What a break looks like: one byte of zeros.
	listen := guest.DialUART(t, 2)
	guest.Spawn(t, "monitor", "/app/halld device monitor /dev/ttyS2 --profile caller-ff68")
	guest.WaitFor(t, 10*time.Second, "ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q ttyS2")
	time.Sleep(200 * time.Millisecond) // it is open twice, and set between the two
	for _, b := range []string{"\xFF\x68\x03\x03", "break", "\xFF\x68\x03\x03\x68\x01\x01\x0C\x0E\x16"} {
		if b == "break" {
			brk("uart2")
		} else if _, err := listen.Write([]byte(b)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond)
	}
	within(t, 10*time.Second, "the frame behind the break was not read", func() bool { return strings.Contains(guest.Log(t, "monitor"), "key=call") })
	log := guest.Log(t, "monitor")
	var bytes []string
	for line := range strings.Lines(log) {
		if _, hex, ok := strings.Cut(line, " < "); ok {
			bytes = append(bytes, strings.TrimSpace(hex))
		}
	}
	if got, want := strings.Join(bytes, " "), "FF 68 03 03 00 FF 68 03 03 68 01 01 0C 0E 16"; got != want {
		t.Errorf("the program read %s\nwant             %s", got, want)
	}
	t.Logf("halld device monitor:\n%s", log)

	// The same in a hall.
	unit := guest.DialUART(t, 1)
	h := open(t, guest, "[[device]]\nid = \"caller-1\"\nkind = \"caller+pad\"\nprofile = \"caller-ff68\"\nport = \"/dev/ttyS1\"\nwindow = \"1\"\naddress = 1\n")
	within(t, 20*time.Second, "the caller is not there", func() bool { return h.device("caller-1").State == "ok" })
	first := h.issue("none")
	h.window("open")
	if _, err := unit.Write([]byte("\xFF\x68\x03\x03\x68\x01")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	brk("uart1")
	time.Sleep(200 * time.Millisecond) // the unit has come to itself
	brk("uart1")
	if _, err := unit.Write([]byte("\xFF\x68\x03\x03\x68\x01\x01\x0C\x0E\x16")); err != nil {
		t.Fatal(err)
	}
	took := within(t, 5*time.Second, "the key does not call", func() bool { return h.ticket(first.ID).State == "called" })
	t.Logf("key to called: %v", took.Round(time.Millisecond))
	if got := h.device("caller-1"); got.State == "failing" {
		t.Errorf("after two breaks the caller is %+v", got)
	}
	if want := "baudrate=9600 parity='N' data=8 stop=1"; !strings.Contains(guest.Trace(), want) {
		t.Errorf("the UART was never set to %s", want)
	}
}
