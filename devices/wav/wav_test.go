package wav_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/profile"
	"halld/devices/speech"
	"halld/devices/wav"
)

// tone is a recording with silence around it, as people make them.
func tone(rate int, hz float64, length, silence time.Duration) wav.Clip {
	n, pad := int(float64(rate)*length.Seconds()), int(float64(rate)*silence.Seconds())
	out := make([]int16, n+2*pad)
	for i := range n {
		out[pad+i] = int16(8000 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
	}
	return wav.Clip{Rate: rate, Samples: out}
}

// pitches tells the tones of a clip in order, each as its frequency rounded to 50 Hz, from zero crossings of the parts between silences.
func pitches(c wav.Clip) []int {
	var out []int
	quietFor, first, crossings, last := c.Rate, -1, 0, 0
	end := func() {
		if first >= 0 && last-first > c.Rate/50 {
			out = append(out, int(math.Round(float64(crossings)/2/(float64(last-first)/float64(c.Rate))/50))*50)
		}
		first, crossings = -1, 0
	}
	sign := 1
	for i, s := range c.Samples {
		if s > 500 || s < -500 {
			if first < 0 {
				first, sign = i, 1
				if s < 0 {
					sign = -1
				}
			}
			quietFor, last = 0, i
			if s > 0 != (sign > 0) {
				crossings++
				sign = -sign
			}
			continue
		}
		if quietFor++; quietFor == c.Rate/50 {
			end()
		}
	}
	end()
	return out
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func sentence(t *testing.T, lang, number, window string) speech.Sentence {
	t.Helper()
	s, err := speech.Make(lang, speech.Announcement{Kind: speech.Call, Number: number, Window: window})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// folder holds a tone of its own for every piece of 请A零一二号到三号窗口, in several formats.
func folder(t *testing.T) (string, []int) {
	dir := t.TempDir()
	names := []string{"please", "A", "0", "1", "2", "number", "to", "3", "window"}
	hz := map[string]int{}
	for i, name := range names {
		hz[name] = 400 + 150*i
		c := tone([]int{22050, 44100, 16000, 8000}[i%4], float64(hz[name]), 150*time.Millisecond, 200*time.Millisecond)
		write(t, filepath.Join(dir, "zh", name+".wav"), c.Encode())
	}
	var order []int
	for _, name := range []string{"please", "A", "0", "1", "2", "number", "to", "3", "window"} {
		order = append(order, hz[name])
	}
	return dir, order
}

func TestPiecesAreJoinedInOrder(t *testing.T) {
	t.Parallel()
	dir, order := folder(t)
	l := &wav.Library{Folder: dir, Espeak: "no-such-program"}
	c, bad, err := l.Join(t.Context(), sentence(t, "zh", "A012", "3"), false)
	if err != nil || bad != nil {
		t.Fatal(err, bad)
	}
	if got := pitches(c); !slices.Equal(got, order) {
		t.Errorf("the pieces sound as %v, want %v", got, order)
	}
	// nine tones of 150 ms; the 400 ms of silence around each are gone
	if d := c.Duration(); c.Rate != 22050 || d < 1500*time.Millisecond || d > 2400*time.Millisecond {
		t.Errorf("%v at %d Hz", d, c.Rate)
	}
	with, _, err := l.Join(t.Context(), sentence(t, "zh", "A012", "3"), true)
	if err != nil || with.Duration() < c.Duration()+time.Second {
		t.Errorf("with a chime it lasts %v, without %v: %v", with.Duration(), c.Duration(), err)
	}
	// a hall that lays a new recording hears it in the next call
	write(t, filepath.Join(dir, "zh", "please.wav"), tone(22050, 2000, 200*time.Millisecond, 0).Encode())
	c, _, err = l.Join(t.Context(), sentence(t, "zh", "A012", "3"), false)
	if got := pitches(c); err != nil || len(got) != 9 || got[0] != 2000 {
		t.Errorf("after the change: %v, %v", got, err)
	}
}

func TestMissingPieceSaysWhatToDo(t *testing.T) {
	t.Parallel()
	dir, _ := folder(t)
	l := &wav.Library{Folder: dir, Espeak: "no-such-program"}
	_, _, err := l.Join(t.Context(), sentence(t, "zh", "A017", "3"), false)
	var missing *wav.MissingPiece
	if !errors.As(err, &missing) || missing.Name != "7" || missing.Lang != "zh" || !strings.Contains(err.Error(), filepath.Join(dir, "zh", "7.wav")) {
		t.Errorf("%v", err)
	}
}

func pcm(format, channels, rate, bits int, data []byte) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32([]byte("RIFF"), uint32(36+len(data)))
	b = le.AppendUint32(append(b, "WAVEfmt "...), 16)
	b = le.AppendUint16(le.AppendUint16(b, uint16(format)), uint16(channels))
	b = le.AppendUint32(le.AppendUint32(b, uint32(rate)), uint32(rate*channels*bits/8))
	b = le.AppendUint16(le.AppendUint16(b, uint16(channels*bits/8)), uint16(bits))
	return append(le.AppendUint32(append(b, "data"...), uint32(len(data))), data...)
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file []byte
		want []int16
	}{
		"8 bits":          {pcm(1, 1, 8000, 8, []byte{128, 255, 0}), []int16{0, 127 << 8, -128 << 8}},
		"16 bits":         {pcm(1, 1, 8000, 16, []byte{0x34, 0x12, 0xFF, 0xFF}), []int16{0x1234, -1}},
		"16 bits, stereo": {pcm(1, 2, 8000, 16, []byte{0, 1, 0, 3}), []int16{0x200}},
		"24 bits":         {pcm(1, 1, 48000, 24, []byte{9, 0x34, 0x12, 9, 0, 0x80}), []int16{0x1234, -32768}},
		"a part before":   {append([]byte("RIFF\x00\x00\x00\x00WAVELIST\x03\x00\x00\x00abc\x00"), pcm(1, 1, 8000, 16, []byte{1, 0})[12:]...), []int16{1}},
	} {
		got, err := wav.Decode(c.file)
		if err != nil || !slices.Equal(got.Samples, c.want) {
			t.Errorf("%s: %v, %v", name, got.Samples, err)
		}
	}
	good := pcm(1, 1, 8000, 16, make([]byte, 100))
	for words, file := range map[string][]byte{
		"no WAV file":      []byte("ID3\x03 this is an mp3"),
		"cut short":        good[:90],
		"format 85":        pcm(85, 1, 8000, 16, make([]byte, 10)),
		"32 bits":          pcm(1, 1, 8000, 32, make([]byte, 8)),
		"at 200 Hz":        pcm(1, 1, 200, 16, make([]byte, 8)),
		"before the sampl": append([]byte("RIFF\x00\x00\x00\x00WAVE"), good[36:]...),
	} {
		if _, err := wav.Decode(file); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("want %q: %v", words, err)
		}
	}
	for i := range good {
		if _, err := wav.Decode(good[:i]); err == nil {
			t.Errorf("a file cut behind byte %d passes", i)
		}
	}
	back, err := wav.Decode(tone(16000, 500, time.Second, 0).Encode())
	if err != nil || !slices.Equal(back.Samples, tone(16000, 500, time.Second, 0).Samples) || back.Rate != 16000 {
		t.Errorf("written and read: %v", err)
	}
}

// What espeak-ng really makes: every sentence sounds, lasts as long as people speak, and is made only once.
func TestEspeak(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("espeak-ng is not installed")
	}
	cache := t.TempDir()
	l := &wav.Library{Cache: cache}
	for _, c := range []struct {
		lang string
		low  time.Duration
	}{{"zh", 2 * time.Second}, {"yue", 2 * time.Second}, {"en", 2 * time.Second}} {
		clip, bad, err := l.Join(t.Context(), sentence(t, c.lang, "A012", "12"), false)
		if err != nil || bad != nil {
			t.Fatal(c.lang, err, bad)
		}
		loud := 0
		for _, s := range clip.Samples {
			if s > 1000 || s < -1000 {
				loud++
			}
		}
		if d := clip.Duration(); d < c.low || d > 9*time.Second || loud < len(clip.Samples)/5 {
			t.Errorf("%s lasts %v with %d of %d samples loud", c.lang, d, loud, len(clip.Samples))
		}
	}
	made, err := filepath.Glob(filepath.Join(cache, "*.wav"))
	if err != nil || len(made) < 20 {
		t.Fatalf("%d pieces were kept: %v", len(made), err)
	}
	// what was made speaks without the program
	again := &wav.Library{Cache: cache, Espeak: "no-such-program"}
	if _, _, err := again.Join(t.Context(), sentence(t, "zh", "A012", "12"), true); err != nil {
		t.Errorf("from the cache: %v", err)
	}
}

// loudspeaker is a port that keeps what is written to it.
type loudspeaker struct {
	mu     sync.Mutex
	writes [][]byte
	err    error
}

func (l *loudspeaker) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return 0, l.err
	}
	l.writes = append(l.writes, bytes.Clone(b))
	return len(b), nil
}
func (l *loudspeaker) Read([]byte) (int, error)        { return 0, io.EOF }
func (l *loudspeaker) Close() error                    { return nil }
func (l *loudspeaker) SetReadDeadline(time.Time) error { return nil }

func open(t *testing.T, p devices.Port, set map[string]string) (*wav.Device, *[]devices.Problem) {
	t.Helper()
	var all []devices.Problem
	d, err := wav.Open(t.Context(), p, devices.Setting{ID: "voice-1", Profile: &profile.Profile{ID: "wav-pieces", Line: profile.Line{Baud: 22050}}, Set: set,
		Report: func(p devices.Problem) { all = append(all, p) }})
	if err != nil {
		t.Fatal(err)
	}
	return d.(*wav.Device), &all
}

func TestSpeakReturnsWhenSpoken(t *testing.T) {
	t.Parallel()
	dir, order := folder(t)
	card := &loudspeaker{}
	d, _ := open(t, card, map[string]string{"folder": dir, "volume": "50"})
	start := time.Now()
	if err := d.Speak(t.Context(), sentence(t, "zh", "A012", "3"), false); err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	if len(card.writes) != 1 {
		t.Fatalf("%d writes", len(card.writes))
	}
	clip := wav.Clip{Rate: 22050}
	peak := 0
	for b := card.writes[0]; len(b) > 1; b = b[2:] {
		s := int16(binary.LittleEndian.Uint16(b))
		clip.Samples = append(clip.Samples, s)
		peak = max(peak, int(s))
	}
	if took < clip.Duration() {
		t.Errorf("a sentence of %v came back after %v", clip.Duration(), took)
	}
	if got := pitches(clip); !slices.Equal(got, order) {
		t.Errorf("the card got %v, want %v", got, order)
	}
	if peak < 2500 || peak > 4500 { // a tone levelled to 4500 rms peaks at 6364; half of it
		t.Errorf("at half the volume it peaks at %d", peak)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Speak(ended, sentence(t, "zh", "A012", "3"), false); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestProblemsOfAVoice(t *testing.T) {
	dir, _ := folder(t)
	card := &loudspeaker{}
	t.Setenv("PATH", t.TempDir()) // nothing is installed
	d, problems := open(t, card, map[string]string{"folder": dir})
	if err := d.Speak(t.Context(), sentence(t, "zh", "A017", "3"), false); err == nil {
		t.Error("a sentence without a piece was spoken")
	}
	if p := *problems; len(p) != 1 || p[0].Code != "piece-missing" || p[0].Hint == "" || !strings.Contains(p[0].TextEn, "7.wav") {
		t.Fatalf("%+v", p)
	}
	write(t, filepath.Join(dir, "zh", "7.wav"), tone(22050, 700, 50*time.Millisecond, 0).Encode())
	if err := d.Speak(t.Context(), sentence(t, "zh", "A017", "3"), false); err != nil {
		t.Fatal(err)
	}
	if p := *problems; len(p) != 2 || p[1].Code != "piece-missing" || !p[1].Cleared {
		t.Errorf("%+v", p)
	}
	write(t, filepath.Join(dir, "zh", "7.wav"), []byte("RIFFxxxx"))
	if err := d.Speak(t.Context(), sentence(t, "zh", "A017", "3"), false); err == nil {
		t.Error("a broken recording was spoken")
	}
	if p := *problems; len(p) != 4 || p[2].Code != "bad-recording" || p[3].Code != "piece-missing" {
		t.Errorf("%+v", p)
	}
	card.err = errors.New("the card is gone")
	if err := d.Speak(t.Context(), sentence(t, "zh", "A012", "3"), false); err == nil || d.Lost() == nil {
		t.Errorf("a card that is gone: %v, lost %v", err, d.Lost())
	}
	for _, set := range []map[string]string{{"volume": "loud"}, {"folder": "voice"}, {"fodler": dir}} {
		if _, err := wav.Open(t.Context(), card, devices.Setting{Profile: &profile.Profile{}, Set: set}); err == nil {
			t.Errorf("%v passes", set)
		}
	}
}

// speaker is a program in the place of espeak-ng: it notes what it is asked, waits at a gate if there is one, and writes a tone.
func speaker(t *testing.T) (program, asked, gate string) {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "tone.wav"), tone(22050, 500, 100*time.Millisecond, 0).Encode())
	program, asked, gate = filepath.Join(dir, "speak"), filepath.Join(dir, "asked"), filepath.Join(dir, "gate")
	script := "#!/bin/sh\necho \"$$ $2 ${10}\" >> " + asked + "\nwhile [ -e " + gate + " ]; do sleep 0.02; done\ncp " + filepath.Join(dir, "tone.wav") + " \"$8\"\n"
	write(t, program, []byte(script))
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	return program, asked, gate
}

func linesOf(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.FieldsFunc(string(data), func(r rune) bool { return r == '\n' })
}

// different are the pieces of a sentence that differ.
func different(s speech.Sentence) map[string]bool {
	out := map[string]bool{}
	for _, p := range s.Pieces {
		if !p.Pause {
			out[p.Text+p.Voice] = true
		}
	}
	return out
}

// What is made ahead is not made again when it is needed, gives way to everything, and a call that comes meanwhile does not wait for it.
func TestWarm(t *testing.T) {
	t.Parallel()
	program, asked, gate := speaker(t)
	cache := t.TempDir()
	l := &wav.Library{Cache: cache, Espeak: program}
	s := sentence(t, "zh", "A012", "3")
	made, err := l.Warm(t.Context(), "zh", s.Pieces)
	before := len(linesOf(t, asked))
	if err != nil || made != before || made != len(different(s)) {
		t.Fatalf("%d pieces were made: %v: %q", made, err, linesOf(t, asked))
	}
	for _, lib := range []*wav.Library{l, {Cache: cache, Espeak: "no-such-program"}} {
		if _, _, err := lib.Join(t.Context(), s, true); err != nil {
			t.Error(err)
		}
	}
	if again, err := l.Warm(t.Context(), "zh", s.Pieces); again != 0 || err != nil || len(linesOf(t, asked)) != before {
		t.Errorf("made again: %d, %v, %q", again, err, linesOf(t, asked))
	}
	write(t, gate, nil) // what is made now takes its time
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, err := l.Warm(ctx, "zh", sentence(t, "zh", "B789", "20").Pieces)
		ended <- err
	}()
	for end := time.Now().Add(10 * time.Second); len(linesOf(t, asked)) == before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing is being made")
		}
	}
	pid, _, _ := strings.Cut(linesOf(t, asked)[before], " ")
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		_, behind, _ := strings.Cut(string(stat), ") ") // the name before it may hold anything
		if f := strings.Fields(behind); err == nil && len(f) > 16 && f[16] == "19" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("it does not give way: %v %s", err, stat)
		}
	}
	joined := make(chan error, 1)
	go func() {
		_, _, err := l.Join(t.Context(), s, false)
		joined <- err
	}()
	select {
	case err := <-joined:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("a call waits for what is made ahead")
	}
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end when the hall closes")
	}
	if made, err := (&wav.Library{Espeak: "no-such-program"}).Warm(t.Context(), "zh", s.Pieces); made != 0 || err != nil {
		t.Errorf("without espeak-ng: %d, %v", made, err)
	}
}
