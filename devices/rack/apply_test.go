package rack_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/drivers"
	"halld/devices/port"
	"halld/devices/rack"
	"halld/devices/sim"
)

// shows counts the frames with which a board was told to show something else than a number, or nothing. Questions are no such frames, and where the machine is
// slow the number may come twice.
func shows(b *sim.Board, number string) int {
	n := 0
	for _, f := range b.Frames() {
		if strings.Contains(f.Text, number) {
			continue
		}
		if tells(f) {
			n++
		}
	}
	return n
}

func tells(f sim.Frame) bool {
	return bytes.Contains(f.Raw, []byte{0xA3, 0x06}) || bytes.Contains(f.Raw, []byte{0xA3, 0x10})
}

// asked counts the questions that a board got.
func asked(b *sim.Board) int {
	n := 0
	for _, f := range b.Frames() {
		if !tells(f) {
			n++
		}
	}
	return n
}

// apply changes the set-up, within a second.
func apply(t *testing.T, r *rack.Rack, cfgs ...rack.Config) {
	t.Helper()
	begun := time.Now()
	if err := r.Apply(t.Context(), cfgs); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > time.Second {
		t.Errorf("the change took %v", took)
	}
}

func there(t *testing.T, r *rack.Rack, cfgs ...rack.Config) {
	t.Helper()
	for _, c := range cfgs {
		within(t, 5*time.Second, c.ID+" is not there", func() bool { _, ok := r.Get(c.ID); return ok })
	}
}

func ids(r *rack.Rack) (all []string) {
	for _, h := range r.Health() {
		all = append(all, h.ID)
	}
	return all
}

// closed is how a board of the bus looks that was left.
func closed(t *testing.T, r *rack.Rack, b *sim.Bus, i int) string {
	t.Helper()
	d, ok := r.Get(fmt.Sprint("board-", i))
	if !ok {
		t.Fatal("the board is away")
	}
	if err := d.(devices.Board).Show(t.Context(), devices.Face{Window: i, Mode: devices.Closed}); err != nil {
		t.Fatal(err)
	}
	return b.Board(i).Text()
}

// One of four boards of a line gets another address: it is left as a closed one where it was and works where it is now. Of the others nobody hears of it: not their
// boards, not their drivers, and what is known of them stands.
func TestOneOfFourChanges(t *testing.T) {
	t.Parallel()
	b, _, cfgs := bus(t, 5)
	cfgs = cfgs[:4]
	r := start(t, rack.Options{}, cfgs...)
	there(t, r, cfgs...)
	left := closed(t, r, b, 2)
	for i := 1; i <= 4; i++ {
		if err := show(t.Context(), r, i, fmt.Sprint("A00", i)); err != nil {
			t.Fatal(err)
		}
	}
	r.Report(devices.NewProblem("board-3", "unproved", time.Now()))
	if err := r.Saw("board-4", "somebody", time.Now()); err != nil {
		t.Fatal(err)
	}
	type known struct {
		dev   devices.Device
		h     devices.Health
		shows int
		asked int
	}
	look := func(i int) known {
		d, _ := r.Get(fmt.Sprint("board-", i))
		return known{d, health(r, fmt.Sprint("board-", i)), shows(b.Board(i), fmt.Sprint("A00", i)), asked(b.Board(i))}
	}
	others := []int{1, 3, 4}
	before := map[int]known{}
	for _, i := range others {
		before[i] = look(i)
	}
	second, _ := r.Get("board-2")
	begun := time.Now()
	next := slices.Clone(cfgs)
	next[1].Address = 5
	apply(t, r, next...)
	there(t, r, next...)
	within(t, time.Second, "the board at the new address does not work", func() bool {
		d, ok := r.Get("board-2")
		return ok && d.(devices.Board).Show(t.Context(), devices.Face{Window: 2, Number: "B002", Mode: devices.Calling}) == nil
	})
	if took := time.Since(begun); took > time.Second {
		t.Errorf("until it showed something it took %v", took)
	}
	if got := b.Board(2).Text(); got != left || strings.Contains(got, "A002") {
		t.Errorf("the board at the old address shows %q", got)
	}
	if got := b.Board(5).Text(); !strings.Contains(got, "B002") {
		t.Errorf("the board at the new address shows %q", got)
	}
	if now, _ := r.Get("board-2"); now == second {
		t.Error("the changed board has its old driver")
	}
	probes := 1 + int(time.Since(begun)/(2*time.Second)) // that were due anyway
	for _, i := range others {
		now, was := look(i), before[i]
		if now.dev != was.dev || now.shows != was.shows || now.asked > was.asked+probes || now.h.LastSeen.Before(was.h.LastSeen) {
			t.Errorf("board %d was touched: %+v, before %+v", i, now, was)
		}
	}
	if !has(r, "board-3", "unproved") || health(r, "board-4").Witness == nil {
		t.Error("what was known of the others is forgotten")
	}
	apply(t, r, next...) // nothing
	if now, _ := r.Get("board-2"); now == nil {
		t.Error("the same set-up again changed something")
	}
}

// Boards go and come, in another order, with ones that cannot work between them: health follows the file, the port of a line that is gone is free, and a
// mistake costs its own row.
func TestDevicesGoAndCome(t *testing.T) {
	t.Parallel()
	b, _, cfgs := bus(t, 4)
	_, link, more := busOf(t, "onbon-bx5k", "other", 1)
	r := start(t, rack.Options{}, cfgs[0], cfgs[1], cfgs[2], more[0])
	there(t, r, cfgs[0], cfgs[1], cfgs[2], more[0])
	left := closed(t, r, b, 1)
	for i := 1; i <= 3; i++ {
		if err := show(t.Context(), r, i, fmt.Sprint("A00", i)); err != nil {
			t.Fatal(err)
		}
	}
	third, _ := r.Get("board-3")
	n := shows(b.Board(3), "A003")
	bad := rack.Config{ID: "bad", Kind: "board", Profile: "no-such-board", Port: cfgs[0].Port, Window: 9, Address: 9}
	worse := rack.Config{ID: "worse", Kind: "printer", Profile: "onbon-bx5k", Port: "/dev/none"}
	misspelt := rack.Config{ID: "misspelt", Kind: "board", Profile: "onbon-bx5k", Port: cfgs[0].Port, Window: 8, Address: 8, Set: map[string]string{"hieght": "16"}}
	apply(t, r, bad, cfgs[3], worse, cfgs[2], cfgs[1], misspelt)
	if got := ids(r); !slices.Equal(got, []string{"bad", "board-4", "worse", "board-3", "board-2", "misspelt"}) {
		t.Errorf("health lists %v", got)
	}
	there(t, r, cfgs[3])
	if err := show(t.Context(), r, 4, "A004"); err != nil {
		t.Error(err)
	}
	within(t, time.Second, "not every mistake is named", func() bool {
		return has(r, "bad", "bad-profile") && has(r, "worse", "wrong-kind") && has(r, "misspelt", "bad-profile")
	})
	if now, _ := r.Get("board-3"); now != third || shows(b.Board(3), "A003") != n || !strings.Contains(b.Board(3).Text(), "A003") {
		t.Error("a board that stayed was touched")
	}
	if got := b.Board(1).Text(); got != left {
		t.Errorf("a board that went shows %q", got)
	}
	if _, ok := r.Get("board-1"); ok || !errors.Is(r.Probe(t.Context(), "board-1"), rack.ErrUnknown) {
		t.Error("a board that went is known still")
	}
	conn, err := port.Open(t.Context(), link, port.Line{Baud: 9600, Format: "8N1"})
	if err != nil {
		t.Fatalf("the port of a line that went is not free: %v", err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	apply(t, r, cfgs[3], more[0], cfgs[2], cfgs[1], cfgs[0])
	there(t, r, cfgs[0], more[0])
	if err := show(t.Context(), r, 1, "A011"); err != nil || !strings.Contains(b.Board(1).Text(), "A011") {
		t.Errorf("a board that came back: %v", err)
	}
	if now, _ := r.Get("board-3"); now != third {
		t.Error("a board that stayed was opened anew")
	}
	if err := r.Apply(t.Context(), []rack.Config{cfgs[0], cfgs[0]}); err == nil || !strings.Contains(err.Error(), "set up twice") {
		t.Errorf("a device that is set up twice: %v", err)
	}
	if got := ids(r); len(got) != 5 {
		t.Errorf("after a set-up that cannot be: %v", got)
	}
	apply(t, r)
	if got := ids(r); len(got) != 0 {
		t.Errorf("an empty hall has %v", got)
	}
}

// A second board comes to a line that one had for itself, and the line comes to want another speed: the port is opened anew, and who stays is not blanked for it.
// When the second one goes again, nothing happens to the first.
func TestALineIsShared(t *testing.T) {
	t.Parallel()
	b, _, cfgs := bus(t, 2)
	r := start(t, rack.Options{}, cfgs[0])
	there(t, r, cfgs[0])
	if err := show(t.Context(), r, 1, "A001"); err != nil {
		t.Fatal(err)
	}
	n := shows(b.Board(1), "A001")
	apply(t, r, cfgs...)
	there(t, r, cfgs...)
	for _, mend := range []func(*rack.Config){func(c *rack.Config) { c.Line.Baud = 19200 }, func(c *rack.Config) { c.Line.Baud = 0 }} {
		first, _ := r.Get("board-1")
		mend(&cfgs[1])
		apply(t, r, cfgs...)
		if now, _ := r.Get("board-1"); now != first {
			t.Error("the first board was opened anew because its neighbour wants another speed")
		}
		within(t, time.Second, "the neighbour is not as it should be", func() bool {
			_, ok := r.Get("board-2")
			return ok == (cfgs[1].Line.Baud == 0) && has(r, "board-2", "bad-profile") == !ok
		})
	}
	first, _ := r.Get("board-1")
	apply(t, r, cfgs[0])
	if now, _ := r.Get("board-1"); now != first {
		t.Error("the first board was opened anew because its neighbour went")
	}
	if now := shows(b.Board(1), "A001"); now != n || !strings.Contains(b.Board(1).Text(), "A001") {
		t.Errorf("the first board was touched: it shows %q, and was shown %d other things, before %d", b.Board(1).Text(), now, n)
	}
	if err := show(t.Context(), r, 1, "A002"); err != nil {
		t.Error(err)
	}
}

// Boards that are dead or unplugged go as quickly as others.
func TestDeadDevicesGo(t *testing.T) {
	t.Parallel()
	b, _, cfgs := bus(t, 4)
	unplugged, _, more := busOf(t, "onbon-bx5k", "other", 1)
	r := start(t, rack.Options{}, append(more, cfgs...)...)
	there(t, r, append(more, cfgs...)...)
	b.Kill(1, true)
	b.Kill(2, true)
	if err := unplugged.SetFault("unplugged", true); err != nil {
		t.Fatal(err)
	}
	within(t, 5*time.Second, "nobody sees that the bus is unplugged", func() bool { return has(r, "other-1", "unplugged") })
	apply(t, r, cfgs[2], cfgs[3])
	if err := show(t.Context(), r, 3, "A003"); err != nil {
		t.Error(err)
	}
}

// The set-up changes while a port is on the bench: the bench keeps it, a new device of it is named as being there, and all that are set up then come when it is back.
func TestChangeOfAPortOnTheBench(t *testing.T) {
	t.Parallel()
	b, link, cfgs := bus(t, 3)
	r := start(t, rack.Options{}, cfgs[0], cfgs[1])
	there(t, r, cfgs[0], cfgs[1])
	giveBack, err := r.Lend(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, r, cfgs[1], cfgs[2])
	if !has(r, "board-2", "on-bench") || !has(r, "board-3", "on-bench") {
		t.Error("not every device of the port is named as being on the bench")
	}
	if _, err := r.Lend(t.Context(), link); !errors.Is(err, rack.ErrLent) {
		t.Errorf("lent twice: %v", err)
	}
	giveBack()
	there(t, r, cfgs[1], cfgs[2])
	if has(r, "board-2", "on-bench") || has(r, "board-3", "on-bench") {
		t.Error("the devices are not back")
	}
	if err := show(t.Context(), r, 3, "A003"); err != nil || !strings.Contains(b.Board(3).Text(), "A003") {
		t.Errorf("a board that came while the port was lent: %v", err)
	}
}

// Twenty changes at random, one after the other, while boards are shown things: what is left is the last set-up, all of it works, and no file and no
// goroutine of the others is left over.
func TestManyChanges(t *testing.T) {
	b, _, cfgs := bus(t, 6)
	_, _, more := busOf(t, "onbon-bx5k", "other", 4)
	all := append(slices.Clone(cfgs), more...)
	link := filepath.Join(t.TempDir(), "printer")
	p, err := profiles(t).Get("epson-tm")
	if err != nil {
		t.Fatal(err)
	}
	printer, err := sim.New("printer", p, sim.Options{ID: "printer-1", Link: link})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := printer.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = printer.Close() })
	all = append(all, rack.Config{ID: "printer-1", Kind: "printer", Profile: "epson-tm", Port: link},
		rack.Config{ID: "bad", Kind: "board", Profile: "no-such-board", Port: cfgs[0].Port, Window: 9})
	working := func(cfgs []rack.Config) (out []rack.Config) {
		for _, c := range cfgs {
			if c.Profile != "no-such-board" {
				out = append(out, c)
			}
		}
		return out
	}
	r := start(t, rack.Options{}, all...)
	there(t, r, working(all)...)
	files, routines := resources(t)

	busy, enough := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			for n := 0; busy.Err() == nil; n++ {
				ctx, cancel := context.WithTimeout(busy, time.Second)
				if show(ctx, r, i+1, fmt.Sprintf("X%03d", n%1000)) != nil {
					<-time.After(time.Millisecond) // it is away
				}
				cancel()
			}
		})
	}
	random := rand.New(rand.NewPCG(7, 11))
	var last []rack.Config
	for range 20 {
		last = nil
		for _, k := range random.Perm(len(all)) {
			c := all[k]
			if random.IntN(4) == 0 {
				continue
			}
			if c.Kind == "board" && random.IntN(4) == 0 {
				c.Window += 10
			}
			last = append(last, c)
		}
		apply(t, r, last...)
	}
	enough()
	wg.Wait()
	var want []string
	for _, c := range last {
		want = append(want, c.ID)
	}
	if got := ids(r); !slices.Equal(got, want) {
		t.Errorf("set up are %v, not %v", got, want)
	}
	there(t, r, working(last)...)
	for _, c := range all {
		now, err := r.Config(c.ID)
		i := slices.Index(want, c.ID)
		if (err == nil) != (i >= 0) || err == nil && (now.Window != last[i].Window || now.Address != last[i].Address) {
			t.Errorf("%s is set up as %+v, %v", c.ID, now, err)
		}
	}
	for i := 1; i <= 6; i++ {
		if !slices.Contains(want, fmt.Sprint("board-", i)) {
			if strings.Contains(b.Board(i).Text(), "X") {
				t.Errorf("board %d went and shows %q", i, b.Board(i).Text())
			}
			continue
		}
		if err := show(t.Context(), r, i, fmt.Sprint("E00", i)); err != nil {
			t.Errorf("board %d: %v", i, err)
		}
		within(t, time.Second, "a board does not show its number", func() bool { return strings.Contains(b.Board(i).Text(), fmt.Sprint("E00", i)) })
	}
	apply(t, r, all...)
	there(t, r, working(all)...)
	var nowFiles, nowRoutines int
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if nowFiles, nowRoutines = resources(t); nowFiles <= files && nowRoutines <= routines {
			return
		}
	}
	t.Errorf("%d files, before %d; %d goroutines, before %d", nowFiles, files, nowRoutines, routines)
}

// Changes that come at once are done one after the other, and a rack that is stopped takes none.
func TestChangesAtOnce(t *testing.T) {
	t.Parallel()
	_, _, cfgs := bus(t, 4)
	r := rack.New(rack.Options{Openers: drivers.All, Profiles: profiles(t)})
	t.Cleanup(r.Stop)
	if got := r.Health(); len(got) != 0 {
		t.Errorf("an empty rack has %v", got)
	}
	var wg sync.WaitGroup
	for i := range cfgs {
		wg.Go(func() {
			for range 5 {
				if err := r.Apply(t.Context(), cfgs[i:]); err != nil {
					t.Error(err)
				}
				if _, err := r.Restart("board-4"); err != nil {
					t.Error(err)
				}
				giveBack, err := r.Lend(t.Context(), cfgs[0].Port)
				if err == nil {
					giveBack()
				} else if !errors.Is(err, rack.ErrLent) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	there(t, r, cfgs[3])
	wg.Go(func() {
		if err := r.Apply(t.Context(), cfgs); err != nil && !errors.Is(err, rack.ErrStopped) {
			t.Error(err)
		}
	})
	r.Stop()
	wg.Wait()
	if err := r.Apply(t.Context(), cfgs); !errors.Is(err, rack.ErrStopped) {
		t.Errorf("a stopped rack: %v", err)
	}
}

// The whole line comes to another speed: it is opened anew with it.
func TestALineChangesItsSpeed(t *testing.T) {
	t.Parallel()
	_, _, cfgs := bus(t, 2)
	var lines sync.Map
	opened := map[string]devices.Opener{}
	for name, open := range drivers.All {
		opened[name] = func(ctx context.Context, p devices.Port, set devices.Setting) (devices.Device, error) {
			lines.Store(set.ID, set.Profile.Line.Baud)
			return open(ctx, p, set)
		}
	}
	r := rack.New(rack.Options{Openers: opened, Profiles: profiles(t)})
	t.Cleanup(r.Stop)
	for _, baud := range []int{0, 19200, 38400} {
		for i := range cfgs {
			cfgs[i].Line.Baud = baud
		}
		apply(t, r, cfgs...)
		there(t, r, cfgs...)
		if now, _ := lines.Load("board-2"); baud != 0 && now != baud {
			t.Errorf("opened with %v, not %d", now, baud)
		}
	}
}
