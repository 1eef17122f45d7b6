package described_test

import (
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
)

// heardOf is what a device reported: codes that began and, behind a minus, codes that ended.
type heardOf struct {
	mu     sync.Mutex
	codes  []string
	inputs chan devices.Input
}

func (h *heardOf) report(p devices.Problem) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.Cleared {
		h.codes = append(h.codes, "-"+p.Code)
	} else {
		h.codes = append(h.codes, p.Code)
	}
}

func (h *heardOf) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.codes)
}

// foreign opens a made-up board behind a tty. Board says what it shows: an operation with a text.
func foreign(t *testing.T, file, op string, change func(*profile.Profile), answer func(p *peer, got []byte), args ...string) (*described.Device, *peer, *heardOf) {
	t.Helper()
	text, err := os.ReadFile("../profile/testdata/foreign/" + file)
	if err != nil {
		t.Fatal(err)
	}
	board := strings.Replace(string(text), `kind = "reader"`, `kind = "board"`, 1)
	modes := []string{"calling", "serving", "idle", "paused", "closed"}
	if board == string(text) {
		modes = nil // it is a caller
	}
	for _, mode := range modes {
		board += "\n[role.board." + mode + "]\nop = \"" + op + "\"\ntext = \"{number}\"\n" + strings.Join(args, "")
	}
	all, err := profile.ReadFile(file, []byte(board))
	if err != nil {
		t.Fatal(err)
	}
	p := all[0]
	change(p)
	pty, err := port.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	other := &peer{pty: pty, answer: answer}
	conn, err := port.Open(t.Context(), pty.Name(), port.Line{Baud: p.Line.Baud, Format: p.Line.Format})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(); _ = pty.Close() })
	go other.listen()
	heard := heardOf{inputs: make(chan devices.Input, 8)}
	dev, err := described.Open(t.Context(), conn, devices.Setting{ID: "b", Profile: p, Window: 3, Log: slog.New(slog.DiscardHandler), Report: heard.report,
		Input: func(in devices.Input) { heard.inputs <- in }})
	if err != nil {
		t.Fatal(err)
	}
	return dev.(*described.Device), other, &heard
}

// TestAnswersByTheirFields: the code in an answer becomes the problem of that name, another one is a refusal, one that may be asked again is, and a good
// answer ends all of them.
func TestAnswersByTheirFields(t *testing.T) {
	t.Parallel()
	answers := []string{"\r\n+CME ERROR: 31\r\n", "\r\n+CME ERROR: 30\r\n", "\r\nERROR\r\n", "\r\nOK\r\n"}
	var mu sync.Mutex
	n := 0
	dev, other, heard := foreign(t, "at-commands.toml", "show", func(p *profile.Profile) { p.Line.ReplyMS, p.Line.Retries = 10_000, 1 }, func(p *peer, got []byte) {
		mu.Lock()
		defer mu.Unlock()
		if n < len(answers) && strings.Count(p.heard(), "\r") > n {
			p.say(answers[n])
			n++
		}
	})
	for i, want := range []string{"overheated", "refused", ""} {
		err := dev.Show(t.Context(), face)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("answer %d: %v, want %s", i+1, err, want)
		}
	}
	if got := heard.all(); !slices.Equal(got, []string{"overheated", "refused", "-refused", "-overheated"}) {
		t.Errorf("reported: %q", got)
	}
	if got := strings.Count(other.heard(), "AT+SHOW=\"A012\"\r"); got != 4 {
		t.Errorf("sent %d times: %q", got, other.heard())
	}
}

// TestAnswerThatStaysBad: what is asked again for nothing is reported.
func TestAnswerThatStaysBad(t *testing.T) {
	t.Parallel()
	dev, _, heard := foreign(t, "at-commands.toml", "show", func(p *profile.Profile) { p.Line.ReplyMS = 10_000 }, func(p *peer, got []byte) {
		if strings.HasSuffix(string(got), "\r") {
			p.say("\r\nERROR\r\n")
		}
	})
	if err := dev.Show(t.Context(), face); err == nil || !strings.Contains(err.Error(), "failed") {
		t.Errorf("%v", err)
	}
	if got := heard.all(); !slices.Equal(got, []string{"refused"}) {
		t.Errorf("reported: %q", got)
	}
}

// TestDialogueIsBegunAnew: step by step over the line, begun anew when an answer does not come, and silent when it never does.
func TestDialogueIsBegunAnew(t *testing.T) {
	t.Parallel()
	deaf := true // to the first call
	dev, other, heard := foreign(t, "enq-dialogue.toml", "show", func(p *profile.Profile) { p.Line.ReplyMS, p.Line.Retries = 3000, 2 }, func(p *peer, got []byte) {
		switch {
		case strings.HasSuffix(string(got), "\x05") && deaf:
			deaf = false
		case strings.HasSuffix(string(got), "\x05"), strings.Contains(string(got), "\x03"):
			p.say("\x06")
		}
	})
	if err := dev.Show(t.Context(), face); err != nil {
		t.Fatal(err)
	}
	want := "01\x05" + "01\x05" + "\x02A012\x03\x71" + "\x04"
	for range 1000 {
		if len(other.heard()) >= len(want) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if got := other.heard(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := heard.all(); len(got) != 0 {
		t.Errorf("reported: %q", got)
	}
	silent, _, heard := foreign(t, "enq-dialogue.toml", "show", func(p *profile.Profile) { p.Line.ReplyMS, p.Line.Retries = 50, 1 }, func(*peer, []byte) {})
	if err := silent.Show(t.Context(), face); err == nil || !strings.Contains(err.Error(), "2 times asked") {
		t.Errorf("%v", err)
	}
	if got := heard.all(); !slices.Equal(got, []string{"silent"}) {
		t.Errorf("reported: %q", got)
	}
}

// TestArgumentsAreFilledIn: the arguments of a role, too, get number and window, whole or in parts; 辨识 shows the window in all of them.
func TestArgumentsAreFilledIn(t *testing.T) {
	t.Parallel()
	dev, other, _ := foreign(t, "fletcher-bcd.toml", "show", func(p *profile.Profile) { p.Line.ReplyMS = 0 }, func(*peer, []byte) {}, "args = { window = \"{digits}\" }\n")
	if err := dev.Show(t.Context(), face); err != nil {
		t.Fatal(err)
	}
	if shown, err := dev.Identify(t.Context()); err != nil || !shown {
		t.Fatalf("%v, %v", shown, err)
	}
	want := []string{"\xEB\x90\x00\x08\x00\x12A012", "\xEB\x90\x00\x05\x00\x033"}
	for end := time.Now().Add(10 * time.Second); !strings.Contains(other.heard(), want[1]) && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	for _, w := range want {
		if !strings.Contains(other.heard(), w) {
			t.Errorf("the board got % X; it lacks % X", other.heard(), w)
		}
	}
}

// TestKeysAsNumbers: a caller whose protocol has numbers for its keys, and digits in a field of a fixed or of any length.
func TestKeysAsNumbers(t *testing.T) {
	t.Parallel()
	_, other, heard := foreign(t, "comma-values.toml", "", func(*profile.Profile) {}, func(*peer, []byte) {})
	other.say("<7,K01,><7,K99,><7,K12,007>")
	for _, want := range []devices.Input{{Device: "b", Window: 3, Key: devices.KeyCall}, {Device: "b", Window: 3, Key: devices.KeyTransfer, Digits: "007"}} {
		select {
		case got := <-heard.inputs:
			if got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%+v is not heard", want)
		}
	}
}
