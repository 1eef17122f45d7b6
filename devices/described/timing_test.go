package described_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/described"
	"halld/devices/port"
	"halld/devices/profile"
	firmware "halld/firmware-configs"
)

// The rests of a line are kept: before asking again, and after the device has spoken. Only what is too early would be wrong.
func TestRests(t *testing.T) {
	t.Parallel()
	const rest = 250 * time.Millisecond
	n := 0
	dev, other, _ := open(t, "amplus", func(p *profile.Profile) { p.Line.RetryMS, p.Line.GapMS = int(rest.Milliseconds()), 0 }, func(p *peer, got []byte) {
		if !strings.HasSuffix(p.heard(), "<E>") {
			return
		}
		if n++; n == 1 {
			p.say("NACK")
		} else {
			p.say("ACK")
		}
	})
	start := time.Now()
	if err := dev.Show(t.Context(), face); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); n != 2 || took < rest {
		t.Errorf("%d frames in %v: %q", n, took, other.heard())
	}

	dev, other, _ = open(t, "amplus", func(p *profile.Profile) { p.Line.TurnMS, p.Line.GapMS = int(rest.Milliseconds()), 0 }, func(p *peer, got []byte) {
		if strings.HasSuffix(p.heard(), "<E>") {
			p.say("ACK")
		}
	})
	if err := dev.Show(t.Context(), face); err != nil {
		t.Fatal(err)
	}
	spoke := time.Now()
	before := len(other.heard())
	done := make(chan error, 1)
	go func() { done <- dev.Show(context.WithoutCancel(t.Context()), face) }()
	for len(other.heard()) == before && time.Since(spoke) < 10*time.Second {
		time.Sleep(time.Millisecond)
	}
	if took := time.Since(spoke); took < rest*8/10 { // the device spoke a little before the first Show came back
		t.Errorf("the next frame began %v after the device had spoken", took)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A character that the board lacks is refused by name, unless the hall file says what stands for it.
func TestSubstitutesOfAHall(t *testing.T) {
	t.Parallel()
	dev, _, _ := open(t, "zhongyi-a090", func(p *profile.Profile) { p.Line.ReplyMS = 0 }, func(*peer, []byte) {})
	odd := devices.Face{Window: 3, Mode: devices.Paused, Pause: "㛃姐"}
	if err := dev.Show(t.Context(), odd); err == nil || !strings.Contains(err.Error(), "㛃") {
		t.Errorf("a character outside GB 2312: %v", err)
	}
	set, err := profile.Load(firmware.FS)
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get("zhongyi-a090")
	if err != nil {
		t.Fatal(err)
	}
	own := *p
	own.Line.ReplyMS = 0
	pty, err := port.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	other := &peer{pty: pty, answer: func(*peer, []byte) {}}
	conn, err := port.Open(t.Context(), pty.Name(), port.Line{Baud: 9600, Format: "8N1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(); _ = pty.Close() })
	go other.listen()
	with, err := described.Open(t.Context(), conn, devices.Setting{ID: "b", Profile: &own, Window: 3, Address: 1, Set: map[string]string{"substitute": "㛃=洁"},
		Log: slog.New(slog.DiscardHandler), Report: func(devices.Problem) {}, Input: func(devices.Input) {}})
	if err != nil {
		t.Fatal(err)
	}
	if err := with.(*described.Device).Show(t.Context(), odd); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(5 * time.Second); !strings.Contains(other.heard(), "\xBD\xE0") && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		continue // 洁 is BD E0 in GB 2312
	}
	if heard := other.heard(); !strings.Contains(heard, "\xBD\xE0") || strings.Contains(heard, "?") {
		t.Errorf("the board got % X", heard)
	}
	if _, err := described.Open(t.Context(), conn, devices.Setting{ID: "b", Profile: &own, Set: map[string]string{"substitute": "㛃"}}); err == nil || !strings.Contains(err.Error(), "pairs") {
		t.Errorf("a substitute without its right side: %v", err)
	}
}

// A slow device gets its bytes one by one, and the answer to a key waits until the frame is out. Only what is too early would be wrong.
func TestBytesForASlowDevice(t *testing.T) {
	t.Parallel()
	const rest = 20 * time.Millisecond
	want := "\xFF\x68\x08\x08\x68\x01\x02\x0A\x0A\x0A\x00\x01\x02\x24\x16"
	report := "\xFF\x68\x03\x03\x68\x01\x07\x0C\x14\x16"
	pressed := false
	dev, other, inputs := open(t, "caller-ff68", func(p *profile.Profile) { p.Line.ByteMS, p.Line.ReplyMS = int(rest.Milliseconds()), 0 }, func(p *peer, got []byte) {
		if !pressed {
			pressed = true
			p.say(report)
		}
	})
	start := time.Now()
	if err := dev.ShowFace(t.Context(), face); err != nil {
		t.Fatal(err)
	}
	if took, least := time.Since(start), time.Duration(len(want)-1)*rest; took < least {
		t.Errorf("%d bytes went out within %v, which is less than %v", len(want), took, least)
	}
	select {
	case <-inputs:
	case <-time.After(10 * time.Second):
		t.Fatal("the key was not heard")
	}
	for end := time.Now().Add(10 * time.Second); len(other.heard()) < len(want)+len(report) && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if got := other.heard(); got != want+report {
		t.Errorf("the device got % X, want % X and then the answer % X", got, want, report)
	}
}

// Between two frames there is more silence than the device takes for a frame's end, whatever frame_gap_ms says.
func TestFramesAreApart(t *testing.T) {
	t.Parallel()
	const end = 150 * time.Millisecond
	dev, _, _ := open(t, "zhongyi-a090", func(p *profile.Profile) { p.Line.EndMS, p.Line.GapMS, p.Line.ReplyMS = int(end.Milliseconds()), 0, 0 }, func(*peer, []byte) {})
	start := time.Now()
	for range 2 {
		if err := dev.Show(t.Context(), face); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(start); took <= end {
		t.Errorf("two frames went out within %v", took)
	}
}
