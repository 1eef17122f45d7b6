package wav

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"halld/devices/speech"
)

// Library finds the sound of pieces: a recording that the hall laid in its folder, else one that espeak-ng makes once. Its methods may be called from any
// goroutine.
type Library struct {
	Folder string // FOLDER/zh/please.wav, FOLDER/chime.wav; empty: no recordings
	Cache  string // where made pieces are kept; empty: they are made again after a restart
	Rate   int    // of everything that comes out, samples per second; 0: UsualRate
	Espeak string // the program; empty: espeak-ng

	mu   sync.Mutex
	held map[string]heldClip
}

type heldClip struct {
	clip Clip
	mod  time.Time
	size int64
}

// UsualRate is the rate of espeak-ng, in samples per second.
const UsualRate = 22050

// The silences between pieces.
const (
	gap      = 50 * time.Millisecond
	pauseGap = 280 * time.Millisecond
	chimeGap = 150 * time.Millisecond
)

// makeWithin is how long espeak-ng may take for one piece; it needs a tenth of a second.
const makeWithin = 10 * time.Second

// MissingPiece is a piece that can neither be found nor made.
type MissingPiece struct {
	Lang, Name string
	Why        error
}

func (e *MissingPiece) Error() string {
	return fmt.Sprintf("piece %s of language %s is missing: %v", e.Name, e.Lang, e.Why)
}

func (e *MissingPiece) Unwrap() error { return e.Why }

// BadRecording is a file of the hall's folder that cannot be used. What it should have said is made instead where that is possible.
type BadRecording struct {
	File string
	Why  error
}

func (e *BadRecording) Error() string { return e.File + " " + e.Why.Error() }

func (e *BadRecording) Unwrap() error { return e.Why }

// Join makes the sound of a sentence in one clip. bad lists recordings that could not be used and were replaced; err means that the sentence cannot be said.
func (l *Library) Join(ctx context.Context, s speech.Sentence, bell bool) (_ Clip, bad []error, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := Clip{Rate: l.rate()}
	rest := func(d time.Duration) {
		out.Samples = append(out.Samples, make([]int16, int(d*time.Duration(out.Rate)/time.Second))...)
	}
	if bell {
		c, err := l.recording(l.chimeFile(s.Lang))
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				bad = append(bad, err)
			}
			c = chime(out.Rate)
		}
		out.Samples = append(out.Samples, c.Samples...)
		rest(chimeGap)
	}
	for _, p := range s.Pieces {
		if p.Pause {
			rest(pauseGap)
			continue
		}
		c, broken, err := l.piece(ctx, s.Lang, p)
		if broken != nil {
			bad = append(bad, broken)
		}
		if err != nil {
			return Clip{}, bad, err
		}
		out.Samples = append(out.Samples, c.Samples...)
		rest(gap)
	}
	return out, bad, nil
}

// Source says where a piece comes from: the file of a recording, "espeak-ng", or an error.
func (l *Library) Source(lang string, p speech.Piece) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	file := l.file(lang, p.Name)
	_, err := l.recording(file)
	switch {
	case err == nil:
		return file, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	if _, err := exec.LookPath(l.espeak()); err != nil {
		return "", &MissingPiece{lang, p.Name, l.nothing(file)}
	}
	return l.espeak(), nil
}

func (l *Library) rate() int {
	if l.Rate == 0 {
		return UsualRate
	}
	return l.Rate
}

func (l *Library) espeak() string {
	if l.Espeak == "" {
		return "espeak-ng"
	}
	return l.Espeak
}

// file is where the recording of a piece would lie; empty if there can be none.
func (l *Library) file(lang, name string) string {
	if l.Folder == "" || name == "" || name[0] == '.' || strings.ContainsAny(name, "/\\\x00") {
		return ""
	}
	return filepath.Join(l.Folder, lang, name+".wav")
}

// chimeFile is the language's own chime, or that of the hall.
func (l *Library) chimeFile(lang string) string {
	own := l.file(lang, "chime")
	if _, err := os.Stat(own); err == nil {
		return own
	}
	return l.file("", "chime")
}

// piece returns broken for a recording that had to be replaced.
func (l *Library) piece(ctx context.Context, lang string, p speech.Piece) (c Clip, broken, err error) {
	file := l.file(lang, p.Name)
	c, err = l.recording(file)
	if err == nil {
		return c, nil, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		broken = err
	}
	c, err = l.made(ctx, lang, p)
	if errors.Is(err, exec.ErrNotFound) {
		err = l.nothing(file)
		if broken != nil {
			err = broken
		}
	}
	if err != nil {
		return Clip{}, broken, &MissingPiece{lang, p.Name, err}
	}
	return c, broken, nil
}

// nothing says what would have helped.
func (l *Library) nothing(file string) error {
	if file == "" {
		return fmt.Errorf("%s is not installed; apt-get install espeak-ng, or lay recordings in a folder (halld voice pieces)", l.espeak())
	}
	return fmt.Errorf("there is no %s and %s is not installed; record it, or apt-get install espeak-ng", file, l.espeak())
}

// recording reads a file, or takes it from memory while it has not changed.
func (l *Library) recording(file string) (Clip, error) {
	if file == "" {
		return Clip{}, fs.ErrNotExist
	}
	st, err := os.Stat(file)
	if err != nil {
		return Clip{}, err
	}
	if h, ok := l.held[file]; ok && h.mod.Equal(st.ModTime()) && h.size == st.Size() {
		return h.clip, nil
	}
	const most = 8 << 20 // a piece of a sentence, not a concert
	if st.Size() > most {
		return Clip{}, &BadRecording{file, fmt.Errorf("has %d bytes; a piece has at most %d", st.Size(), most)}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return Clip{}, &BadRecording{file, err}
	}
	c, err := Decode(data)
	if err != nil {
		return Clip{}, &BadRecording{file, err}
	}
	if c.silent() {
		return Clip{}, &BadRecording{file, errors.New("is silent")}
	}
	c = c.trim().resample(l.rate()).level()
	l.hold(file, heldClip{c, st.ModTime(), st.Size()})
	return c, nil
}

// mostHeld bounds the clips in memory; a language has about sixty.
const mostHeld = 1000

func (l *Library) hold(key string, h heldClip) {
	if l.held == nil || len(l.held) >= mostHeld {
		l.held = map[string]heldClip{}
	}
	l.held[key] = h
}

// made returns what espeak-ng makes of a piece, from memory or the cache if it was made before.
func (l *Library) made(ctx context.Context, lang string, p speech.Piece) (Clip, error) {
	if c, ok := l.kept(lang, p); ok {
		return c, nil
	}
	c, err := l.make(ctx, p, (*exec.Cmd).Run)
	if err != nil {
		return Clip{}, err
	}
	l.keep(lang, p, c)
	return c, nil
}

// key names a made piece, in memory and in the cache.
func (l *Library) key(lang string, p speech.Piece) string {
	sum := fnv.New64a()
	fmt.Fprintf(sum, "%s|%s|%d", p.Voice, p.Text, l.rate())
	return fmt.Sprintf("%s-%016x", lang, sum.Sum64())
}

// kept finds a piece that was made before. The lock is held.
func (l *Library) kept(lang string, p speech.Piece) (Clip, bool) {
	key := l.key(lang, p)
	if h, ok := l.held[key]; ok {
		return h.clip, true
	}
	if l.Cache == "" {
		return Clip{}, false
	}
	data, err := os.ReadFile(filepath.Join(l.Cache, key+".wav"))
	if err != nil {
		return Clip{}, false
	}
	c, err := Decode(data)
	if err != nil || c.Rate != l.rate() || c.silent() {
		return Clip{}, false
	}
	l.hold(key, heldClip{clip: c})
	return c, true
}

// keep holds a made piece in memory and in the cache. The lock is held.
func (l *Library) keep(lang string, p speech.Piece, c Clip) {
	key := l.key(lang, p)
	l.hold(key, heldClip{clip: c})
	if l.Cache == "" {
		return
	}
	kept := filepath.Join(l.Cache, key+".wav")
	// A cache that cannot be written costs time after a restart, nothing else.
	if os.MkdirAll(l.Cache, 0o755) == nil && os.WriteFile(kept+".new", c.Encode(), 0o644) == nil {
		_ = os.Rename(kept+".new", kept)
	}
}

// make lets espeak-ng make a piece. It needs no lock.
func (l *Library) make(ctx context.Context, p speech.Piece, run func(*exec.Cmd) error) (Clip, error) {
	data, err := l.run(ctx, p, run)
	if err != nil {
		return Clip{}, err
	}
	c, err := Decode(data)
	if err != nil {
		return Clip{}, fmt.Errorf("what %s made %w", l.espeak(), err)
	}
	if c.silent() {
		return Clip{}, fmt.Errorf("%s says nothing for %q", l.espeak(), p.Text)
	}
	return c.trim().resample(l.rate()).level(), nil
}

func (l *Library) run(ctx context.Context, p speech.Piece, run func(*exec.Cmd) error) ([]byte, error) {
	prog, err := exec.LookPath(l.espeak())
	if err != nil {
		return nil, exec.ErrNotFound
	}
	f, err := os.CreateTemp("", "halld-piece-*.wav")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(f.Name()) }() // what stays in the folder for temporary files is the system's to clear
	_ = f.Close()                              // only its name is needed
	ctx, cancel := context.WithTimeout(ctx, makeWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, prog, "-v", p.Voice, "-s", "150", "-a", "70", "-w", f.Name(), "--", p.Text)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := run(cmd); err != nil {
		return nil, fmt.Errorf("%s -v %s %q: %w: %s", l.espeak(), p.Voice, p.Text, err, strings.TrimSpace(out.String()))
	}
	return os.ReadFile(f.Name())
}
