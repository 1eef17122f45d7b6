package rack_test

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/rack"
	"halld/devices/sim"
)

// A board that fell silent and is replaced by a healthy one is well: what the old one had is over when its cable is pulled.
func TestProblemsEndWithTheCable(t *testing.T) {
	t.Parallel()
	b, _, cfgs := bus(t, 1)
	r := start(t, rack.Options{}, cfgs...)
	within(t, 10*time.Second, "the board is not there", func() bool { return show(t.Context(), r, 1, "A001") == nil })
	b.Kill(1, true)
	if err := show(t.Context(), r, 1, "A002"); err == nil || !has(r, "board-1", "silent") {
		t.Fatalf("a dead board: %v", err)
	}
	if err := b.SetFault("unplugged", true); err != nil {
		t.Fatal(err)
	}
	within(t, 10*time.Second, "it is not called unplugged", func() bool { return has(r, "board-1", "unplugged") })
	if has(r, "board-1", "silent") {
		t.Error("a board that is not there is called silent")
	}
	b.Kill(1, false)
	if err := b.SetFault("unplugged", false); err != nil {
		t.Fatal(err)
	}
	within(t, 10*time.Second, "the board is not back", func() bool { return show(t.Context(), r, 1, "A003") == nil })
	if h := r.Health()[0]; h.State != "ok" {
		t.Errorf("a healthy board is %s: %v", h.State, h.Problems)
	}
	if past := r.Past("board-1"); len(past) != 2 || past[0].Code != "silent" || past[1].Code != "unplugged" {
		t.Errorf("what is over: %v", past)
	}
}

// A board that was silent for a while and lost its power with it is brought to the present as soon as it answers, not at the next refresh.
func TestASilentBoardThatAnswersIsUpAgain(t *testing.T) {
	t.Parallel()
	b, _, cfgs := bus(t, 1)
	var up atomic.Int32
	r := start(t, rack.Options{OnUp: func(string) { up.Add(1) }}, cfgs...)
	within(t, 10*time.Second, "the board is not there", func() bool { return show(t.Context(), r, 1, "A001") == nil })
	b.Kill(1, true)
	within(t, 20*time.Second, "nobody noticed that the board is silent", func() bool { return has(r, "board-1", "silent") })
	if n := up.Load(); n != 1 {
		t.Errorf("it was up %d times", n)
	}
	b.Kill(1, false)
	within(t, 20*time.Second, "nobody was told that the board answers again", func() bool { return up.Load() == 2 })
	if has(r, "board-1", "silent") {
		t.Error("it is still called silent")
	}
}

// listener counts who connects, and does with them what it is told.
func listener(t *testing.T, address string, serve func(net.Conn)) (string, *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	var n atomic.Int32
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			n.Add(1)
			wg.Go(func() { serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		wg.Wait()
	})
	return l.Addr().String(), &n
}

// A device server that takes connections and ends them at once, as one whose port is in use does, is tried ever more slowly.
func TestConnectionsThatEndAtOnceAreNoStorm(t *testing.T) {
	t.Parallel()
	address, n := listener(t, "127.0.0.1:0", func(c net.Conn) { _ = c.Close() })
	start(t, rack.Options{}, rack.Config{ID: "board-1", Kind: "board", Profile: "onbon-bx5k", Port: "tcp:" + address, Window: 1, Address: 1})
	time.Sleep(4 * time.Second)
	if got := n.Load(); got < 2 || got > 9 { // 0.1, 0.2, 0.4, 0.8, then every 1.5 seconds, and as long as it takes to see each end
		t.Errorf("%d connections in four seconds", got)
	}
}

// A device whose set-up its driver refuses is not opened over and over: an opening resets many devices.
func TestARefusedSetUpIsNoStorm(t *testing.T) {
	t.Parallel()
	address, n := listener(t, "127.0.0.1:0", func(c net.Conn) { _, _ = io.Copy(io.Discard, c); _ = c.Close() })
	r := start(t, rack.Options{}, rack.Config{ID: "board-1", Kind: "board", Profile: "onbon-bx5k", Port: "tcp:" + address, Window: 1, Address: 1, Set: map[string]string{"hieght": "16"}})
	time.Sleep(4 * time.Second)
	if got := n.Load(); got < 1 || got > 9 {
		t.Errorf("%d connections in four seconds", got)
	}
	if !has(r, "board-1", "bad-profile") {
		t.Error("nobody says that it is set up wrongly")
	}
}

// Only the present reason is named for a device that is away: a server that is back, but whose port is in use, is not called unplugged.
func TestOnlyThePresentReasonIsNamed(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	r := start(t, rack.Options{}, rack.Config{ID: "board-1", Kind: "board", Profile: "onbon-bx5k", Port: "rfc2217:" + address, Window: 1, Address: 1})
	within(t, 10*time.Second, "it is not called unplugged", func() bool { return has(r, "board-1", "unplugged") })
	listener(t, address, func(c net.Conn) { _ = c.Close() })
	within(t, 20*time.Second, "it is not called busy", func() bool { return has(r, "board-1", "port-busy") })
	if has(r, "board-1", "unplugged") {
		t.Error("it is still called unplugged")
	}
	if got := r.Missing("board-1"); got != "port-busy" {
		t.Errorf("it is away because of %q", got)
	}
}

// Every board of a long line is blank when the hall closes.
func TestEveryBoardIsBlankAtTheEnd(t *testing.T) {
	t.Parallel()
	const n = 40
	b, _, cfgs := bus(t, n)
	r := start(t, rack.Options{}, cfgs...)
	for i := 1; i <= n; i++ {
		within(t, 20*time.Second, "a board is not there", func() bool { return show(t.Context(), r, i, "A001") == nil })
	}
	r.Stop()
	left := 0
	for i := 1; i <= n; i++ {
		if b.Board(i).Text() != "" && b.Board(i).Text() != "暂停服务" {
			left++
		}
	}
	if left > 0 {
		t.Errorf("%d of %d boards still show something: %q", left, n, b.Board(n).Text())
	}
}

// bare is a device that remembers what it was asked last.
type bare struct{}

func (*bare) Probe(context.Context) error { return nil }
func (*bare) Halt(context.Context) error  { return nil }

// What a driver says of itself after its cable was pulled is nobody's problem any more.
func TestALateWordOfAnOldDriver(t *testing.T) {
	t.Parallel()
	p, err := profiles(t).Get("onbon-bx5k")
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "port")
	d, err := sim.New("board", p, sim.Options{Address: 1, Link: link})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	said := make(chan func(devices.Problem), 100)
	o := rack.Options{Profiles: profiles(t), Openers: map[string]devices.Opener{"described": func(_ context.Context, _ devices.Port, set devices.Setting) (devices.Device, error) {
		said <- set.Report
		return &bare{}, nil
	}}}
	r := rack.New(o)
	if err := r.Start(t.Context(), []rack.Config{{ID: "board-1", Kind: "board", Profile: "onbon-bx5k", Port: link, Window: 1, Address: 1}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	first := <-said
	first(devices.NewProblem("board-1", "silent", time.Now()))
	if !has(r, "board-1", "silent") {
		t.Fatal("a problem of a device is not taken")
	}
	within(t, 10*time.Second, "the device is not there", func() bool { _, ok := r.Get("board-1"); return ok })
	if _, err := r.Restart("board-1"); err != nil {
		t.Fatal(err)
	}
	<-said
	first(devices.NewProblem("board-1", "garbage", time.Now()))
	if h := r.Health()[0]; len(h.Problems) != 0 {
		t.Errorf("the new driver's device has %v", h.Problems)
	}
}

// A line that is there but cannot be set as the hall file wants is no missing cable: the set-up is to be mended.
func TestALineThatCannotBeSetIsNotUnplugged(t *testing.T) {
	t.Parallel()
	_, _, cfgs := bus(t, 1)
	cfgs[0].Line.RS485 = "kernel" // which no pseudo terminal can
	r := start(t, rack.Options{}, cfgs...)
	within(t, 20*time.Second, "nobody says that the set-up is wrong", func() bool { return has(r, "board-1", "bad-profile") })
	if has(r, "board-1", "unplugged") {
		t.Error("it is called unplugged")
	}
}
