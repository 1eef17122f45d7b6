package gpio_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/gpio"
	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/sim"
	configs "halld/firmware-configs"
)

// simulated is a button with a lamp behind a tty, and the port at its other end.
func simulated(t *testing.T) (*profile.Profile, *sim.Contacts, devices.Port) {
	t.Helper()
	all, err := profile.Load(configs.FS)
	if err != nil {
		t.Fatal(err)
	}
	p, err := all.Get("gpio-button-lamp")
	if err != nil {
		t.Fatal(err)
	}
	s, err := sim.New(p.Kind, p, sim.Options{ID: "it"})
	if err != nil {
		t.Fatal(err)
	}
	name, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	conn, err := port.Open(t.Context(), name, port.Line{Baud: p.Line.Baud, Format: p.Line.Format})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return p, s.(*sim.Contacts), conn
}

// The driver and the simulator meet at a tty: one press is one input although the contact bounces, a jammed key is told of, a pulled cable is seen.
func TestSimulatedButton(t *testing.T) {
	p, contacts, conn := simulated(t)
	inputs, problems := make(chan devices.Input, 16), make(chan devices.Problem, 16)
	dev, err := gpio.Open(t.Context(), conn, devices.Setting{ID: "it", Profile: p, Window: 1, Set: map[string]string{"stuck_ms": "1000"}, Log: slog.New(slog.DiscardHandler),
		Report: func(p devices.Problem) { problems <- p }, Input: func(in devices.Input) { inputs <- in }})
	if err != nil {
		t.Fatal(err)
	}
	lit := func(on bool, want string) {
		t.Helper()
		if err := dev.(devices.Lamp).Light(t.Context(), on); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(5 * time.Second); contacts.Text() != want; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("lit %v, it shows %q", on, contacts.Text())
			}
		}
	}
	lit(true, "lamp")
	lit(false, "")
	press := func() {
		t.Helper()
		if err := contacts.Press("button"); err != nil {
			t.Fatal(err)
		}
		select {
		case <-inputs:
		case <-time.After(5 * time.Second):
			t.Fatal("a press goes unnoticed")
		}
	}
	told := func(cleared bool) {
		t.Helper()
		select {
		case p := <-problems:
			if p.Code != "stuck-button" || p.Cleared != cleared || p.Text == "" || p.Hint == "" {
				t.Errorf("problem %+v", p)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("stuck-button (cleared: %v) was not reported", cleared)
		}
	}
	time.Sleep(100 * time.Millisecond) // its first level has come
	press()
	press()
	if err := contacts.SetFault("stuck-button", true); err != nil {
		t.Fatal(err)
	}
	press()
	told(false)
	if err := contacts.SetFault("stuck-button", false); err != nil {
		t.Fatal(err)
	}
	told(true)
	time.Sleep(100 * time.Millisecond)
	if n := len(inputs); n != 0 {
		t.Errorf("three presses gave %d inputs", 3+n)
	}
	if err := contacts.SetFault("unplugged", true); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(5 * time.Second); dev.(interface{ Lost() error }).Lost() == nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nobody notices that the cable was pulled")
		}
	}
}

// asking is a port at which somebody who asks the device is waited for while it writes: as the rack, which notes what goes over a line.
type asking struct {
	devices.Port
	ask func()
}

func (a *asking) Write(b []byte) (int, error) {
	asked := make(chan struct{})
	go func() { a.ask(); close(asked) }()
	select {
	case <-asked:
	case <-time.After(5 * time.Second):
		return 0, errors.New("whoever asks when the device was heard waits for the end of its writing")
	}
	return a.Port.Write(b)
}

// A lamp that is being switched holds up nobody who asks how the devices are.
func TestAnsweredWaitsForNoWriting(t *testing.T) {
	p, _, conn := simulated(t)
	a := &asking{Port: conn, ask: func() {}}
	dev, err := gpio.Open(t.Context(), a, devices.Setting{ID: "it", Profile: p, Window: 1, Log: slog.New(slog.DiscardHandler),
		Report: func(devices.Problem) {}, Input: func(devices.Input) {}})
	if err != nil {
		t.Fatal(err)
	}
	a.ask = func() { devices.AnsweredBy(dev) }
	if err := dev.(devices.Lamp).Light(t.Context(), true); err != nil {
		t.Error(err)
	}
}
