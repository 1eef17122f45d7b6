package escpos

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/profile"
)

// wired is a driver at one end of a line that holds nothing: what it writes waits until the test reads it.
func wired(t *testing.T, pr profile.Printer, line profile.Line, set map[string]string) (*Printer, net.Conn) {
	t.Helper()
	here, there := net.Pipe()
	pr.Dots, pr.Columns, pr.BandRows, pr.Charset = 384, 32, 24, "gb18030"
	dev, err := Open(t.Context(), here, devices.Setting{ID: "printer-1", Profile: &profile.Profile{ID: "test", Line: line, Printer: &pr}, Set: set, Report: func(devices.Problem) {}})
	if err != nil {
		t.Fatal(err)
	}
	p := dev.(*Printer)
	t.Cleanup(func() {
		_ = here.Close()
		_ = there.Close()
		<-p.ended
	})
	return p, there
}

// XOFF stops the ticket where it is, XON lets the rest of it follow, and nothing is lost or sent twice.
func TestXOFFHoldsTheTicket(t *testing.T) {
	t.Parallel()
	p, far := wired(t, profile.Printer{Confirm: "none", Chunk: 64}, profile.Line{Flow: "xonxoff"}, nil)
	want, err := p.ticket(fullSlip())
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() {
		_, err := p.Print(t.Context(), fullSlip(), func() error { return nil })
		over <- err
	}()
	got := make([]byte, 64)
	if _, err := io.ReadFull(far, got); err != nil {
		t.Fatal(err)
	}
	if _, err := far.Write([]byte{0x13}); err != nil {
		t.Fatal(err)
	}
	for held := false; !held; time.Sleep(time.Millisecond) {
		p.state.Lock()
		held = !p.held.IsZero()
		p.state.Unlock()
	}
	if err := far.SetReadDeadline(time.Now().Add(1500 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	onItsWay, err := io.ReadAll(far) // until the deadline
	if !errors.Is(err, os.ErrDeadlineExceeded) || len(onItsWay) > 64 {
		t.Fatalf("%d bytes came after XOFF, %v; only the piece that was on its way may", len(onItsWay), err)
	}
	got = append(got, onItsWay...)
	if err := far.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := far.Write([]byte{0x11}); err != nil {
		t.Fatal(err)
	}
	rest := make([]byte, len(want)-len(got))
	if _, err := io.ReadFull(far, rest); err != nil {
		t.Fatal(err)
	}
	if got = append(got, rest...); !bytes.Equal(got, want) {
		t.Error("the ticket that came is not the one that was printed")
	}
	var pe *devices.PrintError
	if err := <-over; !errors.As(err, &pe) || pe.Nothing {
		t.Errorf("print: %v", err)
	}
}

// What a presenter is told stands behind the cut: present if the model has it, else eject, and never for one without.
func TestPresenterIsToldBehindTheCut(t *testing.T) {
	t.Parallel()
	cut := []byte{0x1D, 0x56, 0x42, 0x00}
	for _, c := range []struct {
		presenter profile.Presenter
		after     string
		want      []byte
	}{
		{profile.Presenter{Present: "1D 65 20 05 00", Eject: "1D 65 05", Retract: "1D 65 02"}, "", []byte{0x1D, 0x65, 0x20, 0x05, 0x00}},
		{profile.Presenter{Eject: "1D 65 05"}, "", []byte{0x1D, 0x65, 0x05}},
		{profile.Presenter{Eject: "1D 65 05"}, "1B 42 01 01", []byte{0x1B, 0x42, 0x01, 0x01, 0x1D, 0x65, 0x05}},
		{profile.Presenter{}, "", nil},
	} {
		m := quirky(t, profile.Printer{Presenter: c.presenter, After: c.after}, "")
		sh, err := newSheet(m, codeSlip(), false)
		if err != nil {
			t.Fatal(err)
		}
		b, err := sh.bytes()
		if err != nil {
			t.Fatal(err)
		}
		if want := append(bytes.Clone(cut), c.want...); !bytes.HasSuffix(b, want) || bytes.Count(b, cut) != 1 {
			t.Errorf("%+v: ends in % X, want % X", c, b[len(b)-12:], want)
		}
	}
}
