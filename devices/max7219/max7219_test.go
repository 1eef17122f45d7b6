package max7219_test

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/conn/v3/spi/spitest"

	"halld/cmd/testmain"
	"halld/devices"
	"halld/devices/devicetest"
	"halld/devices/dots"
	"halld/devices/max7219"
	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/sim"
	firmware "halld/firmware-configs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(testmain.SideBySide(m, 16)) }

func model(t *testing.T, change func(*profile.Matrix)) *profile.Profile {
	t.Helper()
	set, err := profile.Load(firmware.FS)
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get("max7219-128x16")
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		m := *p.Matrix
		change(&m)
		p.Matrix = &m
	}
	return p
}

// spiPort is a port.Conn over what spitest records.
type spiPort struct {
	conn spi.Conn
	gone chan struct{}
	once sync.Once
}

func recorder(t *testing.T) (*spitest.Record, *spiPort) {
	t.Helper()
	r := &spitest.Record{}
	c, err := r.Connect(physic.MegaHertz, spi.Mode0, 8)
	if err != nil {
		t.Fatal(err)
	}
	p := &spiPort{conn: c, gone: make(chan struct{})}
	t.Cleanup(func() { _ = p.Close() })
	return r, p
}

func (p *spiPort) Write(b []byte) (int, error)     { return len(b), p.conn.Tx(b, nil) }
func (p *spiPort) Read([]byte) (int, error)        { <-p.gone; return 0, os.ErrClosed }
func (p *spiPort) SetReadDeadline(time.Time) error { return nil }
func (p *spiPort) Close() error                    { p.once.Do(func() { close(p.gone) }); return nil }

type reports struct {
	mu  sync.Mutex
	all []devices.Problem
}

func (r *reports) add(p devices.Problem) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, p)
}

func setting(p *profile.Profile, r *reports) devices.Setting {
	return devices.Setting{ID: "board-1", Profile: p, Window: 3, Log: slog.New(slog.DiscardHandler), Report: r.add, Input: func(devices.Input) {}}
}

func within(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

// TestInit: four chips get the bytes of the data sheet's set-up, a burst each.
func TestInit(t *testing.T) {
	t.Parallel()
	record, p := recorder(t)
	if _, err := max7219.Open(t.Context(), p, setting(model(t, func(m *profile.Matrix) { m.Across, m.Intensity = 2, 8 }), &reports{})); err != nil {
		t.Fatal(err)
	}
	record.Lock()
	defer record.Unlock()
	var got []string
	for _, op := range record.Ops {
		got = append(got, strings.ToUpper(hex.EncodeToString(op.W)))
	}
	four := func(s string) string { return strings.Repeat(s, 4) }
	want := []string{four("0F00"), four("0C00"), four("0A08"), four("0B07"), four("0900"),
		four("0100"), four("0200"), four("0300"), four("0400"), four("0500"), four("0600"), four("0700"), four("0800"), four("0C00")}
	if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
		t.Errorf("bursts\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// board is a simulated board behind a tty, and the driver on it.
func board(t *testing.T, p *profile.Profile, r *reports) (*sim.Matrix, devices.Board, port.Conn) {
	t.Helper()
	dev, err := sim.New("board", p, sim.Options{ID: "board-1", Link: filepath.Join(t.TempDir(), "port")})
	if err != nil {
		t.Fatal(err)
	}
	name, err := dev.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dev.Close() })
	c, err := port.Open(t.Context(), name, port.Line{Baud: p.Line.Baud, Format: p.Line.Format})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	d, err := max7219.Open(t.Context(), c, setting(p, r))
	if err != nil {
		t.Fatal(err)
	}
	return dev.(*sim.Matrix), d.(devices.Board), c
}

// TestEveryWiring: however the modules are chained and turned, the dots that glow are the dots of the font.
func TestEveryWiring(t *testing.T) {
	t.Parallel()
	want, err := dots.New("").Text("暂停服务 午休")
	if err != nil {
		t.Fatal(err)
	}
	want = want.Cut(-(128-want.Width())/2, 128)
	for _, order := range []string{"rows", "snake", "columns"} {
		for _, enters := range []string{"left", "right"} {
			for turn := 0; turn < 360; turn += 90 {
				p := model(t, func(m *profile.Matrix) {
					m.Order, m.Enters, m.Turn, m.Mirror = order, enters, turn, turn == 90 || turn == 180
				})
				s, b, _ := board(t, p, &reports{})
				if err := b.Show(t.Context(), devices.Face{Window: 3, Mode: devices.Paused, Pause: "午休"}); err != nil {
					t.Fatal(err)
				}
				within(t, order+" "+enters+" shows something else", func() bool { return s.Dots().Equal(want) })
				if s.Brightness() != 4 {
					t.Errorf("intensity %d", s.Brightness())
				}
			}
		}
	}
}

// TestByHand: the first dots of A in the left module, worked out on paper: rows as registers, the high bit left, the chip at the right end first.
func TestByHand(t *testing.T) {
	t.Parallel()
	record, p := recorder(t)
	pr := model(t, func(m *profile.Matrix) { m.Across = 1 })
	pr.Roles.Board = map[string]profile.Show{"idle": {Text: "A"}}
	d, err := max7219.Open(t.Context(), p, setting(pr, &reports{}))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.(devices.Board).Show(t.Context(), devices.Face{Mode: devices.Idle}); err != nil {
		t.Fatal(err)
	}
	record.Lock()
	defer record.Unlock()
	sent := map[string]bool{}
	for _, op := range record.Ops {
		sent[strings.ToUpper(hex.EncodeToString(op.W))] = true
	}
	// the lower module is the farther one: its word comes first
	a, err := dots.New("").Text("A")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Fields(a.String())
	for r := range 8 {
		reg := hex.EncodeToString([]byte{byte(r + 1)})
		burst := strings.ToUpper(reg + hexOf(rows[8+r]) + reg + hexOf(rows[r]))
		if rows[8+r]+rows[r] != strings.Repeat(".", 16) && !sent[burst] {
			t.Errorf("row %d: no burst %s", r+1, burst)
		}
	}
}

func hexOf(row string) string {
	var b byte
	for i, c := range row {
		if c == '#' {
			b |= 0x80 >> i
		}
	}
	return hex.EncodeToString([]byte{b})
}

// TestExercise runs the exercise of every board, and leaves it dark.
func TestExercise(t *testing.T) {
	t.Parallel()
	s, b, _ := board(t, model(t, nil), &reports{})
	if err := devicetest.Exercise(t.Context(), b, devicetest.Way{}); err != nil {
		t.Fatal(err)
	}
	dark := dots.Dots{}.Cut(0, 128)
	within(t, "the board is not dark", func() bool { return s.Bursts() > 14 && s.Dots().Equal(dark) })
	if err := b.Show(t.Context(), devices.Face{Window: 3, Number: "A042", Mode: devices.AtWindow}); err != nil {
		t.Fatal(err)
	}
	within(t, "the number does not stand on the board", func() bool { return s.Text() == "办理 A042" })
}

// TestCallBlinksThenStands, and is not begun anew by a mere refresh. It goes by what the chips are told, not by what a slow machine happens to see.
func TestCallBlinksThenStands(t *testing.T) {
	t.Parallel()
	record, p := recorder(t)
	pr := model(t, func(m *profile.Matrix) { m.BlinkMS = 1200 })
	d, err := max7219.Open(t.Context(), p, setting(pr, &reports{}))
	if err != nil {
		t.Fatal(err)
	}
	b := d.(devices.Board)
	light := func() (darkened int, on bool) {
		record.Lock()
		defer record.Unlock()
		for _, op := range record.Ops {
			if len(op.W) > 1 && op.W[0] == 0x0C { // shutdown: 0 is dark
				if on = op.W[1] == 1; !on {
					darkened++
				}
			}
		}
		return darkened, on
	}
	before, _ := light()
	face := devices.Face{Window: 3, Number: "A042", Mode: devices.Calling}
	if err := b.Show(t.Context(), face); err != nil {
		t.Fatal(err)
	}
	within(t, "the call is not shown", func() bool { _, on := light(); return on })
	within(t, "the call does not blink", func() bool { n, _ := light(); return n > before })
	time.Sleep(1500 * time.Millisecond) // it has blinked its time
	within(t, "the call stays dark", func() bool { _, on := light(); return on })
	stood, _ := light()
	if err := b.Show(t.Context(), face); err != nil {
		t.Fatal(err)
	}
	time.Sleep(900 * time.Millisecond)
	if n, on := light(); n != stood || !on {
		t.Errorf("a refresh lets the board blink again: %d times dark, before %d", n, stood)
	}
	if err := b.Show(devices.InHurry(t.Context()), face); err != nil {
		t.Fatal(err)
	}
	within(t, "somebody called again does not blink", func() bool { n, _ := light(); return n > stood })
}

// TestWideTextRuns: every part of it comes by.
func TestWideTextRuns(t *testing.T) {
	t.Parallel()
	p := model(t, func(m *profile.Matrix) { m.Across, m.StepMS = 6, 20 })
	s, b, _ := board(t, p, &reports{})
	const text = "暂停服务 系统故障"
	all, err := dots.New("").Text(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Show(t.Context(), devices.Face{Window: 3, Mode: devices.Paused, Pause: "系统故障"}); err != nil {
		t.Fatal(err)
	}
	stands := func(from, to int) func() bool { // at any step between: which ones a busy machine sees is chance
		return func() bool {
			now := s.Dots()
			for at := from; at < to; at++ {
				if now.Equal(all.Cut(at, 48)) {
					return true
				}
			}
			return false
		}
	}
	within(t, "it does not begin at its beginning", stands(0, 1))
	within(t, "its middle never comes by", stands(20, 50))
	within(t, "its end never comes by", stands(all.Width()-48, all.Width()-10))
	within(t, "it does not begin again", stands(0, 20))
}

// TestNoise: chips that lost their registers are set up again.
func TestNoise(t *testing.T) {
	t.Parallel()
	s, b, _ := board(t, model(t, nil), &reports{})
	if err := b.Show(t.Context(), devices.Face{Window: 3, Mode: devices.Idle}); err != nil {
		t.Fatal(err)
	}
	within(t, "nothing is shown", func() bool { return s.Text() == "欢迎光临" })
	s.Disturb()
	if s.Text() != "" {
		t.Fatal("the chips lost nothing")
	}
	within(t, "the board stays dark", func() bool { return s.Text() == "欢迎光临" })
}

// TestMissingCharacter is refused by name and reported until it is over.
func TestMissingCharacter(t *testing.T) {
	t.Parallel()
	var r reports
	s, b, _ := board(t, model(t, nil), &r)
	if err := b.Show(t.Context(), devices.Face{Window: 3, Number: "A001", Mode: devices.AtWindow}); err != nil {
		t.Fatal(err)
	}
	within(t, "the number is not shown", func() bool { return s.Text() == "办理 A001" })
	err := b.Show(t.Context(), devices.Face{Window: 3, Mode: devices.Paused, Pause: "\U0002A6D6"})
	within(t, "the number of before still stands there", func() bool { return s.Text() == "" })
	if err == nil || !strings.Contains(err.Error(), "U+2A6D6") {
		t.Errorf("shown: %v", err)
	}
	if err := b.Show(t.Context(), devices.Face{Window: 3, Mode: devices.Idle}); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) != 2 || r.all[0].Code != "no-character" || r.all[0].Cleared || !r.all[1].Cleared {
		t.Errorf("reported: %+v", r.all)
	}
}

// TestGone: a port that closes ends the driver, and Show says so.
func TestGone(t *testing.T) {
	t.Parallel()
	_, b, c := board(t, model(t, nil), &reports{})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	lost := b.(interface{ Lost() error })
	within(t, "the driver does not notice", func() bool { return lost.Lost() != nil })
	if err := b.Show(t.Context(), devices.Face{Mode: devices.Idle}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("shown on a closed port: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, b, _ = board(t, model(t, nil), &reports{})
	if err := b.Show(ctx, devices.Face{Mode: devices.Idle}); !errors.Is(err, context.Canceled) {
		t.Errorf("shown with an ended context: %v", err)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	p := model(t, nil)
	for key, c := range map[string]struct{ value, want string }{
		"turn": {"45", "turn: 45; write 0, 90"}, "across": {"x", `set.across: "x"`}, "wiring": {"y", "no such parameter; it has across"}, "order": {"row", "rows, snake"},
	} {
		set := setting(p, &reports{})
		set.Set = map[string]string{key: c.value}
		if _, err := max7219.Open(t.Context(), closedPort{}, set); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s = %s: %v; want %q", key, c.value, err, c.want)
		}
	}
	if _, err := sim.New("board", p, sim.Options{ID: "b", Set: map[string]string{"turn": "1"}}); err == nil {
		t.Error("a board with modules turned by one degree is simulated")
	}
	if d, err := sim.New("board", p, sim.Options{ID: "b", Set: map[string]string{"across": "12"}}); err != nil {
		t.Error(err)
	} else if w, h := d.(*sim.Matrix).Size(); w != 96 || h != 16 {
		t.Errorf("12 modules across are %d × %d dots", w, h)
	}
	record, port := recorder(t)
	set := setting(p, &reports{})
	set.Set = map[string]string{"across": "4", "intensity": "15"}
	if _, err := max7219.Open(t.Context(), port, set); err != nil {
		t.Fatal(err)
	}
	record.Lock()
	defer record.Unlock()
	if len(record.Ops[0].W) != 2*8 {
		t.Errorf("a board of 4 × 2 modules gets bursts of %d bytes", len(record.Ops[0].W))
	}
}

type closedPort struct{}

func (closedPort) Read([]byte) (int, error)        { return 0, io.EOF }
func (closedPort) Write([]byte) (int, error)       { return 0, os.ErrClosed }
func (closedPort) SetReadDeadline(time.Time) error { return os.ErrClosed }
func (closedPort) Close() error                    { return nil }
