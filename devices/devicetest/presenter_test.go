package devicetest_test

import (
	"errors"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/profile"
	"halld/devices/sim"
	configs "halld/firmware-configs"
)

// model is a copy of a shipped profile, changed.
func model(t *testing.T, id string, change func(*profile.Printer)) *profile.Profile {
	t.Helper()
	set, err := profile.Load(configs.FS)
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	own, pr := *p, *p.Printer
	own.Printer = &pr
	if change != nil {
		change(&pr)
	}
	return &own
}

func (p plugged[S]) probe(t *testing.T) {
	t.Helper()
	if err := p.dev.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A ticket that hangs in the mouth is no problem at once, is one after its time, is taken back where the device is set so, and then the problem is over.
// That holds for models that tell by status bits and for one that has to be asked.
func TestTicketThatNobodyTakes(t *testing.T) {
	t.Parallel()
	asked := func(pr *profile.Printer) { // as Custom's that lack the full status
		pr.Full, pr.Presenter.Query, pr.Presenter.Bit = false, "1D 65 06", 0x08
		pr.Bits = nil
		for _, b := range profile.EpsonBits {
			b.Equals = b.Mask
			pr.Bits = append(pr.Bits, b)
		}
	}
	for name, c := range map[string]struct {
		model   *profile.Profile
		retract string
		held    byte // steps that the ticket is held out
	}{
		"custom":           {model(t, "custom-kpm", nil), "2", 80},
		"custom, asked":    {model(t, "custom-kpm", asked), "2", 80},
		"custom, not back": {model(t, "custom-kpm", nil), "", 80},
		"citizen":          {model(t, "citizen-ppu700", nil), "2", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := map[string]string{"take_within": "1"}
			if c.retract != "" {
				set["retract_after"] = c.retract
			}
			if c.held > 0 {
				set["present_mm"] = "50"
			}
			p := plugWith[*sim.Printer](t, c.model, 0, set)
			if err := p.sim.SetFault("ticket-not-taken", true); err != nil {
				t.Fatal(err)
			}
			if proof, err := p.dev.(devices.Printer).Print(t.Context(), slip("A123"), func() error { return nil }); err != nil || proof != devices.ByStatus {
				t.Fatalf("print: %q, %v", proof, err)
			}
			within(t, 5*time.Second, "the ticket is not held out", func() bool { return p.sim.HeldOut() == c.held })
			p.probe(t)
			if len(p.problems) != 0 {
				t.Fatalf("a ticket that was just handed out: %+v", <-p.problems)
			}
			time.Sleep(1100 * time.Millisecond)
			p.probe(t)
			p.problem(t, "ticket-not-taken", false)
			if n := p.sim.TakenBack(); n != 0 {
				t.Fatalf("%d tickets were taken back before their time", n)
			}
			time.Sleep(1200 * time.Millisecond)
			p.probe(t)
			if c.retract == "" {
				time.Sleep(200 * time.Millisecond)
				if n := p.sim.TakenBack(); n != 0 {
					t.Errorf("%d tickets were taken back, and nobody asked for it", n)
				}
				return
			}
			within(t, 5*time.Second, "the ticket is not taken back", func() bool { return p.sim.TakenBack() == 1 })
			p.probe(t)
			p.problem(t, "ticket-not-taken", true)
			p.probe(t)
			if n := p.sim.TakenBack(); n != 1 {
				t.Errorf("it was told %d times", n)
			}
			if u := p.sim.Unknown(); len(u) != 0 {
				t.Errorf("the printer does not know % X", u)
			}
		})
	}
}

// A printer beeps behind a ticket where its device is set so, once, and else never.
func TestBeep(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]int{"": 0, "no": 0, "yes": 1} {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			settings := map[string]string{"beep": set}
			if set == "" {
				settings = nil
			}
			p := plugWith[*sim.Printer](t, model(t, "epson-tm", nil), 0, settings)
			if proof, err := p.dev.(devices.Printer).Print(t.Context(), slip("A123"), func() error { return nil }); err != nil || proof != devices.ByProcessID {
				t.Fatalf("print: %q, %v", proof, err)
			}
			if got := p.sim.Beeps(); got != want {
				t.Errorf("it beeped %d times, want %d", got, want)
			}
		})
	}
}

// A printer that answers on a serial line only, hung on USB, prints without a proof instead of being called silent for ever. On its serial line silence is a fault.
func TestPrinterThatAnswersOnSerialOnly(t *testing.T) {
	t.Parallel()
	for port, mute := range map[string]bool{"/dev/usb/lp0": true, "/dev/ttyS0": false} {
		t.Run(port, func(t *testing.T) {
			t.Parallel()
			p := plugWith[*sim.Printer](t, model(t, "cashino-kp628e", nil).At(port), 0, nil)
			if err := p.sim.SetFault("silent", true); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				_ = p.dev.Probe(t.Context()) // it is silent: what that means is seen below
			}
			_, err := p.dev.(devices.Printer).Print(t.Context(), slip("A123"), func() error { return nil })
			var pe *devices.PrintError
			if !errors.As(err, &pe) || pe.Nothing == mute {
				t.Fatalf("print: %v", err)
			}
			if !mute {
				p.problem(t, "silent", false)
				return
			}
			p.problem(t, "silent", true)
			p.problem(t, "weak-proof", false)
			within(t, 20*time.Second, "no ticket came out", func() bool { return len(p.sim.Receipts()) == 1 })
		})
	}
}
