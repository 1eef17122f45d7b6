package rack_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/devicetest"
	"halld/devices/drivers"
	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/rack"
	"halld/devices/sim"
	"halld/devices/wire"
)

// one starts one simulated device and a rack that keeps it.
func one(t *testing.T, profile, kind string, o rack.Options) (sim.Device, *rack.Rack, rack.Config) {
	t.Helper()
	o.Profiles = profiles(t)
	p, err := o.Profiles.Get(profile)
	if err != nil {
		t.Fatal(err)
	}
	if p.Line.ReplyMS > 0 {
		p.Line.ReplyMS = 3000 // a busy machine is no silent board
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
	t.Parallel()
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
	if zh, en := h.Words(); h.Hearing != devices.Answers || zh != "正常" || en != "Working" || time.Since(r.Answered("it")) > time.Minute {
		t.Errorf("a board that answered: %s, %s, %s", h.Hearing, zh, en)
	}
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
	if h := health(r, "it"); h.Hearing != devices.OnlyListens || h.State != "ok" {
		t.Errorf("a board that only listens: %+v", h)
	} else if zh, en := h.Words(); strings.Contains(zh, "正常") || !strings.Contains(zh, "只发不收") || !strings.Contains(en, "not confirmed") {
		t.Errorf("it is said to be %s, %s", zh, en)
	}
	if err := r.Saw("it", "王芳", time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)); err != nil {
		t.Error(err)
	}
	h = health(r, "it")
	if zh, _ := h.Words(); h.Witness == nil || !strings.Contains(zh, "王芳 03-02 09:00") {
		t.Errorf("who saw it: %s", zh)
	}
	if err := r.Saw("no", "王芳", time.Now()); !errors.Is(err, rack.ErrUnknown) {
		t.Errorf("somebody saw what is not there: %v", err)
	}
}

// On a bus a board counts as seen when itself answered, not when others did.
func TestSeenOnABus(t *testing.T) {
	t.Parallel()
	b, _, cfgs := bus(t, 3)
	b.Kill(2, true)
	r := start(t, rack.Options{}, cfgs...)
	within(t, 5*time.Second, "the boards are not there", func() bool { return show(t.Context(), r, 1, "A001") == nil && show(t.Context(), r, 3, "A003") == nil })
	if err := show(t.Context(), r, 2, "A002"); err == nil {
		t.Fatal("a dead board took a frame")
	}
	if health(r, "board-1").Hearing != devices.Answers || health(r, "board-2").Hearing != devices.NeverAnswered {
		t.Errorf("heard: %s, %s", health(r, "board-1").Hearing, health(r, "board-2").Hearing)
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

// On a bus one board is opened anew while the others keep their place. Where the line itself has to change, all are, and the others are named.
func TestRestartOnABus(t *testing.T) {
	t.Parallel()
	b, _, cfgs := bus(t, 3)
	set := profiles(t)
	onbon, err := set.Get("onbon-bx5k")
	if err != nil {
		t.Fatal(err)
	}
	own := *onbon
	own.ID = "own" // that can be changed
	if err := set.Put("own.toml", []*profile.Profile{&own}); err != nil {
		t.Fatal(err)
	}
	for i := range cfgs {
		cfgs[i].Profile = "own"
	}
	var ups sync.Map
	r := rack.New(rack.Options{Openers: drivers.All, Profiles: set, OnUp: func(id string) {
		n, _ := ups.LoadOrStore(id, new(atomic.Int32))
		n.(*atomic.Int32).Add(1)
	}})
	if err := r.Start(t.Context(), cfgs); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	count := func(id string) int32 {
		n, ok := ups.Load(id)
		if !ok {
			return 0
		}
		return n.(*atomic.Int32).Load()
	}
	all := func(n ...int) func() bool {
		return func() bool {
			for i, want := range n {
				if _, ok := r.Get(cfgs[i].ID); !ok || count(cfgs[i].ID) != int32(want) {
					return false
				}
			}
			return true
		}
	}
	within(t, 5*time.Second, "the boards are not there", all(1, 1, 1))
	first, _ := r.Get("board-1")
	old, _ := r.Get("board-2")
	for range 3 { // again and again
		n := count("board-2")
		if also, err := r.Restart("board-2"); err != nil || len(also) > 0 {
			t.Fatalf("restart: %v %v", also, err)
		}
		within(t, 5*time.Second, "the board is not back", func() bool { _, ok := r.Get("board-2"); return ok && count("board-2") == n+1 })
	}
	within(t, 5*time.Second, "the others did not keep their place", all(1, 4, 1))
	if now, _ := r.Get("board-1"); now != first {
		t.Error("the first board was opened anew")
	}
	if now, _ := r.Get("board-2"); now == old {
		t.Error("the second board was not opened anew")
	}
	for i := 1; i <= 3; i++ {
		if err := show(t.Context(), r, i, fmt.Sprintf("A00%d", i)); err != nil {
			t.Errorf("board %d: %v", i, err)
		}
		within(t, 5*time.Second, "a board does not show its number", func() bool { return strings.Contains(b.Board(i).Text(), fmt.Sprintf("A00%d", i)) })
	}

	faster := own
	faster.Line.Baud = 115200
	if err := set.Put("own.toml", []*profile.Profile{&faster}); err != nil {
		t.Fatal(err)
	}
	also, err := r.Restart("board-2")
	slices.Sort(also)
	if err != nil || !slices.Equal(also, []string{"board-1", "board-3"}) {
		t.Errorf("restart at another speed: %v %v", also, err)
	}
	within(t, 5*time.Second, "not all came back", all(2, 5, 2))

	if err := b.SetFault("unplugged", true); err != nil {
		t.Fatal(err)
	}
	within(t, 5*time.Second, "nobody sees that the bus is unplugged", func() bool { return has(r, "board-1", "unplugged") && has(r, "board-2", "unplugged") })
	if err := b.SetFault("unplugged", false); err != nil {
		t.Fatal(err)
	}
	within(t, 10*time.Second, "the bus is not back", all(3, 6, 3))
}

// A port goes to the bench and comes back: meanwhile its device is named as being there, and nobody else holds the port.
func TestAPortOnTheBench(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	var ups atomic.Int32
	dev, r, _ := one(t, "onbon-bx5k", "board", rack.Options{OnUp: func(string) { ups.Add(1) },
		Exercise: func(ctx context.Context, d devices.Device, window int) error {
			return devicetest.Exercise(ctx, d, devicetest.Way{Window: window})
		}})
	board := dev.(*sim.Board)
	before := ups.Load()
	if also, err := r.Restart("it"); err != nil || len(also) > 0 {
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
	_, restart := r.Restart("no")
	for what, err := range map[string]error{"probe": r.Probe(t.Context(), "no"), "send": r.Send(t.Context(), "no", nil), "restart": restart} {
		if !errors.Is(err, rack.ErrUnknown) {
			t.Errorf("%s of a device that is not: %v", what, err)
		}
	}
}
