package rack_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/devicetest"
	"halld/devices/port"
	"halld/devices/rack"
	"halld/devices/sim"
	"halld/devices/wire"
)

// one starts one simulated device and a rack that keeps it.
func one(t *testing.T, profile, kind string, o rack.Options) (sim.Device, *rack.Rack, rack.Config) {
	t.Helper()
	p, err := profiles(t).Get(profile)
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "port")
	dev, err := sim.New(kind, p, sim.Options{ID: "it", Address: 3, Link: link})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dev.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dev.Close() })
	cfg := rack.Config{ID: "it", Kind: kind, Profile: profile, Port: link, Window: 3, Address: 3}
	r := start(t, o, cfg)
	within(t, 5*time.Second, "the device is not there", func() bool { _, ok := r.Get("it"); return ok })
	return dev, r, cfg
}

func health(r *rack.Rack, id string) devices.Health {
	for _, h := range r.Health() {
		if h.ID == id {
			return h
		}
	}
	return devices.Health{}
}

// What goes over a line is kept and told in both directions, and last seen is what was received: for a board that never answers it stays empty.
func TestALineIsWatched(t *testing.T) {
	_, r, _ := one(t, "onbon-bx5k", "board", rack.Options{})
	log, err := r.Line("it")
	if err != nil {
		t.Fatal(err)
	}
	_, ch, stop := log.Watch(64)
	defer stop()
	d, _ := r.Get("it")
	if err := d.(devices.Board).Show(t.Context(), devices.Face{Window: 3, Number: "A012", Mode: devices.Calling}); err != nil {
		t.Fatal(err)
	}
	p, err := r.Profile("it")
	if err != nil {
		t.Fatal(err)
	}
	words := wire.NewReader(p)
	var said []string
	for deadline := time.After(5 * time.Second); len(said) < 2; {
		select {
		case piece := <-ch:
			for _, e := range words.Read(piece) {
				said = append(said, wire.Words(e))
				if piece.Device != "it" || piece.Out != (len(said) == 1) {
					t.Errorf("piece %d: %+v", len(said), piece)
				}
			}
		case <-deadline:
			t.Fatalf("only %q was told", said)
		}
	}
	if !strings.Contains(said[0], "A012") || strings.HasPrefix(said[1], "?") {
		t.Errorf("read as %q", said)
	}
	h := health(r, "it")
	if h.SendOnly || time.Since(h.LastSeen) > time.Minute || h.LastSent.IsZero() {
		t.Errorf("health: %+v", h)
	}

	_, r, _ = one(t, "yongtai", "board", rack.Options{})
	d, _ = r.Get("it")
	if err := errors.Join(d.Probe(t.Context()), d.(devices.Board).Show(t.Context(), devices.Face{Window: 3, Number: "A012", Mode: devices.Calling})); err != nil {
		t.Fatal(err)
	}
	if h := health(r, "it"); !h.SendOnly || !h.LastSeen.IsZero() || h.LastSent.IsZero() {
		t.Errorf("a board that never answers was seen: %+v", h)
	}
}

// On a bus a board counts as seen when itself answered, not when others did.
func TestSeenOnABus(t *testing.T) {
	b, _, cfgs := bus(t, 3)
	b.Kill(2, true)
	r := start(t, rack.Options{}, cfgs...)
	within(t, 5*time.Second, "the boards are not there", func() bool { return show(t.Context(), r, 1, "A001") == nil && show(t.Context(), r, 3, "A003") == nil })
	if err := show(t.Context(), r, 2, "A002"); err == nil {
		t.Fatal("a dead board took a frame")
	}
	if health(r, "board-1").LastSeen.IsZero() || health(r, "board-3").LastSeen.IsZero() || !health(r, "board-2").LastSeen.IsZero() {
		t.Errorf("seen: %v, %v, %v", health(r, "board-1").LastSeen, health(r, "board-2").LastSeen, health(r, "board-3").LastSeen)
	}
	if err := r.Send(t.Context(), "board-1", []byte{0x55}); err != nil {
		t.Fatal(err)
	}
	log, err := r.Line("board-3")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(log.Past(), func(p wire.Piece) bool { return p.Out && p.Device == "board-1" && string(p.Bytes) == "U" }) {
		t.Error("what was sent for one device is not seen on the line of the other")
	}
}

// A port goes to the bench and comes back: meanwhile its device is named as being there, and nobody else holds the port.
func TestAPortOnTheBench(t *testing.T) {
	var ups atomic.Int32
	_, r, cfg := one(t, "onbon-bx5k", "board", rack.Options{OnUp: func(string) { ups.Add(1) }})
	giveBack, err := r.Lend(t.Context(), cfg.Port)
	if err != nil {
		t.Fatal(err)
	}
	if !has(r, "it", "on-bench") || health(r, "it").State != "warning" {
		t.Errorf("health of a device on the bench: %+v", health(r, "it"))
	}
	if _, err := r.Lend(t.Context(), cfg.Port); !errors.Is(err, rack.ErrLent) {
		t.Errorf("lent twice: %v", err)
	}
	if err := r.Probe(t.Context(), "it"); !errors.Is(err, rack.ErrAway) {
		t.Errorf("probe of a device on the bench: %v", err)
	}
	conn, err := port.Open(t.Context(), cfg.Port, port.Line{Baud: 9600, Format: "8N1"})
	if err != nil {
		t.Fatalf("the port is not free: %v", err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	before := ups.Load()
	giveBack()
	giveBack()
	within(t, 5*time.Second, "the device is not back", func() bool { return ups.Load() > before })
	within(t, time.Second, "the problem did not end", func() bool { return !has(r, "it", "on-bench") })
	if past := r.Past("it"); len(past) != 1 || past[0].Code != "on-bench" || past[0].Ended.IsZero() {
		t.Errorf("what is over: %+v", past)
	}
}

// A changed profile is taken up by opening the device anew; exercise and identify reach the board, and the present face comes back after them.
func TestTheBench(t *testing.T) {
	var ups atomic.Int32
	dev, r, _ := one(t, "onbon-bx5k", "board", rack.Options{OnUp: func(string) { ups.Add(1) },
		Exercise: func(ctx context.Context, d devices.Device) error { return devicetest.Exercise(ctx, d) }})
	board := dev.(*sim.Board)
	before := ups.Load()
	if err := r.Restart("it"); err != nil {
		t.Fatal(err)
	}
	within(t, 5*time.Second, "it was not opened anew", func() bool { _, ok := r.Get("it"); return ok && ups.Load() > before })
	shown, err := r.Identify(t.Context(), "it")
	if err != nil || !shown || board.Text() != "3号窗口" {
		t.Errorf("identify: %v, %v; the board shows %q", shown, err, board.Text())
	}
	before = ups.Load()
	if err := r.Exercise(t.Context(), "it"); err != nil {
		t.Error(err)
	}
	if ups.Load() != before+1 {
		t.Error("nobody was asked to show the present face after the exercise")
	}
	if err := r.Probe(t.Context(), "it"); err != nil {
		t.Error(err)
	}
	for what, err := range map[string]error{"probe": r.Probe(t.Context(), "no"), "send": r.Send(t.Context(), "no", nil), "restart": r.Restart("no")} {
		if !errors.Is(err, rack.ErrUnknown) {
			t.Errorf("%s of a device that is not: %v", what, err)
		}
	}
}
