package rack_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"halld/devices"
	"halld/devices/drivers"
	"halld/devices/profile"
	"halld/devices/rack"
	"halld/devices/sim"
	firmware "halld/firmware-configs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
	o.Openers, o.Profiles, o.Log = drivers.All, profiles(t), slog.New(slog.DiscardHandler)
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
	p, err := profiles(t).Get("onbon-bx5k")
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
		cfgs = append(cfgs, rack.Config{ID: fmt.Sprintf("board-%d", a), Kind: "board", Profile: "onbon-bx5k", Port: link, Window: a, Address: a})
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
	const n = 40
	b, _, cfgs := bus(t, n)
	r := start(t, rack.Options{}, cfgs...)
	within(t, 3*time.Second, "not every board is there", func() bool {
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
	b, link, cfgs := bus(t, 2)
	cfgs = append(cfgs, rack.Config{ID: "printer-1", Kind: "printer", Profile: "epson-tm", Port: link, Address: 9},
		rack.Config{ID: "board-9", Kind: "board", Profile: "no-such-board", Port: link, Address: 8},
		rack.Config{ID: "board-10", Kind: "board", Profile: "onbon-bx5k", Port: link, Address: 10, Set: map[string]string{"hieght": "16"}})
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
