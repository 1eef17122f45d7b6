package profile_test

import (
	"strings"
	"testing"
	"time"

	"halld/devices/profile"
)

// TestTimesOfALine: rests and wire times follow from what a file says.
func TestTimesOfALine(t *testing.T) {
	for _, c := range []struct {
		line             profile.Line
		gap, again, idle time.Duration
		wire             time.Duration // of 96 bytes
	}{
		{profile.Line{Baud: 9600, Format: "8N1"}, 0, 0, 60 * time.Millisecond, 100 * time.Millisecond},
		{profile.Line{Baud: 9600, Format: "8E1", GapMS: 20, TimesMS: 40}, 20 * time.Millisecond, 40 * time.Millisecond, 60 * time.Millisecond, 110 * time.Millisecond},
		{profile.Line{Baud: 4800, Format: "7E2", GapMS: 5, EndMS: 100}, 101 * time.Millisecond, 101 * time.Millisecond, 100 * time.Millisecond, 220 * time.Millisecond},
		{profile.Line{Baud: 9600, Format: "8N1", EndMS: 8, IdleMS: 4}, 9 * time.Millisecond, 9 * time.Millisecond, 4 * time.Millisecond, 100 * time.Millisecond},
	} {
		if c.line.Gap() != c.gap || c.line.AgainGap() != c.again || c.line.Idle() != c.idle || c.line.Wire(96) != c.wire {
			t.Errorf("%+v: gap %v, again %v, idle %v, wire %v", c.line, c.line.Gap(), c.line.AgainGap(), c.line.Idle(), c.line.Wire(96))
		}
	}
}

// TestPaced: every byte by itself, the rests of the frame kept, none behind the last byte.
func TestPaced(t *testing.T) {
	l := profile.Line{ByteMS: 3}
	got := l.Paced([]profile.Piece{{Bytes: []byte("ab"), Pause: time.Second}, {Bytes: []byte("cd")}})
	var text strings.Builder
	for _, p := range got {
		text.Write(p.Bytes)
		text.WriteString(" " + p.Pause.String() + " ")
	}
	if text.String() != "a 3ms b 1s c 3ms d 0s " {
		t.Errorf("%s", text.String())
	}
}

// TestPauseThatEndsAFrame is refused where the device would take it for the frame's end, and in an answer, which goes out at once.
func TestPauseThatEndsAFrame(t *testing.T) {
	long := strings.Replace(strings.Replace(good1, "turnaround_ms = 5", "byte_gap_max_ms = 50", 1), `{ u8 = "colour" },`, `{ u8 = "colour" }, { pause = 51 },`, 1)
	if _, err := profile.ReadFile("x.toml", []byte(long)); err == nil || !strings.Contains(err.Error(), "op.tint.body: part 2: pause = 51, but after byte_gap_max_ms = 50") {
		t.Errorf("%v", err)
	}
	if _, err := profile.ReadFile("x.toml", []byte(strings.Replace(long, "pause = 51", "pause = 50", 1))); err != nil {
		t.Errorf("%v", err)
	}
	ack := strings.Replace(good1, "body = [{ hex = \"06\" }]", "body = [{ hex = \"06\" }]\nack_body = [{ hex = \"07\" }, { pause = 5 }]", 1)
	if _, err := profile.ReadFile("x.toml", []byte(ack)); err == nil || !strings.Contains(err.Error(), "event.ok.ack_body in frame.tx: has a pause") {
		t.Errorf("%v", err)
	}
}
