package rack_test

import (
	"errors"
	"log/slog"
	"net"
	"strconv"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/drivers"
	"halld/devices/rack"
	"halld/devices/sim"
)

// A printer that the hall file names by its host alone is reached at the port of its model.
func TestPrinterAtTheUsualPort(t *testing.T) {
	t.Parallel()
	set := profiles(t)
	shipped, err := set.Get("epson-tm")
	if err != nil {
		t.Fatal(err)
	}
	printer, err := sim.New("printer", shipped, sim.Options{TCP: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	name, err := printer.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = printer.Close() })
	if shipped.Line.TCP != 9100 {
		t.Errorf("the shipped model listens at %d", shipped.Line.TCP)
	}
	_, at, err := net.SplitHostPort(name[len("tcp:"):])
	if err != nil {
		t.Fatal(name, err)
	}
	shipped.Line.TCP, _ = strconv.Atoi(at) // of this set of profiles alone
	r := rack.New(rack.Options{Openers: drivers.All, Profiles: set, Log: slog.New(slog.DiscardHandler)})
	if err := r.Start(t.Context(), []rack.Config{{ID: "printer-1", Kind: "printer", Profile: "epson-tm", Port: "tcp:127.0.0.1"}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	within(t, 10*time.Second, "the printer is not well", func() bool { h := health(r, "printer-1"); return h.State == "ok" && !h.LastSeen.IsZero() })
}

// shared starts a simulated printer that serves one host at a time, and a rack that knows it or does not.
func shared(t *testing.T, known bool) (*sim.Printer, *rack.Rack, string) {
	t.Helper()
	theirs, err := profiles(t).Get("epson-tm")
	if err != nil {
		t.Fatal(err)
	}
	theirs.Printer.TCP.PerJob, theirs.Printer.TCP.IdleS = true, 0
	printer, err := sim.New("printer", theirs, sim.Options{TCP: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	name, err := printer.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = printer.Close() })
	set := profiles(t)
	ours, err := set.Get("epson-tm")
	if err != nil {
		t.Fatal(err)
	}
	ours.Printer.TCP.PerJob, ours.Line.ReplyMS = known, 1500
	r := rack.New(rack.Options{Openers: drivers.All, Profiles: set, Log: slog.New(slog.DiscardHandler)})
	if err := r.Start(t.Context(), []rack.Config{{ID: "printer-1", Kind: "printer", Profile: "epson-tm", Port: name}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	within(t, 10*time.Second, "the printer is not well", func() bool { h := health(r, "printer-1"); return h.State == "ok" && !h.LastSeen.IsZero() })
	return printer.(*sim.Printer), r, name[len("tcp:"):]
}

// served says whether another host is answered within a time. It goes on holding the printer until the test lets it go.
func served(t *testing.T, address string, within time.Duration) (bool, net.Conn) {
	t.Helper()
	other, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	if _, err := other.Write([]byte{0x10, 0x04, 0x01}); err != nil {
		t.Fatal(err)
	}
	if err := other.SetReadDeadline(time.Now().Add(within)); err != nil {
		t.Fatal(err)
	}
	n, _ := other.Read(make([]byte, 1))
	return n == 1, other
}

func ticketOn(t *testing.T, r *rack.Rack, number string, started *bool) (devices.Proof, error) {
	t.Helper()
	d, there := r.Get("printer-1")
	if !there {
		t.Fatal("the printer is away")
	}
	return d.(devices.Printer).Print(t.Context(), devices.Slip{Job: number + "#1", Hall: "清溪", Number: number, Business: "户籍", Ahead: -1, Copy: 1}, func() error { *started = true; return nil })
}

// A printer that serves one host at a time is let go behind every ticket: others print meanwhile. While one of them does, a ticket is not begun and can be
// sent later; a second host is no broken cable.
func TestPrinterThatOthersUse(t *testing.T) {
	t.Parallel()
	printer, r, address := shared(t, true)
	begun := false
	const number = "A001"
	if proof, err := ticketOn(t, r, number, &begun); err != nil || proof != devices.ByProcessID || !begun {
		t.Fatalf("%s: %q, %v", number, proof, err)
	}
	ok, other := served(t, address, 10*time.Second)
	if !ok {
		t.Fatal("another host is not served")
	}
	begun = false
	var pe *devices.PrintError
	if _, err := ticketOn(t, r, "A009", &begun); !errors.As(err, &pe) || !pe.Nothing || begun || pe.Problem.Code != "silent" {
		t.Fatalf("while another host has the printer: %v, begun %v", err, begun)
	}
	if h := health(r, "printer-1"); h.State != "ok" {
		t.Errorf("while another host has the printer: %+v", h.Problems)
	}
	_ = other.Close()
	within(t, 20*time.Second, "the printer is not free again", func() bool { _, err := ticketOn(t, r, "B001", &begun); return err == nil })
	if got := printer.Receipts(); len(got) != 2 || printer.Overrun() != 0 {
		t.Errorf("%d papers", len(got))
	}
	// switched off: that is noticed
	if err := printer.SetFault("unplugged", true); err != nil {
		t.Fatal(err)
	}
	within(t, 30*time.Second, "nobody says that it is away", func() bool { return has(r, "printer-1", "unplugged") })
	if err := printer.SetFault("unplugged", false); err != nil {
		t.Fatal(err)
	}
	within(t, 10*time.Second, "it is not back", func() bool { return health(r, "printer-1").State == "ok" })
}

// Of a model that is not known to be so the connection is kept, and others wait: the test above would see it.
func TestPrinterThatIsKept(t *testing.T) {
	t.Parallel()
	_, _, address := shared(t, false)
	if ok, _ := served(t, address, 1500*time.Millisecond); ok {
		t.Error("another host was served")
	}
}
