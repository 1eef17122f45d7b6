package wire_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/drivers"
	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/sim"
	"halld/devices/wire"
	firmware "halld/firmware-configs"
)

func model(t *testing.T, id string) *profile.Profile {
	t.Helper()
	set, err := profile.Load(firmware.FS)
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The memory of a line is bounded in pieces and bytes, and a watcher who sleeps is let go without anybody waiting for him.
func TestLogIsBounded(t *testing.T) {
	var l wire.Log
	_, asleep, _ := l.Watch(2)
	past, awake, stop := l.Watch(2000)
	if len(past) != 0 {
		t.Errorf("a past of %d pieces", len(past))
	}
	for i := range 1000 {
		l.Note(wire.Piece{At: time.Unix(int64(i), 0), Out: i%2 == 0, Bytes: make([]byte, 100)})
	}
	if n := len(l.Past()); n != 400 {
		t.Errorf("%d pieces are kept", n)
	}
	for range 100 {
		l.Note(wire.Piece{Bytes: make([]byte, 4096)})
	}
	size := 0
	for _, p := range l.Past() {
		size += len(p.Bytes)
	}
	if size > 64<<10 || size < 32<<10 {
		t.Errorf("%d bytes are kept", size)
	}
	n := 0
	for range asleep {
		n++
	}
	if n != 2 || len(awake) != 1100 {
		t.Errorf("the sleeper got %d pieces, the other %d", n, len(awake))
	}
	stop()
	stop()
	l.Note(wire.Piece{Bytes: []byte{1}})
	if c := l.Counts(); c.In != 500*100+100*4096+1 || c.Out != 500*100 {
		t.Errorf("counted %+v", c)
	}
}

// A recorded dialogue, played to the driver again: the driver says every line the host said, byte by byte, and takes every answer.
func TestSessionIsPlayed(t *testing.T) {
	p := model(t, "onbon-bx5k")
	record := recorded(t, p)
	s, err := wire.ReadSession(strings.NewReader(record))
	if err != nil {
		t.Fatalf("%v\n%s", err, record)
	}
	if s.About["profile"] != "onbon-bx5k" || len(s.Pieces) < 4 {
		t.Fatalf("recorded:\n%s", record)
	}
	play := wire.NewPlay(s)
	if err := act(t, p, play); err != nil {
		t.Errorf("the driver with the record: %v", err)
	}
	if err := play.Close(); err != nil {
		t.Error(err)
	}

	other := wire.NewPlay(s)
	d := driver(t, p, other)
	if err := d.(devices.Board).Show(t.Context(), devices.Face{Window: 3, Number: "B999", Mode: devices.Calling}); err == nil {
		t.Error("a session took bytes that it does not have")
	}
	if err := other.Close(); err == nil {
		t.Error("a session that was left in the middle is called played")
	}
}

func driver(t *testing.T, p *profile.Profile, conn devices.Port) devices.Device {
	t.Helper()
	d, err := drivers.All[p.Driver](t.Context(), conn, devices.Setting{ID: "it", Profile: p, Window: 3, Address: 3, Log: slog.New(slog.DiscardHandler),
		Report: func(devices.Problem) {}, Input: func(devices.Input) {}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func act(t *testing.T, p *profile.Profile, conn devices.Port) error {
	d := driver(t, p, conn)
	return errors.Join(d.Probe(t.Context()), d.(devices.Board).Show(t.Context(), devices.Face{Window: 3, Number: "A012", Mode: devices.Calling}), d.Halt(t.Context()))
}

// recorded is the session of a driver with a simulated board.
func recorded(t *testing.T, p *profile.Profile) string {
	t.Helper()
	board, err := sim.New("board", p, sim.Options{Address: 3, Link: filepath.Join(t.TempDir(), "port")})
	if err != nil {
		t.Fatal(err)
	}
	name, err := board.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer board.Close()
	conn, err := port.Open(t.Context(), name, port.Line{Baud: p.Line.Baud, Format: p.Line.Format})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var l wire.Log
	begun := time.Now()
	tap := &wire.Tap{Port: conn, Note: func(out bool, b []byte) { l.Note(wire.Piece{At: time.Now(), Out: out, Bytes: b}) }}
	if err := act(t, p, tap); err != nil {
		t.Fatal(err)
	}
	text := wire.Head("profile", p.ID, "port", name)
	for _, piece := range l.Past() {
		text += fmt.Sprintln(wire.Line{At: piece.At.Sub(begun), Out: piece.Out, Bytes: piece.Bytes})
	}
	return text
}

func TestSessionMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"12 06":      "line 1",
		"# x\n1 < 0": "line 2: the bytes are no hex",
		"x > 06":     "no number of milliseconds",
		"1 - 06":     "write milliseconds, > or <",
	} {
		if _, err := wire.ReadSession(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
}

func TestPlayTimesOut(t *testing.T) {
	p := wire.NewPlay(&wire.Session{})
	if err := p.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read of nothing: %v", err)
	}
}

// A printer's line is read in words: what is asked, what the answer means, where the text and the cut are.
func TestPrinterInWords(t *testing.T) {
	r := wire.NewReader(model(t, "epson-tm"))
	var words []string
	for _, p := range []wire.Piece{
		{Out: true, Bytes: []byte{0x1B, '@', 0x1C, '&', 0xC4, 0xFA, 'A', '1', '\n', 0x1D, 'V', 66, 0}}, {Out: true, Bytes: []byte{0x10, 4, 4}},
		{Bytes: []byte{0x72}}, {Bytes: []byte{0x13}},
	} {
		for _, e := range r.Read(p) {
			words = append(words, wire.Words(e))
		}
	}
	want := "reset|text text=您A1\n|cut|ask-status n=4|status byte=72 means=paper-out n=4|wait"
	if got := strings.Join(words, "|"); got != want {
		t.Errorf("read as\n%s\nwant\n%s", got, want)
	}
}

// A frame that comes in pieces is one event; what is left of a frame when the line was silent is passed over.
//
// Hard case: frames_in_any_pieces.
func TestReaderAcrossPieces(t *testing.T) {
	r := wire.NewReader(model(t, "caller-ff68"))
	at := time.Unix(0, 0)
	key := []byte{0xFF, 0x68, 0x03, 0x03, 0x68, 0x01, 0x01, 0x0C, 0x0E, 0x16}
	var words []string
	for i, p := range [][]byte{key[:4], key[4:], key[:3], key} {
		at = at.Add([]time.Duration{0, time.Millisecond, time.Second, time.Second}[i])
		for _, e := range r.Read(wire.Piece{At: at, Bytes: p}) {
			words = append(words, e.Name)
		}
	}
	if got := strings.Join(words, "|"); got != "key||key" {
		t.Errorf("events %q", got)
	}
}

// The answer that goes out at once to what a device says is called that, once for each; the same bytes unasked are what they are otherwise.
func TestAnswersAreNamed(t *testing.T) {
	r := wire.NewReader(model(t, "caller-ff68"))
	key := []byte{0xFF, 0x68, 0x03, 0x03, 0x68, 0x02, 0x01, 0x0C, 0x0F, 0x16}
	at := time.Now()
	say := func(out bool) string {
		at = at.Add(20 * time.Millisecond)
		var words []string
		for _, e := range r.Read(wire.Piece{At: at, Out: out, Bytes: key}) {
			words = append(words, wire.Words(e))
		}
		return strings.Join(words, "|")
	}
	if got := say(true); strings.Contains(got, "answer") {
		t.Errorf("unasked: %q", got)
	}
	_ = r.Silence()
	for range 2 {
		if got := say(false); !strings.HasPrefix(got, "key addr=2") {
			t.Errorf("the key: %q", got)
		}
	}
	for i, want := range []string{"answer to key", "answer to key", ""} {
		if got := say(true); want != "" && got != want || want == "" && strings.Contains(got, "answer") {
			t.Errorf("answer %d is read as %q", i+1, got)
		}
	}
}
