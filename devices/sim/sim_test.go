package sim_test

import (
	"image"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"halld/cmd/testmain"
	"halld/devices"
	"halld/devices/dots"
	"halld/devices/drivers"
	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/sim"
	firmware "halld/firmware-configs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(testmain.SideBySide(m, 16)) }

func all(t *testing.T) (out []*profile.Profile) {
	t.Helper()
	set, err := profile.Load(firmware.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range set.IDs() {
		p, err := set.Get(id)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

func within(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

// addresses of profiles whose boards are named by words.
var addresses = map[string]map[string]string{"lcled-d": {"addr": "000003"}, "alpha": {}}

// drive plugs the driver of a profile into a port.
func drive(t *testing.T, p *profile.Profile, name string) devices.Device {
	t.Helper()
	c, err := port.Open(t.Context(), name, port.Line{Baud: p.Line.Baud, Format: p.Line.Format})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	set := devices.Setting{ID: p.ID, Profile: p, Window: 3, Address: 3, Log: slog.New(slog.DiscardHandler), Report: func(devices.Problem) {}, Input: func(devices.Input) {}}
	if words, ok := addresses[p.ID]; ok {
		set.Address, set.Set = 0, words
	}
	d, err := drivers.All[p.Driver](t.Context(), c, set)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// seen takes the dots out of a picture of dots.
func seen(img image.Image) dots.Dots {
	return dots.From((img.Bounds().Dx()-4)/4, func(x, y int) bool {
		r, g, b, _ := img.At(4*x+4, 4*y+4).RGBA()
		return r+g+b > 0x6000
	})
}

// TestEveryBoardShowsItsDots: what a driver shows on a board of any model can be read off the picture of its simulator.
func TestEveryBoardShowsItsDots(t *testing.T) {
	t.Parallel()
	for _, p := range all(t) {
		if p.Kind != "board" {
			continue
		}
		show := func(t *testing.T, tcp string) {
			t.Parallel()
			dev, err := sim.New(p.Kind, p, sim.Options{ID: p.ID, Address: map[bool]int{false: 3}[addresses[p.ID] != nil], TCP: tcp})
			if err != nil {
				t.Fatal(err)
			}
			name, err := dev.Start()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = dev.Close() })
			board := drive(t, p, name).(devices.Board)
			if err := board.Show(t.Context(), devices.Face{Window: 3, Number: "A012", Mode: devices.AtWindow}); err != nil {
				t.Fatal(err)
			}
			text := dev.(interface{ Text() string }).Text
			within(t, "the number is not shown", func() bool { return strings.Contains(text(), "A012") })
			img := dev.(sim.Pictured).Picture()
			if p.Looks.Form == "segments" {
				if lit := litBars(img); lit != len("ABCEFG")+len("ABCDEF")+len("BC")+len("ABDEG") {
					t.Errorf("A012 lights %d bars", lit)
				}
				return
			}
			if got := dots.Read(seen(img)); got != strings.TrimSpace(text()) {
				t.Errorf("the dots say %q, the board was told %q:\n%s", got, text(), seen(img))
			}
		}
		t.Run(p.ID+" tty", func(t *testing.T) { show(t, "") })
		t.Run(p.ID+" tcp", func(t *testing.T) { show(t, "127.0.0.1:0") })
	}
}

// litBars counts the bars of digits that glow, by a pixel in the middle of each.
func litBars(img image.Image) int {
	n := 0
	for x := 0; x < img.Bounds().Dx(); x += 32 {
		for _, at := range [][2]int{{16, 6}, {25, 17}, {25, 39}, {16, 50}, {7, 39}, {7, 17}, {16, 28}} {
			if r, _, _, _ := img.At(x+at[0], at[1]).RGBA(); r > 0x8000 {
				n++
			}
		}
	}
	return n
}

// TestWideTextAndColour: a text that is wider than the board runs through, in the colour that its frame named.
func TestWideTextAndColour(t *testing.T) {
	t.Parallel()
	i := slices.IndexFunc(all(t), func(p *profile.Profile) bool { return p.ID == "zhongyi-a090" })
	p := all(t)[i]
	p.Looks.Width = 32
	dev, err := sim.New("board", p, sim.Options{ID: "b", Address: 3})
	if err != nil {
		t.Fatal(err)
	}
	name, err := dev.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	c, err := port.Open(t.Context(), name, port.Line{Baud: 9600})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	pieces, err := p.Protocol.EncodePieces("show", map[string]any{"addr": 3, "text": "一二三", "color": "green"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(pieces[0].Bytes); err != nil {
		t.Fatal(err)
	}
	picture := dev.(sim.Pictured).Picture
	within(t, "the beginning is not shown", func() bool { return dots.Read(seen(picture())) == "一二" })
	img := picture()
	for x := range 32 {
		if r, g, _, _ := img.At(4*x+4, 4*8+4).RGBA(); seen(img).Lit(x, 8) && r > g {
			t.Fatal("it is not green")
		}
	}
	end, err := dots.New("").Text("三")
	if err != nil {
		t.Fatal(err)
	}
	within(t, "the end never comes by", func() bool {
		now := seen(picture())
		return now.Cut(0, 16).Equal(end) || now.Cut(5, 16).Equal(end) || now.Cut(10, 16).Equal(end) || now.Cut(16, 16).Equal(end)
	})
}

// TestEveryProfileIsSimulated at a tty and at TCP, survives an unplug there, and has only faults that a hall has a name for.
func TestEveryProfileIsSimulated(t *testing.T) {
	t.Parallel()
	for _, p := range all(t) {
		if p.Driver == "wav" {
			continue // a sound card says nothing; what it plays goes to a file with sound:file:
		}
		for _, tcp := range []string{"", "127.0.0.1:0"} {
			link := ""
			if tcp == "" {
				link = filepath.Join(t.TempDir(), "port")
			}
			dev, err := sim.New(p.Kind, p, sim.Options{ID: p.ID, Link: link, TCP: tcp})
			if err != nil {
				t.Errorf("%s: %v", p.ID, err)
				continue
			}
			name, err := dev.Start()
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(name, "tcp:") != (tcp != "") {
				t.Errorf("%s is plugged in at %s", p.ID, name)
			}
			for _, f := range dev.Faults() {
				if f != "slow" && !slices.Contains(devices.ProblemCodes(), f) {
					t.Errorf("%s: the fault %s is no problem of a hall", p.ID, f)
				}
				if err := dev.SetFault(f, true); err != nil || !dev.Has(f) {
					t.Errorf("%s: %s on: %v", p.ID, f, err)
				}
				if c, err := port.Open(t.Context(), name, port.Line{Baud: 9600}); f == "unplugged" && err == nil {
					_ = c.Close()
					t.Errorf("%s can be opened although it is unplugged", p.ID)
				} else if f != "unplugged" && err != nil {
					t.Errorf("%s with %s: %v", p.ID, f, err)
				} else if err == nil {
					_ = c.Close()
				}
				if err := dev.SetFault(f, false); err != nil || dev.Has(f) {
					t.Errorf("%s: %s off: %v", p.ID, f, err)
				}
			}
			if err := dev.SetFault("on-fire", true); err == nil || !strings.Contains(err.Error(), "unplugged") {
				t.Errorf("%s: a fault that does not exist: %v", p.ID, err)
			}
			if err := dev.Close(); err != nil {
				t.Errorf("%s: close: %v", p.ID, err)
			}
		}
	}
}

// TestFaultsAreHonest: only what speaks can be silent, only what carries a checksum can spoil it, only printers have paper.
func TestFaultsAreHonest(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"max7219-128x16": {"unplugged"},
		"caller-ff68":    {"unplugged", "silent", "garbage", "slow", "bad-checksum"},
		"qr-7e":          {"unplugged", "silent", "garbage", "slow", "bad-checksum"},
		"syn6288":        {"unplugged", "silent", "garbage", "slow"},
		"lcled-d":        {"unplugged"},
	}
	for _, p := range all(t) {
		got := sim.Faults(p)
		if w, ok := want[p.ID]; ok && !slices.Equal(got, w) {
			t.Errorf("%s has the faults %v, want %v", p.ID, got, w)
		}
		if slices.Contains(got, "paper-out") != (p.Kind == "printer") {
			t.Errorf("%s: a %s with the faults %v", p.ID, p.Kind, got)
		}
	}
	if _, err := sim.New("lamp", &profile.Profile{ID: "gpio-lamp", Driver: "gpio", Line: profile.Line{Baud: 9600}}, sim.Options{}); err == nil || !strings.Contains(err.Error(), "lamp") {
		t.Errorf("a lamp on a pin: %v", err)
	}
}

// TestCallerPicture: the unit's display and its lamp follow the host.
func TestCallerPicture(t *testing.T) {
	t.Parallel()
	i := slices.IndexFunc(all(t), func(p *profile.Profile) bool { return p.ID == "caller-ff68" })
	p := all(t)[i]
	dev, err := sim.New(p.Kind, p, sim.Options{ID: "c", Address: 3})
	if err != nil {
		t.Fatal(err)
	}
	name, err := dev.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dev.Close() })
	d := drive(t, p, name)
	rows := func(from int) string {
		img := dev.(sim.Pictured).Picture()
		return dots.Read(dots.From(80, func(x, y int) bool {
			r, g, b, _ := img.At(4*x+4, 4*(y+from)+4).RGBA()
			return r+g+b < 0x10000
		}))
	}
	for _, c := range []struct {
		face devices.Face
		want string
	}{{devices.Face{Number: "A023", Mode: devices.Calling}, "票号 023"}, {devices.Face{Waiting: 7, Mode: devices.Idle}, "等候 007"}} {
		if err := d.(devices.Caller).ShowFace(t.Context(), c.face); err != nil {
			t.Fatal(err)
		}
		within(t, "the display does not show "+c.want, func() bool { return rows(0) == c.want })
	}
	if err := d.(devices.Pad).Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	within(t, "the pad does not ask", func() bool { return rows(18) == "★请评价★" })
	if err := dev.(sim.Rated).Rate(5); err != nil {
		t.Fatal(err)
	}
	if rows(18) != "" {
		t.Error("the pad asks although it was answered")
	}
	for _, key := range append(dev.(sim.Keyed).Keys(), "12transfer") {
		if err := dev.(sim.Keyed).Press(key); err != nil {
			t.Errorf("key %s: %v", key, err)
		}
	}
	if err := dev.(sim.Keyed).Press("123transfer"); err == nil {
		t.Error("three digits before a key went out")
	}
}
