package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"halld/devices/sim"
	"halld/queue"
)

// setUpHall is a running hall whose simulated devices are those of a larger set-up than its own.
type setUpHall struct {
	testHall
	whole queue.Config // of all that is plugged in
}

// newSetUpHall starts a hall that begins with some set-up, or none (nil).
func newSetUpHall(t *testing.T, begin func(whole queue.Config) *queue.Config) setUpHall {
	t.Helper()
	whole, err := demoConfig()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	sims, err := startSims(whole, filepath.Join(dir, "ports"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sims.close)
	log := slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	sys, err := startSystem(t.Context(), systemOptions{Data: dir, Create: true, Listen: "127.0.0.1:0", Config: begin(whole), Ports: sims.ports, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sys.close)
	return setUpHall{testHall{sys, t, sims, dir}, whole}
}

// withOnly is a set-up with fewer devices.
func withOnly(c queue.Config, stays func(queue.Device) bool) *queue.Config {
	c.Devices = slices.DeleteFunc(slices.Clone(c.Devices), func(d queue.Device) bool { return !stays(d) })
	return &c
}

func (h setUpHall) board(id queue.DeviceID) *sim.Board {
	h.t.Helper()
	b, ok := h.sims.devices[id].(*sim.Board)
	if !ok {
		h.t.Fatalf("%s is no board of the demo", id)
	}
	return b
}

func (h setUpHall) there(id queue.DeviceID) bool { _, ok := h.rack.Get(string(id)); return ok }

// shown counts the frames with which a board was told to show something. Questions are no such frames.
func shown(b *sim.Board) int {
	n := 0
	for _, f := range b.Frames() {
		if bytes.Contains(f.Raw, []byte{0xA3, 0x06}) || bytes.Contains(f.Raw, []byte{0xA3, 0x10}) {
			n++
		}
	}
	return n
}

// A hall that was started empty is set up while it runs: its devices come, and a board shows what is called then.
func TestAnEmptyHallIsSetUp(t *testing.T) {
	h := newSetUpHall(t, func(queue.Config) *queue.Config { return nil })
	if got := h.rack.Health(); len(got) != 0 {
		t.Fatalf("an empty hall has %d devices", len(got))
	}
	begun := time.Now()
	h.do(queue.Configure{Config: h.whole})
	within(t, time.Second, "the devices are not there", func() bool {
		return !slices.ContainsFunc(h.whole.Devices, func(d queue.Device) bool { return strings.HasPrefix(d.Port, "sim:") && !h.there(d.ID) })
	})
	t.Logf("after %v", time.Since(begun))
	seat := queue.Seat{Window: "1"}
	h.do(queue.OpenWindow{Seat: seat, Clerk: "clerk"})
	number := h.do(queue.Issue{Queue: "A"}).Ticket.Number
	h.do(queue.CallNext{Seat: seat})
	within(t, 2*time.Second, "the board does not show "+number, func() bool { return strings.Contains(h.board("board-1").Text(), number) })
}

// While people are called a board is taken out, another one comes, and a printer goes: the new board shows the present face within a second, the one that went is
// left as that of a closed window, what waits for the printer fails in words, and a board that did not change gets nothing.
func TestSetUpOfARunningHall(t *testing.T) {
	h := newSetUpHall(t, func(whole queue.Config) *queue.Config {
		return withOnly(whole, func(d queue.Device) bool { return d.ID != "board-2" })
	})
	numbers := map[queue.WindowID]string{}
	for _, w := range []queue.WindowID{"1", "2", "3"} {
		seat := queue.Seat{Window: w}
		h.do(queue.OpenWindow{Seat: seat, Clerk: "clerk " + string(w)})
		numbers[w] = h.callOne(seat)
	}
	within(t, 5*time.Second, "the boards do not show their numbers", func() bool {
		return strings.Contains(h.board("board-1").Text(), numbers["1"]) && strings.Contains(h.board("board-3").Text(), numbers["3"])
	})
	h.fault("printer-2", "unplugged", true)
	within(t, 5*time.Second, "nobody sees that the printer is unplugged", func() bool { return h.problem("printer-2", "unplugged") })
	waits := h.do(queue.Issue{Queue: "A", Printer: "printer-2"}).Ticket
	for range 2 { // what was on its way to the board is there then
		if err := h.rack.Probe(t.Context(), "board-3"); err != nil {
			t.Fatal(err)
		}
	}
	third, _ := h.rack.Get("board-3")
	n := shown(h.board("board-3"))

	next := withOnly(h.whole, func(d queue.Device) bool { return d.ID != "board-1" && d.ID != "printer-2" })
	begun := time.Now()
	h.do(queue.Configure{Config: *next})
	within(t, time.Second, "the new board does not show "+numbers["2"], func() bool { return strings.Contains(h.board("board-2").Text(), numbers["2"]) })
	within(t, time.Second, "the board that went shows its number still", func() bool { return !strings.Contains(h.board("board-1").Text(), numbers["1"]) })
	within(t, time.Second, "the ticket waits for a printer that is gone", func() bool { _, p := h.print(waits.ID); return p == queue.PrintFailed })
	t.Logf("after %v", time.Since(begun))
	if ticket, _ := h.print(waits.ID); ticket.Problem != "unplugged" {
		t.Errorf("the print failed with %q", ticket.Problem)
	}
	if now, _ := h.rack.Get("board-3"); now != third || shown(h.board("board-3")) != n {
		t.Errorf("a board that did not change was touched: %d frames, before %d", shown(h.board("board-3")), n)
	}
	var got, want []string
	for _, d := range h.rack.Health() {
		got = append(got, d.ID)
	}
	for _, d := range next.Devices {
		want = append(want, string(d.ID))
	}
	if !slices.Equal(got, want) {
		t.Errorf("health lists %v, the set-up %v", got, want)
	}
}

// callOne issues tickets until the window has one that it can call.
func (h setUpHall) callOne(seat queue.Seat) string {
	h.t.Helper()
	for _, w := range h.whole.WindowSetup {
		if w.ID == seat.Window {
			h.do(queue.Issue{Queue: w.Queues[0]})
			return h.do(queue.CallNext{Seat: seat}).Ticket.Number
		}
	}
	h.t.Fatalf("the demo has no window %s", seat.Window)
	return ""
}

// Twenty set-ups at random, each stored before the one before it is carried out: the devices end as in the last one, and neither files nor goroutines are left over.
func TestManySetUps(t *testing.T) {
	h := newSetUpHall(t, func(whole queue.Config) *queue.Config { return &whole })
	settled := func(c queue.Config) {
		t.Helper()
		within(t, 10*time.Second, "the devices are not those of the set-up", func() bool {
			health := h.rack.Health()
			if len(health) != len(c.Devices) {
				return false
			}
			for i, d := range c.Devices {
				now, err := h.rack.Config(string(d.ID))
				if health[i].ID != string(d.ID) || err != nil || fmt.Sprint(now.Window) != string(d.Window) && d.Window != "" || strings.HasPrefix(d.Port, "sim:") && !h.there(d.ID) {
					return false
				}
			}
			return true
		})
	}
	settled(h.whole)
	files, routines := openNow(t)
	random := rand.New(rand.NewPCG(3, 5))
	var last queue.Config
	for range 20 {
		last = *withOnly(h.whole, func(queue.Device) bool { return random.IntN(4) > 0 })
		random.Shuffle(len(last.Devices), func(i, k int) { last.Devices[i], last.Devices[k] = last.Devices[k], last.Devices[i] })
		for i, d := range last.Devices {
			if d.Kind == "board" && random.IntN(3) == 0 {
				last.Devices[i].Window = "2"
			}
		}
		h.do(queue.Configure{Config: last})
	}
	settled(last)
	h.do(queue.Configure{Config: h.whole})
	settled(h.whole)
	var nowFiles, nowRoutines int
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if nowFiles, nowRoutines = openNow(t); nowFiles <= files && nowRoutines <= routines {
			return
		}
	}
	t.Errorf("%d files, before %d; %d goroutines, before %d", nowFiles, files, nowRoutines, routines)
}

func openNow(t *testing.T) (files, routines int) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(fds), runtime.NumGoroutine()
}
