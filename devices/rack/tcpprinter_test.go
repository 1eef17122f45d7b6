package rack_test

import (
	"log/slog"
	"net"
	"strconv"
	"testing"
	"time"

	"halld/devices/drivers"
	"halld/devices/rack"
	"halld/devices/sim"
)

// A printer that the hall file names by its host alone is reached at the port of its model.
func TestPrinterAtTheUsualPort(t *testing.T) {
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
