package rack_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/drivers"
	"halld/devices/port"
	"halld/devices/rack"
	"halld/devices/sim"
)

// A port that says why its device cannot be used is believed: the device is out of paper, not unplugged, and well again once it is.
func TestAwayForTheReasonOfThePort(t *testing.T) {
	t.Parallel()
	p, err := profiles(t).Get("epson-tm")
	if err != nil {
		t.Fatal(err)
	}
	printer, err := sim.New("printer", p, sim.Options{Link: filepath.Join(t.TempDir(), "port")})
	if err != nil {
		t.Fatal(err)
	}
	name, err := printer.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = printer.Close() })
	var loaded atomic.Bool
	r := rack.New(rack.Options{Profiles: profiles(t), Log: slog.New(slog.DiscardHandler), Openers: map[string]devices.Opener{
		"escpos": func(ctx context.Context, conn devices.Port, set devices.Setting) (devices.Device, error) {
			if !loaded.Load() {
				return nil, fmt.Errorf("open %s: %w", set.ID, port.ErrNoPaper)
			}
			return drivers.All["escpos"](ctx, conn, set)
		}}})
	if err := r.Start(t.Context(), []rack.Config{{ID: "printer-1", Kind: "printer", Profile: "epson-tm", Port: name}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	within(t, 5*time.Second, "nobody says that its paper is out", func() bool { return has(r, "printer-1", "paper-out") })
	if has(r, "printer-1", "unplugged") || has(r, "printer-1", "bad-profile") || r.Missing("printer-1") != "paper-out" {
		t.Errorf("away for %q: %+v", r.Missing("printer-1"), health(r, "printer-1"))
	}
	loaded.Store(true)
	within(t, 10*time.Second, "with paper it is not well", func() bool { return health(r, "printer-1").State == "ok" })
}
