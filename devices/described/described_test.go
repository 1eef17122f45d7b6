package described_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/described"
	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/speech"
	firmware "halld/firmware-configs"
)

// peer is the other end of a tty: it notes what comes and answers.
type peer struct {
	pty    *port.PTY
	answer func(p *peer, got []byte)

	mu  sync.Mutex
	got []byte
	at  []time.Time // of every piece
}

func (p *peer) listen() {
	buf := make([]byte, 512)
	for {
		n, err := p.pty.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		p.got = append(p.got, buf[:n]...)
		p.at = append(p.at, time.Now())
		p.mu.Unlock()
		p.answer(p, slices.Clone(buf[:n]))
	}
}

func (p *peer) say(b string) { _, _ = p.pty.Write([]byte(b)) }

func (p *peer) heard() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.got)
}

// open connects a driver to a peer. Change may alter the profile first.
func open(t *testing.T, id string, change func(*profile.Profile), answer func(p *peer, got []byte)) (*described.Device, *peer, chan devices.Input) {
	t.Helper()
	inputs := make(chan devices.Input, 8)
	dev, other := connect(t, id, change, answer, devices.Setting{Report: func(devices.Problem) {}, Input: func(in devices.Input) { inputs <- in }})
	return dev, other, inputs
}

func connect(t *testing.T, id string, change func(*profile.Profile), answer func(p *peer, got []byte), to devices.Setting) (*described.Device, *peer) {
	t.Helper()
	set, err := profile.Load(firmware.FS)
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(p)
	}
	pty, err := port.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	other := &peer{pty: pty, answer: answer}
	conn, err := port.Open(t.Context(), pty.Name(), port.Line{Baud: p.Line.Baud, Format: p.Line.Format})
	if err != nil {
		t.Fatal(err)
	}
	go other.listen()
	to.ID, to.Profile, to.Window, to.Address, to.Log = id, p, 3, 1, slog.New(slog.DiscardHandler)
	dev, err := described.Open(t.Context(), conn, to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		_ = pty.Close()
	})
	return dev.(*described.Device), other
}

var face = devices.Face{Window: 3, Number: "A012", Mode: devices.Calling}

func TestRefusedOnceIsAskedAgain(t *testing.T) {
	t.Parallel()
	n := 0
	dev, other, _ := open(t, "amplus", nil, func(p *peer, got []byte) {
		if n++; n == 1 {
			p.say("NACK")
		} else {
			p.say("ACK")
		}
	})
	if err := dev.Show(t.Context(), face); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(other.heard(), "<E>"); n != 2 {
		t.Errorf("%d frames were sent: %q", n, other.heard())
	}
}

func TestRefusedAlwaysFails(t *testing.T) {
	t.Parallel()
	dev, other, _ := open(t, "amplus", nil, func(p *peer, got []byte) { p.say("NACK") })
	if err := dev.Show(t.Context(), face); err == nil || !strings.Contains(err.Error(), "failed") {
		t.Errorf("%v", err)
	}
	if n := strings.Count(other.heard(), "<E>"); n != 3 {
		t.Errorf("%d frames were sent", n)
	}
}

// A speech module says at once that it took the text, and later that it has spoken.
func TestSayWaitsForTheEnd(t *testing.T) {
	t.Parallel()
	dev, _, _ := open(t, "syn6288", nil, func(p *peer, got []byte) {
		p.say("\x41")
		time.Sleep(300 * time.Millisecond)
		p.say("\x4F")
	})
	start := time.Now()
	if err := dev.Say(t.Context(), "请A012号到3号窗口"); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 300*time.Millisecond {
		t.Errorf("it came back after %v", took)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := dev.Say(short, "再说一遍"); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// A sentence that is longer than the module takes goes to it part by part, each when the one before is spoken.
func TestLongSentencesAreCut(t *testing.T) {
	t.Parallel()
	dev, other, _ := open(t, "syn6288", nil, func(p *peer, got []byte) {
		p.say("\x41")
		p.say("\x4F")
	})
	long := strings.Repeat("请A零一二号到三号窗口\uff0c", 12) // 300 bytes
	s := speech.Sentence{Lang: "zh", Pieces: []speech.Piece{{Text: long}}}
	if err := dev.Speak(t.Context(), s, true); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(5 * time.Second); strings.Count(other.heard(), "\xC7\xEB") < 12 && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		continue // this peer answers to the first piece of a frame that it reads, before it has the rest
	}
	frames := strings.Split(other.heard(), "\xFD\x00")[1:]
	if len(frames) != 2 {
		t.Fatalf("%d frames were sent: %q", len(frames), frames)
	}
	if !strings.HasPrefix(frames[0][3:], "[v10][x1]sounda\xC7\xEB") || !strings.HasPrefix(frames[1][3:], "[v10]\xC7\xEB") || strings.Count(frames[0]+frames[1], "\xC7\xEB") != 12 {
		t.Errorf("the parts are %q", frames)
	}
	if l := dev.Languages(); len(l) != 1 || l[0] != "zh" {
		t.Errorf("it says that it reads %v", l)
	}
}

func TestSentThreeTimesWithGaps(t *testing.T) {
	t.Parallel()
	dev, _, _ := open(t, "lcled-d", nil, func(*peer, []byte) {})
	change := devices.Face{Window: 3, Mode: devices.Idle}
	err := dev.Show(t.Context(), change)
	if err == nil || !strings.Contains(err.Error(), "addr") {
		t.Fatalf("an address of one character passed: %v", err)
	}
	dev, _, _ = open(t, "alpha", func(p *profile.Profile) { p.Line.Times, p.Line.TimesMS = 3, 200 }, func(*peer, []byte) {})
	if err := dev.Show(t.Context(), face); err == nil {
		t.Fatal("an address of one character passed")
	}
	dev, other, _ := open(t, "zhongyi-a090", func(p *profile.Profile) { p.Line.Times, p.Line.TimesMS, p.Line.ReplyMS = 3, 80, 0 }, func(*peer, []byte) {})
	start := time.Now()
	if err := dev.Show(t.Context(), face); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 160*time.Millisecond {
		t.Errorf("three frames were sent in %v", took)
	}
	time.Sleep(100 * time.Millisecond)
	if n := strings.Count(other.heard(), "\xA0\x90"); n != 3 {
		t.Errorf("%d frames", n)
	}
}

// An adapter that hears itself: what comes back is no answer.
func TestEcho(t *testing.T) {
	t.Parallel()
	dev, _, _ := open(t, "modbus-led485", func(p *profile.Profile) { p.Line.Echo = true }, func(p *peer, got []byte) {
		p.say(string(got)) // the line
		p.say("\x01\x10\x00\x70\x00\x03\x81\xD3")
	})
	if err := dev.Show(t.Context(), face); err != nil {
		t.Error(err)
	}
}

// A key is answered at once, also while the host itself waits for an answer.
func TestKeyWhileWaiting(t *testing.T) {
	t.Parallel()
	dev, other, inputs := open(t, "caller-ff68", func(p *profile.Profile) { p.Line.ReplyMS, p.Line.Retries = 2000, 0 }, func(p *peer, got []byte) {
		if len(got) > 8 { // the number to show: a key is pressed just then
			p.say("\xFF\x68\x03\x03\x68\x01\x01\x0C\x0E\x16")
		}
	})
	go func() { _ = dev.ShowFace(context.Background(), face) }()
	select {
	case in := <-inputs:
		if in.Key != devices.KeyCall {
			t.Errorf("key %s", in.Key)
		}
	case <-time.After(time.Second):
		t.Fatalf("the key waited for the host's own dialogue: %q", other.heard())
	}
	for end := time.Now().Add(time.Second); !strings.HasSuffix(other.heard(), "\x01\x01\x0C\x0E\x16"); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the key was not answered: % X", other.heard())
		}
	}
}

func TestMisspeltSettingIsRefused(t *testing.T) {
	t.Parallel()
	set, err := profile.Load(firmware.FS)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := set.Get("onbon-bx5k")
	_, err = described.Open(t.Context(), nil, devices.Setting{ID: "board-1", Profile: p, Set: map[string]string{"hieght": "16"}})
	if err == nil || !strings.Contains(err.Error(), "hieght") || !strings.Contains(err.Error(), "height") {
		t.Errorf("%v", err)
	}
}

// dialogue is a board that wants to be woken before it takes a text.
const dialogue = `
id = "dialogue"
kind = "board"
driver = "described"
proof = "manual"
events = ["awake", "taken"]
[line]
baud = 9600
format = "8N1"
reply_ms = 300
[frame.tx]
parts = [{ str = "<" }, { body = true }, { str = ">" }]
[op.wake]
args = ["addr"]
body = [{ str = "W" }, { u8 = "addr" }]
[op.text]
args = ["text"]
body = [{ str = "T" }, { text = "text", enc = "gb2312" }]
[op.show]
steps = [{ send = "wake" }, { expect = "awake", within_ms = 200 }, { send = "text" }, { expect = "taken" }]
[event.awake]
body = [{ str = "ok" }]
[event.taken]
body = [{ str = "shown" }]
[role.board.calling]
op = "show"
text = "{number}"
[role.board.serving]
op = "show"
text = "-"
[role.board.idle]
op = "show"
text = "-"
[role.board.paused]
op = "show"
text = "-"
[role.board.closed]
op = "show"
text = "-"
`

func TestDialogue(t *testing.T) {
	t.Parallel()
	all, err := profile.ReadFile("dialogue.toml", []byte(dialogue))
	if err != nil {
		t.Fatal(err)
	}
	dev, other, _ := open(t, "onbon-bx5k", func(p *profile.Profile) { *p = *all[0] }, func(p *peer, got []byte) {
		switch {
		case strings.HasPrefix(string(got), "<W"):
			p.say("<ok>")
		case strings.HasPrefix(string(got), "<T"):
			p.say("<shown>")
		}
	})
	if err := dev.Show(t.Context(), face); err != nil {
		t.Fatal(err)
	}
	if got := other.heard(); got != "<W\x01><TA012>" {
		t.Errorf("%q", got)
	}
}

func TestDialogueBreaksOff(t *testing.T) {
	t.Parallel()
	all, err := profile.ReadFile("dialogue.toml", []byte(dialogue))
	if err != nil {
		t.Fatal(err)
	}
	dev, other, _ := open(t, "onbon-bx5k", func(p *profile.Profile) { *p = *all[0] }, func(*peer, []byte) {})
	if err := dev.Show(t.Context(), face); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if got := other.heard(); got != "<W\x01>" {
		t.Errorf("the text was sent to a board that sleeps: %q", got)
	}
}
