package devicetest_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/drivers"
	"halld/devices/escpos"
	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/sim"
)

// slowPrinter prints slower than its line brings a ticket of pictures, and says so with XON and XOFF.
func slowPrinter(t *testing.T) *profile.Profile {
	p := model(t, "epson-tm", func(pr *profile.Printer) { pr.Speed, pr.ConfirmMS, pr.NativeQR = 20, 10_000, false })
	p.Line.Baud, p.Line.Flow = 115200, "xonxoff"
	return p
}

// longSlip is a ticket of some 20 KB, which is five times what such a printer holds.
func longSlip(number string) devices.Slip {
	s := slip(number)
	s.Template = strings.Repeat("{code:{{url}}; option:qrcode,8,H}\n", 3) + "{{number}}\n"
	return s
}

// Over a real tty: XOFF stops the kernel in the middle of a ticket, XON lets it go on, no byte is lost and none is sent twice, and the ticket is proved.
func TestXOFFOverATty(t *testing.T) {
	t.Parallel()
	prof := slowPrinter(t)
	p := plugWith[*sim.Printer](t, prof, 0, nil)
	proof, err := p.dev.(devices.Printer).Print(t.Context(), longSlip("A123"), func() error { return nil })
	if err != nil || proof != devices.ByProcessID {
		t.Fatalf("%q, %v; %d bytes lost", proof, err, p.sim.Overrun())
	}
	want, err := escpos.Render(longSlip("A123"), prof, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := p.sim.Receipts()
	if len(want.Bytes) < 15_000 || p.sim.XOFFs() < 2 {
		t.Fatalf("%d bytes and %d times XOFF: the test tries nothing", len(want.Bytes), p.sim.XOFFs())
	}
	if len(got) != 1 || !bytes.HasSuffix(got[0].Raw, want.Bytes[2:]) || p.sim.Overrun() != 0 {
		t.Errorf("%d papers, %d bytes lost, %d of %d bytes printed", len(got), p.sim.Overrun(), len(got[0].Raw), len(want.Bytes))
	}
	if len(p.problems) != 0 {
		t.Errorf("a printer that takes its time: %+v", <-p.problems)
	}
}

// The same printer on a line that is set to no flow control loses bytes: the test above would see it. Whether its proof is among them is chance.
func TestXOFFThatNobodyHeeds(t *testing.T) {
	t.Parallel()
	prof := slowPrinter(t)
	prof.Printer.ConfirmMS = 1000
	s, err := sim.New("printer", prof, sim.Options{ID: "it"})
	if err != nil {
		t.Fatal(err)
	}
	name, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := port.Open(t.Context(), name, port.Line{Baud: prof.Line.Baud, Format: prof.Line.Format})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Close()
		_ = conn.Close()
	})
	deaf := *prof
	deaf.Line.Flow = ""
	dev, err := drivers.All["escpos"](t.Context(), conn, devices.Setting{ID: "it", Profile: &deaf, Log: slog.New(slog.DiscardHandler), Report: func(devices.Problem) {}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = dev.(devices.Printer).Print(t.Context(), longSlip("A123"), func() error { return nil })
	if s.(*sim.Printer).Overrun() == 0 {
		t.Errorf("no byte was lost: %v", err)
	}
}

// Paper runs out while the printer holds its line: it is out of paper and not merely slow, and with paper the rest of the very ticket follows.
func TestPaperOutBehindXOFF(t *testing.T) {
	t.Parallel()
	p := plugWith[*sim.Printer](t, slowPrinter(t), 0, nil)
	over := make(chan error, 1)
	go func() {
		_, err := p.dev.(devices.Printer).Print(t.Context(), longSlip("A123"), func() error { return nil })
		over <- err
	}()
	within(t, 20*time.Second, "the printer never said XOFF", func() bool { return p.sim.XOFFs() > 0 })
	if err := p.sim.SetFault("paper-out", true); err != nil {
		t.Fatal(err)
	}
	for told := false; !told; {
		select {
		case got := <-p.problems:
			if got.Code == "write-stalled" {
				t.Errorf("a printer without paper is %+v", got)
			}
			told = got.Code == "paper-out"
		case err := <-over:
			t.Fatalf("the print ended: %v", err)
		case <-time.After(20 * time.Second):
			t.Fatal("nobody says that the paper is out")
		}
	}
	if err := p.sim.SetFault("paper-out", false); err != nil {
		t.Fatal(err)
	}
	if err := <-over; err != nil {
		t.Errorf("with paper: %v", err)
	}
	if got := p.sim.Receipts(); len(got) != 1 || !strings.Contains(got[0].Text, "A123") || p.sim.Overrun() != 0 {
		t.Errorf("%d papers, %d bytes lost", len(got), p.sim.Overrun())
	}
}
