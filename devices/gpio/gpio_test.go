package gpio_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"halld/cmd/testmain"
	"halld/devices"
	"halld/devices/gpio"
	"halld/devices/profile"
	configs "halld/firmware-configs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(testmain.SideBySide(m, 16)) }

// bench is a driver in a bubble of virtual time, and the wires at the other end of a pipe.
type bench struct {
	t        *testing.T
	dev      devices.Device
	wire     net.Conn
	mu       sync.Mutex
	told     []wired // what the driver wrote
	inputs   []devices.Input
	problems []string
}

type wired struct {
	at  time.Duration
	cmd string
}

func open(t *testing.T, id string, set map[string]string) *bench {
	t.Helper()
	all, err := profile.Load(configs.FS)
	if err != nil {
		t.Fatal(err)
	}
	p, err := all.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t}
	var port net.Conn
	port, b.wire = net.Pipe()
	start := time.Now()
	go func() {
		buf := make([]byte, 64)
		for {
			n, err := b.wire.Read(buf)
			if err != nil {
				return
			}
			b.mu.Lock()
			b.told = append(b.told, wired{time.Since(start), string(buf[:n])})
			b.mu.Unlock()
		}
	}()
	b.dev, err = gpio.Open(t.Context(), port, devices.Setting{ID: "it", Profile: p, Window: 3, Set: set, Log: slog.New(slog.DiscardHandler),
		Report: func(p devices.Problem) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.problems = append(b.problems, map[bool]string{true: "-", false: "+"}[p.Cleared]+p.Code)
		},
		Input: func(in devices.Input) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.inputs = append(b.inputs, in)
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = b.wire.Close()
		_ = port.Close()
	})
	return b
}

// levels puts levels on the wires, then lets time pass.
func (b *bench) levels(records string, then time.Duration) {
	b.t.Helper()
	if _, err := b.wire.Write([]byte(records)); err != nil {
		b.t.Fatal(err)
	}
	time.Sleep(then)
	synctest.Wait()
}

func (b *bench) want(presses int, problems ...string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.inputs) != presses {
		b.t.Errorf("%d presses, want %d", len(b.inputs), presses)
	}
	if got := strings.Join(b.problems, " "); got != strings.Join(problems, " ") {
		b.t.Errorf("problems %q, want %q", got, problems)
	}
}

func (b *bench) wrote() []wired {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]wired(nil), b.told...)
}

// Hard case: call_button_bounce_and_stuck.
func TestContactBounces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, "gpio-button", nil)
		b.levels("a1", time.Second) // released: it is pulled up
		b.want(0)
		for _, l := range []string{"a0", "a1", "a0", "a1", "a0"} { // 2 ms apart, as contacts do
			b.levels(l, 2*time.Millisecond)
		}
		b.want(0)
		time.Sleep(40 * time.Millisecond)
		synctest.Wait()
		b.want(1)
		b.levels("a0a0", 5*time.Second) // held: one press however long
		b.levels("a1a0a1a0a1", 20*time.Millisecond)
		b.levels("a0", 5*time.Millisecond) // it bounces once more before it lets go
		b.levels("a1", time.Second)
		b.want(1)
		b.levels("a0", time.Second)
		b.want(2)
		b.levels("a1", time.Second)
		b.levels("a0", 10*time.Millisecond) // a spark is no press
		b.levels("a1", time.Second)
		b.want(2)
		if in := b.inputs[0]; in != (devices.Input{Device: "it", Window: 3, Key: devices.KeyCall}) {
			t.Errorf("input %+v", in)
		}
	})
}

func TestStuckButton(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, "gpio-button", nil)
		b.levels("a0", 29*time.Second) // pressed from the first: since when, nobody knows
		b.want(0)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		b.want(0, "+stuck-button")
		b.levels("a1", 10*time.Millisecond)
		b.levels("a0", time.Minute) // it only wobbled
		b.want(0, "+stuck-button")
		b.levels("a1", time.Second)
		b.want(0, "+stuck-button", "-stuck-button")
		b.levels("a0", time.Minute) // a press, and stuck again
		b.want(1, "+stuck-button", "-stuck-button", "+stuck-button")
		_ = b.wire.Close() // unplugged: that is what there is to say now
		synctest.Wait()
		b.want(1, "+stuck-button", "-stuck-button", "+stuck-button", "-stuck-button")
		if l := b.dev.(interface{ Lost() error }).Lost(); !errors.Is(l, io.EOF) {
			t.Errorf("lost: %v", l)
		}
		if err := b.dev.(devices.Lamp).Light(t.Context(), true); err == nil {
			t.Error("a lamp is lit behind a cable that is gone")
		}
	})
}

func TestTwoStuckButtonsAreOneProblem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, "gpio-dispenser-4", map[string]string{"queue1": "A", "queue2": "B", "queue3": "C", "queue4": "D", "printer": "p", "stuck_ms": "2000"})
		b.levels("a1b1c1d1", time.Second)
		b.levels("a0b0", 3*time.Second)
		b.want(2, "+stuck-button")
		b.levels("a1", time.Second)
		b.want(2, "+stuck-button")
		b.levels("b1", time.Second)
		b.want(2, "+stuck-button", "-stuck-button")
		b.levels("c0", time.Second)
		if in := b.inputs[2]; in.Key != devices.KeyTicket || in.Digits != "C" {
			t.Errorf("input %+v", in)
		}
	})
}

func TestLampAndItsSense(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct{ low, want string }{{"button", "a^b0b1b0"}, {"lamp button", "a^b1b0b1"}} {
			b := open(t, "gpio-button-lamp", map[string]string{"active_low": c.low})
			lamp := b.dev.(devices.Lamp)
			for _, on := range []bool{true, false} {
				if err := lamp.Light(t.Context(), on); err != nil {
					t.Fatal(err)
				}
			}
			synctest.Wait()
			var got bytes.Buffer
			for _, w := range b.wrote() {
				got.WriteString(w.cmd)
			}
			if got.String() != c.want {
				t.Errorf("active low %q: wrote %s, want %s", c.low, &got, c.want)
			}
		}
	})
}

// A tag buzzes at the call, again while nobody comes, at once when called again, and never after.
func TestTagPulses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, "gpio-tag", nil)
		tag := b.dev.(devices.Lamp)
		light := func(ctx context.Context, on bool, then time.Duration) {
			if err := tag.Light(ctx, on); err != nil {
				t.Fatal(err)
			}
			time.Sleep(then)
			synctest.Wait()
		}
		light(t.Context(), true, 1*time.Second)
		light(t.Context(), true, 6*time.Second)                  // a refresh is no call
		light(devices.InHurry(t.Context()), true, 2*time.Second) // called again, at 7 s
		light(devices.InHurry(t.Context()), false, time.Minute)  // the citizen came
		want := []wired{{0, "a0"}, {0, "a1"}, {500 * time.Millisecond, "a0"}, {5500 * time.Millisecond, "a1"}, {6 * time.Second, "a0"},
			{7 * time.Second, "a1"}, {7500 * time.Millisecond, "a0"}, {9 * time.Second, "a0"}}
		got := b.wrote()
		if len(got) != len(want) {
			t.Fatalf("wrote %v, want %v", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("wrote %v, want %v", got[i], want[i])
			}
		}
	})
}

func TestSettingsThatAreRefused(t *testing.T) {
	all, err := profile.Load(configs.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id   string
		set  map[string]string
		says string
	}{
		{"gpio-dispenser", nil, "set.queue: is missing"},
		{"gpio-lamp", map[string]string{"activelow": "lamp"}, "no such setting"},
		{"gpio-lamp", map[string]string{"active_low": "led"}, `no line "led"`},
		{"gpio-button", map[string]string{"debounce_ms": "0"}, "no number of milliseconds"},
	} {
		p, err := all.Get(c.id)
		if err != nil {
			t.Fatal(err)
		}
		port, wire := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, wire) }()
		_, err = gpio.Open(t.Context(), port, devices.Setting{ID: "it", Profile: p, Set: c.set})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s with %v: %v, want words %q", c.id, c.set, err, c.says)
		}
		_ = port.Close()
		_ = wire.Close()
	}
}
