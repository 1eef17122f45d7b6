package devicetest_test

import (
	"context"
	"errors"
	"image/png"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"halld/cmd/testmain"
	"halld/devices"
	"halld/devices/devicetest"
	"halld/devices/drivers"
	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/sim"
	configs "halld/firmware-configs"
)

func TestMain(m *testing.M) { os.Exit(testmain.SideBySide(m, 16).Run()) }

// plugged is a driver and the simulated device at the other end of its tty.
type plugged[S sim.Device] struct {
	sim      S
	dev      devices.Device
	problems chan devices.Problem
	inputs   chan devices.Input
	proved   chan string // jobs that are proved late
}

func plug[S sim.Device](t *testing.T, id string, address int) plugged[S] {
	t.Helper()
	set, err := profile.Load(configs.FS)
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	return plugWith[S](t, p, address, nil)
}

// plugWith takes the profile itself and the device's own settings.
func plugWith[S sim.Device](t *testing.T, p *profile.Profile, address int, settings map[string]string) plugged[S] {
	t.Helper()
	if p.Printer != nil && p.Line.ReplyMS == 0 {
		own := *p
		own.Line.ReplyMS = 1500 // a busy machine is no silent printer
		p = &own
	}
	s, err := sim.New(p.Kind, p, sim.Options{ID: p.ID, Address: address})
	if err != nil {
		t.Fatal(err)
	}
	name, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := port.Open(t.Context(), name, port.Line{Baud: p.Line.Baud, Format: p.Line.Format, Flow: p.Line.Flow})
	if err != nil {
		t.Fatal(err)
	}
	told := *p
	if p.Printer != nil { // twelve simulated printers draw their paper beside each other, on machines that have other work, too: no answer is no word on speed
		told.Line.ReplyMS = max(p.Line.ReplyMS, 3000)
	}
	out := plugged[S]{sim: s.(S), problems: make(chan devices.Problem, 64), inputs: make(chan devices.Input, 64), proved: make(chan string, 64)}
	out.dev, err = drivers.All[p.Driver](t.Context(), conn, devices.Setting{ID: p.ID, Profile: &told, Window: 1, Address: address, Set: settings, Log: slog.New(slog.DiscardHandler),
		Report: func(p devices.Problem) { out.problems <- p }, Input: func(in devices.Input) { out.inputs <- in },
		Proved: func(job string, proof devices.Proof) { out.proved <- job + " " + string(proof) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Close()
		_ = conn.Close()
	})
	return out
}

func within(t *testing.T, d time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %v: %s", d, what)
		}
	}
}

func (p plugged[S]) problem(t *testing.T, code string, cleared bool) {
	t.Helper()
	for end := time.After(20 * time.Second); ; {
		select {
		case got := <-p.problems:
			if got.Code == code && got.Cleared == cleared {
				if got.Text == "" || got.Hint == "" || got.TextEn == "" || got.HintEn == "" {
					t.Errorf("problem %s says too little: %+v", code, got)
				}
				return
			}
		case <-end:
			t.Fatalf("problem %s (cleared: %v) was not reported", code, cleared)
		}
	}
}

func TestExerciseOfEveryProfile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, id string }{
		{"board", "onbon-bx5k"}, {"board", "pinganlihe"}, {"caller+pad", "caller-ff68"}, {"printer", "epson-tm"},
	} {
		t.Run(c.id, func(t *testing.T) {
			t.Parallel()
			p := plug[sim.Device](t, c.id, 3)
			if err := devicetest.Exercise(t.Context(), p.dev, devicetest.Way{}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBoardShowsFaces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id   string
		want map[devices.Mode]string
	}{
		{"onbon-bx5k", map[devices.Mode]string{devices.Calling: "A123", devices.AtWindow: "A123", devices.Paused: "午休"}},
		{"pinganlihe", map[devices.Mode]string{devices.Calling: "A123", devices.AtWindow: "A123", devices.Paused: "午休", devices.Idle: "欢迎光临"}},
	} {
		t.Run(c.id, func(t *testing.T) {
			t.Parallel()
			p := plug[*sim.Board](t, c.id, 7)
			for mode, want := range c.want {
				face := devices.Face{Window: 4, Mode: mode, Pause: "午休"}
				if mode == devices.Calling || mode == devices.AtWindow {
					face.Number = "A123"
				}
				if err := p.dev.(devices.Board).Show(t.Context(), face); err != nil {
					t.Fatalf("show %s: %v", mode, err)
				}
				within(t, 20*time.Second, "the board does not show "+want, func() bool { return strings.Contains(p.sim.Text(), want) })
			}
			if err := p.dev.Probe(t.Context()); err != nil {
				t.Errorf("it is asked for a sign of life: %v", err)
			}
			if len(p.problems) != 0 {
				t.Errorf("a sound line gave a problem: %+v", <-p.problems)
			}
		})
	}
}

func TestBoardFaults(t *testing.T) {
	t.Parallel()
	p := plug[*sim.Board](t, "onbon-bx5k", 7)
	board := p.dev.(devices.Board)
	face := devices.Face{Window: 4, Number: "A123", Mode: devices.Calling}
	for _, fault := range []string{"silent", "bad-checksum", "garbage"} {
		if err := p.sim.SetFault(fault, true); err != nil {
			t.Fatal(err)
		}
		if err := board.Show(t.Context(), face); err == nil {
			t.Errorf("%s: a board that does not answer well passed for one that does", fault)
		}
		p.problem(t, "silent", false)
		if err := p.sim.SetFault(fault, false); err != nil {
			t.Fatal(err)
		}
		within(t, 20*time.Second, "it did not recover from "+fault, func() bool { return board.Show(t.Context(), face) == nil })
		p.problem(t, "silent", true)
	}
}

func TestCallerAndPad(t *testing.T) {
	t.Parallel()
	p := plug[*sim.CallerPad](t, "caller-ff68", 2)
	if err := p.dev.(devices.Caller).ShowFace(t.Context(), devices.Face{Window: 2, Number: "B045", Mode: devices.Calling}); err != nil {
		t.Fatal(err)
	}
	within(t, 20*time.Second, "the caller does not show the number", func() bool {
		got := p.sim.Shown()
		return got != "" && strings.HasSuffix("B045", got)
	})
	if err := p.dev.(devices.Pad).Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	within(t, 20*time.Second, "the pad was not asked", func() bool { return p.sim.Asked() > 0 })
	if err := p.sim.Rate(4); err != nil {
		t.Fatal(err)
	}
	select {
	case in := <-p.inputs:
		if in.Key != devices.KeyRate || in.Level != 4 || in.Window != 2 && in.Window != 1 {
			t.Errorf("input %+v", in)
		}
	case <-time.After(2 * time.Second):
		t.Fatal("the press did not arrive")
	}
}

// plugPatient is an Epson whose begun tickets wait so many seconds for a person.
func plugPatient(t *testing.T, seconds string) plugged[*sim.Printer] {
	t.Helper()
	set, err := profile.Load(configs.FS)
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get("epson-tm")
	if err != nil {
		t.Fatal(err)
	}
	return plugWith[*sim.Printer](t, p, 0, map[string]string{"fault_wait": seconds})
}

func slip(number string) devices.Slip {
	return devices.Slip{Job: "test#1", Hall: "清溪县政务服务中心", Number: number, Business: "户籍证件", Ahead: 3, Windows: []string{"1", "2"},
		Issued: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC), Copy: 1, URL: "https://hall.example/t/" + number}
}

func TestPrintProved(t *testing.T) {
	t.Parallel()
	p := plug[*sim.Printer](t, "epson-tm", 0)
	proof, err := p.dev.(devices.Printer).Print(t.Context(), slip("A123"), func() error { return nil })
	if err != nil || proof != devices.ByProcessID {
		t.Fatalf("proof %q, %v", proof, err)
	}
	got := p.sim.Receipts()
	if len(got) != 1 {
		t.Fatalf("%d pieces of paper", len(got))
	}
	for _, want := range []string{"清溪县政务服务中心", "A123", "户籍证件", "3 人", "2026-03-02 09:30"} {
		if !strings.Contains(got[0].Text, want) {
			t.Errorf("the ticket lacks %q:\n%s", want, got[0].Text)
		}
	}
	if u := p.sim.Unknown(); len(u) != 0 {
		t.Errorf("the printer does not know % X", u)
	}
}

// A printer that cannot print is found out before the first byte: nothing is started, nothing comes out, and the fault has a name.
func TestPrintRefusedBefore(t *testing.T) {
	t.Parallel()
	for fault, code := range map[string]string{"paper-out": "paper-out", "cover-open": "cover-open", "cutter": "cutter", "silent": "silent"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			p := plug[*sim.Printer](t, "epson-tm", 0)
			if err := p.sim.SetFault(fault, true); err != nil {
				t.Fatal(err)
			}
			_, err := p.dev.(devices.Printer).Print(t.Context(), slip("A123"), func() error { t.Error("it was started"); return nil })
			var pe *devices.PrintError
			if !errors.As(err, &pe) || !pe.Nothing {
				t.Fatalf("error %v", err)
			}
			p.problem(t, code, false)
			if err := p.sim.SetFault(fault, false); err != nil {
				t.Fatal(err)
			}
			if _, err := p.dev.(devices.Printer).Print(t.Context(), slip("A124"), func() error { return nil }); err != nil {
				t.Fatalf("after the fault: %v", err)
			}
			p.problem(t, code, true)
			if got := p.sim.Receipts(); len(got) != 1 || strings.Contains(got[0].Text, "A123") {
				t.Errorf("%d pieces of paper came out", len(got))
			}
		})
	}
}

// What goes wrong after the first byte is unknown, never "nothing": the paper may come out later.
//
// Hard case: cutter_jam_mid_ticket.
func TestPrintBrokenOff(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"paper-out", "cover-open", "silent", "unplugged"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			p := plugPatient(t, "2")
			_, err := p.dev.(devices.Printer).Print(t.Context(), slip("A123"), func() error {
				go func() {
					time.Sleep(60 * time.Millisecond)
					_ = p.sim.SetFault(fault, true)
				}()
				return nil
			})
			var pe *devices.PrintError
			if !errors.As(err, &pe) || pe.Nothing {
				t.Fatalf("error %v", err)
			}
			if fault != "unplugged" && fault != "silent" && pe.Problem.Code != fault {
				t.Errorf("problem %s", pe.Problem.Code)
			}
		})
	}
}

func TestPrintNotStarted(t *testing.T) {
	t.Parallel()
	p := plug[*sim.Printer](t, "epson-tm", 0)
	_, err := p.dev.(devices.Printer).Print(t.Context(), slip("A123"), func() error { return io.ErrUnexpectedEOF })
	var pe *devices.PrintError
	if !errors.As(err, &pe) || !pe.Nothing || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("error %v", err)
	}
	time.Sleep(100 * time.Millisecond)
	if n := len(p.sim.Receipts()); n != 0 {
		t.Errorf("%d pieces of paper came out of a print that was not started", n)
	}
}

func TestPrinterThatSaysNothing(t *testing.T) {
	t.Parallel()
	p := plug[*sim.Printer](t, "generic-escpos", 0)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	proof, err := p.dev.(devices.Printer).Print(ctx, slip("A123"), func() error { return nil })
	var pe *devices.PrintError
	if proof != devices.NoProof || !errors.As(err, &pe) || pe.Nothing {
		t.Errorf("a print without proof passed for a proved one: %q, %v", proof, err)
	}
	within(t, 20*time.Second, "no ticket came out", func() bool { return len(p.sim.Receipts()) == 1 })
}

// Every printer model prints, and tells each of its faults by its name. One that answers nothing prints too, and never passes for one that proved it.
func TestEveryPrinterProfile(t *testing.T) {
	t.Parallel()
	set, err := profile.Load(configs.FS)
	if err != nil {
		t.Fatal(err)
	}
	tested := map[string]bool{}
	for _, id := range set.IDs() {
		prof, _ := set.Get(id)
		if prof.Printer == nil {
			continue
		}
		tested[id] = true
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			p := plugWith[*sim.Printer](t, prof, 0, map[string]string{"take_within": "1"})
			printer := p.dev.(devices.Printer)
			if !prof.Printer.Status && prof.Printer.Confirm == "none" {
				unproved(t, p, prof)
				return
			}
			if proof, err := printer.Print(t.Context(), slip("A123"), func() error { return nil }); err != nil || proof == devices.NoProof {
				t.Fatalf("print: %q, %v", proof, err)
			}
			if got := p.sim.Receipts(); len(got) != 1 || prof.Printer.Charset != "ascii" && !strings.Contains(got[0].Text, "户籍证件") {
				t.Errorf("%d pieces of paper", len(got))
			}
			if u := p.sim.Unknown(); len(u) != 0 {
				t.Errorf("the printer does not know % X", u)
			}
			done := map[string]bool{}
			for _, b := range prof.Printer.Bits {
				if done[b.Means] {
					continue
				}
				done[b.Means] = true
				if err := p.sim.SetFault(b.Means, true); err != nil {
					t.Fatal(err)
				}
				if err := p.dev.Probe(t.Context()); err != nil {
					t.Errorf("%s: %v", b.Means, err)
				}
				if b.Means == "ticket-not-taken" { // not before its time
					time.Sleep(1100 * time.Millisecond)
					if err := p.dev.Probe(t.Context()); err != nil {
						t.Errorf("%s: %v", b.Means, err)
					}
				}
				p.problem(t, b.Means, false)
				if b.Stops {
					var pe *devices.PrintError
					if _, err := printer.Print(t.Context(), slip("A124"), func() error { return nil }); !errors.As(err, &pe) || !pe.Nothing || pe.Problem.Code != b.Means {
						t.Errorf("%s: print gave %v", b.Means, err)
					}
				}
				if err := p.sim.SetFault(b.Means, false); err != nil {
					t.Fatal(err)
				}
				if err := p.dev.Probe(t.Context()); err != nil {
					t.Errorf("%s: %v", b.Means, err)
				}
				p.problem(t, b.Means, true)
			}
		})
	}
	for _, id := range []string{"generic-escpos", "generic-escpos-58", "pyramid-reliance", "cashino-kp628e"} {
		if !tested[id] {
			t.Errorf("%s is not a printer among the profiles", id)
		}
	}
}

// unproved prints on a model that answers nothing.
func unproved(t *testing.T, p plugged[*sim.Printer], prof *profile.Profile) {
	t.Helper()
	proof, err := p.dev.(devices.Printer).Print(t.Context(), slip("A123"), func() error { return nil })
	var pe *devices.PrintError
	if proof != devices.NoProof || !errors.As(err, &pe) || pe.Nothing {
		t.Errorf("a print without proof passed for a proved one: %q, %v", proof, err)
	}
	within(t, 20*time.Second, "no ticket came out", func() bool { return len(p.sim.Receipts()) == 1 })
	got := p.sim.Receipts()[0]
	if prof.Printer.Charset != "ascii" && (!strings.Contains(got.Text, "户籍证件") || !strings.Contains(got.Text, "A123")) {
		t.Errorf("the ticket says\n%s", got.Text)
	}
	if w := got.Image.Bounds().Dx(); w != prof.Printer.Dots {
		t.Errorf("the paper is %d dots wide, the model prints %d", w, prof.Printer.Dots)
	}
	if u := p.sim.Unknown(); len(u) != 0 {
		t.Errorf("the printer does not know % X", u)
	}
}

// Every described profile meets its own simulator: a board shows what it is told, a speech module says it, whatever its frames look like.
func TestEveryDescribedProfile(t *testing.T) {
	t.Parallel()
	set, err := profile.Load(configs.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range set.IDs() {
		prof, _ := set.Get(id)
		if prof.Protocol == nil || prof.Kind == "reader" || id == "onbon-bx5k" || id == "pinganlihe" || id == "caller-ff68" {
			continue // the last three have simulators of their own
		}
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			address := 3
			if id == "alpha" || id == "lcled-d" {
				address = 0 // their addresses are words
			}
			var settings map[string]string
			if id == "lcled-d" {
				settings = map[string]string{"addr": "000003"}
			}
			p := plugWith[*sim.Described](t, prof, address, settings)
			if prof.Kind == "voice" {
				if err := p.dev.(devices.Voice).Say(t.Context(), "请A012号到3号窗口"); err != nil {
					t.Fatal(err)
				}
				if got := p.sim.Text(); got != "请A012号到3号窗口" {
					t.Errorf("it said %q", got)
				}
				return
			}
			for mode, show := range prof.Roles.Board {
				face := devices.Face{Window: 3, Number: "A012", Mode: devices.Mode(mode), Pause: "午休"}
				if err := p.dev.(devices.Board).Show(t.Context(), face); err != nil {
					t.Fatalf("%s: %v", mode, err)
				}
				want := strings.NewReplacer("{number}", "A012", "{window}", "3", "{pause}", "午休").Replace(show.Text)
				within(t, 2*time.Second, "it does not show "+want, func() bool { return strings.TrimSpace(p.sim.Text()) == strings.TrimSpace(want) })
			}
			if len(p.problems) != 0 {
				t.Errorf("a sound line gave a problem: %+v", <-p.problems)
			}
		})
	}
}

// An independent reader finds in the printed picture what the ticket's QR code was to say.
func TestQRCodeIsReadByAnotherProgram(t *testing.T) {
	t.Parallel()
	zbar, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Skip("zbarimg is not installed: apt-get install zbar-tools")
	}
	for _, id := range []string{"epson-tm", "zjiang-58", "xprinter-80", "cashino-kp628e"} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			p := plug[*sim.Printer](t, id, 0)
			var pe *devices.PrintError
			if _, err := p.dev.(devices.Printer).Print(t.Context(), slip("A123"), func() error { return nil }); err != nil && !errors.As(err, &pe) {
				t.Fatal(err)
			}
			within(t, 20*time.Second, "no ticket came out", func() bool { return len(p.sim.Receipts()) == 1 })
			name := filepath.Join(t.TempDir(), "paper.png")
			f, err := os.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(png.Encode(f, p.sim.Receipts()[0].Image), f.Close()); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(zbar, "-q", "--raw", name).Output()
			if err != nil || strings.TrimSpace(string(out)) != slip("A123").URL {
				t.Errorf("zbarimg reads %q, %v", out, err)
			}
		})
	}
}

// An exercise says that a device did all of it only where it answered. To one that never answers, and to nobody at all, it was only sent.
func TestAnExerciseSaysWhatItSaw(t *testing.T) {
	t.Parallel()
	answers, deaf := plug[*sim.Board](t, "onbon-bx5k", 1), plug[sim.Device](t, "yongtai", 1)
	for _, c := range []struct {
		dev  devices.Device
		want bool
		en   string
	}{{answers.dev, true, "answered, and did all of it"}, {deaf.dev, false, "look whether"}} {
		seen, err := devicetest.Watch(t.Context(), c.dev, devicetest.Way{Window: 1})
		if err != nil {
			t.Error(err)
		}
		if zh, en := seen.Words(); seen.Answered != c.want || !strings.Contains(en, c.en) || zh == "" {
			t.Errorf("answered %v: %s", seen.Answered, en)
		}
	}
}

// A board that is cleared at a closed window shows nothing then, and its exercise ends so.
func TestABoardThatIsCleared(t *testing.T) {
	t.Parallel()
	const file = "../profile/testdata/foreign/two-line-display.toml"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all, err := profile.ReadFile(file, text)
	if err != nil {
		t.Fatal(err)
	}
	if lacks := all[0].Lacks(); len(lacks) > 0 {
		t.Errorf("it lacks %v", lacks)
	}
	p := plugWith[*sim.Described](t, all[0], 0, nil)
	board := p.dev.(devices.Board)
	if err := board.Show(t.Context(), devices.Face{Window: 3, Mode: devices.Paused}); err != nil {
		t.Fatal(err)
	}
	within(t, 5*time.Second, "it does not show a pause", func() bool { return strings.Contains(p.sim.Text(), "Paused") })
	if err := board.Show(t.Context(), devices.Face{Window: 3, Mode: devices.Closed}); err != nil {
		t.Fatal(err)
	}
	within(t, 5*time.Second, "it still shows something", func() bool { return p.sim.Text() == "" })
}
