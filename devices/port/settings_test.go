package port_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"halld/devices/port"
)

// What tarm/serial cannot set arrives at the tty: any rate, flow control. A pseudo terminal keeps no parity; that is proved on a real UART.
func TestLineSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line  port.Line
		speed uint32
		cts   bool
		xon   bool
	}{
		{port.Line{Baud: 14400, Format: "8N1"}, 14400, false, false}, {port.Line{Baud: 9600, Format: "8N2"}, 9600, false, false}, {port.Line{Baud: 128000}, 128000, false, false},
		{port.Line{Baud: 250000, Format: "8N1", Flow: "xonxoff"}, 250000, false, true}, {port.Line{Baud: 115200, Format: "8N1", Flow: "rtscts"}, 115200, true, false},
	} {
		pty, err := port.OpenPTY()
		if err != nil {
			t.Fatal(err)
		}
		conn, err := port.Open(t.Context(), pty.Name(), c.line)
		if err != nil {
			t.Errorf("%+v: %v", c.line, err)
			_ = pty.Close()
			continue
		}
		raw, err := pty.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		if err := raw.Control(func(fd uintptr) { // the master shows the settings of its slave
			tio, err := unix.IoctlGetTermios(int(fd), unix.TCGETS2)
			if err != nil {
				t.Fatal(err)
			}
			if tio.Ospeed != c.speed || (tio.Cflag&unix.CRTSCTS != 0) != c.cts || (tio.Iflag&(unix.IXON|unix.IXOFF) != 0) != c.xon || tio.Iflag&unix.IXANY != 0 || tio.Lflag != 0 {
				t.Errorf("%+v: %d baud, cflag %x, iflag %x, lflag %x", c.line, tio.Ospeed, tio.Cflag, tio.Iflag, tio.Lflag)
			}
			if stop := tio.Cflag&unix.CSTOPB != 0; stop != strings.HasSuffix(c.line.Format, "2") {
				t.Errorf("%+v: two stop bits: %v", c.line, stop)
			}
		}); err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
		_ = pty.Close()
	}
	pty, err := port.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	defer pty.Close()
	if _, err := port.Open(t.Context(), pty.Name(), port.Line{Baud: 9600, RS485: "kernel"}); err == nil || !strings.Contains(err.Error(), "leave rs485 out") {
		t.Errorf("a line that cannot be switched: %v", err)
	}
}

// XOFF stops what is written, XON lets it go on, and neither is handed on as data. Without flow control both are data.
func TestXOFFStopsTheLine(t *testing.T) {
	t.Parallel()
	for _, flow := range []string{"xonxoff", ""} {
		pty, err := port.OpenPTY()
		if err != nil {
			t.Fatal(err)
		}
		defer pty.Close()
		conn, err := port.Open(t.Context(), pty.Name(), port.Line{Baud: 115200, Flow: flow})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if pty.HeedsXOFF() != (flow == "xonxoff") {
			t.Errorf("flow %q: the far end says it heeds XOFF: %v", flow, pty.HeedsXOFF())
		}
		if _, err := pty.Write([]byte{0x41, 0x13}); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 8)
		if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if n, err := conn.Read(got[:1]); n != 1 || got[0] != 0x41 { // the kernel is through with what was sent
			t.Fatalf("%d bytes, %v", n, err)
		}
		sent := make(chan error, 1)
		go func() {
			_, err := conn.Write([]byte("held"))
			sent <- err
		}()
		if err := pty.SetReadDeadline(time.Now().Add(700 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		n, err := pty.Read(got)
		if held := errors.Is(err, os.ErrDeadlineExceeded); held != (flow == "xonxoff") {
			t.Fatalf("flow %q behind XOFF: %q, %v", flow, got[:n], err)
		}
		if _, err := pty.Write([]byte{0x11, 0x42}); err != nil {
			t.Fatal(err)
		}
		if err := <-sent; err != nil {
			t.Errorf("flow %q behind XON: %v", flow, err)
		}
		if flow == "xonxoff" {
			if err := pty.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if n, err := io.ReadFull(pty, got[:4]); string(got[:n]) != "held" {
				t.Errorf("behind XON: %q, %v", got[:n], err)
			}
		}
		want := map[string]string{"xonxoff": "B", "": "\x13\x11B"}[flow]
		if n, err := io.ReadFull(conn, got[:len(want)]); string(got[:n]) != want {
			t.Errorf("flow %q: handed on %q, %v; want %q", flow, got[:n], err, want)
		}
	}
}

// The line is held for this program alone. Root may open it all the same, so the test asks the kernel.
func TestPortIsTakenForOneProgram(t *testing.T) {
	t.Parallel()
	pty, c := pair(t)
	slave, err := unix.Open(pty.Name(), unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Skipf("this account is shut out, as it should be: %v", err)
	}
	defer unix.Close(slave)
	if held, err := unix.IoctlGetInt(slave, unix.TIOCGEXCL); err != nil || held != 1 {
		t.Errorf("the line is not held: %d, %v", held, err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if held, err := unix.IoctlGetInt(slave, unix.TIOCGEXCL); err != nil || held != 0 {
		t.Errorf("the line is held after Close: %d, %v", held, err)
	}
}

// Three seconds of trying a port that is away, and of reading one that hung up, cost next to no processor time.
func TestAwayCostsNothing(t *testing.T) {
	pty, c := pair(t)
	_ = pty.Close()
	var before, after syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if _, err := c.Read(make([]byte, 16)); !errors.Is(err, port.ErrHangup) {
			t.Fatalf("a dead port: %v", err)
		}
		if _, err := port.Open(context.Background(), "/dev/no-such-tty", port.Line{Baud: 9600}); !errors.Is(err, port.ErrNotThere) {
			t.Fatal(err)
		}
	}
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &after); err != nil {
		t.Fatal(err)
	}
	if used := time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()); used > time.Second {
		t.Errorf("%v of processor time in 3 s", used)
	}
}

func TestListIsReadable(t *testing.T) {
	t.Parallel()
	all, err := port.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.Name == "" || f.Kind == "" {
			t.Errorf("%+v", f)
		}
	}
}
