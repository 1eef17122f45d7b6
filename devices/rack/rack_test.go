package rack_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"halld/cmd/testmain"
	"halld/devices"
	"halld/devices/drivers"
	"halld/devices/profile"
	"halld/devices/rack"
	"halld/devices/sim"
	firmware "halld/firmware-configs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(testmain.SideBySide(m, 16)) }

func profiles(t *testing.T) *profile.Set {
	t.Helper()
	set, err := profile.Load(firmware.FS)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func start(t *testing.T, o rack.Options, cfgs ...rack.Config) *rack.Rack {
	t.Helper()
	o.Openers, o.Log = drivers.All, slog.New(slog.DiscardHandler)
	if o.Profiles == nil {
		o.Profiles = profiles(t)
	}
	r := rack.New(o)
	if err := r.Start(t.Context(), cfgs); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	return r
}

func within(t *testing.T, d time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %v: %s", d, what)
		}
	}
}

func has(r *rack.Rack, id, code string) bool {
	for _, h := range r.Health() {
		for _, p := range h.Problems {
			if h.ID == id && p.Code == code {
				return true
			}
		}
	}
	return false
}

func bus(t *testing.T, n int) (*sim.Bus, string, []rack.Config) {
	t.Helper()
	return busOf(t, "onbon-bx5k", "board", n)
}

func busOf(t *testing.T, id, name string, n int) (*sim.Bus, string, []rack.Config) {
	t.Helper()
	p, err := profiles(t).Get(id)
	if err != nil {
		t.Fatal(err)
	}
	var addresses []int
	for i := range n {
		addresses = append(addresses, i+1)
	}
	link := filepath.Join(t.TempDir(), "bus")
	b, err := sim.NewBus(p, sim.Options{Link: link}, addresses...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	var cfgs []rack.Config
	for _, a := range addresses {
		cfgs = append(cfgs, rack.Config{ID: fmt.Sprintf("%s-%d", name, a), Kind: p.Kind, Profile: id, Port: link, Window: a, Address: a})
	}
	return b, link, cfgs
}

func show(ctx context.Context, r *rack.Rack, i int, number string) error {
	d, ok := r.Get(fmt.Sprintf("board-%d", i))
	if !ok {
		return fmt.Errorf("board %d is away", i)
	}
	return d.(devices.Board).Show(ctx, devices.Face{Window: i, Number: number, Mode: devices.Calling})
}

// Forty boards on one line, all at once: each shows its own number, a dead one is named and costs the others its time-out, noise is got over.
func TestFullBus(t *testing.T) {
	t.Parallel()
	const n = 40
	b, _, cfgs := bus(t, n)
	r := start(t, rack.Options{}, cfgs...)
	within(t, 10*time.Second, "not every board is there", func() bool {
		for _, c := range cfgs {
			if _, ok := r.Get(c.ID); !ok {
				return false
			}
		}
		return true
	})
	all := func(round string) {
		var wg sync.WaitGroup
		for i := 1; i <= n; i++ {
			wg.Go(func() {
				if err := show(t.Context(), r, i, fmt.Sprintf("%s%03d", round, i)); (err != nil) != (i == 7 && round == "B") {
					t.Errorf("round %s board %d: %v", round, i, err)
				}
			})
		}
		wg.Wait()
		for i := 1; i <= n; i++ {
			if got, want := b.Board(i).Text(), fmt.Sprintf("%s%03d", round, i); !strings.Contains(got, want) {
				t.Errorf("board %d shows %q, not %s", i, got, want)
			}
		}
	}
	all("A")
	b.Kill(7, true)
	all("B")
	if !has(r, "board-7", "silent") || has(r, "board-8", "silent") {
		t.Error("the dead board is not the one that is named")
	}
	b.Kill(7, false)
	b.Jabber(200)
	all("C")
	if has(r, "board-7", "silent") {
		t.Error("the revived board is still called silent")
	}
}

// The cable of a bus is pulled: every device of it is named within two seconds, and all are back within two.
func TestBusUnplugged(t *testing.T) {
	b, _, cfgs := bus(t, 5)
	var mu sync.Mutex
	up := map[string]int{}
	r := start(t, rack.Options{OnUp: func(id string) { mu.Lock(); up[id]++; mu.Unlock() }}, cfgs...)
	every := func(n int) func() bool {
		return func() bool {
			mu.Lock()
			defer mu.Unlock()
			for _, c := range cfgs {
				if up[c.ID] < n {
					return false
				}
			}
			return true
		}
	}
	within(t, 3*time.Second, "not every board is there", every(1))
	for round := 2; round < 5; round++ {
		if err := b.SetFault("unplugged", true); err != nil {
			t.Fatal(err)
		}
		within(t, 2*time.Second, "not every board is called unplugged", func() bool {
			for _, c := range cfgs {
				if !has(r, c.ID, "unplugged") {
					return false
				}
			}
			return true
		})
		if err := b.SetFault("unplugged", false); err != nil {
			t.Fatal(err)
		}
		within(t, 2*time.Second, "not every board is back", every(round))
	}
}

// One device that is set up wrongly leaves the others of its line alone.
func TestOneWrongDeviceOnABus(t *testing.T) {
	t.Parallel()
	b, link, cfgs := bus(t, 2)
	cfgs = append(cfgs, rack.Config{ID: "printer-1", Kind: "printer", Profile: "epson-tm", Port: link, Address: 9},
		rack.Config{ID: "board-9", Kind: "board", Profile: "no-such-board", Port: link, Address: 8},
		rack.Config{ID: "board-10", Kind: "board", Profile: "onbon-bx5k", Port: link, Window: 10, Address: 10, Set: map[string]string{"hieght": "16"}})
	r := start(t, rack.Options{}, cfgs...)
	within(t, 3*time.Second, "the boards are not there", func() bool { return show(t.Context(), r, 1, "A001") == nil && show(t.Context(), r, 2, "A002") == nil })
	if !strings.Contains(b.Board(2).Text(), "A002") {
		t.Errorf("board 2 shows %q", b.Board(2).Text())
	}
	for _, id := range []string{"printer-1", "board-9", "board-10"} {
		if !has(r, id, "bad-profile") {
			t.Errorf("nobody says that %s is set up wrongly", id)
		}
	}
}

// A board without a window, a printer's profile on a board and a board's on a printer are refused in words; the board beside them works.
func TestADeviceThatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	b, link, cfgs := bus(t, 1)
	cfgs = append(cfgs, rack.Config{ID: "no-window", Kind: "board", Profile: "onbon-bx5k", Port: link, Address: 2},
		rack.Config{ID: "no-board", Kind: "board", Profile: "epson-tm", Port: "tcp:127.0.0.1:9", Window: 1},
		rack.Config{ID: "no-printer", Kind: "printer", Profile: "yongtai", Port: "/dev/none"},
		rack.Config{ID: "no-pad", Kind: "board+pad", Profile: "yongtai", Port: "/dev/none", Window: 1})
	r := start(t, rack.Options{}, cfgs...)
	within(t, 10*time.Second, "the board is not there", func() bool { return show(t.Context(), r, 1, "A001") == nil })
	if !strings.Contains(b.Board(1).Text(), "A001") {
		t.Errorf("board 1 shows %q", b.Board(1).Text())
	}
	for id, code := range map[string]string{"no-window": "no-window", "no-board": "wrong-kind", "no-printer": "wrong-kind", "no-pad": "wrong-kind"} {
		within(t, 10*time.Second, id+" is not refused", func() bool { return has(r, id, code) })
		if h := health(r, id); h.State != "failing" || h.Hearing == devices.Answers {
			t.Errorf("%s: %+v", id, h)
		}
	}
}

// Forty boards on one bus and forty caller units on another, all refreshed without a rest, one board dead, one caller's transceiver talking without end: a
// call goes out behind at most the frame that is on the wire, and a key is heard and answered.
func TestACallOnFullBuses(t *testing.T) {
	const n, dead = 40, 7
	boards, _, cfgs := busOf(t, "onbon-bx5k", "board", n)
	callers, _, more := busOf(t, "caller-ff68", "caller", n)
	pressed := make(chan devices.Input, 16)
	r := start(t, rack.Options{Input: func(in devices.Input) { pressed <- in }}, append(cfgs, more...)...)
	within(t, 5*time.Second, "not every device is there", func() bool {
		for _, c := range append(cfgs, more...) {
			if _, ok := r.Get(c.ID); !ok {
				return false
			}
		}
		return true
	})
	boards.Kill(dead, true)
	if err := show(t.Context(), r, dead, "A000"); err == nil {
		t.Fatal("a dead board took a frame")
	}
	callers.JabberOn(true)
	ctx, stop := context.WithCancel(t.Context())
	var refreshes sync.WaitGroup
	var shownOnCallers atomic.Int64
	begun := time.Now()
	for i := 1; i <= n; i++ {
		refreshes.Go(func() {
			for ctx.Err() == nil {
				_ = show(ctx, r, i, "B001") // one is dead
			}
		})
		refreshes.Go(func() {
			d, _ := r.Get(fmt.Sprintf("caller-%d", i))
			for ctx.Err() == nil {
				if d.(devices.Caller).ShowFace(ctx, devices.Face{Window: i, Mode: devices.Idle, Waiting: i}) == nil {
					shownOnCallers.Add(1)
				}
			}
		})
	}
	for i := range 12 {
		called := 10 + i
		number := fmt.Sprintf("A%03d", i)
		before := time.Now()
		if err := show(devices.InHurry(t.Context()), r, called, number); err != nil {
			t.Fatal(err)
		}
		var shown time.Time
		between := 0
		for a := 1; a <= n; a++ {
			for _, f := range boards.Board(a).Frames() {
				if a == called && strings.Contains(f.Text, number) {
					shown = f.At
				}
			}
		}
		for a := 1; a <= n; a++ {
			for _, f := range boards.Board(a).Frames() {
				if f.At.After(before) && f.At.Before(shown) {
					between++
				}
			}
		}
		if shown.IsZero() || between > 3 { // one on the wire, one that was being written, one for a slow machine
			t.Errorf("call %s: shown %v, behind %d other frames", number, !shown.IsZero(), between)
		}
	}
	if err := callers.Caller(23).Press("call"); err != nil {
		t.Errorf("a key on a noisy bus: %v", err)
	}
	within(t, time.Second, "the key did not arrive", func() bool {
		select {
		case in := <-pressed:
			return in.Device == "caller-23" && in.Window == 23 && in.Key == devices.KeyCall
		default:
			return false
		}
	})
	callers.JabberOn(false)
	stop()
	refreshes.Wait()
	const frame = 16 * time.Second / 960 // 16 bytes at 9600 baud
	if most := time.Since(begun)/frame + 2; shownOnCallers.Load() > int64(most) {
		t.Errorf("%d frames were handed to a line that carries %d: a call would wait behind them in the kernel", shownOnCallers.Load(), most)
	}
	if !has(r, "board-7", "silent") {
		t.Error("the dead board has no name")
	}
}
