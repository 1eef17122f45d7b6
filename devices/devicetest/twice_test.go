package devicetest_test

import (
	"bytes"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/drivers"
	"halld/devices/escpos"
	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/sim"
)

// The cable is pulled before the first byte, in the middle, between the last byte and the proof, and after the proof. What Print says agrees with the
// paper, and no ticket is on two pieces of it.
func TestUnpluggedNeverLostNeverTwice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		pull func(p plugged[*sim.Printer]) // runs beside the print, from the moment it is started
		want string
	}{
		{"before the first byte", nil, "nothing"},
		{"in the middle", func(p plugged[*sim.Printer]) {
			for p.sim.Printed() == 0 {
				time.Sleep(time.Millisecond)
			}
			_ = p.sim.SetFault("unplugged", true)
		}, "unknown"},
		{"between the last byte and the proof", func(p plugged[*sim.Printer]) {
			for len(p.sim.Receipts()) == 0 {
				time.Sleep(time.Millisecond)
			}
			_ = p.sim.SetFault("unplugged", true)
		}, "unknown"},
		{"after the proof", func(plugged[*sim.Printer]) {}, "printed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := plug[*sim.Printer](t, "epson-tm", 0)
			if strings.HasPrefix(c.name, "between") { // the proof never leaves
				if err := p.dev.Probe(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := p.sim.SetFault("weak-proof", true); err != nil {
					t.Fatal(err)
				}
			}
			if c.pull == nil {
				if err := p.sim.SetFault("unplugged", true); err != nil {
					t.Fatal(err)
				}
			}
			proof, err := p.dev.(devices.Printer).Print(t.Context(), slip("A123"), func() error {
				if c.pull != nil {
					go c.pull(p)
				}
				return nil
			})
			var pe *devices.PrintError
			got := "printed"
			if errors.As(err, &pe) {
				got = map[bool]string{true: "nothing", false: "unknown"}[pe.Nothing]
			}
			if got != c.want {
				t.Errorf("it says %s (%s, %v), want %s", got, proof, err, c.want)
			}
			_ = p.sim.SetFault("unplugged", true) // also after the proof
			if err := p.sim.SetFault("unplugged", false); err != nil {
				t.Fatal(err)
			}
			time.Sleep(500 * time.Millisecond) // whatever is still to come out
			n := 0
			for _, r := range p.sim.Receipts() {
				n += strings.Count(r.Text, "A123\n")
			}
			if n > 1 || got == "nothing" && n != 0 || got == "printed" && n != 1 {
				t.Errorf("it says %s, and %d tickets came out", got, n)
			}
		})
	}
}

// Paper runs out in the middle of a ticket and is loaded: the printer kept the rest, and one whole ticket is proved.
//
// Hard case: refill_prints_nothing_stale.
func TestPaperReloadedInTheMiddle(t *testing.T) {
	t.Parallel()
	p := plug[*sim.Printer](t, "epson-tm", 0)
	proof, err := p.dev.(devices.Printer).Print(t.Context(), slip("A123"), func() error {
		go func() {
			for p.sim.Printed() == 0 {
				time.Sleep(time.Millisecond)
			}
			_ = p.sim.SetFault("paper-out", true)
			time.Sleep(2 * time.Second)
			_ = p.sim.SetFault("paper-out", false)
		}()
		return nil
	})
	if err != nil || proof != devices.ByProcessID {
		t.Fatalf("proof %q, %v", proof, err)
	}
	if got := p.sim.Receipts(); len(got) != 1 || !strings.Contains(got[0].Text, "A123") {
		t.Errorf("%d pieces of paper came out", len(got))
	}
	p.problem(t, "paper-out", false)
}

// A printer that answers neither process IDs nor GS r is found out at start-up: its prints are proved by how it looks afterwards, and that is shown.
func TestProofIsLowered(t *testing.T) {
	t.Parallel()
	prof := model(t, "epson-tm", func(p *profile.Printer) { p.BandRows, p.Speed = 16, 1000 })
	prof.Line.Baud = 115200
	p := plugWith[*sim.Printer](t, prof, 0, nil)
	if err := p.sim.SetFault("weak-proof", true); err != nil {
		t.Fatal(err)
	}
	proof, err := p.dev.(devices.Printer).Print(t.Context(), slip("A123"), func() error { return nil })
	if err != nil || proof != devices.ByPoll {
		t.Fatalf("proof %q, %v", proof, err)
	}
	p.problem(t, "weak-proof", false)
}

// givenUp is a print that paper ran out under and nobody came for.
func givenUp(t *testing.T, p plugged[*sim.Printer], number string) {
	t.Helper()
	s := slip(number)
	s.Job = number + "#1"
	ran := p.sim.Printed()
	_, err := p.dev.(devices.Printer).Print(t.Context(), s, func() error {
		go func() {
			for p.sim.Printed() == ran {
				time.Sleep(time.Millisecond)
			}
			_ = p.sim.SetFault("paper-out", true)
		}()
		return nil
	})
	var pe *devices.PrintError
	if !errors.As(err, &pe) || pe.Nothing || pe.Problem.Code != "paper-out" {
		t.Fatalf("print: %v", err)
	}
	if len(p.proved) != 0 {
		t.Fatalf("%s is proved without paper", <-p.proved)
	}
}

func (p plugged[S]) late(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-p.proved:
		if got != want {
			t.Errorf("proved late: %s, want %s", got, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("%s is not proved", want)
	}
}

// A printer that is given paper prints what it kept, and its mark proves the very print that was given up: once, and no other.
func TestProofThatComesLate(t *testing.T) {
	t.Parallel()
	p := plugPatient(t, "1")
	givenUp(t, p, "A123")
	if err := p.sim.SetFault("paper-out", false); err != nil {
		t.Fatal(err)
	}
	p.late(t, "A123#1 process-id")
	if got := p.sim.Receipts(); len(got) != 1 || !strings.Contains(got[0].Text, "A123") {
		t.Errorf("%d papers came out", len(got))
	}
	if proof, err := p.dev.(devices.Printer).Print(t.Context(), slip("A124"), func() error { return nil }); err != nil || proof != devices.ByProcessID {
		t.Fatalf("the next print: %q, %v", proof, err)
	}
	if len(p.proved) != 0 {
		t.Errorf("%s is proved a second time", <-p.proved)
	}
}

// What a printer lost while it was off is not proved by the tickets that follow: a higher mark proves nothing late.
func TestALaterPrintProvesNothingLate(t *testing.T) {
	t.Parallel()
	p := plugPatient(t, "1")
	givenUp(t, p, "A123")
	if err := p.dev.(devices.RawSender).SendRaw(t.Context(), []byte{0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08}); err != nil { // as if its power had been cut
		t.Fatal(err)
	}
	within(t, 5*time.Second, "the printer still holds the ticket", func() bool { return p.sim.Holds() == 0 })
	if err := p.sim.SetFault("paper-out", false); err != nil {
		t.Fatal(err)
	}
	for _, number := range []string{"A124", "A125"} {
		if proof, err := p.dev.(devices.Printer).Print(t.Context(), slip(number), func() error { return nil }); err != nil || proof != devices.ByProcessID {
			t.Fatalf("%s: %q, %v", number, proof, err)
		}
	}
	if len(p.proved) != 0 {
		t.Errorf("%s: proved by the print of another ticket", <-p.proved)
	}
}

// empty asks a printer to give up what it holds.
func (p plugged[S]) empty(t *testing.T) error {
	t.Helper()
	return p.dev.(devices.Clearer).Clear(t.Context())
}

// A printer that is emptied in mid-ticket ends the print at once, as unknown. The rest of it never comes out, its mark proves nothing any more, what hangs half
// printed is cut off, and the next ticket stands on paper of its own.
func TestEmptiedInMidTicket(t *testing.T) {
	t.Parallel()
	p := plug[*sim.Printer](t, "epson-tm", 0)
	began := time.Now()
	s := slip("A123")
	s.Job = "A123#1"
	stuck := make(chan bool)
	over := make(chan error, 1)
	go func() {
		_, err := p.dev.(devices.Printer).Print(t.Context(), s, func() error {
			go func() {
				for p.sim.Printed() == 0 {
					time.Sleep(time.Millisecond)
				}
				_ = p.sim.SetFault("paper-out", true)
				close(stuck)
			}()
			return nil
		})
		over <- err
	}()
	<-stuck
	p.problem(t, "paper-out", false)
	if err := p.empty(t); err != nil {
		t.Fatal(err)
	}
	var pe *devices.PrintError
	if err := <-over; !errors.As(err, &pe) || pe.Nothing {
		t.Fatalf("the print under way: %v", err)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it waited %v for a person who was there", took)
	}
	if n := p.sim.Holds(); n != 0 {
		t.Errorf("the printer still holds %d bytes", n)
	}
	if err := p.sim.SetFault("paper-out", false); err != nil {
		t.Fatal(err)
	}
	if proof, err := p.dev.(devices.Printer).Print(t.Context(), slip("A124"), func() error { return nil }); err != nil || proof != devices.ByProcessID {
		t.Fatalf("the next print: %q, %v", proof, err)
	}
	got := p.sim.Receipts()
	if len(got) != 2 {
		t.Fatalf("%d papers came out", len(got))
	}
	if whole := strings.Count(got[0].Text, "2026-03-02"); whole != 0 || strings.Contains(got[0].Text, "A124") || !strings.Contains(got[1].Text, "A124") || strings.Contains(got[1].Text, "A123") {
		t.Errorf("torn off:\n%s\nthe next:\n%s", got[0].Text, got[1].Text)
	}
	if len(p.proved) != 0 {
		t.Errorf("%s is proved, and was thrown away", <-p.proved)
	}
}

// Emptying a printer at rest cuts nothing off, and one that was given up before is forgotten: loaded with paper nothing comes out.
func TestEmptiedAtRest(t *testing.T) {
	t.Parallel()
	p := plugPatient(t, "1")
	if err := p.empty(t); err != nil {
		t.Fatal(err)
	}
	if _, err := p.dev.(devices.Printer).Print(t.Context(), slip("A122"), func() error { return nil }); err != nil || len(p.sim.Receipts()) != 1 {
		t.Fatalf("%v, %d papers", err, len(p.sim.Receipts()))
	}
	givenUp(t, p, "A123")
	if err := p.empty(t); err != nil {
		t.Fatal(err)
	}
	ran := p.sim.Printed()
	if err := p.sim.SetFault("paper-out", false); err != nil {
		t.Fatal(err)
	}
	p.probe(t)
	time.Sleep(500 * time.Millisecond) // what it still held would come out
	if now := p.sim.Printed(); now != ran || len(p.sim.Receipts()) != 1 || len(p.proved) != 0 {
		t.Errorf("%d rows and %d papers came out of an empty printer", now-ran, len(p.sim.Receipts())-1)
	}
}

// A printer that does not say that it is empty is not taken for empty.
func TestEmptiedWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	p := plug[*sim.Printer](t, "epson-tm", 0)
	if err := p.sim.SetFault("silent", true); err != nil {
		t.Fatal(err)
	}
	if err := p.empty(t); err == nil || !strings.Contains(err.Error(), "switch its power off and on") {
		t.Errorf("a silent printer: %v", err)
	}
	q := plug[*sim.Printer](t, "generic-escpos", 0)
	if err := q.empty(t); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a printer that answers nothing: %v", err)
	}
}

// The cable is pulled in mid-ticket, in text or in a picture, and the printer keeps its power: whoever opens the port then cuts the torn half off, and the next
// number stands on paper of its own. One that can only look how it is, or says nothing, is brought out of the picture, too.
func TestTheNextTicketIsNotOnTheTornOne(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ id, mode, confirm string }{
		{"epson-tm", "text", ""}, {"epson-tm", "raster", ""}, {"epson-tm", "raster", "gs-r"}, {"epson-tm", "raster", "poll"}, {"generic-escpos", "raster", ""},
	} {
		t.Run(c.id+"/"+c.mode+"/"+c.confirm, func(t *testing.T) {
			t.Parallel()
			prof := model(t, c.id, func(p *profile.Printer) { p.NativeQR, p.Speed = false, 1000 })
			prof.Line.Baud, prof.Line.ReplyMS = 921600, 3000
			link := filepath.Join(t.TempDir(), "printer")
			s, err := sim.New("printer", prof, sim.Options{ID: "it", Link: link})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			paper := s.(*sim.Printer)
			set := map[string]string{"mode": c.mode}
			if c.confirm != "" {
				set["confirm"] = c.confirm
			}
			open := func() devices.Printer {
				conn, err := port.Open(t.Context(), link, port.Line{Baud: prof.Line.Baud, Format: prof.Line.Format})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = conn.Close() })
				dev, err := drivers.All["escpos"](t.Context(), conn, devices.Setting{ID: "it", Profile: prof, Set: set, Log: slog.New(slog.DiscardHandler), Report: func(devices.Problem) {}})
				if err != nil {
					t.Fatal(err)
				}
				return dev.(devices.Printer)
			}
			pulled := make(chan struct{})
			_, err = open().Print(t.Context(), slip("A123"), func() error {
				go func() {
					defer close(pulled)
					for paper.Printed() == 0 {
						time.Sleep(time.Millisecond)
					}
					_ = paper.SetFault("unplugged", true)
				}()
				return nil
			})
			var pe *devices.PrintError
			if !errors.As(err, &pe) || pe.Nothing || !pe.Torn {
				t.Fatalf("the first ticket: %v", err)
			}
			<-pulled
			if err := paper.SetFault("unplugged", false); err != nil {
				t.Fatal(err)
			}
			next := slip("A124")
			next.Torn = true
			if _, err := open().Print(t.Context(), next, func() error { return nil }); err != nil && c.id == "epson-tm" {
				t.Fatalf("the next ticket: %v", err)
			}
			within(t, 20*time.Second, "the next ticket does not come out", func() bool { return len(paper.Receipts()) >= 2 })
			got := paper.Receipts()
			last := got[len(got)-1]
			want, err := escpos.Render(next, prof, set)
			if err != nil {
				t.Fatal(err)
			}
			body := want.Bytes[8 : len(want.Bytes)-4] // between the ESC @ and the cut
			if at := bytes.Index(last.Raw, body); at < 0 || at > 64 {
				t.Errorf("the next ticket begins at byte %d of the %d that made the last of %d papers", at, len(last.Raw), len(got))
			}
			for _, r := range got {
				if strings.Contains(r.Text, "A123") && strings.Contains(r.Text, "A124") {
					t.Errorf("two numbers on one slip:\n%s", r.Text)
				}
			}
		})
	}
}
